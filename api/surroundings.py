"""What the service stands on, handed to the routes that need it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from fastapi import Request

from api.jobs import JobOffice
from api.plans.service import PlanDesk
from api.reports.service import ReportDesk

Now = Callable[[], datetime]
"""A clock that tells aware instants."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the service stands on.

    Parameters
    ----------
    now
        The clock.
    reports, plans
        The desks.
    jobs
        Where long work is done.
    """

    now: Now
    reports: ReportDesk
    plans: PlanDesk
    jobs: JobOffice


def surroundings_of(request: Request) -> Surroundings:
    """Return what the service that got a request stands on."""
    surroundings = request.app.state.surroundings
    if not isinstance(surroundings, Surroundings):
        msg = "The service has not been started."
        raise TypeError(msg)
    return surroundings


def now_of(request: Request) -> Now:
    """Return the clock."""
    return surroundings_of(request).now


def report_desk_of(request: Request) -> ReportDesk:
    """Return the desk for reports."""
    return surroundings_of(request).reports


def plan_desk_of(request: Request) -> PlanDesk:
    """Return the desk for plans."""
    return surroundings_of(request).plans


def job_office_of(request: Request) -> JobOffice:
    """Return the office where jobs are done."""
    return surroundings_of(request).jobs
