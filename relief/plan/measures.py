"""What a plan is worth: one function a measure, exact arithmetic throughout.

Shares are `fractions.Fraction`, everything else whole numbers in the unit of the name. Measures of
what trucks do take the situation and the vehicle routes, so that they can be had before there is
a plan. Whatever routes name that the situation does not hold counts for nothing here; the verifier
is the one to object to it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from math import ceil

from relief.damage.needs import Need
from relief.items import Priority
from relief.places import PlaceKind
from relief.plan.allocation import Consignment, Shortfall
from relief.plan.calls import calls_fen
from relief.plan.dispatch_plan import DispatchPlan, Score
from relief.plan.hauls import hauls_by_owner
from relief.plan.policy import Objective, PlanningPolicy
from relief.plan.routes import Leg, StopKind, StopLine, VehicleRoute
from relief.plan.situation import Situation
from relief.supply.fleet import Mode
from relief.units import ceil_div

HOUR = timedelta(hours=1)
METRES_PER_KM = 1_000
PPM = 1_000_000
MILLI = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedNeed:
    """A need and what arrives for it.

    Parameters
    ----------
    need
        The need.
    arrived_pieces
        Pieces that arrive for it in each window of `PlanningPolicy.window_ends`, those of the
        need that substitutes meet among them.
    lost_worth_milli
        What these substitutes are worth less than what was asked for, in thousandths of a piece,
        summed over the pieces.
    """

    need: Need
    arrived_pieces: tuple[int, ...]
    lost_worth_milli: int = 0

    @property
    def missing_pieces(self) -> int:
        """Pieces that do not arrive within the horizon."""
        return self.need.pieces - sum(self.arrived_pieces)

    def late_pieces(self, situation: Situation) -> int:
        """Return the pieces that arrive within the horizon, but after the due time."""
        return sum(
            pieces
            for window, pieces in enumerate(self.arrived_pieces)
            if situation.window_end_at(window) > self.need.due_at
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowCoverage:
    """How much is there at the end of a window, pieces weighted by the people waiting for them.

    Parameters
    ----------
    end_h
        Hours from the start to the end of the window.
    due_share
        Of the needs due by then, the share delivered by then; None if nothing is due by then.
    all_share
        The same of all needs, whenever due; None without needs.
    """

    end_h: int
    due_share: Fraction | None
    all_share: Fraction | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleServed:
    """People who need something and how far they get it.

    Parameters
    ----------
    in_need_people
        Over the places, the people of the need that most people of the place wait for: the same
        people wait for several items and on several days, and are counted once. Rounded up.
    served_people
        Of these, all but the unserved: for each place its people in need times its unserved
        share, summed and rounded up.
    served_share
        Of all needs the share delivered within the horizon, pieces weighted by people; 1 without
        needs.
    """

    in_need_people: int
    served_people: int
    served_share: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class WeighedShortfall:
    """A shortfall and what it costs the people (`Score` stage 1)."""

    shortfall: Shortfall
    deprivation_milli_person_h: int


def served_needs(
    situation: Situation, vehicle_routes: Sequence[VehicleRoute]
) -> tuple[ServedNeed, ...]:
    """Return each need with what arrives for it, in the order of the situation.

    Deliveries of an item to a place fill its needs there in order of due time; what arrives after
    the last window fills nothing.
    """
    arrived: dict[tuple[str, str], list[int]] = defaultdict(
        lambda: [0] * len(situation.policy.window_ends)
    )
    for end_at, place_code, line in deliveries(vehicle_routes):
        window = situation.window_of(end_at)
        if window is not None:
            arrived[place_code, line.item_code][window] += line.pieces
    return filled(situation, arrived)


def filled(
    situation: Situation, arrived: dict[tuple[str, str], list[int]]
) -> tuple[ServedNeed, ...]:
    """Return each need with its part of the pieces that arrive.

    Of what arrives in one window, the item itself comes before its substitutes, and these in order
    of their worth.

    Parameters
    ----------
    situation
        Holds the needs.
    arrived
        Pieces in each window under (place, item as it is sent); left as it is.
    """
    streams = _streams(situation, arrived)
    filling: dict[tuple[str, str, datetime], tuple[tuple[int, ...], int]] = {}
    for need in sorted(situation.needs, key=lambda need: need.due_at):
        stream = streams.get((need.place_code, need.item_code), [])
        open_pieces = need.pieces
        taken = [0] * len(situation.policy.window_ends)
        lost_worth_milli = 0
        for arrival in stream:
            pieces = min(arrival.pieces, open_pieces)
            taken[arrival.window] += pieces
            lost_worth_milli += pieces * arrival.lost_worth_milli
            open_pieces -= pieces
            arrival.pieces -= pieces
        filling[need.place_code, need.item_code, need.due_at] = (tuple(taken), lost_worth_milli)
    return tuple(
        ServedNeed(need=need, arrived_pieces=pieces, lost_worth_milli=lost_worth_milli)
        for need in situation.needs
        for pieces, lost_worth_milli in (filling[need.place_code, need.item_code, need.due_at],)
    )


@dataclass(slots=True, kw_only=True)
class _Arrival:
    """Pieces of a need that are met in a window, by goods that lack so much of a piece's worth."""

    window: int
    lost_worth_milli: int
    pieces: int


def _streams(
    situation: Situation, arrived: dict[tuple[str, str], list[int]]
) -> dict[tuple[str, str], list[_Arrival]]:
    """Return what meets the needs under (place, item), the first and the best to begin with."""
    stand_ins = situation.catalogue.stand_in_of()
    streams: dict[tuple[str, str], list[_Arrival]] = defaultdict(list)
    for (place_code, item_code), by_window in arrived.items():
        one = stand_ins.get(item_code)
        wanted, met, worth_milli = (
            (one.stands_for_code, one.met_pieces, one.worth_milli)
            if one is not None
            else (item_code, 1, MILLI)
        )
        streams[place_code, wanted] += [
            _Arrival(window=window, lost_worth_milli=MILLI - worth_milli, pieces=met * pieces)
            for window, pieces in enumerate(by_window)
            if pieces
        ]
    for stream in streams.values():
        stream.sort(key=lambda arrival: (arrival.window, arrival.lost_worth_milli))
    return streams


def deliveries(
    vehicle_routes: Iterable[VehicleRoute],
) -> Iterator[tuple[datetime, str, StopLine]]:
    """Yield each delivered line with its instant of arrival and its place."""
    for route in vehicle_routes:
        for trip in route.trips:
            for stop in trip.stops:
                if stop.kind is StopKind.DELIVER:
                    for line in stop.lines:
                        yield stop.end_at, stop.location_code, line


def legs(vehicle_route: VehicleRoute) -> Iterator[Leg]:
    """Yield the legs of a truck in order, the way home last."""
    for trip in vehicle_route.trips:
        for stop in trip.stops:
            yield stop.leg
    yield vehicle_route.home.leg


def score(
    situation: Situation,
    vehicle_routes: Sequence[VehicleRoute],
    consignments: Sequence[Consignment] = (),
) -> Score:
    """Return what the routes are worth, stage by stage.

    Parameters
    ----------
    situation, vehicle_routes
        What is driven.
    consignments
        What is called from suppliers is paid for by what is consigned of it.
    """
    county_code, unserved_ppm = worst_county(situation, vehicle_routes)
    return Score(
        deprivation_milli_person_h=deprivation_milli_person_h(situation, vehicle_routes),
        worst_county_code=county_code,
        worst_unserved_ppm=unserved_ppm,
        tier_g=tier_g(situation, vehicle_routes),
        cost_fen=cost_fen(situation, vehicle_routes) + calls_fen(situation, consignments),
        life_saving_milli_person_h=life_saving_milli_person_h(situation, vehicle_routes),
    )


def stage_value(score: Score, objective: Objective) -> int:
    """Return what a score holds for an objective of a policy; smaller is better."""
    match objective:
        case Objective.LIFE_SAVING:
            return score.life_saving_milli_person_h
        case Objective.DEPRIVATION:
            return score.deprivation_milli_person_h
        case Objective.FAIRNESS:
            return score.worst_unserved_ppm
        case Objective.TIER:
            return score.tier_g
        case Objective.COST:
            return score.cost_fen


def serves_better(score: Score, other: Score, policy: PlanningPolicy) -> bool:
    """Return whether a score is better than another in the order of a policy's stages.

    The first stage decides in which the two differ by more than its slack, as a share of the
    larger value. If there is none, the first in which they differ at all.
    """
    pairs = [
        (stage_value(score, stage.objective), stage_value(other, stage.objective),
         stage.slack_share)
        for stage in policy.stages
    ]  # fmt: skip
    for ours, theirs, slack_share in pairs:
        if abs(ours - theirs) > Fraction(slack_share) * max(ours, theirs):
            return ours < theirs
    return [ours for ours, _, _ in pairs] < [theirs for _, theirs, _ in pairs]


def life_saving_milli_person_h(situation: Situation, vehicle_routes: Sequence[VehicleRoute]) -> int:
    """Return the part of the weighted deprivation that life-saving needs bear."""
    return sum(
        deprivation_of(situation, served)
        for served in served_needs(situation, vehicle_routes)
        if served.need.priority is Priority.LIFE_SAVING
    )


def deprivation_milli_person_h(situation: Situation, vehicle_routes: Sequence[VehicleRoute]) -> int:
    """Return the weighted deprivation, stage 1 of `Score`."""
    return sum(
        deprivation_of(situation, served) for served in served_needs(situation, vehicle_routes)
    )


def deprivation_of(situation: Situation, served: ServedNeed) -> int:
    """Return the weighted deprivation of one need in milli-person-hours, rounded up.

    What a substitute is worth less counts as that part of a piece that never comes, but only with
    `PlanningPolicy.never_extra`: so it is always better than nothing, and sooner is never worse.
    """
    need = served.need
    waits_h = sum(
        pieces * max(0, (situation.window_end_at(window) - need.due_at) // HOUR)
        for window, pieces in enumerate(served.arrived_pieces)
    )
    never_h = (situation.horizon_at - need.due_at + situation.policy.never_extra) // HOUR
    waits_h += served.missing_pieces * never_h
    lost_milli_h = served.lost_worth_milli * (situation.policy.never_extra // HOUR)
    return ceil_div((waits_h * MILLI + lost_milli_h) * _weight(situation, need), MILLI)


def worst_county(situation: Situation, vehicle_routes: Sequence[VehicleRoute]) -> tuple[str, int]:
    """Return the worst-served county and its unserved share in millionths, stage 2 of `Score`.

    Among equals the smallest code; an empty code and 0 where nobody waits for anything.
    """
    wanted: dict[str, int] = defaultdict(int)
    missing: dict[str, int] = defaultdict(int)
    counties = county_codes(situation)
    for served in served_needs(situation, vehicle_routes):
        county = counties[served.need.place_code]
        weight = _weight(situation, served.need)
        wanted[county] += served.need.pieces * weight
        missing[county] += served.missing_pieces * weight
    shares = {code: Fraction(missing[code], wanted[code]) for code in wanted if wanted[code]}
    if not shares:
        return "", 0
    worst = min(shares, key=lambda code: (-shares[code], code))
    return worst, ceil_div(missing[worst] * PPM, wanted[worst])


def county_codes(situation: Situation) -> dict[str, str]:
    """Return for each place the code to which it counts: a township to its county."""
    return {
        place.code: place.parent_code if place.kind is PlaceKind.TOWNSHIP else place.code
        for place in situation.places
    }


def tier_g(situation: Situation, vehicle_routes: Sequence[VehicleRoute]) -> int:
    """Return the grams delivered times the number of the owner's tier, stage 3 of `Score`."""
    return sum(haul.mass_g * haul.tier for haul in hauls_by_owner(situation, vehicle_routes))


def cost_fen(situation: Situation, vehicle_routes: Sequence[VehicleRoute]) -> int:
    """Return what the trips cost, stage 4 of `Score`."""
    classes = {kind.code: kind for kind in situation.vehicle_classes}
    total = 0
    for route, leg_m in _legs_m(situation, vehicle_routes):
        total += ceil_div(leg_m * classes[route.class_code].cost_fen_per_km, METRES_PER_KM)
    for route in vehicle_routes:
        if route.class_code in classes:
            total += len(route.trips) * classes[route.class_code].cost_fen_per_trip
    return total


def driven_m(situation: Situation, vehicle_routes: Sequence[VehicleRoute]) -> int:
    """Return the metres of all legs of trucks, the ways home included."""
    trucks = {kind.code for kind in situation.vehicle_classes if kind.mode is Mode.ROAD}
    legs_m = _legs_m(situation, vehicle_routes)
    return sum(leg_m for route, leg_m in legs_m if route.class_code in trucks)


def _legs_m(
    situation: Situation, vehicle_routes: Sequence[VehicleRoute]
) -> Iterator[tuple[VehicleRoute, int]]:
    """Yield the length of each leg with its truck; legs of unknown codes have none."""
    metres = situation.travel.metres()
    row = situation.travel.index()
    speeds = {code: i for i, code in enumerate(situation.travel.speed_classes)}
    speed_of = {kind.code: speeds[kind.speed_class] for kind in situation.vehicle_classes}
    for route in vehicle_routes:
        for leg in legs(route):
            if route.class_code in speed_of and leg.from_code in row and leg.to_code in row:
                speed = speed_of[route.class_code]
                yield route, int(metres[speed, row[leg.from_code], row[leg.to_code]])


def people_served(situation: Situation, vehicle_routes: Sequence[VehicleRoute]) -> PeopleServed:
    """Return how many people need something and how far they get it within the horizon."""
    people: dict[str, int] = defaultdict(int)
    wanted: dict[str, int] = defaultdict(int)
    got: dict[str, int] = defaultdict(int)
    for served in served_needs(situation, vehicle_routes):
        need = served.need
        place = need.place_code
        waiting = need.pieces * need.milli_people_per_piece
        people[place] = max(people[place], waiting)
        wanted[place] += waiting
        got[place] += sum(served.arrived_pieces) * need.milli_people_per_piece
    unserved_milli = sum(
        (
            Fraction(people[place] * (wanted[place] - got[place]), wanted[place])
            for place in people
            if wanted[place]
        ),
        Fraction(0),
    )
    in_need_people = ceil_div(sum(people.values()), 1_000)
    all_wanted = sum(wanted.values())
    return PeopleServed(
        in_need_people=in_need_people,
        served_people=in_need_people - ceil(unserved_milli / 1_000),
        served_share=Fraction(sum(got.values()), all_wanted) if all_wanted else Fraction(1),
    )


def coverage(
    situation: Situation, vehicle_routes: Sequence[VehicleRoute]
) -> tuple[WindowCoverage, ...]:
    """Return the coverage at the end of each window."""
    served = served_needs(situation, vehicle_routes)
    return tuple(
        _coverage_at(situation, served, window)
        for window in range(len(situation.policy.window_ends))
    )


def _coverage_at(situation: Situation, served: Sequence[ServedNeed], window: int) -> WindowCoverage:
    end_at = situation.window_end_at(window)
    due = [one for one in served if one.need.due_at <= end_at]
    return WindowCoverage(
        end_h=situation.policy.window_ends[window] // HOUR,
        due_share=_share_by(due, window),
        all_share=_share_by(served, window),
    )


def _share_by(served: Sequence[ServedNeed], window: int) -> Fraction | None:
    wanted = sum(one.need.pieces * one.need.milli_people_per_piece for one in served)
    got = sum(
        sum(one.arrived_pieces[: window + 1]) * one.need.milli_people_per_piece for one in served
    )
    return Fraction(got, wanted) if wanted else None


def worst_shortfalls(
    plan: DispatchPlan, situation: Situation, num_shortfalls: int
) -> tuple[WeighedShortfall, ...]:
    """Return the shortfalls that cost the people most, the worst first."""
    cost = {
        (one.need.place_code, one.need.item_code, one.need.due_at): deprivation_of(situation, one)
        for one in served_needs(situation, plan.vehicle_routes)
    }
    weighed = [
        WeighedShortfall(
            shortfall=shortfall,
            deprivation_milli_person_h=cost[
                shortfall.place_code, shortfall.item_code, shortfall.due_at
            ],
        )
        for shortfall in plan.shortfalls
    ]
    weighed.sort(
        key=lambda one: (
            -one.deprivation_milli_person_h,
            one.shortfall.place_code,
            one.shortfall.item_code,
            one.shortfall.due_at,
        )
    )
    return tuple(weighed[:num_shortfalls])


def gap_milli_person_h(plan: DispatchPlan) -> int | None:
    """Return how far the plan's deprivation lies above its bound, None without a bound.

    No other plan can save the people more than this.
    """
    if plan.deprivation_bound_milli_person_h is None:
        return None
    return plan.score.deprivation_milli_person_h - plan.deprivation_bound_milli_person_h


def gap_share(plan: DispatchPlan) -> Fraction | None:
    """Return the gap as a share of the plan's deprivation, None without a bound.

    A plan without any deprivation has no gap.
    """
    gap = gap_milli_person_h(plan)
    if gap is None:
        return None
    if plan.score.deprivation_milli_person_h == 0:
        return Fraction(0)
    return Fraction(gap, plan.score.deprivation_milli_person_h)


def _weight(situation: Situation, need: Need) -> int:
    """Return milli-people times priority weight of each piece."""
    return need.milli_people_per_piece * dict(situation.policy.priority_weights)[need.priority]
