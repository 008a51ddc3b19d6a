"""The catalogue of relief items (物资): what a piece weighs, fills and replaces."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from relief.units import CM3_PER_M3, GRAMS_PER_KG


class Priority(IntEnum):
    """How urgent a need is by its nature; a smaller number goes first."""

    LIFE_SAVING = 1
    ESSENTIAL = 2
    COMFORT = 3


class Confidence(StrEnum):
    """How far a figure can be trusted, as in the source tables of this project."""

    OFFICIAL = "A"
    """A standard body, an authority, or an agency's catalogue."""
    NEWS = "B"
    VENDOR = "C"
    MEMORY = "M"
    """General knowledge, unchecked: replace it with supplier data."""
    DERIVED = "I"
    """Computed or inferred here from other figures."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One kind of goods.

    Parameters
    ----------
    code
        A short lower-case name, for example ``tent-12-single``.
    name_zh, name_en
        The names.
    unit_zh, unit_en
        What one piece is called (顶 / tent, 床 / quilt, 箱 / case).
    mass_g, volume_cm3
        Of one piece as packed for transport.
    pack_pieces
        Pieces in the smallest pack that is moved.
    shelf_life_months
        Storage life, None where the item does not expire.
    price_fen
        A planning price of one piece in fen; 0 where unknown.
    priority
        How urgent a need for it is by its nature.
    source, confidence
        Where mass, volume and shelf life come from, and how far to trust them.
    least_life_days
        Days of use that a piece must have left when it arrives; what the policy asks for holds
        besides.
    cargo_groups
        What kinds of goods it is, in the words of `Catalogue.apart`, for example ``food`` or
        ``fuel``; several where it is made up of several, none where it travels with anything.
    needs_cooling
        Whether it travels only in a body that is kept cool, as vaccines do.
    """

    code: str
    name_zh: str
    name_en: str
    unit_zh: str
    unit_en: str
    mass_g: int
    volume_cm3: int
    pack_pieces: int
    shelf_life_months: int | None
    price_fen: int
    priority: Priority
    source: str
    confidence: Confidence
    least_life_days: int = 0
    cargo_groups: tuple[str, ...] = ()
    needs_cooling: bool = False

    @property
    def mass_kg(self) -> float:
        """Mass of one piece."""
        return self.mass_g / GRAMS_PER_KG

    @property
    def volume_m3(self) -> float:
        """Volume of one piece."""
        return self.volume_cm3 / CM3_PER_M3


@dataclass(frozen=True, slots=True, kw_only=True)
class KitPart:
    """An item inside a kit and how many pieces of it."""

    item_code: str
    pieces: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Kit:
    """A set of items that is worth something only when complete."""

    code: str
    name_zh: str
    name_en: str
    parts: tuple[KitPart, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Substitute:
    """An item that can stand in for another.

    Parameters
    ----------
    item_code, stands_for_code
        The substitute, and what it replaces.
    pieces_per_piece_milli
        Thousandths of a piece of the substitute for one piece of the original.
    worth_share
        How much of the original's use it gives, 0 to 1.
    """

    item_code: str
    stands_for_code: str
    pieces_per_piece_milli: int
    worth_share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StandIn:
    """A substitute as it is sent: so many pieces of it for so many pieces of what is needed.

    Parameters
    ----------
    item_code
        The item that such a set is: its mass is that of all pieces in it.
    stands_for_code
        The item that is needed.
    met_pieces
        Pieces of the need that a set meets; >= 1.
    worth_milli
        Thousandths of the original's use that it gives, 0 to 1,000. Whoever gets it is charged
        the rest of `PlanningPolicy.never_extra`, as if that part never came.
    """

    item_code: str
    stands_for_code: str
    met_pieces: int
    worth_milli: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Apart:
    """Two kinds of goods that must never be on one vehicle at the same time.

    Parameters
    ----------
    group, other_group
        As in `Item.cargo_groups`.
    """

    group: str
    other_group: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """All items, kits and substitutes that a plan may use.

    Parameters
    ----------
    items
        The items, those of which there are only sets among them.
    kits, substitutes
        What may be made up, and what may stand in.
    stand_ins
        The substitutes that a plan may really send; none unless `relief.supply.made_up` adds them.
    apart
        What must not travel together.
    """

    items: tuple[Item, ...]
    kits: tuple[Kit, ...] = ()
    substitutes: tuple[Substitute, ...] = ()
    stand_ins: tuple[StandIn, ...] = ()
    apart: tuple[Apart, ...] = ()

    def by_code(self) -> dict[str, Item]:
        """Return the items under their codes."""
        return {item.code: item for item in self.items}

    def stand_in_of(self) -> dict[str, StandIn]:
        """Return the stand-ins under the codes of the items that they are sent as."""
        return {one.item_code: one for one in self.stand_ins}
