"""The tables, as they are after the newest migration."""

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.types import TypeDecorator

from relief.units import in_utc


class Instant(TypeDecorator[datetime]):
    """An aware instant, kept in UTC also where the database knows no zones (SQLite)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the instant in UTC; a bare clock time is refused."""
        del dialect
        return None if value is None else in_utc(value)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the instant with its zone."""
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


METADATA = MetaData()

# What came in, byte for byte, before anybody looked at it. Append-only but for `read_at`.
RECEIVED = Table(
    "received",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("received_at", Instant, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("read_at", Instant),
)

# What was understood of it. The same sender, sequence and content is the same report.
REPORTS = Table(
    "reports",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("received_id", ForeignKey("received.id"), nullable=False, index=True),
    Column("sender_card", String(32), nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("content_digest", String(64), nullable=False),
    Column("source", Integer, nullable=False),
    Column("stage", String(16), nullable=False),
    Column("unit_code", String(12), nullable=False, index=True),
    Column("observed_at", Instant, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("counts", JSON, nullable=False),
    Column("blocked_roads", JSON, nullable=False),
    Column("raw", LargeBinary, nullable=False),
    UniqueConstraint("sender_card", "sequence", "content_digest", name="uq_reports_content"),
)

# What was not understood, kept with its reason.
REFUSED_REPORTS = Table(
    "refused_reports",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("received_id", ForeignKey("received.id"), nullable=False, index=True),
    Column("line", Integer, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("reason", Text, nullable=False),
    Column("raw", LargeBinary, nullable=False),
)

PLANS = Table(
    "plans",
    METADATA,
    Column("code", String(80), primary_key=True),
    Column("event_code", String(64), nullable=False, index=True),
    Column("start_at", Instant, nullable=False),
    Column("saved_at", Instant, nullable=False),
    Column("plan_digest", String(64), nullable=False),
    Column("is_baseline", Boolean, nullable=False),
)

# The papers of a plan, byte for byte as a folder would hold them.
PLAN_PAPERS = Table(
    "plan_papers",
    METADATA,
    Column("plan_code", ForeignKey("plans.code"), primary_key=True),
    Column("name", String(80), primary_key=True),
    Column("content", LargeBinary, nullable=False),
)

JOBS = Table(
    "jobs",
    METADATA,
    Column("code", String(32), primary_key=True),
    Column("request", JSON, nullable=False),
    Column("state", String(16), nullable=False, index=True),
    Column("stage", String(32), nullable=False),
    Column("done_share", Float, nullable=False),
    Column("detail", Text, nullable=False),
    Column("plan_code", ForeignKey("plans.code")),
    Column("faults", JSON, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
)
