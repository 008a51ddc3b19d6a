"""How far an answer has come, in words."""

from api.language import Language
from relief.plan.outcome import ProgressStep
from relief.sentences import say


def so_far(step: ProgressStep, language: Language) -> str:
    """Return the best answer so far and its distance from the bound, as far as they are known."""
    best, bound = step.best_person_h, step.bound_person_h
    if best is None:
        return ""
    told_best = language.number(round(best))
    if bound is None:
        return language.tell(say("{best} weighted person-hours so far", best=told_best))
    return language.tell(
        say(
            "{best} weighted person-hours so far, at best {bound} (gap {gap})",
            best=told_best,
            bound=language.number(round(bound)),
            gap=language.share((best - bound) / best if best > 0 else 0.0, 2),
        )
    )
