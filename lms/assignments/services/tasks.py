"""The rules of an assignment in one edition: changed by its coordinator, and taken over from a newer release."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from lms.assignments.models import Assignment, Owner, Submission
from lms.assignments.queries.work import get_assignment, plan_of
from lms.assignments.services.lateness import recompute
from lms.assignments.services.setup import make_assignment
from lms.core.audit import record_event
from lms.core.db import db
from lms.core.errors import RuleViolation
from lms.courses.documents import to_document
from lms.courses.domain.content import AssignmentPlan, LatePolicy, WordRange
from lms.courses.models import CourseRelease
from lms.courses.permissions import Member, require_coordinating, require_running
from lms.courses.queries import get_content
from lms.grading.hooks import Arrival
from lms.grading.queries import get_scheme
from lms.grading.services import post_deadline


@dataclass(frozen=True, slots=True)
class TaskSettings:
    """What a coordinator may change of an assignment in their edition."""

    opens_at: datetime
    due_at: datetime
    late: LatePolicy
    words: WordRange | None
    texts: bool
    files: bool
    similarity: bool


def settings_of(task: Assignment) -> TaskSettings:
    """The rules in force."""
    plan = plan_of(task)
    return TaskSettings(
        task.opens_at, task.due_at, plan.late, plan.words, plan.texts, plan.files, plan.similarity
    )  # fmt: skip


def has_submissions(task: Assignment) -> bool:
    """True once somebody has handed in: from then on what lateness costs stands."""
    return db.session.scalar(select(Submission.id).where(Submission.assignment_id == task.id).limit(1)) is not None


def change_task(actor: Member, *, assignment_key: str, settings: TaskSettings, now: datetime) -> Assignment:
    """Give an assignment of an edition other rules; marks that lateness has cost follow a later deadline.

    Raises:
        NotAllowed: unless the actor coordinates the edition.
        NotFound: if the edition has no such assignment.
        RuleViolation: where the edition is closed, the work would close before it opens, nothing could be handed in,
            or the late policy would change after somebody handed in.
    """
    require_coordinating(actor)
    require_running(actor.edition)
    task = get_assignment(actor.edition.id, assignment_key)
    before = settings_of(task)
    if before == settings:
        return task
    if settings.due_at <= settings.opens_at:
        raise RuleViolation(_("This work would close before it opens. Nothing was changed."))
    if not (settings.texts or settings.files):
        raise RuleViolation(_("Nothing could be handed in: allow a text, a document, or both."))
    if settings.late != before.late and has_submissions(task):
        raise RuleViolation(
            _("Somebody has handed in under the present rule for late work, so it stays. Give more time instead.")
        )
    task.document = to_document(_with_settings(plan_of(task), settings))
    task.opens_at, task.due_at = settings.opens_at, settings.due_at
    post_deadline(edition_id=actor.edition.id, item_key=task.item_key, due_at=task.due_at)
    db.session.flush()
    if settings.due_at != before.due_at:
        follow_deadline(actor, task, now)
    record_event(
        "assignment rules changed", now=now, actor_id=actor.person.id, subject_type="assignment", subject_id=task.id,
        edition_id=actor.edition.id, assignment=task.key, before=to_document(_plain(before)),
        after=to_document(_plain(settings)),
    )  # fmt: skip
    return task


def _with_settings(plan: AssignmentPlan, settings: TaskSettings) -> AssignmentPlan:
    return replace(
        plan, late=settings.late, words=settings.words, texts=settings.texts, files=settings.files,
        similarity=settings.similarity,
    )  # fmt: skip


def _plain(settings: TaskSettings) -> dict[str, object]:
    return {
        "opens_at": settings.opens_at.isoformat(),
        "due_at": settings.due_at.isoformat(),
        "late": to_document(settings.late),
        "words": to_document(settings.words),
        "texts": settings.texts,
        "files": settings.files,
        "similarity": settings.similarity,
    }


def follow_deadline(actor: Member, task: Assignment, now: datetime) -> None:
    """Bring every mark of an assignment to its new deadline, where lateness costs anything."""
    if plan_of(task).late.policy != "penalty":
        return
    owners = db.session.execute(
        select(Submission.enrolment_id, Submission.group_id).where(Submission.assignment_id == task.id).distinct()
    )
    for enrolment_id, group_id in owners.all():
        recompute(
            actor.edition, task, Owner(enrolment_id, group_id), reason="", reason_code="deadline_moved",
            actor_id=actor.person.id, now=now,
        )  # fmt: skip


def follow_dates(actor: Member, now: datetime) -> None:
    """Bring the marks of an edition's assignments to dates that were changed for everybody."""
    for task in db.session.scalars(select(Assignment).where(Assignment.edition_id == actor.edition.id)):
        follow_deadline(actor, task, now)


def offered_plans(actor: Member) -> Sequence[AssignmentPlan]:
    """Assignments of the release that the edition shows, which came after the edition was created."""
    known = set(db.session.scalars(select(Assignment.key).where(Assignment.edition_id == actor.edition.id)))
    content = get_content(actor.edition.release_id)
    return [plan for plan in content.assignments if plan.key not in known]


def list_arrivals(actor: Member) -> Sequence[Arrival]:
    """The same as the scheme of the actor's edition names them: they earn no points. None once it is closed."""
    if actor.edition.closed_at is not None:
        return []
    plans = offered_plans(actor)
    number = db.session.scalar(select(CourseRelease.number).where(CourseRelease.id == actor.edition.release_id))
    return [Arrival(plan.title, number or 0, "assignments.tasks") for plan in plans]


def adopt_assignment(actor: Member, *, assignment_key: str, now: datetime) -> Assignment:
    """Take an assignment over that a newer release of the course brought, with the edition's own dates.

    Raises:
        NotAllowed: unless the actor coordinates the edition.
        NotFound: if the release has no such assignment.
        RuleViolation: where the edition is closed, or the rubric is not worth what the grade item is.
    """
    require_coordinating(actor)
    require_running(actor.edition)
    plan = next((plan for plan in offered_plans(actor) if plan.key == assignment_key), None)
    if plan is None:  # taken over before, perhaps by somebody else a moment ago
        return get_assignment(actor.edition.id, assignment_key)
    try:
        with db.session.begin_nested():
            task = make_assignment(actor.edition, plan, get_scheme(actor.edition.id)[1])
    except IntegrityError:  # taken over by somebody else between the look and the insert
        return get_assignment(actor.edition.id, assignment_key)
    record_event(
        "assignment adopted", now=now, actor_id=actor.person.id, subject_type="assignment", subject_id=task.id,
        edition_id=actor.edition.id, assignment=task.key,
    )  # fmt: skip
    return task
