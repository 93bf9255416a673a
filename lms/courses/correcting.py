"""Correcting what is known of a person: name as printed, organisation, country, e-mail address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _

from lms.accounts import corrections
from lms.accounts.domain import email_key
from lms.accounts.models import Person
from lms.accounts.services import invite
from lms.core.errors import NotAllowed
from lms.courses.enrolling import may_act_for, record, welcome_to
from lms.courses.permissions import Member
from lms.courses.roster import get_enrolment


@dataclass(frozen=True, slots=True)
class Corrected:
    """What a correction did: whether anything differs now, and the address that has yet to be confirmed, else ""."""

    is_changed: bool
    asked_email: str = ""


def can_correct(actor: Person, person: Person) -> bool:
    """True where the actor may correct a person's account, which reaches beyond one edition.

    Nobody corrects themselves here: for that there is the profile.
    """
    return actor.id != person.id and may_act_for(actor, person)


def correct_person(
    actor: Member, enrolment_id: int, values: Mapping[str, str], email: str, reason: str, now: datetime
) -> Corrected:
    """Correct somebody's details, with the reason on record, and write to them what is different.

    A new address of somebody who has come in counts once they open the link sent there and give their password;
    otherwise a coordinator could move the account to a mailbox of their own and have a new password sent there.
    Certificates that were issued stay as they are. A closed edition is no obstacle: names are often found wrong then.

    Args:
        values: ``full_name``, ``organisation``, ``organisation_type``, ``country``.

    Raises:
        NotAllowed: unless the actor coordinates the edition and everything else that the person has a place in.
        NotFound: where the edition has no such place.
        RuleViolation: where another account has the address.
    """
    enrolment = get_enrolment(actor, enrolment_id)
    person = corrections.locked_account(enrolment.person)
    if not can_correct(actor.person, person):
        raise NotAllowed(
            _(
                "This account reaches beyond what you coordinate, so only the person, or an administrator, can correct it."
            )
        )
    moves = email_key(email) != person.email_key
    if moves:
        corrections.require_free_address(person, email)
    changed = corrections.set_details(person, values)
    for field, pair in changed.items():
        record(f"{field} corrected", actor, enrolment, now, before=pair[:1], after=pair[1:], reason=reason)
    asked = ""
    if moves:
        asked = _move(actor, enrolment_id, person, email.strip(), reason, now)
    if person.has_accepted and (changed or asked):
        corrections.tell_of_corrections(person, changed, asked, now)
    return Corrected(bool(changed) or moves, asked)


def withdraw_asked_address(actor: Member, enrolment_id: int, now: datetime) -> str:
    """End the link that was sent to a new address, and return the address; "" where none waits any more.

    Raises:
        NotAllowed: unless the actor could correct the account.
        NotFound: where the edition has no such place.
    """
    enrolment = get_enrolment(actor, enrolment_id)
    person = corrections.locked_account(enrolment.person)
    if not can_correct(actor.person, person):
        raise NotAllowed
    email = corrections.withdraw_asked_address(person, now, for_administrator=actor.person.is_administrator)
    if email:
        record("address withdrawn", actor, enrolment, now, before=[email], after=[])
    return email


def _move(actor: Member, enrolment_id: int, person: Person, email: str, reason: str, now: datetime) -> str:
    enrolment = get_enrolment(actor, enrolment_id)
    before = [person.email]
    if person.has_accepted:
        corrections.ask_for_address(person, email, now, by_administrator=actor.person.is_administrator)
        record("address asked", actor, enrolment, now, before=before, after=[email], reason=reason)
        return email
    corrections.move_address(person, email, now)
    record("address corrected", actor, enrolment, now, before=before, after=[email], reason=reason)
    if enrolment.withdrawn_at is None:
        invite(person, now=now, actor=actor.person, welcome=welcome_to(actor.edition, person.language))
    return ""
