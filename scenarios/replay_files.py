"""Makes the sentence files of the event library from published totals and stated rules.

``python -m scenarios.replay_files 2016-meiyu`` writes ``reports.bds`` of an event anew, byte for
byte the same every time. The published figures are in the event's ``event.toml``. Its
``replay.toml`` says how they are split among counties (modelled), which reports are given one by
one, and how the traffic is imperfect. Nothing here is used when an event is planned.
"""

import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from zlib import crc32

from geodata.gazetteer import PROVINCE_CODE, load_gazetteer
from relief.beidou.sending import captured, report_sentence
from relief.damage.reports import DamageReport, Indicator, ReportSource, ReportStage
from relief.units import in_utc
from scenarios.event_split import Split, county_counts
from scenarios.events import Event, load_event

MINUTE = timedelta(minutes=1)
REPORTS_BEFORE = timedelta(hours=2)
"""A county's report comes in within this time before the statement that rests on it."""
CHANGED_BYTE: Final = 20
"""Where a sentence is damaged for a wrong checksum: inside its text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sent:
    """A report on its way, and what happens to it.

    ``copies`` are further arrivals of the same sentence: after how long, and with which damage.
    """

    report: DamageReport
    copies: tuple[tuple[timedelta, str], ...] = ()


def replay(event: Event, rules: Mapping[str, object]) -> bytes:
    """Return the capture of an event.

    Parameters
    ----------
    event
        The event with its published figures.
    rules
        The content of its ``replay.toml``.
    """
    sent = list(_given(_tables(rules, "reports")))
    split = rules.get("split")
    if isinstance(split, dict):
        rule = Split.read(split["intensity"], split["parts"], split["stated_units"])
        sent += _split(event, rule, list(_tables(rules, "flaws")))
    sent.sort(key=lambda each: (each.report.received_at, each.report.unit_code))
    arrivals = sorted(_arrivals(_numbered(sent)), key=lambda arrival: arrival[0])
    return b"".join(captured(sentence, received_at) for received_at, sentence in arrivals)


def _numbered(sent: Iterable[_Sent]) -> Iterator[_Sent]:
    """Give every sender's reports running numbers, in the order in which they come in."""
    last: dict[str, int] = {}
    for each in sent:
        card = each.report.sender_card
        last[card] = last.get(card, 0) + 1
        yield replace(each, report=replace(each.report, sequence=last[card]))


def _arrivals(sent: Iterable[_Sent]) -> Iterator[tuple[datetime, bytes]]:
    for each in sent:
        sentence = report_sentence(each.report)
        yield each.report.received_at, sentence
        for after, damage in each.copies:
            yield each.report.received_at + after, _damaged(sentence, damage)


def _damaged(sentence: bytes, damage: str) -> bytes:
    match damage:
        case "cut":
            return sentence[: len(sentence) * 2 // 3]
        case "checksum":
            place = CHANGED_BYTE
            other = b"7" if sentence[place : place + 1] != b"7" else b"3"
            return sentence[:place] + other + sentence[place + 1 :]
        case _:
            return sentence


def _given(tables: Iterable[Mapping[str, object]]) -> Iterator[_Sent]:
    """Yield the reports that are given one by one."""
    for table in tables:
        counts = table.get("counts", {})
        roads = table.get("roads", [])
        copies = table.get("copies", [])
        yield _Sent(
            report=DamageReport(
                sender_card=str(table["card"]),
                sequence=0,
                source=ReportSource[str(table["source"]).upper()],
                stage=ReportStage(str(table["stage"])),
                unit_code=str(table["unit"]),
                observed_at=_instant(table["observed_at"]),
                received_at=_instant(table["received_at"]),
                counts=_in_order(
                    {Indicator(key): int(count) for key, count in counts.items()}
                    if isinstance(counts, dict)
                    else {}
                ),
                blocked_roads=tuple(str(r) for r in roads) if isinstance(roads, list) else (),
            ),
            copies=tuple(
                (timedelta(minutes=float(copy["after_min"])), str(copy["damage"]))
                for copy in copies
            )
            if isinstance(copies, list)
            else (),
        )


def _split(event: Event, split: Split, flaws: Sequence[Mapping[str, object]]) -> Iterator[_Sent]:
    """Yield the counties' and the province's reports for each published statement."""
    counties = load_gazetteer().counties
    reported: set[str] = set()
    earlier_at: datetime | None = None
    for instant, counts in zip(
        event.instants, county_counts(event.instants, counties, split), strict=True
    ):
        gap = REPORTS_BEFORE if earlier_at is None else min(REPORTS_BEFORE, instant.at - earlier_at)
        for code, own in sorted(counts.items()):
            stage = ReportStage.CONTINUED if code in reported else ReportStage.FIRST
            received_at = instant.at - _spread(f"{code} {instant.at}", gap)
            report = DamageReport(
                sender_card=f"0{code}",
                sequence=0,
                source=ReportSource.COUNTY,
                stage=instant.stage or stage,
                unit_code=code,
                observed_at=received_at - MINUTE * (1 + crc32(code.encode()) % 6),
                received_at=received_at,
                counts=_in_order(own),
            )
            yield from _flawed(report, [f for f in flaws if _concerns(f, code, instant.at)])
            reported.add(code)
        stated = {t.indicators[0]: t.count for t in instant.totals if len(t.indicators) == 1}
        yield _Sent(
            report=DamageReport(
                sender_card=f"0{PROVINCE_CODE}",
                sequence=0,
                source=ReportSource.PROVINCE,
                stage=instant.stage or ReportStage.CONTINUED,
                unit_code=PROVINCE_CODE,
                observed_at=instant.at,
                received_at=instant.at,
                counts=_in_order(stated),
            )
        )
        earlier_at = instant.at


def _spread(text: str, gap: timedelta) -> timedelta:
    """Return how long before a statement a report comes in: fixed by its text, in minutes."""
    num_minutes = gap // MINUTE - 12
    return MINUTE * (4 + crc32(text.encode()) % num_minutes)


def _concerns(flaw: Mapping[str, object], code: str, at: datetime) -> bool:
    return flaw["unit"] == code and _instant(flaw["at"]) == at


def _flawed(report: DamageReport, flaws: Sequence[Mapping[str, object]]) -> Iterator[_Sent]:
    """Yield a report with what went wrong on its way."""
    copies: list[tuple[timedelta, str]] = []
    for flaw in flaws:
        match flaw["kind"]:
            case "cut" | "checksum":
                copies.append((-2 * MINUTE, str(flaw["kind"])))
            case "twice":
                copies.append((2 * MINUTE, ""))
            case "corrected":
                raised = dict(report.counts)
                raised[Indicator(str(flaw["indicator"]))] += int(str(flaw["excess"]))
                half_an_hour = 30 * MINUTE
                yield _Sent(
                    report=replace(
                        report,
                        counts=_in_order(raised),
                        observed_at=report.observed_at - half_an_hour,
                        received_at=report.received_at - half_an_hour,
                    )
                )
    yield _Sent(report=report, copies=tuple(copies))


def _in_order(counts: Mapping[Indicator, int]) -> tuple[tuple[Indicator, int], ...]:
    return tuple((indicator, counts[indicator]) for indicator in Indicator if indicator in counts)


def _instant(value: object) -> datetime:
    if not isinstance(value, datetime):
        msg = f"{value!r} is not an instant."
        raise TypeError(msg)
    return in_utc(value)


def _tables(content: Mapping[str, object], field: str) -> Iterator[Mapping[str, object]]:
    value = content.get(field, [])
    if isinstance(value, list):
        yield from value


def main(codes: Sequence[str]) -> None:
    """Write the sentence files of the events named."""
    for code in codes:
        event = load_event(code)
        folder = Path(str(event.folder))
        rules = tomllib.loads((folder / "replay.toml").read_text(encoding="utf-8"))
        (folder / event.reports_file).write_bytes(replay(event, rules))


if __name__ == "__main__":
    main(sys.argv[1:])
