from pathlib import Path

import numpy as np
import pytest

from relief.errors import InvalidInput
from solvers.routing.limits import NO_LIMIT, NO_ROAD
from solvers.routing.problem import VehicleRoute
from solvers.routing.problem_check import check_answer
from solvers.routing.problem_engines import search
from solvers.routing.problem_files import PublicInstance, read_instance, read_instance_text
from solvers.routing.problem_search import Engine, SearchTime
from solvers.routing.rounding import Rounding, parse_rounding
from solvers.routing.solution_files import in_units_of, shown_cost, solution_text

CVRP = """NAME : tiny
COMMENT : "made by hand"
TYPE : CVRP
DIMENSION : 4
EDGE_WEIGHT_TYPE : EUC_2D
CAPACITY : 10
NODE_COORD_SECTION
1 0 0
2 3 4
3 0 1.5
4 -3 4
DEMAND_SECTION
1 0
2 6
3 4
4 5
DEPOT_SECTION
1
-1
EOF
"""
MIXED = """NAME: mixed
TYPE: HFVRP
DIMENSION: 3
VEHICLES: 3
EDGE_WEIGHT_TYPE: EUC_2D
NODE_COORD_SECTION
1 0 0
2 3 4
3 6 8
DEMAND_SECTION
1 0
2 6
3 4
CAPACITY_SECTION
1 6
2 12
3 6
VEHICLES_FIXED_COST_SECTION
1 10
2 25
3 10
VEHICLES_UNIT_DISTANCE_COST_SECTION
1 0.5
2 1.2
3 0.5
DEPOT_SECTION
1
EOF
"""
FULL = """NAME: full
TYPE: {kind}
DIMENSION: 5
VEHICLES: 2
EDGE_WEIGHT_TYPE: EUC_2D
{limits}
NODE_COORD_SECTION
1 0 0
2 10 0
3 0 3
4 0 6
5 10 5
{sections}
DEPOT_SECTION
1
2
EOF
"""
SOLOMON = """C1

VEHICLE
NUMBER     CAPACITY
  25         200

CUSTOMER
CUST NO.  XCOORD.   YCOORD.    DEMAND   READY TIME  DUE DATE   SERVICE   TIME

    0      40         50          0          0       1236          0
    1      45         68         10        912        967         90
    2      45         70         30        825        870         90
"""
SPLIT = """3 10
4 8 12
0 0
3 4
0 5
-3 4
"""


def read(text: str, rounding: Rounding | None = None) -> PublicInstance:
    return read_instance_text(text, "tiny.vrp", rounding)


def test_cvrp_by_hand() -> None:
    instance = read(CVRP)
    problem = instance.problem
    assert (instance.kind, instance.rounding, instance.cost_divisor) == ("CVRP", "round", 1)
    # 1.5 to the depot is rounded to the even 2; the others are 5.
    assert problem.distances[0, 0].tolist() == [0, 5, 2, 5]
    assert problem.stops.delivery[:, 0].tolist() == [6, 4, 5]
    assert problem.vehicle_types[0].capacity == (10,)
    assert problem.vehicle_types[0].num_available == 3
    answer = (
        VehicleRoute(vehicle_type=0, trips=((0, 1),)),
        VehicleRoute(vehicle_type=0, trips=((2,),)),
    )
    # From (3, 4) to (0, 1.5): sqrt(15.25) = 3.905, rounded to 4. 5 + 4 + 2 + 10.
    check = check_answer(problem, answer)
    assert check.holds
    assert solution_text(instance, answer, check.cost) == "Route #1: 1 2\nRoute #2: 3\nCost 21\n"


@pytest.mark.parametrize(
    ("rounding", "first"),
    [("round", 2), ("trunc", 1), ("dimacs", 15), ("exact", 1500)],
)
def test_roundings(rounding: Rounding, first: int) -> None:
    assert read(CVRP, rounding).problem.distances[0, 0, 2] == first


@pytest.mark.parametrize(
    "written",
    [
        CVRP.replace("\n", "\r\n"),
        CVRP.replace(" : ", ":"),
        CVRP.replace(" : ", "\t:\t").replace("2 6", " 2\t6  "),
        CVRP.replace(" : ", " "),
        CVRP.replace(" : ", "\t"),
        CVRP.lower(),
        "# made by hand\n" + CVRP.replace("2 6", "2 6  # more"),
        CVRP.replace("CAPACITY : 10\n", "").replace("DEPOT_", "CAPACITY : 10.0\nDEPOT_"),
        CVRP.replace("3 0 1.5", "3 0e0 +1.5E+00").replace("\n", "\n\n "),
        CVRP.replace("NAME : tiny", "NAME : a file, with: a name"),
    ],
)
def test_the_same_file_written_otherwise(written: str) -> None:
    wanted, found = read(CVRP).problem, read(written).problem
    assert np.array_equal(found.distances, wanted.distances)
    assert np.array_equal(found.stops.delivery, wanted.stops.delivery)
    assert found.vehicle_types == wanted.vehicle_types


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "latin-1"])
def test_files_of_other_encodings(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "tiny.vrp"
    path.write_bytes(CVRP.replace("NAME : ", "NAME : \xe9").encode(encoding))
    assert read_instance(path).problem.num_stops == 3


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "tiny.vrp"
    path.write_bytes(b"PK\x03\x04\0\0")
    with pytest.raises(InvalidInput, match="no text file"):
        read_instance(path)
    with pytest.raises(InvalidInput, match="cannot be read"):
        read_instance(tmp_path)


def test_vehicles_of_an_open_problem_stay_where_they_are() -> None:
    (one,) = read(CVRP.replace("CVRP", "OVRP")).problem.vehicle_types
    assert (one.start_depot, one.end_depot) == (0, None)


def test_a_travelling_salesman_is_alone() -> None:
    (one,) = read(CVRP.replace("CVRP", "TSP").replace("CAPACITY : 10\n", "")).problem.vehicle_types
    assert one.num_available == 1
    assert one.capacity == (NO_LIMIT,)


def test_att_distances_are_rounded_up() -> None:
    text = CVRP.replace("EUC_2D", "ATT")
    # sqrt(25 / 10) = 1.58 and sqrt(2.25 / 10) = 0.47, rounded up.
    assert read(text).problem.distances[0, 0].tolist() == [0, 2, 1, 2]


def test_unrounded_classes_and_best_known_costs_keep_decimals() -> None:
    def convention(text: str, best_known: float | None = None) -> tuple[str, int]:
        instance = read_instance_text(text, "tiny.vrp", None, best_known)
        return instance.rounding, instance.cost_divisor

    assert convention(CVRP) == ("round", 1)
    assert convention(CVRP, 524.0) == ("round", 1)
    assert convention(CVRP, 524.61) == ("exact", 1000)
    assert convention(CVRP.replace("EUC_2D", "EXACT_2D")) == ("exact", 1000)
    assert convention(CVRP.replace("CAPACITY", "DISTANCE : 90\nCAPACITY")) == ("exact", 1000)
    assert convention(CVRP.replace("CAPACITY", "DISTANCE : 0\nCAPACITY")) == ("round", 1)
    assert convention(SOLOMON, 827.3) == ("dimacs", 10)
    assert convention(SOLOMON, 828.94) == ("exact", 1000)
    assert convention(SPLIT, 828.94) == ("exact", 1000)


def test_costs_of_unit_costs_with_decimals_are_shown_right() -> None:
    instance = read(CVRP.replace("CAPACITY", "VEHICLES_UNIT_DISTANCE_COST : 1.5\nCAPACITY"))
    assert instance.problem.vehicle_types[0].unit_distance_cost == 15
    answer = (VehicleRoute(vehicle_type=0, trips=((0,),)),)
    # 5 there and back at 1.5 each.
    assert shown_cost(instance, check_answer(instance.problem, answer).cost) == "15"
    # Hundredths are a habit of one collection, not of the class.
    mixed = read(CVRP.replace("CVRP", "HFVRP"))
    assert shown_cost(mixed, check_answer(mixed.problem, answer).cost) == "10"


def test_loads_keep_their_decimals() -> None:
    text = CVRP.replace("CAPACITY : 10", "CAPACITY : 9.9995").replace("2 6", "2 5.0001")
    problem = read(text).problem
    assert problem.vehicle_types[0].capacity == (99_995,)
    assert problem.stops.delivery[:, 0].tolist() == [50_001, 40_000, 50_000]


def test_weights_with_decimals_are_not_rounded_away() -> None:
    explicit = """TYPE : CVRP
DIMENSION : 3
EDGE_WEIGHT_TYPE : EXPLICIT
EDGE_WEIGHT_FORMAT : FULL_MATRIX
EDGE_WEIGHT_SECTION
0 0.25 2
0.5 0 1.5
1 1 0
"""
    instance = read(explicit)
    assert (instance.rounding, instance.cost_divisor) == ("exact", 1000)
    assert instance.problem.distances[0].tolist() == [
        [0, 250, 2000], [500, 0, 1500], [1000, 1000, 0],
    ]  # fmt: skip
    # What is below zero is never rounded to zero.
    with pytest.raises(InvalidInput, match="from location 0 to 1 of matrix 0 is negative"):
        read(explicit.replace("0.25", "-0.25"), "round")
    # 2 x 10^6 in thousandths is beyond what counts as a road, which the file did not say.
    with pytest.raises(InvalidInput, match="coarser --rounding"):
        read(explicit.replace("0.25", "2000000"))
    assert read(explicit.replace("0.25", "1e300")).problem.distances[0, 0, 1] >= NO_ROAD


def test_split_files_of_vrplib_have_vehicles_enough() -> None:
    text = CVRP.replace("CVRP", "SDVRP").replace("2 6", "2 96")
    problem = read(text).problem
    assert problem.split
    # 96 + 4 + 5 are eleven loads of 10; twice that and one.
    assert problem.vehicle_types[0].num_available == 23
    text = text.replace("2 96", "2 6").replace("CAPACITY", "VEHICLES : 1\nCAPACITY")
    rows = "VEHICLES_ALLOWED_CLIENTS_SECTION\n1 2 3 4\nDEPOT_SECTION"
    # Who names the stops of each vehicle speaks of sites, not of sharing.
    assert not read(text.replace("DEPOT_SECTION", rows)).problem.split


def test_no_number_is_too_large() -> None:
    text = CVRP.replace("CAPACITY : 10", "CAPACITY : 1e30")
    assert read(text).problem.vehicle_types[0].capacity == (NO_LIMIT,)
    window = "TIME_WINDOW_SECTION\n1 0 9e18\n2 0 9223372036854775807\n3 0 1e30\n4 5 6\nDEPOT_"
    problem = read(text.replace("DEPOT_", window)).problem
    assert problem.stops.closes.tolist() == [NO_LIMIT, NO_LIMIT, 6]
    for key in ("DIMENSION : 4", "CAPACITY : 10"):
        with pytest.raises(InvalidInput, match=r"holds \d+ \w+ at most"):
            read(CVRP.replace(key, key.replace("CAPACITY", "VEHICLES") + "00000000"))


def test_no_rounding_takes_only_whole_numbers() -> None:
    with pytest.raises(InvalidInput, match=r"tiny.vrp:7.*not whole.*--rounding"):
        read(CVRP, "none")
    whole = CVRP.replace("0 1.5", "3 0").replace("-3 4", "0 4")
    assert read(whole, "none").problem.distances[0, 0].tolist() == [0, 5, 3, 4]


@pytest.mark.parametrize(
    ("shape", "entries"),
    [
        ("FULL_MATRIX", "0 1 2\n1 0 3\n2 3 0"),
        ("LOWER_ROW", "1\n2 3"),
        ("UPPER_ROW", "1 2\n3"),
        ("LOWER_DIAG_ROW", "0\n1 0\n2 3 0"),
        ("UPPER_DIAG_ROW", "0 1 2\n0 3\n0"),
        ("LOWER_COL", "1 2 3"),
        ("UPPER_COL", "1 2 3"),
        ("LOWER_DIAG_COL", "0 1 2 0 3 0"),
        ("UPPER_DIAG_COL", "0 1 0 2 3 0"),
    ],
)
def test_explicit_matrices(shape: str, entries: str) -> None:
    text = f"""NAME: explicit
TYPE: CVRP
DIMENSION: 3
EDGE_WEIGHT_TYPE: EXPLICIT
EDGE_WEIGHT_FORMAT: {shape}
CAPACITY: 5
EDGE_WEIGHT_SECTION
{entries}
DEMAND_SECTION
1 0
2 1
3 1
DEPOT_SECTION
1
-1
"""
    assert read(text).problem.distances[0].tolist() == [[0, 1, 2], [1, 0, 3], [2, 3, 0]]
    with pytest.raises(InvalidInput, match="3 locations need"):
        read(text.replace("DEMAND_SECTION", "9\nDEMAND_SECTION", 1))


def test_mixed_fleet_costs_become_whole() -> None:
    instance = read(MIXED)
    small, large = instance.problem.vehicle_types
    assert (small.num_available, large.num_available) == (2, 1)
    # Unit costs of 0.5 and 1.2 are taken in tenths, so fixed costs are 10 x 1000 x 10.
    assert (small.unit_distance_cost, large.unit_distance_cost) == (5, 12)
    assert (small.fixed_cost, large.fixed_cost) == (100_000, 250_000)
    answer = (VehicleRoute(vehicle_type=1, trips=((0, 1),)),)
    text = solution_text(instance, answer, check_answer(instance.problem, answer).cost)
    # The second vehicle of the file is the large one; the others stay at home.
    assert text.splitlines()[:3] == ["Route #1:", "Route #2: 1 2", "Route #3:"]


def test_the_unit_of_the_best_known_cost_is_found() -> None:
    instance = read(MIXED)
    assert in_units_of(instance, 4_900_000, 490.0).cost_divisor == 10_000
    assert in_units_of(instance, 4_900_000, 49.5).cost_divisor == 100_000
    assert in_units_of(instance, 4_900_000, None) == instance
    assert shown_cost(in_units_of(instance, 4_905_000, 480.0), 4_905_000) == "490.5"


def test_depots_windows_and_site_dependence() -> None:
    sections = """DEMAND_SECTION
1 0
2 0
3 1
4 1
5 1
TIME_WINDOW_SECTION
1 0 100
2 5 80
3 10 20
4 0 90
5 0 90
SERVICE_TIME_SECTION
1 0
2 0
3 2
4 2
5 2
VEHICLES_DEPOT_SECTION
1 1
2 2
VEHICLES_ALLOWED_CLIENTS_SECTION
1 3 4
2 3 4 5"""
    limits = "CAPACITY: 5\nVEHICLES_MAX_DURATION: 60\nVEHICLES_MAX_DISTANCE: 50"
    problem = read(FULL.format(kind="MDVRPTW", limits=limits, sections=sections)).problem
    first, second = problem.vehicle_types
    assert (first.start_depot, second.start_depot) == (0, 1)
    assert (second.opens, second.closes) == (5_000, 80_000)
    assert (first.max_duration, first.max_distance) == (60_000, 50_000)
    assert problem.allowed.tolist() == [[True, True, False], [True, True, True]]
    assert problem.stops.opens.tolist() == [10_000, 0, 0]
    assert problem.stops.service.tolist() == [2_000, 2_000, 2_000]
    assert problem.has_windows


def test_reloads_releases_and_prizes() -> None:
    sections = """DEMAND_SECTION
1 0
2 0
3 1
4 1
5 1
RELEASE_TIME_SECTION
1 0
2 0
3 0
4 7
5 0
PRIZE_SECTION
1 0
2 0
3 0
4 0
5 9
VEHICLES_RELOAD_DEPOT_SECTION
1 1 2
2 1 2"""
    limits = "CAPACITY: 5\nVEHICLES_MAX_RELOADS: 1\nSERVICE_TIME: 3"
    instance = read(FULL.format(kind="MTVRPTWR", limits=limits, sections=sections))
    problem = instance.problem
    assert problem.vehicle_types[0].reload_depots == (0, 1)
    assert problem.vehicle_types[0].max_reloads == 1
    assert problem.stops.release.tolist() == [0, 70, 0]
    assert problem.stops.prize.tolist() == [0, 0, 90]
    assert problem.stops.required.tolist() == [True, True, False]
    assert problem.stops.service.tolist() == [30, 30, 30]
    answer = (VehicleRoute(vehicle_type=0, trips=((0,), (1,)), reloads=(1,)),)
    cost = check_answer(problem, answer).cost
    # 3 out, to the depot at (10, 0): 10.44, from there to (0, 6): 11.66, and 6 home, in tenths.
    assert cost == 30 + 104 + 116 + 60 + 90
    assert solution_text(instance, answer, cost).splitlines()[0] == "Route #1: 2 1 3"


def test_backhauls_come_after_deliveries() -> None:
    text = """NAME: back
TYPE: VRPB
DIMENSION: 3
EDGE_WEIGHT_TYPE: EUC_2D
CAPACITY: 5
NODE_COORD_SECTION
1 0 0
2 3 4
3 6 8
LINEHAUL_SECTION
1 0
2 2
3 0
BACKHAUL_SECTION
1 0
2 0
3 3
DEPOT_SECTION
1
"""
    problem = read(text).problem
    assert problem.stops.delivery[:, 0].tolist() == [2, 0]
    assert problem.stops.pickup[:, 0].tolist() == [0, 3]
    # Out to the first, on to the second, home: 5 + 5 + 10; the other way round there is no road.
    good = (VehicleRoute(vehicle_type=0, trips=((0, 1),)),)
    check = check_answer(problem, good)
    assert check.holds
    assert check.cost == 20_000
    back = check_answer(problem, (VehicleRoute(vehicle_type=0, trips=((1, 0),)),))
    assert [str(one) for one in back.violations] == ["Route 1 takes a road that is not there."]
    engines: tuple[Engine, ...] = ("strings", "pyvrp", "ortools")
    for engine in engines:
        time = SearchTime(seconds=30, seed=1, max_iterations=100, clock=lambda: 0.0)
        assert search(engine, problem, time, lambda _: None) == good


def test_solomon_by_hand() -> None:
    instance = read(SOLOMON)
    problem = instance.problem
    assert (instance.kind, instance.cost_divisor) == ("VRPTW", 10)
    # sqrt(25 + 324) = 18.68, cut to 186 tenths.
    assert problem.distances[0, 0, 1] == 186
    assert problem.stops.closes.tolist() == [9670, 8700]
    assert problem.stops.service.tolist() == [900, 900]
    assert problem.vehicle_types[0].closes == 12360
    assert problem.vehicle_types[0].capacity == (200,)


def test_plain_split_format_by_hand() -> None:
    instance = read(SPLIT)
    problem = instance.problem
    assert problem.split
    assert problem.stops.delivery[:, 0].tolist() == [4, 8, 12]
    assert problem.distances[0, 0].tolist() == [0, 5, 5, 5]


def test_route_limits_of_christofides_count_service() -> None:
    text = CVRP.replace("CAPACITY : 10", "CAPACITY : 10\nDISTANCE : 40\nSERVICE_TIME : 10")
    problem = read(text).problem
    assert problem.vehicle_types[0].max_duration == 40_000
    assert problem.vehicle_types[0].max_distance == NO_LIMIT
    assert read(text.replace("SERVICE_TIME : 10\n", "")).problem.vehicle_types[0].max_distance == (
        40_000
    )


@pytest.mark.parametrize(
    ("old", "new", "where", "what"),
    [
        ("DIMENSION : 4", "DIMENSION : four", ":4", "finite number"),
        ("DIMENSION : 4\n", "", ":1", "does not say this"),
        ("3 0 1.5", "3 0", ":10", "2 values; this one has 1"),
        ("3 0 1.5", "3 0 nan", ":10", "finite number"),
        ("4 5\n", "", ":15", "row 4 is missing"),
        ("4 5\n", "3 5\n", ":16", "numbered from 1 to 4"),
        ("EUC_2D", "EUC_3D", ":5", "Allowed are EXPLICIT"),
        ("DEMAND_SECTION", "WISHES_SECTION", ":12", "does not know such a section"),
        ("DEPOT_SECTION\n1", "DEPOT_SECTION\n2", ":17", "must be the first rows"),
        ("CAPACITY : 10", "hello there", ":6", "KEY : VALUE"),
        ("CAPACITY : 10", "SPEED : 10", ":6", "does not know such a key. Take the line out"),
        ("CAPACITY : 10", "CAPACITY : 10\nCAPACITY : 9", ":7", "key stands in the file twice"),
        ("CAPACITY : 10", "CAPACITY : -1", ":6", "must not be negative"),
        ("CAPACITY : 10", "VEHICLES : 2.5", ":6", "whole number above zero"),
        ("CAPACITY : 10", "VEHICLES : 0", ":6", "whole number above zero"),
        ("CAPACITY : 10", "VEHICLES : -3", ":6", "whole number above zero"),
        ("DEPOT_SECTION", "DEMAND_SECTION\n1 0\nDEPOT_SECTION", ":17", "stands in the file twice"),
        ("2 6", "2 16", "tiny", "above every vehicle's capacity"),
    ],
)
def test_broken_files_are_refused_with_line(old: str, new: str, where: str, what: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read(CVRP.replace(old, new, 1))
    assert len(caught.value.faults) == 1
    fault = caught.value.faults[0]
    assert where in fault.where
    assert what in str(fault)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "empty"),
        (SPLIT.replace("-3 4\n", ""), "3 stops need 13 numbers"),
        (SPLIT.replace("4 8 12", "4 x 12"), "finite number"),
        (SOLOMON.replace("  25         200", "  25"), "2 numbers is wanted here; this one has 1"),
        (SOLOMON.replace("VEHICLE", "FLEET"), "lacks the section VEHICLE"),
        (SOLOMON.replace(" 967 ", " abc "), "finite number"),
        (SOLOMON.replace("  25         200", "  2.5         200"), "whole number of vehicles"),
        (SOLOMON.replace("\n    2  ", "\n    3  "), "numbered from 0 on; 2 is wanted"),
        (SOLOMON.replace(" 967 ", "   1 "), "tiny.vrp:11: closes"),
        (SPLIT.replace("4 8 12", "4 -8 12"), "tiny.vrp:2: delivery"),
    ],
)
def test_other_formats_are_refused_as_clearly(text: str, what: str) -> None:
    with pytest.raises(InvalidInput, match=what):
        read(text)


def test_unknown_rounding() -> None:
    with pytest.raises(InvalidInput, match=r"no such rounding.*dimacs"):
        parse_rounding("up")


def test_missing_roads_stay_missing() -> None:
    assert NO_ROAD < NO_LIMIT
    assert read(CVRP).problem.distances.max() < NO_ROAD
    assert np.array_equal(read(CVRP).problem.distances, read(CVRP).problem.durations)


def test_faults_of_all_sections_are_told_at_once_by_line() -> None:
    text = CVRP.replace("2 3 4", "2 3 x").replace("3 4", "3 4 5").replace("10", "ten")
    text = text.replace("DEPOT_SECTION\n1", "DEPOT_SECTION\n3")
    with pytest.raises(InvalidInput) as caught:
        read(text)
    places = [fault.where for fault in caught.value.faults]
    assert places == [f"tiny.vrp:{line}" for line in (6, 9, 15, 17)]
    rows = "".join(f"{number} x\n" for number in range(2, 100))
    with pytest.raises(InvalidInput) as caught:
        read(text.replace("1 0 0\n", "1 0 0\n" + rows))
    assert len(caught.value.faults) == 31
    assert "further faults" in str(caught.value.faults[-1])


def test_every_fault_of_a_file_is_told_with_its_line() -> None:
    text = """NAME : faulty
TYPE : VRPTW
DIMENSION : 3
VEHICLES : 2
CAPACITY : 10
EDGE_WEIGHT_TYPE : EXPLICIT
EDGE_WEIGHT_FORMAT : FULL_MATRIX
EDGE_WEIGHT_SECTION
0 -5 3
5 0 2
3 2 0
DEMAND_SECTION
1 0
2 5
3 4
TIME_WINDOW_SECTION
1 0 100
2 50 20
3 0 40
EOF
"""
    with pytest.raises(InvalidInput) as caught:
        read(text)
    assert [(fault.where, fault.value) for fault in caught.value.faults] == [
        ("tiny.vrp:9", "0 -5 3"),
        ("tiny.vrp:18", "2 50 20"),
    ]
    with pytest.raises(InvalidInput) as caught:
        read(text.replace("5 0 2", "5 nan 2").replace("3 4\n", "3 x\n"))
    assert [fault.where for fault in caught.value.faults] == ["tiny.vrp:10", "tiny.vrp:15"]
    mended = text.replace("-5", "5").replace("50 20", "20 50")
    with pytest.raises(InvalidInput) as caught:
        read(mended.replace("3 4\n", "3 14\n").replace("2 20 50", "2 0 4"))
    # 14 is above the 10 of the vehicles; the way of 5 ends after the window, which closes at 4.
    assert [(fault.where, fault.field) for fault in caught.value.faults] == [
        ("tiny.vrp:14", "stop 1"),
        ("tiny.vrp:15", "stop 2"),
    ]


def test_places_on_earth() -> None:
    text = CVRP.replace("EUC_2D", "GEO").replace("2 3 4", "2 39.57 26.15")
    text = text.replace("1 0 0\n", "1 38.24 20.42\n", 1)
    text = text.replace("3 0 1.5", "3 40.56 25.32").replace("4 -3 4", "4 36.26 23.12")
    # The first places of TSPLIB's ulysses16, and the first row of its distances.
    assert read(text).problem.distances[0, 0].tolist() == [0, 509, 501, 312]


def test_places_too_far_apart_ask_for_a_coarser_rounding() -> None:
    text = CVRP.replace("-3 4", "-3000000 4000000")
    with pytest.raises(InvalidInput, match="coarser --rounding"):
        read(text, "exact")
    # 3, 4, 5 in millions.
    assert read(text, "round").problem.distances[0, 0, 3] == 5_000_000
