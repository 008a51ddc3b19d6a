"""What may be on one truck together, and on which trucks it may be at all.

Kinds of goods are bits of whole numbers, so that the searches ask for next to nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from relief.plan.situation import Situation


@dataclass(frozen=True, slots=True, kw_only=True)
class Cargo:
    """Goods, as far as it matters what they are.

    Parameters
    ----------
    groups
        A bit for each kind of goods that is among them.
    apart
        A bit for each kind that must not be with them.
    needs_cooling
        Whether some of them need a body that is kept cool.
    """

    groups: int = 0
    apart: int = 0
    needs_cooling: bool = False

    def goes_with(self, other: "Cargo") -> bool:
        """Return whether both may be on one truck; apart is apart both ways."""
        return not (self.apart & other.groups)

    def joined(self, other: "Cargo") -> "Cargo":
        """Return both together."""
        return Cargo(
            groups=self.groups | other.groups,
            apart=self.apart | other.apart,
            needs_cooling=self.needs_cooling or other.needs_cooling,
        )


ANYTHING = Cargo()
"""Goods that travel with anything on anything."""


def cargo_of(situation: Situation) -> dict[str, Cargo]:
    """Return what is to be heeded of each item, under its code; what goes anywhere is left out.

    Goods are kept apart only from such as there are in some lot.
    """
    items = situation.catalogue.by_code()
    held = {group for lot in situation.lots for group in items[lot.item_code].cargo_groups}
    apart: dict[str, set[str]] = {}
    for pair in situation.catalogue.apart:
        if pair.group not in held or pair.other_group not in held:
            continue
        apart.setdefault(pair.group, set()).add(pair.other_group)
        apart.setdefault(pair.other_group, set()).add(pair.group)
    bit = {group: 1 << number for number, group in enumerate(sorted(apart))}
    found = {}
    for item in items.values():
        groups = [group for group in item.cargo_groups if group in bit]
        kept_apart = {other for group in groups for other in apart[group]}
        cargo = Cargo(
            groups=sum(bit[group] for group in groups),
            apart=sum(bit[other] for other in kept_apart),
            needs_cooling=item.needs_cooling,
        )
        if cargo != ANYTHING:
            found[item.code] = cargo
    return found


def together(cargoes: Iterable[Cargo]) -> Cargo:
    """Return all together."""
    all_of_it = ANYTHING
    for cargo in cargoes:
        if cargo is not ANYTHING:
            all_of_it = all_of_it.joined(cargo)
    return all_of_it
