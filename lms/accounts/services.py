"""Everything that changes an account: letting people in, passwords, addresses, profiles."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from lms.accounts.domain import (
    ADDRESS_LINKS,
    LIFETIMES,
    MAXIMUM_PASSWORD_LENGTH,
    MINIMUM_PASSWORD_LENGTH,
    PasswordFault,
    TokenPurpose,
    email_key,
    password_fault,
    tidy_name,
)
from lms.accounts.links import consume_link, create_link, end_links
from lms.accounts.models import Person
from lms.accounts.passwords import hash_password, is_password, needs_rehash
from lms.accounts.queries import find_person_by_email, get_account
from lms.core.audit import record_event
from lms.core.db import db
from lms.core.errors import RuleViolation
from lms.core.outbox import queue_mail

# In the outbox, but no letter: it becomes one, or nothing, when it is due.
RESET_ASKED = "password-reset-asked"


@dataclass(frozen=True, slots=True)
class Welcome:
    """What an invitation says about the course that the person joins, in their own language."""

    title: str
    code: str
    starts_on: str


def password_sentence(password: str, *, email: str, full_name: str) -> str | None:
    """What is wrong with a new password, for the person; ``None`` where it will do."""
    fault = password_fault(password, email=email, full_name=full_name)
    if fault is None:
        return None
    sentences: dict[PasswordFault, str] = {
        PasswordFault.TOO_SHORT: _(
            "Choose a password of at least %(count)s characters.", count=MINIMUM_PASSWORD_LENGTH
        ),
        PasswordFault.TOO_LONG: _("Choose a password of at most %(count)s characters.", count=MAXIMUM_PASSWORD_LENGTH),
        PasswordFault.ABOUT_THE_PERSON: _("Choose a password that is not your name or your e-mail address."),
        PasswordFault.TOO_COMMON: _("This password is among the first that others would try. Choose another."),
    }
    return sentences[fault]


def find_or_create_person(
    email: str,
    *,
    full_name: str,
    now: datetime,
    actor_id: int | None,
    language: str = "en",
    time_zone: str = "UTC",
    **profile: str,
) -> tuple[Person, bool]:
    """The account of an address, made if there is none; and whether it was made.

    An account that exists is left as it is. Whoever calls has asked whether the actor may add people.

    Args:
        profile: ``organisation``, ``organisation_type``, ``country``, ``sex``.
    """
    # Held until the end: an account whose address is moved in the same instant is no longer this address's.
    person = find_person_by_email(email, is_held=True)
    if person is not None:
        return person, False
    person = Person(
        email=email.strip(),
        email_key=email_key(email),
        full_name=tidy_name(full_name),
        language=language,
        time_zone=time_zone,
        created_at=now,
        **profile,
    )
    try:
        with db.session.begin_nested():
            db.session.add(person)
    except IntegrityError:  # somebody else added the same address between the look and the insert
        return find_or_create_person(email, full_name=full_name, now=now, actor_id=actor_id)
    record_event("account created", now=now, actor_id=actor_id, subject_type="person", subject_id=person.id)
    return person, True


def _write_to(person: Person, template: str, key: str, now: datetime, **context: Any) -> None:
    queue_mail(
        template,
        key=key,
        recipient=person.email,
        recipient_name=person.full_name,
        language=person.language,
        context=context,
        now=now,
    )


def invite(person: Person, *, now: datetime, actor: Person | None, welcome: Welcome | None = None) -> str | None:
    """Write to somebody that they have been let in; return the secret of their invitation.

    Somebody who already chose a password gets no link that could replace it, only the news: ``None`` is returned.

    Args:
        actor: who invites; ``None`` for the system.
        welcome: the edition that they join; ``None`` for the account alone.
    """
    actor_id = None if actor is None else actor.id
    about = {"title": welcome.title, "code": welcome.code, "starts_on": welcome.starts_on} if welcome else {}
    if person.has_accepted:
        if welcome is not None:
            _write_to(person, "enrolled", f"enrolled:{person.id}:{welcome.code}:{now.isoformat()}", now, **about)
        return None
    secret, token = create_link(person, TokenPurpose.INVITATION, now)
    days = LIFETIMES[TokenPurpose.INVITATION].days
    _write_to(person, "invitation", f"invitation:{token.id}", now, secret=secret, days=days, **about)
    record_event("invitation sent", now=now, actor_id=actor_id, subject_type="person", subject_id=person.id)
    return secret


def _set_password(person: Person, password: str, now: datetime) -> None:
    """Store a new password, sign the person out everywhere and end every link that could replace it again.

    Raises:
        RuleViolation: where the password will not do.
    """
    sentence = password_sentence(password, email=person.email, full_name=person.full_name)
    if sentence is not None:
        raise RuleViolation(sentence)
    person.password_hash = hash_password(password)
    person.session_epoch += 1
    end_links(person, now)


def accept_invitation(
    secret: str, *, full_name: str, password: str, language: str, time_zone: str, now: datetime
) -> Person:
    """Use an invitation: the person chooses a password and says how their name is printed.

    Raises:
        NotFound: for an unknown link.
        RuleViolation: for a link that is over, or a password that will not do.
    """
    person = consume_link(secret, TokenPurpose.INVITATION, now).person
    person.full_name = tidy_name(full_name)
    person.language = language
    person.time_zone = time_zone
    _set_password(person, password, now)
    person.last_seen_at = now
    record_event("invitation accepted", now=now, actor_id=person.id, subject_type="person", subject_id=person.id)
    return person


def sign_in_with_password(email: str, password: str, now: datetime) -> Person | None:
    """The person whose address and password these are, marked as seen; ``None`` for any other pair."""
    person = find_person_by_email(email)
    stored = None if person is None else person.password_hash
    if not is_password(stored, password) or person is None or stored is None:
        return None
    if needs_rehash(stored):
        person.password_hash = hash_password(password)
    person.last_seen_at = now
    record_event("signed in", now=now, actor_id=person.id, subject_type="person", subject_id=person.id)
    return person


def ask_for_reset(email: str, now: datetime) -> None:
    """Note that somebody asked for a link to a new password, without a look at whether there is such an account.

    The work is the same for every address, and so is the time that it takes; the rest is done when mail leaves.
    """
    queue_mail(
        RESET_ASKED,
        key=f"{RESET_ASKED}:{secrets.token_urlsafe(16)}",
        recipient=email.strip(),
        recipient_name="",
        language="",
        context={"email": email},
        now=now,
    )


def answer_reset(email: str, now: datetime) -> None:
    """Send a link for a new password, where there is such an account."""
    person = find_person_by_email(email)
    if person is not None:
        _send_reset(person, now, actor_id=None)


def _send_reset(person: Person, now: datetime, actor_id: int | None) -> None:
    secret, token = create_link(person, TokenPurpose.PASSWORD_RESET, now)
    _write_to(person, "password_reset", f"password-reset:{token.id}", now, secret=secret)
    record_event("password reset sent", now=now, actor_id=actor_id, subject_type="person", subject_id=person.id)


def reset_password(secret: str, password: str, now: datetime) -> Person:
    """Use a reset link: set the new password and sign the person out everywhere.

    Raises:
        NotFound: for an unknown link.
        RuleViolation: for a link that is over, or a password that will not do.
    """
    person = consume_link(secret, TokenPurpose.PASSWORD_RESET, now).person
    _set_password(person, password, now)
    person.last_seen_at = now
    _tell_password_changed(person, now)
    return person


def _tell_password_changed(person: Person, now: datetime) -> None:
    _write_to(person, "password_changed", f"password-changed:{person.id}:{person.session_epoch}", now)
    record_event("password changed", now=now, actor_id=person.id, subject_type="person", subject_id=person.id)


def require_current_password(actor: Person, password: str) -> None:
    """Raises RuleViolation unless this is the actor's password."""
    if not is_password(actor.password_hash, password):
        raise RuleViolation(_("This is not your current password. Nothing was changed."))


def change_password(actor: Person, current: str, new: str, now: datetime) -> None:
    """Replace the actor's password and sign them out everywhere else.

    Raises:
        RuleViolation: where the current password is wrong or the new one will not do.
    """
    require_current_password(actor, current)
    _set_password(actor, new, now)
    _tell_password_changed(actor, now)


def request_email_change(actor: Person, password: str, new_email: str, now: datetime) -> None:
    """Send a link to a new address; the account moves there when it is opened, so that nobody claims another's.

    A link sent before, to an address typed wrong, is over. An address that belongs to another account gets no letter, and the actor cannot tell.

    Raises:
        RuleViolation: where the password is wrong.
    """
    require_current_password(actor, password)
    end_links(actor, now, ADDRESS_LINKS)
    other = find_person_by_email(new_email)
    if other is not None and other.id != actor.id:
        return
    secret, token = create_link(actor, TokenPurpose.EMAIL_CHANGE, now, new_email=new_email.strip())
    queue_mail(
        "email_change",
        key=f"email-change:{token.id}",
        recipient=new_email.strip(),
        recipient_name=actor.full_name,
        language=actor.language,
        context={"secret": secret},
        now=now,
    )
    record_event("e-mail change asked", now=now, actor_id=actor.id, subject_type="person", subject_id=actor.id)


def confirm_email_change(secret: str, now: datetime, purpose: TokenPurpose = TokenPurpose.EMAIL_CHANGE) -> Person:
    """Use the link sent to a new address: the account moves to it, and the old address is told.

    Raises:
        NotFound: for an unknown link.
        RuleViolation: for a link that is over, or an address that another account has taken since.
    """
    token = consume_link(secret, purpose, now)
    person = token.person
    _write_to(person, "email_changed", f"email-changed:{token.id}", now, new_email=token.new_email)
    try:
        with db.session.begin_nested():
            person.email = token.new_email
            person.email_key = email_key(token.new_email)
            person.session_epoch += 1
    except IntegrityError:
        raise RuleViolation(_("This address now belongs to another account. Nothing was changed.")) from None
    # A link for a new password may still lie in the mailbox that was left.
    end_links(person, now)
    record_event("e-mail changed", now=now, actor_id=person.id, subject_type="person", subject_id=person.id)
    return person


def sign_out_everywhere(actor: Person, now: datetime) -> None:
    """End every session of the actor, this one included."""
    actor.session_epoch += 1
    record_event("signed out everywhere", now=now, actor_id=actor.id, subject_type="person", subject_id=actor.id)


def update_profile(actor: Person, values: dict[str, str], now: datetime) -> None:
    """Save what the actor says of themselves.

    Args:
        values: full_name, organisation, organisation_type, country, sex, language, time_zone.
    """
    before = actor.full_name
    actor.full_name = tidy_name(values["full_name"])
    for name in ("organisation", "organisation_type", "country", "sex", "language", "time_zone"):
        setattr(actor, name, values[name])
    if actor.full_name != before:
        # Certificates carry the name: a later reader of the record must see when it changed.
        record_event("name changed", now=now, actor_id=actor.id, subject_type="person", subject_id=actor.id)


def choose_language(actor: Person, language: str) -> None:
    """Keep the language in which the actor reads."""
    actor.language = language


def _last_administrator(person: Person) -> bool:
    # The lock makes two administrators who take each other's rights away in the same instant wait for each other.
    administrators = (
        select(Person)
        .where(Person.is_administrator)
        .order_by(Person.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return all(other.id == person.id for other in db.session.scalars(administrators).all())


def set_administrator(actor: Person, person_id: int, value: bool, now: datetime) -> Person:
    """Make somebody an administrator, or an ordinary member again.

    Raises:
        NotAllowed: where the actor is no administrator.
        RuleViolation: where nobody would be left to administer.
    """
    person = get_account(actor, person_id)
    if not value and _last_administrator(person):
        raise RuleViolation(_("There must be at least one administrator. Make somebody else one first."))
    if person.is_administrator != value:
        person.is_administrator = value
        # A session that began with other rights ends.
        person.session_epoch += 0 if person.id == actor.id else 1
        if value and not person.has_accepted:
            # Whoever invited them may have seen their link, and would become an administrator by it.
            end_links(person, now)
            invite(person, now=now, actor=actor)
        record_event(
            "administrator made" if value else "administrator unmade",
            now=now, actor_id=actor.id, subject_type="person", subject_id=person.id,
        )  # fmt: skip
    return person


def set_test_account(actor: Person, person_id: int, value: bool, now: datetime) -> Person:
    """Mark an account as a try-out, which counts in no figure and gets no certificate, or take the mark away.

    Raises:
        NotAllowed: where the actor is no administrator.
    """
    person = get_account(actor, person_id)
    if person.is_test_account != value:
        person.is_test_account = value
        record_event(
            "test account marked" if value else "test account unmarked",
            now=now, actor_id=actor.id, subject_type="person", subject_id=person.id,
        )  # fmt: skip
    return person


def let_in_again(actor: Person, person_id: int, now: datetime) -> Person:
    """Send a new invitation, or to somebody who has a password a link for a new one.

    Raises:
        NotAllowed: where the actor is no administrator.
    """
    person = get_account(actor, person_id)
    if person.has_accepted:
        _send_reset(person, now, actor_id=actor.id)
    else:
        invite(person, now=now, actor=actor)
    return person


def create_administrator(email: str, full_name: str, language: str, now: datetime) -> tuple[TokenPurpose, str]:
    """Make the account of an address an administrator's; return the kind and secret of a link to choose a password.

    For the operator's command line. An account that has a password keeps it until the link is used.
    """
    person, _created = find_or_create_person(email, full_name=full_name, language=language, now=now, actor_id=None)
    person.is_administrator = True
    purpose = TokenPurpose.PASSWORD_RESET if person.has_accepted else TokenPurpose.INVITATION
    secret, _token = create_link(person, purpose, now)
    record_event("administrator made", now=now, actor_id=None, subject_type="person", subject_id=person.id)
    return purpose, secret
