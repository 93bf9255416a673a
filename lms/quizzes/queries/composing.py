"""Reads of what a quiz of an edition asks, for those who choose it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from lms.core.db import db
from lms.core.i18n import Text
from lms.courses.permissions import Member
from lms.quizzes.models import Attempt, Question, QuestionVersion, Quiz
from lms.quizzes.queries.bank import newest_number
from lms.quizzes.queries.coordinated import get_quiz


@dataclass(frozen=True, slots=True)
class Asked:
    """A question in its place in a quiz; ``newest`` is the number of its newest version."""

    position: int
    question: Question
    version: QuestionVersion
    newest: int

    @property
    def stem(self) -> Text:
        """The question itself, by language."""
        stem: Text = self.version.document["stem"]
        return stem


@dataclass(frozen=True, slots=True)
class QuizQuestions:
    """What a quiz asks, in order, and how many attempts have been started."""

    quiz: Quiz
    asked: Sequence[Asked]
    attempts: int

    @property
    def keys(self) -> frozenset[str]:
        """The keys of the questions."""
        return frozenset(one.question.key for one in self.asked)


def get_quiz_questions(actor: Member, quiz_key: str) -> QuizQuestions:
    """What a quiz of the actor's edition asks; three statements.

    Raises:
        NotAllowed: unless the actor coordinates the edition.
        NotFound: if the edition has no such quiz.
    """
    quiz = get_quiz(actor, quiz_key)
    rows = db.session.execute(
        select(QuestionVersion, Question, newest_number())
        .join(Question, Question.id == QuestionVersion.question_id)
        .where(QuestionVersion.id.in_(quiz.question_version_ids))
    )
    by_id = {version.id: (question, version, newest) for version, question, newest in rows}
    asked = [
        Asked(position, *by_id[version_id]) for position, version_id in enumerate(quiz.question_version_ids, start=1)
    ]
    attempts = db.session.scalar(select(func.count(Attempt.id)).where(Attempt.quiz_id == quiz.id)) or 0
    return QuizQuestions(quiz, asked, attempts)
