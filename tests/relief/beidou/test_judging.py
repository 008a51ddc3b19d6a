"""What becomes of a message: taken, repeated, waiting, other, or quarantined with its reason."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from relief.beidou.ascii_layout import write_ascii
from relief.beidou.change_code import ReportChange
from relief.beidou.codes import Code, envelope_of, write_code
from relief.beidou.frames import Frame, ascii_frame
from relief.beidou.goods_code import DispatchOrder, GoodsReceipt, OrderLine, ReceiptLine
from relief.beidou.hearing import Heard, hear_again, hear_frame
from relief.beidou.judging import (
    MessageState,
    Rules,
    Verdict,
    digest_of,
    judge,
    judge_released,
)
from relief.beidou.notice_code import Movement, PositionNotice
from relief.beidou.part_code import Part, payloads
from relief.beidou.rdss_ascii import received_mixed
from relief.beidou.refusals import RefusedSentence
from relief.beidou.register import Card, Speech
from relief.beidou.sequence import Taken
from relief.beidou.stream import split
from relief.damage.reports import DamageReport, Indicator, ReportSource, ReportStage
from relief.places import Point

AT = datetime(2016, 7, 6, tzinfo=UTC)
CARD = "0312194"
REPORT = DamageReport(
    sender_card=CARD,
    sequence=7,
    source=ReportSource.TOWNSHIP,
    stage=ReportStage.FIRST,
    unit_code="421122101",
    observed_at=AT,
    received_at=AT,
    counts=((Indicator.AFFECTED, 3200), (Indicator.DEAD, 0)),
)
CHANGE = ReportChange(
    sequence=8,
    base_sequence=7,
    stage=ReportStage.CONTINUED,
    observed_at=AT,
    changes=((Indicator.DEAD, 1),),
)
RULES = Rules(
    cards={
        CARD: Card(
            number=CARD,
            owner="Qiliping",
            scope="421122",
            highest_source=ReportSource.TOWNSHIP,
        ),
        "0312195": Card(number="0312195", owner="lost", scope="421122", active=False),
    },
    known_units={"421122101", "421122", "421181"},
    population={"421122101": 60_000},
)


@dataclass
class Memory:
    """A ledger in memory."""

    messages: dict[tuple[str, int], list[Taken]] = field(default_factory=dict)
    reports: dict[tuple[str, int], DamageReport] = field(default_factory=dict)
    waiting: dict[tuple[str, int], dict[int, Part]] = field(default_factory=dict)

    def taken(self, card: str, sequence: int) -> Sequence[Taken]:
        return self.messages.get((card, sequence), ())

    def highest(self, card: str) -> int | None:
        fulls = [
            t.full_sequence for (c, _), some in self.messages.items() if c == card for t in some
        ]
        return max(fulls, default=None)

    def report(self, card: str, sequence: int) -> DamageReport | None:
        return self.reports.get((card, sequence))

    def parts(self, card: str, sequence: int) -> Mapping[int, Part]:
        return self.waiting.get((card, sequence), {})

    def keep(self, verdict: Verdict) -> Verdict:
        heard = verdict.heard
        if verdict.state is MessageState.WAITING and isinstance(heard.code, Part):
            key = (heard.sender, heard.code.sequence)
            self.waiting.setdefault(key, {})[heard.code.number] = heard.code
        if verdict.state is MessageState.TAKEN and verdict.full_sequence is not None:
            key = (heard.sender, verdict.full_sequence % 65_536)
            self.messages.setdefault(key, []).append(
                Taken(full_sequence=verdict.full_sequence, digest=verdict.digest)
            )
            if verdict.report is not None:
                self.reports[key] = verdict.report
        return verdict


def heard(code: Code | bytes, sender: str = CARD, at: datetime = AT) -> Heard:
    payload = code if isinstance(code, bytes) else write_code(code)
    return of(write_ascii(received_mixed(sender, payload)), at)


def of(sentence: bytes, at: datetime = AT) -> Heard:
    (frame,) = split(sentence)
    assert isinstance(frame, Frame)
    return hear_frame(frame, at)


def why(verdict: Verdict) -> str:
    assert verdict.state is MessageState.QUARANTINED
    return " ".join(str(fault) for fault in verdict.faults)


def test_a_good_report_is_taken_once() -> None:
    memory = Memory()
    first = memory.keep(judge(heard(REPORT), RULES, memory))
    assert (first.state, first.kind, first.sequence, first.full_sequence) == (
        MessageState.TAKEN, "report", 7, 7,
    )  # fmt: skip
    assert first.report == replace(REPORT, raw=first.heard.raw)
    later = heard(REPORT, at=AT + timedelta(hours=1))
    again = judge(later, RULES, memory)
    assert (again.state, again.report) == (MessageState.REPEATED, None)


@pytest.mark.parametrize(
    ("code", "sender", "reason"),
    [
        (REPORT, "0999999", "sender = '0999999': The card is not in the register"),
        (REPORT, "0312195", "sender = '0312195': The card is out of use"),
        (replace(REPORT, unit_code="421181"), CARD, "unit_code = '421181': The card may not speak"),
        (replace(REPORT, unit_code="421129"), CARD, "There is no place with this code.*421122"),
        (replace(REPORT, source=ReportSource.COUNTY), CARD, "source = 'county': .* so high a"),
        (
            replace(REPORT, counts=((Indicator.DEAD, 60_001), (Indicator.COLLAPSED_ROOMS, 90_000))),
            CARD,
            r"dead = '60001': More people are counted than live there. Allowed: up to 60000\.$",
        ),
        (
            replace(REPORT, observed_at=AT + timedelta(minutes=11)),
            CARD,
            "observed_at = '2016-07-06T00:11:00.*from the future",
        ),
        (
            DispatchOrder(
                sequence=1,
                depot_code="421100-01",
                unit_code="421122101",
                due_at=AT,
                lines=(OrderLine(item="quilt", pieces=1),),
            ),
            CARD,
            "kind = 'order': The card may not send this kind",
        ),
        (
            GoodsReceipt(
                sequence=1,
                order_sequence=1,
                unit_code="421181",
                received_at=AT,
                lines=(ReceiptLine(item="quilt", good=1, damaged=0, lost=0),),
            ),
            CARD,
            "The card may not speak for this place",
        ),
        (b"\xff\x11\x00\x01\x00\x00", CARD, "crc = "),
    ],
)
def test_what_is_not_to_be_obeyed_is_quarantined_with_the_reason(
    code: Code | bytes, sender: str, reason: str
) -> None:
    import re  # noqa: PLC0415 - only here

    assert re.search(reason, why(judge(heard(code, sender), RULES, Memory())))


def test_the_order_of_a_card_that_may_order_is_taken() -> None:
    order = DispatchOrder(
        sequence=1,
        depot_code="421100-01",
        unit_code="421122101",
        due_at=AT + timedelta(hours=12),
        lines=(OrderLine(item="quilt", pieces=1),),
    )
    card = replace(RULES.cards[CARD], speeches=frozenset({Speech.ORDER}))
    verdict = judge(heard(order), replace(RULES, cards={CARD: card}), Memory())
    assert verdict.state is MessageState.TAKEN


def test_the_same_number_with_other_content_is_quarantined() -> None:
    memory = Memory()
    memory.keep(judge(heard(REPORT), RULES, memory))
    other = replace(REPORT, counts=((Indicator.DEAD, 1),))
    assert "another content" in why(judge(heard(other), RULES, memory))


def test_numbers_that_began_again_are_new() -> None:
    memory = Memory()
    memory.keep(judge(heard(REPORT), RULES, memory))
    for sequence in (30_000, 60_000):
        memory.keep(judge(heard(replace(REPORT, sequence=sequence)), RULES, memory))
    other = replace(REPORT, counts=((Indicator.DEAD, 1),))
    verdict = judge(heard(other), RULES, memory)
    assert (verdict.state, verdict.full_sequence) == (MessageState.TAKEN, 65_543)


def test_a_change_waits_for_its_report() -> None:
    memory = Memory()
    assert judge(heard(CHANGE), RULES, memory).state is MessageState.WAITING
    memory.keep(judge(heard(REPORT), RULES, memory))
    verdict = judge(heard(CHANGE), RULES, memory)
    assert verdict.state is MessageState.TAKEN
    assert verdict.report is not None
    assert verdict.report.counts == ((Indicator.AFFECTED, 3200), (Indicator.DEAD, 1))


def test_parts_wait_for_each_other_in_any_order() -> None:
    memory = Memory()
    roads = tuple(f"{number}国道红安县七里坪镇段" for number in range(6))
    long = replace(REPORT, blocked_roads=roads)
    parts = [heard(content) for content in payloads(envelope_of(long), 77)]
    assert len(parts) == 3
    for part in (parts[2], parts[0]):
        assert memory.keep(judge(part, RULES, memory)).state is MessageState.WAITING
    assert judge(parts[0], RULES, memory).state is MessageState.REPEATED
    whole = memory.keep(judge(parts[1], RULES, memory))
    assert whole.state is MessageState.TAKEN
    assert whole.report is not None
    assert whole.report.blocked_roads == roads
    # What is kept of the whole can be read again by itself.
    assert hear_again(whole.heard.raw, AT).code == whole.heard.code
    memory.waiting.clear()
    assert judge(parts[1], RULES, memory).state is MessageState.REPEATED


def test_a_part_with_other_content_and_a_whole_with_a_wrong_check_are_quarantined() -> None:
    memory = Memory()
    first = Part(sequence=5, number=1, num_parts=2, chunk=b"\xffa")
    memory.keep(judge(heard(first), RULES, memory))
    assert "before with another content" in why(
        judge(heard(replace(first, chunk=b"b")), RULES, memory)
    )
    last = Part(sequence=5, number=2, num_parts=2, chunk=b"bcdefg")
    assert "crc" in why(judge(heard(last), RULES, memory))
    assert "not in the register" in why(judge(heard(first, "0999999"), RULES, memory))


def test_texts_of_known_cards_are_kept_and_of_others_quarantined() -> None:
    known = of(ascii_frame("BDTXR", f"1,{CARD},0,,受灾3200人".encode("gbk")))
    verdict = judge(known, RULES, Memory())
    assert (verdict.state, verdict.kind) == (MessageState.OTHER, "text")
    unknown = of(ascii_frame("BDTXR", "1,0999999,0,,受灾3200人".encode("gbk")))
    assert "not in the register" in why(judge(unknown, RULES, Memory()))


def test_positions_of_all_kinds_make_fixes() -> None:
    notice = PositionNotice(
        sequence=1,
        taken_at=AT,
        point=Point(lon_deg=112.5, lat_deg=45.0),
        movement=Movement.HALTED,
        speed_km_h=3,
    )
    fix = judge(heard(notice), RULES, Memory()).fix
    assert fix is not None
    assert (fix.card, fix.taken_at, fix.point) == (CARD, AT, notice.point)
    assert (fix.movement, fix.speed_km_h) == (Movement.HALTED, 3)
    told = of(
        b"$BDWAA,0,,0312194,072236.40,3802.69000,N,11526.16000,E,61,M*04",
        datetime(2016, 7, 6, 7, 23, tzinfo=UTC),
    )
    fix = judge(told, RULES, Memory()).fix
    assert fix is not None
    assert fix.taken_at == datetime(2016, 7, 6, 7, 22, 36, 400_000, tzinfo=UTC)
    assert fix.point == Point(lon_deg=115.436, lat_deg=38.0448333333333333)
    with_point = replace(REPORT, point=Point(lon_deg=112.5, lat_deg=45.0))
    fix = judge(heard(with_point), RULES, Memory()).fix
    assert fix is not None
    assert fix.source == "report"


def test_the_own_position_counts_once_the_own_card_is_known_and_the_day_is_right() -> None:
    raw = b"$GNRMC,070723.00,A,2309.30979,N,11330.00659,E,10.0,,070324,,,A,V"
    from relief.beidou.frames import xor_of  # noqa: PLC0415 - only here

    raw += b"*%02X" % xor_of(raw[1:])
    that_day = datetime(2024, 3, 7, 7, 8, tzinfo=UTC)
    fix = judge(of(raw, that_day), RULES, Memory(), own_card=CARD).fix
    assert fix is not None
    assert fix.card == CARD
    assert fix.speed_km_h == pytest.approx(18.52)
    assert judge(of(raw, that_day), RULES, Memory()).fix is None
    assert judge(of(raw, AT), RULES, Memory(), own_card=CARD).fix is None


def test_what_a_person_releases_is_taken_against_the_rules_but_not_twice() -> None:
    memory = Memory()
    outside = heard(replace(REPORT, unit_code="421181"), "0999999")
    verdict = judge_released(outside, memory)
    assert (verdict.state, verdict.full_sequence) == (MessageState.RELEASED, 7)
    assert verdict.report is not None
    assert verdict.digest == digest_of(outside.payload)
    memory.keep(judge(heard(REPORT), RULES, memory))
    assert judge_released(heard(REPORT), memory).state is MessageState.REPEATED


def test_a_wrong_checksum_can_be_released_if_the_rest_can_be_read() -> None:
    good = write_ascii(received_mixed(CARD, write_code(REPORT)))
    wrong = good[:-2] + (b"00" if good[-2:] != b"00" else b"01")
    mended = hear_again(wrong, AT)
    assert mended.raw == wrong
    verdict = judge_released(mended, Memory())
    assert verdict.report is not None
    assert verdict.report.counts == REPORT.counts
    binary = bytes.fromhex("24 49 43 4A 43 00 0C 00 00 00 00 2C")
    assert hear_again(binary, AT).name == "ICJC"


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"boot", "no sentence in these bytes"),
        (b"", "no sentence in these bytes"),
        (b"$BDTXR,7,0166166,2,,A4*00", "receipt = '7'"),
        (write_ascii(received_mixed(CARD, write_code(CHANGE))), "base_sequence = '7'"),
        (
            write_ascii(
                received_mixed(
                    CARD, write_code(Part(sequence=1, number=1, num_parts=2, chunk=b"a"))
                )
            ),
            "A part alone cannot be released",
        ),
    ],
)
def test_what_cannot_be_read_cannot_be_released(raw: bytes, reason: str) -> None:
    with pytest.raises(RefusedSentence, match=reason):
        judge_released(hear_again(raw, AT), Memory())
