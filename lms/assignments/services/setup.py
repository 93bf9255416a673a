"""Gives a new edition its assignments."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _

from lms.assignments.domain.rubrics import check_rubric
from lms.assignments.models import Assignment
from lms.core.db import db
from lms.core.errors import RuleViolation
from lms.courses.documents import to_document
from lms.courses.models import CourseRelease, Edition
from lms.courses.queries import get_content


def create_assignments(edition: Edition, release: CourseRelease, now: datetime) -> None:
    """Copy each assignment of the release into a new edition, with the edition's own dates.

    Raises:
        RuleViolation: if a rubric is not worth what its grade item is.
    """
    content = get_content(release.id)
    maxima = {item.key: item.maximum for item in content.grading.items}
    for plan in content.assignments:
        if plan.rubric and plan.key in maxima:
            try:
                check_rubric(plan.rubric, maxima[plan.key])
            except ValueError as error:
                raise RuleViolation(
                    _(
                        "“%(key)s” cannot be marked as the course describes it: %(fault)s.",
                        key=plan.key,
                        fault=str(error),
                    )
                ) from error
        db.session.add(
            Assignment(
                edition_id=edition.id,
                key=plan.key,
                item_key=plan.key,
                kind=plan.kind,
                title=dict(plan.title),
                opens_at=plan.opens.on(edition.starts_on, edition.time_zone),
                due_at=plan.due.on(edition.starts_on, edition.time_zone),
                document=to_document(plan),
            )
        )
    db.session.flush()
