"""Records go to plain values and come back unchanged, or are refused with every fault named."""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from enum import IntEnum

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from api.documents.records import from_plain, to_plain
from relief.errors import InvalidInput
from relief.places import Point
from relief.plan.situation import Situation
from relief.plan.travel import RoadPath
from relief.sentences import Sentence, SentenceValue
from tests import situations


class Colour(IntEnum):
    RED = 1
    BLUE = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Small:
    text: str
    value: float
    count: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Everything:
    parts: tuple[Small, ...]
    pair: tuple[int, str]
    mixed: SentenceValue
    colour: Colour
    raw: bytes
    on: date
    at: datetime
    after: timedelta
    points: tuple[Point, ...]
    sure: bool


floats = st.floats(allow_nan=False, allow_infinity=False)
instants = st.datetimes(timezones=st.just(UTC) | st.just(timezone(timedelta(hours=8))))
smalls = st.builds(Small, text=st.text(), value=floats, count=st.none() | st.integers())
everything = st.builds(
    Everything,
    parts=st.lists(smalls, max_size=3).map(tuple),
    pair=st.tuples(st.integers(), st.text()),
    mixed=st.text() | st.integers() | floats,
    colour=st.sampled_from(Colour),
    raw=st.binary(),
    on=st.dates(),
    at=instants,
    after=st.timedeltas(),
    points=st.lists(st.builds(Point, lon_deg=floats, lat_deg=floats), max_size=3).map(tuple),
    sure=st.booleans(),
)


@given(everything)
def test_what_goes_through_json_comes_back_the_same(record: Everything) -> None:
    text = json.dumps(to_plain(record), allow_nan=False)
    assert from_plain(Everything, json.loads(text), where="file") == record


@given(st.integers() | floats | st.text())
def test_a_whole_number_stays_whole_and_a_broken_one_broken(value: SentenceValue) -> None:
    sentence = Sentence("{value}", (("value", value),))
    back = from_plain(Sentence, json.loads(json.dumps(to_plain(sentence))), where="file")
    assert [type(v) for _, v in back.values] == [type(value)]
    assert back == sentence


def test_a_situation_keeps_its_fingerprint() -> None:
    situation = situations.two_depots_three_places()
    text = json.dumps(to_plain(situation), allow_nan=False)
    back = from_plain(Situation, json.loads(text), where="situation.json.gz")
    assert back.fingerprint() == situation.fingerprint()
    assert not back.travel.duration_h.flags.writeable


def test_an_array_keeps_its_infinities_and_its_type() -> None:
    @dataclass(frozen=True, slots=True, kw_only=True, eq=False)
    class Table:
        cells: NDArray[np.float64]

    table = Table(cells=np.array([[0.0, np.inf], [1.5, -0.0]]))
    back = from_plain(Table, json.loads(json.dumps(to_plain(table))), where="file")
    assert back.cells.dtype == np.float64
    assert back.cells.tobytes() == table.cells.tobytes()


def test_points_are_written_lon_first() -> None:
    path = RoadPath(
        from_code="a", to_code="b", speed_class="light", node_ids=(1,),
        line=(Point(lon_deg=114.3, lat_deg=30.6),), distance_km=0.0,
    )  # fmt: skip
    assert to_plain(path)["line"] == [[114.3, 30.6]]


def test_every_misfit_is_named_by_its_path() -> None:
    plain = to_plain(
        Everything(
            parts=(Small(text="a", value=1.0, count=1), Small(text="b", value=2.0, count=None)),
            pair=(1, "x"),
            mixed="m",
            colour=Colour.RED,
            raw=b"r",
            on=date(2026, 1, 2),
            at=datetime(2026, 1, 2, tzinfo=UTC),
            after=timedelta(hours=1),
            points=(),
            sure=True,
        )
    )
    plain["parts"][1]["count"] = "many"
    plain["pair"] = [1]
    plain["colour"] = 3
    plain["raw"] = "*"
    plain["at"] = "2026-01-02T00:00:00"
    plain["points"] = [[1, 2, 3]]
    plain["sure"] = 1
    plain["extra"] = 1
    del plain["on"]
    with pytest.raises(InvalidInput, match="Not what is kept here") as caught:
        from_plain(Everything, plain, where="plan.json")
    assert {fault.where for fault in caught.value.faults} == {"plan.json"}
    assert {fault.field for fault in caught.value.faults} == {
        ".parts[1].count", ".pair", ".colour", ".raw", ".at", ".points[0]", ".sure", ".extra",
        ".on",
    }  # fmt: skip


def test_a_truth_value_is_not_a_count() -> None:
    with pytest.raises(InvalidInput, match=r"\.count = 'True'"):
        from_plain(Small, {"text": "a", "value": 1.0, "count": True}, where="file")


def test_a_situation_that_contradicts_itself_is_refused_with_its_own_faults() -> None:
    plain = to_plain(situations.two_depots_three_places())
    plain["lots"][0]["committed_pieces"] = 1_000
    plain["needs"][0]["place_code"] = "429999"
    with pytest.raises(InvalidInput, match="More is committed than on hand") as caught:
        from_plain(Situation, plain, where="situation.json.gz")
    assert len(caught.value.faults) == 2


def test_what_is_no_record_is_not_written() -> None:
    with pytest.raises(TypeError, match="no part of a record"):
        to_plain(np.float64(1.0))
