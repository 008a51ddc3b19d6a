"""All papers of a plan, as they lie in its folder or in the database."""

import json
from collections.abc import Mapping

from api.documents.geojson import plan_geojson
from api.documents.loading_sheets import loading_sheets
from api.documents.map_picture import map_picture
from api.documents.saved import CERTIFICATE, certificate_file, plan_files
from api.documents.summary import markdown
from api.documents.waybills import workbook
from api.language import Language
from api.plan_result import PlanResult
from api.plan_summary import summarise
from relief.plan.outcome import Progress, ProgressStep, silent


def papers(
    result: PlanResult,
    language: Language,
    progress: Progress = silent,
    *,
    also: Mapping[str, bytes] | None = None,
) -> dict[str, bytes]:
    """Return the papers of a plan under their names.

    Parameters
    ----------
    result
        The plan.
    language
        Of the summary and the map; the other papers are in both languages.
    progress
        Hears of each paper; may raise `relief.errors.Stopped`.
    also
        Further papers; the certificate covers them as well.
    """
    progress(ProgressStep(stage="documents", done_share=0.0, detail="plan.json"))
    content = plan_files(result)
    progress(ProgressStep(stage="documents", done_share=0.2, detail="plan.geojson"))
    geojson = json.dumps(plan_geojson(result), ensure_ascii=False, allow_nan=False)
    content["plan.geojson"] = geojson.encode()
    progress(ProgressStep(stage="documents", done_share=0.4, detail="waybills.xlsx"))
    content["waybills.xlsx"] = workbook(result)
    content["loading.html"] = loading_sheets(result)
    content["summary.md"] = markdown(summarise(result), language).encode()
    progress(ProgressStep(stage="documents", done_share=0.6, detail="map.png"))
    content["map.png"] = map_picture(result, language)
    content |= also or {}
    content[CERTIFICATE] = certificate_file(result.plan, content)
    progress(ProgressStep(stage="documents", done_share=1.0))
    return content
