"""Who has been given what in a quiz, by whom and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import joinedload

from lms.accounts.domain import name_key
from lms.accounts.models import Person
from lms.core.db import db
from lms.courses.domain.roles import Role
from lms.courses.models import Enrolment
from lms.courses.permissions import Member, require_coordinating, require_teaching
from lms.grading.queries.groups import groups, groups_of
from lms.quizzes.models import Accommodation, Quiz

PER_PAGE = 50
MOST_FOUND = 20


@dataclass(frozen=True, slots=True)
class AccommodationRow:
    """An accommodation with its quiz and whose it is: ``person`` for one person, else ``group``, the group's name."""

    accommodation: Accommodation
    quiz: Quiz
    person: Person | None
    group: str | None


@dataclass(frozen=True, slots=True)
class AccommodationPage:
    """A page of the list; ``pages`` is at least 1."""

    rows: Sequence[AccommodationRow]
    page: int
    pages: int
    total: int


def list_accommodations(actor: Member, quiz: Quiz, page: int) -> AccommodationPage:
    """Everything that was granted in a quiz, what was withdrawn too, newest first; two queries. Only for coordinators."""
    require_coordinating(actor)
    clause = Accommodation.quiz_id == quiz.id
    total = db.session.scalar(select(func.count()).select_from(Accommodation).where(clause)) or 0
    pages = max(1, -(-total // PER_PAGE))
    page = min(max(1, page), pages)
    return AccommodationPage(_rows(clause, PER_PAGE, (page - 1) * PER_PAGE), page, pages, total)


def accommodations_of(actor: Member, enrolment_id: int, quiz: Quiz | None = None) -> Sequence[AccommodationRow]:
    """What a participant of the edition and their group were given, newest first; one query. Only for teachers."""
    require_teaching(actor)
    theirs = (Accommodation.enrolment_id == enrolment_id) | Accommodation.group_id.in_(groups_of(enrolment_id))
    place = Quiz.edition_id == actor.edition.id if quiz is None else Quiz.id == quiz.id
    return _rows(theirs & place)


def _rows(clause: ColumnElement[bool], limit: int | None = None, offset: int = 0) -> list[AccommodationRow]:
    found = db.session.execute(
        select(Accommodation, Quiz, Person, groups.c.name)
        .options(joinedload(Accommodation.granted_by), joinedload(Accommodation.withdrawn_by))
        .join(Quiz, Quiz.id == Accommodation.quiz_id)
        .outerjoin(Enrolment, Enrolment.id == Accommodation.enrolment_id)
        .outerjoin(Person, Person.id == Enrolment.person_id)
        .outerjoin(groups, groups.c.id == Accommodation.group_id)
        .where(clause)
        .order_by(Accommodation.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return [AccommodationRow(*row) for row in found]


def find_people(actor: Member, words: str) -> Sequence[tuple[int, str]]:
    """Enrolment and name of participants in whose name the words stand, a handful; one query. Only for coordinators."""
    require_coordinating(actor)
    query = (
        select(Enrolment.id, Person.full_name)
        .join(Person, Person.id == Enrolment.person_id)
        .where(
            Enrolment.edition_id == actor.edition.id,
            Enrolment.role == Role.PARTICIPANT,
            Enrolment.withdrawn_at.is_(None),
        )
        .order_by(Person.name_key, Enrolment.id)
        .limit(MOST_FOUND)
    )
    for word in words.split()[:5]:
        query = query.where(Person.name_key.contains(name_key(word), autoescape=True))
    return [(enrolment_id, name) for enrolment_id, name in db.session.execute(query)]
