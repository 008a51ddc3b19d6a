"""Split deliveries as pieces, for searches that bring each stop everything at once."""

from dataclasses import dataclass, replace

import numpy as np

from solvers.routing.problem import Answer, RoutingProblem, Stops, VehicleRoute

PIECES_PER_VEHICLE = 4
"""A piece is at most this part of the smallest vehicle; quarters did best of what was tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pieces:
    """A split problem as one of whole pieces.

    Parameters
    ----------
    problem
        Its stops are the pieces.
    stop_of
        The stop of each piece.
    """

    problem: RoutingProblem
    stop_of: tuple[int, ...]

    def answer(self, of_pieces: Answer) -> Answer:
        """Return an answer in stops: pieces of one stop on one trip become one visit."""
        routes = []
        for route in of_pieces:
            trips, amounts = [], []
            for trip in route.trips:
                brought: dict[int, int] = {}
                for piece in trip:
                    stop = self.stop_of[piece]
                    amount = int(self.problem.stops.delivery[piece, 0])
                    brought[stop] = brought.get(stop, 0) + amount
                trips.append(tuple(brought))
                amounts.append(tuple(brought.values()))
            routes.append(
                VehicleRoute(
                    vehicle_type=route.vehicle_type,
                    trips=tuple(trips),
                    reloads=route.reloads,
                    amounts=tuple(amounts),
                )
            )
        return tuple(routes)


def in_pieces(problem: RoutingProblem) -> Pieces:
    """Return a split problem in pieces of a quarter of the smallest vehicle, and the rest."""
    size = max(min(one.capacity[0] for one in problem.vehicle_types) // PIECES_PER_VEHICLE, 1)
    stop_of, amounts = [], []
    for stop, demand in enumerate(problem.stops.delivery[:, 0].tolist()):
        full, rest = divmod(demand, size)
        parts = [size] * full + ([rest] if rest else [])
        stop_of += [stop] * len(parts)
        amounts += parts
    rows = np.array(stop_of, np.int64)
    stops = problem.stops
    places = np.concatenate([np.arange(problem.num_depots), problem.num_depots + rows])
    pieces = replace(
        problem,
        distances=problem.distances[:, places][:, :, places],
        durations=problem.durations[:, places][:, :, places],
        stops=Stops.plain(
            np.array(amounts, np.int64)[:, None],
            service=stops.service[rows],
            opens=stops.opens[rows],
            closes=stops.closes[rows],
            release=stops.release[rows],
        ),
        allowed=problem.allowed[:, rows],
        split=False,
    )
    return Pieces(problem=pieces, stop_of=tuple(stop_of))
