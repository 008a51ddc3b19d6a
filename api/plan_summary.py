"""The numbers of a plan that people ask for first, worked out once for every paper."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from api.documents.hub_lines import hub_records
from api.documents.off_road import off_road_record
from api.documents.records import Plain, to_plain
from api.plan_result import PlanResult
from relief.places import Place
from relief.plan import measures
from relief.plan.hauls import TierHaul, hauls_by_depot
from relief.plan.measures import PeopleServed, WeighedShortfall, WindowCoverage
from relief.plan.orders import order_text
from relief.units import GRAMS_PER_KG

NUM_WORST = 10
MILLI = 1_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PlanSummary:
    """What a plan does, in numbers.

    Parameters
    ----------
    result
        The plan.
    people
        People in need and served.
    windows
        Coverage at the end of each arrival window.
    hauls
        What is carried from the depots of each tier.
    num_trips, num_trucks
        Of the whole plan.
    mass_g, driven_m
        Mass delivered, and the length of all legs with the ways home.
    worst
        The shortfalls that cost the people most, at most `NUM_WORST`.
    num_short_needs
        How many needs are not met in full and on time.
    deprivation_milli_person_h, bound_milli_person_h, gap_milli_person_h, gap_share
        The objective, the proven bound on it, and what lies between; None without a bound.
    cut_off
        Receiving places that no road reaches.
    num_checks
        Single comparisons of the verifier.
    """

    result: PlanResult
    people: PeopleServed
    windows: tuple[WindowCoverage, ...]
    hauls: tuple[TierHaul, ...]
    num_trips: int
    num_trucks: int
    mass_g: int
    driven_m: int
    worst: tuple[WeighedShortfall, ...]
    num_short_needs: int
    deprivation_milli_person_h: int
    bound_milli_person_h: int | None
    gap_milli_person_h: int | None
    gap_share: Fraction | None
    cut_off: tuple[Place, ...]
    num_checks: int


def summarise(result: PlanResult) -> PlanSummary:
    """Work out the numbers of a plan."""
    plan, situation = result.plan, result.situation
    routes = plan.vehicle_routes
    hauls = hauls_by_depot(situation, routes)
    unreachable = set(situation.travel.unreachable)
    checks = plan.certificate.checks if plan.certificate is not None else ()
    return PlanSummary(
        result=result,
        people=measures.people_served(situation, routes),
        windows=measures.coverage(situation, routes),
        hauls=hauls,
        num_trips=sum(len(route.trips) for route in routes),
        num_trucks=len(routes),
        mass_g=sum(haul.mass_g for haul in hauls),
        driven_m=measures.driven_m(situation, routes),
        worst=measures.worst_shortfalls(plan, situation, NUM_WORST),
        num_short_needs=len(plan.shortfalls),
        deprivation_milli_person_h=plan.score.deprivation_milli_person_h,
        bound_milli_person_h=plan.deprivation_bound_milli_person_h,
        gap_milli_person_h=measures.gap_milli_person_h(plan),
        gap_share=measures.gap_share(plan),
        cut_off=tuple(place for place in situation.places if place.code in unreachable),
        num_checks=sum(num for _, num in checks),
    )


def summary_record(summary: PlanSummary, files: Sequence[str] = ()) -> Plain:
    """Return a summary as a plain value for machines; its field names carry the units.

    Parameters
    ----------
    summary
        The numbers.
    files
        Where the papers lie.
    """
    result = summary.result
    plan, situation, origin = result.plan, result.situation, result.origin
    certificate = plan.certificate
    affected = origin.affected_people
    missing = Counter({slack.number: slack.missing_pieces for slack in plan.order_slacks})
    return {
        "plan_id": plan.plan_id,
        "event": {
            "code": plan.event_code,
            "name_zh": situation.event_zh,
            "name_en": situation.event_en,
        },
        "start_at": plan.start_at.isoformat(),
        "is_baseline": plan.is_baseline,
        "fallback": origin.fallback,
        "profile": origin.profile,
        "policy": to_plain(situation.policy),
        "orders": [
            {"order": order_text(order), "missing_pieces": missing[number]}
            for number, order in enumerate(situation.orders, start=1)
        ],
        "engine": origin.engine,
        "seed": origin.seed,
        "affected_people": None
        if affected is None
        else {"low": affected.low, "likely": affected.likely, "high": affected.high},
        "in_need_people": summary.people.in_need_people,
        "served_people": summary.people.served_people,
        "served_share": float(summary.people.served_share),
        "coverage": [
            {
                "end_h": window.end_h,
                "due_share": _share(window.due_share),
                "all_share": _share(window.all_share),
            }
            for window in summary.windows
        ],
        "by_depot_tier": [
            {
                "tier": haul.tier.name.lower(),
                "mass_kg": haul.mass_g / GRAMS_PER_KG,
                "num_trips": haul.num_trips,
                "num_trucks": haul.num_trucks,
            }
            for haul in summary.hauls
        ],
        "without_road": off_road_record(result),
        "by_hubs": hub_records(result),
        "num_trips": summary.num_trips,
        "num_trucks": summary.num_trucks,
        "mass_kg": summary.mass_g / GRAMS_PER_KG,
        "driven_km": summary.driven_m / MILLI,
        "distances_are_approximate": situation.travel.approximate,
        "num_needs": len(situation.needs),
        "num_short_needs": summary.num_short_needs,
        "worst_shortfalls": [_shortfall_record(summary, worst) for worst in summary.worst],
        "deprivation_person_h": summary.deprivation_milli_person_h / MILLI,
        "bound_person_h": _person_h(summary.bound_milli_person_h),
        "gap_person_h": _person_h(summary.gap_milli_person_h),
        "gap_share": _share(summary.gap_share),
        "cost_fen": plan.score.cost_fen,
        "worst_county_code": plan.score.worst_county_code,
        "worst_unserved_ppm": plan.score.worst_unserved_ppm,
        "fairness": to_plain(plan.fairness),
        "cut_off": [place.code for place in summary.cut_off],
        "num_reports": origin.num_reports,
        "num_refused": len(origin.refused),
        "certificate": None
        if certificate is None
        else {
            "holds": certificate.holds,
            "num_checks": summary.num_checks,
            "num_violations": len(certificate.violations),
            "plan_digest": certificate.plan_digest,
            "situation_fingerprint": certificate.situation_fingerprint,
        },
        "stages": [{"stage": s.stage, "seconds": round(s.seconds, 3)} for s in origin.stages],
        "files": list(files),
    }


def _share(share: Fraction | None) -> float | None:
    return None if share is None else float(share)


def _person_h(milli: int | None) -> float | None:
    return None if milli is None else milli / MILLI


def _shortfall_record(summary: PlanSummary, worst: WeighedShortfall) -> Plain:
    situation = summary.result.situation
    shortfall = worst.shortfall
    places = {place.code: place for place in situation.places}
    item = situation.catalogue.by_code()[shortfall.item_code]
    place = places[shortfall.place_code]
    return {
        "place_code": shortfall.place_code,
        "place_zh": place.name_zh,
        "place_en": place.name_en,
        "item_code": shortfall.item_code,
        "item_zh": item.name_zh,
        "item_en": item.name_en,
        "due_at": shortfall.due_at.isoformat(),
        "missing_pieces": shortfall.missing_pieces,
        "late_pieces": shortfall.late_pieces,
        "reason": shortfall.reason.value,
        "because": str(shortfall.because),
        "deprivation_person_h": worst.deprivation_milli_person_h / MILLI,
    }
