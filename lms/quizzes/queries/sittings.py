"""A person's sitting of a quiz: the quiz, its window for them, their attempts and answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from itertools import groupby
from typing import Any

from sqlalchemy import JSON, Executable, Integer, and_, bindparam, exists, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from lms.core.db import db
from lms.core.errors import NotFound
from lms.courses.activities import ActivityDates
from lms.courses.models import Edition
from lms.courses.permissions import Member
from lms.grading.models import Extension, GradeItem, SchemeVersion
from lms.quizzes.domain import Deadline, DeadlineBy, Result, State, counted, state_of
from lms.quizzes.models import Attempt, LatePacket, Quiz, Response
from lms.quizzes.questions import Answer

# Statements are put together once: building one costs more than running it, and these run on every page of a quiz.
_ENROLMENT = bindparam("enrolment_id", type_=Integer)
# A later date granted to the person for the quiz's item; the latest grant holds. Quizzes are not sat by groups.
_EXTENDED = (
    select(Extension.due_at)
    .join(GradeItem, GradeItem.id == Extension.item_id)
    .where(
        GradeItem.edition_id == Quiz.edition_id,
        GradeItem.key == Quiz.item_key,
        Extension.enrolment_id == _ENROLMENT,
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
_OWN_ATTEMPT = and_(Attempt.quiz_id == Quiz.id, Attempt.enrolment_id == _ENROLMENT)
_ONE_QUIZ = and_(Quiz.edition_id == bindparam("edition_id"), Quiz.key == bindparam("key"))
_SITTING = (
    select(Quiz, Attempt, _EXTENDED.label("extended"))
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
_SITTING_WITH_ANSWERS = (
    select(Quiz, Attempt, _EXTENDED.label("extended"), SCHEME_VERSION.label("scheme"), _ANSWERS.label("answers"))
    .outerjoin(Attempt, _OWN_ATTEMPT)
    .where(_ONE_QUIZ)
    .order_by(Attempt.number)
)
_ALL_SITTINGS = (
    select(Quiz, Attempt, _EXTENDED.label("extended"), Edition.closed_at)
    .join(Edition, Edition.id == Quiz.edition_id)
    .outerjoin(Attempt, _OWN_ATTEMPT)
    .where(Quiz.edition_id == bindparam("edition_id"))
    .order_by(Quiz.opens_at, Quiz.id, Attempt.number)
)


def deadline_of_attempt(attempt: Attempt) -> Deadline:
    """When an attempt ends, as it was told when it started."""
    return Deadline(attempt.deadline_at, DeadlineBy(attempt.deadline_by))


def result_of(attempt: Attempt) -> Result:
    """The result of a finished attempt."""
    return Result(attempt.number, attempt.raw_score or Fraction(0), len(attempt.layout))


@dataclass(frozen=True, slots=True)
class Sitting:
    """A quiz and one person's attempts at it, in order.

    ``closes_at`` is the minute in which it closes for this person. ``answers`` (by position) and ``scheme_id`` (the
    grading scheme in force) are there where one attempt was asked for.
    """

    quiz: Quiz
    attempts: Sequence[Attempt]
    closes_at: datetime
    answers: Mapping[int, Answer] = field(default_factory=dict)
    scheme_id: int | None = None

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
    def attempts_left(self) -> int:
        """How many attempts can still be started."""
        return max(0, self.quiz.attempts_allowed - len(self.attempts))

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
            opens_at=self.quiz.opens_at,
            closes_at=self.closes_at,
            attempts_allowed=self.quiz.attempts_allowed,
            finished=len(self.finished),
            running=None if running is None else deadline_of_attempt(running),
            now=now,
        )


def get_sitting(actor: Member, quiz_key: str) -> Sitting:
    """A quiz of the actor's edition with the actor's own attempts, in one query; raises NotFound.

    Who is not a participant has no attempts.
    """
    rows = _rows(_SITTING, actor, quiz_key)
    quiz, _attempt, extended = rows[0]
    attempts = [attempt for _quiz, attempt, _extended in rows if attempt is not None]
    return Sitting(quiz, attempts, extended or _closes(quiz, actor.edition.closed_at))


def get_sitting_with_answers(actor: Member, quiz_key: str, number: int) -> Sitting:
    """The same with the answers that arrived in one of the attempts, still in one query; raises NotFound.

    Raises NotFound too where the actor has no attempt with this number.
    """
    rows = _rows(_SITTING_WITH_ANSWERS, actor, quiz_key, number=number)
    quiz, _attempt, extended, scheme_id, _answers = rows[0]
    attempts = [row[1] for row in rows if row[1] is not None]
    answers = {int(position): answer for row in rows if row[4] for position, answer in row[4].items()}
    closes_at = extended or _closes(quiz, actor.edition.closed_at)
    sitting = Sitting(quiz, attempts, closes_at, answers, scheme_id)
    sitting.attempt(number)
    return sitting


def _rows(statement: Executable, actor: Member, quiz_key: str, **values: Any) -> Sequence[Any]:
    enrolment_id = actor.own_enrolment.id if actor.is_participant else None
    values |= {"edition_id": actor.edition.id, "key": quiz_key, "enrolment_id": enrolment_id}
    rows = db.session.execute(statement, values).all()
    if not rows:
        raise NotFound
    return rows


def _closes(quiz: Quiz, edition_closed_at: datetime | None) -> datetime:
    return quiz.closes_at if edition_closed_at is None else min(quiz.closes_at, edition_closed_at)


def late_positions(attempt: Attempt) -> list[int]:
    """Questions whose answers came too late for an attempt."""
    packets = db.session.scalars(select(LatePacket.answers).where(LatePacket.attempt_id == attempt.id))
    return sorted({int(position) for answers in packets for position in answers})


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
    """All quizzes of an edition as a participant stands with them, in the order they open; one query."""
    rows = db.session.execute(_ALL_SITTINGS, {"edition_id": edition_id, "enrolment_id": enrolment_id})
    states = []
    for quiz, group in groupby(rows, key=lambda row: row[0]):
        own = list(group)
        extended, closed_at = own[0][2:]
        attempts = [row[1] for row in own if row[1] is not None]
        states.append(_state_of(Sitting(quiz, attempts, extended or _closes(quiz, closed_at)), now))
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
    Quiz.key, Quiz.opens_at, Quiz.closes_at, _EXTENDED.label("extended"), _FINISHED.label("finished")
).where(Quiz.edition_id == bindparam("edition_id"))


def quiz_dates(member: Member) -> dict[str, ActivityDates]:
    """When each quiz opens and closes for a member, extensions included, and whether it is done, by key; one query."""
    enrolment_id = member.enrolment.id if member.enrolment else None
    rows = db.session.execute(_DATES, {"edition_id": member.edition.id, "enrolment_id": enrolment_id})
    return {
        key: ActivityDates(opens_at, extended or closes_at, bool(finished))
        for key, opens_at, closes_at, extended, finished in rows
    }
