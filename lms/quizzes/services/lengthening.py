"""More time for attempts that are open already: what is granted holds at once, and never takes time away."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select

from lms.core.db import db
from lms.courses.models import Edition
from lms.quizzes.domain import deadline_of
from lms.quizzes.models import Attempt, Quiz
from lms.quizzes.queries import deadline_of_attempt, get_sitting_of


def lengthen_attempts(edition_id: int, item_key: str, enrolment_ids: Collection[int], now: datetime) -> int:
    """Give open attempts of these people the end that they would have if they began now; return how many got later.

    The time limit is the one they were begun under. An end that would come earlier is left as it is: nobody loses time
    that they were told.
    """
    rows = db.session.execute(
        select(Attempt, Quiz, Edition)
        .join(Quiz, Quiz.id == Attempt.quiz_id)
        .join(Edition, Edition.id == Quiz.edition_id)
        .where(
            Quiz.edition_id == edition_id,
            Quiz.item_key == item_key,
            Attempt.enrolment_id.in_(enrolment_ids),
            Attempt.submitted_at.is_(None),
        )
        .with_for_update(of=Attempt)
    ).all()
    return sum(_lengthen(attempt, quiz, edition) for attempt, quiz, edition in rows)


def _lengthen(attempt: Attempt, quiz: Quiz, edition: Edition) -> bool:
    sitting = get_sitting_of(edition, quiz.key, attempt.enrolment_id)
    factor = max(sitting.terms.time_factor, attempt.time_factor or sitting.terms.time_factor)
    later = deadline_of(attempt.started_at, sitting.closes_at, attempt.time_limit_minutes, factor)
    if later.cutoff <= deadline_of_attempt(attempt).cutoff:
        return False
    attempt.deadline_at, attempt.deadline_by = later.at, later.by
    attempt.time_factor = None if factor == 1 else factor
    return True
