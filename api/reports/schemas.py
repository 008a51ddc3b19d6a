"""What is told of reports."""

from datetime import datetime

from pydantic import BaseModel, Field


class ReportAnswer(BaseModel):
    """A report that was taken."""

    sender_card: str = Field(description="The BeiDou card that sent it")
    sequence: int = Field(description="The sender's running number")
    source: str = Field(description="Who reports: field, township, county, city or province")
    stage: str = Field(description="first, continued or verified")
    unit_code: str = Field(description="GB/T 2260 code; nine digits for a township")
    unit_zh: str
    unit_en: str
    observed_at: datetime
    received_at: datetime
    counts: dict[str, int] = Field(description="Counts under their indicators")
    blocked_roads: list[str]


class RefusedAnswer(BaseModel):
    """Something that came in and could not be taken; it is kept all the same."""

    line: int = Field(description="The line in what was sent, counted from 1")
    received_at: datetime
    reason: str
    raw_hex: str = Field(description="The bytes as they came, in hexadecimal")


class IntakeAnswer(BaseModel):
    """What became of the bytes that were sent. They were on the disk before this was said."""

    received: int = Field(description="The number under which the bytes are kept")
    accepted: list[ReportAnswer] = Field(description="Reports that are new")
    refused: list[RefusedAnswer]
    num_repeated: int = Field(description="Reports that had come before, with the same content")
    num_other: int = Field(description="Whole sentences that are no damage reports")


class ReportsAnswer(BaseModel):
    """All that is kept."""

    reports: list[ReportAnswer]
    refused: list[RefusedAnswer]
