"""What the tests of sittings stand on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

import pytest
from sqlalchemy import select

from lms.core.db import db
from lms.grading.queries import standing_of
from lms.quizzes.domain import REVIEWS
from lms.quizzes.models import Attempt, Quiz, Response
from lms.quizzes.services import Saved, save_answers, start_attempt, submit_attempt
from tests.factories import Cast

QUIZ = "quiz-2"


Result = TypeVar("Result")


def _at_the_end(result: Result) -> Result:
    """What a service gave back, after the session has let go of the attempts it had read, as at the end of a request."""
    db.session.flush()
    for entity in [entity for entity in db.session if isinstance(entity, Attempt)]:
        db.session.expire(entity)
    return result


class Desk:
    """Sits quizzes for people of the cast: quiz 2 of R1, whose option ``a`` is always right, unless told otherwise."""

    def __init__(self, cast: Cast, now: datetime) -> None:
        self.cast = cast
        self.now = now

    def start(self, name: str = "participant", *, quiz: str = QUIZ, at: datetime | None = None) -> Attempt:
        """Start an attempt, or find the open one; what comes back follows what is written later."""
        attempt = _at_the_end(start_attempt(self.cast.member(name), quiz, now=at or self.now))
        return db.session.get_one(Attempt, attempt.id)

    def save(
        self,
        attempt: Attempt,
        answers: Mapping[int, str],
        *,
        name: str = "participant",
        operation: str = "",
        at: datetime | None = None,
    ) -> Saved:
        """Save answers by position."""
        values: dict[int, Sequence[str]] = {position: [key] for position, key in answers.items()}
        member = self.cast.member(name)
        return _at_the_end(save_answers(member, attempt.id, values, operation_id=operation, now=at or self.now))

    def submit(self, attempt: Attempt, *, name: str = "participant", at: datetime | None = None) -> Attempt:
        """Submit it."""
        return _at_the_end(submit_attempt(self.cast.member(name), attempt.id, now=at or self.now))

    def sit(self, right: int, *, name: str = "participant", quiz: str = QUIZ, at: datetime | None = None) -> Attempt:
        """A whole attempt with this many right answers of ten."""
        attempt = self.start(name, quiz=quiz, at=at)
        self.save(attempt, {n: "a" if n <= right else "b" for n in range(1, 11)}, name=name, at=at)
        return self.submit(attempt, name=name, at=at)

    def quiz(self, key: str = QUIZ, **values: Any) -> Quiz:
        """The quiz of R1, with these settings; ``review`` is a policy's name."""
        quiz = db.session.scalars(select(Quiz).where(Quiz.edition_id == self.cast.edition.id, Quiz.key == key)).one()
        if "review" in values:
            review = REVIEWS[values.pop("review")]
            values |= {
                "review_submitted": review.submitted,
                "review_used_up": review.used_up,
                "review_closed": review.closed,
            }
        for name, value in values.items():
            setattr(quiz, name, value)
        db.session.flush()
        return quiz

    def answers(self, attempt: Attempt) -> dict[int, str]:
        """What is on the server, read anew."""
        rows = db.session.execute(select(Response.position, Response.answer).where(Response.attempt_id == attempt.id))
        return {position: answer["option"] for position, answer in rows}

    def points(self, name: str = "participant", item: str = QUIZ) -> Decimal | None:
        """The points that the gradebook holds."""
        db.session.flush()
        standing = standing_of(self.cast.edition, self.cast.enrolment(name), released_only=False)
        return standing.result(item).points


@pytest.fixture
def desk(cast: Cast, now: datetime) -> Desk:
    return Desk(cast, now)


@pytest.fixture
def closes(desk: Desk) -> datetime:
    """The minute in which quiz 2 closes."""
    return desk.quiz().closes_at
