"""The tables, as they are after the newest migration."""

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
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
    Column("reporter_lon_deg", Float),
    Column("reporter_lat_deg", Float),
    Column("confidence_percent", Integer),
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

# How far each journal of the BeiDou gateway has been understood.
BEIDOU_JOURNALS = Table(
    "beidou_journals",
    METADATA,
    Column("name", String(20), primary_key=True),
    Column("record_at", BigInteger, nullable=False),
    Column("done_at", BigInteger, nullable=False),
    Column("held", JSON, nullable=False),
)

# Every sentence that was heard, whatever became of it; the address is its place in the journal.
BEIDOU_MESSAGES = Table(
    "beidou_messages",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("journal", String(20), nullable=False),
    Column("address", BigInteger, nullable=False),
    Column("line", String(255), nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("name", String(12), nullable=False),
    Column("sender", String(8), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("sequence", Integer),
    Column("state", String(12), nullable=False, index=True),
    Column("digest", String(64), nullable=False, index=True),
    Column("faults", JSON, nullable=False),
    Column("told", JSON),
    Column("raw", LargeBinary, nullable=False),
    Column("settled_at", Instant),
    Column("settled_by", String(80)),
    Column("settled_why", Text),
    UniqueConstraint("journal", "address", name="uq_beidou_messages_address"),
    Index("ix_beidou_messages_sender", "sender", "sequence"),
)

# By which messages that were taken are known again.
BEIDOU_TAKEN = Table(
    "beidou_taken",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("card", String(8), nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("full_sequence", BigInteger, nullable=False),
    Column("digest", String(64), nullable=False),
    Index("ix_beidou_taken_sequence", "card", "sequence"),
    Index("ix_beidou_taken_full", "card", "full_sequence"),
)

BEIDOU_CARDS = Table(
    "beidou_cards",
    METADATA,
    Column("number", String(8), primary_key=True),
    Column("owner", String(120), nullable=False),
    Column("scope", String(9), nullable=False),
    Column("speeches", JSON, nullable=False),
    Column("highest_source", Integer, nullable=False),
    Column("level", Integer, nullable=False),
    Column("service_period_s", Integer, nullable=False),
    Column("active", Boolean, nullable=False),
)

BEIDOU_LETTERS = Table(
    "beidou_letters",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("destination", String(8), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("part", Integer, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("wants_answer", Boolean, nullable=False),
    Column("state", String(12), nullable=False, index=True),
    Column("num_tries", Integer, nullable=False),
    Column("next_at", Instant, nullable=False),
    Column("sent_at", Instant),
    Column("note", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
)

# Where trucks and teams were.
BEIDOU_FIXES = Table(
    "beidou_fixes",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("card", String(8), nullable=False),
    Column("taken_at", Instant, nullable=False),
    Column("lon_deg", Float, nullable=False),
    Column("lat_deg", Float, nullable=False),
    Column("source", String(12), nullable=False),
    Column("movement", Integer),
    Column("speed_km_h", Float),
    UniqueConstraint("card", "taken_at", name="uq_beidou_fixes_taken"),
)
