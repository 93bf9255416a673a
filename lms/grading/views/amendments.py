"""What was changed after the edition was closed."""

from __future__ import annotations

from flask import render_template, request

from lms.core.access import allow
from lms.courses.access import current_member, teachers
from lms.grading.queries import get_scheme
from lms.grading.queries.amendments import PAGE_SIZE, amendments_of
from lms.grading.views.blueprint import blueprint


@blueprint.get("/editions/<code>/gradebook/amendments")
@allow(teachers)
def amendments(code: str) -> str:
    """Every amendment with its author, its reason and its effect, the newest first."""
    edition = current_member().edition
    page = request.args.get("page", 1, type=int)
    lines, total = amendments_of(edition.id, page)
    return render_template(
        "grading/amendments.html",
        lines=lines,
        scheme=get_scheme(edition.id)[1],
        total=total,
        page=page,
        pages=max(1, -(-total // PAGE_SIZE)),
    )
