"""The attempts at a quiz, for those who teach."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from lms.accounts.models import Person
from lms.core.db import db
from lms.courses.models import Enrolment
from lms.courses.permissions import Member, require_teaching
from lms.quizzes.models import Attempt, LatePacket, Quiz, Response


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


def _late_packets(attempt_ids: Sequence[int]) -> Mapping[int, list[LatePacket]]:
    packets: dict[int, list[LatePacket]] = {}
    query = select(LatePacket).where(LatePacket.attempt_id.in_(attempt_ids)).order_by(LatePacket.id)
    for packet in db.session.scalars(query):
        packets.setdefault(packet.attempt_id, []).append(packet)
    return packets
