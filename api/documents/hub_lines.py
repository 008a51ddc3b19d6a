"""What the summary says of goods that change vehicles at hubs."""

from collections.abc import Iterator, Sequence

from api.documents.records import Plain
from api.language import Language
from api.plan_result import PlanResult
from relief.plan.handing_over import HubUse, hub_uses
from relief.sentences import Sentence, say
from relief.supply.fleet import VehicleClass
from relief.units import GRAMS_PER_KG

MOST_PLACES = 6
"""So many places are named; of the others the number."""
GRAMS_PER_T = 1000 * GRAMS_PER_KG


def hub_sentences(result: PlanResult, language: Language) -> Iterator[Sentence]:
    """Yield for each hub what is handed over there, when, to whom and because of what."""
    situation = result.situation
    depots = {depot.code: depot for depot in situation.depots}
    kinds = {kind.code: kind for kind in situation.vehicle_classes}
    hubs = {hub.depot_code: hub for hub in situation.hubs}
    for use in hub_uses(situation, result.plan):
        depot = depots[use.hub_code]
        yield say(
            "At {hub}, {tonnes} t ({pieces} pieces) are handed over from {bringing} to {onward} "
            "for {places}, by {trips} trips from {first} to {last}; handling there takes {minutes} "
            "minutes.",
            hub=language.both(depot.name_zh, depot.name_en),
            tonnes=language.number(use.brought_g / GRAMS_PER_T, 1),
            pieces=language.number(use.brought_pieces),
            bringing=_named(use.bringing_codes, kinds, language),
            onward=_named(use.onward_codes, kinds, language),
            places=_places(use, result, language),
            trips=language.number(use.num_trips),
            first=language.instant(use.first_at),
            last=language.instant(use.last_at),
            minutes=language.number(hubs[use.hub_code].handling.total_seconds() // 60),
        )
        if use.shut_out_codes:
            yield say(
                "That is because {vehicles} do not get from there to any of these places, and "
                "handing over serves people better than the plan without it.",
                vehicles=_named(use.shut_out_codes, kinds, language),
            )
        else:
            yield say("That is because it serves people better than the plan without it.")
        if use.fetched_pieces < use.brought_pieces:
            yield say(
                "{pieces} pieces of it lie there in the end, because nobody could fetch them in "
                "time.",
                pieces=language.number(use.brought_pieces - use.fetched_pieces),
            )


def _named(codes: Sequence[str], kinds: dict[str, VehicleClass], language: Language) -> str:
    return ", ".join(language.both(kinds[code].name_zh, kinds[code].name_en) for code in codes)


def _places(use: HubUse, result: PlanResult, language: Language) -> str:
    names = {
        place.code: language.both(place.name_zh, place.name_en) for place in result.situation.places
    }
    named = [names[code] for code in use.place_codes[:MOST_PLACES]]
    further = len(use.place_codes) - len(named)
    if further:
        named.append(language.tell(say("further places: {num}", num=further)))
    return ", ".join(named)


def hub_records(result: PlanResult) -> list[Plain]:
    """Return how hubs are used as plain values for machines."""
    return [
        {
            "hub_code": use.hub_code,
            "brought_pieces": use.brought_pieces,
            "brought_kg": use.brought_g / GRAMS_PER_KG,
            "fetched_pieces": use.fetched_pieces,
            "num_trips": use.num_trips,
            "first_at": use.first_at.isoformat(),
            "last_at": use.last_at.isoformat(),
            "place_codes": list(use.place_codes),
            "bringing_classes": list(use.bringing_codes),
            "onward_classes": list(use.onward_codes),
            "shut_out_classes": list(use.shut_out_codes),
        }
        for use in hub_uses(result.situation, result.plan)
    ]
