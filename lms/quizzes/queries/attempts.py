"""The attempts at a quiz, for those who teach."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, String, cast, exists, func, select
from sqlalchemy.orm import joinedload

from lms.accounts.domain import name_key
from lms.accounts.models import Person
from lms.core.db import db
from lms.courses.models import Enrolment
from lms.courses.permissions import Member, require_teaching
from lms.quizzes.models import Attempt, LatePacket, Quiz, Response

_LATE = exists().where(LatePacket.attempt_id == Attempt.id)
# What a list of attempts can be narrowed down to.
STATES: Mapping[str, ColumnElement[bool]] = {
    "open": Attempt.submitted_at.is_(None),
    "submitted": Attempt.finished_by == "person",
    "by_time": Attempt.finished_by == "time",
    "late": _LATE,
    "waiting": _LATE.where(LatePacket.accepted_at.is_(None)),
}
ATTEMPTS_PER_PAGE = 50


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


def list_attempts(actor: Member, quiz: Quiz, page: int, *, words: str = "", state: str = "") -> AttemptPage:
    """Attempts at a quiz by name and number, with answers that came too late; three queries. Only for teachers.

    Args:
        words: must all stand in the participant's name.
        state: a key of ``STATES``; anything else shows all.
    """
    require_teaching(actor)
    clauses = [Attempt.quiz_id == quiz.id, *([STATES[state]] if state in STATES else [])]
    clauses += [Person.name_key.contains(name_key(word), autoescape=True) for word in words.split()[:5]]
    # An answer that was taken back leaves an empty one behind.
    is_given = cast(Response.answer, String) != "{}"
    answers = select(func.count()).select_from(Response).where(Response.attempt_id == Attempt.id, is_given)
    answered = answers.scalar_subquery()
    matching = (
        select(Attempt, Person, answered)
        .join(Enrolment, Enrolment.id == Attempt.enrolment_id)
        .join(Person, Person.id == Enrolment.person_id)
        .where(*clauses)
    )
    total = db.session.scalar(matching.with_only_columns(func.count(Attempt.id), maintain_column_froms=True)) or 0
    pages = max(1, -(-total // ATTEMPTS_PER_PAGE))
    page = min(max(1, page), pages)
    found = db.session.execute(
        matching.order_by(Person.name_key, Person.id, Attempt.number)
        .limit(ATTEMPTS_PER_PAGE)
        .offset((page - 1) * ATTEMPTS_PER_PAGE)
    ).all()
    late = _late_packets([attempt.id for attempt, _person, _answered in found])
    rows = [AttemptRow(attempt, person, count, late.get(attempt.id, [])) for attempt, person, count in found]
    return AttemptPage(rows, page, pages, total)


def _late_packets(attempt_ids: Sequence[int]) -> Mapping[int, list[LatePacket]]:
    packets: dict[int, list[LatePacket]] = {}
    query = select(LatePacket).where(LatePacket.attempt_id.in_(attempt_ids)).order_by(LatePacket.id)
    for packet in db.session.scalars(query):
        packets.setdefault(packet.attempt_id, []).append(packet)
    return packets


def late_packets(attempt: Attempt) -> Sequence[LatePacket]:
    """What came too late for an attempt, in the order in which it arrived; one query."""
    return db.session.scalars(
        select(LatePacket)
        .options(joinedload(LatePacket.accepted_by))
        .where(LatePacket.attempt_id == attempt.id)
        .order_by(LatePacket.id)
    ).all()


def saved_at(attempt: Attempt) -> dict[int, datetime]:
    """When the answer to each question arrived, by position; one query."""
    query = select(Response.position, Response.saved_at).where(Response.attempt_id == attempt.id)
    return {row.position: row.saved_at for row in db.session.execute(query)}


def count_attempts(quiz: Quiz) -> tuple[int, int]:
    """How many attempts were begun and how many of them are open; one query."""
    query = select(func.count(Attempt.id), func.count(Attempt.id).filter(Attempt.submitted_at.is_(None)))
    begun, running = db.session.execute(query.where(Attempt.quiz_id == quiz.id)).one()
    return begun, running
