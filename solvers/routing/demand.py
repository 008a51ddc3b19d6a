"""What has to be carried: consignments as portions with a price of delay, and loads of them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import ceil

from relief.plan.allocation import Allocation, Consignment
from relief.plan.policy import PlanningPolicy
from relief.plan.situation import Situation
from relief.units import SECONDS_PER_HOUR, ceil_div
from solvers.routing.cargo import ANYTHING, Cargo, cargo_of, together
from solvers.routing.laid_down import LAID_DOWN_TIMES, laid_down


@dataclass(frozen=True, slots=True, kw_only=True)
class Portion:
    """Pieces of one consignment that are meant for one need.

    Parameters
    ----------
    consignment
        Index of the consignment in the allocation.
    depot, place
        Location indices of where the pieces lie and where they go.
    pieces
        How many; >= 1.
    pack_pieces
        Pieces are split off in whole packs of this many.
    piece_g, piece_cm3
        Mass and volume of one piece.
    due_window
        The last window in which an arrival costs nothing.
    rate
        What an hour of waiting costs for each piece: thousandths of people times the weight of
        the priority.
    ready_s
        Loading may begin so many seconds after the start of the plan.
    last_window
        The last window in which the pieces are still good on arrival; None where all are.
    cargo
        With what they may travel, and on what.
    """

    consignment: int
    depot: int
    place: int
    pieces: int
    pack_pieces: int
    piece_g: int
    piece_cm3: int
    due_window: int
    rate: int
    ready_s: int = 0
    last_window: int | None = None
    cargo: Cargo = ANYTHING


EARLY_VALUE_SHARE = 0.02
"""What carrying a piece before its window counts, of what carrying it in its window counts."""

Lines = tuple[tuple[int, int], ...]
"""What is on a truck: index of the portion and pieces of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What one truck carries from one depot to one place.

    Parameters
    ----------
    depot, place
        Location indices.
    lines
        Portions and pieces.
    mass_g, volume_cm3
        Of all lines together.
    ready_s
        Loading may begin so many seconds after the start of the plan.
    cargo
        What they are, all together.
    """

    depot: int
    place: int
    lines: Lines
    mass_g: int
    volume_cm3: int
    ready_s: int = 0
    cargo: Cargo = ANYTHING


class Demand:
    """All portions of an allocation, and what it costs to bring them late.

    Parameters
    ----------
    situation
        Gives needs, windows and items.
    allocation
        Gives the consignments. Those to one place of one item are matched with the needs there
        in order of windows and due times, so that pieces which were sent early on purpose may
        also come a window later at no cost. What an officer has laid down by order counts more
        than anything else, and is due when the order says.

    Attributes
    ----------
    portions
        In order of consignment.
    urgency
        Rank of each portion among all: by due window, then by what a place on a truck is worth.
    window_end_s
        Ends of the windows in seconds after the start.
    """

    def __init__(self, situation: Situation, allocation: Allocation) -> None:
        self.consignments = allocation.consignments
        index = situation.travel.index()
        self._take_windows(situation.policy)
        items = situation.catalogue.by_code()
        last_windows = _last_windows(situation)
        cargo = cargo_of(situation)
        portions = []
        matched = _matched(situation, allocation.consignments)
        for match in _ordered(situation, allocation.consignments, matched):
            consignment = allocation.consignments[match.consignment]
            item = items[consignment.item_code]
            portions.append(
                Portion(
                    consignment=match.consignment,
                    depot=index[consignment.depot_code],
                    place=index[consignment.place_code],
                    pieces=match.pieces,
                    pack_pieces=max(item.pack_pieces, 1),
                    piece_g=item.mass_g,
                    piece_cm3=item.volume_cm3,
                    due_window=match.due_window,
                    rate=match.rate,
                    ready_s=ceil(consignment.ready_after.total_seconds()),
                    last_window=last_windows.get(consignment.lot_code),
                    cargo=cargo.get(consignment.item_code, ANYTHING),
                )
            )
        self.portions = tuple(portions)
        self.urgency = urgency_ranks(portions)

    def _take_windows(self, policy: PlanningPolicy) -> None:
        self.window_end_s = tuple(int(end.total_seconds()) for end in policy.window_ends)
        self._never_s = self.window_end_s[-1] + int(policy.never_extra.total_seconds())

    @cached_property
    def _costs(self) -> list[tuple[int, ...]]:
        """Deprivation of a piece of each portion by arrival window, never last."""
        windows = (*range(len(self.window_end_s)), None)
        return [
            tuple(self.delay_cost(portion, window) for window in windows)
            for portion in self.portions
        ]

    def slips(self, window: int) -> list[float]:
        """Return what a piece of each portion saves that arrives in a window, not in the next.

        A piece that is not due yet counts for little, see `EARLY_VALUE_SHARE`. Any counts for
        something, so that nothing is left behind for want of worth.
        """
        if window not in self._slips:
            slips = []
            for portion, costs in zip(self.portions, self._costs, strict=True):
                due = max(portion.due_window, window)
                worth = float(costs[due + 1] - costs[due] + 1)
                slips.append(worth if portion.due_window <= window else EARLY_VALUE_SHARE * worth)
            self._slips[window] = slips
        return self._slips[window]

    @cached_property
    def _slips(self) -> dict[int, list[float]]:
        return {}

    def delay_cost(self, portion: Portion, window: int | None) -> int:
        """Return the deprivation of one piece that arrives in a window, or never (None).

        What is not good any more on arrival is as if it never came.

        Returns
        -------
        int
            Weighted thousandths of person-hours.
        """
        due_s = self.window_end_s[portion.due_window]
        if window is not None and portion.last_window is not None and window > portion.last_window:
            window = None
        arrival_s = self._never_s if window is None else self.window_end_s[window]
        return portion.rate * max(0, arrival_s - due_s) // SECONDS_PER_HOUR

    def window_of(self, instant_s: int) -> int | None:
        """Return the window in which an instant falls, None after the last one."""
        for window, end_s in enumerate(self.window_end_s):
            if instant_s <= end_s:
                return window
        return None

    def cost_of(self, lines: Iterable[tuple[int, int]], window: int | None) -> int:
        """Return the deprivation of lines that arrive in a window, or never (None)."""
        costs = self._costs
        column = -1 if window is None else window
        return sum(pieces * costs[number][column] for number, pieces in lines)

    def is_plain(self, cargo: Cargo) -> bool:
        """Return whether goods may be on any truck, with whatever else is plain.

        Of goods that must not travel together those are plain of which there is more.
        """
        return not (cargo.needs_cooling or cargo.groups & ~self._plain.groups)

    @cached_property
    def _heeds_cargo(self) -> bool:
        return any(portion.cargo is not ANYTHING for portion in self.portions)

    @cached_property
    def _plain(self) -> Cargo:
        """What may all be together, the kinds of which there is more first."""
        mass_g: dict[Cargo, int] = defaultdict(int)
        for portion in self.portions:
            mass_g[portion.cargo] += portion.pieces * portion.piece_g
        plain = ANYTHING
        for cargo in sorted(mass_g, key=lambda cargo: (-mass_g[cargo], cargo.groups)):
            if not cargo.needs_cooling and cargo.goes_with(plain):
                plain = plain.joined(cargo)
        return plain

    def load(self, depot: int, place: int, lines: Lines) -> Load:
        """Return lines as a load with its mass and volume."""
        return Load(
            depot=depot,
            place=place,
            lines=lines,
            mass_g=sum(pieces * self.portions[number].piece_g for number, pieces in lines),
            volume_cm3=sum(pieces * self.portions[number].piece_cm3 for number, pieces in lines),
            ready_s=max((self.portions[number].ready_s for number, _ in lines), default=0),
            cargo=together(self.portions[number].cargo for number, _ in lines)
            if self._heeds_cargo
            else ANYTHING,
        )

    def fitting(
        self,
        remaining: Sequence[tuple[int, int]],
        room_g: int,
        room_cm3: int,
        *,
        is_cooled: bool,
        on_board: Cargo = ANYTHING,
    ) -> Lines:
        """Return as much of the given lines, in their order, as fits into the room.

        Whole packs are taken; a pack is broken only where all that is left of a portion fits. What
        must not travel with what is on board, or is taken before it, stays, and so does what needs
        cooling where the body is not cooled.
        """
        taken = []
        for number, pieces in remaining:
            portion = self.portions[number]
            cargo = portion.cargo
            if cargo is not ANYTHING and (
                (cargo.needs_cooling and not is_cooled) or not cargo.goes_with(on_board)
            ):
                continue
            most = min(
                pieces,
                room_g // portion.piece_g if portion.piece_g else pieces,
                room_cm3 // portion.piece_cm3 if portion.piece_cm3 else pieces,
            )
            if most < pieces:
                most -= most % portion.pack_pieces
            if most > 0:
                taken.append((number, most))
                if cargo is not ANYTHING:
                    on_board = on_board.joined(cargo)
                room_g -= most * portion.piece_g
                room_cm3 -= most * portion.piece_cm3
        return tuple(taken)


@dataclass(frozen=True, slots=True)
class _Match:
    """Pieces of a consignment and the need that they are meant for."""

    consignment: int
    pieces: int
    due_window: int
    rate: int


def urgency_ranks(portions: Sequence[Portion]) -> tuple[int, ...]:
    """Return the rank of each portion: by due window, then by what a place on a truck is worth."""
    by_urgency = sorted(range(len(portions)), key=lambda number: _urgency(portions[number]))
    return tuple(
        rank for _, rank in sorted((number, rank) for rank, number in enumerate(by_urgency))
    )


def _urgency(portion: Portion) -> tuple[int, float]:
    """Return due window and negative rate for the share of a truck that a portion takes."""
    # A litre of truck is taken as worth a quarter of a kilogram: about 4 m3 to the tonne, as in
    # the boxes of the modelled fleet.
    return portion.due_window, -portion.rate / max(portion.piece_g, portion.piece_cm3 / 4, 1)


def _matched(
    situation: Situation,
    consignments: Sequence[Consignment],
) -> list[_Match]:
    """Match consignments with needs, first come first due."""
    weights = dict(situation.policy.priority_weights)
    stand_ins = situation.catalogue.stand_in_of()
    needs: dict[tuple[str, str], list[list[int]]] = defaultdict(list)
    for need in sorted(situation.needs, key=lambda need: need.due_at):
        window = situation.window_of(need.due_at)
        due_window = len(situation.policy.window_ends) - 1 if window is None else window
        rate = need.milli_people_per_piece * weights[need.priority]
        needs[need.place_code, need.item_code].append([need.pieces, due_window, rate])
    order = sorted(
        range(len(consignments)),
        key=lambda number: (consignments[number].window, consignments[number].lot_code, number),
    )
    last_window = len(situation.policy.window_ends) - 1
    matched = []
    for number in order:
        consignment = consignments[number]
        left = consignment.pieces
        one = stand_ins.get(consignment.item_code)
        wanted, met = (
            (consignment.item_code, 1) if one is None else (one.stands_for_code, one.met_pieces)
        )
        waiting = needs[consignment.place_code, wanted]
        while left > 0 and waiting:
            pieces = min(left, ceil_div(waiting[0][0], met))
            matched.append(_Match(number, pieces, waiting[0][1], met * waiting[0][2]))
            left -= pieces
            # The last set may reach into the need that is due next.
            met_pieces = pieces * met
            while met_pieces and waiting:
                filled = min(met_pieces, waiting[0][0])
                waiting[0][0] -= filled
                met_pieces -= filled
                if waiting[0][0] == 0:
                    waiting.pop(0)
        if left > 0:
            matched.append(_Match(number, left, last_window, 0))
    matched.sort(key=lambda match: (match.consignment, match.due_window))
    return matched


def _ordered(
    situation: Situation, consignments: Sequence[Consignment], matched: list[_Match]
) -> list[_Match]:
    """Return the matches with what is laid down by order apart, and dearer than all else."""
    claims = laid_down(situation, consignments)
    if not claims:
        return matched
    dearest = LAID_DOWN_TIMES * max((match.rate for match in matched), default=1)
    left = {number: pieces for number, (pieces, _) in claims.items()}
    apart = []
    for match in matched:
        claimed = min(match.pieces, left.get(match.consignment, 0))
        if claimed:
            left[match.consignment] -= claimed
            due_window = min(match.due_window, claims[match.consignment][1])
            apart.append(
                replace(match, pieces=claimed, due_window=due_window, rate=match.rate + dearest)
            )
        if match.pieces > claimed:
            apart.append(replace(match, pieces=match.pieces - claimed))
    return apart


def _last_windows(situation: Situation) -> dict[str, int]:
    """Return the last window in which each lot is good that is not so in all, -1 for none."""
    brief = situation.brief_lots()
    found = {}
    for lot in situation.lots:
        until = situation.good_until(lot) if lot.code in brief else None
        if until is not None:
            ends = (situation.start_at + end for end in situation.policy.window_ends)
            found[lot.code] = sum(end < until for end in ends) - 1
    return found
