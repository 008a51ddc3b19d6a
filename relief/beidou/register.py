"""The register of cards: whose they are, where they may speak for, and what they may say."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from relief.beidou.refusals import RefusedSentence, refused
from relief.damage.reports import DamageReport, Indicator, ReportSource
from relief.sentences import say

_PROVINCE_CODE = "420000"
_PROVINCE_DIGITS, _CITY_DIGITS, _COUNTY_DIGITS = 2, 4, 6
_PEOPLE = (
    Indicator.AFFECTED,
    Indicator.DEAD,
    Indicator.MISSING,
    Indicator.INJURED,
    Indicator.TRANSFERRED,
    Indicator.TRANSFERRED_CURRENT,
    Indicator.CONCENTRATED_CURRENT,
    Indicator.DISPERSED_CURRENT,
    Indicator.URGENT_NEED,
    Indicator.URGENT_NEED_CURRENT,
    Indicator.WATER_NEED_CURRENT,
)


class Speech(StrEnum):
    """What a card may say."""

    REPORT = "report"
    ORDER = "order"
    ACKNOWLEDGEMENT = "acknowledgement"
    RECEIPT = "receipt"
    POSITION = "position"


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A card that is known.

    Parameters
    ----------
    number
        The card number, at least seven digits.
    owner
        Whose it is: a person, an office, a truck.
    scope
        The place for which it may speak: a code of a township, a county, a city (four digits and
        00) or the province (420000).
    speeches
        What it may say.
    highest_source
        The highest level for which it may report.
    level
        The communication level of the card, 1 to 5; it says how much one message holds.
    service_period_s
        How many seconds must pass between two messages that are sent to or by it.
    active
        Whether it is in use; a lost card is taken out of use, not out of the register.
    """

    number: str
    owner: str
    scope: str
    speeches: frozenset[Speech] = frozenset(Speech) - {Speech.ORDER}
    highest_source: ReportSource = ReportSource.COUNTY
    level: int = 3
    service_period_s: int = 60
    active: bool = True

    def may_speak_for(self, unit_code: str) -> bool:
        """Return whether a place is inside the scope.

        Examples
        --------
        >>> card = Card(number="0312194", owner="Huanggang", scope="421100")
        >>> card.may_speak_for("421122101"), card.may_speak_for("421200")
        (True, False)
        """
        return unit_code.startswith(_stem(self.scope))


def admit(sender: str, speech: Speech, cards: Mapping[str, Card]) -> Card:
    """Return the card of a sender that may say such a thing.

    Raises
    ------
    RefusedSentence
        If the card is not known, out of use, or may not say it.
    """
    card = cards.get(sender)
    if card is None:
        raise refused(
            "register",
            "sender",
            sender,
            say("The card is not in the register."),
            remedy=say("Add the card with `relief beidou cards add`, then release the message."),
        )
    if not card.active:
        raise refused("register", "sender", sender, say("The card is out of use."))
    if speech not in card.speeches:
        raise refused(
            "register",
            "kind",
            speech.value,
            say("The card may not send this kind of message."),
            ", ".join(sorted(card.speeches)),
        )
    return card


def check_scope(card: Card, unit_code: str) -> None:
    """Check that a card may speak for a place.

    Raises
    ------
    RefusedSentence
        If the place is outside its scope.
    """
    if not card.may_speak_for(unit_code):
        raise refused(
            "register",
            "unit_code",
            unit_code,
            say("The card may not speak for this place."),
            card.scope,
        )


def check_report(report: DamageReport, card: Card, population: Mapping[str, int]) -> None:
    """Check what a report claims against its sender's place and the people who live there.

    Parameters
    ----------
    report
        The report.
    card
        The card of its sender.
    population
        People by code of place; a place whose number is not known (or 0) is not checked.

    Raises
    ------
    RefusedSentence
        If the place or the level is not the sender's, or a count of people is over the population.
    """
    check_scope(card, report.unit_code)
    if report.source > card.highest_source:
        raise refused(
            "register",
            "source",
            report.source.name.lower(),
            say("The card may not report for so high a level."),
            card.highest_source.name.lower(),
        )
    check_population(report, population)


def check_population(report: DamageReport, population: Mapping[str, int]) -> None:
    """Check that no count of people is over the population; raises as `check_report` does."""
    people = population.get(report.unit_code, 0)
    over = [
        (each, count) for each, count in report.counts if each in _PEOPLE and count > people > 0
    ]
    if over:
        raise RefusedSentence(
            *(
                fault
                for indicator, count in over
                for fault in refused(
                    "report",
                    indicator.value,
                    count,
                    say("More people are counted than live there."),
                    f"up to {people}",
                ).faults
            )
        )


def check_instant(told_at: datetime, latest_at: datetime) -> None:
    """Check that something is not told from the future.

    Raises
    ------
    RefusedSentence
        If it is.
    """
    if told_at > latest_at:
        raise refused(
            "report",
            "observed_at",
            told_at.isoformat(),
            say("The report comes from the future."),
            f"up to {latest_at.isoformat()}",
        )


def _stem(scope: str) -> str:
    """Return the digits that all places of a scope begin with."""
    if scope == _PROVINCE_CODE:
        return scope[:_PROVINCE_DIGITS]
    if len(scope) == _COUNTY_DIGITS and scope.endswith("00"):
        return scope[:_CITY_DIGITS]
    return scope
