"""Courses and their releases, editions, enrolments, sponsors, reading progress."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.accounts.models import Person
from lms.core.db import Base


class Course(Base):
    """What is taught. Its content is in its releases."""

    __tablename__ = "courses"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    created_at: Mapped[datetime]


class CourseRelease(Base):
    """A course pack as imported: immutable, so it can be cached for ever and kept for what was sat under it."""

    __tablename__ = "course_releases"
    __table_args__ = (UniqueConstraint("course_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id", ondelete="CASCADE"))
    number: Mapped[int]
    # Not unique: a course that is put back to an earlier state is a new release again.
    digest: Mapped[str] = mapped_column(String(64))
    document: Mapped[dict[str, Any]]
    imported_at: Mapped[datetime]
    imported_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))

    course: Mapped[Course] = relationship()


class Edition(Base):
    """One run of a course, with a code and dates. Its state follows from ``opened_at`` and ``closed_at``."""

    __tablename__ = "editions"
    __table_args__ = (CheckConstraint("ends_on >= starts_on", name="ends_after_start"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id"), index=True)
    release_id: Mapped[int] = mapped_column(ForeignKey("course_releases.id"))
    title: Mapped[dict[str, str]]
    mode: Mapped[str] = mapped_column(String(20), default="online")
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    time_zone: Mapped[str] = mapped_column(String(60))
    # The city by which people know the zone: "23:59 in Turin".
    place: Mapped[str] = mapped_column(String(80), default="")
    languages: Mapped[list[str]]
    learning_hours: Mapped[int]
    note: Mapped[str] = mapped_column(String(500), default="")
    created_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]

    course: Mapped[Course] = relationship()
    release: Mapped[CourseRelease] = relationship()


class EditionModule(Base):
    """When a module of the release opens in this edition."""

    __tablename__ = "edition_modules"
    __table_args__ = (UniqueConstraint("edition_id", "module_key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id", ondelete="CASCADE"))
    module_key: Mapped[str] = mapped_column(String(80))
    position: Mapped[int]
    opens_at: Mapped[datetime]


class Sponsor(Base):
    """Who finances participants. Stands on the enrolment, never on the person."""

    __tablename__ = "sponsors"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(200))


class Enrolment(Base):
    """A person in an edition, with a role there. One row a person and edition, kept through withdrawal and return."""

    __tablename__ = "enrolments"
    __table_args__ = (UniqueConstraint("edition_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    role: Mapped[str] = mapped_column(String(20))
    enrolled_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    withdrawal_reason: Mapped[str] = mapped_column(String(500), default="")

    edition: Mapped[Edition] = relationship()
    person: Mapped[Person] = relationship()
    sponsors: Mapped[list[Sponsor]] = relationship(secondary="enrolment_sponsors", order_by=Sponsor.code)


class EnrolmentSponsor(Base):
    """A sponsor of an enrolment; a person with two is counted in both, and once in the total."""

    __tablename__ = "enrolment_sponsors"

    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolments.id", ondelete="CASCADE"), primary_key=True)
    sponsor_id: Mapped[int] = mapped_column(ForeignKey("sponsors.id"), primary_key=True, index=True)


class LessonCompletion(Base):
    """A lesson that a participant marked done. The key survives a new release of the course."""

    __tablename__ = "lesson_completions"

    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolments.id", ondelete="CASCADE"), primary_key=True)
    module_key: Mapped[str] = mapped_column(String(80), primary_key=True)
    lesson_key: Mapped[str] = mapped_column(String(80), primary_key=True)
    completed_at: Mapped[datetime]


class RosterPreview(Base):
    """A list of people as it was uploaded, waiting to be confirmed; confirmed once, after which its lines are gone.

    ``lines`` are the lines read, ``unused`` the columns that were not, ``result`` the counts after confirmation.
    """

    __tablename__ = "roster_previews"

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id", ondelete="CASCADE"), index=True)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]
    file_name: Mapped[str] = mapped_column(String(255))
    lines: Mapped[list[Any]]
    unused: Mapped[list[str]]
    confirmed_at: Mapped[datetime | None]
    result: Mapped[dict[str, Any]]
