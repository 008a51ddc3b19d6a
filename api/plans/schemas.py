"""What is asked and told of plans."""

from datetime import datetime
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from api.errors import FaultAnswer

CURRENT = "current"
"""Instead of an event's code: what was reported to this service."""


class PlanAsk(BaseModel):
    """A wish for a plan."""

    model_config = ConfigDict(extra="forbid")

    event: str = Field(
        description="A code of the event library, or `current` for the reports kept here",
        examples=["2021-liulin", CURRENT],
    )
    at: AwareDatetime | None = Field(
        None,
        description="The instant as of which the plan is made; without it the event's own, and "
        "for `current` now",
    )
    profile: Literal["hubei", "sphere", "bnpb"] = Field("hubei", description="Planning factors")
    engine: Literal["pyvrp", "ortools"] = Field("pyvrp", description="Routing engine")
    seconds: float = Field(30.0, ge=1, le=3600, description="Time for the solvers")
    seed: int = Field(1, ge=0, description="Seed of every random choice")
    iterations: int | None = Field(
        None,
        ge=1,
        description="Limit on the rounds of each routing search; with it and the same seed the "
        "same plan comes out on every machine",
    )
    modes: list[Literal["trucks", "boats", "helicopters", "foot"]] = Field(
        ["trucks", "boats", "helicopters", "foot"],
        description="What may carry goods: trucks always, the others to places that no truck "
        "reaches in time",
    )


class ReplanAsk(BaseModel):
    """What has happened to a plan under way, and how much of it may be changed."""

    model_config = ConfigDict(extra="forbid")

    at: AwareDatetime = Field(description="The instant of deciding")
    closed_roads: list[str] = Field([], description="As in `relief replan --close`")
    lost_depots: list[str] = Field([], description="Codes of depots that are lost")
    broken: list[str] = Field([], description="Codes of vehicles that have broken down")
    late: list[str] = Field([], description="`VEHICLE=2h`, as in `relief replan --late`")
    scaled_needs: list[str] = Field([], description="`CODE=FACTOR` for a place, `FACTOR` for all")
    max_drivers: int | None = Field(None, ge=0, description="Drivers to call by choice")
    max_waybills: int | None = Field(None, ge=0, description="Waybills to change by choice")
    seconds: float = Field(2.0, gt=0, le=600, description="Time for the search")
    seed: int = Field(1, ge=0, description="Seed of every random choice")
    iterations: int | None = Field(None, ge=1, description="Limit on the tries of the search")


class JobAnswer(BaseModel):
    """How a job stands."""

    id: str
    state: Literal["waiting", "running", "done", "refused", "failed", "cancelled"]
    stage: str = Field(description="What is being done")
    done_share: float = Field(description="How much of the stage is done, 0 to 1")
    detail: str
    plan_id: str | None = Field(description="Under which the plan is kept, once it is")
    faults: list[FaultAnswer] = Field(description="What was wrong, for a job that gave no plan")
    request: dict[str, Any] = Field(description="What was asked for")
    created_at: datetime
    updated_at: datetime


class PlanInList(BaseModel):
    """A plan that is kept."""

    id: str
    event_code: str
    start_at: datetime
    saved_at: datetime
    plan_digest: str = Field(description="SHA-256 of the plan's content")
    is_baseline: bool = Field(description="Whether the simple method made it")


class PlansAnswer(BaseModel):
    """The plans that are kept, the newest first."""

    plans: list[PlanInList]


class PlanAnswer(BaseModel):
    """A plan with its summary, its certificate and the names of its papers."""

    id: str
    summary: dict[str, Any] = Field(description="The numbers; their names carry the units")
    certificate: dict[str, Any] = Field(description="As in certificate.json")
    plan: dict[str, Any] = Field(description="As in plan.json")
    papers: list[str] = Field(description="To be had under /plans/{id}/papers/{name}")
