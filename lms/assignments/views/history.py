"""What a part of the work said before: its versions, what differs, and the way back to one of them."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from lms.assignments.models import Draft
from lms.assignments.queries.submissions import drafts_of, versions_of
from lms.assignments.queries.work import Standing, get_deliverable
from lms.assignments.services.drafts import restore_version
from lms.assignments.views.blueprint import blueprint
from lms.assignments.views.work import address_of_part, own_standing
from lms.core import clock
from lms.core.access import allow
from lms.core.comparison import compare_lines
from lms.core.db import unit_of_work
from lms.core.errors import NotFound
from lms.core.markdown import count_words
from lms.courses.access import current_member, participants
from lms.courses.domain.content import Deliverable


@blueprint.get("/editions/<code>/assignments/<key>/parts/<part>/history")
@allow(participants)
def history(code: str, key: str, part: str) -> str:
    """What a part said before, and who wrote it."""
    standing, deliverable, draft = _own_part(key, part)
    return render_template(
        "assignments/history.html",
        standing=standing,
        part=deliverable,
        draft=draft,
        versions=versions_of(draft.id) if draft is not None else [],
        count_words=count_words,
        back=address_of_part(code, key, part),
    )


@blueprint.get("/editions/<code>/assignments/<key>/parts/<part>/history/<int:version_id>")
@allow(participants)
def version(code: str, key: str, part: str, version_id: int) -> str:
    """An earlier text, with what differs from the text of now."""
    standing, deliverable, draft = _own_part(key, part)
    found = [one for one in versions_of(draft.id) if one.id == version_id] if draft is not None else []
    if draft is None or not found:
        raise NotFound
    return render_template(
        "assignments/version.html",
        standing=standing,
        part=deliverable,
        version=found[0],
        changes=compare_lines(found[0].body, draft.body),
        count_words=count_words,
        back=url_for("assignments.history", code=code, key=key, part=part),
    )


def _own_part(key: str, part: str) -> tuple[Standing, Deliverable, Draft | None]:
    standing = own_standing(key, clock.now())
    deliverable = get_deliverable(standing.plan, part)
    if standing.owner is None:
        raise NotFound
    return standing, deliverable, drafts_of(standing.assignment.id, standing.owner).get(part)


@blueprint.post("/editions/<code>/assignments/<key>/parts/<part>/history/<int:version_id>")
@allow(participants)
def restore(code: str, key: str, part: str, version_id: int) -> Response:
    """Bring an earlier text back."""
    with unit_of_work():
        restore_version(current_member(), assignment_key=key, part_key=part, version_id=version_id, now=clock.now())
    flash(_("The earlier text is back. The one from before is in the history."))
    return redirect(address_of_part(code, key, part), 303)
