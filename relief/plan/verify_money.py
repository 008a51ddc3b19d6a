"""Verifying money: what pots pay is what calls cost, by their shares and within their limits."""

from relief.places import Tier
from relief.plan.certificate import Rule
from relief.plan.dispatch_plan import DispatchPlan
from relief.plan.verify_ground import Ground, Tally
from relief.plan.verify_offers import calls_fen
from relief.plan.verify_trucks import stops_of
from relief.sentences import say


def check_money(plan: DispatchPlan, ground: Ground, tally: Tally) -> None:
    """Check every pot to the fen; without pots nobody says who pays, and nothing is checked."""
    pots = ground.situation.pots
    if not pots and not plan.payments:
        return
    costs = [(calls_fen(plan, ground), {pot.code: pot.share_ppm for pot in pots})]
    for tier in Tier:
        shares = {
            pot.code: share for pot in pots for of, share in pot.transport_shares_ppm if of is tier
        }
        if shares:
            costs.append((_driven_fen(plan, tier, ground), shares))
    cost_fen = sum(cost for cost, _ in costs)
    paid = {payment.pot_code: payment.paid_fen for payment in plan.payments}
    tally.true(
        Rule.MONEY,
        "pots",
        say("The payments do not name each pot once."),
        fact=[payment.pot_code for payment in plan.payments] == [pot.code for pot in pots],
    )
    tally.equal(
        Rule.MONEY,
        "pots",
        say(
            "The pots pay {paid} fen, but calls and transport cost {cost}.",
            paid=sum(paid.values()),
            cost=cost_fen,
        ),
        found=sum(paid.values()),
        limit=cost_fen,
        unit="fen",
    )
    for pot in pots:
        pays = paid.get(pot.code, 0)
        # Shares in whole fen: for each cost less than one fen away from the exact one.
        exact_ppm = sum(cost * shares.get(pot.code, 0) for cost, shares in costs)
        off_ppm = abs(pays * 1_000_000 - exact_ppm)
        tally.at_most(
            Rule.MONEY,
            f"pot {pot.code}",
            say(
                "Pot {pot} pays {paid} fen of {cost}, which is not its share.",
                pot=pot.code,
                paid=pays,
                cost=cost_fen,
            ),
            found=off_ppm,
            limit=1_000_000 * len(costs) - 1,
            unit="millionths of a fen",
        )
        tally.at_most(
            Rule.MONEY,
            f"pot {pot.code}",
            say(
                "Pot {pot} pays {paid} fen and holds {most}.",
                pot=pot.code,
                paid=pays,
                most=pot.most_fen,
            ),
            found=pays,
            limit=pot.most_fen,
            unit="fen",
        )


def _driven_fen(plan: DispatchPlan, tier: Tier, ground: Ground) -> int:
    """Return what the vehicles based at the depots of a tier cost, their ways home included."""
    total = 0
    for route in plan.vehicle_routes:
        kind = ground.vehicle_classes.get(route.class_code)
        base = ground.depots.get(route.base_code)
        if kind is None or base is None or base.tier is not tier:
            continue
        total += len(route.trips) * kind.cost_fen_per_trip
        for _, stop in stops_of(route):
            leg_m = ground.leg_m(kind, stop.leg.from_code, stop.leg.to_code)
            total += -(-leg_m * kind.cost_fen_per_km // 1_000)
    return total
