"""Reads for those who mark: what waits, one submission with its marking, and who took part."""

from __future__ import annotations

import enum
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import aliased, joinedload, selectinload

from lms.accounts.models import Person
from lms.assignments.models import (
    Assessment,
    Assignment,
    Group,
    Participation,
    Submission,
    SubmissionMember,
)
from lms.core.db import db
from lms.courses.domain.schedule import minutes_late
from lms.courses.models import Enrolment
from lms.grading.queries import get_extensions


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
    """The latest submission of somebody. ``late_by_minutes`` is by the deadline that holds now for them."""

    submission_id: int
    assignment: Assignment
    name: str
    number: int
    submitted_at: datetime
    word_count: int
    late_by_minutes: int
    state: QueueState


@dataclass(frozen=True, slots=True)
class WaitingCount:
    """How far the marking of an assignment is."""

    assignment: Assignment
    waiting: int
    draft: int
    finished: int


def _is_latest() -> ColumnElement[bool]:
    newer = aliased(Submission)
    same_owner = or_(newer.enrolment_id == Submission.enrolment_id, newer.group_id == Submission.group_id)
    return ~exists().where(
        newer.assignment_id == Submission.assignment_id, newer.number > Submission.number, same_owner
    )


def _state_of(finished_at: datetime | None, assessment_id: int | None, reopened_at: datetime | None) -> QueueState:
    if reopened_at is not None:
        return QueueState.REOPENED
    if finished_at is not None:
        return QueueState.FINISHED
    return QueueState.WAITING if assessment_id is None else QueueState.DRAFT


def marking_queue(edition_id: int, assignment_key: str | None = None) -> list[QueueRow]:
    """The latest submission of each person and group, the oldest first, in two statements.

    Args:
        assignment_key: only those of this assignment.
    """
    statement = (
        select(
            Submission,
            Assignment,
            Assessment.id,
            Assessment.finished_at,
            func.coalesce(Group.name, Person.full_name),
        )
        .join(Assignment, Assignment.id == Submission.assignment_id)
        .outerjoin(Assessment, Assessment.submission_id == Submission.id)
        .outerjoin(Group, Group.id == Submission.group_id)
        .outerjoin(Enrolment, Enrolment.id == Submission.enrolment_id)
        .outerjoin(Person, Person.id == Enrolment.person_id)
        .where(Assignment.edition_id == edition_id, _is_latest())
        .order_by(Submission.submitted_at, Submission.id)
    )
    if assignment_key is not None:
        statement = statement.where(Assignment.key == assignment_key)
    rows = db.session.execute(statement).all()
    extensions = get_extensions(edition_id)
    return [
        QueueRow(
            submission.id,
            assignment,
            name,
            submission.number,
            submission.submitted_at,
            submission.word_count,
            minutes_late(
                extensions.deadline(
                    assignment.item_key, enrolment_id=submission.enrolment_id, group_id=submission.group_id
                )
                or assignment.due_at,
                submission.submitted_at,
            ),
            _state_of(finished_at, assessment_id, submission.reopened_at),
        )
        for submission, assignment, assessment_id, finished_at, name in rows
    ]


def waiting_counts(edition_id: int) -> list[WaitingCount]:
    """How far the marking of each assignment is, those with nothing handed in included, in one statement."""
    drafted = and_(Assessment.id.is_not(None), Assessment.finished_at.is_(None))
    counted = Submission.reopened_at.is_(None)
    rows = db.session.execute(
        select(
            Assignment,
            func.count(Submission.id).filter(counted, Assessment.id.is_(None)),
            func.count(Submission.id).filter(counted, drafted),
            func.count(Submission.id).filter(counted, Assessment.finished_at.is_not(None)),
        )
        .outerjoin(Submission, and_(Submission.assignment_id == Assignment.id, _is_latest()))
        .outerjoin(Assessment, Assessment.submission_id == Submission.id)
        .where(Assignment.edition_id == edition_id)
        .group_by(Assignment.id)
        .order_by(Assignment.due_at, Assignment.id)
    )
    return [WaitingCount(*row) for row in rows]


def find_assessment(submission_id: int) -> Assessment | None:
    """The marking of a submission with its scores and participations."""
    return db.session.scalars(
        select(Assessment)
        .where(Assessment.submission_id == submission_id)
        .options(
            selectinload(Assessment.scores), selectinload(Assessment.participations), joinedload(Assessment.marker)
        )
    ).one_or_none()


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
