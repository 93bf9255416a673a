"""Reads of assignments, drafts and submissions, and where a person or group stands with each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, or_, select

from lms.assignments.domain.handing_in import LastSubmission, Phase, Window, phase_of, submission_window
from lms.assignments.models import (
    Assignment,
    GroupMember,
    Owner,
    Submission,
    SubmissionMember,
)
from lms.assignments.queries.assessments import counts_as_marked
from lms.core.db import db
from lms.core.errors import NotFound
from lms.courses.activities import ActivityDates
from lms.courses.documents import from_document
from lms.courses.domain.content import AssignmentPlan, Criterion, Deliverable
from lms.courses.domain.schedule import minutes_late
from lms.courses.models import Edition
from lms.courses.permissions import Member
from lms.grading.models import Extension, GradeItem
from lms.grading.queries import Extensions, get_extensions


class HandedIn(NamedTuple):
    """A submission and when its marking was finished."""

    submission: Submission
    finished_at: datetime | None

    @property
    def last(self) -> LastSubmission:
        """What matters of it for handing in once more."""
        return LastSubmission(self.finished_at is not None, self.submission.reopened_at is not None)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a person or group stands with one assignment. ``handed_in`` holds the latest submission first.

    ``owner`` is ``None`` for group work of somebody in no group. ``elsewhere`` are submissions of a group in which
    the person was when it handed in.
    """

    assignment: Assignment
    owner: Owner | None
    due_at: datetime
    is_extended: bool
    released_at: datetime | None
    window: Window
    phase: Phase
    handed_in: tuple[HandedIn, ...]
    elsewhere: tuple[HandedIn, ...] = ()

    @property
    def submission(self) -> Submission | None:
        """The latest submission."""
        return self.handed_in[0].submission if self.handed_in else None

    @property
    def plan(self) -> AssignmentPlan:
        """The task as the pack describes it."""
        return plan_of(self.assignment)

    @property
    def may_write(self) -> bool:
        """True while one may write and hand in."""
        return self.owner is not None and self.window.is_open

    @property
    def late_by(self) -> dict[int, int]:
        """By how many minutes each submission is late, by the deadline that holds now."""
        return {row.submission.id: minutes_late(self.due_at, row.submission.submitted_at) for row in self.handed_in}

    @property
    def next_number(self) -> int:
        """The number that the next submission will have."""
        return 1 + (self.submission.number if self.submission is not None else 0)


class TaskState(NamedTuple):
    """One line of a task list."""

    assignment: Assignment
    state: Phase
    due_at: datetime
    submission: Submission | None


def plan_of(assignment: Assignment) -> AssignmentPlan:
    """The task as the pack describes it."""
    return from_document(AssignmentPlan, assignment.document)


def get_deliverable(plan: AssignmentPlan, key: str) -> Deliverable:
    """A part of the task; raises NotFound."""
    for deliverable in plan.deliverables:
        if deliverable.key == key:
            return deliverable
    raise NotFound


def get_assignment(edition_id: int, key: str) -> Assignment:
    """An assignment of the edition; raises NotFound."""
    assignment = db.session.scalars(
        select(Assignment).where(Assignment.edition_id == edition_id, Assignment.key == key)
    ).one_or_none()
    if assignment is None:
        raise NotFound
    return assignment


def list_assignments(edition_id: int) -> Sequence[Assignment]:
    """The assignments of an edition, the earliest deadline first."""
    return db.session.scalars(
        select(Assignment).where(Assignment.edition_id == edition_id).order_by(Assignment.due_at, Assignment.id)
    ).all()


def is_graded(task: Assignment) -> bool:
    """True where an assignment earns points; one that came with a newer release may not."""
    item = select(GradeItem.id).where(GradeItem.edition_id == task.edition_id, GradeItem.key == task.item_key)
    return db.session.scalar(item) is not None


def criteria_in(edition_id: int) -> list[Criterion]:
    """The criteria of all assignments of an edition, in order."""
    assignments = db.session.scalars(
        select(Assignment).where(Assignment.edition_id == edition_id).order_by(Assignment.due_at, Assignment.id)
    )
    return [criterion for one in assignments for criterion in plan_of(one).rubric]


def assignment_dates(member: Member) -> dict[str, ActivityDates]:
    """When each assignment opens and is due for a member and whether it is handed in, by key; in one statement.

    Extensions are included, and work that was given back is not handed in.
    """
    enrolment_id = member.enrolment.id if member.enrolment is not None else None
    own_group = select(GroupMember.group_id).where(
        GroupMember.enrolment_id == enrolment_id, GroupMember.left_at.is_(None)
    )
    granted = or_(
        and_(Assignment.kind != "group", Extension.enrolment_id == enrolment_id),
        and_(Assignment.kind == "group", Extension.group_id.in_(own_group)),
    )
    handed_in = (
        select(Submission.reopened_at.is_(None))
        .where(
            Submission.assignment_id == Assignment.id,
            or_(Submission.enrolment_id == enrolment_id, Submission.group_id.in_(own_group)),
        )
        .order_by(Submission.number.desc())
        .limit(1)
        .scalar_subquery()
    )
    rows = db.session.execute(
        select(Assignment.key, Assignment.opens_at, Assignment.due_at, Extension.due_at, handed_in)
        .outerjoin(GradeItem, and_(GradeItem.edition_id == Assignment.edition_id, GradeItem.key == Assignment.item_key))
        .outerjoin(Extension, and_(Extension.item_id == GradeItem.id, granted))
        .where(Assignment.edition_id == member.edition.id)
        .order_by(Extension.id)
    )
    # Of several extensions the one granted last holds, and it comes last.
    return {
        key: ActivityDates(opens_at, extended or due_at, bool(is_handed_in))
        for key, opens_at, due_at, extended, is_handed_in in rows
    }


def standings(
    edition_id: int,
    *,
    enrolment_id: int | None = None,
    group_id: int | None = None,
    now: datetime,
    key: str | None = None,
    kind: str | None = None,
) -> list[Standing]:
    """Where a participant, or a group, stands with each assignment, in three or four statements.

    Args:
        enrolment_id: the participant; their current group is looked up unless ``group_id`` says it.
        group_id: the group.
        key, kind: only the assignment with this key, only those of this kind.
    """
    wanted = select(Assignment, GradeItem.released_at, Edition.closed_at).join(
        Edition, Edition.id == Assignment.edition_id
    )
    wanted = wanted.outerjoin(
        GradeItem, and_(GradeItem.edition_id == Assignment.edition_id, GradeItem.key == Assignment.item_key)
    ).where(Assignment.edition_id == edition_id)
    if key is not None:
        wanted = wanted.where(Assignment.key == key)
    if kind is not None:
        wanted = wanted.where(Assignment.kind == kind)
    rows = db.session.execute(wanted.order_by(Assignment.due_at, Assignment.id)).all()
    if not rows:
        return []
    if group_id is None and enrolment_id is not None and any(row[0].kind == "group" for row in rows):
        group_id = current_group_id(enrolment_id)
    submissions = _submissions([row[0].id for row in rows], enrolment_id, group_id)
    extensions = get_extensions(edition_id, [row[0].item_key for row in rows])
    found = []
    for assignment, released_at, closed_at in rows:
        owner = _owner_of(assignment, enrolment_id, group_id)
        if owner is None and group_id is not None:
            continue
        found.append(_standing(assignment, owner, released_at, closed_at, submissions, extensions, now))
    return found


def get_standing(
    edition_id: int, key: str, *, enrolment_id: int | None = None, group_id: int | None = None, now: datetime
) -> Standing:
    """Where a participant or group stands with one assignment; raises NotFound."""
    found = standings(edition_id, enrolment_id=enrolment_id, group_id=group_id, now=now, key=key)
    if not found:
        raise NotFound
    return found[0]


def task_states(edition_id: int, enrolment_id: int, *, now: datetime) -> list[TaskState]:
    """A participant's assignments for a task list, the earliest deadline first, extensions included."""
    return [
        TaskState(standing.assignment, standing.phase, standing.due_at, standing.submission)
        for standing in standings(edition_id, enrolment_id=enrolment_id, now=now)
    ]


def current_group_id(enrolment_id: int) -> int | None:
    """The group that a participant is in now."""
    return db.session.scalar(
        select(GroupMember.group_id).where(GroupMember.enrolment_id == enrolment_id, GroupMember.left_at.is_(None))
    )


def _owner_of(assignment: Assignment, enrolment_id: int | None, group_id: int | None) -> Owner | None:
    if assignment.kind == "group":
        return None if group_id is None else Owner(group_id=group_id)
    return None if enrolment_id is None else Owner(enrolment_id=enrolment_id)


def _submissions(assignment_ids: list[int], enrolment_id: int | None, group_id: int | None) -> list[HandedIn]:
    whose: list[ColumnElement[bool]] = []
    if enrolment_id is not None:
        whose.append(Submission.enrolment_id == enrolment_id)
        whose.append(Submission.id.in_(_rosters_with(enrolment_id)))
    if group_id is not None:
        whose.append(Submission.group_id == group_id)
    rows = db.session.execute(
        select(Submission, counts_as_marked())
        .where(Submission.assignment_id.in_(assignment_ids), or_(*whose))
        .order_by(Submission.number.desc(), Submission.id.desc())
    )
    return [HandedIn(submission, finished_at) for submission, finished_at in rows]


def _rosters_with(enrolment_id: int) -> ColumnElement[int]:
    return select(SubmissionMember.submission_id).where(SubmissionMember.enrolment_id == enrolment_id).scalar_subquery()


def _standing(
    assignment: Assignment,
    owner: Owner | None,
    released_at: datetime | None,
    closed_at: datetime | None,
    submissions: Sequence[HandedIn],
    extensions: Extensions,
    now: datetime,
) -> Standing:
    of_this = [handed_in for handed_in in submissions if handed_in.submission.assignment_id == assignment.id]
    own = tuple(handed_in for handed_in in of_this if owner is not None and _is_of(handed_in.submission, owner))
    elsewhere = tuple(handed_in for handed_in in of_this if handed_in not in own)
    extended = None
    if owner is not None:
        extended = extensions.deadline(assignment.item_key, enrolment_id=owner.enrolment_id, group_id=owner.group_id)
    due_at = extended or assignment.due_at
    last = own[0].last if own else None
    window = submission_window(
        opens_at=assignment.opens_at,
        due_at=due_at,
        late=plan_of(assignment).late,
        is_extended=extended is not None,
        is_edition_closed=closed_at is not None,
        last=last,
        now=now,
    )
    is_released = released_at is not None and released_at <= now
    phase = phase_of(window, last=last, is_released=is_released, is_group_missing=owner is None)
    return Standing(
        assignment,
        owner,
        due_at,
        extended is not None,
        released_at if is_released else None,
        window,
        phase,
        own,
        elsewhere,
    )


def _is_of(submission: Submission, owner: Owner) -> bool:
    return (submission.enrolment_id, submission.group_id) == (owner.enrolment_id, owner.group_id)
