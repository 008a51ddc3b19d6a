"""The assessment as a record for machines: every number with the reports behind it."""

from api.assessing import AssessmentResult, within_code
from api.documents.lineage import covered_figures
from geodata.gazetteer import PROVINCE_CODE
from relief.damage.intervals import STATED_SHARE
from relief.damage.needs import Estimate
from relief.damage.reports import DamageReport
from relief.damage.response import Proposal
from relief.damage.supersession import Overruled

Record = dict[str, object]


def assessment_record(result: AssessmentResult, unit_code: str = PROVINCE_CODE) -> Record:
    """Return an assessment with all places inside one unit.

    Instants are ISO 8601 in UTC. ``reports`` holds each report once, and everything else refers
    to it by its number there.
    """
    reports = _Reports()
    assessment = result.assessment
    leaves = [leaf for leaf in result.estimates.leaves if _inside(leaf.place_code, unit_code)]
    standing = {(f.place_code, f.indicator): f.observations[0].report for f in assessment.figures}
    record: Record = {
        "event": result.event.code,
        "at": assessment.at.isoformat(),
        "target_at": result.estimates.target_at.isoformat(),
        "began_at": result.began_at.isoformat(),
        "stated_share": STATED_SHARE,
        "unit": unit_code,
        "proposals": {name: _proposal(each) for name, each in result.proposals().items()},
        "totals": [
            {
                "indicator": total.indicator.value,
                "reported": total.reported,
                "stated": None if total.stated is None else total.stated.count,
                "stated_report": None
                if total.stated is None
                else reports.number(total.stated.report),
                **_span(total.estimate),
                "num_reported": total.num_reported,
                "num_silent": total.num_silent,
            }
            for total in result.totals(unit_code)
        ],
        "places": [
            {
                "place": leaf.place_code,
                "indicator": leaf.indicator.value,
                "basis": leaf.basis.value,
                "reported": leaf.reported,
                "report": None
                if leaf.reported is None
                else reports.number(standing[leaf.place_code, leaf.indicator]),
                "report_weight_share": leaf.report_weight_share,
                "exposed_people": leaf.exposed_people,
                **_span(leaf.estimate),
            }
            for leaf in leaves
        ],
        "counted_in_county": [
            {
                "place": figure.place_code,
                "indicator": figure.indicator.value,
                "reported": figure.estimate.likely,
                "report": reports.number(figure.observations[0].report),
            }
            for figure in covered_figures(result, within_code(unit_code))
        ],
        "overruled": [
            _overruled(each, reports)
            for each in assessment.overruled
            if _inside(each.overruled.report.unit_code, unit_code)
        ],
        "flags": [
            {
                "place": flag.place_code,
                "check": flag.check.value,
                "indicator": flag.indicator.value,
                "sentence": str(flag.sentence),
            }
            for flag in assessment.flags
            if _inside(flag.place_code, unit_code)
        ],
        "late": [
            {
                "unit": each.unit_code,
                "level": each.level.name.lower(),
                "stage": each.stage.value,
                "due_at": each.due_at.isoformat(),
                "received_at": None if each.received_at is None else each.received_at.isoformat(),
            }
            for each in result.late
            if _inside(each.unit_code, unit_code)
        ],
        "set_aside": [
            {
                "report": reports.number(each.report),
                "reason": each.reason.value,
                "because": str(each.because),
            }
            for each in assessment.set_aside
        ],
        "refused": [
            {
                "line": each.line,
                "received_at": each.received_at.isoformat(),
                "reason": each.reason,
                "raw_hex": each.raw.hex(),
            }
            for each in result.heard.refused
        ],
    }
    record["reports"] = reports.listed()
    return record


def _inside(code: str, unit_code: str) -> bool:
    return code.startswith(within_code(unit_code))


def _span(estimate: Estimate) -> Record:
    return {"low": estimate.low, "likely": estimate.likely, "high": estimate.high}


def _proposal(proposal: Proposal) -> Record:
    return {
        "table": proposal.table.code,
        "is_sample": proposal.table.is_sample,
        "level": None if proposal.level is None else proposal.level.name,
        "triggers": [
            {
                "criterion": trigger.criterion.code,
                "level": trigger.threshold.level.name,
                "count": trigger.count,
                "at_least": trigger.threshold.at_least,
                "unreported": [indicator.value for indicator in trigger.unreported],
                "is_remembered": trigger.threshold.is_remembered,
            }
            for trigger in proposal.triggers
        ],
        "not_judged": [criterion.code for criterion in proposal.not_judged],
    }


def _overruled(each: Overruled, reports: "_Reports") -> Record:
    return {
        "place": each.overruled.report.unit_code,
        "indicator": each.overruled.indicator.value,
        "count": each.overruled.count,
        "report": reports.number(each.overruled.report),
        "by_count": each.standing.count,
        "by_report": reports.number(each.standing.report),
        "reason": each.reason.value,
        "conflict": each.conflict,
    }


class _Reports:
    """Numbers reports as they are first spoken of."""

    def __init__(self) -> None:
        self._numbers: dict[DamageReport, int] = {}

    def number(self, report: DamageReport) -> int:
        """Return the number of a report."""
        return self._numbers.setdefault(report, len(self._numbers))

    def listed(self) -> list[Record]:
        """Return all reports spoken of, in order of number."""
        return [
            {
                "sender_card": report.sender_card,
                "sequence": report.sequence,
                "source": report.source.name.lower(),
                "stage": report.stage.value,
                "unit": report.unit_code,
                "observed_at": report.observed_at.isoformat(),
                "received_at": report.received_at.isoformat(),
                "raw_hex": report.raw.hex(),
            }
            for report in self._numbers
        ]
