"""Money: pots that pay for what is called from suppliers, each by its share and up to its limit."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from relief.errors import Fault
from relief.places import Evidence
from relief.sentences import say

PPM = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Pot:
    """Money that pays a part of each call.

    Parameters
    ----------
    code
        Unique among the pots.
    name_zh, name_en
        What it is called, for example the provincial relief fund.
    most_fen
        What it can pay in this plan.
    share_ppm
        Millionths of each cost that it pays; those of all pots make 1,000,000.
    evidence, source
        Whether limit and share are published (or the user's own), or modelled, and by which rule.
    """

    code: str
    name_zh: str
    name_en: str
    most_fen: int
    share_ppm: int
    evidence: Evidence
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """What a pot pays in a plan."""

    pot_code: str
    paid_fen: int


def payments(pots: Sequence[Pot], cost_fen: int) -> tuple[Payment, ...]:
    """Split a cost over pots, exact to the fen, in the order of the pots.

    Each pays its share rounded down; the fen that are left go one each to the pots that lost
    most by that, the first of equals first.

    Examples
    --------
    >>> from relief.places import Evidence
    >>> pots = [
    ...     Pot(code=c, name_zh=c, name_en=c, most_fen=0, share_ppm=s,
    ...         evidence=Evidence.MODELLED, source="")
    ...     for c, s in (("province", 600_000), ("city", 400_000))
    ... ]
    >>> [payment.paid_fen for payment in payments(pots, 101)]
    [61, 40]
    """
    whole = [cost_fen * pot.share_ppm // PPM for pot in pots]
    lost = [cost_fen * pot.share_ppm % PPM for pot in pots]
    order = sorted(range(len(pots)), key=lambda number: (-lost[number], number))
    for number in order[: cost_fen - sum(whole)]:
        whole[number] += 1
    return tuple(
        Payment(pot_code=pot.code, paid_fen=fen) for pot, fen in zip(pots, whole, strict=True)
    )


def can_pay(pots: Sequence[Pot], cost_fen: int) -> bool:
    """Return whether the pots can pay a cost; without pots, anything can be paid."""
    paid = payments(pots, cost_fen)
    return all(payment.paid_fen <= pot.most_fen for pot, payment in zip(pots, paid, strict=True))


def most_payable_fen(pots: Sequence[Pot]) -> int | None:
    """Return a cost that no pot can pay more than, within a fen for each pot; None for no limit."""
    limits = [(pot.most_fen + 1) * PPM // pot.share_ppm for pot in pots if pot.share_ppm > 0]
    return min(limits, default=None)


def pot_faults(pots: Sequence[Pot]) -> Iterator[Fault]:
    """Yield what is wrong with pots: repeated codes, negative money, shares that make no whole."""
    for code, num in Counter(pot.code for pot in pots).items():
        if num > 1:
            yield Fault(
                where=f"pot {code}",
                field="code",
                value=code,
                what=say("Given {num} times.", num=num),
                allowed="each once",
                remedy=say("Merge the entries or give them codes of their own."),
            )
    for pot in pots:
        if pot.most_fen < 0 or not 0 <= pot.share_ppm <= PPM:
            yield Fault(
                where=f"pot {pot.code}",
                field="most_fen, share_ppm",
                value=f"{pot.most_fen}, {pot.share_ppm}",
                what=say("The money is negative, or the share is not between 0 and 1."),
                allowed=f">= 0; 0 to {PPM}",
                remedy=say("Correct the pot."),
            )
    total_ppm = sum(pot.share_ppm for pot in pots)
    if pots and total_ppm != PPM:
        yield Fault(
            where="pots",
            field="share_ppm",
            value=str(total_ppm),
            what=say("The shares of the pots do not sum to one."),
            allowed=str(PPM),
            remedy=say("Correct the shares: each cost must be paid in full, and once."),
        )
