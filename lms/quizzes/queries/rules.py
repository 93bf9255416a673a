"""The rule of a quiz as it will be applied: to everybody, or to one person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from lms.quizzes.domain import Review, limit_seconds
from lms.quizzes.queries.pools import question_count
from lms.quizzes.queries.sittings import Sitting


@dataclass(frozen=True, slots=True)
class Rule:
    """What a person reads before starting. ``closes_at`` is a minute that still counts, ``seconds`` the time limit."""

    questions: int
    opens_at: datetime
    closes_at: datetime
    seconds: int | None
    attempts_allowed: int
    counting: str
    review: Review
    is_drawn: bool = False
    # What this person has beyond everybody's rule.
    time_factor: Fraction = Fraction(1)
    extra_attempts: int = 0
    is_opened_earlier: bool = False
    is_closed_later: bool = False


def rule_of(sitting: Sitting) -> Rule:
    """The rule that the next attempt of a person will be sat under; no query unless the quiz draws questions."""
    quiz, terms = sitting.quiz, sitting.terms
    limit = quiz.time_limit_minutes
    return Rule(
        questions=question_count(quiz),
        opens_at=sitting.opens_at,
        closes_at=sitting.closes_at,
        seconds=None if limit is None else limit_seconds(limit, terms.time_factor),
        attempts_allowed=sitting.attempts_allowed,
        counting=quiz.counting,
        review=quiz.review,
        is_drawn=bool(quiz.draws),
        time_factor=terms.time_factor if limit is not None else Fraction(1),
        extra_attempts=terms.extra_attempts,
        is_opened_earlier=sitting.opens_at < quiz.opens_at,
        is_closed_later=sitting.closes_at > quiz.closes_at,
    )
