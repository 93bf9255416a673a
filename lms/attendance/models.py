"""Live sessions of an edition, online or in a room."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lms.core.db import Base


class LiveSession(Base):
    """A webinar or a class. ``link`` is where to join; empty until the coordinator knows it."""

    __tablename__ = "live_sessions"
    __table_args__ = (UniqueConstraint("edition_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(String(80))
    title: Mapped[dict[str, str]]
    description: Mapped[dict[str, str]]
    starts_at: Mapped[datetime]
    minutes: Mapped[int]
    link: Mapped[str] = mapped_column(String(500), default="")
