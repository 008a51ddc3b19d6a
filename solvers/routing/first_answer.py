"""The first answer: trips built to save hours, empty driving or money, whichever is best."""

from collections.abc import Callable, Iterable

from solvers.routing.backlog import Backlog
from solvers.routing.construction import Construction, Thrift
from solvers.routing.demand import Demand
from solvers.routing.fleet import Fleet
from solvers.routing.timeline import Timeline
from solvers.routing.worth import worth


def first_answer(
    demand: Demand,
    fleet: Fleet,
    thrifts: Iterable[Thrift] = Thrift,
    pause: Callable[[], None] = lambda: None,
    found: Callable[[int], None] = lambda _: None,
) -> tuple[list[Timeline], Backlog]:
    """Return timelines of all trucks and what they leave.

    Where trucks are short, each hour must earn the most; where they are not, trips that are
    cheap leave nothing behind either. The ways are tried in turn until nothing is lost, for it
    cannot be seen beforehand.

    Parameters
    ----------
    demand, fleet
        What is to be carried, and by which trucks.
    thrifts
        The ways to try, at least one; the first is always tried to its end.
    pause
        Called between trips; may raise to stop.
    found
        Told what each answer loses, as soon as it is there.
    """
    answers = []
    for thrift in thrifts:
        timelines = [Timeline(fleet, truck) for truck in fleet.trucks]
        backlog = Backlog.everything(demand)
        Construction(demand, fleet, timelines, backlog, thrift=thrift).run(pause)
        value = worth(demand, timelines, backlog)
        answers.append((value, timelines, backlog))
        found(value.lost_milli_person_h)
        if value.lost_milli_person_h == 0:
            break
    _, timelines, backlog = min(answers, key=lambda answer: answer[0])
    return timelines, backlog
