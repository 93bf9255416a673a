"""Gives a new edition its assignments."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _

from lms.assignments.domain.rubrics import check_rubric
from lms.assignments.models import Assignment
from lms.core.db import db
from lms.core.errors import RuleViolation
from lms.courses.documents import to_document
from lms.courses.domain.content import AssignmentPlan
from lms.courses.models import CourseRelease, Edition
from lms.courses.queries import get_content
from lms.grading.domain.scheme import GradingScheme
from lms.grading.queries import get_scheme


def create_assignments(edition: Edition, release: CourseRelease, now: datetime) -> None:
    """Copy each assignment of the release into a new edition, with the edition's own dates.

    Raises:
        RuleViolation: if a rubric is not worth what its grade item is.
    """
    scheme = get_scheme(edition.id)[1]
    for plan in get_content(release.id).assignments:
        make_assignment(edition, plan, scheme)
    db.session.flush()


def make_assignment(edition: Edition, plan: AssignmentPlan, scheme: GradingScheme) -> Assignment:
    """Copy one assignment of a release into an edition.

    Raises:
        RuleViolation: if the rubric is not worth what the grade item of the edition is.
    """
    item = scheme.find_item(plan.key)
    if plan.rubric and item is not None:
        try:
            check_rubric(plan.rubric, item.maximum)
        except ValueError as error:
            raise RuleViolation(
                _("“%(key)s” cannot be marked as the course describes it: %(fault)s.", key=plan.key, fault=str(error))
            ) from error
    task = Assignment(
        edition_id=edition.id,
        key=plan.key,
        item_key=plan.key,
        kind=plan.kind,
        title=dict(plan.title),
        opens_at=plan.opens.on(edition.starts_on, edition.time_zone),
        due_at=plan.due.on(edition.starts_on, edition.time_zone),
        document=to_document(plan),
    )
    db.session.add(task)
    return task
