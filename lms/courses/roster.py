"""Reads of an edition's people, of sponsors, and of the editions that somebody coordinates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from lms.accounts.domain import email_key, name_key
from lms.accounts.models import Person
from lms.core.audit import AuditEvent
from lms.core.db import db
from lms.core.errors import NotFound
from lms.courses.domain.roles import Role
from lms.courses.models import Course, CourseRelease, Edition, Enrolment, EnrolmentSponsor, RosterPreview, Sponsor
from lms.courses.permissions import Member, coordinated_by, require_coordinating

PAGE_SIZE = 50

_STATUS: Mapping[str, ColumnElement[bool]] = {
    "active": Enrolment.withdrawn_at.is_(None) & Person.password_hash.is_not(None),
    "invited": Enrolment.withdrawn_at.is_(None) & Person.password_hash.is_(None),
    "withdrawn": Enrolment.withdrawn_at.is_not(None),
}
_SORTS = {
    "name": Person.name_key,
    "organisation": func.lower(Person.organisation),
    "role": Enrolment.role,
    "enrolled": Enrolment.enrolled_at,
}
STATUSES = tuple(_STATUS)
SORTS = tuple(_SORTS)


@dataclass(frozen=True, slots=True)
class RosterFilter:
    """Which people to list and how. Empty values do not narrow; ``page`` counts from 1."""

    words: str = ""
    role: str = ""
    sponsor: str = ""
    status: str = ""
    sort: str = "name"
    descending: bool = False
    page: int = 1


@dataclass(frozen=True, slots=True)
class RosterPage:
    """A page of an edition's people. ``total`` counts all that the filter finds."""

    enrolments: Sequence[Enrolment]
    total: int
    page: int

    @property
    def pages(self) -> int:
        """How many pages there are, at least 1."""
        return max(1, -(-self.total // PAGE_SIZE))


def status_of(enrolment: Enrolment) -> str:
    """``withdrawn``, ``active``, or ``invited`` where the person has not come in yet."""
    if enrolment.withdrawn_at is not None:
        return "withdrawn"
    return "active" if enrolment.person.has_accepted else "invited"


def _conditions(edition: Edition, wanted: RosterFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [Enrolment.edition_id == edition.id]
    if wanted.words.strip():
        conditions.append(
            or_(
                Person.name_key.contains(name_key(wanted.words), autoescape=True),
                Person.email_key.contains(email_key(wanted.words), autoescape=True),
                func.lower(Person.organisation).contains(wanted.words.strip().lower(), autoescape=True),
            )
        )
    if wanted.role:
        conditions.append(Enrolment.role == wanted.role)
    if wanted.status in _STATUS:
        conditions.append(_STATUS[wanted.status])
    if wanted.sponsor:
        sponsored = (
            select(EnrolmentSponsor.enrolment_id)
            .join(Sponsor, Sponsor.id == EnrolmentSponsor.sponsor_id)
            .where(Sponsor.code == wanted.sponsor)
        )
        conditions.append(Enrolment.id.in_(sponsored))
    return conditions


def get_roster(actor: Member, wanted: RosterFilter) -> RosterPage:
    """A page of the edition's people, withdrawn ones included; three statements whatever their number.

    Raises:
        NotAllowed: unless the actor coordinates the edition.
    """
    require_coordinating(actor)
    conditions = _conditions(actor.edition, wanted)
    counted = select(func.count()).select_from(Enrolment).join(Enrolment.person).where(*conditions)
    total = db.session.scalar(counted) or 0
    page = min(max(1, wanted.page), max(1, -(-total // PAGE_SIZE)))
    order = _SORTS.get(wanted.sort, Person.name_key)
    enrolments = db.session.scalars(
        select(Enrolment)
        .join(Enrolment.person)
        .options(contains_eager(Enrolment.person), selectinload(Enrolment.sponsors))
        .where(*conditions)
        .order_by(order.desc() if wanted.descending else order.asc(), Person.name_key, Enrolment.id)
        .limit(PAGE_SIZE)
        .offset((page - 1) * PAGE_SIZE)
    ).all()
    return RosterPage(enrolments, total, page)


def get_enrolment(actor: Member, enrolment_id: int) -> Enrolment:
    """Somebody's place in the actor's edition, with the person and the sponsors.

    Raises:
        NotAllowed: unless the actor coordinates the edition.
        NotFound: where the edition has no such enrolment.
    """
    require_coordinating(actor)
    enrolment = db.session.scalars(
        select(Enrolment)
        .options(joinedload(Enrolment.person), selectinload(Enrolment.sponsors))
        .where(Enrolment.id == enrolment_id, Enrolment.edition_id == actor.edition.id)
    ).one_or_none()
    if enrolment is None:
        raise NotFound
    return enrolment


def get_history(enrolment: Enrolment) -> Sequence[tuple[AuditEvent, str | None]]:
    """What happened to a place in an edition, latest first, each with the name of whoever did it."""
    rows = db.session.execute(
        select(AuditEvent, Person.full_name)
        .outerjoin(Person, Person.id == AuditEvent.actor_id)
        .where(AuditEvent.subject_type == "enrolment", AuditEvent.subject_id == enrolment.id)
        .order_by(AuditEvent.id.desc())
        .limit(100)
    )
    return [(event, name) for event, name in rows]


def list_sponsors() -> Sequence[Sponsor]:
    """All sponsors, by code."""
    return db.session.scalars(select(Sponsor).order_by(Sponsor.code)).all()


def is_only_in(person: Person, edition: Edition) -> bool:
    """True where the person has no place in any other edition."""
    elsewhere = select(Enrolment.id).where(Enrolment.person_id == person.id, Enrolment.edition_id != edition.id)
    return db.session.scalar(elsewhere.limit(1)) is None


def people_elsewhere(edition: Edition, person_ids: Sequence[int]) -> set[int]:
    """Which of the people have a place in another edition."""
    elsewhere = select(Enrolment.person_id).where(
        Enrolment.person_id.in_(person_ids), Enrolment.edition_id != edition.id
    )
    return set(db.session.scalars(elsewhere))


def enrolments_of(edition: Edition, person_ids: Sequence[int]) -> dict[int, Enrolment]:
    """The places of people in an edition, by person, with their sponsors."""
    found = db.session.scalars(
        select(Enrolment)
        .options(selectinload(Enrolment.sponsors))
        .where(Enrolment.edition_id == edition.id, Enrolment.person_id.in_(person_ids))
    )
    return {enrolment.person_id: enrolment for enrolment in found}


def standing_roles(edition: Edition) -> Sequence[str]:
    """The roles of those who are in the edition and have not withdrawn, each once."""
    return db.session.scalars(
        select(Enrolment.role).where(Enrolment.edition_id == edition.id, Enrolment.withdrawn_at.is_(None)).distinct()
    ).all()


def get_preview(actor: Member, preview_id: int) -> RosterPreview:
    """A list that was uploaded to the actor's edition.

    Raises:
        NotAllowed: unless the actor coordinates the edition.
        NotFound: where the edition has no such list.
    """
    require_coordinating(actor)
    preview = db.session.scalars(
        select(RosterPreview).where(RosterPreview.id == preview_id, RosterPreview.edition_id == actor.edition.id)
    ).one_or_none()
    if preview is None:
        raise NotFound
    return preview


@dataclass(frozen=True, slots=True)
class CourseLine:
    """A course with its newest release."""

    slug: str
    release_id: int
    number: int
    imported_at: datetime


def list_courses() -> list[CourseLine]:
    """The courses that editions can be made from, by slug, each with its newest release; documents are not read."""
    newest = select(CourseRelease.course_id, func.max(CourseRelease.number).label("number")).group_by(
        CourseRelease.course_id
    )
    latest = newest.subquery()
    rows = db.session.execute(
        select(Course.slug, CourseRelease.id, CourseRelease.number, CourseRelease.imported_at)
        .join(CourseRelease, CourseRelease.course_id == Course.id)
        .join(latest, (latest.c.course_id == Course.id) & (latest.c.number == CourseRelease.number))
        .order_by(Course.slug)
    )
    return [CourseLine(*row) for row in rows]


def list_coordinated(person: Person) -> Sequence[tuple[Edition, int]]:
    """The editions that a person coordinates (all for administrators), latest first, each with its participants."""
    participants = (
        select(func.count())
        .select_from(Enrolment)
        .join(Person, Person.id == Enrolment.person_id)
        .where(
            Enrolment.edition_id == Edition.id,
            Enrolment.role == Role.PARTICIPANT,
            Enrolment.withdrawn_at.is_(None),
            Person.is_test_account.is_(False),
        )
        .correlate(Edition)
        .scalar_subquery()
    )
    rows = db.session.execute(
        select(Edition, participants).where(coordinated_by(person)).order_by(Edition.starts_on.desc(), Edition.code)
    )
    return [(edition, count or 0) for edition, count in rows]


def list_editions() -> Sequence[Edition]:
    """Every edition of the installation, earliest first; for the operator."""
    return db.session.scalars(select(Edition).order_by(Edition.starts_on, Edition.code)).all()
