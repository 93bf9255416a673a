"""Assignments that a grading scheme may take in."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy import exists, select

from lms.assignments.models import Assignment, Submission
from lms.assignments.queries.work import plan_of
from lms.core.db import db
from lms.grading.hooks import Work


def list_gradable(edition_id: int) -> Sequence[Work]:
    """The assignments of an edition with a rubric that nobody has handed in yet; one query.

    What was handed in while it earned nothing has no line in the ledger, and would be missing in a scheme that came later.
    """
    is_handed_in = exists().where(Submission.assignment_id == Assignment.id)
    tasks = db.session.scalars(
        select(Assignment).where(Assignment.edition_id == edition_id, ~is_handed_in).order_by(Assignment.id)
    )
    rubrics = [(task, plan_of(task).rubric) for task in tasks]
    return [
        Work(
            task.item_key, task.kind, task.title, task.due_at,
            sum((Decimal(criterion.maximum) for criterion in rubric), Decimal(0)),
        )
        for task, rubric in rubrics
        if rubric
    ]  # fmt: skip
