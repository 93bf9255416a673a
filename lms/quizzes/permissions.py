"""Who keeps a course's question bank: administrators, and whoever coordinates an edition of the course."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, select

from lms.accounts.models import Person
from lms.core.db import db
from lms.core.errors import NotAllowed
from lms.courses.models import Course, Edition
from lms.courses.permissions import coordinated_by, editions_of


@dataclass(frozen=True, slots=True)
class Author:
    """Somebody acting in a course's question bank: the actor of every service that works inside one.

    ``languages`` are the course's, its first one first.
    """

    person: Person
    course: Course
    languages: tuple[str, ...]


def keeps_bank_of(person: Person, course_id: int) -> bool:
    """True for administrators and for whoever coordinates an edition of the course, open or closed."""
    own = select(Edition.id).where(Edition.course_id == course_id, coordinated_by(person)).limit(1)
    return person.is_administrator or db.session.scalar(own) is not None


def knows_course(person: Person, course_id: int) -> bool:
    """True for whoever has a place in an edition of the course, whatever their role."""
    known = select(Edition.id).where(Edition.course_id == course_id, editions_of(person)).limit(1)
    return person.is_administrator or db.session.scalar(known) is not None


def require_keeping(actor: Author) -> None:
    """Raises NotAllowed unless the actor keeps the course's bank."""
    if not keeps_bank_of(actor.person, actor.course.id):
        raise NotAllowed


def own_editions(actor: Author) -> ColumnElement[bool]:
    """The editions of the course that the actor coordinates; an administrator's are all of them."""
    return and_(Edition.course_id == actor.course.id, coordinated_by(actor.person))
