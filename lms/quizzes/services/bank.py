"""Gives editions their quizzes, with the newest versions of the bank's questions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from lms.core.db import db
from lms.courses.documents import course_from_document
from lms.courses.domain.content import Module, QuizPlan
from lms.courses.models import CourseRelease, Edition
from lms.quizzes.domain import REVIEWS, preset_like
from lms.quizzes.models import Question, QuestionVersion, Quiz


@dataclass(frozen=True, slots=True)
class Current:
    """A question's newest version."""

    version_id: int
    number: int
    digest: str


def current_versions(course_id: int) -> dict[str, Current]:
    """Each question's newest version, by the question's key."""
    rows = db.session.execute(
        select(Question.key, QuestionVersion.id, QuestionVersion.number, QuestionVersion.digest)
        .join(Question, Question.id == QuestionVersion.question_id)
        .where(Question.course_id == course_id)
        .order_by(QuestionVersion.number)
    )
    return {key: Current(version_id, number, digest) for key, version_id, number, digest in rows}


def create_quizzes(edition: Edition, release: CourseRelease, now: datetime) -> None:
    """Give a new edition the quizzes of its release, with its dates and the bank's current versions."""
    content = course_from_document(release.document)
    version_ids = {key: one.version_id for key, one in current_versions(release.course_id).items()}
    for module, plan in content.quizzes():
        db.session.add(_quiz(edition, module, plan, version_ids))
    db.session.flush()


def add_quiz(edition: Edition, release: CourseRelease, module: Module, plan: QuizPlan) -> Quiz:
    """Give an edition one more quiz of a release of its course."""
    version_ids = {key: one.version_id for key, one in current_versions(release.course_id).items()}
    quiz = _quiz(edition, module, plan, version_ids)
    db.session.add(quiz)
    db.session.flush()
    return quiz


def _quiz(edition: Edition, module: Module, plan: QuizPlan, version_ids: Mapping[str, int]) -> Quiz:
    review = REVIEWS[plan.review]
    return Quiz(
        edition_id=edition.id,
        key=plan.key,
        item_key=plan.key,
        module_key=module.key,
        title=dict(plan.title),
        opens_at=plan.opens.on(edition.starts_on, edition.time_zone),
        closes_at=plan.closes.on(edition.starts_on, edition.time_zone),
        time_limit_minutes=plan.time_limit_minutes,
        attempts_allowed=plan.attempts,
        counting=plan.counting,
        review_submitted=review.submitted,
        review_used_up=review.used_up,
        review_closed=review.closed,
        preset=preset_like(plan.time_limit_minutes, plan.attempts, review),
        shuffle_options=plan.shuffle_options,
        shuffle_questions=plan.shuffle_questions,
        draws=[[draw.category, draw.count] for draw in plan.draws],
        question_version_ids=_pinned(plan, version_ids),
    )


def _pinned(plan: QuizPlan, version_ids: Mapping[str, int]) -> list[int]:
    return [version_ids[question.key] for question in plan.questions]
