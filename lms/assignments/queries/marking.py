"""Reads for those who mark: what waits, whose it is to mark, and who of a group took part."""

from __future__ import annotations

import enum
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import aliased, joinedload

from lms.accounts.models import Person
from lms.assignments.assessments import Allocation, Assessment, MarkingScheme
from lms.assignments.domain.agreement import BLIND, MarkerRole, RoleFault, role_fault
from lms.assignments.domain.anonymity import code_of, place_of
from lms.assignments.models import Assignment, Group, Participation, Submission, SubmissionMember
from lms.assignments.queries.assessments import (
    counts_as_marked,
    default_scheme,
    owner_label,
    same_owner,
    schemes_of,
)
from lms.core.db import db
from lms.courses.domain.schedule import minutes_late
from lms.courses.models import Enrolment
from lms.courses.permissions import Member
from lms.grading.models import GradeItem
from lms.grading.queries import Extensions, get_extensions


class QueueState(enum.StrEnum):
    """What a tutor has done with a submission so far."""

    WAITING = "waiting"
    DRAFT = "draft"
    FINISHED = "finished"
    REOPENED = "reopened"

    @property
    def is_waiting(self) -> bool:
        """True while marking is owed."""
        return self in (QueueState.WAITING, QueueState.DRAFT)


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One marking, made or owed, of the latest submission of somebody.

    ``name`` is the code where the actor marks without names, and ``submitted_at`` is then not for their eyes;
    ``code`` is empty where nobody does. ``late_by_minutes`` is by the deadline that holds now for them.
    ``marker_id`` and ``marker`` say whose marking it is, ``None`` and empty where it is nobody's yet.
    """

    submission_id: int
    assignment: Assignment
    name: str
    number: int
    submitted_at: datetime
    word_count: int
    late_by_minutes: int
    state: QueueState
    role: MarkerRole = MarkerRole.FIRST
    code: str = ""
    is_veiled: bool = False
    marker_id: int | None = None
    marker: str = ""
    why: str = ""
    owner: tuple[int | None, int | None] = (None, None)
    is_open_to_actor: bool = True
    is_released: bool = False


@dataclass(frozen=True, slots=True)
class WaitingCount:
    """How far the marking of an assignment is."""

    assignment: Assignment
    waiting: int
    draft: int
    finished: int


class _Made(NamedTuple):
    """What the queue needs to know of a marking."""

    submission_id: int
    role: str
    finished_at: datetime | None
    revision: int
    marker_id: int | None
    marker: str | None


def is_latest() -> ColumnElement[bool]:
    """The clause that a ``Submission`` is the latest of its owner."""
    newer = aliased(Submission)
    same = or_(newer.enrolment_id == Submission.enrolment_id, newer.group_id == Submission.group_id)
    return ~exists().where(newer.assignment_id == Submission.assignment_id, newer.number > Submission.number, same)


def marking_queue(actor: Member, assignment_key: str | None = None) -> list[QueueRow]:
    """Every marking of the latest submission of each person and group; a constant number of statements.

    The oldest first; work that is marked without names after that, in an order drawn by lot. Left out are second and
    third markings of work that the actor has marked already, unless they coordinate.

    Args:
        assignment_key: only those of this assignment.
    """
    edition_id = actor.edition.id
    name = func.coalesce(Group.name, Person.full_name)
    # Columns, not entities: a task's document beside each of 500 essays would be read 500 times.
    statement = (
        select(
            Submission.id, Submission.assignment_id, Submission.enrolment_id, Submission.group_id, Submission.number,
            Submission.submitted_at, Submission.word_count, Submission.reopened_at, name, GradeItem.released_at,
        )
        .join(Assignment, Assignment.id == Submission.assignment_id)
        .outerjoin(GradeItem, and_(GradeItem.edition_id == Assignment.edition_id, GradeItem.key == Assignment.item_key))
        .outerjoin(Group, Group.id == Submission.group_id)
        .outerjoin(Enrolment, Enrolment.id == Submission.enrolment_id)
        .outerjoin(Person, Person.id == Enrolment.person_id)
        .where(Assignment.edition_id == edition_id, is_latest())
        .order_by(Submission.submitted_at, Submission.id)
    )  # fmt: skip
    if assignment_key is not None:
        statement = statement.where(Assignment.key == assignment_key)
    submissions = [_HandedIn._make(row) for row in db.session.execute(statement)]
    tasks = {
        task.id: task for task in db.session.scalars(select(Assignment).where(Assignment.edition_id == edition_id))
    }
    made = _made_in(edition_id)
    allocated = _allocated_in(edition_id)
    schemes = schemes_of(edition_id)
    extensions = get_extensions(edition_id)
    named: list[QueueRow] = []
    veiled: list[tuple[bytes, QueueRow]] = []
    for submission in submissions:
        assignment = tasks[submission.assignment_id]
        scheme = schemes.get(assignment.id) or default_scheme(assignment.id)
        work = _Work(submission, assignment, scheme)
        owner = (assignment.id, submission.enrolment_id, submission.group_id)
        rows = _rows(actor, work, made.get(submission.id, {}), allocated.get(owner, {}), extensions)
        if scheme.is_anonymous and not work.is_released:
            place = place_of(scheme.code_key, work.label)
            veiled += [(place, row) for row in rows]
        else:
            named += rows
    veiled.sort(key=lambda pair: (pair[1].assignment.due_at, pair[1].assignment.id, pair[0]))
    return named + [row for _place, row in veiled]


class _HandedIn(NamedTuple):
    """What the queue needs to know of a submission."""

    id: int
    assignment_id: int
    enrolment_id: int | None
    group_id: int | None
    number: int
    submitted_at: datetime
    word_count: int
    reopened_at: datetime | None
    name: str
    released_at: datetime | None


class _Work(NamedTuple):
    """A submission in the queue with what its rows have in common."""

    submission: _HandedIn
    assignment: Assignment
    scheme: MarkingScheme

    @property
    def is_released(self) -> bool:
        return self.submission.released_at is not None

    @property
    def label(self) -> str:
        return owner_label(self.submission.enrolment_id, self.submission.group_id)


def _made_in(edition_id: int) -> dict[int, dict[MarkerRole, _Made]]:
    rows = db.session.execute(
        select(
            Assessment.submission_id, Assessment.role, Assessment.finished_at, Assessment.revision,
            Assessment.marker_id, Person.full_name,
        )
        .join(Submission, Submission.id == Assessment.submission_id)
        .join(Assignment, Assignment.id == Submission.assignment_id)
        .outerjoin(Person, Person.id == Assessment.marker_id)
        .where(Assignment.edition_id == edition_id)
    )  # fmt: skip
    made: dict[int, dict[MarkerRole, _Made]] = {}
    for row in rows:
        made.setdefault(row[0], {})[MarkerRole(row[1])] = _Made(*row)
    return made


_Owner = tuple[int, int | None, int | None]


def _allocated_in(edition_id: int) -> dict[_Owner, dict[MarkerRole, Allocation]]:
    rows = db.session.scalars(
        select(Allocation)
        .join(Assignment, Assignment.id == Allocation.assignment_id)
        .where(Assignment.edition_id == edition_id)
        .options(joinedload(Allocation.marker))
    )
    allocated: dict[_Owner, dict[MarkerRole, Allocation]] = {}
    for one in rows:
        allocated.setdefault((one.assignment_id, one.enrolment_id, one.group_id), {})[MarkerRole(one.role)] = one
    return allocated


def _rows(
    actor: Member,
    work: _Work,
    made: dict[MarkerRole, _Made],
    allocated: dict[MarkerRole, Allocation],
    extensions: Extensions,
) -> Iterable[QueueRow]:
    submission, assignment, scheme = work
    name, is_released = submission.name, work.is_released
    is_veiled = scheme.is_anonymous and not is_released and not actor.is_coordinating
    code = code_of(scheme.code_key, work.label) if scheme.is_anonymous else ""
    deadline = extensions.deadline(
        assignment.item_key, enrolment_id=submission.enrolment_id, group_id=submission.group_id
    )
    late_by = minutes_late(deadline or assignment.due_at, submission.submitted_at)
    markers = {role: one.marker_id for role, one in made.items() if one.marker_id is not None and one.revision}
    tasks = {role: one.marker_id for role, one in allocated.items()}
    for role in BLIND:
        if role is not MarkerRole.FIRST and role not in allocated:
            continue
        is_agreed = MarkerRole.AGREED in made
        fault = role_fault(role, actor.person.id, markers=markers, allocated=tasks, is_agreed=is_agreed)
        if fault is RoleFault.MARKED_BEFORE and role is not MarkerRole.FIRST and not actor.is_coordinating:
            continue
        task, marking = allocated.get(role), made.get(role)
        marker_id = tasks.get(role) or markers.get(role)
        marker = task.marker.full_name if task is not None and task.marker is not None else ""
        yield QueueRow(
            submission.id, assignment, code if is_veiled else name, submission.number, submission.submitted_at,
            submission.word_count, late_by, _state_of(marking, submission.reopened_at), role, code, is_veiled,
            marker_id, marker or (marking.marker or "" if marking is not None else ""),
            task.why if task is not None else "", (submission.enrolment_id, submission.group_id), fault is None, is_released,
        )  # fmt: skip


def _state_of(made: _Made | None, reopened_at: datetime | None) -> QueueState:
    if reopened_at is not None:
        return QueueState.REOPENED
    if made is not None and made.finished_at is not None:
        return QueueState.FINISHED
    return QueueState.DRAFT if made is not None and made.revision else QueueState.WAITING


def waiting_counts(edition_id: int) -> list[WaitingCount]:
    """How far the marking of each assignment is, those with nothing handed in included, in one statement.

    Work with two markers is finished once they agree.
    """
    began = exists().where(Assessment.submission_id == Submission.id, Assessment.revision > 0)
    settled = counts_as_marked()
    counted = Submission.reopened_at.is_(None)
    rows = db.session.execute(
        select(
            Assignment,
            func.count(Submission.id).filter(counted, settled.is_(None), ~began),
            func.count(Submission.id).filter(counted, settled.is_(None), began),
            func.count(Submission.id).filter(counted, settled.is_not(None)),
        )
        .outerjoin(Submission, and_(Submission.assignment_id == Assignment.id, is_latest()))
        .where(Assignment.edition_id == edition_id)
        .group_by(Assignment.id)
        .order_by(Assignment.due_at, Assignment.id)
    )
    return [WaitingCount(*row) for row in rows]


def own_counts(actor: Member) -> dict[int, int]:
    """How many markings the actor was given and has not finished, by assignment, in one statement."""
    finished = exists().where(
        Assessment.submission_id == Submission.id,
        Assessment.role == Allocation.role,
        Assessment.finished_at.is_not(None),
    )
    rows = db.session.execute(
        select(Allocation.assignment_id, func.count(Allocation.id))
        .join(Assignment, Assignment.id == Allocation.assignment_id)
        .join(Submission, same_owner(Allocation, Submission))
        .where(
            Assignment.edition_id == actor.edition.id,
            Allocation.marker_id == actor.person.id,
            Submission.reopened_at.is_(None),
            is_latest(),
            ~finished,
        )
        .group_by(Allocation.assignment_id)
    )
    return {assignment_id: count for assignment_id, count in rows}  # noqa: C416  a row is no pair to mypy


def people_to_mark(submission: Submission, member_ids: Collection[int]) -> Sequence[tuple[Enrolment, bool]]:
    """Who may get a group's mark, by name: its roster, and who joined since, with whether they were on the roster.

    Args:
        member_ids: the group's members now.
    """
    on_roster = aliased(SubmissionMember)
    rows = db.session.execute(
        select(Enrolment, on_roster.enrolment_id)
        .join(Enrolment.person)
        .outerjoin(on_roster, and_(on_roster.enrolment_id == Enrolment.id, on_roster.submission_id == submission.id))
        .options(joinedload(Enrolment.person))
        .where(or_(on_roster.enrolment_id.is_not(None), Enrolment.id.in_(member_ids)))
        .order_by(Person.full_name, Enrolment.id)
    )
    return [(enrolment, roster_id is not None) for enrolment, roster_id in rows]


def marked_elsewhere(assignment_id: int, group_id: int, enrolment_ids: Collection[int]) -> dict[int, str]:
    """People who have the finished mark of another group in an assignment, with that group's name."""
    rows = db.session.execute(
        select(Participation.enrolment_id, Group.name)
        .join(Assessment, Assessment.id == Participation.assessment_id)
        .join(Submission, Submission.id == Assessment.submission_id)
        .join(Group, Group.id == Submission.group_id)
        .where(
            Submission.assignment_id == assignment_id,
            Submission.group_id != group_id,
            Assessment.finished_at.is_not(None),
            Participation.took_part.is_(True),
            Participation.enrolment_id.in_(enrolment_ids),
        )
        .order_by(Assessment.finished_at)
    )
    return {key: value for key, value in rows}  # noqa: C416  a row is no pair to mypy


def submissions_of_owner(submission: Submission) -> Sequence[Submission]:
    """All submissions of the same person or group in the same assignment, the latest first."""
    return db.session.scalars(
        select(Submission)
        .where(
            Submission.assignment_id == submission.assignment_id,
            Submission.enrolment_id == submission.enrolment_id
            if submission.enrolment_id is not None
            else Submission.group_id == submission.group_id,
        )
        .order_by(Submission.number.desc())
    ).all()
