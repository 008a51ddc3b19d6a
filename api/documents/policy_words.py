"""Policies and orders in the words of the papers."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from api.language import Language
from relief.items import Priority
from relief.places import Tier
from relief.plan.dispatch_plan import DispatchPlan
from relief.plan.orders import HOUR, Forbid, Force, Hold, Order, Pin
from relief.plan.policy import PPM, Objective, PlanningPolicy
from relief.plan.situation import Situation
from relief.sentences import Sentence, say

MINUTE = timedelta(minutes=1)
TIERS = {
    Tier.COUNTY: say("county"),
    Tier.CITY: say("city"),
    Tier.PROVINCE: say("province"),
    Tier.NEIGHBOUR: say("neighbouring provinces"),
    Tier.CENTRE: say("centre"),
    Tier.SUPPLIER: say("called from suppliers"),
    Tier.DONOR: say("donated"),
}
PRIORITIES = {
    Priority.LIFE_SAVING: say("life-saving"),
    Priority.ESSENTIAL: say("essential"),
    Priority.COMFORT: say("comfort"),
}
OBJECTIVES = {
    Objective.LIFE_SAVING: say("deprivation of life-saving goods"),
    Objective.DEPRIVATION: say("deprivation of all goods"),
    Objective.FAIRNESS: say("worst-served counties"),
    Objective.TIER: say("stock from near"),
    Objective.COST: say("transport cost"),
}


def stage_words(policy: PlanningPolicy, language: Language) -> str:
    """Return the stages of a policy in order, each with what may be given away of it."""
    last = len(policy.stages) - 1
    return " > ".join(
        language.tell(OBJECTIVES[stage.objective])
        + ("" if number == last else f" ({language.share(stage.slack_share, 2)})")
        for number, stage in enumerate(policy.stages)
    )


def policy_lines(policy: PlanningPolicy, language: Language) -> Iterator[Sentence]:
    """Yield what a policy says, in sentences."""
    yield say(
        "Policy {name}: {stages}. In brackets what later stages may give away.",
        name=policy.name,
        stages=stage_words(policy, language),
    )
    yield say(
        "A person-hour weighs {weights} (life-saving, essential, comfort); arrival windows end "
        "after {hours} h.",
        weights=" : ".join(str(weight) for _, weight in sorted(policy.priority_weights)),
        hours=", ".join(f"{end / HOUR:g}" for end in policy.window_ends),
    )
    convoy = policy.convoy
    if convoy.place_codes:
        yield say(
            "Trucks drive to {places} in convoys of at least {least}; each waits up to {wait} min "
            "for the next one.",
            places=", ".join(convoy.place_codes),
            least=convoy.least_trucks,
            wait=convoy.wait // MINUTE,
        )
    reserve = policy.reserve
    if reserve.stock_ppm or reserve.trucks_ppm:
        yield say(
            "Held back at depots of the tier {tier} and above: {stock} of the usable stock, "
            "{trucks} of the trucks.",
            tier=language.tell(TIERS[reserve.least_tier]),
            stock=language.share(reserve.stock_ppm / PPM),
            trucks=language.share(reserve.trucks_ppm / PPM),
        )


def order_sentence(order: Order, situation: Situation, language: Language) -> Sentence:
    """Return what an order says."""
    names = {each.code: language.both(each.name_zh, each.name_en) for each in situation.places}
    names |= {each.code: language.both(each.name_zh, each.name_en) for each in situation.depots}
    items = situation.catalogue.items
    names |= {each.code: language.both(each.name_zh, each.name_en) for each in items}
    match order:
        case Pin(depot_code=""):
            return say(
                "At least {pieces} pieces of {item} to {place} within {hours} h.",
                pieces=language.number(order.pieces),
                item=names[order.item_code],
                place=names[order.place_code],
                hours=order.by // HOUR,
            )
        case Pin():
            return say(
                "At least {pieces} pieces of {item} from {depot} to {place} within {hours} h.",
                pieces=language.number(order.pieces),
                item=names[order.item_code],
                depot=names[order.depot_code],
                place=names[order.place_code],
                hours=order.by // HOUR,
            )
        case Force():
            every = language.tell(say("every item"))
            return say(
                "All that {place} needs of {item} within {hours} h.",
                place=names[order.place_code],
                item=names.get(order.force_item_code, every),
                hours=order.by // HOUR,
            )
        case Forbid():
            return say(
                "Nothing of {item} from {source} to {place}.",
                item=names.get(order.item_code, language.tell(say("any item"))),
                source=names.get(order.source_code, order.source_code),
                place=names.get(order.place_code, language.tell(say("any place"))),
            )
        case Hold():
            return say(
                "{pieces} pieces of {item} stay in {depot}.",
                pieces=language.number(order.held_pieces),
                item=names[order.item_code],
                depot=names[order.depot_code],
            )


def order_lines(situation: Situation, plan: DispatchPlan, language: Language) -> Sequence[str]:
    """Return each order with what it lacks, where it lacks something."""
    lacking = {slack.number: slack for slack in plan.order_slacks}
    lines = []
    for number, order in enumerate(situation.orders, start=1):
        sentence = language.tell(order_sentence(order, situation, language))
        slack = lacking.get(number)
        told = (
            say("Order {number}: {order} Kept.", number=number, order=sentence)
            if slack is None
            else say(
                "Order {number}: {order} Lacks {pieces} pieces: {because}",
                number=number,
                order=sentence,
                pieces=language.number(slack.missing_pieces),
                because=language.tell(slack.because),
            )
        )
        lines.append(language.tell(told))
    return lines


def fairness_lines(
    situation: Situation, plan: DispatchPlan, language: Language
) -> Iterator[Sentence]:
    """Yield who is served worst by the allocation, with the proof, where there is one."""
    proof = plan.fairness
    if proof is None:
        return
    county = {place.code: place for place in situation.places}.get(proof.county_code)
    name = language.both(county.name_zh, county.name_en) if county else proof.county_code
    yield say(
        "Served worst by the allocation: {county}, {priority} goods, {share} of them missing. No "
        "plan with no more deprivation can serve all counties better than {proven} missing.",
        county=name,
        priority=language.tell(PRIORITIES[proof.priority]),
        share=language.share(proof.unserved_ppm / PPM, 2),
        proven=language.share(proof.proven_ppm / PPM, 2),
    )
