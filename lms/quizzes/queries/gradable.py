"""Quizzes that a grading scheme may take in."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import exists, select

from lms.core.db import db
from lms.grading.hooks import Work
from lms.quizzes.models import Attempt, Quiz


def list_gradable(edition_id: int) -> Sequence[Work]:
    """The quizzes of an edition that nobody has submitted yet; one query.

    What was submitted for practice has no line in the ledger, and would be missing in a scheme that came later.
    """
    was_submitted = exists().where(Attempt.quiz_id == Quiz.id, Attempt.submitted_at.is_not(None))
    quizzes = select(Quiz).where(Quiz.edition_id == edition_id, ~was_submitted).order_by(Quiz.opens_at, Quiz.id)
    return [Work(quiz.item_key, "quiz", quiz.title, quiz.closes_at) for quiz in db.session.scalars(quizzes)]
