"""Small situations drawn from a seed, for properties that must hold for all of them."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TypeVar

from relief.items import Kit, KitPart, Priority, Substitute
from relief.places import STORE_TIERS
from relief.plan.situation import Situation
from relief.supply.made_up import made_up_lots, with_kit_items, with_stand_ins
from tests import situations as hand

T = TypeVar("T")


def small_situation(
    seed: int,
    *,
    num_places: int = 3,
    num_depots: int = 3,
    num_items: int = 2,
    metric: bool = True,
) -> Situation:
    """Return a situation with scarce stock and few trucks, and some roads that are missing."""
    draw = random.Random(seed)  # noqa: S311 - a reproducible case, not a secret
    places = [f"4200{10 + p}" for p in range(num_places)]
    depots = [f"4200{10 + s}-01" for s in range(num_depots)]
    items = [
        hand.item(
            f"item-{k}",
            mass_kg=draw.choice([2, 10, 40]),
            volume_dm3=draw.choice([20, 100, 400]),
            priority=draw.choice(list(Priority)),
        )
        for k in range(num_items)
    ]
    needs = [
        hand.need(
            place,
            item.code,
            draw.randint(1, 120),
            due_h=due_h,
            milli_people_per_piece=draw.choice([1000, 1000, 2500]),
            priority=item.priority,
        )
        for place in places
        for item in items
        for due_h in (12, 24, 48, 72)
        if draw.random() < 0.5
    ]
    lots = [
        hand.lot(
            f"lot-{depot}-{item.code}",
            depot,
            item.code,
            draw.randint(1, 150),
            owner=draw.choice(STORE_TIERS),
        )
        for depot in depots
        for item in items
        if draw.random() < 0.8
    ]
    classes = [
        hand.truck("truck-s", payload_kg=800, volume_dm3=6_000),
        hand.truck("truck-l", payload_kg=3_000, volume_dm3=15_000, load_min=60),
    ]
    pools = [
        hand.pool(
            depot,
            draw.randint(1, 2),
            class_code=draw.choice(classes).code,
            num_drivers=draw.randint(1, 2),
            ready_min=draw.choice([0, 60, 300]),
        )
        for depot in depots
        if draw.random() < 0.8
    ]
    codes = [*depots, *places]
    at = {code: (draw.uniform(0, 9), draw.uniform(0, 9)) for code in codes}
    hours = {
        (a, b): round(0.2 + abs(at[a][0] - at[b][0]) + abs(at[a][1] - at[b][1]), 2)
        * (1.0 if metric else draw.uniform(0.3, 1.5))
        for a in codes
        for b in codes
        if a != b and draw.random() < 0.9
    }
    return hand.situation(
        items=items,
        places=[hand.place(code) for code in places],
        needs=needs,
        depots=[hand.depot(code) for code in depots],
        lots=lots,
        pools=pools,
        hours_between=hours,
        classes=classes,
    )


def with_late_lots(situation: Situation, seed: int) -> Situation:
    """Return the situation with some lots that lie ready only hours after the start."""
    draw = random.Random(seed)  # noqa: S311 - a reproducible case, not a secret
    return replace(
        situation,
        lots=tuple(
            replace(lot, ready_after=timedelta(hours=draw.choice([0, 2, 9, 21, 40])))
            for lot in situation.lots
        ),
    )


def with_made_up(situation: Situation, seed: int) -> Situation:
    """Return the situation with a kit of its items, needed somewhere, and substitutes."""
    draw = random.Random(seed)  # noqa: S311 - a reproducible case, not a secret
    first, second = (item.code for item in situation.catalogue.items[:2])
    kit = Kit(
        code="kit",
        name_zh="套",
        name_en="kit",
        parts=tuple(KitPart(item_code=code, pieces=draw.randint(1, 3)) for code in (first, second)),
    )
    substitute = Substitute(
        item_code=first,
        stands_for_code=second,
        pieces_per_piece_milli=draw.choice([500, 1000, 1500, 2000]),
        worth_share=draw.choice([0.25, 0.5, 1.0]),
    )
    catalogue = replace(situation.catalogue, kits=(kit,), substitutes=(substitute,))
    catalogue = with_stand_ins(with_kit_items(catalogue), {second})
    needs = [
        *situation.needs,
        *(
            hand.need(place.code, "kit", draw.randint(1, 40), due_h=draw.choice([12, 48]))
            for place in situation.places
            if draw.random() < 0.7
        ),
    ]
    wanted = {need.item_code for need in needs}
    return replace(
        situation,
        catalogue=catalogue,
        needs=tuple(needs),
        lots=(*situation.lots, *made_up_lots(catalogue, situation.lots, wanted, kits=True)),
    )


def with_expiry(situation: Situation, seed: int) -> Situation:
    """Return the situation with lots that expire within the days in which they must arrive."""
    draw = random.Random(seed)  # noqa: S311 - a reproducible case, not a secret
    first = situation.start_at.date() + situation.policy.min_remaining_life
    return replace(
        situation,
        lots=tuple(
            replace(lot, expires_on=first + timedelta(days=draw.randint(0, 4)))
            if draw.random() < 0.7
            else lot
            for lot in situation.lots
        ),
    )


def with_agreements(situation: Situation, seed: int, num: int = 2) -> Situation:
    """Return the situation with agreements instead of some of its lots."""
    draw = random.Random(seed)  # noqa: S311 - a reproducible case, not a secret
    replaced = situation.lots[:num]
    offers = []
    for lot in replaced:
        reserved = lot.pieces + draw.randint(0, 100)
        offers.append(
            hand.agreement(
                f"offer-{lot.code}",
                lot.depot_code,
                lot.item_code,
                reserved,
                least_call_pieces=draw.randint(0, reserved),
                lead_h=draw.choice([0, 5, 20]),
                batch_pieces=draw.choice([reserved, 1 + reserved // 3]),
                period_h=12,
                piece_fen=draw.choice([0, 1_000]),
            )
        )
    return hand.offering(replace(situation, lots=situation.lots[num:]), *offers)


def with_spot(situation: Situation, seed: int) -> Situation:
    """Return the situation with goods for sale in its first depots."""
    draw = random.Random(seed)  # noqa: S311 - a reproducible case, not a secret
    return hand.offering(
        situation,
        *(
            hand.spot(
                f"spot-{depot.code}",
                depot.code,
                draw.choice(situation.catalogue.items).code,
                draw.randint(1, 80),
                lead_h=draw.choice([0, 5, 20, 80]),
                piece_fen=draw.choice([0, 1_000]),
            )
            for depot in situation.depots[:2]
        ),
    )


def with_more_stock(situation: Situation, pieces: int) -> Situation:
    """Return the situation with so many more pieces in each lot."""
    return replace(
        situation,
        lots=tuple(replace(lot, pieces=lot.pieces + pieces) for lot in situation.lots),
    )


def with_more_trucks(situation: Situation, num: int) -> Situation:
    """Return the situation with so many more trucks in each pool."""
    return replace(
        situation,
        pools=tuple(
            replace(pool, num_vehicles=pool.num_vehicles + num) for pool in situation.pools
        ),
    )


def reversed_order(situation: Situation) -> Situation:
    """Return the same situation with every list turned round."""

    return replace(
        situation,
        places=_turned(situation.places),
        needs=_turned(situation.needs),
        depots=_turned(situation.depots),
        lots=_turned(situation.lots),
        pools=_turned(situation.pools),
        vehicle_classes=_turned(situation.vehicle_classes),
    )


def _turned(things: Sequence[T]) -> tuple[T, ...]:
    return tuple(reversed(things))
