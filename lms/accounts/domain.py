"""Pure rules about people: addresses that name one account, names that are kept whole, links that expire."""

from __future__ import annotations

import enum
import hashlib
import secrets
import unicodedata
from datetime import datetime, timedelta


class OrganisationType(enum.StrEnum):
    """Where a participant works; the activity report counts by it."""

    GOVERNMENT = "government"
    EMPLOYERS = "employers"
    WORKERS = "workers"
    NGO = "ngo"
    INTERNATIONAL = "international"
    TRAINING = "training"
    OTHER = "other"


class Sex(enum.StrEnum):
    """As stated by the person; empty where not stated."""

    FEMALE = "female"
    MALE = "male"


class TokenPurpose(enum.StrEnum):
    """What a single-use link is for."""

    INVITATION = "invitation"
    PASSWORD_RESET = "password-reset"  # noqa: S105  a purpose, not a password


LIFETIMES = {TokenPurpose.INVITATION: timedelta(days=14), TokenPurpose.PASSWORD_RESET: timedelta(hours=2)}
MINIMUM_PASSWORD_LENGTH = 10


def email_key(email: str) -> str:
    """What makes two typed addresses the same account: trimmed, NFC, case folded."""
    return unicodedata.normalize("NFC", email.strip()).casefold()


def tidy_name(name: str) -> str:
    """A name as typed, with single spaces; never split, never re-cased."""
    return unicodedata.normalize("NFC", " ".join(name.split()))


def new_token() -> tuple[str, str]:
    """A fresh secret for a link, and the hash that is stored instead of it."""
    secret = secrets.token_urlsafe(32)
    return secret, token_hash(secret)


def token_hash(secret: str) -> str:
    """SHA-256 of a link's secret: a leaked database opens no account."""
    return hashlib.sha256(secret.encode()).hexdigest()


def is_token_valid(expires_at: datetime, used_at: datetime | None, now: datetime) -> bool:
    """True while the link was not used and has not expired."""
    return used_at is None and now < expires_at
