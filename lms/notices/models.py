"""Notices, and how people want to have them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from lms.core.db import Base


class Notice(Base):
    """Something that one person is told, once: ``thing`` names what about, so that nothing is told twice.

    The words are those of ``emails/<kind>.txt``, made when they are read, in the reader's language; ``context`` holds
    the template's values and never a secret. ``endpoint`` and ``place`` say where the thing is. ``delivery`` is how it
    reaches the person besides the page; ``mailed_at`` is when it was put into a letter.
    """

    __tablename__ = "notices"
    __table_args__ = (
        UniqueConstraint("person_id", "kind", "thing"),
        Index("ix_notices_person_id_created_at", "person_id", "created_at"),
        # The bell counts these on every page.
        Index(
            "ix_notices_unread",
            "person_id",
            sqlite_where=text("read_at IS NULL"),
            postgresql_where=text("read_at IS NULL"),
        ),
        Index(
            "ix_notices_for_digest",
            "person_id",
            sqlite_where=text("delivery = 'daily' AND mailed_at IS NULL"),
            postgresql_where=text("delivery = 'daily' AND mailed_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    # By key, as editions stand a layer above.
    edition_id: Mapped[int | None] = mapped_column(ForeignKey("editions.id", ondelete="CASCADE"), index=True)
    category: Mapped[str] = mapped_column(String(20))
    kind: Mapped[str] = mapped_column(String(40))
    thing: Mapped[str] = mapped_column(String(120))
    context: Mapped[dict[str, Any]]
    endpoint: Mapped[str] = mapped_column(String(80))
    place: Mapped[dict[str, Any]]
    delivery: Mapped[str] = mapped_column(String(10))
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    mailed_at: Mapped[datetime | None]


class NoticePreference(Base):
    """How a category reaches a person, where they chose. It belongs to the person: a new enrolment changes nothing."""

    __tablename__ = "notice_preferences"

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), primary_key=True)
    category: Mapped[str] = mapped_column(String(20), primary_key=True)
    delivery: Mapped[str] = mapped_column(String(10))
    chosen_at: Mapped[datetime]
