"""What the officer decides before the solver does: stages, windows, weights, reserve, limits."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from itertools import pairwise

from relief.errors import Fault
from relief.items import Priority
from relief.places import Tier
from relief.sentences import say
from relief.supply.fleet import CarrierRules, ConvoyRules, DutyRules

PPM = 1_000_000


class Objective(StrEnum):
    """What a stage of the objective makes as small as possible; see `Score` for the measures."""

    LIFE_SAVING = "life-saving"
    """Deprivation of life-saving needs alone."""
    DEPRIVATION = "deprivation"
    """Deprivation of all needs, weighted by priority."""
    FAIRNESS = "fairness"
    """The unserved share of the worst-served county, then of the next worst, level by level."""
    TIER = "tier"
    """How far stock is drawn from: grams times the number of the owner's tier."""
    COST = "cost"
    """Transport at planning costs."""


FOR_PEOPLE = frozenset({Objective.LIFE_SAVING, Objective.DEPRIVATION, Objective.FAIRNESS})
"""Objectives that ask for service; under the others alone, sending nothing would be best."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyStage:
    """One stage of the objective.

    Parameters
    ----------
    objective
        What is made as small as possible, once all stages before are settled.
    slack_share
        What later stages may give away of this one: of deprivation the share of what can be
        avoided at all, of the others the share of the value reached.
    levels
        Of fairness: how many levels of worst-served counties are settled one after the other.
    """

    objective: Objective
    slack_share: float = 0.001
    levels: int = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class ReserveRule:
    """What stays behind for the next report: stock that can move at once, and trucks for it.

    Parameters
    ----------
    stock_ppm
        Millionths of the usable pieces of each item in each depot concerned, rounded up.
    trucks_ppm
        Millionths of the vehicles of each pool that stands at such a depot, rounded down.
    least_tier
        Only depots of this tier or a higher one hold a reserve.
    """

    stock_ppm: int = 0
    trucks_ppm: int = 0
    least_tier: Tier = Tier.PROVINCE


STANDARD_STAGES = (
    PolicyStage(objective=Objective.DEPRIVATION, slack_share=0.001),
    PolicyStage(objective=Objective.FAIRNESS, slack_share=0.001),
    PolicyStage(objective=Objective.TIER, slack_share=0.02),
    PolicyStage(objective=Objective.COST, slack_share=0.0),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanningPolicy:
    """The rules under which a plan is made.

    Parameters
    ----------
    window_ends
        Ends of the arrival windows after the start of the plan, ascending. An arrival counts as
        at the end of its window, and every need is due at the end of one.
    priority_weights
        Weight of a person-hour of deprivation for each priority, whole numbers.
    never_extra
        What not being served within the last window costs, on top of the wait until its end.
    min_remaining_life
        The least life that goods must have left at the end of the window in which they arrive, and
        at the start. An item may ask for more
        (`relief.items.Item.least_life_days`).
    duty
        How long drivers may drive.
    carriers
        Limits of boats, helicopters and porters.
    convoy
        Where trucks do not drive alone.
    name
        What the policy is called.
    stages
        The stages of the objective, each settled, but for its slack, before the next is looked
        at. They are never added up.
    reserve
        What stays behind.
    """

    window_ends: tuple[timedelta, ...] = (
        timedelta(hours=12),
        timedelta(hours=24),
        timedelta(hours=48),
        timedelta(hours=72),
    )
    priority_weights: tuple[tuple[Priority, int], ...] = (
        (Priority.LIFE_SAVING, 10),
        (Priority.ESSENTIAL, 3),
        (Priority.COMFORT, 1),
    )
    never_extra: timedelta = timedelta(hours=72)
    min_remaining_life: timedelta = timedelta(days=7)
    duty: DutyRules = field(default_factory=DutyRules)
    carriers: CarrierRules = field(default_factory=CarrierRules)
    convoy: ConvoyRules = field(default_factory=ConvoyRules)
    name: str = "standard"
    stages: tuple[PolicyStage, ...] = STANDARD_STAGES
    reserve: ReserveRule = field(default_factory=ReserveRule)


LONGEST_NIGHT = timedelta(hours=12)
MOST_TRUCKS_OF_CONVOY = 50
_PLACE_CODE = re.compile(r"\d{6}(\d{3})?")


def policy_faults(policy: PlanningPolicy, where: str = "policy") -> Iterator[Fault]:
    """Yield everything by which a policy contradicts itself.

    Parameters
    ----------
    policy
        The policy.
    where
        What to call it: its file.
    """
    yield from _window_faults(policy, where)
    yield from _weight_faults(policy, where)
    yield from _stage_faults(policy, where)
    yield from _reserve_faults(policy.reserve, where)
    yield from _carrier_faults(policy.carriers, where)
    yield from _duty_faults(policy.duty, where)
    yield from _convoy_faults(policy.convoy, where)


def _window_faults(policy: PlanningPolicy, where: str) -> Iterator[Fault]:
    ends = policy.window_ends
    if not ends or ends[0] <= timedelta(0) or any(a >= b for a, b in pairwise(ends)):
        yield Fault(
            where=where,
            field="window_ends",
            value=str([str(end) for end in ends]),
            what=say("The window ends do not ascend from above zero."),
            allowed="at least one, each later than the one before",
            remedy=say("Put the ends in order."),
        )
    for end in (*ends, policy.never_extra):
        if end % timedelta(hours=1):
            yield Fault(
                where=where,
                field="window_ends, never_extra",
                value=str(end),
                what=say("Not a whole number of hours."),
                allowed="whole hours, so that deprivation is counted exactly",
                remedy=say("Round it to the hour."),
            )
    for name, span in (
        ("never_extra", policy.never_extra),
        ("min_remaining_life", policy.min_remaining_life),
    ):
        if span < timedelta(0):
            yield Fault(
                where=where,
                field=name,
                value=str(span),
                what=say("A span of time below zero."),
                allowed=">= 0",
                remedy=say("Correct the number."),
            )


def _weight_faults(policy: PlanningPolicy, where: str) -> Iterator[Fault]:
    times = Counter(priority for priority, _ in policy.priority_weights)
    for priority in Priority:
        if times[priority] != 1:
            yield Fault(
                where=where,
                field="priority_weights",
                value=_word(priority),
                what=say("Given {num} times.", num=times[priority]),
                allowed="each once",
                remedy=say("Give each priority one weight."),
            )
    weights = dict(policy.priority_weights)
    for priority, weight in weights.items():
        if weight < 1:
            yield Fault(
                where=where,
                field="priority_weights",
                value=f"{_word(priority)} = {weight}",
                what=say("A weight that is no whole number above zero."),
                allowed=">= 1",
                remedy=say("Correct the number."),
            )
    for graver, milder in pairwise(sorted(weights)):
        if weights[graver] < weights[milder]:
            yield Fault(
                where=where,
                field="priority_weights",
                value=f"{_word(graver)} = {weights[graver]}, {_word(milder)} = {weights[milder]}",
                what=say("What is less urgent weighs more."),
                allowed="life-saving >= essential >= comfort",
                remedy=say("Exchange the weights, or change the priorities in the factor profile."),
            )


def _stage_faults(policy: PlanningPolicy, where: str) -> Iterator[Fault]:
    objectives = [stage.objective for stage in policy.stages]
    for objective, num in Counter(objectives).items():
        if num > 1:
            yield Fault(
                where=where,
                field="stages",
                value=objective.value,
                what=say("Given {num} times.", num=num),
                allowed="each once",
                remedy=say("Settle an objective in one stage only."),
            )
    if Objective.DEPRIVATION not in objectives:
        yield Fault(
            where=where,
            field="stages",
            value=", ".join(objectives),
            what=say("No stage looks at the deprivation of all needs."),
            allowed="deprivation among the stages",
            remedy=say("Add a stage with the objective deprivation."),
        )
    elif objectives[0] not in (Objective.LIFE_SAVING, Objective.DEPRIVATION):
        sparing = [each.value for each in objectives[:1]]
        yield Fault(
            where=where,
            field="stages",
            value=", ".join(sparing),
            what=say("The first stage does not ask for the most urgent service."),
            allowed="life-saving or deprivation first",
            remedy=say("Put life-saving or deprivation first; slack makes room for the others."),
        )
    yield from _sparing_faults(objectives, where)
    for stage in policy.stages:
        if not 0 <= stage.slack_share <= 1:
            yield Fault(
                where=where,
                field=f"stages {stage.objective.value} slack_share",
                value=f"{stage.slack_share:g}",
                what=say("A share that is none."),
                allowed="0 to 1",
                remedy=say("Correct the number."),
            )
        if stage.levels < 1:
            yield Fault(
                where=where,
                field=f"stages {stage.objective.value} levels",
                value=str(stage.levels),
                what=say("Fewer than one level."),
                allowed=">= 1",
                remedy=say("Correct the number."),
            )


def _sparing_faults(objectives: list[Objective], where: str) -> Iterator[Fault]:
    """Yield objectives that would forbid service before it is asked for."""
    if Objective.DEPRIVATION not in objectives:
        return
    asked = objectives.index(Objective.DEPRIVATION)
    for objective in objectives[1:asked]:
        if objective not in FOR_PEOPLE:
            yield Fault(
                where=where,
                field="stages",
                value=f"{objective.value}, deprivation",
                what=say(
                    "Settled before the deprivation of all needs, this objective would keep back "
                    "goods that people wait for."
                ),
                allowed="tier and cost behind deprivation",
                remedy=say("Put it behind deprivation and give deprivation some slack."),
            )


def _reserve_faults(reserve: ReserveRule, where: str) -> Iterator[Fault]:
    for name, ppm in (("stock", reserve.stock_ppm), ("trucks", reserve.trucks_ppm)):
        if not 0 <= ppm < PPM:
            yield Fault(
                where=where,
                field=f"reserve {name}",
                value=str(ppm),
                what=say("A share to hold back that is none, or that leaves nothing."),
                allowed=f"0 to {PPM - 1} millionths",
                remedy=say("Correct the number."),
            )


def _word(priority: Priority) -> str:
    return priority.name.lower().replace("_", "-")


def _carrier_faults(carriers: CarrierRules, where: str) -> Iterator[Fault]:
    for name, metres in (("landing_m", carriers.landing_m), ("walk_m", carriers.walk_m)):
        if metres < 0:
            yield Fault(
                where=where,
                field=f"carriers {name}",
                value=str(metres),
                what=say("A distance below zero."),
                allowed=">= 0",
                remedy=say("Correct the number."),
            )
    if not timedelta(0) <= carriers.day_begins < carriers.day_ends <= timedelta(days=1):
        yield Fault(
            where=where,
            field="carriers day_begins_min, day_ends_min",
            value=f"{carriers.day_begins}, {carriers.day_ends}",
            what=say("The day does not begin before it ends, within 24 hours."),
            allowed="0 to 1440 minutes after midnight, the end after the beginning",
            remedy=say("Correct the number."),
        )


def _duty_faults(duty: DutyRules, where: str) -> Iterator[Fault]:
    day = timedelta(days=1)
    spans = (duty.continuous_drive, duty.rest, duty.drive_per_day_per_driver)
    if not all(timedelta(0) < span <= day for span in spans):
        yield Fault(
            where=where,
            field="duty continuous_drive_min, rest_min, drive_per_day_min",
            value=", ".join(map(str, spans)),
            what=say("Driving and resting take some time, and no more than a day."),
            allowed="1 to 1440",
            remedy=say("Correct the number."),
        )
    length = duty.night_ends - duty.night_begins
    if (
        not timedelta(0) <= duty.night_begins <= duty.night_ends <= day
        or length > LONGEST_NIGHT
        or timedelta(0) < length < duty.rest
    ):
        yield Fault(
            where=where,
            field="duty night_begins_min, night_ends_min",
            value=f"{duty.night_begins}, {duty.night_ends}",
            what=say("The night ends before it begins, or is shorter than a rest or too long."),
            allowed="0 to 1440 minutes after midnight, at most 12 hours; equal for no night",
            remedy=say("Correct the number."),
        )


def _convoy_faults(convoy: ConvoyRules, where: str) -> Iterator[Fault]:
    wrong = [code for code in convoy.place_codes if not _PLACE_CODE.fullmatch(code)]
    if wrong or len(set(convoy.place_codes)) < len(convoy.place_codes):
        yield Fault(
            where=where,
            field="convoy places",
            value=", ".join(convoy.place_codes),
            what=say("Not codes of counties and townships, each once."),
            allowed="420112, 422802103, ...",
            remedy=say("Correct the codes."),
        )
    if not 2 <= convoy.least_trucks <= MOST_TRUCKS_OF_CONVOY:  # noqa: PLR2004 - one is none
        yield Fault(
            where=where,
            field="convoy least_trucks",
            value=str(convoy.least_trucks),
            what=say("No number of trucks for a convoy."),
            allowed=f"2 to {MOST_TRUCKS_OF_CONVOY}",
            remedy=say("Correct the number."),
        )
    if not timedelta(0) <= convoy.within <= convoy.wait <= timedelta(days=1):
        yield Fault(
            where=where,
            field="convoy within_min, wait_min",
            value=f"{convoy.within}, {convoy.wait}",
            what=say("Trucks wait less for each other than they may leave apart, or too long."),
            allowed="0 to 1440, the wait no less",
            remedy=say("Correct the number."),
        )
