"""Live sessions of an edition, online or in a room."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lms.core.db import Base


class LiveSession(Base):
    """A webinar or a class. ``link`` is where to join; empty until the coordinator knows it.

    ``material`` and ``recording`` are web addresses, ``recording_bytes`` what the recording weighs where that is known.
    Who was there for fewer than ``minimum_minutes`` counts as absent. ``sequence`` grows with each change that calendars
    must learn of.
    """

    __tablename__ = "live_sessions"
    __table_args__ = (
        UniqueConstraint("edition_id", "key"),
        CheckConstraint("minimum_minutes >= 0", name="minimum_not_negative"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(String(80))
    title: Mapped[dict[str, str]]
    description: Mapped[dict[str, str]]
    starts_at: Mapped[datetime]
    minutes: Mapped[int]
    link: Mapped[str] = mapped_column(String(500), default="")
    material: Mapped[str] = mapped_column(String(500), default="")
    recording: Mapped[str] = mapped_column(String(500), default="")
    recording_bytes: Mapped[int | None] = mapped_column(BigInteger)
    minimum_minutes: Mapped[int] = mapped_column(default=0)
    sequence: Mapped[int] = mapped_column(default=0)
    cancelled_at: Mapped[datetime | None]


class Attendance(Base):
    """What is known of one participant in one session; see ``domain.Record``."""

    __tablename__ = "attendances"

    session_id: Mapped[int] = mapped_column(ForeignKey("live_sessions.id", ondelete="CASCADE"), primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(
        ForeignKey("enrolments.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    joined_at: Mapped[datetime | None]
    minutes: Mapped[int | None]
    by_hand: Mapped[bool | None]


class AttendanceSheet(Base):
    """A meeting's list as it was uploaded, waiting to be confirmed; confirmed once, after which its lines are gone.

    ``digest`` tells the same file again. ``visitors`` are the people it names, ``result`` the counts after
    confirmation.
    """

    __tablename__ = "attendance_sheets"

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("live_sessions.id", ondelete="CASCADE"), index=True)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]
    file_name: Mapped[str] = mapped_column(String(255))
    digest: Mapped[str] = mapped_column(String(64), index=True)
    visitors: Mapped[list[Any]]
    confirmed_at: Mapped[datetime | None]
    result: Mapped[dict[str, Any]]
