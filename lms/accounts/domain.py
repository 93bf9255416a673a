"""Pure rules about people: addresses that name one account, names kept whole, passwords, links that expire."""

from __future__ import annotations

import enum
import hashlib
import ipaddress
import unicodedata
from datetime import datetime, timedelta

from lms.core.plain_text import visible_line


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
    EMAIL_CHANGE = "email-change"
    # A new address that somebody else entered: its link asks for the account's password too.
    EMAIL_CORRECTION = "email-correction"


class LinkState(enum.StrEnum):
    """What has become of a single-use link."""

    VALID = "valid"
    USED = "used"
    EXPIRED = "expired"


class PasswordFault(enum.StrEnum):
    """Why a new password is refused."""

    TOO_SHORT = "too-short"
    TOO_LONG = "too-long"
    ABOUT_THE_PERSON = "about-the-person"
    TOO_COMMON = "too-common"


LIFETIMES = {
    TokenPurpose.INVITATION: timedelta(days=14),
    TokenPurpose.PASSWORD_RESET: timedelta(hours=2),
    TokenPurpose.EMAIL_CHANGE: timedelta(days=1),
    # The person did not ask for it and may not look today.
    TokenPurpose.EMAIL_CORRECTION: timedelta(days=7),
}
# Links that move an account to another mailbox: only the latest of them all counts. An address that was typed wrong is
# somebody's too.
ADDRESS_LINKS = (TokenPurpose.EMAIL_CHANGE, TokenPurpose.EMAIL_CORRECTION)
MINIMUM_PASSWORD_LENGTH = 10
# Hashing a text of megabytes would be a cheap way to keep the server busy.
MAXIMUM_PASSWORD_LENGTH = 200

# What people type when asked for ten characters, without the digits at their ends.
_COMMON_STEMS = frozenset(
    {
        "password", "passwort", "motdepasse", "motdepass", "azertyuiop", "qwertyuiop", "qwerty", "azerty", "welcome",
        "bienvenue", "changeme", "changemoi", "letmein", "iloveyou", "jetaime", "administrator", "abcdefghij", "segin",
    }
)  # fmt: skip
_RUNS = ("01234567890123456789", "98765432109876543210", "abcdefghijklmnopqrstuvwxyz")


def email_key(email: str) -> str:
    """What makes two typed addresses the same account: trimmed, NFC, case folded."""
    folded = unicodedata.normalize("NFC", email.strip()).casefold()
    return unicodedata.normalize("NFC", folded)


def tidy_name(name: str) -> str:
    """A name as typed, with single spaces and nothing invisible; never split, never re-cased."""
    return unicodedata.normalize("NFC", visible_line(name))


def name_key(name: str) -> str:
    """What a name is sorted and searched by: case folded, without accents or vowel marks."""
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    bare = "".join(character for character in decomposed if not unicodedata.combining(character))
    return " ".join(bare.replace("’", "'").split())


def password_fault(password: str, *, email: str, full_name: str) -> PasswordFault | None:
    """Why a password is refused, or ``None`` where it will do.

    Length decides; composition rules are not asked, since they make passwords worse. Source: NIST SP 800-63B, 5.1.1.
    """
    if len(password) < MINIMUM_PASSWORD_LENGTH:
        return PasswordFault.TOO_SHORT
    if len(password) > MAXIMUM_PASSWORD_LENGTH:
        return PasswordFault.TOO_LONG
    plain = password.casefold()
    if plain in (email_key(email), email_key(email).partition("@")[0], full_name.casefold()):
        return PasswordFault.ABOUT_THE_PERSON
    if name_key(password).replace(" ", "") == name_key(full_name).replace(" ", ""):
        return PasswordFault.ABOUT_THE_PERSON
    stem = plain.strip("0123456789!?.*#@$-_ ")
    if len(set(plain)) < 4 or stem in _COMMON_STEMS or any(plain in run for run in _RUNS):
        return PasswordFault.TOO_COMMON
    return None


def token_hash(secret: str) -> str:
    """SHA-256 of a link's secret: a leaked database opens no account."""
    return hashlib.sha256(secret.encode()).hexdigest()


def link_state(expires_at: datetime, used_at: datetime | None, now: datetime) -> LinkState:
    """Whether a single-use link still opens; a used one says so even when it would have expired since."""
    if used_at is not None:
        return LinkState.USED
    return LinkState.VALID if now < expires_at else LinkState.EXPIRED


def network_of(address: str) -> str:
    """The network that an address of the internet lies in, as far as one customer's line usually reaches.

    That is 256 addresses of the old kind, and a /48 of the new. What is no address is a network of its own.
    """
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if found.version == 6 and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return str(ipaddress.ip_network((found, 24 if found.version == 4 else 48), strict=False))


def is_local_path(target: str) -> bool:
    """True where an address leads to a page of this site and nowhere else.

    ``//host`` and ``/\\host`` are other sites to a browser, and control characters are dropped by it before it looks.
    """
    return target.startswith("/") and target[1:2] not in ("/", "\\") and target.isprintable()
