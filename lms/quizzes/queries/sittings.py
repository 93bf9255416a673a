"""A person's sitting of a quiz: the quiz, its window for them, their attempts and answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from itertools import groupby
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import JSON, Integer, and_, bindparam, exists, or_, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from lms.core.db import db
from lms.core.errors import NotFound
from lms.core.statements import Reading
from lms.courses.activities import ActivityDates
from lms.courses.models import Edition
from lms.courses.permissions import Member
from lms.grading.models import Extension, GradeItem, SchemeVersion
from lms.grading.queries.groups import groups_of
from lms.quizzes.domain import (
    NO_TERMS,
    Deadline,
    DeadlineBy,
    Granted,
    Result,
    State,
    Terms,
    counted,
    state_of,
    terms_of,
)
from lms.quizzes.models import Accommodation, Attempt, LatePacket, Quiz, QuizGroup, Response
from lms.quizzes.queries.regrade_scores import HAS_REGRADES
from lms.quizzes.questions import Answer

# Statements are put together once: building one costs more than running it, and these run on every page of a quiz.
_ENROLMENT = bindparam("enrolment_id", type_=Integer)
# A later date granted to the person or their group for the quiz's item; the latest grant holds.
_EXTENDED = (
    select(Extension.due_at)
    .join(GradeItem, GradeItem.id == Extension.item_id)
    .where(
        GradeItem.edition_id == Quiz.edition_id,
        GradeItem.key == Quiz.item_key,
        or_(Extension.enrolment_id == _ENROLMENT, Extension.group_id.in_(groups_of(_ENROLMENT))),
    )
    .order_by(Extension.id.desc())
    .limit(1)
    .correlate(Quiz)
    .scalar_subquery()
)
SCHEME_VERSION = (
    select(SchemeVersion.id)
    .where(SchemeVersion.edition_id == Quiz.edition_id)
    .order_by(SchemeVersion.number.desc())
    .limit(1)
    .correlate(Quiz)
    .scalar_subquery()
)
# Whether the person or their group has been given anything else; what, is asked only where they have.
_IS_THEIRS = and_(
    Accommodation.withdrawn_at.is_(None),
    or_(Accommodation.enrolment_id == _ENROLMENT, Accommodation.group_id.in_(groups_of(_ENROLMENT))),
)
_HAS_TERMS = exists().where(Accommodation.quiz_id == Quiz.id, _IS_THEIRS).correlate(Quiz)
_GRANTED = select(
    Accommodation.quiz_id, Accommodation.time_factor, Accommodation.extra_attempts, Accommodation.opens_at
).where(_IS_THEIRS)
_OWN_ATTEMPT = and_(Attempt.quiz_id == Quiz.id, Attempt.enrolment_id == _ENROLMENT)
# A quiz for groups is there for those who are in one of them, and for those who took it before; staff see all.
_IS_FOR_THEM = or_(
    Quiz.for_groups.is_(False),
    _ENROLMENT.is_(None),
    exists().where(QuizGroup.quiz_id == Quiz.id, QuizGroup.group_id.in_(groups_of(_ENROLMENT))).correlate(Quiz),
    exists().where(_OWN_ATTEMPT).correlate(Quiz),
)
_ONE_QUIZ = and_(Quiz.edition_id == bindparam("edition_id"), Quiz.key == bindparam("key"), _IS_FOR_THEM)
_SITTING = Reading(
    select(Quiz, Attempt, _EXTENDED.label("extended"), _HAS_TERMS.label("has_terms"))
    .outerjoin(Attempt, _OWN_ATTEMPT)
    .where(_ONE_QUIZ)
    .order_by(Attempt.number)
)


class _AnswersByPosition(FunctionElement[dict[str, Any]]):
    """The answers of one attempt in one value, so that what stands beside them is not read again with each."""

    type = JSON()
    inherit_cache = True


@compiles(_AnswersByPosition)
def _aggregate(element: _AnswersByPosition, compiler: Any, **options: Any) -> str:
    position, answer = (compiler.process(column, **options) for column in (Response.position, Response.answer))
    if compiler.dialect.name == "sqlite":
        return f"json_group_object(CAST({position} AS TEXT), json({answer}))"
    return f"json_object_agg({position}, {answer})"


_ANSWERS = (
    select(_AnswersByPosition())
    .select_from(Response)
    .where(Response.attempt_id == Attempt.id, Attempt.number == bindparam("number"))
    .correlate(Attempt)
    .scalar_subquery()
)
_HAS_LATE = exists().where(LatePacket.attempt_id == Attempt.id).correlate(Attempt)
_SITTING_WITH_ANSWERS = Reading(
    select(
        Quiz,
        Attempt,
        _EXTENDED.label("extended"),
        _HAS_TERMS.label("has_terms"),
        SCHEME_VERSION.label("scheme"),
        _ANSWERS.label("answers"),
        _HAS_LATE.label("has_late"),
        HAS_REGRADES.label("has_regrades"),
    )
    .outerjoin(Attempt, _OWN_ATTEMPT)
    .where(_ONE_QUIZ)
    .order_by(Attempt.number)
)
_ALL_SITTINGS = (
    select(Quiz, Attempt, _EXTENDED.label("extended"), _HAS_TERMS.label("has_terms"), Edition.closed_at)
    .join(Edition, Edition.id == Quiz.edition_id)
    .outerjoin(Attempt, _OWN_ATTEMPT)
    .where(Quiz.edition_id == bindparam("edition_id"), _IS_FOR_THEM)
    .order_by(Quiz.opens_at, Quiz.id, Attempt.number)
)


def deadline_of_attempt(attempt: Attempt) -> Deadline:
    """When an attempt ends, as it was told when it started."""
    return Deadline(attempt.deadline_at, DeadlineBy(attempt.deadline_by))


def result_of(attempt: Attempt) -> Result:
    """The result of a finished attempt."""
    questions = len(attempt.layout) if attempt.counted_questions is None else attempt.counted_questions
    return Result(attempt.number, attempt.raw_score or Fraction(0), questions)


@dataclass(frozen=True, slots=True)
class Sitting:
    """A quiz and one person's attempts at it, in order. They are only looked at: see ``lms.core.statements``.

    ``closes_at`` is the minute in which it closes for this person, ``terms`` what else they were given. ``answers`` (by
    position), ``scheme_id`` (the grading scheme in force) and ``has_late`` (whether something came too late for it) and
    ``has_regrades`` (whether the quiz was ever regraded) are there where one attempt was asked for.
    """

    quiz: Quiz
    attempts: Sequence[Attempt]
    closes_at: datetime
    terms: Terms = NO_TERMS
    answers: Mapping[int, Answer] = field(default_factory=dict)
    scheme_id: int | None = None
    has_late: bool = False
    has_regrades: bool = False

    @property
    def running(self) -> Attempt | None:
        """The attempt that is open, its time over or not."""
        return next((attempt for attempt in self.attempts if attempt.submitted_at is None), None)

    @property
    def finished(self) -> list[Attempt]:
        """The attempts that were submitted or closed."""
        return [attempt for attempt in self.attempts if attempt.submitted_at is not None]

    @property
    def counted(self) -> Result | None:
        """The result that counts so far."""
        return counted((result_of(attempt) for attempt in self.finished), self.quiz.counting)

    @property
    def opens_at(self) -> datetime:
        """When the quiz opens for this person."""
        return self.terms.opens(self.quiz.opens_at)

    @property
    def attempts_allowed(self) -> int:
        """How many attempts this person has in all."""
        return self.quiz.attempts_allowed + self.terms.extra_attempts

    @property
    def attempts_left(self) -> int:
        """How many attempts can still be started."""
        return max(0, self.attempts_allowed - len(self.attempts))

    def attempt(self, number: int) -> Attempt:
        """The attempt with a number; raises NotFound."""
        for attempt in self.attempts:
            if attempt.number == number:
                return attempt
        raise NotFound

    def state(self, now: datetime) -> State:
        """Where the person stands."""
        running = self.running
        return state_of(
            opens_at=self.opens_at,
            closes_at=self.closes_at,
            attempts_allowed=self.attempts_allowed,
            finished=len(self.finished),
            running=None if running is None else deadline_of_attempt(running),
            now=now,
        )


def get_sitting(actor: Member, quiz_key: str) -> Sitting:
    """A quiz of the actor's edition with the actor's own attempts, in one query; raises NotFound.

    Who is not a participant has no attempts.
    """
    return get_sitting_of(actor.edition, quiz_key, _own_id(actor))


def get_sitting_of(edition: Edition, quiz_key: str, enrolment_id: int | None) -> Sitting:
    """The same for anybody in an edition; ``None`` for who has no attempts. The caller has checked who asks."""
    rows = _rows(_SITTING, edition, quiz_key, enrolment_id)
    quiz, _attempt, extended, has_terms = rows[0]
    attempts = [row[1] for row in rows if row[1] is not None]
    terms = _terms_of(enrolment_id, quiz.id) if has_terms else NO_TERMS
    return Sitting(quiz, attempts, extended or _closes(quiz, edition.closed_at), terms)


def get_sitting_with_answers(actor: Member, quiz_key: str, number: int) -> Sitting:
    """The same with the answers that arrived in one of the attempts, still in one query; raises NotFound.

    Raises NotFound too where the actor has no attempt with this number.
    """
    return get_sitting_with_answers_of(actor.edition, quiz_key, _own_id(actor), number)


def get_sitting_with_answers_of(edition: Edition, quiz_key: str, enrolment_id: int | None, number: int) -> Sitting:
    """The same for anybody in an edition; the caller has checked who asks."""
    rows = _rows(_SITTING_WITH_ANSWERS, edition, quiz_key, enrolment_id, number=number)
    quiz, _attempt, extended, has_terms, scheme_id, _answers, _late, has_regrades = rows[0]
    attempts = [row[1] for row in rows if row[1] is not None]
    answers = {int(position): answer for row in rows if row[5] for position, answer in row[5].items()}
    closes_at = extended or _closes(quiz, edition.closed_at)
    terms = _terms_of(enrolment_id, quiz.id) if has_terms else NO_TERMS
    has_late = any(row[6] for row in rows if row[1] is not None and row[1].number == number)
    sitting = Sitting(quiz, attempts, closes_at, terms, answers, scheme_id, has_late, bool(has_regrades))
    sitting.attempt(number)
    return sitting


def _own_id(actor: Member) -> int | None:
    return actor.own_enrolment.id if actor.is_participant else None


def _rows(reading: Reading, edition: Edition, quiz_key: str, enrolment_id: int | None, **values: Any) -> Sequence[Any]:
    values |= {"edition_id": edition.id, "key": quiz_key, "enrolment_id": enrolment_id}
    rows = reading.rows(values)
    if not rows:
        raise NotFound(_("There is no such quiz for you in this edition. Some quizzes are for single groups only."))
    return rows


def _all_terms(enrolment_id: int | None) -> dict[int, Terms]:
    """What a person is given in each quiz, by the quiz's id; one query."""
    granted: dict[int, list[Granted]] = {}
    for quiz_id, factor, attempts, opens_at in db.session.execute(_GRANTED, {"enrolment_id": enrolment_id}):
        granted.setdefault(quiz_id, []).append(Granted(factor, attempts, opens_at))
    return {quiz_id: terms_of(theirs) for quiz_id, theirs in granted.items()}


def _terms_of(enrolment_id: int | None, quiz_id: int) -> Terms:
    return _all_terms(enrolment_id).get(quiz_id, NO_TERMS)


def _closes(quiz: Quiz, edition_closed_at: datetime | None) -> datetime:
    return quiz.closes_at if edition_closed_at is None else min(quiz.closes_at, edition_closed_at)


@dataclass(frozen=True, slots=True)
class QuizState:
    """A quiz of an edition as one person stands with it.

    ``deadline`` is the open attempt's, else the window's end for this person. ``best`` is the result that counts by
    the quiz's rule, ``None`` before the first finished attempt.
    """

    quiz: Quiz
    state: State
    best: Result | None
    open_attempt: Attempt | None
    deadline: Deadline
    attempts_left: int


def quiz_states(edition_id: int, enrolment_id: int, now: datetime) -> list[QuizState]:
    """All quizzes of an edition that are for a participant, as they stand with them, in the order they open.

    One query, and another where the person was given something of their own.
    """
    rows = db.session.execute(_ALL_SITTINGS, {"edition_id": edition_id, "enrolment_id": enrolment_id}).all()
    terms = _all_terms(enrolment_id) if any(row.has_terms for row in rows) else {}
    states = []
    for quiz, group in groupby(rows, key=lambda row: row[0]):
        own = list(group)
        closed_at = own[0].closed_at
        attempts = [row[1] for row in own if row[1] is not None]
        closes_at = own[0].extended or _closes(quiz, closed_at)
        states.append(_state_of(Sitting(quiz, attempts, closes_at, terms.get(quiz.id, NO_TERMS)), now))
    return states


def _state_of(sitting: Sitting, now: datetime) -> QuizState:
    running = sitting.running
    window = Deadline(sitting.closes_at, DeadlineBy.WINDOW)
    return QuizState(
        sitting.quiz,
        sitting.state(now),
        sitting.counted,
        running,
        window if running is None else deadline_of_attempt(running),
        sitting.attempts_left,
    )


_FINISHED = exists().where(
    Attempt.quiz_id == Quiz.id, Attempt.enrolment_id == _ENROLMENT, Attempt.submitted_at.is_not(None)
)
_DATES = select(
    Quiz.key,
    Quiz.opens_at,
    Quiz.closes_at,
    _EXTENDED.label("extended"),
    _FINISHED.label("finished"),
    _IS_FOR_THEM.label("is_theirs"),
).where(Quiz.edition_id == bindparam("edition_id"))


def quiz_dates(member: Member) -> dict[str, ActivityDates]:
    """When each quiz opens and closes for a member, extensions included, and whether it is done, by key; one query."""
    rows = db.session.execute(_DATES, {"edition_id": member.edition.id, "enrolment_id": _own_id(member)})
    return {
        key: ActivityDates(opens_at, extended or closes_at, bool(finished), is_hidden=not is_theirs)
        for key, opens_at, closes_at, extended, finished, is_theirs in rows
    }
