"""Which of several reports on the same place stands, and what it overruled.

For every place and indicator the newest trusted count stands. Newest means by the instant for
which the counts hold, not by when they came in. The one exception: a report from below the
county does not overrule what the county, or a level above it, has verified. It is then held back
and shown as a conflict, for a person to judge.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from relief.damage.credibility import is_near, is_verified_officially, rank
from relief.damage.reports import DamageReport, Indicator
from relief.sentences import Sentence, say

SEQUENCE_RUN = timedelta(hours=24)
"""Within this time a sender does not use a sequence number twice; later it may have wrapped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One count of one report.

    Parameters
    ----------
    report
        Who reported it, and when.
    indicator, count
        What was counted, and how many.
    """

    report: DamageReport
    indicator: Indicator
    count: int


class OverruleReason(StrEnum):
    """Why one observation stands against another."""

    NEWER = "newer"
    """It holds for a later instant."""
    MORE_CREDIBLE = "more-credible"
    """It holds for the same instant and comes from a source that has checked more."""
    LAST_WORD = "last-word"
    """Same instant, same credibility; it was sent or received last."""
    VERIFIED_STANDS = "verified-stands"
    """It is verified, and the newer one comes from below the county."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overruled:
    """An observation that does not stand, by whom it was overruled, and why.

    Parameters
    ----------
    standing, overruled
        The two observations; same place and indicator.
    reason
        Why.
    conflict
        Whether a person should look: the counts differ, and either a less credible source
        spoke last or two senders differ on the same instant.
    """

    standing: Observation
    overruled: Observation
    reason: OverruleReason
    conflict: bool


class SetAsideReason(StrEnum):
    """Why a whole report is not used."""

    UNKNOWN_PLACE = "unknown-place"
    FROM_THE_FUTURE = "from-the-future"
    SEQUENCE_REUSED = "sequence-reused"


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAside:
    """A report that was understood but is not used; it waits for a person.

    Parameters
    ----------
    report
        The report.
    reason
        Why it is not used.
    because
        The same as a sentence.
    """

    report: DamageReport
    reason: SetAsideReason
    because: Sentence


def without_repeats(reports: Iterable[DamageReport]) -> tuple[list[DamageReport], list[SetAside]]:
    """Drop reports received twice, and set aside those that use a sequence number again.

    Returns
    -------
    list of DamageReport
        Every report once, as first received, in a fixed order.
    list of SetAside
        Reports with the sender and sequence number of an earlier one but other content.
    """
    kept: list[DamageReport] = []
    aside: list[SetAside] = []
    last_kept: dict[tuple[str, int], DamageReport] = {}
    for report in sorted(reports, key=_arrival):
        key = (report.sender_card, report.sequence)
        earlier = last_kept.get(key)
        if earlier is not None and _content(earlier) == _content(report):
            continue
        if earlier is not None and abs(earlier.observed_at - report.observed_at) < SEQUENCE_RUN:
            because = say(
                "Card {card} has already sent no. {sequence} with other content.",
                card=report.sender_card,
                sequence=report.sequence,
            )
            aside.append(
                SetAside(report=report, reason=SetAsideReason.SEQUENCE_REUSED, because=because)
            )
            continue
        last_kept[key] = report
        kept.append(report)
    return kept, aside


def _arrival(report: DamageReport) -> tuple[datetime, datetime, str, int, str]:
    return (
        report.received_at,
        report.observed_at,
        report.sender_card,
        report.sequence,
        repr(_content(report)),
    )


def _content(report: DamageReport) -> tuple[object, ...]:
    return (
        report.source,
        report.stage,
        report.unit_code,
        report.observed_at,
        report.counts,
        report.blocked_roads,
    )


def observations(
    reports: Iterable[DamageReport],
) -> dict[tuple[str, Indicator], list[Observation]]:
    """Return the counts of all reports under their unit code and indicator."""
    found: defaultdict[tuple[str, Indicator], list[Observation]] = defaultdict(list)
    for report in reports:
        for indicator, count in report.counts:
            found[report.unit_code, indicator].append(
                Observation(report=report, indicator=indicator, count=count),
            )
    return dict(found)


def standing_of(candidates: Sequence[Observation]) -> tuple[Observation, tuple[Overruled, ...]]:
    """Return the observation that stands, and what was overruled on the way, oldest first.

    Parameters
    ----------
    candidates
        Observations of one indicator at one place, at least one, in any order.
    """
    arrived_at = _arrival_in_sequence(candidates)
    first, *rest = sorted(
        candidates,
        key=lambda candidate: (
            candidate.report.observed_at,
            rank(candidate.report),
            arrived_at[candidate],
            candidate.report.sequence,
            candidate.report.sender_card,
            candidate.count,
        ),
    )
    standing = first
    overruled: list[Overruled] = []
    for other in rest:
        if is_verified_officially(standing.report) and is_near(other.report):
            reason = OverruleReason.VERIFIED_STANDS
            winner, loser = standing, other
        else:
            reason = _why(other.report, standing.report)
            winner, loser = other, standing
        overruled.append(
            Overruled(
                standing=winner,
                overruled=loser,
                reason=reason,
                conflict=_is_conflict(winner, loser, reason),
            ),
        )
        standing = winner
    return standing, tuple(overruled)


def _arrival_in_sequence(candidates: Sequence[Observation]) -> dict[Observation, datetime]:
    """Return when each observation counts as received.

    Short messages overtake one another. Of two reports of one sender on one instant the one with
    the greater sequence number is the later word, even if it came in first.
    """
    arrived_at: dict[Observation, datetime] = {}
    latest: dict[tuple[str, datetime], datetime] = {}
    for candidate in sorted(candidates, key=lambda c: (c.report.sequence, c.report.received_at)):
        report = candidate.report
        run = (report.sender_card, report.observed_at)
        latest[run] = max(latest.get(run, report.received_at), report.received_at)
        arrived_at[candidate] = latest[run]
    return arrived_at


def _why(winner: DamageReport, loser: DamageReport) -> OverruleReason:
    if winner.observed_at > loser.observed_at:
        return OverruleReason.NEWER
    if rank(winner) > rank(loser):
        return OverruleReason.MORE_CREDIBLE
    return OverruleReason.LAST_WORD


def _is_conflict(winner: Observation, loser: Observation, reason: OverruleReason) -> bool:
    if winner.count == loser.count:
        return False
    match reason:
        case OverruleReason.VERIFIED_STANDS:
            return True
        case OverruleReason.NEWER:
            return winner.report.source < loser.report.source
        case _:
            return winner.report.sender_card != loser.report.sender_card
