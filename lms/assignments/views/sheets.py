"""Marking offline: the folder with the work and the sheet, and the sheet given back."""

from __future__ import annotations

from flask import Response, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from lms.assignments.marking_forms import SheetForm
from lms.assignments.models import Assignment
from lms.assignments.queries.work import get_assignment
from lms.assignments.services.sheets import (
    MAX_BYTES,
    compare_sheet,
    get_sheet,
    keep_sheet,
    marking_archive,
    marking_sheet,
    take_over_sheet,
)
from lms.assignments.views.blueprint import blueprint
from lms.core import clock
from lms.core.access import allow
from lms.core.db import unit_of_work
from lms.core.sheets import SheetFault
from lms.core.web import plain_filter
from lms.courses.access import current_member, teachers

_PLACE = "/editions/<code>/assignments/<key>/sheets"


def _assignment(key: str) -> Assignment:
    return get_assignment(current_member().edition.id, key)


@blueprint.get(_PLACE)
@allow(teachers)
def sheet(code: str, key: str) -> str:
    """What can be taken along, and where the sheet is given back."""
    return _page(_assignment(key), SheetForm(formdata=None))


def _page(assignment: Assignment, form: SheetForm) -> str:
    lines = len(marking_sheet(current_member(), assignment, plain_filter).rows)
    return render_template("assignments/marking/sheet.html", assignment=assignment, form=form, lines=lines)


@blueprint.get(f"{_PLACE}/marking.zip")
@allow(teachers)
def sheet_archive(code: str, key: str) -> Response:
    """One folder with all work to mark and the sheet."""
    content = marking_archive(current_member(), _assignment(key), plain_filter)
    return Response(
        content,
        mimetype="application/zip",
        headers={
            "Content-Disposition": f'attachment; filename="{code}-{key}.zip"',
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "private, no-store",
        },
    )


@blueprint.post(_PLACE)
@allow(teachers)
def give_back_sheet(code: str, key: str) -> AnyResponse | tuple[str, int]:
    """Read the sheet and show what it would change."""
    assignment, form = _assignment(key), SheetForm()
    if not form.validate():
        return _page(assignment, form), 422
    sent = form.file.data
    try:
        with unit_of_work():
            preview_id = keep_sheet(
                current_member(), assignment, sent.read(MAX_BYTES + 1), sent.filename or "",
                current_app.config["INTERFACE_LANGUAGES"], clock.now(),
            ).id  # fmt: skip
    except SheetFault as fault:
        form.file.errors = [str(fault)]
        return _page(assignment, form), 422
    return redirect(url_for("assignments.sheet_preview", code=code, key=key, preview_id=preview_id), 303)


@blueprint.get(f"{_PLACE}/<int:preview_id>")
@allow(teachers)
def sheet_preview(code: str, key: str, preview_id: int) -> str:
    """A sheet that was given back: line by line what it would change; afterwards, what it did."""
    member, assignment = current_member(), _assignment(key)
    preview = get_sheet(member, assignment, preview_id)
    lines = [] if preview.confirmed_at else compare_sheet(member, assignment, preview, plain_filter)
    shown = request.args.get("show", "")
    return render_template(
        "assignments/marking/sheet_preview.html",
        assignment=assignment,
        preview=preview,
        lines=[line for line in lines if not shown or line.outcome == shown],
        counts={
            outcome: sum(line.outcome == outcome for line in lines)
            for outcome in ("accepted", "conflict", "faulty", "unchanged")
        },
        shown=shown,
    )


@blueprint.post(f"{_PLACE}/<int:preview_id>")
@allow(teachers)
def take_over(code: str, key: str, preview_id: int) -> AnyResponse:
    """Save the lines that can be saved."""
    with unit_of_work():
        take_over_sheet(current_member(), _assignment(key), preview_id, clock.now(), plain_filter)
    flash(_("The sheet is taken over."))
    return redirect(url_for("assignments.sheet_preview", code=code, key=key, preview_id=preview_id), 303)
