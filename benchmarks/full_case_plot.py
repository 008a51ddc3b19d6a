"""The curve of the full case as a picture: what more seconds are worth."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from matplotlib.figure import Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class CurvePoint:
    """A plan of the curve.

    Parameters
    ----------
    seconds
        That the plan was given; the greedy plan was given none and stands at what it took.
    deprivation_share, bound_share
        Of what is lost if nothing comes: the plan's, and the least that is proven.
    cost_yuan
        Of its transport.
    """

    seconds: float
    deprivation_share: float
    bound_share: float
    cost_yuan: float


def draw_curves(curves: Mapping[str, Sequence[CurvePoint]], path: Path) -> None:
    """Draw deprivation with its bound and cost over seconds, a row for each variant.

    Parameters
    ----------
    curves
        The points of each variant, the greedy plan first.
    path
        The picture, PNG or SVG by its ending.
    """
    figure = Figure(figsize=(9, 3.4 * len(curves)), layout="constrained")
    rows = figure.subplots(len(curves), 2, squeeze=False)
    for (name, (greedy, *points)), (left, right) in zip(curves.items(), rows, strict=True):
        seconds = [point.seconds for point in points]
        left.plot(seconds, [100 * point.deprivation_share for point in points], "o-", label="plan")
        best_bound = 100 * max(point.bound_share for point in points)
        left.axhline(best_bound, color="black", linestyle=":", label="proven bound")
        left.axhline(100 * greedy.deprivation_share, color="tab:red", label="greedy")
        left.set_ylabel("deprivation, % of doing nothing")
        right.plot(seconds, [point.cost_yuan / 1e6 for point in points], "o-", label="plan")
        right.axhline(greedy.cost_yuan / 1e6, color="tab:red", label="greedy")
        right.set_ylabel("transport, million yuan")
        for axes in (left, right):
            axes.set_title(name)
            axes.set_xscale("log")
            axes.set_xticks(seconds, [f"{one:g}" for one in seconds])
            axes.minorticks_off()
            axes.set_xlabel("seconds")
            axes.set_ylim(bottom=0)
            axes.grid(alpha=0.3)
            axes.legend()
    figure.savefig(path, dpi=110)
