"""Ways that cannot be driven in some hours, in seconds after the start of a plan."""

from datetime import timedelta
from math import ceil, floor

from relief.plan.situation import Situation

SECOND = timedelta(seconds=1)
Spans = tuple[tuple[int, int], ...]
"""Begins and ends, in order and without overlap; the end does not belong to a span any more."""


class RoadHours:
    """The hours in which ways cannot be driven.

    Parameters
    ----------
    situation
        With its travel times and vehicle classes.
    """

    def __init__(self, situation: Situation) -> None:
        travel = situation.travel
        layer_of = {name: layer for layer, name in enumerate(travel.speed_classes)}
        self._layer_of_kind = [layer_of[kind.speed_class] for kind in situation.vehicle_classes]
        self._span_of = travel.span_of
        self.is_always_open = not travel.span_of.any()
        self._sets: list[Spans] = [()]
        for spans in travel.closed_spans:
            begins = (floor((span.begin - situation.start_at) / SECOND) for span in spans)
            ends = (ceil((span.end - situation.start_at) / SECOND) for span in spans)
            self._sets.append(tuple(zip(begins, ends, strict=True)))

    def spans(self, kind: int, origin: int, destination: int) -> Spans:
        """Return when the way of a class from one location to another cannot be driven."""
        if self.is_always_open:
            return ()
        layer = self._layer_of_kind[kind]
        return self._sets[int(self._span_of[layer, origin, destination])]
