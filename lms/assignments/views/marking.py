"""What waits to be marked, and the room in which a submission is marked beside its rubric."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import true
from werkzeug.wrappers import Response

from lms.assignments.domain.rubrics import rubric_maximum, rubric_total
from lms.assignments.forms import MarkForm, ReasonForm, mark_form
from lms.assignments.models import Assessment, Submission
from lms.assignments.queries.groups import groups_in
from lms.assignments.queries.marking import (
    QueueRow,
    QueueState,
    find_assessment,
    marking_queue,
    submissions_of_owner,
    waiting_counts,
)
from lms.assignments.queries.submissions import get_submission, texts_of_files
from lms.assignments.queries.work import plan_of
from lms.assignments.services.marking import candidates_of, marking_of, rubric_of, save_marking
from lms.assignments.services.submissions import reopen_submission
from lms.assignments.views.blueprint import blueprint
from lms.assignments.views.wording import saved_message
from lms.core import clock
from lms.core.access import allow
from lms.core.db import unit_of_work
from lms.core.errors import NotFound, RuleViolation
from lms.core.web import wants_json
from lms.courses.access import current_member, teachers
from lms.grading.queries import get_item, get_items

SHOWN = ("open", "finished", "all")
# How much of the queue stands at the side of the room, before and after the work at hand.
NEARBY = 15


@blueprint.get("/editions/<code>/marking")
@allow(teachers)
def marking(code: str) -> str:
    """What waits, the oldest first."""
    edition = current_member().edition
    shown = request.args.get("show", "open")
    shown = shown if shown in SHOWN else "open"
    key = request.args.get("assignment") or None
    counts = waiting_counts(edition.id)
    if key is not None and key not in {count.assignment.key for count in counts}:
        raise NotFound
    released = {item.key for item in get_items(edition.id) if item.released_at is not None}
    rows = [row for row in marking_queue(edition.id, key) if _is_shown(row, shown)]
    return render_template(
        "assignments/marking.html",
        rows=rows,
        counts=counts,
        shown=shown,
        key=key,
        groups=groups_in(edition.id),
        unreleased=[count for count in counts if count.finished and count.assignment.item_key not in released],
    )


def _is_shown(row: QueueRow, shown: str) -> bool:
    if shown == "open":
        return row.state.is_waiting
    return shown == "all" or row.state is QueueState.FINISHED


@blueprint.get("/editions/<code>/marking/<int:submission_id>")
@allow(teachers)
def mark(code: str, submission_id: int) -> str:
    """One submission beside its rubric."""
    submission = get_submission(current_member().edition.id, submission_id, true())
    return _room(submission)


def _room(
    submission: Submission, form: MarkForm | None = None, reopening: ReasonForm | None = None, theirs: Any = None
) -> str:
    edition = current_member().edition
    assessment = find_assessment(submission.id)
    form = form or _form_for(submission, assessment, fresh=True)
    queue = marking_queue(edition.id, submission.assignment.key)
    places = [row.submission_id for row in queue]
    here = places.index(submission.id) if submission.id in places else None
    versions = submissions_of_owner(submission)
    plan = plan_of(submission.assignment)
    stored = None if assessment is None else marking_of(assessment)
    form.change_reason.flags.required = assessment is not None and assessment.finished_at is not None
    return render_template(
        "assignments/room.html",
        submission=submission,
        plan=plan,
        titles={deliverable.key: deliverable.title for deliverable in plan.deliverables},
        texts=texts_of_files([part.file_id for part in submission.parts if part.file_id is not None]),
        assessment=assessment,
        total=None if stored is None else rubric_total(form.rubric, stored.scores),
        maximum=rubric_maximum(form.rubric),
        form=form,
        reopening=reopening or ReasonForm(formdata=None),
        theirs=theirs,
        queue=queue,
        nearby=queue[max(0, (here or 0) - NEARBY) : (here or 0) + NEARBY + 1],
        row=queue[here] if here is not None else None,
        owner=next((row for row in queue if row.submission_id == versions[0].id), None),
        place=here,
        previous=places[here - 1] if here else None,
        next=places[here + 1] if here is not None and here + 1 < len(places) else None,
        versions=versions,
        item=get_item(edition.id, submission.assignment.item_key),
    )


def _form_for(submission: Submission, assessment: Assessment | None, *, fresh: bool) -> MarkForm:
    """The marking form: ``fresh`` shows what is stored, else what was sent just now."""
    stored = None if assessment is None else marking_of(assessment)
    form = mark_form(rubric_of(submission, assessment), candidates_of(submission), stored, is_sent=not fresh)
    if fresh:
        form.revision.data = 0 if assessment is None else assessment.revision
    return form


@blueprint.post("/editions/<code>/marking/<int:submission_id>")
@allow(teachers)
def save_mark(code: str, submission_id: int) -> Response | tuple[str, int] | tuple[dict[str, Any], int]:
    """Save a draft mark or finish it."""
    member, now = current_member(), clock.now()
    submission = get_submission(member.edition.id, submission_id, true())
    form = _form_for(submission, find_assessment(submission.id), fresh=False)
    is_finished = request.form.get("then") == "finish"
    if not form.validate() or (is_finished and not _is_complete(form)):
        if wants_json():
            return {"error": _("Not saved yet. %(fault)s", fault=form.first_errors()[0][1])}, 422
        return _room(submission, form), 422
    try:
        with unit_of_work():
            saved = save_marking(
                member, submission_id=submission_id, marking=form.marking(), revision=form.revision.data or 0, now=now,
                is_finished=is_finished, reason=form.change_reason.data or "",
            )  # fmt: skip
    except RuleViolation as refusal:
        if wants_json():
            raise
        form.form_errors.append(refusal.message)
        return _room(submission, form), refusal.status
    if saved.is_conflict:
        return _conflict(submission, form, saved.assessment)
    if wants_json():
        return {"revision": saved.assessment.revision, "message": saved_message(member, now)}, 200
    return _saved(code, submission, saved.assessment.finished_at, now)


def _is_complete(form: MarkForm) -> bool:
    """Whether every criterion has points; those without say so."""
    empty = [form[f"points-{criterion.key}"] for criterion in form.rubric]
    empty = [field for field in empty if field.data is None]
    for field in empty:
        field.errors = [_("Give points here before you finish, or save the mark as a draft.")]
    return not empty


def _conflict(
    submission: Submission, form: MarkForm, theirs: Assessment
) -> tuple[str, int] | tuple[dict[str, Any], int]:
    name = theirs.marker.full_name if theirs.marker is not None else _("Somebody")
    message = _(
        "%(name)s saved this marking at the same time. Yours is still in this page: save to compare the two.", name=name
    )
    if wants_json():
        return {"error": message}, 409
    # From here on a save is meant to replace theirs, which then stays in the record.
    form.revision.data = theirs.revision
    form.revision.raw_data = None
    return _room(submission, form, theirs=(name, marking_of(theirs), theirs.saved_at)), 409


def _saved(code: str, submission: Submission, finished_at: datetime | None, now: datetime) -> Response:
    if finished_at is None:
        flash(_("The draft mark is saved. Only tutors and coordinators see it."))
        return redirect(url_for("assignments.mark", code=code, submission_id=submission.id), 303)
    following = next(
        (
            row
            for row in marking_queue(submission.assignment.edition_id, submission.assignment.key)
            if row.state.is_waiting
        ),
        None,
    )
    if get_item(submission.assignment.edition_id, submission.assignment.item_key).released_at is None:
        flash(_("The mark is finished. Participants see it once it is released."))
    else:
        flash(_("The mark is finished. The marks of this work are released, so it is seen from now on."))
    if following is None:
        return redirect(url_for("assignments.marking", code=code), 303)
    return redirect(url_for("assignments.mark", code=code, submission_id=following.submission_id), 303)


@blueprint.post("/editions/<code>/marking/<int:submission_id>/reopening")
@allow(teachers)
def reopen(code: str, submission_id: int) -> Response | tuple[str, int]:
    """Give work back, so that it can be handed in once more."""
    form = ReasonForm()
    if not form.validate():
        submission = get_submission(current_member().edition.id, submission_id, true())
        return _room(submission, reopening=form), 422
    with unit_of_work():
        reopen_submission(current_member(), submission_id=submission_id, reason=form.reason.data, now=clock.now())
    flash(_("The work is open again. The person has been told by mail."))
    return redirect(url_for("assignments.mark", code=code, submission_id=submission_id), 303)
