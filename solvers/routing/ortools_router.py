"""Routing with the OR-Tools routing library as the search engine."""

from importlib.metadata import version

from solvers.routing.engine_router import EngineRouter


class OrtoolsRouter(EngineRouter):
    """Puts an allocation on trucks; part loads are searched with OR-Tools."""

    engine = "ortools"
    solver = f"OR-Tools routing {version('ortools')}"
