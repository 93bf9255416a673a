"""What people were told of an edition's dates, and the feeds of their calendars."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from lms.core.db import Base


class EditionDate(Base):
    """A date of an edition as it was told to its people, and as it was last seen.

    ``told`` and ``seen`` are instants in ISO form, the opening and where there is one the closing; empty for what is
    not there (any more). They differ while a change waits to be told. ``revision`` counts the changes.
    """

    __tablename__ = "edition_dates"

    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id", ondelete="CASCADE"), primary_key=True)
    feature: Mapped[str] = mapped_column(String(20), primary_key=True)
    key: Mapped[str] = mapped_column(String(80), primary_key=True)
    title: Mapped[dict[str, str]]
    told: Mapped[list[str]]
    seen: Mapped[list[str]]
    seen_at: Mapped[datetime]
    revision: Mapped[int] = mapped_column(default=0)


class CalendarFeed(Base):
    """That a person's calendar can be read at an address while it is open.

    The address is signed and holds the number: the next number makes every address given before lead nowhere.
    """

    __tablename__ = "calendar_feeds"

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int]
    is_open: Mapped[bool]
    renewed_at: Mapped[datetime]
