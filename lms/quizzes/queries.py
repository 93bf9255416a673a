"""Reads of questions, quizzes, attempts and answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from itertools import groupby
from typing import Any

from sqlalchemy import and_, func, select

from lms.accounts.models import Person
from lms.core.db import db
from lms.core.errors import NotFound
from lms.courses.activities import ActivityDates
from lms.courses.models import Edition, Enrolment
from lms.courses.permissions import Member, require_teaching
from lms.grading.models import Extension, GradeItem
from lms.grading.queries import extended_deadline
from lms.quizzes.domain import Deadline, DeadlineBy, Result, State, counted, state_of
from lms.quizzes.models import Attempt, LatePacket, QuestionVersion, Quiz, Response
from lms.quizzes.questions import Answer, QuestionType, from_document


@dataclass(frozen=True, slots=True, eq=False)
class Version:
    """A version of a question, ready to be asked and graded; equal only to itself, so that it can be a cache's key."""

    id: int
    kind: QuestionType
    content: Any


# Versions never change, so a process keeps every one it has read: a course has some sixty, of about 4 kB.
_versions: dict[int, Version] = {}


def get_versions(ids: Iterable[int]) -> dict[int, Version]:
    """The versions by id; no query for those that this process has read before."""
    wanted = list(ids)
    missing = [version_id for version_id in wanted if version_id not in _versions]
    if missing:
        query = select(QuestionVersion.id, QuestionVersion.document).where(QuestionVersion.id.in_(missing))
        for version_id, document in db.session.execute(query):
            _versions[version_id] = Version(version_id, *from_document(document))
    return {version_id: _versions[version_id] for version_id in wanted}


def forget_versions() -> None:
    """Empty the cache; for tests, which reuse identifiers."""
    _versions.clear()


def deadline_of_attempt(attempt: Attempt) -> Deadline:
    """When an attempt ends, as it was told when it started."""
    return Deadline(attempt.deadline_at, DeadlineBy(attempt.deadline_by))


def result_of(attempt: Attempt) -> Result:
    """The result of a finished attempt."""
    return Result(attempt.number, attempt.raw_score or Fraction(0), len(attempt.layout))


@dataclass(frozen=True, slots=True)
class Sitting:
    """A quiz and one person's attempts at it, in order."""

    quiz: Quiz
    attempts: Sequence[Attempt]

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

    def attempt(self, number: int) -> Attempt:
        """The attempt with a number; raises NotFound."""
        for attempt in self.attempts:
            if attempt.number == number:
                return attempt
        raise NotFound

    def state(self, closes_at: datetime, now: datetime) -> State:
        """Where the person stands; ``closes_at`` with their extension."""
        running = self.running
        return state_of(
            opens_at=self.quiz.opens_at,
            closes_at=closes_at,
            attempts_allowed=self.quiz.attempts_allowed,
            finished=len(self.finished),
            running=None if running is None else deadline_of_attempt(running),
            now=now,
        )


def get_sitting(actor: Member, quiz_key: str) -> Sitting:
    """A quiz of the actor's edition with the actor's own attempts, in one query; raises NotFound.

    Who is not a participant has no attempts.
    """
    enrolment_id = actor.own_enrolment.id if actor.is_participant else None
    rows = db.session.execute(
        select(Quiz, Attempt)
        .outerjoin(Attempt, and_(Attempt.quiz_id == Quiz.id, Attempt.enrolment_id == enrolment_id))
        .where(Quiz.edition_id == actor.edition.id, Quiz.key == quiz_key)
        .order_by(Attempt.number)
    ).all()
    if not rows:
        raise NotFound
    return Sitting(rows[0][0], [attempt for _quiz, attempt in rows if attempt is not None])


def closes_for(actor: Member, quiz: Quiz) -> datetime:
    """The minute in which a quiz closes for the actor: their extension, else its own, or the edition's closing."""
    extended = None
    if actor.is_participant:
        extended = extended_deadline(quiz.edition_id, quiz.item_key, enrolment_id=actor.own_enrolment.id)
    return extended or _closes(quiz, actor.edition.closed_at)


def _closes(quiz: Quiz, edition_closed_at: datetime | None) -> datetime:
    return quiz.closes_at if edition_closed_at is None else min(quiz.closes_at, edition_closed_at)


def get_answers(attempt_id: int) -> dict[int, Answer]:
    """The answers that arrived, by position."""
    query = select(Response.position, Response.answer).where(Response.attempt_id == attempt_id)
    return dict(db.session.execute(query).all())


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
    """All quizzes of an edition as a participant stands with them, in the order they open; two queries."""
    rows = db.session.execute(
        select(Quiz, Attempt, Edition.closed_at)
        .join(Edition, Edition.id == Quiz.edition_id)
        .outerjoin(Attempt, and_(Attempt.quiz_id == Quiz.id, Attempt.enrolment_id == enrolment_id))
        .where(Quiz.edition_id == edition_id)
        .order_by(Quiz.opens_at, Quiz.id, Attempt.number)
    )
    extensions = _extensions(edition_id, enrolment_id)
    states = []
    for (quiz, closed_at), group in groupby(rows, key=lambda row: (row[0], row[2])):
        attempts = [attempt for _quiz, attempt, _closed_at in group if attempt is not None]
        closes_at = extensions.get(quiz.item_key) or _closes(quiz, closed_at)
        states.append(_state_of_sitting(Sitting(quiz, attempts), closes_at, now))
    return states


def _extensions(edition_id: int, enrolment_id: int) -> dict[str, datetime]:
    """Later deadlines granted to a person, by item key; the latest grant holds. Quizzes are not sat by groups."""
    query = (
        select(GradeItem.key, Extension.due_at)
        .join(Extension, Extension.item_id == GradeItem.id)
        .where(GradeItem.edition_id == edition_id, Extension.enrolment_id == enrolment_id)
        .order_by(Extension.id)
    )
    return dict(db.session.execute(query).all())


def _state_of_sitting(sitting: Sitting, closes_at: datetime, now: datetime) -> QuizState:
    running = sitting.running
    deadline = Deadline(closes_at, DeadlineBy.WINDOW) if running is None else deadline_of_attempt(running)
    return QuizState(
        sitting.quiz,
        sitting.state(closes_at, now),
        sitting.counted,
        running,
        deadline,
        max(0, sitting.quiz.attempts_allowed - len(sitting.attempts)),
    )


def quiz_dates(edition: Edition) -> dict[str, ActivityDates]:
    """When each quiz of an edition opens and closes for everybody, by key."""
    query = select(Quiz.key, Quiz.opens_at, Quiz.closes_at).where(Quiz.edition_id == edition.id)
    return {key: ActivityDates(opens_at, closes_at) for key, opens_at, closes_at in db.session.execute(query)}


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """An attempt in the teachers' list. ``answered`` counts the answers that arrived."""

    attempt: Attempt
    person: Person
    answered: int
    late: Sequence[LatePacket]


@dataclass(frozen=True, slots=True)
class AttemptPage:
    """A page of the teachers' list; ``pages`` is at least 1."""

    rows: Sequence[AttemptRow]
    page: int
    pages: int
    total: int


ATTEMPTS_PER_PAGE = 50


def list_attempts(actor: Member, quiz: Quiz, page: int) -> AttemptPage:
    """Attempts at a quiz by name and number, with answers that came too late; three queries. Only for teachers."""
    require_teaching(actor)
    total = db.session.scalar(select(func.count()).select_from(Attempt).where(Attempt.quiz_id == quiz.id)) or 0
    pages = max(1, -(-total // ATTEMPTS_PER_PAGE))
    page = min(max(1, page), pages)
    answered = select(func.count()).select_from(Response).where(Response.attempt_id == Attempt.id).scalar_subquery()
    found = db.session.execute(
        select(Attempt, Person, answered)
        .join(Enrolment, Enrolment.id == Attempt.enrolment_id)
        .join(Person, Person.id == Enrolment.person_id)
        .where(Attempt.quiz_id == quiz.id)
        .order_by(Person.full_name, Person.id, Attempt.number)
        .limit(ATTEMPTS_PER_PAGE)
        .offset((page - 1) * ATTEMPTS_PER_PAGE)
    ).all()
    late = _late_packets([attempt.id for attempt, _person, _answered in found])
    rows = [AttemptRow(attempt, person, count, late.get(attempt.id, [])) for attempt, person, count in found]
    return AttemptPage(rows, page, pages, total)


def late_packets_of(attempt: Attempt) -> Sequence[LatePacket]:
    """Answers that came too late for an attempt, as they came."""
    return _late_packets([attempt.id]).get(attempt.id, [])


def _late_packets(attempt_ids: Sequence[int]) -> Mapping[int, list[LatePacket]]:
    packets: dict[int, list[LatePacket]] = {}
    query = select(LatePacket).where(LatePacket.attempt_id.in_(attempt_ids)).order_by(LatePacket.id)
    for packet in db.session.scalars(query):
        packets.setdefault(packet.attempt_id, []).append(packet)
    return packets
