"""An answer held against its problem, in exact arithmetic and plain loops.

Shares no code with the search: it reads only the two types.
"""

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from fractions import Fraction

from relief.sentences import Sentence, say
from solvers.allocation.sourcing import Sourcing, SourcingProblem

TOLERANCE = Fraction(1, 10**6)
"""Share of a limit, and of the cost, by which floating point may miss it."""


def violations(problem: SourcingProblem, answer: Sourcing) -> tuple[Sentence, ...]:
    """Return every rule of the problem that an answer breaks; empty for a good one."""
    return tuple(_violations(problem, answer))


def _violations(problem: SourcingProblem, answer: Sourcing) -> Iterator[Sentence]:
    site_at = {code: index for index, code in enumerate(problem.site_codes)}
    place_at = {code: index for index, code in enumerate(problem.place_codes)}
    item_at = {code: index for index, code in enumerate(problem.item_codes)}
    sent: dict[tuple[int, int, int], Fraction] = defaultdict(Fraction)
    for flow in answer.flows:
        way = site_at[flow.site_code], place_at[flow.place_code], item_at[flow.item_code]
        sent[way] += Fraction(flow.sent_pieces)
        if flow.sent_pieces <= 0 or math.isinf(float(problem.unit_cost_yuan[way])):
            yield say(
                "Nothing may go from {site} to {place}.", site=flow.site_code, place=flow.place_code
            )
            return
    missing: dict[tuple[int, int], Fraction] = defaultdict(Fraction)
    for unserved in answer.unserved:
        need = place_at[unserved.place_code], item_at[unserved.item_code]
        missing[need] += Fraction(unserved.missing_pieces)
    yield from _at_places(problem, sent, missing)
    yield from _at_sites(problem, sent)
    sending = {site for site, _, _ in sent}
    if {problem.site_codes[site] for site in sending} != set(answer.open_sites):
        yield say("The open sites are not those that send something.")
    if problem.max_open is not None and len(sending) > problem.max_open:
        yield say(
            "{found} sites are open, {most} may be.", found=len(sending), most=problem.max_open
        )
    yield from _about_cost(problem, answer, sent, missing)


def _at_places(
    problem: SourcingProblem,
    sent: Mapping[tuple[int, int, int], Fraction],
    missing: Mapping[tuple[int, int], Fraction],
) -> Iterator[Sentence]:
    """Yield what is wrong with what places get."""
    found: dict[tuple[int, int], Fraction] = defaultdict(Fraction, missing)
    sources: dict[tuple[int, int], int] = defaultdict(int)
    for (_, place, item), pieces in sent.items():
        found[place, item] += pieces
        sources[place, item] += 1
    for place, place_code in enumerate(problem.place_codes):
        for item, item_code in enumerate(problem.item_codes):
            wanted = Fraction(float(problem.demand_pieces[place, item]))
            if _differ(found[place, item], wanted):
                yield say(
                    "{place} needs {wanted} of {item}; sent and unserved are {found} together.",
                    place=place_code,
                    item=item_code,
                    wanted=float(wanted),
                    found=float(found[place, item]),
                )
            if problem.single_source and sources[place, item] > 1:
                yield say("{place} is served by more than one site.", place=place_code)


def _at_sites(
    problem: SourcingProblem, sent: Mapping[tuple[int, int, int], Fraction]
) -> Iterator[Sentence]:
    """Yield what is wrong with what sites send."""
    of_stock: dict[tuple[int, int], Fraction] = defaultdict(Fraction)
    of_site_kg: dict[int, Fraction] = defaultdict(Fraction)
    for (site, _, item), pieces in sent.items():
        of_stock[site, item] += pieces
        of_site_kg[site] += pieces * Fraction(float(problem.piece_kg[item]))
    for (site, item), pieces in of_stock.items():
        yield from _above(problem.site_codes[site], pieces, float(problem.stock_pieces[site, item]))
    for site, kg in of_site_kg.items():
        yield from _above(problem.site_codes[site], kg, float(problem.capacity_kg[site]))
        least = Fraction(float(problem.least_kg[site]))
        if kg < least * (1 - TOLERANCE):
            yield say(
                "{site} sends {found}, which is less than {least}.",
                site=problem.site_codes[site],
                found=float(kg),
                least=float(least),
            )


def _about_cost(
    problem: SourcingProblem,
    answer: Sourcing,
    sent: Mapping[tuple[int, int, int], Fraction],
    missing: Mapping[tuple[int, int], Fraction],
) -> Iterator[Sentence]:
    """Yield what is wrong with the cost and the bound."""
    cost = sum(
        (pieces * Fraction(float(problem.unit_cost_yuan[way])) for way, pieces in sent.items()),
        Fraction(0),
    )
    for site in {site for site, _, _ in sent}:
        cost += Fraction(float(problem.opening_cost_yuan[site]))
    if problem.unmet_cost_yuan is not None:
        for need, pieces in missing.items():
            cost += pieces * Fraction(float(problem.unmet_cost_yuan[need]))
    claimed = Fraction(answer.cost_yuan)
    if _differ(cost, claimed):
        yield say(
            "The answer claims a cost of {claimed}; its flows cost {found}.",
            claimed=float(claimed),
            found=float(cost),
        )
    bound = claimed if answer.bound_yuan is None else Fraction(answer.bound_yuan)
    if bound > claimed and _differ(bound, claimed):
        yield say("The bound is above the cost.")


def _differ(found: Fraction, wanted: Fraction) -> bool:
    return abs(found - wanted) > TOLERANCE * max(abs(wanted), Fraction(1))


def _above(site_code: str, found: Fraction, most: float) -> Iterator[Sentence]:
    if not math.isinf(most) and found > Fraction(most) and _differ(found, Fraction(most)):
        yield say(
            "{site} sends {found}, which is more than {most}.",
            site=site_code,
            found=float(found),
            most=most,
        )
