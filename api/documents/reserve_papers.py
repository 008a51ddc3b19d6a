"""The papers of a reserve study: quantities as a table, coverage as a picture."""

import csv
import io

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from api.documents.map_fonts import chinese_family
from api.language import Language
from api.reserve_study import ReserveStudy
from relief.sentences import say

QUANTITIES, PICTURE = "quantities.csv", "coverage.png"
RESERVE_PAPERS = (QUANTITIES, PICTURE)
_DPI = 150
_COLUMNS = (
    "kind",
    "code",
    "name_zh",
    "name_en",
    "item_code",
    "item_zh",
    "item_en",
    "today_pieces",
    "planned_pieces",
)


def reserve_papers(study: ReserveStudy, language: Language) -> dict[str, bytes]:
    """Return the papers of a study under their names."""
    return {QUANTITIES: quantities(study), PICTURE: coverage_picture(study, language)}


def quantities(study: ReserveStudy) -> bytes:
    """Return what is kept today and what is planned, a row a depot or contract and item.

    The table is UTF-8 with a byte-order mark, so that spreadsheets read the Chinese names.
    """
    items = study.network.catalogue.by_code()
    depots = {depot.code: depot for depot in study.depots}
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(_COLUMNS)
    blocks = (
        (
            "depot",
            study.ensemble.depot_codes,
            study.today.physical_pieces,
            study.plan.choice.physical_pieces,
        ),
        (
            "agreement",
            study.ensemble.supplier_codes,
            study.today.agreement_pieces,
            study.plan.choice.agreement_pieces,
        ),
    )
    for kind, codes, today, planned in blocks:
        for row, column in np.argwhere((today > 0) | (planned > 0)).tolist():
            depot = depots[codes[row]]
            item = items[study.ensemble.item_codes[column]]
            writer.writerow(
                [
                    kind,
                    depot.code,
                    depot.name_zh,
                    depot.name_en,
                    item.code,
                    item.name_zh,
                    item.name_en,
                    int(today[row, column]),
                    int(planned[row, column]),
                ]
            )
    return stream.getvalue().encode("utf-8-sig")


def coverage_picture(study: ReserveStudy, language: Language) -> bytes:
    """Return a picture of what is there in time, today and as planned, scenario by scenario.

    For each item the fresh scenarios are sorted from the worst to the best, so that a curve that
    hugs the top serves nearly every disaster in full.
    """
    # Without a Chinese font the picture speaks English, and names places in pinyin.
    family = chinese_family()
    words = language if family is not None else Language(code="en")
    items = study.network.catalogue.by_code()
    num = len(study.terms)
    columns = min(4, num)
    rows = -(-num // columns)
    figure = Figure(figsize=(3.1 * columns, 2.7 * rows + 0.9), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True)
    share = (np.arange(len(study.fresh.names)) + 0.5) / len(study.fresh.names) * 100
    for column, (term, axis) in enumerate(zip(study.terms, axes.flat, strict=False)):
        for outcome, name, colour in (
            (study.today_outcome, say("today"), "#8a8f98"),
            (study.planned_outcome, say("planned"), "#c2410c"),
        ):
            worst_due = outcome.timely_share[:, :, column].min(axis=1)
            axis.plot(
                share,
                np.sort(worst_due) * 100,
                color=colour,
                linewidth=1.8,
                label=words.tell(name),
            )
        item = items[term.item_code]
        label = item.name_zh if words.code == "zh" else item.name_en
        axis.set_title(label, fontsize=10, family=family)
        axis.set_ylim(0, 104)
        axis.grid(visible=True, color="#e5e7eb", linewidth=0.6)
        axis.spines[["top", "right"]].set_visible(False)
    for axis in list(axes.flat)[num:]:
        axis.set_visible(False)
    figure.supxlabel(
        words.tell(say("fresh scenarios, from the worst to the best (%)")), family=family
    )
    figure.supylabel(words.tell(say("there in time (%)")), family=family)
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(
        handles, labels, loc="outside upper right", ncols=2, frameon=False, prop={"family": family}
    )
    stream = io.BytesIO()
    figure.savefig(stream, dpi=_DPI)
    return stream.getvalue()
