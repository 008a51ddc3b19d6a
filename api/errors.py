"""What goes wrong, as HTTP says it: one table from the domain's errors to status codes."""

from collections.abc import Mapping

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from api.language import language
from relief.errors import (
    AmbiguousPlace,
    Fault,
    InvalidInput,
    ReliefError,
    SolverFailed,
    StockConflict,
    Stopped,
    UnknownPlace,
)
from relief.plan.dispatch import PlanRejected
from relief.sentences import say


class NotKept(InvalidInput):
    """Something is asked for that is not kept here."""


class TooLarge(InvalidInput):
    """More is sent at once than is taken."""


class NotAllowedHere(InvalidInput):
    """The request comes from where none is taken as long as there are no accounts."""


STATUS: Mapping[type[ReliefError], int] = {
    NotKept: 404,
    TooLarge: 413,
    NotAllowedHere: 403,
    UnknownPlace: 422,
    AmbiguousPlace: 422,
    InvalidInput: 422,
    StockConflict: 409,
    Stopped: 409,
    SolverFailed: 503,
    PlanRejected: 500,
    ReliefError: 500,
}
"""The status of each error; of an error that is not named here, that of its nearest ancestor."""


class FaultAnswer(BaseModel):
    """One thing that is wrong."""

    where: str = Field(description="The place of the fault: a file and line, or a part of the body")
    field: str = ""
    value: str = Field("", description="The offending value as it was written")
    what_en: str = Field(description="What is wrong, in English")
    what_zh: str = Field(description="What is wrong, in Chinese")
    allowed: str = Field("", description="What would be accepted")
    remedy_en: str = ""
    remedy_zh: str = ""


class ErrorAnswer(BaseModel):
    """Why a request was refused: every fault at once."""

    error: str = Field(description="The kind of error")
    faults: list[FaultAnswer]


def status_of(error: ReliefError) -> int:
    """Return the status of an error."""
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def fault_answer(fault: Fault) -> FaultAnswer:
    """Return a fault in both languages."""
    chinese = language("zh")
    return FaultAnswer(
        where=fault.where,
        field=fault.field,
        value=fault.value,
        what_en=str(fault.what),
        what_zh=chinese.tell(fault.what),
        allowed=fault.allowed,
        remedy_en="" if fault.remedy is None else str(fault.remedy),
        remedy_zh="" if fault.remedy is None else chinese.tell(fault.remedy),
    )


def faults_of(error: ReliefError) -> tuple[Fault, ...]:
    """Return the faults of an error; an error without any is a fault itself."""
    if isinstance(error, InvalidInput):
        return error.faults
    return (Fault(where=type(error).__name__, what=say("{error}", error=str(error))),)


def error_answer(error: ReliefError) -> ErrorAnswer:
    """Return what is told of an error."""
    return ErrorAnswer(
        error=type(error).__name__, faults=[fault_answer(fault) for fault in faults_of(error)]
    )


def missing(where: str, value: str) -> NotKept:
    """Return the error that something is not kept here."""
    return NotKept(Fault(where=where, value=value, what=say("Nothing is kept under this code.")))


def add_error_answers(app: FastAPI) -> None:
    """Let an app answer every error of the domain, and every bad body, in one form."""

    @app.exception_handler(ReliefError)
    def answer_relief_error(request: Request, error: ReliefError) -> JSONResponse:
        del request
        return JSONResponse(error_answer(error).model_dump(), status_code=status_of(error))

    @app.exception_handler(RequestValidationError)
    def answer_bad_body(request: Request, error: RequestValidationError) -> JSONResponse:
        del request
        faults = [
            Fault(
                where=str(one["loc"][0]),
                field=".".join(str(step) for step in one["loc"][1:]),
                value="" if isinstance(one["input"], dict | list) else str(one["input"]),
                what=say("The value does not fit: {why}.", why=str(one["msg"])),
            )
            for one in error.errors()
        ]
        answer = ErrorAnswer(error="InvalidInput", faults=[fault_answer(fault) for fault in faults])
        return JSONResponse(answer.model_dump(), status_code=422)
