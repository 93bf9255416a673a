"""The activity report and the results as documents and tables, for files and for programs."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _

from lms.core.i18n import localise
from lms.core.sheets import Cell, Sheet
from lms.core.web import plain_filter
from lms.grading.certificate_names import certificate_title
from lms.grading.domain.scheme import GradingScheme
from lms.grading.queries import Standing
from lms.grading.wording import sentences
from lms.reports.domain import NONE, Figures
from lms.reports.lens import Lens
from lms.reports.queries import ActivityReport, decision_key
from lms.surveys.queries import SurveyResults


def _number(value: Decimal | None) -> float | None:
    """A rounded figure as JSON writes numbers."""
    return None if value is None else float(value)


def report_document(report: ActivityReport, languages: Sequence[str]) -> dict[str, Any]:
    """The whole report as JSON values, for programs."""
    figures = report.figures
    return {
        "code": report.edition.code,
        "title": localise(report.edition.title, languages).text,
        "starts_on": report.edition.starts_on.isoformat(),
        "ends_on": report.edition.ends_on.isoformat(),
        "as_at": report.as_at.isoformat(timespec="seconds"),
        "participants": figures.participants,
        "participants_by_sponsor": {code: part.participants for code, part in report.by_sponsor.items()},
        "participants_without_sponsor": report.without_sponsor,
        "participants_by_organisation_type": _stated(figures.by_organisation_type),
        "participants_by_country": _stated(figures.by_country),
        "participants_by_sex": _stated(figures.by_sex),
        "quiz_average": _number(figures.quiz_average),
        "quiz_maximum": _number(report.quiz_maximum),
        "quiz_above_average": figures.quiz_above_average,
        "group_active": figures.group_active,
        "essays_submitted": figures.essays_submitted,
        "certificates": dict(figures.certificates),
        "certificates_by_sponsor": {code: dict(part.certificates) for code, part in report.by_sponsor.items()},
        "decisions": dict(figures.decisions),
        **_evaluation_document(report.evaluation, languages),
    }


def _stated(pairs: Sequence[tuple[str, int]]) -> dict[str, int]:
    return {value or "not stated": count for value, count in pairs}


def _evaluation_document(results: SurveyResults | None, languages: Sequence[str]) -> dict[str, Any]:
    if results is None:
        return {"evaluation": [], "response_rate": None}
    scales = results.summary.scales if results.summary else ()
    return {
        "evaluation": [
            {
                "question": localise(question.text, languages).text,
                "n": question.n,
                "average": _number(question.average),
                "share_4_5": _number(question.share_4_5),
                "shares": [_number(share) for share in question.shares],
                "counts": list(question.counts),
                "not_applicable": question.not_applicable,
            }
            for question in scales
        ],
        "evaluation_visibility": str(results.visibility),
        "evaluation_answered": results.answered,
        "evaluation_asked": results.asked,
        "response_rate": _number(results.response_rate),
    }


def figures_sheet(report: ActivityReport, lens: Lens, figures: Figures) -> Sheet:
    """What the page shows through a lens, one figure a row."""
    rows: list[list[Cell]] = [
        [_("Edition"), report.edition.code],
        [_("First day"), report.edition.starts_on],
        [_("Last day"), report.edition.ends_on],
        [_("As at"), report.as_at.astimezone(ZoneInfo(report.edition.time_zone))],
        [_("Sponsor"), lens.sponsor.code if lens.sponsor else _("everybody, whoever pays")],
        [_("Participants"), figures.participants],
    ]
    if not lens.hides_people:
        rows.append([_("Quiz average, of %(maximum)s", maximum=report.quiz_maximum), figures.quiz_average])
        rows.append([_("Above the quiz average"), figures.quiz_above_average])
    rows.append([_("Active in group work"), figures.group_active])
    rows.append([_("Essays handed in"), figures.essays_submitted])
    for tier in report.tiers:
        rows.append([plain_filter(certificate_title(tier.title)), figures.certificates[tier.key]])
    rows.append([_("No certificate"), figures.certificates[NONE]])
    return Sheet(_("Report"), [_("Figure"), _("Value")], rows)


def results_rows(standings: Sequence[Standing]) -> list[dict[str, Any]]:
    """One document a participant: points by item, the exact total, the decision and its reason in words."""
    return [
        {
            "name": standing.name,
            "email": standing.enrolment.person.email,
            "sponsors": list(standing.sponsors),
            "items": {
                result.key: {
                    "points": None if result.points is None else str(result.points),
                    "state": str(result.state),
                }
                for result in standing.results
            },
            "total": str(standing.decision.total),
            "decision": decision_key(standing.decision),
            "reason": sentences(standing.decision.reasons),
        }
        for standing in standings
    ]


def results_sheet(standings: Sequence[Standing], scheme: GradingScheme) -> Sheet:
    """The same as a table: a column an item, empty where there is no mark."""
    header = ["name", "email", "sponsors", *(item.key for item in scheme.items), "total", "decision", "reason"]
    rows: list[list[Cell]] = [
        [
            standing.name,
            standing.enrolment.person.email,
            " ".join(standing.sponsors),
            *(result.points for result in standing.results),
            standing.decision.total,
            decision_key(standing.decision),
            sentences(standing.decision.reasons),
        ]
        for standing in standings
    ]
    return Sheet("results", header, rows)
