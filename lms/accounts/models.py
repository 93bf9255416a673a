"""People and the single-use links that let them in."""

from __future__ import annotations

from datetime import datetime

from flask_login import UserMixin
from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from lms.accounts.domain import name_key
from lms.core.db import Base


class Person(UserMixin, Base):
    """Somebody with an account. ``full_name`` is printed on the certificate exactly as it stands."""

    __tablename__ = "people"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(320))
    email_key: Mapped[str] = mapped_column(String(320), unique=True)
    password_hash: Mapped[str | None] = mapped_column(String(200))
    full_name: Mapped[str] = mapped_column(String(200))
    # Follows full_name: lists are sorted and searched by it, alike on every database.
    name_key: Mapped[str] = mapped_column(String(400), index=True, default="")
    organisation: Mapped[str] = mapped_column(String(200), default="")
    organisation_type: Mapped[str] = mapped_column(String(20), default="")
    country: Mapped[str] = mapped_column(String(2), default="")
    sex: Mapped[str] = mapped_column(String(10), default="")
    language: Mapped[str] = mapped_column(String(10), default="en")
    time_zone: Mapped[str] = mapped_column(String(60), default="UTC")
    is_administrator: Mapped[bool] = mapped_column(default=False)
    # Staff try-outs take the course but never appear in figures and never get certificates.
    is_test_account: Mapped[bool] = mapped_column(default=False)
    # Part of the session's identity: counting it up signs the person out everywhere.
    session_epoch: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime | None]

    @validates("full_name")
    def _follow_name(self, attribute: str, full_name: str) -> str:
        self.name_key = name_key(full_name)[:400]
        return full_name

    @property
    def has_accepted(self) -> bool:
        """True once the person has chosen a password; before that they are invited."""
        return self.password_hash is not None

    def get_id(self) -> str:
        """What the session cookie carries."""
        return f"{self.id}.{self.session_epoch}"


class AccessToken(Base):
    """A single-use, expiring link: an invitation, a password reset, a new address. Only its secret's hash is kept."""

    __tablename__ = "access_tokens"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    purpose: Mapped[str] = mapped_column(String(20))
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    # The address that the link confirms; empty for links of other purposes.
    new_email: Mapped[str] = mapped_column(String(320), default="")

    person: Mapped[Person] = relationship()
