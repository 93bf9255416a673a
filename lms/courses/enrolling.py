"""Who is in an edition, in which role, financed by whom: enrol, withdraw, take back, change, invite."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from flask_babel import force_locale, format_date
from flask_babel import gettext as _
from sqlalchemy import func, or_, select
from sqlalchemy.exc import IntegrityError

from lms.accounts.domain import LIFETIMES, TokenPurpose
from lms.accounts.links import create_link, end_links
from lms.accounts.models import AccessToken, Person
from lms.accounts.places import only_zone_of
from lms.accounts.services import Welcome, find_or_create_person, invite
from lms.core.audit import AuditEvent, record_event
from lms.core.db import db
from lms.core.errors import NotAllowed, NotFound, RuleViolation
from lms.core.i18n import date_pattern, locale_of, localise
from lms.courses.domain.roles import Role
from lms.courses.models import Edition, Enrolment, Sponsor
from lms.courses.permissions import Member, coordinated_by, require_coordinating, require_running
from lms.courses.roster import get_enrolment

# Long enough that a second click is not a second letter.
PAUSE_BETWEEN_INVITATIONS = timedelta(minutes=10)
_LINK_SHOWN = "invitation link shown"


def welcome_to(edition: Edition, language: str) -> Welcome:
    """What an invitation says of an edition, in the language of whoever reads it."""
    with force_locale(locale_of(language)):
        starts_on = str(format_date(edition.starts_on, date_pattern("EEEE d MMMM y", language, edition.starts_on)))
    return Welcome(localise(edition.title, (language, *edition.languages)).text, edition.code, starts_on)


def find_sponsors(codes: Sequence[str]) -> list[Sponsor]:
    """The sponsors with these codes.

    Raises:
        NotFound: if one of them does not exist.
    """
    wanted = set(codes)
    # None of them is deleted, or joined with another, before the transaction ends that names them beside somebody.
    named = select(Sponsor).where(Sponsor.code.in_(wanted)).order_by(Sponsor.id)
    locked = db.session.scalars(named.with_for_update(read=True, key_share=True))
    sponsors = sorted(locked, key=lambda sponsor: sponsor.code)
    if len(sponsors) != len(wanted):
        raise NotFound(_("There is no such sponsor. Add it in the settings first."))
    return sponsors


def enrol(
    actor: Member, person: Person, *, role: Role, sponsors: Sequence[str] = (), now: datetime
) -> tuple[Enrolment, bool]:
    """Give a person a place in the actor's edition and write to them; and whether it is new.

    Somebody who has a place keeps it as it is, so that a second click changes nothing.

    Args:
        sponsors: codes of those who finance the person.

    Raises:
        NotAllowed: unless the actor coordinates the edition.
        RuleViolation: where the edition is closed, or the person has withdrawn from it before.
    """
    require_coordinating(actor)
    require_running(actor.edition)
    enrolment = _find_place(actor.edition, person)
    if enrolment is None:
        enrolment = Enrolment(
            edition_id=actor.edition.id,
            person_id=person.id,
            role=role,
            enrolled_at=now,
            sponsors=find_sponsors(sponsors),
        )
        try:
            with db.session.begin_nested():
                db.session.add(enrolment)
        except IntegrityError:  # enrolled by somebody else between the look and the insert
            return enrol(actor, person, role=role, sponsors=sponsors, now=now)
        record("enrolled", actor, enrolment, now, role=role, sponsors=sorted(sponsors))
        _end_links_seen_elsewhere(actor, person, now)
        invite(person, now=now, actor=actor.person, welcome=welcome_to(actor.edition, person.language))
        return enrolment, True
    if enrolment.withdrawn_at is not None:
        raise RuleViolation(
            _(
                "%(name)s has withdrawn from this edition. Take them back on their page: their marks are kept there.",
                name=person.full_name,
            )
        )
    return enrolment, False


def _find_place(edition: Edition, person: Person) -> Enrolment | None:
    return db.session.scalars(
        select(Enrolment).where(Enrolment.edition_id == edition.id, Enrolment.person_id == person.id)
    ).one_or_none()


def record(action: str, actor: Member, enrolment: Enrolment, now: datetime, **details: object) -> None:
    """Append a line to the history of a place."""
    record_event(
        action,
        now=now,
        actor_id=actor.person.id,
        subject_type="enrolment",
        subject_id=enrolment.id,
        edition_id=actor.edition.id,
        **details,
    )


def enrol_by_address(
    actor: Member,
    email: str,
    full_name: str,
    *,
    role: Role,
    sponsors: Sequence[str],
    profile: Mapping[str, str],
    languages: Sequence[str],
    now: datetime,
) -> tuple[Enrolment, bool]:
    """Enrol whoever has an address, making their account if there is none; and whether the place is new.

    Args:
        profile: what is known of them, used for a new account only: ``organisation``, ``organisation_type``,
            ``country``, ``sex``, ``language``, ``time_zone``. Language and zone follow from the edition and the
            country where they are not given.
        languages: those that the interface speaks.

    Raises:
        NotAllowed, RuleViolation: as ``enrol``.
    """
    require_coordinating(actor)
    edition = actor.edition
    spoken = [language for language in edition.languages if language in languages]
    values = {name: value for name, value in profile.items() if value}
    values.setdefault("language", spoken[0] if spoken else languages[0])
    values.setdefault("time_zone", only_zone_of(values.get("country", "")) or edition.time_zone)
    person, _made = find_or_create_person(email, full_name=full_name, now=now, actor_id=actor.person.id, **values)
    return enrol(actor, person, role=role, sponsors=sponsors, now=now)


def _keep_a_coordinator(actor: Member, enrolment: Enrolment) -> None:
    """Raises RuleViolation where the edition would be left without a coordinator."""
    # The lock makes two coordinators who leave at the same moment wait for each other.
    db.session.execute(select(Edition.id).where(Edition.id == actor.edition.id).with_for_update())
    others = select(func.count()).where(
        Enrolment.edition_id == actor.edition.id,
        Enrolment.role == Role.COORDINATOR,
        Enrolment.withdrawn_at.is_(None),
        Enrolment.id != enrolment.id,
    )
    if not db.session.scalar(others):
        raise RuleViolation(
            _("This is the only coordinator. Make somebody else a coordinator first. Nothing was changed.")
        )


def withdraw(actor: Member, enrolment_id: int, reason: str, now: datetime) -> Enrolment:
    """Take a person out of the edition; their work and marks stay where they are, and the place can be given back.

    Raises:
        NotAllowed, NotFound: unless the actor coordinates the edition and it has this place.
        RuleViolation: where the edition is closed, or would lose its only coordinator.
    """
    enrolment = get_enrolment(actor, enrolment_id)
    require_running(actor.edition)
    if enrolment.withdrawn_at is not None:
        return enrolment
    if enrolment.role == Role.COORDINATOR:
        _keep_a_coordinator(actor, enrolment)
    enrolment.withdrawn_at = now
    enrolment.withdrawal_reason = reason
    record("withdrawn", actor, enrolment, now, reason=reason)
    return enrolment


def take_back(actor: Member, enrolment_id: int, now: datetime) -> Enrolment:
    """Give a person who withdrew their place back, with the same history.

    Raises:
        NotAllowed, NotFound: unless the actor coordinates the edition and it has this place.
        RuleViolation: where the edition is closed.
    """
    enrolment = get_enrolment(actor, enrolment_id)
    require_running(actor.edition)
    if enrolment.withdrawn_at is None:
        return enrolment
    before = enrolment.withdrawn_at.isoformat()
    record("taken back", actor, enrolment, now, withdrawn_at=before, reason=enrolment.withdrawal_reason)
    enrolment.withdrawn_at = None
    enrolment.withdrawal_reason = ""
    _renew_links_seen_elsewhere(actor, enrolment, now)
    return enrolment


def change_place(actor: Member, enrolment_id: int, *, role: Role, sponsors: Sequence[str], now: datetime) -> Enrolment:
    """Change somebody's role or sponsors; the record keeps what they were.

    Raises:
        NotAllowed, NotFound: unless the actor coordinates the edition and it has this place.
        RuleViolation: where the edition is closed, or would lose its only coordinator.
    """
    enrolment = get_enrolment(actor, enrolment_id)
    require_running(actor.edition)
    if enrolment.role != role:
        if enrolment.role == Role.COORDINATOR and enrolment.withdrawn_at is None:
            _keep_a_coordinator(actor, enrolment)
        record("role changed", actor, enrolment, now, before=enrolment.role, after=str(role))
        enrolment.role = role
        _renew_links_seen_elsewhere(actor, enrolment, now)
    before = [sponsor.code for sponsor in enrolment.sponsors]
    if before != sorted(set(sponsors)):
        enrolment.sponsors = find_sponsors(sponsors)
        record("sponsors changed", actor, enrolment, now, before=before, after=sorted(set(sponsors)))
    return enrolment


def invite_again(actor: Member, enrolment_id: int, now: datetime) -> Enrolment:
    """Send another invitation to somebody who has not come in yet.

    Raises:
        NotAllowed, NotFound: unless the actor coordinates the edition and it has this place.
        RuleViolation: where the person has come in, has withdrawn, or was written to minutes ago.
    """
    enrolment = get_enrolment(actor, enrolment_id)
    _require_invited(enrolment)
    latest = db.session.scalar(
        select(func.max(AccessToken.created_at)).where(
            AccessToken.person_id == enrolment.person_id, AccessToken.purpose == TokenPurpose.INVITATION
        )
    )
    if latest is not None and now - latest < PAUSE_BETWEEN_INVITATIONS:
        raise RuleViolation(_("An invitation left less than ten minutes ago. Give it a moment to arrive."))
    person = enrolment.person
    invite(person, now=now, actor=actor.person, welcome=welcome_to(actor.edition, person.language))
    return enrolment


def _require_invited(enrolment: Enrolment) -> None:
    if enrolment.withdrawn_at is not None:
        raise RuleViolation(_("This person has withdrawn. Take them back first."))
    if enrolment.person.has_accepted:
        raise RuleViolation(_("This person has come in already and signs in with their own password."))


def make_invitation_link(actor: Member, enrolment_id: int, now: datetime) -> str:
    """The secret of a fresh invitation, for the coordinator to hand over by another way than mail.

    Whoever holds it becomes that person, so it is refused where they would get more than a place in this edition.

    Raises:
        NotAllowed: where the person is an administrator or has a place that the actor does not coordinate.
        NotFound: where the edition has no such place.
        RuleViolation: where the person has come in or has withdrawn.
    """
    enrolment = get_enrolment(actor, enrolment_id)
    _require_invited(enrolment)
    if not may_act_for(actor.person, enrolment.person):
        raise NotAllowed(
            _("This person also has a place that you do not coordinate, so only they may see their link. Invite them by e-mail.")
        )  # fmt: skip
    secret, _token = create_link(enrolment.person, TokenPurpose.INVITATION, now)
    record(_LINK_SHOWN, actor, enrolment, now)
    return secret


def _end_links_seen_elsewhere(actor: Member, person: Person, now: datetime) -> bool:
    """End the links of somebody who has not come in, where one was shown to whoever does not coordinate this edition.

    The account reaches further from now on, and whoever saw such a link could take the new place by it. Returns whether
    there were any.
    """
    if person.has_accepted:
        return False
    coordinating = (
        select(Person.id)
        .outerjoin(Enrolment, Enrolment.person_id == Person.id)
        .where(
            or_(
                Person.is_administrator,
                (Enrolment.edition_id == actor.edition.id)
                & (Enrolment.role == Role.COORDINATOR)
                & Enrolment.withdrawn_at.is_(None),
            )
        )
    )
    seen = (
        select(AuditEvent.id)
        .join(Enrolment, Enrolment.id == AuditEvent.subject_id)
        .where(
            AuditEvent.subject_type == "enrolment",
            AuditEvent.action == _LINK_SHOWN,
            AuditEvent.at > now - LIFETIMES[TokenPurpose.INVITATION],
            Enrolment.person_id == person.id,
            or_(AuditEvent.actor_id.is_(None), AuditEvent.actor_id.not_in(coordinating)),
        )
    )
    if db.session.scalar(seen.limit(1)) is None:
        return False
    end_links(person, now)
    return True


def _renew_links_seen_elsewhere(actor: Member, enrolment: Enrolment, now: datetime) -> None:
    person = enrolment.person
    if enrolment.withdrawn_at is None and _end_links_seen_elsewhere(actor, person, now):
        invite(person, now=now, actor=actor.person, welcome=welcome_to(actor.edition, person.language))


def may_act_for(actor: Person, person: Person) -> bool:
    """True where a person's account reaches no further than the actor does.

    Whoever is an administrator, or has a place in an edition that the actor does not coordinate, withdrawn or not, is
    out of a coordinator's reach.
    """
    if actor.is_administrator:
        return True
    foreign = (
        select(Enrolment.id)
        .join(Edition, Edition.id == Enrolment.edition_id)
        .where(Enrolment.person_id == person.id, ~coordinated_by(actor))
    )
    return not person.is_administrator and db.session.scalar(foreign.limit(1)) is None
