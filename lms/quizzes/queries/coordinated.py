"""A quiz as whoever coordinates its edition may work on it."""

from __future__ import annotations

from sqlalchemy import select

from lms.core.db import db
from lms.core.errors import NotFound
from lms.courses.permissions import Member, require_coordinating
from lms.quizzes.models import Quiz


def get_quiz(actor: Member, quiz_key: str) -> Quiz:
    """A quiz of the edition that the actor coordinates.

    Raises:
        NotAllowed: unless the actor coordinates the edition.
        NotFound: if the edition has no such quiz.
    """
    require_coordinating(actor)
    quiz = db.session.scalars(
        select(Quiz).where(Quiz.edition_id == actor.edition.id, Quiz.key == quiz_key)
    ).one_or_none()
    if quiz is None:
        raise NotFound
    return quiz
