"""The room in which a submission is marked beside its rubric."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import true
from werkzeug.wrappers import Response

from lms.assignments.assessments import Assessment
from lms.assignments.domain.agreement import BLIND, MarkerRole
from lms.assignments.domain.rubrics import HUNDREDTH, rubric_maximum, rubric_total
from lms.assignments.forms import MarkForm, ReasonForm, mark_form
from lms.assignments.models import Submission
from lms.assignments.queries.assessments import Markings, find_item, markings_of
from lms.assignments.queries.bank import bank_of
from lms.assignments.queries.markers_present import others_present
from lms.assignments.queries.marking import QueueRow, marking_queue
from lms.assignments.queries.submissions import get_submission
from lms.assignments.queries.work import plan_of
from lms.assignments.services.bank import keep_comment
from lms.assignments.services.markers_present import be_present
from lms.assignments.services.marking import (
    Marked,
    fault_of_role,
    role_sentence,
    rubric_of,
    save_criterion,
    save_marking,
    says_who_took_part,
    step_of,
)
from lms.assignments.services.recording import marking_of
from lms.assignments.services.settling import candidates_of
from lms.assignments.services.submissions import reopen_submission
from lms.assignments.views.blueprint import blueprint
from lms.assignments.views.filtering import asked_filter
from lms.assignments.views.reading import shown_work
from lms.assignments.views.wording import presence_sentences, saved_message
from lms.core import clock
from lms.core.access import allow
from lms.core.db import row_number, unit_of_work
from lms.core.errors import NotAllowed, RuleViolation
from lms.core.forms import parse_points
from lms.core.web import wants_json
from lms.courses.access import current_member, teachers
from lms.courses.permissions import Member

# How much of the queue stands at the side of the room, before and after the work at hand.
NEARBY = 15
_ROLES = ", ".join(role.value for role in MarkerRole)
_PLACE = "/editions/<code>/marking/<int:submission_id>"


@blueprint.get(_PLACE)
@blueprint.get(f"{_PLACE}/<any({_ROLES}):role>")
@allow(teachers)
def mark(code: str, submission_id: int, role: str = "") -> str:
    """One submission beside its rubric, to be marked in a role; without one named, in the actor's own."""
    submission = get_submission(current_member().edition.id, submission_id, true())
    return room_page(submission, MarkerRole(role) if role else None)


def _own_role(markings: Markings, person_id: int) -> MarkerRole:
    """In which role somebody comes: the one that is theirs, else the next that nobody has, else the first."""
    mine = {role for role, marker in markings.markers().items() if marker == person_id}
    mine |= {role for role, one in markings.allocated.items() if one.marker_id == person_id}
    taken = markings.markers().keys() | {role for role, one in markings.allocated.items() if one.marker_id}
    for role in markings.asked:
        if role in mine:
            return role
    if not mine:
        for role in markings.asked:
            if role not in taken:
                return role
    return MarkerRole.FIRST


def room_page(
    submission: Submission,
    role: MarkerRole | None = None,
    form: MarkForm | None = None,
    reopening: ReasonForm | None = None,
    theirs: Any = None,
) -> str:
    """The room, with the form as it was sent where one was."""
    member, chosen = current_member(), asked_filter("all")
    person_id = member.person.id
    queue = marking_queue(member, submission.assignment.key)
    markings = markings_of(submission)
    role = role or _own_role(markings, person_id)
    fault = fault_of_role(member, markings, role)
    visible = markings.visible_to(member)
    is_hidden = role in markings.made and role not in visible
    assessment = None if is_hidden else markings.made.get(role)
    own = next((row for row in queue if (row.submission_id, row.role) == (submission.id, role)), None)
    # An agreed mark is nobody's turn in the queue: it stands with the first marking.
    row = own or next((row for row in queue if row.submission_id == submission.id), None)
    work = shown_work(submission, queue, row)
    form = form or form_for(submission, role, assessment, is_veiled=work.is_veiled, fresh=True)
    passing = [one for one in queue if chosen.lets_through(one, person_id) or one is row]
    here = passing.index(row) if row is not None else None
    stored = None if assessment is None else marking_of(assessment)
    is_locked = row is None or fault is not None or is_hidden
    form.change_reason.flags.required = assessment is not None and assessment.finished_at is not None
    return render_template(
        "assignments/room.html",
        work=work,
        submission=submission,
        plan=plan_of(submission.assignment),
        role=role,
        fault=None if fault is None else role_sentence(fault),
        is_locked=is_locked,
        is_hidden=is_hidden,
        hidden_because=_hidden_sentence(markings, member) if is_hidden else "",
        markings=markings,
        compared=_compared(markings, visible, role),
        assessment=assessment,
        total=None if stored is None else rubric_total(form.rubric, stored.scores, HUNDREDTH),
        maximum=rubric_maximum(form.rubric),
        form=form,
        reopening=reopening or ReasonForm(formdata=None),
        theirs=theirs,
        queue=passing,
        left=sum(one.state.is_waiting for one in passing),
        nearby=passing[max(0, (here or 0) - NEARBY) : (here or 0) + NEARBY + 1],
        row=row,
        filter=chosen.values() if request.args else {},
        place=here,
        previous=passing[here - 1] if here else None,
        next=passing[here + 1] if here is not None and here + 1 < len(passing) else None,
        present=_others(submission.id, role) if not is_locked else [],
        bank=bank_of(member.edition, [criterion.key for criterion in form.rubric]),
        is_released=row.is_released if row is not None else False,
    )


def _hidden_sentence(markings: Markings, member: Member) -> str:
    """Why an actor does not see what somebody gave."""
    mine = {one.marker_id for one in markings.allocated.values()} | set(markings.markers().values())
    if member.person.id in mine:
        return str(_("You mark this work too. What the other person gave is shown once yours is finished."))
    return str(
        _("Those who mark this work do not see each other’s points. What they gave is shown once all have finished.")
        if member.is_coordinating
        else _("Somebody else marks this work. What they gave is for its markers and the coordinators.")
    )


def _compared(
    markings: Markings, visible: dict[MarkerRole, Assessment], role: MarkerRole
) -> list[tuple[MarkerRole, Assessment]]:
    """Finished markings to be read side by side; nothing where this is the only one."""
    if not markings.is_double:
        return []
    rows = [(one, visible[one]) for one in (*BLIND, MarkerRole.AGREED) if one in visible]
    finished = [(one, made) for one, made in rows if made.finished_at is not None]
    return finished if any(one is not role for one, _made in finished) else []


def form_for(
    submission: Submission, role: MarkerRole, assessment: Assessment | None, *, is_veiled: bool, fresh: bool
) -> MarkForm:
    """The marking form: ``fresh`` shows what is stored, else what was sent just now.

    Who took part is not asked of somebody who marks without names.
    """
    stored = None if assessment is None else marking_of(assessment)
    candidates = candidates_of(submission) if says_who_took_part(role) and not is_veiled else []
    rubric = rubric_of(submission, assessment)
    form = mark_form(rubric, candidates, stored, is_sent=not fresh, step=step_of(role))
    if fresh:
        form.revision.data = 0 if assessment is None else assessment.revision
    return form


@blueprint.post(_PLACE)
@blueprint.post(f"{_PLACE}/<any({_ROLES}):role>")
@allow(teachers)
def save_mark(
    code: str, submission_id: int, role: str = "first"
) -> Response | tuple[str, int] | tuple[dict[str, Any], int]:
    """Save a draft mark, finish it, or keep one of its comments for use again."""
    member, now, turn = current_member(), clock.now(), MarkerRole(role)
    submission = get_submission(member.edition.id, submission_id, true())
    markings = markings_of(submission)
    assessment = markings.made.get(turn)
    if assessment is not None and turn not in markings.visible_to(member):
        raise NotAllowed
    is_veiled = shown_work(submission, (), None).is_veiled
    form = form_for(submission, turn, assessment, is_veiled=is_veiled, fresh=False)
    then = request.form.get("then", "")
    is_finished = then == "finish"
    if not form.validate() or (is_finished and not _is_complete(form)):
        if wants_json():
            return {"error": _("Not saved yet. %(fault)s", fault=form.first_errors()[0][1])}, 422
        return room_page(submission, turn, form), 422
    try:
        with unit_of_work():
            saved = save_marking(
                member, submission_id=submission_id, marking=form.marking(), revision=form.revision.data or 0, now=now,
                role=turn, is_finished=is_finished, reason=form.change_reason.data or "",
            )  # fmt: skip
            if then.startswith("keep-") and not saved.is_conflict:
                key = then.removeprefix("keep-")
                keep_comment(member, submission.assignment, key, form.marking().comments.get(key, ""), now)
    except RuleViolation as refusal:
        if wants_json():
            raise
        form.form_errors.append(refusal.message)
        return room_page(submission, turn, form), refusal.status
    if saved.is_conflict:
        return _conflict(submission, turn, form, saved)
    if wants_json():
        return {"revision": saved.assessment.revision, "message": saved_message(member, now)}, 200
    if then.startswith("keep-"):
        flash(_("The comment is in the bank. Your draft is saved too."))
        return redirect(_address(submission, turn), 303)
    return _saved(submission, turn, saved.assessment.finished_at)


def _address(submission: Submission, role: MarkerRole) -> str:
    code = current_member().edition.code
    values = asked_filter("all").values() if request.args else {}
    turn: dict[str, Any] = {} if role is MarkerRole.FIRST else {"role": role.value}
    return url_for("assignments.mark", code=code, submission_id=submission.id, **(turn | values))


def _is_complete(form: MarkForm) -> bool:
    """Whether every criterion has points; those without say so."""
    empty = [form[f"points-{criterion.key}"] for criterion in form.rubric]
    empty = [field for field in empty if field.data is None]
    for field in empty:
        field.errors = [_("Give points here before you finish, or save the mark as a draft.")]
    return not empty


def _conflict(
    submission: Submission, role: MarkerRole, form: MarkForm, saved: Marked
) -> tuple[str, int] | tuple[dict[str, Any], int]:
    theirs = saved.assessment
    name = theirs.marker.full_name if theirs.marker is not None else _("Somebody")
    message = _(
        "%(name)s saved this marking at the same time. Yours is still in this page: save to compare the two.", name=name
    )
    if wants_json():
        return {"error": message}, 409
    # From here on a save is meant to replace theirs, which then stays in the record.
    form.revision.data = theirs.revision
    form.revision.raw_data = None
    marking = marking_of(theirs)
    return room_page(submission, role, form, theirs=(name, marking, theirs.saved_at, saved.conflicts)), 409


def _saved(submission: Submission, role: MarkerRole, finished_at: datetime | None) -> Response:
    member = current_member()
    if finished_at is None:
        flash(_("The draft mark is saved. Only tutors and coordinators see it."))
        return redirect(_address(submission, role), 303)
    flash(_finished_sentence(submission))
    chosen = asked_filter("all")
    queue = marking_queue(member, submission.assignment.key)
    here = next((n for n, row in enumerate(queue) if (row.submission_id, row.role) == (submission.id, role)), 0)
    # What comes after this one first, then what was passed over.
    following = next((row for row in queue[here:] + queue[:here] if _is_next(row, chosen.whose)), None)
    if following is None:
        return redirect(url_for("assignments.marking", code=member.edition.code, **_kept(chosen.whose)), 303)
    turn: dict[str, Any] = {} if following.role is MarkerRole.FIRST else {"role": following.role.value}
    values = chosen.values() if request.args else {}
    address = url_for(
        "assignments.mark", code=member.edition.code, submission_id=following.submission_id, **(turn | values)
    )
    return redirect(address, 303)


def _kept(whose: str) -> dict[str, Any]:
    return {} if whose == "all" else {"whose": whose}


def _is_next(row: QueueRow, whose: str) -> bool:
    person_id = current_member().person.id
    if not row.state.is_waiting or not row.is_open_to_actor:
        return False
    if whose == "all":
        # A colleague's own pile is left to them, unless nobody asked for an order at all.
        return row.marker_id in (None, person_id)
    return row.marker_id == (person_id if whose == "mine" else None)


def _finished_sentence(submission: Submission) -> str:
    markings = markings_of(submission)
    if markings.counting is None:
        if MarkerRole.THIRD in markings.allocated:
            return str(_("The two markings lie too far apart, so a third is asked for. Nothing counts until then."))
        return str(_("Your marking is finished. The mark counts once the other marker has finished too."))
    item = find_item(submission.assignment.edition_id, submission.assignment)
    if item is None or item.released_at is None:
        return str(_("The mark is finished. Participants see it once it is released."))
    return str(_("The mark is finished. The marks of this work are released, so it is seen from now on."))


@blueprint.post(f"{_PLACE}/<any({_ROLES}):role>/criteria/<key>")
@allow(teachers)
def save_one(code: str, submission_id: int, role: str, key: str) -> tuple[dict[str, Any], int]:
    """Save one criterion of a draft, for the page's script."""
    member, now = current_member(), clock.now()
    typed, points = request.form.get("points", "").strip(), None
    if typed:
        try:
            points = parse_points(typed)
        except ValueError as fault:
            return {"error": _("Not saved yet. %(fault)s", fault=str(fault))}, 422
    with unit_of_work():
        saved = save_criterion(
            member, submission_id=submission_id, role=MarkerRole(role), criterion_key=key, points=points,
            comment=request.form.get("comment", ""), revision=request.form.get("revision", 0, type=row_number), now=now,
        )  # fmt: skip
        stored = marking_of(saved.assessment)
        marker = saved.assessment.marker
        others = {
            score.criterion_key: {
                "points": "" if score.points is None else str(score.points),
                "comment": score.comment,
            }
            for score in saved.assessment.scores
            if score.changed_in > request.form.get("revision", 0, type=row_number) and score.criterion_key != key
        }
        answer = {"revision": saved.assessment.revision, "others": others, "message": saved_message(member, now)}
    if saved.is_conflict:
        name = marker.full_name if marker is not None else _("Somebody")
        theirs = stored.scores.get(key)
        return {
            "error": _(
                "%(name)s changed this criterion at the same time. Yours is still in this page: save to compare the two.",
                name=name,
            ),
            "theirs": {"points": "" if theirs is None else str(theirs), "comment": stored.comments.get(key, "")},
        }, 409
    return answer, 200


@blueprint.post(f"{_PLACE}/<any({_ROLES}):role>/presence")
@allow(teachers)
def marker_presence(code: str, submission_id: int, role: str) -> dict[str, Any]:
    """Say that the marking is open here, and hear who else has it open; for the page's script."""
    member, now, turn = current_member(), clock.now(), MarkerRole(role)
    with unit_of_work():
        be_present(member, submission_id=submission_id, role=turn, now=now)
        return {"present": _others(submission_id, turn)}


def _others(submission_id: int, role: MarkerRole) -> list[str]:
    """Who else has a marking open, in words."""
    member = current_member()
    return presence_sentences(member, others_present(submission_id, role, member.person.id, clock.now()))


@blueprint.post("/editions/<code>/marking/<int:submission_id>/reopening")
@allow(teachers)
def reopen(code: str, submission_id: int) -> Response | tuple[str, int]:
    """Give work back, so that it can be handed in once more."""
    form = ReasonForm()
    if not form.validate():
        submission = get_submission(current_member().edition.id, submission_id, true())
        return room_page(submission, reopening=form), 422
    with unit_of_work():
        reopen_submission(current_member(), submission_id=submission_id, reason=form.reason.data, now=clock.now())
    flash(_("The work is open again. The person has been told by mail."))
    return redirect(url_for("assignments.mark", code=code, submission_id=submission_id), 303)
