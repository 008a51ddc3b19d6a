"""Explaining a plan from its folder: what binds, what cures it, what an order would cost."""

import time
from dataclasses import dataclass

from api.plan_result import PlanResult
from api.planning import PlanRequest
from geodata.plan_travel import PlanTravel
from geodata.roads import RoadNetwork, load_roads
from geodata.stored_network import open_roads
from relief.errors import Fault, Gathering, InvalidInput
from relief.plan.allocation import Shortfall
from relief.plan.measures import worst_shortfalls
from relief.plan.order_reading import WrittenOrder, orders_of
from relief.plan.outcome import Clock, Progress, ProgressStep, SolveLimits, silent
from relief.plan.situation import Situation
from relief.plan.travel import TravelTimes
from relief.sentences import say
from scenarios.cures import Cure, Retime, cures
from scenarios.explanations import Binding, OrderPrice, Origin, bindings, origins, price_of
from scenarios.overlay import locations_of
from solvers.allocation.first_stage import FirstStage, first_stage
from solvers.stop import Deadline

NUM_SHORTFALLS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainRequest:
    """What is asked of a plan.

    Parameters
    ----------
    place, item
        Code or name; empty for the worst shortages, wherever they are.
    num_cures
        How many cures to look for; 0 for none.
    override
        Orders whose price is asked for.
    seconds
        For all solving together.
    """

    place: str = ""
    item: str = ""
    num_cures: int = 0
    override: tuple[WrittenOrder, ...] = ()
    seconds: float = 120.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Explanation:
    """What there is to say of a plan.

    Parameters
    ----------
    bindings
        What binds each shortage that was asked about.
    origins
        Why the goods of the place that was asked about come from where they come.
    cures
        What would help, confirmed; None where it was not asked for.
    price
        Of the orders that were asked about; None without any.
    """

    bindings: tuple[Binding, ...]
    origins: tuple[Origin, ...]
    cures: tuple[Cure, ...] | None
    price: OrderPrice | None


def explain(
    result: PlanResult,
    request: ExplainRequest,
    progress: Progress = silent,
    *,
    roads: RoadNetwork | None = None,
    clock: Clock = time.monotonic,
) -> Explanation:
    """Explain a plan.

    Parameters
    ----------
    result
        The plan.
    request
        What is asked.
    progress
        Hears of the progress; may raise `relief.errors.Stopped`.
    roads
        The network without closures, to try what opening a road would save; None leaves roads out.
    clock
        Of the time limit.

    Raises
    ------
    InvalidInput
        If a place, an item or an order is asked about that the plan does not know.
    relief.errors.SolverFailed
        If the time is up before the plan's own situation is solved.
    """
    situation = result.situation
    gathering = Gathering()
    place = item = ""
    with gathering.part():
        place = _code(request.place, "--place", _places(situation))
    with gathering.part():
        item = _code(request.item, "--item", _items(situation))
    with gathering.part():
        asked = orders_of(request.override, situation)
    gathering.settle()
    deadline = Deadline.starting_now(SolveLimits(seconds=request.seconds), clock)
    progress(ProgressStep(stage="explain", done_share=0.0, detail="solving the allocation"))
    base = first_stage(situation, deadline)
    found: tuple[Cure, ...] | None = None
    if request.num_cures:
        retime = None if roads is None else _retime(situation, roads)
        found = cures(
            situation, request.num_cures, deadline, base=base, retime=retime, progress=progress
        )
    price = None
    if asked:
        price = price_of(
            situation,
            asked,
            SolveLimits(seconds=max(5.0, deadline.left_s() / 2), seed=result.origin.seed),
            deadline,
            base=base,
            progress=progress,
        )
    return Explanation(
        bindings=bindings(situation, base, _asked_shortfalls(result, place, item)),
        origins=_asked_origins(result, base, place, item),
        cures=found,
        price=price,
    )


def plan_roads(request: PlanRequest) -> RoadNetwork:
    """Return the road network of a request, without closures.

    Raises
    ------
    InvalidInput
        If it cannot be opened.
    """
    return load_roads() if request.roads is None else open_roads(request.roads)[0]


def _asked_shortfalls(result: PlanResult, place: str, item: str) -> tuple[Shortfall, ...]:
    plan, situation = result.plan, result.situation
    worst = worst_shortfalls(plan, situation, len(plan.shortfalls))
    asked = [
        one.shortfall
        for one in worst
        if place in ("", one.shortfall.place_code) and item in ("", one.shortfall.item_code)
    ]
    return tuple(asked[:NUM_SHORTFALLS])


def _asked_origins(
    result: PlanResult, base: FirstStage, place: str, item: str
) -> tuple[Origin, ...]:
    if not place:
        return ()
    goods = [
        each
        for each in result.plan.consignments
        if each.place_code == place and item in ("", each.item_code)
    ]
    goods.sort(key=lambda each: (-each.pieces, each.item_code, each.lot_code, each.window))
    return origins(result.situation, base, goods[:NUM_SHORTFALLS])


def _retime(situation: Situation, roads: RoadNetwork) -> Retime:
    """Return what gives the travel times without one of the closures."""

    def without(name: str) -> TravelTimes:
        closures = [
            closure
            for closure in (*situation.travel.closures, *situation.travel.later_closures)
            if closure.name != name
        ]
        left = PlanTravel(
            roads.closed(closures), situation.as_of or situation.start_at, situation.horizon_at
        )
        return left.travel_times(locations_of(situation))

    return without


def _places(situation: Situation) -> dict[str, set[str]]:
    names: dict[str, set[str]] = {}
    for place in situation.places:
        for name in (place.code, place.name_zh, place.name_en.lower()):
            names.setdefault(name, set()).add(place.code)
    return names


def _items(situation: Situation) -> dict[str, set[str]]:
    names: dict[str, set[str]] = {}
    for item in situation.catalogue.items:
        for name in (item.code, item.name_zh, item.name_en.lower()):
            names.setdefault(name, set()).add(item.code)
    return names


def _code(asked: str, option: str, known: dict[str, set[str]]) -> str:
    if not asked:
        return ""
    found = known.get(asked) or known.get(asked.lower()) or set()
    if len(found) == 1:
        return next(iter(found))
    near = sorted(found) or [name for name in sorted(known) if asked[:2] in name]
    raise InvalidInput(
        Fault(
            where=option,
            value=asked,
            what=say("Several things are called so.")
            if found
            else say("Nothing in the situation is called so."),
            allowed=", ".join(near[:8]) or "a code or name of the situation",
            remedy=say("Name one that the situation holds."),
        )
    )
