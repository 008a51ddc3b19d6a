"""Money: pots that pay for calls on suppliers and for transport, by their shares, up to a limit.

Transport is shared by the tier of the depot from which a vehicle drives: its trips and its way home
are a cost of that tier. Each tier that any pot pays for is paid in full; the others' transport is
nobody's concern here.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from relief.errors import Fault
from relief.places import Evidence, Tier
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
        Millionths of the cost of calls that it pays; those of all pots make 1,000,000.
    evidence, source
        Whether limit and share are published (or the user's own), or modelled, and by which rule.
    transport_shares_ppm
        Millionths of the transport of each tier's vehicles that it pays; those of all pots make
        1,000,000 for each tier that any of them names.
    """

    code: str
    name_zh: str
    name_en: str
    most_fen: int
    share_ppm: int
    evidence: Evidence
    source: str
    transport_shares_ppm: tuple[tuple[Tier, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """What a pot pays in a plan."""

    pot_code: str
    paid_fen: int


def payments(
    pots: Sequence[Pot], cost_fen: int, transport_fen: Mapping[Tier, int] = MappingProxyType({})
) -> tuple[Payment, ...]:
    """Split costs over pots, exact to the fen, in the order of the pots.

    The calls and each tier's transport are split one by one. Each pot pays its share rounded down;
    the fen that are left go one each to the pots that lost most by that, the first of equals first.

    Parameters
    ----------
    pots
        The pots.
    cost_fen
        Of the calls.
    transport_fen
        Of the transport, by the tier of the vehicles' base.

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
    paid_fen = _split([pot.share_ppm for pot in pots], cost_fen)
    for tier in transport_tiers(pots):
        shares = [dict(pot.transport_shares_ppm).get(tier, 0) for pot in pots]
        parts = _split(shares, transport_fen.get(tier, 0))
        paid_fen = [paid + part for paid, part in zip(paid_fen, parts, strict=True)]
    return tuple(
        Payment(pot_code=pot.code, paid_fen=fen) for pot, fen in zip(pots, paid_fen, strict=True)
    )


def _split(shares_ppm: Sequence[int], cost_fen: int) -> list[int]:
    whole = [cost_fen * share // PPM for share in shares_ppm]
    lost = [cost_fen * share % PPM for share in shares_ppm]
    order = sorted(range(len(whole)), key=lambda number: (-lost[number], number))
    for number in order[: cost_fen - sum(whole)]:
        whole[number] += 1
    return whole


def transport_tiers(pots: Sequence[Pot]) -> tuple[Tier, ...]:
    """Return the tiers whose transport is paid from pots."""
    return tuple(sorted({tier for pot in pots for tier, _ in pot.transport_shares_ppm}))


def can_pay(
    pots: Sequence[Pot], cost_fen: int, transport_fen: Mapping[Tier, int] = MappingProxyType({})
) -> bool:
    """Return whether the pots can pay costs; without pots, anything can be paid."""
    paid = payments(pots, cost_fen, transport_fen)
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
    for tier in transport_tiers(pots):
        shares = [dict(pot.transport_shares_ppm).get(tier, 0) for pot in pots]
        if sum(shares) != PPM or min(shares) < 0:
            yield Fault(
                where="pots",
                field=f"transport_shares_ppm {tier.name.lower()}",
                value=str(sum(shares)),
                what=say("The shares of a tier's transport do not sum to one, or one is negative."),
                allowed=str(PPM),
                remedy=say("Correct the shares: each cost must be paid in full, and once."),
            )
