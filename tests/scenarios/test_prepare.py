from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import pytest

from geodata.gazetteer import load_gazetteer
from geodata.roads import load_roads
from relief.beidou.sending import captured, report_sentence
from relief.damage.factors import load_profile
from relief.damage.reports import Indicator
from relief.errors import InvalidInput
from relief.plan.outcome import ProgressStep, silent
from relief.plan.policy import PlanningPolicy
from relief.plan.situation import Situation
from relief.supply.network import ReserveNetwork
from scenarios.events import Event, load_event
from scenarios.network import open_network
from scenarios.prepare import Prepared, prepare
from tests.relief.damage.reported import report
from tests.scenarios.test_events import OWN, own_event

SEEN_AT = datetime.fromisoformat("2026-07-01T06:30:00+08:00")


@cache
def network() -> ReserveNetwork:
    return open_network(None, as_of=load_event("2021-liulin").default_at.date())


def prepared(event: Event, at: datetime | None = None, **others: object) -> Prepared:
    return prepare(
        event,
        at=at or event.default_at,
        network=network(),
        gazetteer=load_gazetteer(),
        roads=load_roads(),
        profile=load_profile("hubei"),
        policy=PlanningPolicy(),
        **others,  # type: ignore[arg-type]
    )


@cache
def liulin() -> Prepared:
    return prepared(load_event("2021-liulin"))


def test_liulin_is_one_place_with_the_needs_of_its_readme() -> None:
    situation = liulin().situation
    assert [place.name_zh for place in situation.places] == ["柳林镇"]
    pieces: dict[str, list[tuple[int, int]]] = {}
    for need in situation.needs:
        due_h = int((need.due_at - situation.start_at) / timedelta(hours=1))
        pieces.setdefault(need.item_code, []).append((due_h, need.pieces))
    # The arithmetic is in the README of the event, row by row.
    assert pieces == {
        "water-case": [(12, 1819), (24, 1819), (48, 1819), (72, 1819)],
        "instant-food": [(12, 57), (24, 57)],
        "rice-25": [(48, 8), (72, 8)],
        "tent-12-single": [(24, 22), (48, 22)],
        "tent-36": [(24, 5)],
        "quilt": [(24, 20), (48, 20)],
        "blanket": [(24, 20), (48, 20)],
        "folding-bed": [(24, 28), (48, 28)],
        "moisture-mat": [(12, 120), (24, 120)],
        "life-vest": [(12, 10)],
        "lamp": [(12, 10)],
        "generator": [(24, 1)],
        "mobile-toilet": [(48, 2)],
        "family-kit": [(48, 42), (72, 42)],
        "medicine-kit": [(24, 1)],
    }


def test_roads_cut_make_the_way_to_liulin_longer_but_not_endless() -> None:
    event = load_event("2021-liulin")
    cut = liulin()
    quiet = prepared(replace(event, closures=()), at=datetime.fromisoformat("2021-08-12T14:00+08"))
    names = {closure.name for closure in cut.situation.travel.closures}
    assert "均川镇-柳林镇" in names
    assert len(names) == 4
    assert {closure.name for closure in quiet.situation.travel.closures} == {"均川镇-柳林镇"}
    spot = cut.situation.travel.index()
    wuhan = spot["420112-01"], spot["421321116"]
    km = cut.situation.travel.distance_km[(0, *wuhan)]
    open_km = quiet.situation.travel.distance_km[(0, *wuhan)]
    assert open_km <= km < 1.5 * open_km


def test_what_is_modelled_and_what_was_reported_is_said() -> None:
    notes = [str(note) for note in liulin().notes]
    assert "均川镇-柳林镇 is cut, as reported by 0211160, 0211161." in notes
    assert sum("is modelled" in note for note in notes) == 3
    (refused,) = liulin().refused
    assert "cut off" in refused.reason


def test_depots_without_stock_and_trucks_are_left_out() -> None:
    event = load_event("2021-liulin")
    full = network()
    emptied, kept = full.depots[0], full.depots[1]
    bare = replace(
        full,
        depots=(emptied, kept),
        lots=tuple(
            replace(lot, committed_pieces=lot.pieces) if lot.depot_code == emptied.code else lot
            for lot in full.lots
            if lot.depot_code in {emptied.code, kept.code}
        ),
        pools=tuple(pool for pool in full.pools if pool.base_code == kept.code),
    )
    situation = prepare(
        event,
        at=event.default_at,
        network=bare,
        gazetteer=load_gazetteer(),
        roads=load_roads(),
        profile=load_profile("hubei"),
        policy=PlanningPolicy(),
    ).situation
    assert [depot.code for depot in situation.depots] == [kept.code]
    assert {lot.depot_code for lot in situation.lots} == {kept.code}


def water_cases(situation: Situation) -> int:
    return sum(
        lot.available_pieces for lot in situation.usable_lots() if lot.item_code == "water-case"
    )


def test_the_flood_of_2016_finds_a_part_of_stock_and_trucks_ready() -> None:
    event = load_event("2016-meiyu")
    part, whole = prepared(event), prepared(event, readiness=False)
    said = [str(note) for note in part.notes]
    assert [note.split(":")[0] for note in said[:4]] == ["Modelled"] * 4
    assert said[1].startswith(
        "Modelled: the stock of county depots in hit counties times 60 %, their trucks times 60 %."
    )
    assert "All stock and trucks are taken as ready, against what the event states." in [
        str(note) for note in whole.notes
    ]
    # All water is modelled stock of counties and cities. 0.8 x 0.6 of county stock and 0.6 of city
    # stock in hit places is the least that can be left, 0.8 and 1 elsewhere the most.
    full, left = water_cases(whole.situation), water_cases(part.situation)
    assert 0.48 * full < left < 0.7 * full
    needed = sum(n.pieces for n in part.situation.needs if n.item_code == "water-case")
    assert left < needed < full
    trucks = sum(pool.num_vehicles for pool in part.situation.pools)
    assert 0.6 < trucks / sum(pool.num_vehicles for pool in whole.situation.pools) < 0.8
    assert part.situation.needs == whole.situation.needs


def test_a_road_opened_again_is_open_in_later_plans() -> None:
    event = load_event("2016-meiyu")
    (closure,) = event.closures
    assert closure.until is not None

    def cut(at: datetime) -> bool:
        notes = prepared(event, at=at).notes
        return any(str(note).startswith(f"{closure.name} is cut. ") for note in notes)

    assert cut(closure.until - timedelta(minutes=1))
    assert not cut(closure.until)


def test_every_stage_shows_signs_of_life() -> None:
    steps: list[ProgressStep] = []
    prepared(load_event("2021-liulin"), progress=steps.append)
    assert list(dict.fromkeys(step.stage for step in steps)) == ["reports", "needs", "travel"]
    assert steps[-1].done_share == 1.0


def own_reports(folder: Path, *lines: bytes) -> Event:
    (folder / "reports.bds").write_bytes(b"".join(lines))
    return own_event(folder, OWN[: OWN.index("[[closures]]")])


def line(unit: str = "421321116", **fields: object) -> bytes:
    made = report({Indicator.TRANSFERRED: 100}, unit=unit, **fields)  # type: ignore[arg-type]
    made = replace(made, observed_at=SEEN_AT, received_at=SEEN_AT)
    return captured(report_sentence(made), SEEN_AT)


def test_a_sentence_that_nobody_declared_damaged_stops_the_plan(tmp_path: Path) -> None:
    cut = line(card="0000002")[:60] + b"\n"
    strange = line(unit="421399", card="0000003")
    event = own_reports(tmp_path, line(), cut, strange)
    with pytest.raises(InvalidInput) as caught:
        prepared(event)
    faults = caught.value.faults
    assert [fault.where for fault in faults] == ["own/reports.bds:2", "own/reports.bds:3"]
    assert "cut off" in str(faults[0])
    assert "421399" in str(faults[1])
    assert "max_refused" in str(faults[0].remedy)
    kept = prepared(replace(event, max_refused=2))
    assert [refused.line for refused in kept.refused] == [2, 3]
    assert [place.code for place in kept.situation.places] == ["421321116"]


def test_before_the_first_report_there_is_nothing_to_plan(tmp_path: Path) -> None:
    event = own_reports(tmp_path, line())
    with pytest.raises(InvalidInput, match="No report had been received by then"):
        prepared(event, at=SEEN_AT - timedelta(minutes=1))


def test_reports_received_in_another_way_count_too(tmp_path: Path) -> None:
    event = own_reports(tmp_path, line())
    other = replace(
        report({Indicator.TRANSFERRED: 50}, unit="421321117", card="0000009"),
        observed_at=SEEN_AT,
        received_at=SEEN_AT,
    )
    both = prepared(event, also=[other], progress=silent)
    assert [place.code for place in both.situation.places] == ["421321116", "421321117"]
    late = replace(other, received_at=event.default_at + timedelta(hours=1))
    assert len(prepared(event, also=[late]).situation.places) == 1


def test_a_cut_road_that_nobody_knows_stays_open_with_a_note(tmp_path: Path) -> None:
    event = own_reports(tmp_path, line())
    lost = replace(
        report({Indicator.TRANSFERRED: 50}, unit="421321117", card="0000009"),
        observed_at=SEEN_AT,
        received_at=SEEN_AT,
        blocked_roads=("无名桥",),
    )
    notes = [str(note) for note in prepared(event, also=[lost]).notes]
    assert any("无名桥, reported as cut by 0000009, could not be found" in note for note in notes)
    again = replace(lost, sequence=2, observed_at=SEEN_AT + timedelta(minutes=5), blocked_roads=())
    notes = [str(note) for note in prepared(event, also=[lost, again]).notes]
    assert not any("无名桥" in note for note in notes)


def test_closures_that_cannot_be_found_are_all_named(tmp_path: Path) -> None:
    (tmp_path / "reports.bds").write_bytes(line())
    closure = OWN[OWN.index("[[closures]]") :]
    text = OWN.replace("随县-广水市", "某地-别处", 1) + closure.replace("随县-广水市", "edge 1-2")
    event = own_event(tmp_path, text)
    with pytest.raises(InvalidInput) as caught:
        prepared(event)
    assert len({fault.value for fault in caught.value.faults}) >= 2


def test_the_instant_needs_its_offset() -> None:
    with pytest.raises(ValueError, match="has no offset"):
        prepared(load_event("2021-liulin"), at=datetime(2021, 8, 12, 20))  # noqa: DTZ001 - the fault
