"""Two plans side by side, on the hand-made case, with routes from the simple router."""

from collections.abc import Sequence
from fractions import Fraction

from relief.plan.allocation import Allocation, Consignment
from relief.plan.assembly import assemble
from relief.plan.dispatch_plan import DispatchPlan
from relief.plan.outcome import SolveReport, Termination
from relief.plan.situation import Situation
from relief.plan.verify import verify
from scenarios.compare import Comparison, compare
from scenarios.overlay import CloseRoad, LoseDepot, overlay
from solvers.routing.baseline import SavingsRouter
from tests.situations import travel, two_depots_three_places

NEAR, FAR = ("A-tent", "420001-01"), ("B-tent", "420112-01")


def planned(
    situation: Situation, sendings: Sequence[tuple[tuple[str, str], str, int]]
) -> tuple[Situation, DispatchPlan]:
    """Return the plan that sends the given pieces within twelve hours, verified."""
    allocation = Allocation(
        consignments=tuple(
            Consignment(
                lot_code=lot,
                depot_code=depot,
                item_code="tent",
                place_code=place,
                pieces=pieces,
                window=0,
            )
            for (lot, depot), place, pieces in sendings
        ),
        shortfalls=(),
        deprivation_bound_milli_person_h=None,
        report=SolveReport(
            solver="by hand",
            termination=Termination.FEASIBLE,
            objective=None,
            bound=None,
            seconds=0.0,
            seed=0,
        ),
    )
    plan = assemble(situation, allocation, SavingsRouter().route(situation, allocation))
    assert verify(plan, situation).violations == ()
    return situation, plan


def texts(comparison: Comparison) -> list[str]:
    return [str(finding) for finding in comparison.findings]


def test_nothing_changes_between_a_plan_and_itself() -> None:
    base = planned(
        two_depots_three_places(), [(NEAR, "420001", 50), (NEAR, "420002", 10), (FAR, "420002", 30)]
    )
    comparison = compare(base, base)
    assert all(change.before == change.after for change in comparison.changes)
    assert texts(comparison) == ["In all, the same deprivation as before."]


def test_the_loss_of_the_near_depot_is_told() -> None:
    situation = two_depots_three_places()
    base = planned(situation, [(NEAR, "420001", 50), (NEAR, "420002", 10), (FAR, "420002", 30)])
    # The far depot has one truck of 100 tents: 5 h out, 1 h on to place 2, all within 12 h.
    lost = overlay(situation, [LoseDepot(depot_code="420001-01")])
    changed = planned(lost, [(FAR, "420001", 50), (FAR, "420002", 40)])
    comparison = compare(base, changed)
    measure = {str(change.name): change for change in comparison.changes}
    # Both plans bring everything but the ten tents behind the closed bridge: 10 tents x 3 people
    # x weight 10 x (72 - 12 + 72) h = 39,600.
    deprivation = measure["Deprivation, weighted by priority"]
    assert (deprivation.before, deprivation.after) == (Fraction(39_600), Fraction(39_600))
    # 60 of the 90 tents were county stock of 10 kg each; now all 0.9 t are provincial, which is
    # less than a tonne more and not told.
    assert texts(comparison) == ["In all, the same deprivation as before."]
    trucks = measure["Trucks used"]
    assert trucks.after == 1


def test_a_cut_place_is_named_and_its_deprivation_counted() -> None:
    situation = two_depots_three_places()
    base = planned(situation, [(NEAR, "420001", 50), (NEAR, "420002", 10), (FAR, "420002", 30)])
    # Every road to place 2 is closed.
    open_roads = {
        ("420001-01", "420001"): 1.0,
        ("420001", "420001-01"): 1.0,
        ("420112-01", "420001"): 6.0,
        ("420001", "420112-01"): 6.0,
        ("420001-01", "420112-01"): 5.0,
        ("420112-01", "420001-01"): 5.0,
    }
    cut = overlay(
        situation,
        [CloseRoad(spec="420001-420002")],
        travel=travel(open_roads, situation.travel.location_codes),
    )
    comparison = compare(base, planned(cut, [(NEAR, "420001", 50)]))
    told = texts(comparison)
    assert told[0] == "1 places lose every road to every depot: 地420002 Place 420002."
    # Place 1 now lies 6 h from the provincial depot instead of 5.
    assert told[1] == (
        "The nearest provincial stock is 1.0 h farther for 地420001 Place 420001 (1 places half "
        "an hour or more)."
    )
    assert told[2] == (
        "1 places get less in time, most of all 地420002 Place 420002: 0.0 % instead of 100.0 %."
    )
    # Forty tents more for three people each, weight 10, 132 h: 158,400.
    assert told[-1] == "In all, 158,400 more weighted person-hours of deprivation."
