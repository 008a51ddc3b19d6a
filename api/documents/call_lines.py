"""What to do about agreements with suppliers, as lines for the summary."""

from collections.abc import Iterator

from api.language import Language
from relief.plan.calls import CallChoice
from relief.plan.dispatch_plan import DispatchPlan
from relief.plan.situation import Situation
from relief.sentences import say

MOST_CALLS = 12
"""So many calls are shown each with its sentence; all of them stand in plan.json."""
MOST_WAITS = 3


def call_lines(situation: Situation, plan: DispatchPlan, language: Language) -> Iterator[str]:
    """Yield the calls to make now, then the agreements that wait, the most urgent first."""
    called = [one for one in plan.calls if one.called_pieces]
    called.sort(key=lambda one: (-one.cost_fen, one.offer_code))
    for one in called[:MOST_CALLS]:
        yield language.tell(one.because)
    if len(called) > MOST_CALLS:
        yield language.tell(
            say("{num} more calls stand in plan.json.", num=len(called) - MOST_CALLS)
        )
    waiting = [
        (one.worthless_after, one)
        for one in plan.calls
        if one.choice is CallChoice.WAIT and one.worthless_after is not None
    ]
    waiting.sort(key=lambda pair: (pair[0], pair[1].offer_code))
    for _, one in waiting[:MOST_WAITS]:
        yield language.tell(one.because)
    if len(waiting) > MOST_WAITS:
        yield language.tell(
            say(
                "{num} more agreements wait; the last is worthless from {instant} on.",
                num=len(waiting) - MOST_WAITS,
                instant=language.instant(situation.start_at + waiting[-1][0]),
            )
        )
