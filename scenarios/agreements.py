"""Which agreements with suppliers, and which donations, a plan counts on."""

from collections.abc import Sequence
from dataclasses import replace

from relief.places import Evidence
from relief.plan.situation import Situation
from relief.sentences import Sentence, say
from relief.supply.donations import Donation
from relief.supply.offers import Agreement, OfferKind


def with_agreements(
    situation: Situation,
    offers: Sequence[Agreement],
    donations: Sequence[Donation] = (),
    *,
    modelled: bool,
) -> tuple[Situation, tuple[Sentence, ...]]:
    """Return a situation with the agreements it may count on, and what must be said of them.

    Agreements and donations for items that nobody needs, or at depots that the situation does not
    hold, are left out.

    Parameters
    ----------
    situation
        The situation without agreements.
    offers, donations
        Those of the reserve network.
    modelled
        Whether modelled ones count as well. They are no contract that anybody could call, so
        only whoever asks for them gets them; a user's own, marked as published, always count.
    """
    wanted = {need.item_code for need in situation.needs}
    depots = {depot.code for depot in situation.depots}
    useful = [offer for offer in offers if offer.item_code in wanted and offer.depot_code in depots]
    counted = tuple(o for o in useful if modelled or o.evidence is not Evidence.MODELLED)
    num_modelled = sum(offer.evidence is Evidence.MODELLED for offer in useful)
    num_spot = sum(
        offer.evidence is Evidence.MODELLED and offer.kind is OfferKind.SPOT for offer in useful
    )
    notes: tuple[Sentence, ...] = ()
    if num_modelled and modelled:
        notes = (
            say(
                "{num} modelled agreements with suppliers are counted on, and {spot} modelled spot "
                "purchases; no real contract or seller is meant.",
                num=num_modelled - num_spot,
                spot=num_spot,
            ),
        )
    elif num_modelled:
        notes = (
            say(
                "{num} modelled agreements with suppliers and {spot} modelled spot purchases are "
                "not counted on; --agreements would count on them.",
                num=num_modelled - num_spot,
                spot=num_spot,
            ),
        )
    given = tuple(
        one
        for one in donations
        if one.item_code in wanted
        and one.depot_code in depots
        and (modelled or one.evidence is not Evidence.MODELLED)
    )
    until = situation.policy.window_ends[-1]
    lots = (
        *situation.lots,
        *(lot for offer in counted for lot in offer.batches(until)),
        *(lot for one in given for lot in one.lots(until)),
    )
    return replace(situation, offers=counted, donations=given, lots=lots), notes
