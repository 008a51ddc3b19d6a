"""Why a plan is as it is: what binds a shortage, why goods come from there, what an order costs."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from fractions import Fraction
from math import floor

from relief.plan.allocation import Consignment, Shortfall
from relief.plan.calls import calls_fen
from relief.plan.explain import name_of
from relief.plan.measures import PPM, county_codes, filled
from relief.plan.orders import Order, OrderSlack
from relief.plan.outcome import Progress, SolveLimits, silent
from relief.plan.situation import Situation
from relief.sentences import Sentence, SentenceValue, say
from solvers.allocation.allocator import WindowAllocator
from solvers.allocation.first_stage import FirstStage, first_stage
from solvers.allocation.freight import freight_fen
from solvers.allocation.margins import MarginalWay, Margins
from solvers.stop import Deadline

MILLI = 1_000
LEAST_DEARER_MILLI_H = 50.0
"""What a piece from elsewhere costs others less than this counts as nothing."""

LEAST_LOSS_PPM = 1_000
"""A county that loses less than a thousandth of its weighted need is not named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """What binds a shortage.

    Parameters
    ----------
    shortfall
        The shortage, with the reason that the plan gives.
    depot_code
        From where one more piece would come; empty where no way leads there in time.
    parts
        What it would take of others, in weighted milli-person-hours, by the name of the scarce
        thing; the largest first.
    worth
        What the piece would be worth there, in the same unit.
    told
        The same as a sentence.
    """

    shortfall: Shortfall
    depot_code: str
    parts: tuple[tuple[str, float], ...]
    worth: float
    told: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Why goods come from where they come.

    Parameters
    ----------
    consignment
        The goods.
    other_depot_code
        The next best depot; empty where there is none.
    penalty
        What a piece from there would take of others, beyond what it takes now, in weighted
        milli-person-hours.
    told
        The same as a sentence.
    """

    consignment: Consignment
    other_depot_code: str
    penalty: float
    told: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class CountyChange:
    """A county's unserved share of its weighted need, in millionths, without and with orders."""

    county_code: str
    before_ppm: int
    after_ppm: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPrice:
    """What orders cost before they are confirmed.

    Parameters
    ----------
    orders
        The orders that are asked about.
    added_milli_person_h
        Weighted milli-person-hours of deprivation that they add, by solving the allocation with
        and without them.
    added_fen
        What moving and calling the goods costs more with them, in fen, by the allocation's
        account of trips; below zero where it costs less.
    slacks
        What they would lack all the same; numbered from 1 in `orders`.
    losing, gaining
        Counties that lose and that gain, the most first.
    """

    orders: tuple[Order, ...]
    added_milli_person_h: int
    added_fen: int
    slacks: tuple[OrderSlack, ...]
    losing: tuple[CountyChange, ...]
    gaining: tuple[CountyChange, ...]


def bindings(
    situation: Situation, base: FirstStage, shortfalls: Sequence[Shortfall]
) -> tuple[Binding, ...]:
    """Return what binds each shortage."""
    margins = Margins(base)
    return tuple(_binding(situation, margins, one) for one in shortfalls)


def _binding(situation: Situation, margins: Margins, shortfall: Shortfall) -> Binding:
    due = next(
        window
        for window in range(len(situation.policy.window_ends))
        if situation.window_end_at(window) >= shortfall.due_at
    )
    # What never comes may still come by the end; what comes late should have come when due.
    window = len(situation.policy.window_ends) - 1 if shortfall.missing_pieces else due
    way = margins.way_to(shortfall.place_code, shortfall.item_code, window)
    if way is None or not way.parts:
        return Binding(
            shortfall=shortfall, depot_code="", parts=(), worth=0.0, told=shortfall.because
        )
    depot = next(one for one in situation.depots if one.code == way.depot_code)
    return Binding(
        shortfall=shortfall,
        depot_code=way.depot_code,
        parts=way.parts,
        worth=way.worth,
        told=_told(name_of(depot), situation.policy.window_ends[window], way),
    )


def _told(depot: str, by: timedelta, way: MarginalWay) -> Sentence:
    """Say what one more piece would take, by what is scarcest."""
    cost = sum(part for _, part in way.parts)
    scarce, part = way.parts[0]
    hours = f"{by / timedelta(hours=1):g}"
    numbers: dict[str, SentenceValue] = {
        "share": round(100 * part / cost),
        "cost": f"{cost / MILLI:,.1f}",
        "worth": f"{way.worth / MILLI:,.1f}",
    }
    match scarce:
        case "stock":
            return say(
                "Stock binds: one more piece by {hours} h would come from {depot} and be taken "
                "from others who wait. That costs them {cost} weighted person-hours ({share} % "
                "for the stock); here it is worth {worth}.",
                hours=hours,
                depot=depot,
                **numbers,
            )
        case "trucks":
            return say(
                "Truck-hours bind: one more piece by {hours} h would come from {depot} on a truck "
                "that others wait for. That costs them {cost} weighted person-hours ({share} % "
                "for the truck-hours); here it is worth {worth}.",
                hours=hours,
                depot=depot,
                **numbers,
            )
        case _:
            return say(
                "A limit laid down binds ({limit}): one more piece by {hours} h would come from "
                "{depot} and cost others {cost} weighted person-hours ({share} % for the limit); "
                "here it is worth {worth}.",
                limit=scarce,
                hours=hours,
                depot=depot,
                **numbers,
            )


def origins(
    situation: Situation, base: FirstStage, consignments: Sequence[Consignment]
) -> tuple[Origin, ...]:
    """Return for each consignment why it comes from its depot."""
    margins = Margins(base)
    return tuple(_origin(situation, margins, each) for each in consignments)


def _origin(situation: Situation, margins: Margins, each: Consignment) -> Origin:
    depots = {depot.code: depot for depot in situation.depots}
    costs = margins.from_depots(each.place_code, each.item_code, each.window)
    here = dict(costs).get(each.depot_code)
    others = [(code, cost) for code, cost in costs if code != each.depot_code]
    source = name_of(depots[each.depot_code])
    if not others or here is None:
        return Origin(
            consignment=each,
            other_depot_code="",
            penalty=0.0,
            told=say(
                "{pieces} pieces from {depot}: no other depot could bring the item within "
                "{hours} h.",
                pieces=f"{each.pieces:,}",
                depot=source,
                hours=f"{situation.policy.window_ends[each.window] / timedelta(hours=1):g}",
            ),
        )
    # Of those that cost the people as little, the one of the nearest tier, then the nearest.
    least = others[0][1]
    alike = [code for code, cost in others if cost <= least + MILLI]
    far_km = _road_km(situation, each.place_code)
    other = min(alike, key=lambda code: (depots[code].tier, far_km[code], code))
    dearer = max(0.0, least - here)
    named: dict[str, SentenceValue] = {
        "pieces": f"{each.pieces:,}",
        "depot": source,
        "km": f"{far_km[each.depot_code]:,.0f}",
        "other": name_of(depots[other]),
        "other_km": f"{far_km[other]:,.0f}",
    }
    told = (
        say(
            "{pieces} pieces from {depot} ({km} km). From {other} ({other_km} km) people would be "
            "served as well: the order of tiers, the cost and the loads of the trucks decide.",
            **named,
        )
        if dearer < LEAST_DEARER_MILLI_H
        else say(
            "{pieces} pieces from {depot} ({km} km). The next best is {other} ({other_km} km): a "
            "piece from there would cost others {dearer} weighted person-hours more.",
            dearer=f"{dearer / MILLI:,.1f}",
            **named,
        )
    )
    return Origin(consignment=each, other_depot_code=other, penalty=dearer, told=told)


def _road_km(situation: Situation, place_code: str) -> dict[str, float]:
    """Return the shortest way of any class from each depot to a place."""
    row = situation.travel.index()
    km = situation.travel.distance_km.min(axis=0)[:, row[place_code]]
    return {depot.code: float(km[row[depot.code]]) for depot in situation.depots}


def price_of(
    situation: Situation,
    orders: Sequence[Order],
    limits: SolveLimits,
    deadline: Deadline,
    *,
    base: FirstStage,
    progress: Progress = silent,
) -> OrderPrice:
    """Return what further orders would cost, before they are given.

    Parameters
    ----------
    situation
        The situation, with the orders that hold already.
    orders
        What is asked about.
    limits
        Of the allocation without the orders, and of the one with them.
    deadline
        Of the two first stages.
    base
        The first stage of the situation.
    progress
        Hears of the allocations.

    Raises
    ------
    relief.errors.InvalidInput
        If an order cannot be given.
    relief.errors.SolverFailed
        If the situation with the orders is not solved in time.
    """
    asked = replace(situation, orders=(*situation.orders, *orders))
    after = first_stage(asked, deadline, base)
    without = WindowAllocator(limits, progress).allocate(situation)
    allocation = WindowAllocator(limits, progress).allocate(asked)
    changes = _county_changes(situation, without.consignments, allocation.consignments)
    num_before = len(situation.orders)
    return OrderPrice(
        orders=tuple(orders),
        added_milli_person_h=max(0, round(after.reached_milli_h - base.reached_milli_h)),
        added_fen=_cost_fen(asked, allocation.consignments)
        - _cost_fen(situation, without.consignments),
        slacks=tuple(
            replace(slack, number=slack.number - num_before)
            for slack in allocation.order_slacks
            if slack.number > num_before
        ),
        losing=tuple(
            sorted(
                (c for c in changes if c.after_ppm >= c.before_ppm + LEAST_LOSS_PPM),
                key=lambda c: (c.before_ppm - c.after_ppm, c.county_code),
            )
        ),
        gaining=tuple(
            sorted(
                (c for c in changes if c.after_ppm <= c.before_ppm - LEAST_LOSS_PPM),
                key=lambda c: (c.after_ppm - c.before_ppm, c.county_code),
            )
        ),
    )


def _cost_fen(situation: Situation, consignments: Sequence[Consignment]) -> int:
    return freight_fen(situation, consignments) + calls_fen(situation, consignments)


def _county_changes(
    situation: Situation, before: Sequence[Consignment], after: Sequence[Consignment]
) -> list[CountyChange]:
    old, new = _unserved_ppm(situation, before), _unserved_ppm(situation, after)
    return [
        CountyChange(county_code=code, before_ppm=old[code], after_ppm=new[code])
        for code in sorted(old)
    ]


def _unserved_ppm(situation: Situation, consignments: Sequence[Consignment]) -> dict[str, int]:
    """Return the unserved share of each county's weighted need, in millionths."""
    windows = len(situation.policy.window_ends)
    arrived: dict[tuple[str, str], list[int]] = {}
    for each in consignments:
        key = (each.place_code, each.item_code)
        arrived.setdefault(key, [0] * windows)[each.window] += each.pieces
    counties = county_codes(situation)
    weights = dict(situation.policy.priority_weights)
    wanted: dict[str, int] = {}
    missing: dict[str, int] = {}
    for served in filled(situation, arrived):
        need = served.need
        county = counties[need.place_code]
        each_weighs = need.milli_people_per_piece * weights[need.priority]
        wanted[county] = wanted.get(county, 0) + need.pieces * each_weighs
        missing[county] = missing.get(county, 0) + served.missing_pieces * each_weighs
    return {
        code: floor(Fraction(missing[code] * PPM, total)) for code, total in wanted.items() if total
    }
