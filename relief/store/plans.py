"""Plans: what was planned when, and the papers of each."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select

from relief.store.session import Database
from relief.store.tables import PLAN_PAPERS, PLANS


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRecord:
    """What is known of a plan without opening its papers.

    Parameters
    ----------
    code
        The plan's identity with the first digits of its digest: the same plan has the same code.
    event_code, start_at
        What it is for.
    saved_at
        When it was kept.
    plan_digest
        SHA-256 of its content.
    is_baseline
        Whether the simple method made it.
    """

    code: str
    event_code: str
    start_at: datetime
    saved_at: datetime
    plan_digest: str
    is_baseline: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanStore:
    """The plans of a database."""

    database: Database

    def keep(self, record: PlanRecord, papers: Mapping[str, bytes]) -> None:
        """Keep a plan with its papers; a plan that is already kept stays as it is."""
        with self.database.transaction() as connection:
            known = select(PLANS.c.code).where(PLANS.c.code == record.code)
            if connection.execute(known).first() is not None:
                return
            connection.execute(
                insert(PLANS).values(
                    code=record.code,
                    event_code=record.event_code,
                    start_at=record.start_at,
                    saved_at=record.saved_at,
                    plan_digest=record.plan_digest,
                    is_baseline=record.is_baseline,
                )
            )
            for name, content in papers.items():
                connection.execute(
                    insert(PLAN_PAPERS).values(plan_code=record.code, name=name, content=content)
                )

    def plans(self) -> tuple[PlanRecord, ...]:
        """Return all plans, the newest first."""
        query = select(PLANS).order_by(PLANS.c.saved_at.desc(), PLANS.c.code)
        with self.database.transaction() as connection:
            return tuple(
                PlanRecord(
                    code=row.code,
                    event_code=row.event_code,
                    start_at=row.start_at,
                    saved_at=row.saved_at,
                    plan_digest=row.plan_digest,
                    is_baseline=row.is_baseline,
                )
                for row in connection.execute(query)
            )

    def paper(self, code: str, name: str) -> bytes | None:
        """Return a paper of a plan, None where there is no such plan or paper."""
        query = select(PLAN_PAPERS.c.content).where(
            PLAN_PAPERS.c.plan_code == code, PLAN_PAPERS.c.name == name
        )
        with self.database.transaction() as connection:
            content = connection.execute(query).scalar_one_or_none()
        return None if content is None else bytes(content)

    def paper_names(self, code: str) -> tuple[str, ...]:
        """Return the names of a plan's papers, in order; none where there is no such plan."""
        query = (
            select(PLAN_PAPERS.c.name)
            .where(PLAN_PAPERS.c.plan_code == code)
            .order_by(PLAN_PAPERS.c.name)
        )
        with self.database.transaction() as connection:
            return tuple(connection.execute(query).scalars())
