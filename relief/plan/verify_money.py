"""Verifying money: what pots pay is what calls cost, by their shares and within their limits."""

from relief.plan.certificate import Rule
from relief.plan.dispatch_plan import DispatchPlan
from relief.plan.verify_ground import Ground, Tally
from relief.plan.verify_offers import calls_fen
from relief.sentences import say


def check_money(plan: DispatchPlan, ground: Ground, tally: Tally) -> None:
    """Check every pot to the fen; without pots nobody says who pays, and nothing is checked."""
    pots = ground.situation.pots
    if not pots and not plan.payments:
        return
    cost_fen = calls_fen(plan, ground)
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
            "The pots pay {paid} fen, but the calls cost {cost}.",
            paid=sum(paid.values()),
            cost=cost_fen,
        ),
        found=sum(paid.values()),
        limit=cost_fen,
        unit="fen",
    )
    for pot in pots:
        pays = paid.get(pot.code, 0)
        # A share in whole fen: less than one fen away from the exact one.
        off_ppm = abs(pays * 1_000_000 - cost_fen * pot.share_ppm)
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
            limit=999_999,
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
