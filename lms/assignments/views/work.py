"""Pages on which participants write, check and hand in."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from lms.assignments.documents import DocumentFault
from lms.assignments.domain.texts import word_verdict
from lms.assignments.forms import DraftForm, SubmitForm
from lms.assignments.models import Draft, Submission
from lms.assignments.permissions import visible_submissions
from lms.assignments.queries.assessments import find_assessment
from lms.assignments.queries.groups import members_of
from lms.assignments.queries.lateness import lateness_now
from lms.assignments.queries.submissions import drafts_of, get_submission, roster_of, texts_of_files
from lms.assignments.queries.work import Standing, get_assignment, get_deliverable, get_standing, plan_of, standings
from lms.assignments.services.drafts import Saved, read_upload, save_draft
from lms.assignments.services.drafts import Upload as SentDocument
from lms.assignments.services.marking import rubric_of
from lms.assignments.services.recording import marking_of
from lms.assignments.services.submissions import ChangedSinceCheck, check_work, speakers_of, submit_work
from lms.assignments.views.blueprint import blueprint
from lms.assignments.views.wording import conflict_message, own_time
from lms.assignments.views.workspace import writers_sentence
from lms.core import clock
from lms.core.access import allow
from lms.core.db import db, unit_of_work
from lms.core.errors import NotFound
from lms.core.markdown import count_words
from lms.core.throttle import is_throttled
from lms.core.web import wants_json
from lms.courses.access import current_member, learners_and_teachers, participants
from lms.courses.domain.schedule import minutes_late
from lms.uploads.models import Upload
from lms.uploads.queries import get_upload
from lms.uploads.queries import read_upload as pieces_together
from lms.uploads.services import end_upload, keep_whole

# Reading a document made to be slow takes seconds; nobody sends so many by hand.
UPLOADS_PER_PERSON = "30 per 10 minutes"


def own_standing(key: str, now: datetime) -> Standing:
    """Where the signed-in participant stands with an assignment."""
    member = current_member()
    return get_standing(member.edition.id, key, enrolment_id=member.own_enrolment.id, now=now)


@blueprint.get("/editions/<code>/assignments")
@allow(participants)
def individual(code: str) -> Response | str:
    """The individual assignment; a list where the course has several."""
    member, now = current_member(), clock.now()
    found = standings(member.edition.id, enrolment_id=member.own_enrolment.id, now=now, kind="individual")
    if len(found) == 1:
        return _assignment_page(found[0])
    return render_template("assignments/index.html", standings=found)


@blueprint.get("/editions/<code>/assignments/<key>")
@allow(learners_and_teachers)
def show(code: str, key: str) -> Response | str:
    """One assignment: to participants with their own work, to teachers as it was set."""
    member, now = current_member(), clock.now()
    if not member.is_participant:
        return _task_page(key)
    standing = own_standing(key, now)
    if standing.assignment.kind == "group":
        return redirect(url_for("assignments.group", code=code), 303)
    return _assignment_page(standing)


@blueprint.get("/editions/<code>/assignments/<key>/task")
@allow(learners_and_teachers)
def task(code: str, key: str) -> str:
    """What an assignment asks and how it is marked."""
    return _task_page(key)


def _task_page(key: str) -> str:
    assignment = get_assignment(current_member().edition.id, key)
    standing = own_standing(key, clock.now()) if current_member().is_participant else None
    return render_template("assignments/task.html", assignment=assignment, plan=plan_of(assignment), standing=standing)


def _assignment_page(standing: Standing) -> str:
    plan = standing.plan
    assert standing.owner is not None
    drafts = drafts_of(standing.assignment.id, standing.owner)
    single = plan.deliverables[0] if len(plan.deliverables) == 1 else None
    form = _draft_form(drafts.get(single.key)) if single is not None else None
    return render_template(
        "assignments/show.html",
        standing=standing,
        plan=plan,
        drafts=drafts,
        part=single,
        form=form,
        **_editor_values(standing, drafts.get(single.key) if single else None),
        late_by=standing.late_by,
    )


def _draft_form(draft: Draft | None) -> DraftForm:
    if draft is None:
        return DraftForm(formdata=None, revision=0)
    return DraftForm(formdata=None, body=draft.body, revision=draft.revision)


def _editor_values(standing: Standing, draft: Draft | None, body: str | None = None) -> dict[str, Any]:
    """What the editor shows beside the form: the words as the server counts them, and the range asked for."""
    text = body if body is not None else (draft.body if draft is not None else "")
    words = count_words(text)
    asked = standing.plan.words if len(standing.plan.deliverables) == 1 else None
    fault = ""
    if draft is not None and draft.file_id is not None and not draft.file_words:  # why it has no words
        read = texts_of_files([draft.file_id]).get(draft.file_id)
        fault = read.fault if read is not None else ""
    return {
        "draft": draft,
        "file_fault": fault,
        "words": words,
        "verdict": word_verdict(words, asked) if asked is not None else None,
    }


@blueprint.get("/editions/<code>/assignments/<key>/parts/<part>")
@allow(participants)
def part(code: str, key: str, part: str) -> str:
    """One part of an assignment, to write."""
    standing = own_standing(key, clock.now())
    return _part_page(standing, part, None)


def _part_page(
    standing: Standing,
    key: str,
    form: DraftForm | None,
    *,
    theirs: Draft | None = None,
    message: str = "",
    kept: Upload | None = None,
) -> str:
    plan = standing.plan
    deliverable = get_deliverable(plan, key)
    drafts = drafts_of(standing.assignment.id, standing.owner) if standing.owner is not None else {}
    draft = drafts.get(key)
    keys = [each.key for each in plan.deliverables]
    position = keys.index(key)
    return render_template(
        "assignments/part.html",
        standing=standing,
        plan=plan,
        part=deliverable,
        form=form or _draft_form(draft),
        next_part=plan.deliverables[position + 1] if position + 1 < len(keys) else None,
        position=position + 1,
        theirs=theirs,
        message=message,
        kept=kept,
        writers=writers_sentence(current_member(), standing, key, clock.now()),
        **_editor_values(standing, draft, form.body.data if form is not None else None),
    )


@blueprint.post("/editions/<code>/assignments/<key>/parts/<part>")
@allow(participants)
def save(code: str, key: str, part: str) -> Response | tuple[str, int] | tuple[dict[str, Any], int]:
    """Save one part; the page's script asks for JSON, the form gets the page again."""
    member, now = current_member(), clock.now()
    form = DraftForm()
    upload = _upload_of(form) if form.validate() else None
    # A document that is refused takes nothing of the text with it: that is saved all the same.
    refused = dict(form.errors)
    if refused and set(refused) != {"file"}:
        return _refused_draft(key, part, form, now)
    with unit_of_work():
        saved = save_draft(
            member,
            assignment_key=key,
            part_key=part,
            body=form.body.data or "",
            revision=form.revision.data or 0,
            now=now,
            upload=upload,
            is_file_removed=bool(form.remove_file.data),
        )
        kept = _keep_or_end(form, upload, saved, now)
    if saved.is_conflict:
        return _conflict(key, part, form, saved, now, kept)
    if refused:
        return _refused_draft(key, part, form, now, saved.draft.revision)
    address = address_of_part(code, key, part)
    if request.form.get("then") == "check":
        address = url_for("assignments.check", code=code, key=key)
    message = _("Saved on the server at %(time)s.", time=own_time(member, saved.draft.saved_at))
    if wants_json():
        answer = {"revision": saved.draft.revision, "words": count_words(saved.draft.body), "message": message}
        return (answer | {"next": address} if upload is not None else answer), 200
    if request.form.get("then") != "check":
        flash(message)
    return redirect(address, 303)


def _pieces_of(form: DraftForm) -> str:
    """The key of a document that came on its own way; one that was chosen since takes its place."""
    return "" if form.file.data and form.file.data.filename else request.form.get("upload", "")


def _keep_or_end(form: DraftForm, upload: SentDocument | None, saved: Saved, now: datetime) -> Upload | None:
    """A document that could not be attached stays on its way, so that it need not be sent again; one that was ends it."""
    if upload is None:
        return None
    person, pieces = current_member().person, _pieces_of(form)
    if saved.is_conflict:
        if pieces:
            return get_upload(person, pieces, now)
        return keep_whole(person, name=upload.name, content=upload.content, now=now)
    if pieces:
        end_upload(person, pieces, now)
    return None


def _upload_of(form: DraftForm) -> SentDocument | None:
    """The document that came with the form, read; a fault stands at its field."""
    sent, pieces = form.file.data, _pieces_of(form)
    if not pieces and (not sent or not sent.filename):
        return None
    if is_throttled(UPLOADS_PER_PERSON, "upload", str(current_member().person.id)):
        form.file.errors = [
            _("You have sent many documents in a short time. Wait ten minutes, then send this one again.")
        ]
        return None
    try:
        name, content = (
            pieces_together(current_member().person, pieces, clock.now()) if pieces else (sent.filename, sent.read())
        )
    except NotFound:
        form.file.errors = [_("The document did not arrive whole. Choose it again.")]
        return None
    db.session.rollback()  # reading takes seconds, and this transaction would keep every other writer waiting
    try:
        return read_upload(name, content)
    except DocumentFault as fault:
        form.file.errors = [str(fault)]
        return None


def _refused_draft(
    key: str, part: str, form: DraftForm, now: datetime, revision: int | None = None
) -> tuple[str, int] | tuple[dict[str, Any], int]:
    """The form again with its faults. ``revision``: the one under which the text was saved nevertheless."""
    if revision is not None:
        form.revision.data, form.revision.raw_data = revision, None
    if wants_json():
        fault = {"error": form.first_errors()[0][1]}
        return (fault if revision is None else fault | {"revision": revision}), 422
    return _part_page(own_standing(key, now), part, form), 422


def _conflict(
    key: str, part: str, form: DraftForm, saved: Saved, now: datetime, kept: Upload | None
) -> tuple[str, int] | tuple[dict[str, Any], int]:
    member = current_member()
    message = conflict_message(member, saved.draft)
    if wants_json():
        advice = _("Nothing is lost: save to see both texts.")
        # A save whose answer was lost on the way is known again by its text.
        answer = {"error": f"{message} {advice}", "body": saved.draft.body, "revision": saved.draft.revision}
        return (answer if kept is None else answer | {"upload": kept.key}), 409
    # From here on a save is meant to replace theirs, which then goes into the history.
    form.revision.data = saved.draft.revision
    form.revision.raw_data = None
    return _part_page(own_standing(key, now), part, form, theirs=saved.draft, message=message, kept=kept), 409


def address_of_part(code: str, key: str, part: str) -> str:
    """The page on which a part is written."""
    plan = plan_of(get_assignment(current_member().edition.id, key))
    if plan.kind == "individual" and len(plan.deliverables) == 1:
        return url_for("assignments.show", code=code, key=key)
    return url_for("assignments.part", code=code, key=key, part=part)


@blueprint.get("/editions/<code>/assignments/<key>/check")
@allow(participants)
def check(code: str, key: str) -> Response | str:
    """What would be handed in, before it is."""
    now = clock.now()
    standing = own_standing(key, now)
    if not standing.may_write:
        return redirect(url_for("assignments.show", code=code, key=key), 303)
    return _check_page(standing, now)


def _check_page(standing: Standing, now: datetime) -> str:
    member = current_member()
    checked = check_work(standing, now)
    members, may_submit = [], True
    if standing.owner is not None and standing.owner.group_id is not None:
        members = list(members_of(standing.owner.group_id))
        allowed = speakers_of(standing.owner.group_id, member.edition.id, members)
        may_submit = member.own_enrolment.id in allowed
    form = SubmitForm(formdata=None, number=standing.next_number, digest=checked.digest)
    return render_template(
        "assignments/check.html",
        standing=standing,
        check=checked,
        form=form,
        members=members,
        may_submit=may_submit,
    )


@blueprint.post("/editions/<code>/assignments/<key>/submissions")
@allow(participants)
def submit(code: str, key: str) -> Response:
    """Hand the work in, once."""
    form = SubmitForm()
    if not form.validate():
        return redirect(url_for("assignments.check", code=code, key=key), 303)
    try:
        with unit_of_work():
            submission = submit_work(
                current_member(),
                assignment_key=key,
                number=form.number.data,
                digest=form.digest.data,
                now=clock.now(),
            )
            submission_id = submission.id
    except ChangedSinceCheck as change:
        flash(change.message, "warning")
        return redirect(url_for("assignments.check", code=code, key=key), 303)
    return redirect(url_for("assignments.receipt", code=code, submission_id=submission_id), 303)


@blueprint.get("/editions/<code>/submissions/<int:submission_id>")
@allow(learners_and_teachers)
def receipt(code: str, submission_id: int) -> str:
    """What was handed in and when: the receipt, with the whole work under it."""
    member, now = current_member(), clock.now()
    submission = get_submission(member.edition.id, submission_id, visible_submissions(member))
    standing = get_standing(
        member.edition.id,
        submission.assignment.key,
        enrolment_id=submission.enrolment_id,
        group_id=submission.group_id,
        now=now,
    )
    plan = standing.plan
    roster = roster_of(submission.id) if submission.group_id is not None else []
    return render_template(
        "assignments/receipt.html",
        submission=submission,
        standing=standing,
        plan=plan,
        titles={deliverable.key: deliverable.title for deliverable in plan.deliverables},
        texts=texts_of_files([part.file_id for part in submission.parts if part.file_id is not None]),
        roster=roster,
        late_by=minutes_late(standing.due_at, submission.submitted_at),
        lateness=lateness_now(standing, now),
        is_latest=standing.submission is not None and standing.submission.id == submission.id,
        **_feedback(submission, standing),
    )


def _feedback(submission: Submission, standing: Standing) -> dict[str, Any]:
    """Marks and comments of a submission, as far as they are finished and released."""
    assessment = find_assessment(submission.id) if standing.released_at is not None else None
    if assessment is None or assessment.finished_at is None:
        return {"marking": None, "rubric": (), "own_part": None}
    stored, member = marking_of(assessment), current_member()
    own = stored.parts.get(member.enrolment.id) if member.enrolment is not None else None
    return {"marking": stored, "rubric": rubric_of(submission, assessment), "own_part": own}
