"""The summary says what the plan does, in either language."""

from dataclasses import replace

from api.documents.summary import markdown, sections
from api.language import language
from api.plan_result import PlanResult
from api.plan_summary import summarise, summary_record
from relief.damage.reports import RefusedReport
from relief.items import Priority
from relief.plan.allocation import FairnessProof
from relief.plan.orders import Hold
from tests.api.plans import hand_made_plan
from tests.situations import START_AT


def english(result: PlanResult) -> str:
    return markdown(summarise(result), language("en"))


def test_the_numbers_are_those_of_the_plan() -> None:
    record = summary_record(summarise(hand_made_plan()), ["out/map.png"])
    # 90 of 100 tents of three people each arrive within twelve hours; place 3 has no road.
    assert record["in_need_people"] == 300
    assert record["served_people"] == 270
    assert [window["all_share"] for window in record["coverage"]] == [0.9, 0.9, 0.9, 0.9]
    tiers = {tier["tier"]: tier for tier in record["by_depot_tier"]}
    assert (tiers["county"]["mass_kg"], tiers["county"]["num_trucks"]) == (600.0, 2)
    assert (tiers["province"]["mass_kg"], tiers["province"]["num_trips"]) == (300.0, 1)
    assert (record["deprivation_person_h"], record["bound_person_h"]) == (39_600.0, 39_600.0)
    assert record["gap_share"] == 0.0
    assert record["driven_km"] == 850.0
    (worst,) = record["worst_shortfalls"]
    assert (worst["place_code"], worst["missing_pieces"], worst["reason"]) == (
        "420003", 10, "no-road",
    )  # fmt: skip
    assert record["certificate"]["holds"]
    assert record["files"] == ["out/map.png"]


def test_the_paper_says_it_in_words() -> None:
    text = english(hand_made_plan())
    for words in (
        "# Dispatch plan: hand-made 手算例",
        "People affected: 1,000 (between 900 and 1,100).",
        "| 12 h | 90.0% | 90.0% |",
        "| county | 0.6 | 2 | 2 |",
        "| 1 | Place 420003 地420003 | tent | 07-01 20:00 | 10 | 0 | 39,600 | no road |",
        "- No. 1: No depot has an open road to Place 420003.",
        "the gap is 0.00% of the whole",
        "no violation",
        "The network is approximate",
        "line 4: Broken checksum.",
        "given 50 pieces [hand-made] = 50",
        "- hand-made",
        "Stock is modelled.",
    ):
        assert words in text


def test_both_languages_tell_the_same_figures() -> None:
    summary = summarise(hand_made_plan())
    english_parts, chinese_parts = (sections(summary, language(code)) for code in ("en", "zh"))
    assert len(english_parts) == len(chinese_parts)
    for one, other in zip(english_parts, chinese_parts, strict=True):
        assert len(one.lines) == len(other.lines)
        if one.table is not None:
            assert other.table is not None
            assert len(one.table.rows) == len(other.table.rows)
            figures = one.table.right
            for row, same in zip(one.table.rows, other.table.rows, strict=True):
                assert [row[i] for i in figures] == [same[i] for i in figures]
    assert "湖北" not in english(hand_made_plan())
    assert chinese_parts[0].title != english_parts[0].title


def test_a_baseline_is_marked_with_its_reason() -> None:
    made = hand_made_plan()
    origin = replace(made.origin, fallback="The solver's process ended by signal 9.")
    result = replace(made, plan=replace(made.plan, is_baseline=True), origin=origin)
    assert "made by the simple method, because: The solver's process ended" in english(result)
    assert "simple method, because" not in english(made)


def test_a_plan_without_bound_or_shortfall_says_so() -> None:
    made = hand_made_plan()
    plan = replace(made.plan, deprivation_bound_milli_person_h=None, shortfalls=())
    text = english(replace(made, plan=plan))
    assert "No bound is proven for this plan." in text
    assert "None: every need is met in full and on time." in text


def test_what_came_from_outside_cannot_break_the_tables() -> None:
    made = hand_made_plan()
    refused = RefusedReport(raw=b"", line=1, received_at=START_AT, reason="a | b\n# not a heading")
    text = english(replace(made, origin=replace(made.origin, refused=(refused,))))
    assert "- line 1: a \\| b # not a heading" in text


def test_who_is_served_worst_is_told_with_its_proof() -> None:
    made = hand_made_plan()
    proof = FairnessProof(
        county_code="420003",
        priority=Priority.LIFE_SAVING,
        unserved_ppm=123_400,
        proven_ppm=122_000,
    )
    proven = replace(made, plan=replace(made.plan, fairness=proof))
    assert "life-saving goods, 12.34% of them missing" in english(proven)
    assert "12.20% missing" in english(proven)
    assert summary_record(summarise(proven))["fairness"]["proven_ppm"] == 122_000
    assert "Served worst by the allocation" not in english(made)


def test_policy_and_orders_are_told() -> None:
    made = hand_made_plan()
    hold = Hold(depot_code="420112-01", item_code="tent", held_pieces=70)
    held = replace(made, situation=replace(made.situation, orders=(hold,)))
    assert "Policy standard: " in english(held)
    assert "70 pieces of tent" in english(held)
    record = summary_record(summarise(held))
    assert record["orders"] == [{"order": "hold 420112-01 tent 70", "missing_pieces": 0}]
    assert record["policy"]["name"] == "standard"
