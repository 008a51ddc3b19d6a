"""Leaving trips away that no pot can pay for."""

from collections.abc import Sequence
from dataclasses import dataclass

from relief.plan.situation import Situation
from relief.supply.money import payments, transport_tiers
from solvers.routing.demand import Demand
from solvers.routing.fleet import Fleet
from solvers.routing.timeline import PlannedTrip, Timeline


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """Timelines that can be paid for.

    Parameters
    ----------
    timelines
        In the order given.
    given_up
        Portions of which something stays behind for want of money.
    """

    timelines: Sequence[Timeline]
    given_up: frozenset[int]


def payable(
    situation: Situation,
    demand: Demand,
    fleet: Fleet,
    timelines: Sequence[Timeline],
    calls_fen: int,
) -> Paid:
    """Return timelines whose costs the pots can pay, without the trips that help least for a fen.

    Parameters
    ----------
    situation
        With the pots; where none pays for transport, the timelines come back as they are.
    demand, fleet
        What is carried, by which trucks.
    timelines
        What the trucks would do.
    calls_fen
        What the calls on suppliers cost, which the same pots pay.
    """
    pots = situation.pots
    if not transport_tiers(pots):
        return Paid(timelines=timelines, given_up=frozenset())
    tier_of = {depot.code: depot.tier for depot in situation.depots}
    tiers = [tier_of[fleet.location_codes[one.truck.base]] for one in timelines]
    left = list(timelines)
    given_up: set[int] = set()
    while True:
        by_tier = {
            tier: sum(one.cost_fen for of, one in zip(tiers, left, strict=True) if of is tier)
            for tier in set(tiers)
        }
        paid = payments(pots, calls_fen, by_tier)
        empty = [pot for pot, part in zip(pots, paid, strict=True) if part.paid_fen > pot.most_fen]
        spent = {tier for pot in empty for tier, share in pot.transport_shares_ppm if share}
        found = [
            (_worth_of_a_fen(demand, fleet, one, number), truck, number)
            for truck, one in enumerate(left)
            if tiers[truck] in spent
            for number in range(len(one.trips))
        ]
        if not found:
            return Paid(timelines=left, given_up=frozenset(given_up))
        _, truck, number = min(found)
        trip = left[truck].trips[number]
        given_up.update(portion for load in trip.loads for portion, _ in load.lines)
        left[truck] = _without(fleet, left[truck], number)


def _worth_of_a_fen(demand: Demand, fleet: Fleet, timeline: Timeline, number: int) -> float:
    """Return the deprivation that a trip spares for each fen that it costs."""
    trip: PlannedTrip = timeline.trips[number]
    spared = sum(
        demand.cost_of(load.lines, None) - demand.cost_of(load.lines, demand.window_of(end_s))
        for drop, end_s in zip(trip.drops, timeline.drop_ends_s[number], strict=True)
        for load in drop
    )
    saved_fen = timeline.cost_fen - _without(fleet, timeline, number).cost_fen
    return spared / max(saved_fen, 1)


def _without(fleet: Fleet, timeline: Timeline, number: int) -> Timeline:
    anew = Timeline(fleet, timeline.truck)
    for other, trip in enumerate(timeline.trips):
        if other != number:
            anew.append(trip)
    return anew
