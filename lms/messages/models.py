"""Messages between participants and the teaching team, and where each conversation stands."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.accounts.models import Person
from lms.core.db import Base
from lms.courses.models import Enrolment


class Message(Base):
    """Something written: by a participant to the team, or by the team to one participant or many.

    ``audience`` is whom a letter to several was for (``lms.messages.domain.Audience``), ``None`` for everything else; such
    a letter has a ``subject``. ``has_open_work`` says that it told each person what they had not done.
    """

    __tablename__ = "messages"
    __table_args__ = (
        Index("ix_messages_sent", "edition_id", "sent_at"),
        UniqueConstraint("edition_id", "author_id", "key"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id", ondelete="CASCADE"))
    author_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    # As it was: who taught may have left, and what they said stays the team's word.
    is_by_team: Mapped[bool]
    subject: Mapped[str] = mapped_column(String(160), default="")
    body: Mapped[str] = mapped_column(Text)
    audience: Mapped[dict[str, Any] | None]
    has_open_work: Mapped[bool] = mapped_column(default=False)
    sent_at: Mapped[datetime]
    # What makes a letter that is sent twice by a slip of the finger, or by a broken line, one letter.
    key: Mapped[str | None] = mapped_column(String(40))

    author: Mapped[Person | None] = relationship()


class MessagePlace(Base):
    """A message stands in the conversation of this participant."""

    __tablename__ = "message_places"

    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(
        ForeignKey("enrolments.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class Conversation(Base):
    """Where a participant's conversation with the team stands: since when it waits for an answer, if it does."""

    __tablename__ = "conversations"
    __table_args__ = (
        Index("ix_conversations_latest", "edition_id", "last_at"),
        Index(
            "ix_conversations_waiting",
            "edition_id",
            "waiting_since",
            sqlite_where=text("waiting_since IS NOT NULL"),
            postgresql_where=text("waiting_since IS NOT NULL"),
        ),
    )

    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolments.id", ondelete="CASCADE"), primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id", ondelete="CASCADE"))
    last_at: Mapped[datetime]
    waiting_since: Mapped[datetime | None]

    enrolment: Mapped[Enrolment] = relationship()
