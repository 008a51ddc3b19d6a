"""What is to be done with what was heard: take it, drop it as a repetition, wait, or quarantine it.

Nothing here reads or writes anything: what was taken before is asked of a `Ledger`, and the
verdict is handed back to whoever keeps it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from difflib import get_close_matches
from enum import StrEnum
from hashlib import sha256
from typing import Final, Protocol

from relief.beidou.ascii_layout import write_ascii
from relief.beidou.bds3 import PositionReport as EpiReport
from relief.beidou.change_code import ReportChange, changed
from relief.beidou.codes import Code
from relief.beidou.goods_code import DispatchOrder, GoodsReceipt
from relief.beidou.hearing import Heard, hear_payload
from relief.beidou.notice_code import Acknowledgement, PositionNotice
from relief.beidou.part_code import Part, joined
from relief.beidou.positions import FixStatus
from relief.beidou.positions import Movement as MovementSentence
from relief.beidou.rdss_ascii import received_mixed
from relief.beidou.rdss_positions import PositionAnswer, PositionReport
from relief.beidou.refusals import RefusedSentence, refused
from relief.beidou.register import (
    Card,
    Speech,
    admit,
    check_instant,
    check_report,
    check_scope,
)
from relief.beidou.route_code import RouteOrder
from relief.beidou.sequence import Novelty, Taken, full_sequence, novelty
from relief.beidou.tracks import Fix, instant_near
from relief.damage.reports import DamageReport
from relief.errors import Fault
from relief.sentences import say

CLOCK_ERROR_ALLOWED: Final = timedelta(minutes=10)
"""How far a message may be ahead of its receipt before it counts as one from the future."""
KM_H_PER_KNOT: Final = 1.852
_NUM_NEAR = 3


class MessageState(StrEnum):
    """What became of a message."""

    TAKEN = "taken"
    REPEATED = "repeated"
    """It had come before with the same content."""
    WAITING = "waiting"
    """It is a part, or a change, of something that has not come yet."""
    OTHER = "other"
    """A whole sentence that asks for nothing: the terminal's own state, a free text."""
    QUARANTINED = "quarantined"
    """It is not obeyed until a person releases it."""
    RELEASED = "released"
    """A person released it; it counts as taken."""
    DISMISSED = "dismissed"
    """A person looked at it and let it be."""


class Ledger(Protocol):
    """What was taken before."""

    def taken(self, card: str, sequence: int) -> Sequence[Taken]:
        """Return what was taken from a card with these 16 bits."""
        ...

    def highest(self, card: str) -> int | None:
        """Return the highest full number taken from a card."""
        ...

    def report(self, card: str, sequence: int) -> DamageReport | None:
        """Return the newest report of a card with these 16 bits."""
        ...

    def parts(self, card: str, sequence: int) -> Mapping[int, Part]:
        """Return the parts that wait, under their numbers."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """By what messages are judged.

    Parameters
    ----------
    cards
        The register, by card number.
    known_units
        The codes of the gazetteer.
    population
        People by code of place.
    """

    cards: Mapping[str, Card]
    known_units: Collection[str]
    population: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What is to be done with a message.

    Parameters
    ----------
    heard
        The message; for the last part of a long one, the whole.
    state
        What becomes of it.
    kind
        What it is: a kind of code, ``position``, ``text``, or ``sentence``.
    faults
        Why it is quarantined.
    sequence, full_sequence, digest
        By which it is known again; None and empty where it has no running number.
    report
        The damage report that it makes.
    fix
        The position that it tells.
    """

    heard: Heard
    state: MessageState
    kind: str
    faults: tuple[Fault, ...] = ()
    sequence: int | None = None
    full_sequence: int | None = None
    digest: str = ""
    report: DamageReport | None = None
    fix: Fix | None = None


def judge(heard: Heard, rules: Rules, ledger: Ledger, *, own_card: str = "") -> Verdict:
    """Return what is to be done with what was heard.

    Parameters
    ----------
    heard
        What was heard.
    rules, ledger
        By what to judge, and what came before.
    own_card
        The card of the terminal on this line, whose own positions it tells.
    """
    if heard.code is not None:
        return _judge_code(heard, heard.code, rules, ledger)
    if heard.faults:
        return _quarantined(heard, _kind_of(heard), heard.faults)
    fix = fix_of(heard, own_card)
    try:
        if heard.sender:
            admit(heard.sender, Speech.POSITION if fix else Speech.REPORT, rules.cards)
            if fix is not None:
                check_instant(fix.taken_at, heard.received_at + CLOCK_ERROR_ALLOWED)
    except RefusedSentence as refusal:
        return _quarantined(heard, _kind_of(heard), refusal.faults)
    state = MessageState.OTHER if fix is None else MessageState.TAKEN
    return Verdict(heard=heard, state=state, kind=_kind_of(heard), fix=fix)


def part_taken(heard: Heard, part: Part) -> Verdict:
    """Return the verdict on the last part of a long message, beside that on the whole."""
    return _verdict(heard, part, MessageState.TAKEN, None, None)


def judge_released(heard: Heard, ledger: Ledger) -> Verdict:
    """Return what is to be done with a message that a person releases.

    Neither the register nor the gazetteer, nor the clock, nor an earlier content stands against
    it; but what cannot be read cannot be released.

    Raises
    ------
    RefusedSentence
        If it cannot be read, or its other parts or the earlier report have not come.
    """
    if heard.faults:
        raise RefusedSentence(*heard.faults)
    code = heard.code
    if code is None:
        return Verdict(
            heard=heard, state=MessageState.RELEASED, kind=_kind_of(heard), fix=fix_of(heard, "")
        )
    if isinstance(code, Part):
        raise refused("part", "number", code.number, say("A part alone cannot be released."))
    full = full_sequence(code.sequence, ledger.highest(heard.sender))
    digest = digest_of(heard.payload)
    seen = novelty(full, digest, ledger.taken(heard.sender, code.sequence))
    if seen is Novelty.REPEATED:  # it was sent again and taken meanwhile
        return _verdict(heard, code, MessageState.REPEATED, full, None)
    report = _report_of(heard, code, ledger)
    if isinstance(code, ReportChange) and report is None:
        raise refused(
            "report",
            "base_sequence",
            code.base_sequence,
            say("The earlier report has not come, so what changed says nothing."),
        )
    return _verdict(heard, code, MessageState.RELEASED, full, report)


def fix_of(heard: Heard, own_card: str) -> Fix | None:
    """Return the position that a message tells, None where it tells none."""
    code, message = heard.code, heard.message
    if isinstance(code, PositionNotice):
        return Fix(
            card=heard.sender,
            taken_at=code.taken_at,
            point=code.point,
            source="position",
            movement=code.movement,
            speed_km_h=code.speed_km_h,
        )
    if isinstance(code, DamageReport) and code.point is not None:
        return Fix(card=heard.sender, taken_at=code.observed_at, point=code.point, source="report")
    if isinstance(message, PositionAnswer | PositionReport | EpiReport):
        if message.point is None or message.taken_at is None:
            return None
        return Fix(
            card=message.card,
            taken_at=instant_near(message.taken_at, heard.received_at),
            point=message.point,
            source=heard.name,
        )
    if isinstance(message, MovementSentence) and own_card:
        return _own_fix(message, heard, own_card)
    return None


def _own_fix(message: MovementSentence, heard: Heard, own_card: str) -> Fix | None:
    if message.point is None or message.taken_at is None or message.status is not FixStatus.VALID:
        return None
    knots = message.speed_knots
    taken_at = instant_near(message.taken_at, heard.received_at)
    if message.taken_on is not None and message.taken_on != taken_at.date():
        return None  # the receiver's clock is wrong, or the sentence is an old one
    return Fix(
        card=own_card,
        taken_at=taken_at,
        point=message.point,
        source=heard.name,
        speed_km_h=None if knots is None else float(knots) * KM_H_PER_KNOT,
    )


def _judge_code(heard: Heard, code: Code, rules: Rules, ledger: Ledger) -> Verdict:
    if isinstance(code, Part):
        return _judge_part(heard, code, rules, ledger)
    full = full_sequence(code.sequence, ledger.highest(heard.sender))
    digest = digest_of(heard.payload)
    seen = novelty(full, digest, ledger.taken(heard.sender, code.sequence))
    if seen is Novelty.REPEATED:
        return _verdict(heard, code, MessageState.REPEATED, full, None)
    try:
        card = admit(heard.sender, _speech_of(code), rules.cards)
        if seen is Novelty.CONTRADICTING:
            raise refused(
                "report",
                "sequence",
                code.sequence,
                say("This sender has used the sequence number for another content."),
            )
        report = _report_of(heard, code, ledger)
        _check(code if report is None else report, card, heard, rules)
    except RefusedSentence as refusal:
        return _quarantined(heard, kind_name(code), refusal.faults, code.sequence)
    if isinstance(code, ReportChange) and report is None:
        return _verdict(heard, code, MessageState.WAITING, full, None)
    return _verdict(heard, code, MessageState.TAKEN, full, report)


def _check(code: Code, card: Card, heard: Heard, rules: Rules) -> None:
    """Check what a code says; raises `RefusedSentence` where it cannot be so."""
    latest_at = heard.received_at + CLOCK_ERROR_ALLOWED
    match code:
        case DamageReport():
            _check_unit(code.unit_code, rules)
            check_report(code, card, rules.population)
            check_instant(code.observed_at, latest_at)
        case GoodsReceipt():
            _check_unit(code.unit_code, rules)
            check_scope(card, code.unit_code)
            check_instant(code.received_at, latest_at)
        case DispatchOrder():
            _check_unit(code.unit_code, rules)
            check_scope(card, code.unit_code)
        case PositionNotice():
            check_instant(code.taken_at, latest_at)


def _check_unit(unit_code: str, rules: Rules) -> None:
    if unit_code in rules.known_units:
        return
    near = get_close_matches(unit_code, rules.known_units, n=_NUM_NEAR)
    raise refused(
        "report",
        "unit_code",
        unit_code,
        say("There is no place with this code."),
        remedy=say("Near codes: {codes}.", codes=", ".join(near)) if near else None,
    )


def _judge_part(heard: Heard, part: Part, rules: Rules, ledger: Ledger) -> Verdict:
    waiting = dict(ledger.parts(heard.sender, part.sequence))
    same = waiting.get(part.number)
    other_total = any(each.num_parts != part.num_parts for each in waiting.values())
    full = full_sequence(part.sequence, ledger.highest(heard.sender))
    whole_taken = any(
        each.full_sequence == full for each in ledger.taken(heard.sender, part.sequence)
    )
    if same == part or (not waiting and whole_taken):
        return _verdict(heard, part, MessageState.REPEATED, None, None)
    try:
        if heard.sender not in rules.cards:
            admit(heard.sender, Speech.REPORT, rules.cards)
        if same is not None or other_total:
            raise refused(
                "part",
                "number",
                part.number,
                say("This part came before with another content."),
            )
    except RefusedSentence as refusal:
        return _quarantined(heard, kind_name(part), refusal.faults, part.sequence)
    whole = joined({**waiting, part.number: part})
    if whole is None:
        return _verdict(heard, part, MessageState.WAITING, None, None)
    # The whole never stood on the wire; it is kept as the sentence that would have carried it.
    sentence = write_ascii(received_mixed(heard.sender, whole))
    entire = hear_payload(replace(heard, code=None, payload=b"", raw=sentence), whole)
    if entire.code is None or isinstance(entire.code, Part):
        return _quarantined(entire, kind_name(part), entire.faults, part.sequence)
    return _judge_code(entire, entire.code, rules, ledger)


def digest_of(payload: bytes) -> str:
    """Return the SHA-256 digest by which a content is known again."""
    return sha256(payload).hexdigest()


_KIND_NAMES: Final[dict[type, str]] = {
    DamageReport: "report",
    ReportChange: "change",
    DispatchOrder: "order",
    Acknowledgement: "acknowledgement",
    GoodsReceipt: "receipt",
    PositionNotice: "position",
    Part: "part",
    RouteOrder: "route-order",
}


def kind_name(code: Code) -> str:
    """Return the name of a kind of code."""
    return _KIND_NAMES[type(code)]


def _kind_of(heard: Heard) -> str:
    if heard.payload:
        return "code"
    if heard.text:
        return "text"
    return "position" if heard.sender and heard.message is not None else "sentence"


def _speech_of(code: Code) -> Speech:
    if isinstance(code, ReportChange):
        return Speech.REPORT
    if isinstance(code, RouteOrder):
        return Speech.ORDER
    return Speech(kind_name(code))


def _report_of(heard: Heard, code: Code, ledger: Ledger) -> DamageReport | None:
    """Return the report that a code makes; None where it makes none or its base is not there."""
    if isinstance(code, DamageReport):
        return code
    if isinstance(code, ReportChange):
        base = ledger.report(heard.sender, code.base_sequence)
        if base is not None:
            return changed(base, code, received_at=heard.received_at, raw=heard.raw)
    return None


def _verdict(
    heard: Heard, code: Code, state: MessageState, full: int | None, report: DamageReport | None
) -> Verdict:
    counts = state in {MessageState.TAKEN, MessageState.RELEASED}
    return Verdict(
        heard=heard,
        state=state,
        kind=kind_name(code),
        sequence=code.sequence,
        full_sequence=full,
        digest=digest_of(heard.payload),
        report=report,
        fix=fix_of(heard, "") if counts else None,
    )


def _quarantined(
    heard: Heard, kind: str, faults: tuple[Fault, ...], sequence: int | None = None
) -> Verdict:
    return Verdict(
        heard=heard,
        state=MessageState.QUARANTINED,
        kind=kind,
        faults=faults,
        sequence=sequence,
        digest=digest_of(heard.payload or heard.raw),
    )
