"""Routes of the reports."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.concurrency import run_in_threadpool

from api.errors import ErrorAnswer, TooLarge
from api.reports.schemas import IntakeAnswer, ReportsAnswer
from api.reports.service import ReportDesk
from api.surroundings import Now, now_of, report_desk_of
from relief.errors import Fault
from relief.sentences import say

MOST_BYTES = 8 * 2**20

router = APIRouter(prefix="/reports", tags=["reports"])

_BODY = {
    "requestBody": {
        "required": True,
        "description": "BeiDou sentences, one a line. A line may begin with the instant at which "
        "its sentence came in (ISO 8601 with an offset) and a tab. A binary frame is written as "
        "`hex:24 54 58 58 58 ...`.",
        "content": {
            "text/plain": {
                "schema": {"type": "string"},
                "example": "$BDTXR,1,0421181,2,,A4FF11000448191AB6485777DA3897E20786A8*0D",
            },
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
        },
    }
}


@router.post(
    "",
    status_code=201,
    openapi_extra=_BODY,
    responses={413: {"model": ErrorAnswer, "description": "More than 8 MiB at once"}},
)
async def post_reports(
    request: Request,
    desk: Annotated[ReportDesk, Depends(report_desk_of)],
    now: Annotated[Now, Depends(now_of)],
) -> IntakeAnswer:
    """Take BeiDou sentences in.

    The bytes are on the disk before they are looked at, and before this answers. Each sentence is
    then taken as a report, refused with its reason, recognised as a repetition, or counted as
    another kind of sentence. Sending the same again changes nothing.
    """
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > MOST_BYTES:
            raise TooLarge(
                Fault(
                    where="body",
                    value=f"> {MOST_BYTES} bytes",
                    what=say("More is sent at once than is taken."),
                    allowed=f"up to {MOST_BYTES} bytes",
                    remedy=say("Send it in parts."),
                )
            )
    return await run_in_threadpool(desk.take, bytes(content), now())


@router.get("")
def get_reports(desk: Annotated[ReportDesk, Depends(report_desk_of)]) -> ReportsAnswer:
    """Show all reports that were taken and everything that was refused, in order of arrival."""
    return desk.all()
