"""Marks given without names wait outside the gradebook until they are released. Source: docs/rules.md#anonymous-marking."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func, select, true

from lms.assignments.assessments import MarkingScheme
from lms.assignments.models import Assignment, Submission
from lms.assignments.queries.assessments import counts_as_marked, find_assessment
from lms.assignments.queries.marking import is_latest
from lms.assignments.queries.submissions import get_submission
from lms.assignments.services.posting import Marking
from lms.assignments.services.settling import post_without_telling
from lms.core.db import db
from lms.courses.permissions import Member, require_teaching
from lms.grading.models import GradeItem

_NOTHING = Marking({}, {})


def held_counts(edition_id: int) -> dict[str, int]:
    """Finished marks that wait for the release, by grade item, in one statement."""
    rows = db.session.execute(
        select(Assignment.item_key, func.count(Submission.id))
        .join(MarkingScheme, MarkingScheme.assignment_id == Assignment.id)
        .join(Submission, Submission.assignment_id == Assignment.id)
        .join(GradeItem, (GradeItem.edition_id == Assignment.edition_id) & (GradeItem.key == Assignment.item_key))
        .where(
            Assignment.edition_id == edition_id,
            MarkingScheme.is_anonymous.is_(True),
            GradeItem.released_at.is_(None),
            is_latest(),
            counts_as_marked().is_not(None),
        )
        .group_by(Assignment.item_key)
    )
    return {key: count for key, count in rows}  # noqa: C416  a row is no pair to mypy


def post_held(actor: Member, item_keys: Collection[str], now: datetime) -> None:
    """Post the marks that were held back with the names; whoever has one is told by the release, not here."""
    require_teaching(actor)
    ids = db.session.scalars(
        select(Submission.id)
        .join(Assignment, Assignment.id == Submission.assignment_id)
        .join(MarkingScheme, MarkingScheme.assignment_id == Assignment.id)
        .where(
            Assignment.edition_id == actor.edition.id,
            Assignment.item_key.in_(item_keys),
            MarkingScheme.is_anonymous.is_(True),
            is_latest(),
            counts_as_marked().is_not(None),
        )
        .order_by(Submission.id)
    ).all()
    for submission_id in ids:
        submission = get_submission(actor.edition.id, submission_id, true())
        counting = find_assessment(submission_id)
        if counting is not None:
            post_without_telling(actor, submission, counting, _NOTHING, [], reason="", now=now)
