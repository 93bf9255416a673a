"""The activity report on the screen and as a file."""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request
from flask_babel import gettext as _

from lms.core import clock
from lms.core.access import allow
from lms.core.errors import NotFound
from lms.core.sheets import CSV_MEDIA_TYPE, write_csv
from lms.core.web import interface_language
from lms.courses.access import current_member, report_readers
from lms.reports.domain import MINIMUM_SLICE, NONE, PENDING
from lms.reports.exports import figures_sheet
from lms.reports.lens import Lens, lens_for
from lms.reports.queries import ActivityReport, activity_report
from lms.surveys.domain import MINIMUM_RETURNS

blueprint = Blueprint("reports", __name__)


@blueprint.get("/editions/<code>/report")
@allow(report_readers)
def show(code: str) -> str:
    """The figures with what they mean, for everybody or for one sponsor."""
    report, lens = _report()
    return render_template(
        "reports/show.html",
        report=report,
        lens=lens,
        figures=lens.figures,
        no_certificate=NONE,
        pending=PENDING,
        minimum_returns=MINIMUM_RETURNS,
        minimum_slice=MINIMUM_SLICE,
    )


@blueprint.get("/editions/<code>/report.csv")
@allow(report_readers)
def show_csv(code: str) -> Response:
    """The figures that the page shows, as a file."""
    report, lens = _report()
    if lens.figures is None:
        raise NotFound(_("There are no figures for you in this edition."))
    name = f"{code}-report-{lens.sponsor.code}.csv" if lens.sponsor else f"{code}-report.csv"
    content = write_csv(figures_sheet(report, lens, lens.figures), interface_language())
    response = Response(content, content_type=CSV_MEDIA_TYPE)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    response.headers["Cache-Control"] = "no-store"
    return response


def _report() -> tuple[ActivityReport, Lens]:
    member = current_member()
    report = activity_report(member.edition, clock.now())
    return report, lens_for(member, report, request.args.get("sponsor"))
