"""The first answer to a what-if: what the allocation says, before anything is routed."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from relief.plan.explain import name_of
from relief.plan.situation import Situation
from relief.sentences import Sentence, say
from scenarios.compare import road_changes
from solvers.allocation.first_stage import FirstStage, first_stage
from solvers.allocation.margins import Margins
from solvers.stop import Deadline

MILLI = 1_000
NUM_ITEMS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemChange:
    """Pieces of an item that are missing when most are, over all places."""

    item_code: str
    before_pieces: int
    after_pieces: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AtOnce:
    """What a change does to the allocation.

    Parameters
    ----------
    before_milli_person_h, after_milli_person_h
        Least weighted deprivation under cautious truck-hours.
    items
        Items of which more or fewer pieces are missing, the largest change first.
    findings
        The same, and the reasons, in sentences, the gravest first.
    """

    before_milli_person_h: int
    after_milli_person_h: int
    items: tuple[ItemChange, ...]
    findings: tuple[Sentence, ...]


def at_once(base: Situation, changed: Situation, deadline: Deadline) -> AtOnce:
    """Return what changes from one situation to another, by their allocations alone.

    Parameters
    ----------
    base, changed
        The situation as it is and as it would be.
    deadline
        When to give up.

    Raises
    ------
    relief.errors.SolverFailed
        If the time is up before both are solved.
    """
    # Neither needs the other: the linear solver lets both processors work.
    with ThreadPoolExecutor(max_workers=1) as aside:
        other = aside.submit(first_stage, base, deadline)
        after = first_stage(changed, deadline)
        before = other.result()
    items = _items(before, after)
    old, new = round(before.reached_milli_h), round(after.reached_milli_h)
    return AtOnce(
        before_milli_person_h=old,
        after_milli_person_h=new,
        items=items,
        findings=(
            _in_all(new - old),
            *road_changes(base, changed),
            *_reasons(changed, after, items[:NUM_ITEMS]),
        ),
    )


def _items(before: FirstStage, after: FirstStage) -> tuple[ItemChange, ...]:
    old, new = Margins(before).short_pieces(), Margins(after).short_pieces()
    changes = [
        ItemChange(item_code=code, before_pieces=old.get(code, 0), after_pieces=new.get(code, 0))
        for code in sorted(old.keys() | new.keys())
        if old.get(code, 0) != new.get(code, 0)
    ]
    changes.sort(key=lambda one: (-abs(one.after_pieces - one.before_pieces), one.item_code))
    return tuple(changes)


def _in_all(added_milli_h: int) -> Sentence:
    if added_milli_h >= MILLI:
        return say(
            "By the allocation, {hours} more weighted person-hours of deprivation.",
            hours=f"{added_milli_h // MILLI:,}",
        )
    if added_milli_h <= -MILLI:
        return say(
            "By the allocation, {hours} fewer weighted person-hours of deprivation.",
            hours=f"{-added_milli_h // MILLI:,}",
        )
    return say("By the allocation, the same deprivation as before.")


def _reasons(
    situation: Situation, after: FirstStage, items: tuple[ItemChange, ...]
) -> tuple[Sentence, ...]:
    """Say for each item what is missing more or less, and what binds where it is missing most."""
    margins = Margins(after)
    kinds = situation.catalogue.by_code()
    told = []
    for change in items:
        item = name_of(kinds[change.item_code])
        more = change.after_pieces - change.before_pieces
        if more < 0:
            told.append(
                say("{item}: {pieces} fewer pieces are missing.", item=item, pieces=f"{-more:,}")
            )
            continue
        way = margins.scarcest(change.item_code)
        match way.parts[0][0] if way is not None and way.parts else "":
            case "stock":
                told.append(
                    say(
                        "{item}: {pieces} more pieces are missing; stock binds.",
                        item=item,
                        pieces=f"{more:,}",
                    )
                )
            case "trucks":
                told.append(
                    say(
                        "{item}: {pieces} more pieces are missing; truck-hours bind.",
                        item=item,
                        pieces=f"{more:,}",
                    )
                )
            case _:
                told.append(
                    say(
                        "{item}: {pieces} more pieces are missing; no way leads there in time.",
                        item=item,
                        pieces=f"{more:,}",
                    )
                )
    return tuple(told)
