"""Verifying the answer: what really arrives, counted again, against what the plan claims."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime

from relief.damage.needs import Need
from relief.items import Priority
from relief.places import PlaceKind
from relief.plan.certificate import Rule
from relief.plan.dispatch_plan import DispatchPlan
from relief.plan.routes import StopKind
from relief.plan.verify_ground import HOUR, Ground, Tally, clock_time
from relief.plan.verify_offers import calls_fen
from relief.plan.verify_trucks import stops_of
from relief.sentences import say

NeedKey = tuple[str, str, datetime]
Arrival = tuple[int, int, int]
"""Hours from the start to the window's end, thousandths of a piece's worth lost, pieces of need."""
MILLI = 1_000
PPM = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Recount:
    """What the trips of a plan earn.

    Parameters
    ----------
    late_pieces, missing_pieces
        Under the key of each need: late within the horizon, and not within the horizon.
    deprivation_milli_person_h, worst_county_code, worst_unserved_ppm, tier_g, cost_fen,
    life_saving_milli_person_h
        As in `Score`.
    """

    late_pieces: dict[NeedKey, int]
    missing_pieces: dict[NeedKey, int]
    deprivation_milli_person_h: int
    worst_county_code: str
    worst_unserved_ppm: int
    tier_g: int
    cost_fen: int
    life_saving_milli_person_h: int

    @classmethod
    def of(cls, plan: DispatchPlan, ground: Ground) -> "Recount":
        """Count again."""
        queues: dict[tuple[str, str], list[Need]] = defaultdict(list)
        for need in ground.situation.needs:
            queues[need.place_code, need.item_code].append(need)
        arrivals = _arrivals(plan, ground)
        late: dict[NeedKey, int] = {}
        missing: dict[NeedKey, int] = {}
        borne: Counter[Priority] = Counter()
        for key, queue in queues.items():
            queue.sort(key=lambda need: need.due_at)
            borne += _serve(queue, arrivals[key], ground, late, missing)
        worst_code, worst_ppm = _worst_county(missing, ground)
        return cls(
            late_pieces=late,
            missing_pieces=missing,
            deprivation_milli_person_h=borne.total(),
            worst_county_code=worst_code,
            worst_unserved_ppm=worst_ppm,
            tier_g=_tier_g(plan, ground),
            cost_fen=_cost_fen(plan, ground) + calls_fen(plan, ground),
            life_saving_milli_person_h=borne[Priority.LIFE_SAVING],
        )


def _arrivals(plan: DispatchPlan, ground: Ground) -> defaultdict[tuple[str, str], list[Arrival]]:
    """Return what meets needs, the earliest first and of these the best."""
    situation = ground.situation
    stand_ins = {one.item_code: one for one in situation.catalogue.stand_ins}
    arrivals: defaultdict[tuple[str, str], list[Arrival]] = defaultdict(list)
    for route in plan.vehicle_routes:
        for _, stop in stops_of(route):
            if stop.kind is not StopKind.DELIVER:
                continue
            ends = [
                end
                for end in situation.policy.window_ends
                if stop.end_at <= situation.start_at + end
            ]
            if not ends:
                continue  # After the horizon: too late for everything.
            for line in stop.lines:
                item_code, pieces, lost_milli = line.item_code, line.pieces, 0
                if item_code in stand_ins:
                    one = stand_ins[item_code]
                    item_code, pieces = one.stands_for_code, pieces * one.met_pieces
                    lost_milli = MILLI - one.worth_milli
                arrivals[stop.location_code, item_code].append(
                    (min(ends) // HOUR, lost_milli, pieces)
                )
    for stream in arrivals.values():
        stream.sort()
    return arrivals


def _serve(
    queue: list[Need],
    stream: list[Arrival],
    ground: Ground,
    late: dict[NeedKey, int],
    missing: dict[NeedKey, int],
) -> Counter[Priority]:
    """Hand the stream to the queue of needs, earliest to earliest; return the deprivation.

    Needs and arrivals are both in order of time, so one walk over both is enough.
    """
    situation = ground.situation
    weights = dict(situation.policy.priority_weights)
    horizon_h = situation.policy.window_ends[-1] // HOUR
    never_h = horizon_h + situation.policy.never_extra // HOUR
    extra_h = situation.policy.never_extra // HOUR
    borne: Counter[Priority] = Counter()
    turn = 0
    left = stream[0][2] if stream else 0
    for need in queue:
        due_h = (need.due_at - situation.start_at) // HOUR
        each = need.milli_people_per_piece * weights[need.priority]
        key = (need.place_code, need.item_code, need.due_at)
        open_pieces = need.pieces
        late[key] = lost_milli = 0
        while open_pieces > 0 and turn < len(stream):
            if left == 0:
                turn += 1
                left = stream[turn][2] if turn < len(stream) else 0
                continue
            handed = min(open_pieces, left)
            open_pieces -= handed
            left -= handed
            lost_milli += handed * stream[turn][1]
            if stream[turn][0] > due_h:
                late[key] += handed
                borne[need.priority] += handed * each * (stream[turn][0] - due_h)
        missing[key] = open_pieces
        borne[need.priority] += open_pieces * each * (never_h - due_h)
        # What a substitute is not worth never comes, either; parts of a unit count as a whole one.
        borne[need.priority] += -(-lost_milli * each * extra_h // MILLI)
    return borne


def _worst_county(missing: dict[NeedKey, int], ground: Ground) -> tuple[str, int]:
    situation = ground.situation
    weights = dict(situation.policy.priority_weights)
    wanted: Counter[str] = Counter()
    lacking: Counter[str] = Counter()
    for need in situation.needs:
        place = ground.places[need.place_code]
        county = place.parent_code if place.kind is PlaceKind.TOWNSHIP else place.code
        each = need.milli_people_per_piece * weights[need.priority]
        wanted[county] += need.pieces * each
        lacking[county] += missing[need.place_code, need.item_code, need.due_at] * each
    worst = ""
    for county in sorted(wanted):
        if wanted[county] == 0:
            continue
        # lacking/wanted > worst's lacking/wanted, without dividing; the first of equals stays.
        if worst == "" or lacking[county] * wanted[worst] > lacking[worst] * wanted[county]:
            worst = county
    if worst == "":
        return "", 0
    return worst, -(-lacking[worst] * PPM // wanted[worst])


def _tier_g(plan: DispatchPlan, ground: Ground) -> int:
    total = 0
    for route in plan.vehicle_routes:
        for _, stop in stops_of(route):
            if stop.kind is StopKind.DELIVER:
                for line in stop.lines:
                    lot = ground.lots.get(line.lot_code)
                    item = ground.items.get(line.item_code)
                    if lot is not None and item is not None:
                        total += line.pieces * item.mass_g * int(lot.owner)
    return total


def _cost_fen(plan: DispatchPlan, ground: Ground) -> int:
    total = 0
    for route in plan.vehicle_routes:
        kind = ground.vehicle_classes.get(route.class_code)
        if kind is None:
            continue
        total += len(route.trips) * kind.cost_fen_per_trip
        for _, stop in stops_of(route):
            leg_m = ground.leg_m(kind, stop.leg.from_code, stop.leg.to_code)
            total += -(-leg_m * kind.cost_fen_per_km // 1_000)
    return total


def check_shortfalls(plan: DispatchPlan, recount: Recount, tally: Tally) -> None:
    """Check that every need is on time, late or missing as the plan says, and said once."""
    said = Counter((one.place_code, one.item_code, one.due_at) for one in plan.shortfalls)
    claimed = {(one.place_code, one.item_code, one.due_at): one for one in plan.shortfalls}
    for key, times in said.items():
        tally.true(
            Rule.SHORTFALL,
            _need_subject(key),
            say("A shortfall is reported that no need of the situation can have."),
            fact=key in recount.missing_pieces,
        )
        tally.at_most(
            Rule.SHORTFALL,
            _need_subject(key),
            say("The shortfall is reported {times} times.", times=times),
            found=times,
            limit=1,
            unit="shortfalls",
        )
    for key, missing in recount.missing_pieces.items():
        late = recount.late_pieces[key]
        one = claimed.get(key)
        claimed_missing = one.missing_pieces if one else 0
        claimed_late = one.late_pieces if one else 0
        tally.equal(
            Rule.SHORTFALL,
            _need_subject(key),
            say(
                "{claimed} pieces are reported missing; by the trips it is {counted}.",
                claimed=claimed_missing,
                counted=missing,
            ),
            found=claimed_missing,
            limit=missing,
            unit="pieces",
        )
        tally.equal(
            Rule.SHORTFALL,
            _need_subject(key),
            say(
                "{claimed} pieces are reported late; by the trips it is {counted}.",
                claimed=claimed_late,
                counted=late,
            ),
            found=claimed_late,
            limit=late,
            unit="pieces",
        )
        tally.true(
            Rule.SHORTFALL,
            _need_subject(key),
            say("A shortfall is reported though nothing is short."),
            fact=one is None or late + missing > 0 or claimed_late + claimed_missing > 0,
        )


def _need_subject(key: NeedKey) -> str:
    place_code, item_code, due_at = key
    return f"need of {item_code} at {place_code} by {clock_time(due_at)}"


def check_objective(plan: DispatchPlan, recount: Recount, tally: Tally) -> None:
    """Check each stage of the score that the plan claims."""
    score = plan.score
    subject = f"plan {plan.plan_id}"
    tally.true(
        Rule.OBJECTIVE,
        subject,
        say(
            "The plan names {claimed} as the worst-served county; by the trips it is {counted}.",
            claimed=score.worst_county_code,
            counted=recount.worst_county_code,
        ),
        fact=score.worst_county_code == recount.worst_county_code,
    )
    stages = (
        ("deprivation", "milli-person-h", score.deprivation_milli_person_h,
         recount.deprivation_milli_person_h),
        ("worst county", "ppm", score.worst_unserved_ppm, recount.worst_unserved_ppm),
        ("tiers", "g", score.tier_g, recount.tier_g),
        ("cost", "fen", score.cost_fen, recount.cost_fen),
        ("life-saving", "milli-person-h", score.life_saving_milli_person_h,
         recount.life_saving_milli_person_h),
    )  # fmt: skip
    for stage, unit, claimed, counted in stages:
        tally.equal(
            Rule.OBJECTIVE,
            f"{subject}, {stage}",
            say(
                "The plan claims {claimed} {unit} in this stage of its score; its trips earn "
                "{counted}.",
                claimed=claimed,
                unit=unit,
                counted=counted,
            ),
            found=claimed,
            limit=counted,
            unit=unit,
        )
