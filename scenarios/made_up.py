"""Which kits and substitutes a plan may make up of what lies in the depots."""

from collections.abc import Iterator
from dataclasses import replace

from relief.plan.situation import Situation
from relief.sentences import Sentence, say
from relief.supply.made_up import made_up_lots, with_kit_items, with_stand_ins


def with_made_up(
    situation: Situation, *, kits: bool, substitutes: bool
) -> tuple[Situation, tuple[Sentence, ...]]:
    """Return a situation whose depots may make up kits and send substitutes, and what to say of it.

    Parameters
    ----------
    situation
        Before offers and carriers are added.
    kits
        Whether kits that somebody needs are made up of their parts.
    substitutes
        Whether items that somebody needs may be replaced by their substitutes.
    """
    if not (kits or substitutes):
        return situation, ()
    wanted = {need.item_code for need in situation.needs}
    catalogue = situation.catalogue
    if kits:
        catalogue = with_kit_items(catalogue)
    if substitutes:
        catalogue = with_stand_ins(catalogue, wanted)
    added = made_up_lots(catalogue, situation.lots, wanted, kits=kits)
    made = replace(situation, catalogue=catalogue, lots=(*situation.lots, *added))
    return made, tuple(_notes(made, wanted, kits=kits, substitutes=substitutes))


def _notes(
    situation: Situation, wanted: set[str], *, kits: bool, substitutes: bool
) -> Iterator[Sentence]:
    catalogue = situation.catalogue
    needed = [kit.name_en for kit in catalogue.kits if kit.code in wanted]
    if kits and needed:
        yield say(
            "Kits are made up on loading from parts in the same depot and count only when "
            "complete: {kits}.",
            kits=", ".join(needed),
        )
    if substitutes and catalogue.stand_ins:
        yield say(
            "{num} substitutes may stand in for what is short, in whole sets; the ratios and what "
            "they are worth are modelled unless the network says otherwise.",
            num=len(catalogue.stand_ins),
        )
