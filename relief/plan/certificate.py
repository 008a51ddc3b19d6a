"""What the verifier says about a plan."""

from dataclasses import dataclass
from enum import StrEnum

from relief.sentences import Sentence


class Rule(StrEnum):
    """The rules that every plan must keep."""

    IDENTITY = "identity"
    """The plan is for this situation: fingerprint, event, start."""
    STOCK = "stock"
    """No lot gives more than is available."""
    EXPIRY = "expiry"
    """Goods are good long enough when they arrive."""
    FIRST_OUT = "first-out"
    """Of the same goods in a depot those go first that expire first."""
    KIT = "kit"
    """What counts as a kit is complete."""
    SUBSTITUTE = "substitute"
    """What stands in for something else does so by its stated ratio and worth."""
    HUB = "hub"
    """Goods change vehicles at hubs only, and are loaded there once brought and handled."""
    WEIGHT = "weight"
    VOLUME = "volume"
    LOADING = "loading"
    """Lines are loaded where the lot lies, and nothing is unloaded that was not loaded."""
    APART = "apart"
    """What must not travel together is never on one vehicle at the same time."""
    COOLING = "cooling"
    """What needs cooling is loaded on cooled bodies only."""
    LOADING_LIST = "loading-list"
    """Loading lists hold the cargo, in the order of unloading, and tell what axles bear."""
    TIME = "time"
    """Legs connect, take at least the travel time, and nobody is in two places at once."""
    ROAD = "road"
    """Every leg has an open road; no road used is closed."""
    DUTY = "duty"
    CONVOY = "convoy"
    """Trucks leave together for where the policy lets nobody drive alone."""
    FLEET = "fleet"
    """Every truck exists, once, at its base."""
    FLIGHT = "flight"
    """Helicopters fly straight, by day, and no farther than a filling lasts."""
    LANDING = "landing"
    """Boats stay on one named water and land near the places."""
    WALK = "walk"
    """Porters walk no farther than they may, and not through closed areas."""
    READY = "ready"
    """Nothing is loaded before it lies ready."""
    START = "start"
    """Vehicles under way go on from where and when they are free, and nothing begins earlier."""
    CARGO = "cargo"
    """What is on board at the start stays on its vehicle until it is delivered."""
    CALL = "call"
    """What is called from suppliers keeps the terms of their agreements."""
    BUDGET = "budget"
    """A plan made anew on the move changes no more than was allowed."""
    EARMARK = "earmark"
    """What is donated goes to those whom the giver means."""
    LOADING_LIMIT = "loading-limit"
    """Depots load no more trucks at once than they can, and only within their hours."""
    RECEIVING = "receiving"
    """Nobody is brought more in a window than can be taken in."""
    MONEY = "money"
    """What is called is paid, by each pot its share and not more than it holds."""
    CONSERVATION = "conservation"
    """What is consigned is delivered or reported short, and nowhere more than is needed."""
    SHORTFALL = "shortfall"
    """Needed = on time + late + missing, for every need."""
    OBJECTIVE = "objective"
    """The score that the plan claims is the score that its trips earn."""
    BOUND = "bound"
    """The bound is not above the objective."""
    ORDER = "order"
    """What an officer forbids or holds back stays; what an order lacks is told to the piece."""
    RESERVE = "reserve"
    """The policy's reserve of stock and vehicles stays where it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One rule broken at one place, with the numbers.

    Parameters
    ----------
    rule
        Which rule.
    subject
        The truck, lot, need or waybill that breaks it.
    found, limit
        What was found and what is allowed, in the rule's unit.
    unit
        That unit; empty where there is none.
    sentence
        The same as a sentence.
    """

    rule: Rule
    subject: str
    found: int
    limit: int
    unit: str
    sentence: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """The verifier's answer.

    Parameters
    ----------
    situation_fingerprint
        Which situation the plan was held against.
    plan_digest
        SHA-256 of the plan's content, the certificate left out.
    checks
        How many single comparisons were made for each rule; every rule appears.
    violations
        Every violation; empty for a good plan.
    """

    situation_fingerprint: str
    plan_digest: str
    checks: tuple[tuple[Rule, int], ...]
    violations: tuple[Violation, ...]

    @property
    def holds(self) -> bool:
        """Whether the plan keeps every rule."""
        return not self.violations
