"""How late work is by the deadline that holds now, what that costs, and whether it is forgiven."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from lms.assignments.domain.lateness import Penalty, penalty_for
from lms.assignments.domain.rubrics import rubric_maximum
from lms.assignments.models import Assignment, Owner, Submission
from lms.assignments.queries.work import Standing, plan_of
from lms.assignments.records import PenaltyDecision
from lms.core.db import db
from lms.courses.domain.schedule import minutes_late
from lms.grading.queries import extended_deadline


@dataclass(frozen=True, slots=True)
class Lateness:
    """What lateness means for the marks of one owner. ``penalty`` is what the rule asks for, waived or not.

    ``minutes`` are those of the first submission: work that a tutor gave back is as late as it was before.
    ``decisions`` are all that were made about the penalty, the one that holds first.
    """

    minutes: int
    due_at: datetime
    penalty: Penalty | None
    decisions: tuple[PenaltyDecision, ...] = ()

    @property
    def waiver(self) -> PenaltyDecision | None:
        """The decision that forgives the penalty."""
        held = self.decisions[0] if self.decisions else None
        return held if held is not None and held.is_waived else None

    @property
    def counted(self) -> Penalty | None:
        """What is taken from the marks."""
        return None if self.waiver is not None else self.penalty


def owner_of(submission: Submission) -> Owner:
    """Whose work a submission is."""
    return Owner(submission.enrolment_id, submission.group_id)


def lateness_of(edition_id: int, submission: Submission) -> Lateness:
    """What lateness costs the owner of a submission, by the deadline that holds now."""
    task, owner = submission.assignment, owner_of(submission)
    extended = extended_deadline(edition_id, task.item_key, enrolment_id=owner.enrolment_id, group_id=owner.group_id)
    due_at = extended or task.due_at
    first = db.session.scalar(
        select(Submission.submitted_at)
        .where(Submission.assignment_id == task.id, owner.owns(Submission))
        .order_by(Submission.number)
        .limit(1)
    )
    return _lateness(task, owner, due_at, minutes_late(due_at, first or submission.submitted_at))


def lateness_now(standing: Standing, now: datetime) -> Lateness:
    """What lateness would cost whoever handed in now; of who handed in before, what it costs already."""
    first = standing.handed_in[-1].submission.submitted_at if standing.handed_in else now
    return _lateness(standing.assignment, standing.owner, standing.due_at, minutes_late(standing.due_at, first))


def _lateness(task: Assignment, owner: Owner | None, due_at: datetime, minutes: int) -> Lateness:
    plan = plan_of(task)
    penalty = penalty_for(plan.late, minutes, rubric_maximum(plan.rubric))
    if owner is None or penalty is None:
        return Lateness(minutes, due_at, penalty)
    return Lateness(minutes, due_at, penalty, tuple(decisions_about(task.id, owner)))


def decisions_about(assignment_id: int, owner: Owner) -> Sequence[PenaltyDecision]:
    """What was decided about somebody's penalty, the latest first."""
    return db.session.scalars(
        select(PenaltyDecision)
        .where(
            PenaltyDecision.assignment_id == assignment_id,
            PenaltyDecision.enrolment_id == owner.enrolment_id
            if owner.enrolment_id is not None
            else PenaltyDecision.group_id == owner.group_id,
        )
        .options(joinedload(PenaltyDecision.decided_by))
        .order_by(PenaltyDecision.id.desc())
    ).all()
