"""The register of BeiDou cards."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import delete, insert, select

from relief.beidou.register import Card, Speech
from relief.damage.reports import ReportSource
from relief.store.session import Database
from relief.store.tables import BEIDOU_CARDS


@dataclass(frozen=True, slots=True, kw_only=True)
class BeidouCardStore:
    """The cards of a database."""

    database: Database

    def keep(self, cards: Iterable[Card]) -> None:
        """Keep cards; one that is already known is replaced."""
        with self.database.transaction() as connection:
            for card in cards:
                connection.execute(delete(BEIDOU_CARDS).where(BEIDOU_CARDS.c.number == card.number))
                connection.execute(
                    insert(BEIDOU_CARDS).values(
                        number=card.number,
                        owner=card.owner,
                        scope=card.scope,
                        speeches=sorted(speech.value for speech in card.speeches),
                        highest_source=card.highest_source.value,
                        level=card.level,
                        service_period_s=card.service_period_s,
                        active=card.active,
                    )
                )

    def cards(self) -> dict[str, Card]:
        """Return all cards under their numbers, in order."""
        query = select(BEIDOU_CARDS).order_by(BEIDOU_CARDS.c.number)
        with self.database.transaction() as connection:
            return {
                row.number: Card(
                    number=row.number,
                    owner=row.owner,
                    scope=row.scope,
                    speeches=frozenset(Speech(each) for each in row.speeches),
                    highest_source=ReportSource(row.highest_source),
                    level=row.level,
                    service_period_s=row.service_period_s,
                    active=row.active,
                )
                for row in connection.execute(query)
            }
