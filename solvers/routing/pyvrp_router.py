"""Routing with PyVRP as the search engine."""

from importlib.metadata import version

from solvers.routing.engine_router import EngineRouter


class PyvrpRouter(EngineRouter):
    """Puts an allocation on trucks; part loads are searched with PyVRP.

    References
    ----------
    Wouda, Lan and Kool (2024), PyVRP: a high-performance VRP solver package,
    doi:10.1287/ijoc.2023.0055.
    """

    engine = "pyvrp"
    solver = f"PyVRP {version('pyvrp')}"
