"""The tables of marking: assessments, who marks what, how an assignment is marked, comments kept for use again."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.accounts.models import Person
from lms.assignments.domain.agreement import THIRD_FROM
from lms.core.db import Base


class Assessment(Base):
    """One marking of one submission, by a copy of the rubric. Draft until finished; ``revision`` guards edits.

    ``role`` is first, second, third or agreed: each is made once for a submission. ``whole_changed_in`` is the
    revision in which what is said of the work as a whole (the comment, who took part) last changed.
    """

    __tablename__ = "assessments"
    __table_args__ = (UniqueConstraint("submission_id", "role"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submissions.id", ondelete="CASCADE"))
    role: Mapped[str] = mapped_column(String(10), default="first")
    rubric: Mapped[list[Any]]
    comment: Mapped[str] = mapped_column(Text, default="")
    revision: Mapped[int] = mapped_column(default=1)
    whole_changed_in: Mapped[int] = mapped_column(default=0)
    marker_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    saved_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]

    marker: Mapped[Person | None] = relationship()
    scores: Mapped[list[CriterionScore]] = relationship()
    participations: Mapped[list[Participation]] = relationship()


class CriterionScore(Base):
    """Points and words for one criterion. ``changed_in`` is the marking's revision in which they last changed."""

    __tablename__ = "criterion_scores"

    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessments.id", ondelete="CASCADE"), primary_key=True)
    criterion_key: Mapped[str] = mapped_column(String(80), primary_key=True)
    points: Mapped[Decimal | None]
    comment: Mapped[str] = mapped_column(Text, default="")
    changed_in: Mapped[int] = mapped_column(default=0)


class Participation(Base):
    """Whether a member of the roster took part, and an individual adjustment with its reason."""

    __tablename__ = "participations"

    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessments.id", ondelete="CASCADE"), primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolments.id", ondelete="CASCADE"), primary_key=True)
    took_part: Mapped[bool]
    adjustment: Mapped[Decimal] = mapped_column(default=Decimal(0))
    reason: Mapped[str] = mapped_column(String(500), default="")


class MarkingScheme(Base):
    """How an assignment is marked; without a row by one tutor, who sees the names.

    ``second`` is none, sample or all. ``third_from`` is how far two marks may lie apart before a third is asked for.
    ``code_key`` is the secret from which the codes and the order of anonymous marking are made.
    """

    __tablename__ = "marking_schemes"

    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignments.id", ondelete="CASCADE"), primary_key=True)
    second: Mapped[str] = mapped_column(String(10), default="none")
    third_from: Mapped[Decimal] = mapped_column(default=THIRD_FROM)
    is_anonymous: Mapped[bool] = mapped_column(default=False)
    code_key: Mapped[str] = mapped_column(String(64))


class Allocation(Base):
    """Who marks whose work in which role; it follows the work from version to version.

    ``marker_id`` is ``None`` where a marking is owed and nobody has it yet; ``why`` says how it came about: by hand,
    evenly, sample, border, extreme, all, difference.
    """

    __tablename__ = "allocations"
    __table_args__ = (
        CheckConstraint("(enrolment_id IS NULL) != (group_id IS NULL)", name="person_or_group"),
        UniqueConstraint("assignment_id", "enrolment_id", "role"),
        UniqueConstraint("assignment_id", "group_id", "role"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignments.id", ondelete="CASCADE"))
    enrolment_id: Mapped[int | None] = mapped_column(ForeignKey("enrolments.id", ondelete="CASCADE"), index=True)
    group_id: Mapped[int | None] = mapped_column(ForeignKey("groups.id", ondelete="CASCADE"), index=True)
    role: Mapped[str] = mapped_column(String(10))
    marker_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"), index=True)
    why: Mapped[str] = mapped_column(String(20))
    allocated_at: Mapped[datetime]

    marker: Mapped[Person | None] = relationship()


class MarkingPresence(Base):
    """Somebody who has a marking open in front of them, so that a second person is told."""

    __tablename__ = "marking_presences"

    submission_id: Mapped[int] = mapped_column(ForeignKey("submissions.id", ondelete="CASCADE"), primary_key=True)
    role: Mapped[str] = mapped_column(String(10), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), primary_key=True)
    opened_at: Mapped[datetime]
    seen_at: Mapped[datetime]

    person: Mapped[Person] = relationship()


class BankComment(Base):
    """A comment kept for use again, in as many languages as somebody wrote it in.

    ``edition_id`` is ``None`` for one that all editions of the course share; ``criterion_key`` is empty for one that
    fits anywhere. ``removed_at`` takes it out of use.
    """

    __tablename__ = "bank_comments"

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id", ondelete="CASCADE"), index=True)
    edition_id: Mapped[int | None] = mapped_column(ForeignKey("editions.id", ondelete="CASCADE"), index=True)
    criterion_key: Mapped[str] = mapped_column(String(80), default="")
    text: Mapped[dict[str, str]]
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    removed_at: Mapped[datetime | None]


class SheetPreview(Base):
    """A marking sheet that was read back, kept for a look before it is taken over, once."""

    __tablename__ = "marking_sheet_previews"

    id: Mapped[int] = mapped_column(primary_key=True)
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignments.id", ondelete="CASCADE"))
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]
    file_name: Mapped[str] = mapped_column(String(255))
    lines: Mapped[list[Any]]
    confirmed_at: Mapped[datetime | None]
    result: Mapped[dict[str, Any]]
