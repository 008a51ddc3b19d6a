"""The HTTP service."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from ipaddress import ip_address
from typing import Literal
from urllib.parse import urlsplit

from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.middleware.base import RequestResponseEndpoint

from api.errors import NotAllowedHere, add_error_answers, error_answer, status_of
from api.jobs import JobOffice
from api.language import Language, language
from api.plans import endpoints as plan_endpoints
from api.plans.service import PlanDesk
from api.reports import endpoints as report_endpoints
from api.reports.service import ReportDesk
from api.surroundings import Now, Surroundings, surroundings_of
from geodata.gazetteer import load_gazetteer
from relief.errors import Fault
from relief.sentences import say
from relief.store.jobs import JobStore
from relief.store.plans import PlanStore
from relief.store.reports import ReportStore
from relief.store.session import Database

DISTRIBUTION = "disaster-relief-logistics"
_ABOUT = """\
Damage reports as BeiDou sentences in, verified dispatch plans out.

A plan is made as a job: `POST /plans` answers at once with the job, `GET /jobs/{id}` tells how far
it is, and once it is done `GET /plans/{id}` shows the plan. Every plan carries the certificate of
an independent verifier. Instants carry their offset; positions are longitude, latitude (EPSG:4490);
units are in the names of the fields.

The service has no accounts yet, so it answers on this machine only.
"""


class HealthAnswer(BaseModel):
    """How the service is."""

    status: Literal["ok"]
    version: str
    num_reports: int = Field(description="Reports kept")
    num_plans: int = Field(description="Plans kept")
    num_unfinished_jobs: int = Field(description="Jobs waiting or being done")


def utc_now() -> datetime:
    """Return the present instant."""
    return datetime.now(UTC)


def is_loopback(host: str) -> bool:
    """Return whether a host name or address is that of this machine alone.

    Examples
    --------
    >>> [is_loopback(host) for host in ("127.0.0.1", "localhost", "::1", "0.0.0.0", "ahost")]
    [True, True, True, False, False]
    """
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def create_app(database: Database, *, now: Now = utc_now, shown: Language | None = None) -> FastAPI:
    """Return the service over an open database.

    Parameters
    ----------
    database
        Where everything is kept.
    now
        The clock.
    shown
        The language of summaries and maps; English if not given.
    """
    reports = ReportDesk(ReportStore(database=database), load_gazetteer())
    plans = PlanDesk(PlanStore(database=database), reports.kept, now, shown or language("en"))
    jobs = JobOffice(JobStore(database=database), plans.make, now)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.surroundings = Surroundings(now=now, reports=reports, plans=plans, jobs=jobs)
        await run_in_threadpool(reports.catch_up, now())
        jobs.open()
        yield
        await run_in_threadpool(jobs.close)

    app = FastAPI(
        title="Relief dispatch for Hubei",
        version=version(DISTRIBUTION),
        description=_ABOUT,
        lifespan=lifespan,
    )
    add_error_answers(app)
    app.include_router(report_endpoints.router)
    app.include_router(plan_endpoints.router)

    @app.middleware("http")
    async def answer_this_machine_only(
        request: Request, call_next: RequestResponseEndpoint
    ) -> Response:
        # A page in a browser on this machine may not act in its user's name, nor may a name
        # that somebody lets point at this machine be used to get here.
        origin = request.headers.get("origin")
        asked = urlsplit(f"//{request.headers.get('host', '')}").hostname or ""
        if not is_loopback(asked) or (
            origin is not None and not is_loopback(urlsplit(origin).hostname or "")
        ):
            error = NotAllowedHere(
                Fault(
                    where="headers",
                    field="Host, Origin",
                    value=f"{asked}, {origin}",
                    what=say("The service answers this machine only."),
                    allowed="127.0.0.1, localhost, ::1",
                )
            )
            return JSONResponse(error_answer(error).model_dump(), status_code=status_of(error))
        return await call_next(request)

    @app.get("/health", tags=["service"])
    def get_health(request: Request) -> HealthAnswer:
        """Tell how the service is, having asked its database."""
        around = surroundings_of(request)
        return HealthAnswer(
            status="ok",
            version=version(DISTRIBUTION),
            num_reports=len(around.reports.kept()),
            num_plans=len(around.plans.all().plans),
            num_unfinished_jobs=around.jobs.num_unfinished(),
        )

    return app
