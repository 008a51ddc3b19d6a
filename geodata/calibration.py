"""How well modelled road lengths fit the few published ones.

``python -m geodata.calibration`` prints the table; ``fit_length_factors`` finds the factors anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from geodata.engine import DijkstraEngine, StretchCosts
from geodata.gazetteer import load_gazetteer
from geodata.roads import load_roads, load_straight_km
from geodata.rules import TravelRules, load_rules

OBSERVED_KM = {"420500": 320.0, "422800": 520.0, "420300": 440.0, "421100": 75.0}
"""Road distances from Wuhan to Yichang, Enshi, Shiyan and Huanggang, from seat to seat, rounded as
they are customarily given. General knowledge, unchecked."""

TOLERANCE_SHARE = 0.05
"""The fit that is asked for."""

_WUHAN = "420100"
_SPEED_CLASS = "medium"


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationRow:
    """One published distance beside the modelled one.

    Parameters
    ----------
    from_code, to_code, from_en, to_en
        The two cities.
    observed_km, modelled_km
        Published road distance, and length of the fastest modelled way of a medium truck with its
        access legs.
    error_share
        Modelled over observed, less one.
    """

    from_code: str
    to_code: str
    from_en: str
    to_en: str
    observed_km: float
    modelled_km: float
    error_share: float


def calibration_fit(rules: TravelRules | None = None) -> tuple[CalibrationRow, ...]:
    """Return the published distances beside the modelled ones.

    Parameters
    ----------
    rules
        The rules under trial; None for the shipped ones.
    """
    gazetteer, roads, rules = load_gazetteer(), load_roads(), rules or load_rules()
    layout = roads.layout
    length_hm = rules.length_hm(load_straight_km())
    middle_lon_deg = (layout.lon_deg[layout.tails] + layout.lon_deg[layout.heads]) / 2
    seconds = rules.drive_s(_SPEED_CLASS, length_hm, middle_lon_deg)
    engine = DijkstraEngine(roads, StretchCosts(seconds=seconds, length_hm=length_hm))
    start, ends = gazetteer.place(_WUHAN), [gazetteer.place(code) for code in OBSERVED_KM]
    snaps = [roads.snap(place.point) for place in (start, *ends)]
    rows = np.array([snap.row for snap in snaps])
    found = engine.table(rows[:1], rows[1:]).length_hm[0] / 10
    answer = []
    for end, snap, way_km in zip(ends, snaps[1:], found.tolist(), strict=True):
        access_km = (snaps[0].straight_km + snap.straight_km) * rules.access_detour_factor
        observed_km, modelled_km = OBSERVED_KM[end.code], way_km + access_km
        answer.append(
            CalibrationRow(
                from_code=start.code,
                to_code=end.code,
                from_en=start.name_en,
                to_en=end.name_en,
                observed_km=observed_km,
                modelled_km=modelled_km,
                error_share=modelled_km / observed_km - 1,
            )
        )
    return tuple(answer)


def fit_length_factors(short: Sequence[float], long: Sequence[float]) -> tuple[float, float, float]:
    """Return the factors for short and long stretches that fit best, and their greatest error.

    Parameters
    ----------
    short, long
        The factors to try below and above the limit of the shipped bands (20 km).

    Returns
    -------
    tuple[float, float, float]
        The pair with the least sum of squared relative errors, then its greatest relative error.
        Only pairs whose long factor is not below the short one are tried: four distances cannot
        tell the two well apart, and a longer straight line hides more bends.
    """
    trials = []
    for factors in ((one, other) for one in short for other in long if other >= one):
        rows = calibration_fit(replace(load_rules(), length_factors=factors))
        errors = [row.error_share for row in rows]
        trials.append((sum(error**2 for error in errors), factors, max(map(abs, errors))))
    _, factors, worst_share = min(trials)
    return *factors, worst_share


def main() -> None:
    """Print the fit as a table."""
    lines = ["from   to         observed km  modelled km   error"]
    lines += [
        f"{row.from_en:<6} {row.to_en:<10} {row.observed_km:>11.0f} {row.modelled_km:>12.1f} "
        f"{row.error_share:>+7.1%}"
        for row in calibration_fit()
    ]
    print("\n".join(lines))  # noqa: T201 - this is what the command is for


if __name__ == "__main__":
    main()
