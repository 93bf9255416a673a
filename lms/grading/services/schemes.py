"""The scheme and the grade items of an edition, and when their work is due."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from lms.core.db import db
from lms.core.errors import RuleViolation
from lms.courses.documents import course_from_document, to_document
from lms.courses.domain.content import CourseContent
from lms.courses.models import CourseRelease, Edition
from lms.grading.domain.scheme import GradingScheme
from lms.grading.models import GradeItem, SchemeVersion
from lms.grading.wording import fault_sentence


def create_scheme(edition: Edition, release: CourseRelease, now: datetime) -> None:
    """Give a new edition its scheme and grade items, from the course's plan.

    Raises:
        RuleViolation: if the plan is faulty, naming every fault.
    """
    content = course_from_document(release.document)
    faults = GradingScheme.of(content.grading).faults()
    if faults:
        raise RuleViolation(" ".join(fault_sentence(fault) for fault in faults))
    db.session.add(
        SchemeVersion(edition_id=edition.id, number=1, document=to_document(content.grading), created_at=now)
    )
    due = _due_instants(content, edition)
    for position, plan in enumerate(content.grading.items, start=1):
        db.session.add(
            GradeItem(
                edition_id=edition.id,
                key=plan.key,
                kind=plan.kind,
                position=position,
                due_at=due.get(plan.key),
                released_at=now if plan.kind == "quiz" else None,
            )
        )
    db.session.flush()


def _due_instants(content: CourseContent, edition: Edition) -> dict[str, datetime]:
    moments = {quiz.key: quiz.closes for _module, quiz in content.quizzes()}
    moments |= {assignment.key: assignment.due for assignment in content.assignments}
    return {key: moment.on(edition.starts_on, edition.time_zone) for key, moment in moments.items()}


def post_deadline(*, edition_id: int, item_key: str, due_at: datetime) -> None:
    """Tell the gradebook when the work of an item is due; called by the activity whose date changes.

    Nothing happens where the work is not graded.
    """
    items = select(GradeItem).where(GradeItem.edition_id == edition_id, GradeItem.key == item_key)
    for item in db.session.scalars(items):
        item.due_at = due_at
