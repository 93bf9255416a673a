"""Reads of one question of the bank: its versions, what a new one would reach, whether it was ever asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import case, func, select

from lms.accounts.models import Person
from lms.core.db import db
from lms.core.errors import NotFound
from lms.core.i18n import Text
from lms.courses.models import CourseRelease, Edition
from lms.courses.queries import get_content
from lms.quizzes.models import Attempt, Question, QuestionVersion, Quiz, Response
from lms.quizzes.permissions import Author, own_editions
from lms.quizzes.queries.bank import BankRow, Usage, tags_of, usages_of, versions_in_quizzes


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A version with who made it; ``None`` for an import at the command line, and for somebody who was erased."""

    version: QuestionVersion
    author: Person | None


@dataclass(frozen=True, slots=True)
class QuestionPage:
    """One question with everything that its page shows; ``versions`` newest first."""

    row: BankRow
    versions: Sequence[VersionRow]

    @property
    def question(self) -> Question:
        """The question."""
        return self.row.question

    def version(self, number: int | None) -> QuestionVersion | None:
        """The version of a number, or ``None``."""
        return next((one.version for one in self.versions if one.version.number == number), None)


def get_question(actor: Author, key: str) -> QuestionPage:
    """A question of the course by its key.

    Raises:
        NotFound: if the course has no such question.
    """
    question = db.session.scalars(
        select(Question).where(Question.course_id == actor.course.id, Question.key == key)
    ).one_or_none()
    if question is None:
        raise NotFound
    rows = db.session.execute(
        select(QuestionVersion, Person)
        .outerjoin(Person, Person.id == QuestionVersion.created_by_id)
        .where(QuestionVersion.question_id == question.id)
        .order_by(QuestionVersion.number.desc())
    )
    versions = [VersionRow(version, author) for version, author in rows]
    usages, elsewhere = usages_of(actor, [question.id])
    row = BankRow(
        question,
        versions[0].version,
        tags_of([question.id])[question.id],
        tuple(usages[question.id]),
        question.id in elsewhere,
    )
    return QuestionPage(row, versions)


@dataclass(frozen=True, slots=True)
class Reach:
    """What a new version of a question can reach: an open quiz that asks it, and how many attempts keep what they have."""

    usage: Usage
    running: int
    finished: int


def reach_of(actor: Author, page: QuestionPage) -> list[Reach]:
    """The quizzes of the actor's open editions that ask the question, with their attempts; one statement."""
    open_usages = [usage for usage in page.row.usages if not usage.is_closed]
    rows = db.session.execute(
        select(
            Attempt.quiz_id,
            func.sum(case((Attempt.submitted_at.is_(None), 1), else_=0)),
            func.sum(case((Attempt.submitted_at.is_(None), 0), else_=1)),
        )
        .where(Attempt.quiz_id.in_([usage.quiz_id for usage in open_usages]))
        .group_by(Attempt.quiz_id)
    )
    counts = {quiz_id: (int(running), int(finished)) for quiz_id, running, finished in rows}
    return [Reach(usage, *counts.get(usage.quiz_id, (0, 0))) for usage in open_usages]


def draws_from_category(actor: Author, category: str) -> list[tuple[str, Text]]:
    """Open quizzes that draw from a category, as edition code and title: each attempt draws the newest versions."""
    if not category:
        return []
    rows = db.session.execute(
        select(Edition.code, Quiz.title, Quiz.draws)
        .join(Edition, Edition.id == Quiz.edition_id)
        .where(Edition.closed_at.is_(None), own_editions(actor))
        .order_by(Edition.code, Quiz.key)
    )
    return [(code, title) for code, title, draws in rows if any(drawn == category for drawn, _count in draws)]


def was_asked(question: Question) -> bool:
    """True if a quiz asks the question or an attempt ever did, in whatever version and edition."""
    ids = set(db.session.scalars(select(QuestionVersion.id).where(QuestionVersion.question_id == question.id)))
    asked = versions_in_quizzes()
    if db.session.scalar(select(asked.c.quiz_id).where(asked.c.version_id.in_(ids)).limit(1)) is not None:
        return True
    if db.session.scalar(select(Response.attempt_id).where(Response.question_version_id.in_(ids)).limit(1)) is not None:
        return True
    layouts = db.session.scalars(
        select(Attempt.layout)
        .join(Quiz, Quiz.id == Attempt.quiz_id)
        .join(Edition, Edition.id == Quiz.edition_id)
        .where(Edition.course_id == question.course_id)
        .execution_options(yield_per=500)
    )
    return any(version_id in ids for layout in layouts for version_id, _order in layout)


def find_in_pack(question: Question) -> Any:
    """What the newest release of the course says under the question's key; ``None`` where it has no such question."""
    release_id = db.session.scalar(
        select(func.max(CourseRelease.id)).where(CourseRelease.course_id == question.course_id)
    )
    if release_id is None:
        return None
    plans = (one for _module, plan in get_content(release_id).quizzes() for one in plan.questions)
    return next((one for one in plans if one.key == question.key), None)
