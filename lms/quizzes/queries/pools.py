"""What an attempt at a quiz asks of everybody, and what it draws from the course's bank."""

from __future__ import annotations

from sqlalchemy import func, select

from lms.core.db import db
from lms.quizzes.domain import draws_from
from lms.quizzes.models import Question, QuestionVersion, Quiz


def pools_of(course_id: int) -> dict[str, list[int]]:
    """Ids of the newest question versions by category, archived questions left out; one query."""
    newest = (
        select(func.max(QuestionVersion.number))
        .where(QuestionVersion.question_id == Question.id)
        .correlate(Question)
        .scalar_subquery()
    )
    rows = db.session.execute(
        select(Question.category, QuestionVersion.id)
        .join(QuestionVersion, QuestionVersion.question_id == Question.id)
        .where(
            Question.course_id == course_id,
            Question.archived_at.is_(None),
            Question.category != "",
            QuestionVersion.number == newest,
        )
        .order_by(Question.category, QuestionVersion.id)
    )
    pools: dict[str, list[int]] = {}
    for category, version_id in rows:
        pools.setdefault(category, []).append(version_id)
    return pools


def fixed_ids(quiz: Quiz) -> list[int]:
    """Ids of the question versions that every attempt asks, in order; no query for a quiz that draws none."""
    return without_categories(quiz.question_version_ids, {draw.category for draw in draws_from(quiz.draws)})


def without_categories(version_ids: list[int], categories: set[str]) -> list[int]:
    """Those of the question versions that are in none of the categories, in the order given."""
    if not categories:
        return list(version_ids)
    drawn = db.session.scalars(
        select(QuestionVersion.id)
        .join(Question, Question.id == QuestionVersion.question_id)
        .where(QuestionVersion.id.in_(version_ids), Question.category.in_(categories))
    ).all()
    return [version_id for version_id in version_ids if version_id not in set(drawn)]


def question_count(quiz: Quiz) -> int:
    """How many questions a new attempt asks."""
    return len(fixed_ids(quiz)) + sum(draw.count for draw in draws_from(quiz.draws))
