"""Instances in the format of Cordeau: several depots, or several vehicle types and one depot.

The format of Cordeau, Gendreau and Laporte (1997), doi:10.1002/(SICI)1097-0037(199709)30:2<105::
AID-NET5>3.0.CO;2-G, and of Cordeau, Laporte and Mercier (2001), doi:10.1057/palgrave.jors.2601163:
kind, vehicles, customers and depots (or types); longest duration and load for each depot (or
type), 0 for none; then a row for each place, with its visit combinations, and perhaps a window.
"""

from typing import NamedTuple

import numpy as np

from relief.errors import Fault, Gathering, InvalidInput
from relief.sentences import Sentence, say
from solvers.routing.limits import NO_LIMIT
from solvers.routing.problem import Integers, RoutingProblem, Stops, VehicleType
from solvers.routing.rounding import Rounding, whole
from solvers.routing.vrplib_fleet import power_of_ten, whole_loads
from solvers.routing.vrplib_lines import pointed_rows

HEAD_NUMBERS = 4
PLAIN, SEVERAL_DEPOTS, SITE_DEPENDENT = 0, 2, 3
WITH_WINDOWS = 4
"""What is added to a kind where places have windows."""
KINDS = {0: "CVRP", 2: "MDVRP", 3: "SDVRPTW", 4: "VRPTW", 6: "MDVRPTW", 7: "SDVRPTW"}
PLACE_NUMBERS = 7
"""Number, x, y, service, load, frequency and number of combinations."""

Rows = list[tuple[int, list[float]]]


class _Place(NamedTuple):
    """A row of the file."""

    x: float
    y: float
    service: float
    load: float
    combinations: tuple[int, ...]
    opens: float
    closes: float


def read_cordeau(
    rows: Rows, where: str, rounding: Rounding
) -> tuple[str, RoutingProblem, tuple[int, ...]]:
    """Return kind, problem, and the type of each vehicle.

    Parameters
    ----------
    rows
        The numbers of each filled line, with its number.
    where
        Name of the file.
    rounding
        How its numbers become whole.

    Raises
    ------
    InvalidInput
        If rows are missing or have too few numbers, or the kind has periods.
    """
    line, head = rows[0]
    code, num_vehicles, num_stops, num_groups = (int(value) for value in head)
    if code not in KINDS:
        raise _refuse(
            where,
            line,
            say("Allowed are the kinds {kinds}.", kinds=", ".join(map(str, KINDS))),
            f"{code}",
        )
    plain = code % WITH_WINDOWS
    limits = rows[1 : 1 + num_groups]
    num_depots = num_groups if plain == SEVERAL_DEPOTS else 1
    wanted = 1 + num_groups + num_stops + num_depots
    if min(num_vehicles, num_stops, num_groups) < 1 or len(rows) != wanted:
        raise _refuse(
            where,
            rows[-1][0],
            say(
                "A head like this wants {wanted} rows; the file holds {found}.",
                wanted=wanted,
                found=len(rows),
            ),
        )
    faults = Gathering()
    for line, row in limits:
        with faults.part():
            if len(row) != 2 or min(row) < 0:  # noqa: PLR2004 - duration and load
                raise _refuse(
                    where, line, say("A longest duration and a load are wanted here, 0 for none.")
                )
    placed = []
    for line, row in rows[1 + num_groups :]:
        with faults.part():
            placed.append((line, _place(row, where, line, has_window=code >= WITH_WINDOWS)))
    faults.settle()
    # With several depots they stand last, else the one depot stands first.
    if plain == SEVERAL_DEPOTS:
        placed = placed[num_stops:] + placed[:num_stops]
    places = [place for _, place in placed]
    points = np.array([(place.x, place.y) for place in places])
    gap = points[:, None] - points[None]
    distances = whole(np.sqrt((gap**2).sum(axis=2)), rounding)
    depots, stops = places[:num_depots], places[num_depots:]
    scale = power_of_ten(
        np.array([*(place.load for place in stops), *(load for _, (_, load) in limits)])
    )
    types, allowed = [], []
    for group, (_, (duration, load)) in enumerate(limits):
        depot = group if plain == SEVERAL_DEPOTS else 0
        opens, closes = _windows(depots[depot : depot + 1], rounding)
        types.append(
            VehicleType(
                num_available=num_vehicles,
                capacity=(int(whole_loads(np.array(load), scale)) if load > 0 else NO_LIMIT,),
                start_depot=depot,
                end_depot=depot,
                max_duration=int(_whole([duration], rounding)[0]) if duration > 0 else NO_LIMIT,
                opens=int(opens[0]),
                closes=int(closes[0]),
            )
        )
        # The first type is the leftmost of the bits.
        bit = 1 << (num_groups - 1 - group)
        allowed.append(
            [
                plain != SITE_DEPENDENT or any(one & bit for one in place.combinations)
                for place in stops
            ]
        )
    depot_opens, depot_closes = _windows(depots, rounding)
    opens, closes = _windows(stops, rounding)
    try:
        problem = RoutingProblem(
            name=where.rsplit(".", 1)[0],
            distances=distances[None],
            durations=distances[None],
            depot_opens=depot_opens,
            depot_closes=depot_closes,
            stops=Stops.plain(
                whole_loads(np.array([[place.load] for place in stops]), scale),
                service=_whole([place.service for place in stops], rounding),
                opens=opens,
                closes=closes,
            ),
            vehicle_types=tuple(types),
            allowed=np.array(allowed, np.bool_),
        )
    except InvalidInput as error:
        lines = [line for line, _ in placed]
        raise InvalidInput(*pointed_rows(where, error.faults, lines)) from error
    type_of = tuple(group for group in range(num_groups) for _ in range(num_vehicles))
    return KINDS[code], problem, type_of


def _place(row: list[float], where: str, line: int, *, has_window: bool) -> _Place:
    num_combinations = int(row[PLACE_NUMBERS - 1]) if len(row) >= PLACE_NUMBERS else 0
    ends = PLACE_NUMBERS + num_combinations
    # Depots may lack the window that stops have.
    if len(row) < ends or (has_window and num_combinations and len(row) < ends + 2):
        raise _refuse(
            where,
            line,
            say("This row has too few numbers: {found}.", found=len(row)),
            " ".join(f"{value:g}" for value in row),
        )
    window = row[ends : ends + 2] if has_window else []
    opens, closes = window if len(window) == 2 else (0.0, 0.0)  # noqa: PLR2004 - two ends
    return _Place(
        x=row[1],
        y=row[2],
        service=row[3],
        load=row[4],
        combinations=tuple(int(one) for one in row[PLACE_NUMBERS:ends]),
        opens=opens,
        closes=closes,
    )


def _windows(places: list[_Place], rounding: Rounding) -> tuple[Integers, Integers]:
    closes = _whole([place.closes for place in places], rounding)
    # Zero stands for a window that never closes.
    return (
        _whole([place.opens for place in places], rounding),
        np.where(closes > 0, closes, NO_LIMIT).astype(np.int64),
    )


def _whole(values: list[float], rounding: Rounding) -> Integers:
    return whole(np.array(values, float), rounding)


def _refuse(where: str, line: int, what: Sentence, value: str = "") -> InvalidInput:
    return InvalidInput(Fault(where=f"{where}:{line}", value=value[:60], what=what))
