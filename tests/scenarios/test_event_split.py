import tomllib
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata.gazetteer import load_gazetteer
from scenarios.event_split import shared_out
from scenarios.events import event_codes, load_event
from scenarios.replay_files import main, replay


def test_largest_remainders_by_hand() -> None:
    # 10 over weights 5, 3, 1: 5.56, 3.33, 1.11: the one left goes to the remainder 0.56.
    weights = {"a": Fraction(5), "b": Fraction(3), "c": Fraction(1)}
    assert shared_out(10, weights) == {"a": 6, "b": 3, "c": 1}


def test_ties_go_to_the_smaller_code_and_no_weight_gets_nothing() -> None:
    weights = {"b": Fraction(1), "a": Fraction(1), "z": Fraction(0)}
    assert shared_out(3, weights) == {"b": 1, "a": 2, "z": 0}
    assert shared_out(0, weights) == {"b": 0, "a": 0, "z": 0}


@given(st.integers(0, 10**7), st.lists(st.integers(1, 10**6), min_size=1, max_size=30))
def test_shares_sum_exactly_and_stay_within_one_of_their_part(total: int, sizes: list[int]) -> None:
    weights = {f"{place:02}": Fraction(size) for place, size in enumerate(sizes)}
    counts = shared_out(total, weights)
    assert sum(counts.values()) == total
    for code, count in counts.items():
        assert abs(count - total * weights[code] / sum(sizes)) < 1


@pytest.mark.parametrize("code", event_codes())
def test_the_sentence_file_is_made_again_byte_for_byte(code: str) -> None:
    event = load_event(code)
    rules = tomllib.loads((event.folder / "replay.toml").read_text(encoding="utf-8"))
    assert replay(event, rules) == event.capture()


def test_every_weight_of_the_rules_belongs_to_a_place() -> None:
    gazetteer = load_gazetteer()
    known = {place.code for place in (*gazetteer.counties, *gazetteer.prefectures)}
    for code in ("2016-meiyu", "2020-meiyu"):
        folder = Path(str(load_event(code).folder))
        split = tomllib.loads((folder / "replay.toml").read_text(encoding="utf-8"))["split"]
        assert set(split["intensity"]) <= known
        assert set(split["stated_units"]) <= known


def test_the_generator_writes_the_file_beside_the_event(tmp_path: Path) -> None:
    library = Path(str(load_event("2021-liulin").folder))
    for name in ("event.toml", "replay.toml"):
        (tmp_path / name).write_bytes((library / name).read_bytes())
    main([str(tmp_path)])
    assert (tmp_path / "reports.bds").read_bytes() == (library / "reports.bds").read_bytes()
