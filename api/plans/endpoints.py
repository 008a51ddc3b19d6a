"""Routes of the plans and of the jobs that make them."""

import mimetypes
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response

from api.errors import ErrorAnswer, FaultAnswer
from api.jobs import JobOffice
from api.plans.schemas import JobAnswer, PlanAnswer, PlanAsk, PlansAnswer, ReplanAsk
from api.plans.service import PlanDesk
from api.surroundings import job_office_of, plan_desk_of
from relief.store.jobs import Job

router = APIRouter()

Plans = Annotated[PlanDesk, Depends(plan_desk_of)]
Jobs = Annotated[JobOffice, Depends(job_office_of)]

_MISSING: dict[int | str, dict[str, Any]] = {
    404: {"model": ErrorAnswer, "description": "Nothing is kept under this code"}
}
_REFUSED: dict[int | str, dict[str, Any]] = {
    422: {"model": ErrorAnswer, "description": "The request has faults; all are listed"}
}


@router.post("/plans", status_code=202, tags=["plans"], responses={**_REFUSED})
def post_plan(ask: PlanAsk, response: Response, plans: Plans, jobs: Jobs) -> JobAnswer:
    """Ask for a plan. It is made as a job; the answer names it and `Location` leads to it."""
    job = jobs.submit(plans.checked(ask))
    response.headers["Location"] = f"/jobs/{job.code}"
    return _job_answer(job)


@router.post(
    "/plans/{plan_id}/replans", status_code=202, tags=["plans"], responses={**_REFUSED, **_MISSING}
)
def post_replan(
    plan_id: str, ask: ReplanAsk, response: Response, plans: Plans, jobs: Jobs
) -> JobAnswer:
    """Ask for a plan that is under way to be made anew; `changes.md` is among its papers."""
    job = jobs.submit(plans.checked_replan(plan_id, ask))
    response.headers["Location"] = f"/jobs/{job.code}"
    return _job_answer(job)


@router.get("/plans", tags=["plans"])
def get_plans(plans: Plans) -> PlansAnswer:
    """List the plans that are kept, the newest first."""
    return plans.all()


@router.get("/plans/{plan_id}", tags=["plans"], responses={**_MISSING})
def get_plan(plan_id: str, plans: Plans) -> PlanAnswer:
    """Show a plan with its summary and its certificate."""
    return plans.plan(plan_id)


@router.get(
    "/plans/{plan_id}/geojson",
    tags=["plans"],
    response_class=Response,
    responses={
        200: {"content": {"application/geo+json": {}}, "description": "An RFC 7946 collection"},
        **_MISSING,
    },
)
def get_plan_geojson(plan_id: str, plans: Plans) -> Response:
    """Show depots, places with their coverage, trips on their roads, and closures as GeoJSON."""
    return Response(plans.paper(plan_id, "plan.geojson"), media_type="application/geo+json")


@router.get(
    "/plans/{plan_id}/papers/{name}",
    tags=["plans"],
    response_class=Response,
    responses={200: {"description": "The paper, byte for byte"}, **_MISSING},
)
def get_plan_paper(plan_id: str, name: str, plans: Plans) -> Response:
    """Hand out a paper of a plan, for example `waybills.xlsx` or `map.png`."""
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return Response(plans.paper(plan_id, name), media_type=kind)


@router.get("/jobs/{job_id}", tags=["jobs"], responses={**_MISSING})
def get_job(job_id: str, jobs: Jobs) -> JobAnswer:
    """Show how a job stands."""
    return _job_answer(jobs.job(job_id))


@router.delete("/jobs/{job_id}", tags=["jobs"], responses={**_MISSING})
def delete_job(job_id: str, jobs: Jobs) -> JobAnswer:
    """Cancel a job. Solvers at work are ended; a job that is over stays as it is."""
    return _job_answer(jobs.cancel(job_id))


def _job_answer(job: Job) -> JobAnswer:
    return JobAnswer(
        id=job.code,
        state=job.state.value,
        stage=job.stage,
        done_share=job.done_share,
        detail=job.detail,
        plan_id=job.plan_code,
        faults=[FaultAnswer.model_validate(fault) for fault in job.faults],
        request=dict(job.request),
        created_at=job.created_at,
        updated_at=job.updated_at,
    )
