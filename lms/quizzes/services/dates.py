"""The dates of an edition's quizzes, as its coordinator sees and changes them."""

from __future__ import annotations

from sqlalchemy import select

from lms.core.db import db
from lms.courses.hooks import Dated
from lms.courses.models import Edition
from lms.grading.services import post_deadline
from lms.quizzes.models import Quiz


def list_dates(edition: Edition) -> list[Dated]:
    """When each quiz opens and closes for everybody without an extension."""
    quizzes = db.session.scalars(select(Quiz).where(Quiz.edition_id == edition.id).order_by(Quiz.id))
    return [Dated(quiz.key, quiz.title, quiz.opens_at, quiz.closes_at) for quiz in quizzes]


def write_dates(edition: Edition, changed: Dated) -> None:
    """Give a quiz other dates, and tell the gradebook."""
    quiz = db.session.scalars(select(Quiz).where(Quiz.edition_id == edition.id, Quiz.key == changed.key)).one()
    quiz.opens_at, quiz.closes_at = changed.opens_at, changed.closes_at or quiz.closes_at
    post_deadline(edition_id=edition.id, item_key=quiz.item_key, due_at=quiz.closes_at)
