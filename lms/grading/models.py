"""The scheme of an edition in its versions, its grade items, and the append-only ledger."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lms.core.db import Base


class SchemeVersion(Base):
    """An edition's grading scheme, whole. The highest number is in force; certificates keep the one they were decided by."""

    __tablename__ = "scheme_versions"
    __table_args__ = (UniqueConstraint("edition_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id", ondelete="CASCADE"))
    number: Mapped[int]
    document: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    reason: Mapped[str] = mapped_column(String(500), default="")


class GradeItem(Base):
    """What earns points in an edition. Its title, category and maximum stand in the scheme under the same key.

    ``due_at``: when the work is due, told by the activity that fills the item; before that a missing item is not yet
    missed. ``released_at``: from when participants see its marks; quizzes release at once.
    """

    __tablename__ = "grade_items"
    __table_args__ = (UniqueConstraint("edition_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(20))
    position: Mapped[int]
    due_at: Mapped[datetime | None]
    released_at: Mapped[datetime | None]


class GradeEntry(Base):
    """A line of the ledger. Never updated or deleted: the highest sequence of a person and item is what holds.

    ``state`` is ``submitted`` (waits for a mark), ``marked``, ``excused``, or ``cleared`` (as if nothing had been
    handed in). Only ``marked`` has points, already rounded. ``is_complete`` says whether the item counts as done.
    """

    __tablename__ = "grade_entries"
    __table_args__ = (
        UniqueConstraint("enrolment_id", "item_id", "sequence"),
        CheckConstraint("(state = 'marked') = (points IS NOT NULL)", name="points_when_marked"),
        CheckConstraint("points >= 0", name="points_not_negative"),
        Index("ix_grade_entries_item_id_enrolment_id", "item_id", "enrolment_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolments.id", ondelete="CASCADE"))
    item_id: Mapped[int] = mapped_column(ForeignKey("grade_items.id", ondelete="CASCADE"))
    sequence: Mapped[int]
    state: Mapped[str] = mapped_column(String(20))
    points: Mapped[Decimal | None]
    is_complete: Mapped[bool]
    # How the points came about, exactly, for "why this result": {"right": 9, "questions": 10} or {"rubric": [...]}.
    basis: Mapped[dict[str, Any]]
    source: Mapped[str] = mapped_column(String(80))
    # Why, where a rule and not a person says it (see wording.reason_label): every reader has it in their own language.
    reason_code: Mapped[str] = mapped_column(String(40), default="")
    reason: Mapped[str] = mapped_column(String(500), default="")
    recorded_at: Mapped[datetime]
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))


class GradeSummary(Base):
    """What the lines that hold add up to for one participant, so that a class of thousands can be sorted and counted.

    Written in the transaction of each line, as the difference that the line makes; none means nothing yet. ``waiting``
    counts items without their mark, ``done`` the required items that are complete. ``summaries`` proves it equal.
    """

    __tablename__ = "grade_summaries"

    enrolment_id: Mapped[int] = mapped_column(
        ForeignKey("enrolments.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    total: Mapped[Decimal]
    waiting: Mapped[int]
    done: Mapped[int]


class Amendment(Base):
    """A change after the edition was closed, with its effect on one participant. Never updated or deleted.

    It comes from a line of the ledger or from a new version of the scheme. ``status_before`` and ``status_after`` are a
    tier's key, ``pending``, ``none`` or ``withdrawn``.
    """

    __tablename__ = "amendments"
    __table_args__ = (
        CheckConstraint("(entry_id IS NULL) != (scheme_version_id IS NULL)", name="line_or_scheme"),
        Index("ix_amendments_edition_id_id", "edition_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id", ondelete="CASCADE"))
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolments.id", ondelete="CASCADE"), index=True)
    entry_id: Mapped[int | None] = mapped_column(ForeignKey("grade_entries.id", ondelete="CASCADE"), unique=True)
    scheme_version_id: Mapped[int | None] = mapped_column(ForeignKey("scheme_versions.id", ondelete="CASCADE"))
    total_before: Mapped[Decimal]
    total_after: Mapped[Decimal]
    status_before: Mapped[str] = mapped_column(String(40))
    status_after: Mapped[str] = mapped_column(String(40))
    recorded_at: Mapped[datetime]
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))


class MarkSheet(Base):
    """A sheet of marks as it was uploaded, waiting to be confirmed; confirmed once, and the lines then say what was done.

    ``lines`` are the lines read, ``unused`` the columns that were not, ``result`` the counts after confirmation.
    """

    __tablename__ = "mark_sheets"

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id", ondelete="CASCADE"), index=True)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]
    file_name: Mapped[str] = mapped_column(String(255))
    reason: Mapped[str] = mapped_column(String(500))
    lines: Mapped[list[Any]]
    unused: Mapped[list[str]]
    confirmed_at: Mapped[datetime | None]
    result: Mapped[dict[str, Any]]


class Extension(Base):
    """A later deadline on one grade item, for one person or for one group. The latest row of the two holds."""

    __tablename__ = "extensions"
    __table_args__ = (
        CheckConstraint("(enrolment_id IS NULL) != (group_id IS NULL)", name="person_or_group"),
        Index("ix_extensions_item_id_enrolment_id", "item_id", "enrolment_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("grade_items.id", ondelete="CASCADE"))
    enrolment_id: Mapped[int | None] = mapped_column(ForeignKey("enrolments.id", ondelete="CASCADE"))
    group_id: Mapped[int | None] = mapped_column(ForeignKey("groups.id", ondelete="CASCADE"), index=True)
    due_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(String(500))
    granted_at: Mapped[datetime]
    granted_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
