"""The verifier: holds a plan against its situation, rule by rule, trusting neither.

Plain loops over whole numbers (seconds, grams, cubic centimetres, pieces, fen). Nothing here is
shared with what makes plans: no solver, no assembly, no measures. Each rule of
`relief.plan.certificate.Rule` is checked by one function, in this module or in the `verify_*`
modules beside it.
"""

from collections import Counter
from collections.abc import Sequence

from relief.plan.certificate import Certificate, Rule
from relief.plan.digest import plan_digest
from relief.plan.dispatch_plan import DispatchPlan
from relief.plan.outcome import Termination
from relief.plan.situation import Situation
from relief.plan.travel import RoadPath
from relief.plan.verify_answer import Recount, check_objective, check_shortfalls
from relief.plan.verify_cargo import check_cargo
from relief.plan.verify_carriers import check_carriers
from relief.plan.verify_closures import check_closures, check_road_hours
from relief.plan.verify_convoys import check_convoys
from relief.plan.verify_donations import check_donations
from relief.plan.verify_duty import check_duty
from relief.plan.verify_goods import check_conservation, check_stock, check_trip_loads
from relief.plan.verify_ground import Ground, Tally
from relief.plan.verify_hubs import check_hubs
from relief.plan.verify_life import check_life
from relief.plan.verify_limits import check_limits
from relief.plan.verify_loading import check_loading
from relief.plan.verify_made_up import check_made_up
from relief.plan.verify_money import check_money
from relief.plan.verify_offers import check_calls
from relief.plan.verify_orders import check_orders, check_reserve
from relief.plan.verify_ready import check_ready
from relief.plan.verify_trucks import check_fleet, check_paths, check_times
from relief.plan.verify_under_way import check_under_way
from relief.sentences import say
from relief.units import SHANGHAI


def verify(plan: DispatchPlan, situation: Situation, paths: Sequence[RoadPath] = ()) -> Certificate:
    """Hold a plan against its situation.

    Parameters
    ----------
    plan
        The plan; a certificate that it carries already is not looked at.
    situation
        What it claims to be for.
    paths
        The roads of its legs. Where given, every driven leg needs one, no road may use a stretch
        while it is closed, and lengths must agree with the travel times'.

    Returns
    -------
    Certificate
        With every violation, none left out.
    """
    ground = Ground.of(situation)
    fingerprint = situation.fingerprint()
    tally = Tally()
    _check_identity(plan, situation, fingerprint, tally)
    check_stock(plan, ground, tally)
    check_made_up(plan, ground, tally)
    check_life(plan, ground, tally)
    check_conservation(plan, ground, tally)
    check_ready(plan, ground, tally)
    check_hubs(plan, ground, tally)
    check_calls(plan, ground, tally)
    check_donations(plan, ground, tally)
    check_limits(plan, ground, tally)
    check_money(plan, ground, tally)
    check_orders(plan, ground, tally)
    check_reserve(plan, ground, tally)
    check_fleet(plan, ground, tally)
    check_under_way(plan, ground, tally)
    for route in plan.vehicle_routes:
        check_trip_loads(route, ground, tally)
        check_cargo(route, ground, tally)
        check_times(route, ground, tally)
        check_duty(route, ground, tally)
    check_road_hours(plan, ground, tally)
    check_convoys(plan, ground, tally)
    check_loading(plan, ground, tally)
    check_carriers(plan, ground, paths, tally)
    if paths:
        check_closures(plan, ground, paths, tally)
        check_paths(plan, ground, paths, tally)
    recount = Recount.of(plan, ground)
    check_shortfalls(plan, recount, tally)
    check_objective(plan, recount, tally)
    _check_bound(plan, recount, tally)
    return Certificate(
        situation_fingerprint=fingerprint,
        plan_digest=plan_digest(plan),
        checks=tuple((rule, tally.num_checks[rule]) for rule in Rule),
        violations=tuple(tally.violations),
    )


def _check_identity(
    plan: DispatchPlan, situation: Situation, fingerprint: str, tally: Tally
) -> None:
    subject = f"plan {plan.plan_id}"
    tally.true(
        Rule.IDENTITY,
        subject,
        say(
            "The plan was made for the situation {plan}, this one is {situation}.",
            plan=plan.situation_fingerprint,
            situation=fingerprint,
        ),
        fact=plan.situation_fingerprint == fingerprint,
    )
    tally.true(
        Rule.IDENTITY,
        subject,
        say(
            "The plan is for event {plan}, the situation for {situation}.",
            plan=plan.event_code,
            situation=situation.event_code,
        ),
        fact=plan.event_code == situation.event_code,
    )
    tally.true(
        Rule.IDENTITY,
        subject,
        say(
            "The plan starts at {plan}, the situation at {situation}.",
            plan=plan.start_at.isoformat(),
            situation=situation.start_at.isoformat(),
        ),
        fact=plan.start_at == situation.start_at,
    )
    start = situation.start_at.astimezone(SHANGHAI).strftime("%Y%m%dT%H%M")
    due_id = "-".join((situation.event_code, start, fingerprint[:8]))
    tally.true(
        Rule.IDENTITY,
        subject,
        say("The plan is called {plan} and should be {due}.", plan=plan.plan_id, due=due_id),
        fact=plan.plan_id == due_id,
    )
    endings = {plan.allocation_report.termination, plan.routing_report.termination}
    tally.true(
        Rule.IDENTITY,
        subject,
        say("The mark of a baseline plan does not agree with what the solvers report."),
        fact=plan.is_baseline == (Termination.BASELINE in endings),
    )
    numbers = Counter(trip.number for route in plan.vehicle_routes for trip in route.trips)
    for number, times in numbers.items():
        tally.equal(
            Rule.IDENTITY,
            f"waybill {number}",
            say("Waybill number {number} is given to {times} trips.", number=number, times=times),
            found=times,
            limit=1,
            unit="trips",
        )


def _check_bound(plan: DispatchPlan, recount: Recount, tally: Tally) -> None:
    bound = plan.deprivation_bound_milli_person_h
    if bound is not None:
        tally.at_most(
            Rule.BOUND,
            f"plan {plan.plan_id}",
            say(
                "No plan is said to be better than {bound} thousandths of a weighted "
                "person-hour, but this one has {found}.",
                bound=bound,
                found=recount.deprivation_milli_person_h,
            ),
            found=bound,
            limit=recount.deprivation_milli_person_h,
            unit="milli-person-h",
        )
