"""Explanations on paper and for machines."""

from collections.abc import Iterator

from api.documents.policy_words import order_sentence
from api.documents.records import Plain
from api.documents.summary import Section
from api.explaining import Explanation
from api.language import Language
from api.plan_result import PlanResult
from relief.plan.explain import shortfall_headline
from relief.plan.measures import PPM
from relief.plan.orders import order_text
from relief.sentences import Sentence, say
from relief.units import FEN_PER_YUAN
from scenarios.cures import Cure
from scenarios.explanations import CountyChange, OrderPrice

MILLI = 1_000
NUM_COUNTIES = 5


def explanation_sections(
    explanation: Explanation, result: PlanResult, language: Language
) -> tuple[Section, ...]:
    """Return an explanation in a language; parts that nobody asked about are left out."""
    return tuple(_sections(explanation, result, language))


def _sections(
    explanation: Explanation, result: PlanResult, language: Language
) -> Iterator[Section]:
    situation = result.situation
    lines = [
        f"{language.tell(shortfall_headline(situation, one.shortfall))} {language.tell(one.told)}"
        for one in explanation.bindings
    ]
    yield Section(
        title=language.tell(say("Why it is short")),
        lines=tuple(lines) or (language.tell(say("None: every need is met in full and on time.")),),
    )
    if explanation.origins:
        items = situation.catalogue.by_code()
        yield Section(
            title=language.tell(say("Why it comes from there")),
            lines=tuple(
                f"{language.both(item.name_zh, item.name_en)}: {language.tell(one.told)}"
                for one in explanation.origins
                for item in (items[one.consignment.item_code],)
            ),
        )
    yield from cure_sections(explanation, language)
    if explanation.price is not None:
        yield _price(explanation.price, result, language)


def cure_sections(explanation: Explanation, language: Language) -> tuple[Section, ...]:
    """Return the cures of an explanation in a language, nothing where none were sought."""
    if explanation.cures is None:
        return ()
    title = language.tell(say("What would help"))
    if not explanation.cures:
        none = say("Nothing that was tried would help: stock, trucks, roads, orders.")
        return (Section(title=title, lines=(language.tell(none),)),)
    confirmed = say(
        "Each was put into the situation and the allocation solved again: so much is saved at "
        "least, each cure taken by itself."
    )
    return (
        Section(
            title=title,
            lines=tuple(language.tell(cure_sentence(cure, language)) for cure in explanation.cures),
            below=(language.tell(confirmed),),
        ),
    )


def cure_sentence(cure: Cure, language: Language) -> Sentence:
    """Return a cure with what it saves."""
    return say(
        "{change} At least {hours} weighted person-hours fewer.",
        change=language.tell(cure.told),
        hours=language.number(cure.saved_milli_person_h // MILLI),
    )


def _price(price: OrderPrice, result: PlanResult, language: Language) -> Section:
    situation = result.situation
    lines = [language.tell(order_sentence(one, situation, language)) for one in price.orders]
    lines.append(
        language.tell(
            say(
                "It would add {hours} weighted person-hours of deprivation.",
                hours=language.number(price.added_milli_person_h / MILLI),
            )
        )
    )
    lines.append(language.tell(_added_cost(price.added_fen, language)))
    lines += [
        language.tell(
            say(
                "Order {number}: {order} Lacks {pieces} pieces: {because}",
                number=slack.number,
                order=order_text(price.orders[slack.number - 1]),
                pieces=language.number(slack.missing_pieces),
                because=language.tell(slack.because),
            )
        )
        for slack in price.slacks
    ]
    for told, changes in (
        (say("No county gets less."), price.losing),
        (say("No county gets more."), price.gaining),
    ):
        named = [_county(change, result, language) for change in changes[:NUM_COUNTIES]]
        if changes[NUM_COUNTIES:]:
            further = say("further counties: {num}", num=len(changes) - NUM_COUNTIES)
            named.append(language.tell(further))
        if not changes:
            lines.append(language.tell(told))
        elif changes is price.losing:
            lines.append(language.tell(say("Less gets to: {counties}.", counties="; ".join(named))))
        else:
            lines.append(language.tell(say("More gets to: {counties}.", counties="; ".join(named))))
    return Section(title=language.tell(say("What the order would cost")), lines=tuple(lines))


def _added_cost(added_fen: int, language: Language) -> Sentence:
    yuan = language.number(abs(added_fen) // FEN_PER_YUAN)
    if added_fen < 0:
        return say(
            "Moving and calling the goods would cost {yuan} yuan less, by the allocation's account "
            "of trips (approximate; the routed plan may differ).",
            yuan=yuan,
        )
    return say(
        "Moving and calling the goods would cost {yuan} yuan more, by the allocation's account of "
        "trips (approximate; the routed plan may differ).",
        yuan=yuan,
    )


def _county(change: CountyChange, result: PlanResult, language: Language) -> str:
    names = {
        place.code: language.both(place.name_zh, place.name_en) for place in result.situation.places
    }
    return language.tell(
        say(
            "{county} ({before} of its weighted need unserved before, {after} then)",
            county=names.get(change.county_code, change.county_code),
            before=language.share(change.before_ppm / PPM),
            after=language.share(change.after_ppm / PPM),
        )
    )


def explanation_record(explanation: Explanation, result: PlanResult) -> Plain:
    """Return an explanation as a plain value for machines."""
    price = explanation.price
    return {
        "plan_id": result.plan.plan_id,
        "shortfalls": [
            {
                "place_code": one.shortfall.place_code,
                "item_code": one.shortfall.item_code,
                "due_at": one.shortfall.due_at.isoformat(),
                "missing_pieces": one.shortfall.missing_pieces,
                "late_pieces": one.shortfall.late_pieces,
                "reason": one.shortfall.reason.value,
                "binds_person_h": {name: part / MILLI for name, part in one.parts},
                "worth_person_h": one.worth / MILLI,
                "depot_code": one.depot_code,
                "told": str(one.told),
            }
            for one in explanation.bindings
        ],
        "origins": [
            {
                "item_code": one.consignment.item_code,
                "depot_code": one.consignment.depot_code,
                "pieces": one.consignment.pieces,
                "other_depot_code": one.other_depot_code,
                "penalty_person_h": one.penalty / MILLI,
                "told": str(one.told),
            }
            for one in explanation.origins
        ],
        "cures": [cure_record(cure) for cure in explanation.cures or ()],
        "override": None
        if price is None
        else {
            "orders": [order_text(order) for order in price.orders],
            "added_person_h": price.added_milli_person_h / MILLI,
            "added_fen": price.added_fen,
            "lacking": {str(slack.number): slack.missing_pieces for slack in price.slacks},
            "losing": [_change_record(change) for change in price.losing],
            "gaining": [_change_record(change) for change in price.gaining],
        },
    }


def cure_record(cure: Cure) -> Plain:
    """Return a cure as a plain value."""
    return {
        "kind": type(cure.change).__name__,
        "told": str(cure.told),
        "saved_person_h": cure.saved_milli_person_h / MILLI,
    }


def _change_record(change: CountyChange) -> Plain:
    return {
        "county_code": change.county_code,
        "before_ppm": change.before_ppm,
        "after_ppm": change.after_ppm,
    }
