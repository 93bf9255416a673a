"""The answers that a quiz got, question by question, for the analysis of its items."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from sqlalchemy import or_, select

from lms.accounts.models import Person
from lms.core.db import db
from lms.courses.models import Edition, Enrolment
from lms.courses.permissions import Member, coordinated_by, require_teaching
from lms.quizzes.models import Attempt, Question, QuestionVersion, Quiz, Response
from lms.quizzes.questions import Answer


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """One person's answer, ``{}`` for none: what part was right, and what share of the attempt's other questions."""

    answer: Answer
    fraction: Fraction
    rest: Fraction


@dataclass(frozen=True, slots=True)
class Item:
    """A version that was asked, with the answers to it; ``place`` is its number in the quiz now, ``None`` without one."""

    version: QuestionVersion
    question: Question
    place: int | None
    answers: Sequence[GivenAnswer]


@dataclass(frozen=True, slots=True)
class Items:
    """Every version that a quiz asked; ``people`` sat it, in ``editions`` editions."""

    items: Sequence[Item]
    people: int
    editions: int


def items_of(actor: Member, quiz: Quiz, *, whole_course: bool = False) -> Items:
    """The answers of everybody's first finished attempt, marked as they were asked; four statements.

    First attempts only, so that who tries again, having seen what was right, does not make a question look easy. Staff
    try-outs are left out.

    Args:
        whole_course: the same quiz in every edition of the course that the actor coordinates, besides this one.

    Raises:
        NotAllowed: unless the actor teaches in the edition.
    """
    require_teaching(actor)
    here = Edition.id == actor.edition.id
    editions = or_(here, coordinated_by(actor.person)) if whole_course else here
    quiz_ids = db.session.scalars(
        select(Quiz.id)
        .join(Edition, Edition.id == Quiz.edition_id)
        .where(Quiz.key == quiz.key, Edition.course_id == actor.edition.course_id, editions)
    ).all()
    attempts = _first_attempts(quiz_ids)
    answers = _answers_in(quiz_ids)
    given: dict[int, list[GivenAnswer]] = {}
    for attempt_id, _quiz_id, layout in attempts.values():
        own = answers.get(attempt_id, {})
        fractions = [own.get(place, ({}, Fraction(0)))[1] for place in range(1, len(layout) + 1)]
        total = sum(fractions, Fraction(0))
        for place, (version_id, _order) in enumerate(layout, start=1):
            answer, fraction = own.get(place, ({}, Fraction(0)))
            rest = (total - fraction) / (len(layout) - 1) if len(layout) > 1 else Fraction(0)
            given.setdefault(version_id, []).append(GivenAnswer(answer, fraction, rest))
    rows = db.session.execute(
        select(QuestionVersion, Question)
        .join(Question, Question.id == QuestionVersion.question_id)
        .where(QuestionVersion.id.in_(given))
    )
    places = {version_id: place for place, version_id in enumerate(quiz.question_version_ids, start=1)}
    items = [Item(version, question, places.get(version.id), given[version.id]) for version, question in rows]
    items.sort(key=lambda item: (item.place or len(places) + 1, item.question.key, -item.version.number))
    return Items(items, len(attempts), len({quiz_id for _id, quiz_id, _layout in attempts.values()}))


def _first_attempts(quiz_ids: Sequence[int]) -> Mapping[int, tuple[int, int, list[Any]]]:
    """Id, quiz and layout of each person's first finished attempt, by enrolment."""
    rows = db.session.execute(
        select(Attempt.enrolment_id, Attempt.id, Attempt.quiz_id, Attempt.layout)
        .join(Enrolment, Enrolment.id == Attempt.enrolment_id)
        .join(Person, Person.id == Enrolment.person_id)
        .where(Attempt.quiz_id.in_(quiz_ids), Attempt.submitted_at.is_not(None), Person.is_test_account.is_(False))
        .order_by(Attempt.number.desc())
    )
    return {enrolment_id: (attempt_id, quiz_id, layout) for enrolment_id, attempt_id, quiz_id, layout in rows}


def _answers_in(quiz_ids: Sequence[int]) -> Mapping[int, Mapping[int, tuple[Answer, Fraction]]]:
    """Answers with what they earned as they were asked, by attempt and position."""
    found: dict[int, dict[int, tuple[Answer, Fraction]]] = {}
    rows = db.session.execute(
        select(Response.attempt_id, Response.position, Response.answer, Response.fraction)
        .join(Attempt, Attempt.id == Response.attempt_id)
        .where(Attempt.quiz_id.in_(quiz_ids))
    )
    for attempt_id, position, answer, fraction in rows:
        found.setdefault(attempt_id, {})[position] = (answer, fraction or Fraction(0))
    return found
