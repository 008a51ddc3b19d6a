"""The BeiDou gateway: messages, cards, letters, fixes; where a reporter stood and how sure."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLES = (
    "beidou_fixes",
    "beidou_letters",
    "beidou_cards",
    "beidou_taken",
    "beidou_messages",
    "beidou_journals",
)


def upgrade() -> None:
    instant = sa.DateTime(timezone=True)
    op.create_table(
        "beidou_journals",
        sa.Column("name", sa.String(20), primary_key=True),
        sa.Column("record_at", sa.BigInteger, nullable=False),
        sa.Column("done_at", sa.BigInteger, nullable=False),
        sa.Column("held", sa.JSON, nullable=False),
    )
    op.create_table(
        "beidou_messages",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("journal", sa.String(20), nullable=False),
        sa.Column("address", sa.BigInteger, nullable=False),
        sa.Column("line", sa.String(255), nullable=False),
        sa.Column("received_at", instant, nullable=False),
        sa.Column("name", sa.String(12), nullable=False),
        sa.Column("sender", sa.String(8), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("sequence", sa.Integer),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("faults", sa.JSON, nullable=False),
        sa.Column("told", sa.JSON),
        sa.Column("raw", sa.LargeBinary, nullable=False),
        sa.Column("settled_at", instant),
        sa.Column("settled_by", sa.String(80)),
        sa.Column("settled_why", sa.Text),
        sa.UniqueConstraint("journal", "address", name="uq_beidou_messages_address"),
    )
    op.create_table(
        "beidou_taken",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("card", sa.String(8), nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("full_sequence", sa.BigInteger, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
    )
    op.create_table(
        "beidou_cards",
        sa.Column("number", sa.String(8), primary_key=True),
        sa.Column("owner", sa.String(120), nullable=False),
        sa.Column("scope", sa.String(9), nullable=False),
        sa.Column("speeches", sa.JSON, nullable=False),
        sa.Column("highest_source", sa.Integer, nullable=False),
        sa.Column("level", sa.Integer, nullable=False),
        sa.Column("service_period_s", sa.Integer, nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
    )
    op.create_table(
        "beidou_letters",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("destination", sa.String(8), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("part", sa.Integer, nullable=False),
        sa.Column("payload", sa.LargeBinary, nullable=False),
        sa.Column("wants_answer", sa.Boolean, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("num_tries", sa.Integer, nullable=False),
        sa.Column("next_at", instant, nullable=False),
        sa.Column("sent_at", instant),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("created_at", instant, nullable=False),
    )
    op.create_table(
        "beidou_fixes",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("card", sa.String(8), nullable=False),
        sa.Column("taken_at", instant, nullable=False),
        sa.Column("lon_deg", sa.Float, nullable=False),
        sa.Column("lat_deg", sa.Float, nullable=False),
        sa.Column("source", sa.String(12), nullable=False),
        sa.Column("movement", sa.Integer),
        sa.Column("speed_km_h", sa.Float),
        sa.UniqueConstraint("card", "taken_at", name="uq_beidou_fixes_taken"),
    )
    op.create_index("ix_beidou_messages_state", "beidou_messages", ["state"])
    op.create_index("ix_beidou_messages_digest", "beidou_messages", ["digest"])
    op.create_index("ix_beidou_messages_sender", "beidou_messages", ["sender", "sequence"])
    op.create_index("ix_beidou_taken_sequence", "beidou_taken", ["card", "sequence"])
    op.create_index("ix_beidou_taken_full", "beidou_taken", ["card", "full_sequence"])
    op.create_index("ix_beidou_letters_state", "beidou_letters", ["state"])
    for name in ("reporter_lon_deg", "reporter_lat_deg"):
        op.add_column("reports", sa.Column(name, sa.Float))
    op.add_column("reports", sa.Column("confidence_percent", sa.Integer))


def downgrade() -> None:
    with op.batch_alter_table("reports") as reports:
        for name in ("reporter_lon_deg", "reporter_lat_deg", "confidence_percent"):
            reports.drop_column(name)
    for table in TABLES:
        op.drop_table(table)
