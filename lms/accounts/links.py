"""Single-use, expiring links: made for one purpose, used up once even by two requests of the same moment."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import update

from lms.accounts.domain import LIFETIMES, TokenPurpose, token_hash
from lms.accounts.models import AccessToken, Person
from lms.accounts.queries import find_token
from lms.core.db import db
from lms.core.errors import NotFound, RuleViolation


def create_link(person: Person, purpose: TokenPurpose, now: datetime, new_email: str = "") -> tuple[str, AccessToken]:
    """Make a single-use link for a person; return its secret, which is stored nowhere, and its row."""
    secret = secrets.token_urlsafe(32)
    token = AccessToken(
        person_id=person.id,
        purpose=purpose,
        secret_hash=token_hash(secret),
        created_at=now,
        expires_at=now + LIFETIMES[purpose],
        new_email=new_email,
    )
    db.session.add(token)
    db.session.flush()
    return secret, token


def consume_link(secret: str, purpose: TokenPurpose, now: datetime) -> AccessToken:
    """Use a link up and return its row, with its person.

    Raises:
        NotFound: for an unknown secret.
        RuleViolation: where the link was used or has expired, even by a request of the same moment.
    """
    token = find_token(secret, purpose)
    if token is None:
        raise NotFound(_("This link is not complete. Copy the whole line from the message."))
    used = db.session.scalar(
        update(AccessToken)
        .where(AccessToken.id == token.id, AccessToken.used_at.is_(None), AccessToken.expires_at > now)
        .values(used_at=now)
        .returning(AccessToken.id)
        .execution_options(synchronize_session=False)
    )
    if used is None:
        raise RuleViolation(_("This link was used before or has expired. Nothing was changed."))
    return token


def end_links(person: Person, now: datetime, purposes: Collection[TokenPurpose] = tuple(TokenPurpose)) -> None:
    """Use up every open link of a person for these purposes, so that none can replace what was just chosen."""
    db.session.execute(
        update(AccessToken)
        .where(AccessToken.person_id == person.id, AccessToken.purpose.in_(purposes), AccessToken.used_at.is_(None))
        .values(used_at=now)
        .execution_options(synchronize_session=False)
    )
