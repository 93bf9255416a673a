"""Marks from a sheet: the file, what it would do, and what it did."""

from __future__ import annotations

from flask import current_app, redirect, render_template, url_for
from werkzeug.wrappers import Response

from lms.core import clock
from lms.core.access import allow
from lms.core.db import unit_of_work
from lms.core.sheets import SheetFault
from lms.courses.access import coordinators, current_member
from lms.grading.domain.mark_sheet import Outcome
from lms.grading.forms import MarkSheetForm
from lms.grading.services import mark_sheets
from lms.grading.views.blueprint import blueprint
from lms.grading.wording import cell_fault

Answer = Response | str | tuple[str, int]
PAGE_SIZE = 200


@blueprint.route("/editions/<code>/gradebook/sheets", methods=["GET", "POST"])
@allow(coordinators)
def upload_sheet(code: str) -> Answer:
    """Take the file; what it would do is shown before anything is done."""
    form = MarkSheetForm()
    if not form.validate_on_submit():
        return render_template("grading/sheet.html", form=form), 422 if form.is_submitted() else 200
    file = form.file.data
    try:
        with unit_of_work():
            sheet = mark_sheets.preview_marks(
                current_member(), file.read(mark_sheets.MAX_BYTES + 1), file.filename or "", form.reason.data,
                current_app.config["INTERFACE_LANGUAGES"], clock.now(),
            )  # fmt: skip
            sheet_id = sheet.id
    except SheetFault as fault:
        form.file.errors = (str(fault),)
        return render_template("grading/sheet.html", form=form), 422
    return redirect(url_for(".sheet", code=code, sheet_id=sheet_id), 303)


@blueprint.get("/editions/<code>/gradebook/sheets/<int:sheet_id>")
@allow(coordinators)
def sheet(code: str, sheet_id: int) -> str:
    """What the sheet would do, line by line; after it was confirmed, what it did."""
    member = current_member()
    kept = mark_sheets.get_sheet(member, sheet_id)
    plans = []
    if kept.confirmed_at is None:
        plans = mark_sheets.plans_of(member, kept, current_app.config["INTERFACE_LANGUAGES"])
    cells = [cell for plan in plans for cell in plan.cells]
    counts = {outcome.value: sum(cell.outcome is outcome for cell in cells) for outcome in Outcome}
    counts["faulty"] += sum(bool(plan.fault) for plan in plans)
    telling = [plan for plan in plans if plan.outcome is not Outcome.SAME]
    return render_template(
        "grading/sheet_preview.html",
        sheet=kept,
        plans=telling[:PAGE_SIZE],
        more=max(0, len(telling) - PAGE_SIZE),
        counts=kept.result.get("counts", counts),
        has_revisions=any(line.get("revision") for line in kept.lines),
        cell_fault=cell_fault,
    )


@blueprint.post("/editions/<code>/gradebook/sheets/<int:sheet_id>")
@allow(coordinators)
def confirm_sheet(code: str, sheet_id: int) -> Answer:
    """Set the marks, once."""
    with unit_of_work():
        mark_sheets.set_marks(current_member(), sheet_id, current_app.config["INTERFACE_LANGUAGES"], clock.now())
    return redirect(url_for(".sheet", code=code, sheet_id=sheet_id), 303)
