"""The quizzes of an edition for those who teach: settings, attempts, late answers that wait for somebody to look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from lms.core.db import db
from lms.courses.permissions import Member, require_teaching
from lms.quizzes.models import Accommodation, Attempt, LatePacket, Quiz


@dataclass(frozen=True, slots=True)
class QuizRow:
    """A quiz with how many attempts were begun, late packets nobody accepted, and accommodations that hold."""

    quiz: Quiz
    attempts: int
    late: int
    accommodations: int


def list_quizzes(actor: Member) -> Sequence[QuizRow]:
    """All quizzes of the actor's edition in the order they open; one query. Only for teachers."""
    require_teaching(actor)
    attempts = select(func.count()).select_from(Attempt).where(Attempt.quiz_id == Quiz.id).scalar_subquery()
    late = (
        select(func.count(LatePacket.id))
        .join(Attempt, Attempt.id == LatePacket.attempt_id)
        .where(Attempt.quiz_id == Quiz.id, LatePacket.accepted_at.is_(None))
        .correlate(Quiz)
        .scalar_subquery()
    )
    given = (
        select(func.count())
        .select_from(Accommodation)
        .where(Accommodation.quiz_id == Quiz.id, Accommodation.withdrawn_at.is_(None))
        .scalar_subquery()
    )
    rows = db.session.execute(
        select(Quiz, attempts, late, given).where(Quiz.edition_id == actor.edition.id).order_by(Quiz.opens_at, Quiz.id)
    )
    return [QuizRow(*row) for row in rows]
