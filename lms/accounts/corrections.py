"""What somebody else corrects of a person's account: name, organisation, country, address; the person is told."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from lms.accounts.domain import ADDRESS_LINKS, TokenPurpose, email_key, tidy_name
from lms.accounts.links import create_link, end_links
from lms.accounts.models import AccessToken, Person
from lms.accounts.queries import find_person_by_email, find_token
from lms.accounts.services import confirm_email_change, require_current_password
from lms.core.db import db
from lms.core.errors import NotFound, RuleViolation
from lms.core.outbox import queue_mail

# What can be corrected beside the address.
CORRECTED = ("full_name", "organisation", "organisation_type", "country")


def locked_account(person: Person) -> Person:
    """The account as it is now, kept from changing until the transaction ends.

    Whether somebody has come in decides who may move their address: they must not come in between the look and the
    change. Their links are locked first, in the order in which coming in locks them.
    """
    db.session.execute(
        select(AccessToken.id).where(AccessToken.person_id == person.id).order_by(AccessToken.id).with_for_update()
    )
    return db.session.scalars(
        select(Person).where(Person.id == person.id).with_for_update().execution_options(populate_existing=True)
    ).one()


def set_details(person: Person, values: Mapping[str, str]) -> dict[str, list[str]]:
    """Save what is different; return it by field, before and after."""
    changed = {}
    for field in CORRECTED:
        after = tidy_name(values[field])
        if after != getattr(person, field):
            changed[field] = [getattr(person, field), after]
            setattr(person, field, after)
    return changed


def require_free_address(person: Person, email: str) -> None:
    """Raises RuleViolation where the address is another account's."""
    other = find_person_by_email(email)
    if other is not None and other.id != person.id:
        raise RuleViolation(
            _("Another account has this address. If it is the same person, enrol that account and withdraw this one.")
        )


def move_address(person: Person, email: str, now: datetime) -> None:
    """Give an account that nobody has come into another address, and end every link sent to the old one.

    Raises:
        RuleViolation: where another account has taken the address in the same moment.
    """
    assert not person.has_accepted
    try:
        with db.session.begin_nested():
            person.email = email.strip()
            person.email_key = email_key(email)
    except IntegrityError:
        raise RuleViolation(_("This address now belongs to another account. Nothing was changed.")) from None
    end_links(person, now)


def ask_for_address(person: Person, email: str, now: datetime, *, by_administrator: bool) -> None:
    """Send a link to a new address that somebody else entered; an earlier one that waits, whoever asked for it, is over.

    The link asks for the account's own password, so that the account moves only where whoever reads the new mailbox is
    its owner. An administrator's does not: they help those who have lost mailbox and password both.
    """
    end_links(person, now, ADDRESS_LINKS)
    purpose = TokenPurpose.EMAIL_CHANGE if by_administrator else TokenPurpose.EMAIL_CORRECTION
    secret, token = create_link(person, purpose, now, new_email=email.strip())
    queue_mail(
        "email_change" if by_administrator else "email_correction",
        key=f"{purpose}:{token.id}",
        recipient=email.strip(),
        recipient_name=person.full_name,
        language=person.language,
        context={"secret": secret},
        now=now,
    )


def tell_of_corrections(person: Person, changed: Mapping[str, list[str]], new_email: str, now: datetime) -> None:
    """Write to the person what was corrected; ``new_email`` is empty where the address stays."""
    queue_mail(
        "details_corrected",
        key=f"details-corrected:{person.id}:{now.isoformat()}",
        recipient=person.email,
        recipient_name=person.full_name,
        language=person.language,
        context={"changed": {field: after for field, (_before, after) in changed.items()}, "new_email": new_email},
        now=now,
    )


def find_asked_address(person: Person, now: datetime, *, for_administrator: bool) -> AccessToken | None:
    """The link by which a new address waits to be confirmed; one that a coordinator entered, or for administrators any."""
    return db.session.scalars(
        select(AccessToken)
        .where(
            AccessToken.person_id == person.id,
            AccessToken.purpose.in_(_seen_by(for_administrator)),
            AccessToken.used_at.is_(None),
            AccessToken.expires_at > now,
        )
        .order_by(AccessToken.id.desc())
        .limit(1)
    ).one_or_none()


def withdraw_asked_address(person: Person, now: datetime, *, for_administrator: bool) -> str:
    """End the link that ``find_asked_address`` shows, and return the address it was sent to; "" where none waits."""
    waiting = find_asked_address(person, now, for_administrator=for_administrator)
    if waiting is None:
        return ""
    end_links(person, now, _seen_by(for_administrator))
    return waiting.new_email


def _seen_by(administrator: bool) -> tuple[TokenPurpose, ...]:
    # What a person asks for themselves is not a coordinator's business.
    return ADDRESS_LINKS if administrator else (TokenPurpose.EMAIL_CORRECTION,)


def confirm_corrected_address(secret: str, password: str, now: datetime) -> Person:
    """Use the link sent to a corrected address, with the account's password.

    Raises:
        NotFound: for an unknown link.
        RuleViolation: for another password, a link that is over, or an address that another account has taken since.
    """
    token = find_token(secret, TokenPurpose.EMAIL_CORRECTION)
    if token is None:
        raise NotFound(_("This link is not complete. Copy the whole line from the message."))
    require_current_password(token.person, password)
    return confirm_email_change(secret, now, TokenPurpose.EMAIL_CORRECTION)
