"""Reports as received and as understood, plans with their papers, and jobs."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    instant = sa.DateTime(timezone=True)
    op.create_table(
        "received",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("received_at", instant, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("read_at", instant),
    )
    op.create_table(
        "reports",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(
            "received_id", sa.Integer, sa.ForeignKey("received.id"), nullable=False, index=True
        ),
        sa.Column("sender_card", sa.String(32), nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("content_digest", sa.String(64), nullable=False),
        sa.Column("source", sa.Integer, nullable=False),
        sa.Column("stage", sa.String(16), nullable=False),
        sa.Column("unit_code", sa.String(12), nullable=False, index=True),
        sa.Column("observed_at", instant, nullable=False),
        sa.Column("received_at", instant, nullable=False),
        sa.Column("counts", sa.JSON, nullable=False),
        sa.Column("blocked_roads", sa.JSON, nullable=False),
        sa.Column("raw", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("sender_card", "sequence", "content_digest", name="uq_reports_content"),
    )
    op.create_table(
        "refused_reports",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(
            "received_id", sa.Integer, sa.ForeignKey("received.id"), nullable=False, index=True
        ),
        sa.Column("line", sa.Integer, nullable=False),
        sa.Column("received_at", instant, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("raw", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "plans",
        sa.Column("code", sa.String(80), primary_key=True),
        sa.Column("event_code", sa.String(64), nullable=False, index=True),
        sa.Column("start_at", instant, nullable=False),
        sa.Column("saved_at", instant, nullable=False),
        sa.Column("plan_digest", sa.String(64), nullable=False),
        sa.Column("is_baseline", sa.Boolean, nullable=False),
    )
    op.create_table(
        "plan_papers",
        sa.Column("plan_code", sa.String(80), sa.ForeignKey("plans.code"), primary_key=True),
        sa.Column("name", sa.String(80), primary_key=True),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "jobs",
        sa.Column("code", sa.String(32), primary_key=True),
        sa.Column("request", sa.JSON, nullable=False),
        sa.Column("state", sa.String(16), nullable=False, index=True),
        sa.Column("stage", sa.String(32), nullable=False),
        sa.Column("done_share", sa.Float, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("plan_code", sa.String(80), sa.ForeignKey("plans.code")),
        sa.Column("faults", sa.JSON, nullable=False),
        sa.Column("created_at", instant, nullable=False),
        sa.Column("updated_at", instant, nullable=False),
    )


def downgrade() -> None:
    for table in ("jobs", "plan_papers", "plans", "refused_reports", "reports", "received"):
        op.drop_table(table)
