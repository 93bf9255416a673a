"""Reads for second markers: first marks, how near people are to a certificate, and how well markers agree."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from sqlalchemy import func, select

from lms.assignments.assessments import Assessment, CriterionScore
from lms.assignments.domain.agreement import MarkerRole
from lms.assignments.models import Assignment, Submission
from lms.assignments.queries.marking import is_latest
from lms.core.db import db
from lms.courses.models import Edition
from lms.grading.queries import class_results, get_scheme

Owner = tuple[int | None, int | None]


def totals_by_role(assignment: Assignment) -> dict[Owner, dict[MarkerRole, Decimal]]:
    """The totals of finished markings of everybody's latest submission, by whose work and role; one statement."""
    rows = db.session.execute(
        select(Submission.enrolment_id, Submission.group_id, Assessment.role, func.sum(CriterionScore.points))
        .join(Assessment, Assessment.submission_id == Submission.id)
        .join(CriterionScore, CriterionScore.assessment_id == Assessment.id)
        .where(Submission.assignment_id == assignment.id, Assessment.finished_at.is_not(None), is_latest())
        .group_by(Submission.id, Submission.enrolment_id, Submission.group_id, Assessment.role)
    )
    found: dict[Owner, dict[MarkerRole, Decimal]] = {}
    for enrolment_id, group_id, role, total in rows:
        found.setdefault((enrolment_id, group_id), {})[MarkerRole(role)] = total or Decimal(0)
    return found


def first_totals(assignment: Assignment) -> dict[Owner, Decimal]:
    """The totals of finished first markings, by whose work."""
    found = totals_by_role(assignment)
    return {owner: totals[MarkerRole.FIRST] for owner, totals in found.items() if MarkerRole.FIRST in totals}


def margins_of(
    edition: Edition, assignment: Assignment, totals: Mapping[Owner, Decimal], now: datetime
) -> dict[Owner, Decimal]:
    """How far each person's points, with this first mark, lie from the nearest minimum of a certificate.

    Group work has no margin: it is one mark for people who stand at different places.
    """
    minima = [tier.minimum for tier in get_scheme(edition.id)[1].tiers]
    margins: dict[Owner, Decimal] = {}
    for standing in class_results(edition, now=now):
        owner: Owner = (standing.enrolment.id, None)
        if owner not in totals or not minima:
            continue
        others = sum(
            (
                result.points
                for result in standing.results
                if result.points is not None and result.key != assignment.item_key
            ),
            Decimal(0),
        )
        margins[owner] = min((others + totals[owner] - minimum for minimum in minima), key=abs)
    return margins
