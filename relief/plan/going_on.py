"""The situation in which a plan goes on: what is delivered, on board and left, at an instant."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from relief.damage.needs import Need
from relief.items import Catalogue
from relief.plan.execution import Progress
from relief.plan.execution_events import Delivery
from relief.plan.orders import Order, Pin
from relief.plan.situation import Situation
from relief.plan.travel import TravelTimes
from relief.plan.under_way import TakenIn
from relief.plan.wrecks import Wreck, goods_by_road
from relief.supply.made_up import drawn_pieces


def situation_going_on(
    situation: Situation,
    done: Progress,
    *,
    travel: TravelTimes | None = None,
    wrecks: Sequence[Wreck] = (),
) -> Situation:
    """Return the situation as it is at the instant of the progress.

    The start, the windows and the due times stay, so that being late is counted as before. Lots
    lose what was loaded, needs what was delivered, in order of due time. Trucks that have not left
    their base are ready there now at the earliest.

    Parameters
    ----------
    situation
        What the plan was made for.
    done
        Where the plan stands.
    travel
        Travel times where they have changed, or where a vehicle is at a point on the road.
    wrecks
        Broken trucks whose goods others can fetch; the travel times hold their depots.
    """
    loaded = Counter(dict(done.loaded_pieces))
    loaded += drawn_pieces(loaded, situation.lots)
    after = done.at - situation.start_at
    by_road, under_way = goods_by_road(situation, done, wrecks)
    return replace(
        situation,
        needs=needs_left(situation.needs, done.delivered, situation.catalogue),
        lots=tuple(
            replace(lot, pieces=lot.pieces - loaded[lot.code]) if lot.code in loaded else lot
            for lot in situation.lots
        )
        + by_road,
        depots=(*situation.depots, *(wreck.depot for wreck in wrecks)),
        pools=tuple(
            replace(pool, ready_after=max(pool.ready_after, after)) for pool in situation.pools
        ),
        travel=travel if travel is not None else situation.travel,
        under_way=under_way,
        as_of=done.at,
        orders=orders_left(situation, done.delivered),
        taken_in=taken_in(situation, done.delivered),
    )


def taken_in(situation: Situation, delivered: Iterable[Delivery]) -> tuple[TakenIn, ...]:
    """Return what counts against receiving limits once all this is delivered, by place and window.

    Without receiving limits nothing is counted.
    """
    if not situation.receiving_limits:
        return ()
    items = situation.catalogue.by_code()
    mass_g: dict[tuple[str, int], int] = defaultdict(int)
    for known in situation.taken_in:
        mass_g[known.place_code, known.window] += known.mass_g
    for one in delivered:
        window = situation.window_of(one.at)
        if window is not None:
            mass_g[one.place_code, window] += one.pieces * items[one.item_code].mass_g
    return tuple(
        TakenIn(place_code=place_code, window=window, mass_g=num)
        for (place_code, window), num in sorted(mass_g.items())
    )


def orders_left(situation: Situation, delivered: Iterable[Delivery]) -> tuple[Order, ...]:
    """Return an officer's orders without what has been met of them; met pins are gone."""
    left: list[Order] = []
    come = list(delivered)
    for order in situation.orders:
        if not isinstance(order, Pin):
            left.append(order)
            continue
        depot_of = {lot.code: lot.depot_code for lot in situation.lots}
        met = sum(
            one.pieces
            for one in come
            if (one.place_code, one.item_code) == (order.place_code, order.item_code)
            and one.at <= situation.start_at + order.by
            and order.depot_code in ("", depot_of[one.lot_code])
        )
        if met < order.pieces:
            left.append(replace(order, pieces=order.pieces - met))
    return tuple(left)


def needs_left(
    needs: Iterable[Need],
    delivered: Iterable[Delivery],
    catalogue: Catalogue = Catalogue(items=()),  # noqa: B008 - frozen
) -> tuple[Need, ...]:
    """Return the needs without what has been delivered, in their order; filled ones are gone.

    A substitute fills the needs for what it stands in for.
    """
    stand_ins = catalogue.stand_in_of()
    brought: dict[tuple[str, str], int] = defaultdict(int)
    for one in delivered:
        stand_in = stand_ins.get(one.item_code)
        if stand_in is None:
            brought[one.place_code, one.item_code] += one.pieces
        else:
            brought[one.place_code, stand_in.stands_for_code] += one.pieces * stand_in.met_pieces
    left = []
    in_order = list(needs)
    by_due = sorted(range(len(in_order)), key=lambda number: in_order[number].due_at)
    pieces_left = {}
    for number in by_due:
        need = in_order[number]
        key = (need.place_code, need.item_code)
        filled = min(need.pieces, brought[key])
        brought[key] -= filled
        pieces_left[number] = need.pieces - filled
    for number, need in enumerate(in_order):
        if pieces_left[number]:
            left.append(replace(need, pieces=pieces_left[number]))
    return tuple(left)
