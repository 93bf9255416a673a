"""Who did what, when, to which thing: append-only rows that share the transaction of the change they describe."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from lms.core.db import Base, db


class AuditEvent(Base):
    """One line of the record. Never updated; a person's erasure clears the actor, not the line."""

    __tablename__ = "audit_events"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    action: Mapped[str] = mapped_column(String(60))
    edition_id: Mapped[int | None] = mapped_column(ForeignKey("editions.id", ondelete="CASCADE"), index=True)
    subject_type: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[int | None] = mapped_column()
    details: Mapped[dict[str, Any]]


def record_event(
    action: str,
    *,
    now: datetime,
    actor_id: int | None,
    subject_type: str,
    subject_id: int | None = None,
    edition_id: int | None = None,
    **details: Any,
) -> None:
    """Append a line to the record.

    Args:
        action: verb and noun in the past, ``"certificate issued"``.
        actor_id: the person who acted; ``None`` for the system itself.
        details: what a later reader needs to understand the line; JSON values only, no secrets.
    """
    db.session.add(
        AuditEvent(
            at=now,
            actor_id=actor_id,
            action=action,
            edition_id=edition_id,
            subject_type=subject_type,
            subject_id=subject_id,
            details=details,
        )
    )
