"""Loading lists: what stands where in each truck, in which order it goes in, what axles bear."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadingBlock:
    """Pieces of a lot for a stop that stand together.

    Parameters
    ----------
    load_number, delivery_number
        Where they are loaded and unloaded: counted from 1 among the loads and the deliveries of
        the trip.
    compartment
        Counted from 1, from the front.
    lot_code, item_code, pieces
        What.
    packs, loose_pieces
        The same in whole packs, and what is left of an opened one.
    from_mm, to_mm
        Where, from the front wall. Blocks with the same place are layers, the lowest one first.
    """

    load_number: int
    delivery_number: int
    compartment: int
    lot_code: str
    item_code: str
    pieces: int
    packs: int
    loose_pieces: int
    from_mm: int
    to_mm: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AxleLoad:
    """What rests on the axles, truck and goods.

    Parameters
    ----------
    deliveries_done
        After how many deliveries.
    front_kg, rear_kg
        On the two supports of `TruckBody`, to the nearest kilogram.
    """

    deliveries_done: int
    front_kg: int
    rear_kg: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadingList:
    """How a truck is loaded for a trip.

    Parameters
    ----------
    waybill
        Of the trip.
    blocks
        In the order in which they go in.
    axle_loads
        With all on board, and after each delivery but the last.
    over_kg
        By how much an axle, or the truck, bears too much, or the front too little, at worst.
    moved_aside
        Deliveries at which goods of later ones stand in the way, because these were loaded later.
    """

    waybill: str
    blocks: tuple[LoadingBlock, ...]
    axle_loads: tuple[AxleLoad, ...]
    over_kg: int
    moved_aside: tuple[int, ...]
