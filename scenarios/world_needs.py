"""Needs in many worlds: what each drawn count asks for, in the order of an allocation case."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from relief.damage.indicators import NAMES
from relief.damage.needs import Estimate, Factor, Need
from relief.damage.worlds import Worlds
from relief.plan.situation import Situation
from relief.units import ceil_div
from solvers.allocation.case import AllocationCase
from solvers.allocation.two_stage import SentNow

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


NEARLY = 0.25
"""Pieces that a flow may lack of a whole one and still count as one: the solver's blur."""


class WorldNeeds:
    """Worlds as pieces due, in the order of a case's demands.

    Parameters
    ----------
    situation
        Its needs are those of `worlds.figures` with each count at the largest of all worlds, so
        that every need of every world has its place in it.
    worlds
        The counts.
    case
        Of the situation.
    """

    def __init__(self, situation: Situation, worlds: Worlds, case: AllocationCase) -> None:
        self._situation = situation
        self._worlds = worlds
        self._case = case
        figure_at = {
            (figure.place_code, NAMES[figure.indicator].en): index
            for index, figure in enumerate(worlds.figures)
        }
        self._needs = sorted(
            situation.needs, key=lambda need: (need.place_code, need.item_code, need.due_at)
        )
        self._figure = np.array(
            [figure_at[need.place_code, need.chain[0].name] for need in self._needs],
            dtype=np.int64,
        )
        self._most = np.array([need.chain[0].value for need in self._needs])
        self._pieces = np.array([need.pieces for need in self._needs])
        weights = dict(situation.policy.priority_weights)
        demand_at = {
            key: index
            for index, key in enumerate(
                zip(
                    case.demand_place.tolist(),
                    case.demand_item.tolist(),
                    case.weight_milli.tolist(),
                    strict=True,
                )
            )
        }
        self._demand = np.array(
            [
                demand_at[place, item, weights[need.priority] * need.milli_people_per_piece]
                for place, item, need in zip(
                    case.need_place.tolist(), case.need_item.tolist(), self._needs, strict=True
                )
            ]
        )

    def _due(self, counts: Floats) -> Ints:
        """Return pieces due for counts of the figures; shape (demands, windows)."""
        pieces = np.ceil(self._pieces * np.minimum(counts[self._figure] / self._most, 1.0))
        due = np.zeros_like(self._case.demand_pieces)
        np.add.at(due, (self._demand, self._case.need_due), pieces.astype(np.int64))
        return due

    def reported(self) -> Ints:
        """Return what the reports ask for: nothing where nobody has reported."""
        heard = [f.estimate.likely if f.observations else 0 for f in self._worlds.figures]
        return self._due(np.array(heard, dtype=np.float64))

    def likely(self) -> Ints:
        """Return what the middle of the estimates asks for."""
        return self._due(np.array([f.estimate.likely for f in self._worlds.figures], dtype=float))

    def quantile(self, share: float, num_known: int) -> Ints:
        """Return what is asked for at a quantile of each place's counts."""
        return self._due(np.quantile(self._worlds.counts[:num_known], share, axis=0))

    def world(self, number: int) -> Ints:
        """Return what a world asks for."""
        return self._due(self._worlds.counts[number].astype(np.float64))

    def planned_needs(self, robust: SentNow) -> tuple[Need, ...]:
        """Return the reported needs, raised where more is sent now than they ask for."""
        case = self._case
        key = case.demand_place * len(case.item_codes) + case.demand_item
        sent = np.zeros(len(case.place_codes) * len(case.item_codes))
        np.add.at(sent, key[robust.columns.demand], robust.flow_pieces)
        heard = np.array(
            [f.estimate.likely if f.observations else 0 for f in self._worlds.figures],
            dtype=np.float64,
        )
        reported = np.ceil(self._pieces * np.minimum(heard[self._figure] / self._most, 1.0)).astype(
            np.int64
        )
        group = case.need_place * len(case.item_codes) + case.need_item
        asked = np.bincount(group, weights=reported, minlength=len(sent))
        packs = {item.code: max(1, item.pack_pieces) for item in self._situation.catalogue.items}
        needs = []
        for index, need in enumerate(self._needs):
            pack = packs[need.item_code]
            pieces = ceil_div(int(reported[index]), pack) * pack
            raised = sent[group[index]] / asked[group[index]] if asked[group[index]] else 0.0
            is_first = index == 0 or group[index] != group[index - 1]
            if raised > 1:
                more = ceil_div(round(reported[index] * raised), pack) * pack
            elif not asked[group[index]] and is_first:
                more = int(sent[group[index]] + NEARLY) // pack * pack
            else:
                more = pieces
            if max(pieces, more) > 0:
                needs.append(self._raised(need, max(pieces, more), pieces))
        return tuple(needs)

    def _raised(self, need: Need, pieces: int, reported: int) -> Need:
        step = Factor(
            name="sent in case more is needed than was reported"
            if pieces > reported
            else "share of the largest count drawn that was reported",
            value=pieces / need.pieces,
            unit="pieces/piece",
            source="worlds drawn from the estimates",
        )
        low, high = min(need.estimate.low, pieces), max(need.estimate.high, pieces)
        return replace(
            need,
            pieces=pieces,
            estimate=Estimate(low=low, likely=pieces, high=high),
            chain=(*need.chain, step),
        )
