"""The first answer: trips built for the hour and for the fen, the better of the two."""

from collections.abc import Callable

from solvers.routing.backlog import Backlog
from solvers.routing.construction import Construction
from solvers.routing.demand import Demand
from solvers.routing.fleet import Fleet
from solvers.routing.timeline import Timeline
from solvers.routing.worth import worth


def first_answer(
    demand: Demand,
    fleet: Fleet,
    pause: Callable[[], None] = lambda: None,
) -> tuple[list[Timeline], Backlog]:
    """Return timelines of all trucks and what they leave.

    Where trucks are short, each hour must earn the most; where they are not, trips that are
    cheap leave nothing behind either. Both are tried, for it cannot be seen beforehand.

    Parameters
    ----------
    demand, fleet
        What is to be carried, and by which trucks.
    pause
        Called between trips; may raise to stop.
    """
    answers = []
    for thrifty in (False, True):
        timelines = [Timeline(fleet, truck) for truck in fleet.trucks]
        backlog = Backlog.everything(demand)
        Construction(demand, fleet, timelines, backlog, thrifty=thrifty).run(pause)
        answers.append((worth(demand, timelines, backlog), timelines, backlog))
    _, timelines, backlog = min(answers, key=lambda answer: answer[0])
    return timelines, backlog
