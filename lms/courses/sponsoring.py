"""Sponsors of the installation: add, rename, join two that are one, delete.

A sponsor belongs to no edition, so whoever changes one must coordinate all that it stands in.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import Select, delete, func, select, update
from sqlalchemy.exc import IntegrityError

from lms.core.audit import record_event
from lms.core.db import db
from lms.core.errors import NotAllowed, NotFound, RuleViolation
from lms.courses.models import Edition, Enrolment, EnrolmentSponsor, Sponsor
from lms.courses.permissions import Member, coordinated_by, require_coordinating


@dataclass(frozen=True, slots=True)
class SponsorLine:
    """A sponsor, and how many places in editions it finances."""

    sponsor: Sponsor
    places: int


def list_sponsor_lines(actor: Member) -> list[SponsorLine]:
    """All sponsors by code; raises NotAllowed unless the actor coordinates the edition."""
    require_coordinating(actor)
    rows = db.session.execute(
        select(Sponsor, func.count(EnrolmentSponsor.enrolment_id))
        .outerjoin(EnrolmentSponsor, EnrolmentSponsor.sponsor_id == Sponsor.id)
        .group_by(Sponsor.id)
        .order_by(Sponsor.code)
    )
    return [SponsorLine(sponsor, places) for sponsor, places in rows]


def get_sponsor(actor: Member, sponsor_id: int) -> Sponsor:
    """A sponsor; raises NotAllowed unless the actor coordinates the edition, and NotFound where there is none."""
    require_coordinating(actor)
    sponsor = db.session.get(Sponsor, sponsor_id)
    if sponsor is None:
        raise NotFound
    return sponsor


def can_change(actor: Member, sponsor: Sponsor) -> bool:
    """True where the sponsor stands in no edition that the actor does not coordinate."""
    foreign = _editions_with(sponsor).where(~coordinated_by(actor.person))
    return db.session.scalar(foreign.limit(1)) is None


def _editions_with(sponsor: Sponsor) -> Select[str]:
    return (
        select(Edition.code)
        .join(Enrolment, Enrolment.edition_id == Edition.id)
        .join(EnrolmentSponsor, EnrolmentSponsor.enrolment_id == Enrolment.id)
        .where(EnrolmentSponsor.sponsor_id == sponsor.id)
    )


def _get_locked(actor: Member, *sponsor_ids: int) -> list[Sponsor]:
    """Sponsors that nobody names beside a person, renames or deletes until the transaction ends; in the order asked for.

    Whether the actor coordinates everything that they stand in must still be so when they change.
    """
    require_coordinating(actor)
    found = db.session.scalars(
        select(Sponsor)
        .where(Sponsor.id.in_(sponsor_ids))
        .order_by(Sponsor.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    sponsors = {sponsor.id: sponsor for sponsor in found}
    if not sponsors.keys() >= set(sponsor_ids):
        raise NotFound
    return [sponsors[sponsor_id] for sponsor_id in sponsor_ids]


def _require_change(actor: Member, sponsor: Sponsor) -> None:
    if not can_change(actor, sponsor):
        raise NotAllowed(
            _("This sponsor also stands in an edition that you do not coordinate. Ask an administrator to change it.")
        )


def _record(action: str, actor: Member, sponsor: Sponsor, now: datetime, **details: object) -> None:
    record_event(
        action,
        now=now,
        actor_id=actor.person.id,
        subject_type="sponsor",
        subject_id=sponsor.id,
        edition_id=actor.edition.id,
        **details,
    )


def add_sponsor(actor: Member, code: str, name: str, now: datetime) -> Sponsor:
    """Add a sponsor, for every edition to name.

    Raises:
        NotAllowed: unless the actor coordinates an edition.
        RuleViolation: where the code is taken.
    """
    require_coordinating(actor)
    sponsor = Sponsor(code=code, name=name)
    try:
        with db.session.begin_nested():
            db.session.add(sponsor)
    except IntegrityError:
        raise RuleViolation(_("There is a sponsor with the code %(code)s already.", code=code)) from None
    _record("sponsor added", actor, sponsor, now, code=code)
    return sponsor


def rename_sponsor(actor: Member, sponsor_id: int, code: str, name: str, now: datetime) -> Sponsor:
    """Give a sponsor another code or name, wherever it stands.

    Raises:
        NotAllowed: unless the actor coordinates every edition that it stands in.
        NotFound: where there is none.
        RuleViolation: where the code is another's.
    """
    [sponsor] = _get_locked(actor, sponsor_id)
    _require_change(actor, sponsor)
    before = [sponsor.code, sponsor.name]
    if before == [code, name]:
        return sponsor
    try:
        with db.session.begin_nested():
            sponsor.code, sponsor.name = code, name
    except IntegrityError:
        raise RuleViolation(_("There is a sponsor with the code %(code)s already.", code=code)) from None
    _record("sponsor renamed", actor, sponsor, now, before=before, after=[code, name])
    return sponsor


def delete_sponsor(actor: Member, sponsor_id: int, now: datetime) -> str:
    """Delete a sponsor that finances nobody; return its name.

    Raises:
        NotAllowed, NotFound: as ``get_sponsor``.
        RuleViolation: where somebody has it, even since the page was opened.
    """
    [sponsor] = _get_locked(actor, sponsor_id)
    name = sponsor.name
    _record("sponsor deleted", actor, sponsor, now, code=sponsor.code, name=name)
    try:
        with db.session.begin_nested():
            db.session.execute(delete(Sponsor).where(Sponsor.id == sponsor.id))
    except IntegrityError:  # the database holds it while a place names it
        raise RuleViolation(
            _("%(name)s stands beside people, so it is kept. Join it with another sponsor instead.", name=name)
        ) from None
    return name


def join_sponsors(actor: Member, sponsor_id: int, into_id: int, now: datetime) -> Sponsor:
    """Let another sponsor finance everybody whom this one finances, and delete this one; return the other.

    Each person's history says so. Figures of closed editions stand, so a sponsor of one is not joined.

    Raises:
        NotAllowed: unless the actor coordinates every edition that one of the two stands in.
        NotFound: where one of the two does not exist.
        RuleViolation: where they are the same, or the first stands in a closed edition.
    """
    old, other = _get_locked(actor, sponsor_id, into_id)
    if old.id == other.id:
        raise RuleViolation(_("Choose another sponsor than this one."))
    _require_change(actor, old)
    # Whoever may read the figures of the other reads those of this one afterwards.
    _require_change(actor, other)
    closed = db.session.scalar(_editions_with(old).where(Edition.closed_at.is_not(None)).limit(1))
    if closed is not None:
        raise RuleViolation(
            _(
                "%(name)s stands in the closed edition %(code)s, whose figures stand. Rename it instead.",
                name=old.name,
                code=closed,
            )
        )
    places = db.session.execute(
        select(Enrolment.id, Enrolment.edition_id)
        .join(EnrolmentSponsor, EnrolmentSponsor.enrolment_id == Enrolment.id)
        .where(EnrolmentSponsor.sponsor_id == old.id)
    ).all()
    for enrolment_id, edition_id in places:
        record_event(
            "sponsors changed", now=now, actor_id=actor.person.id, subject_type="enrolment", subject_id=enrolment_id,
            edition_id=edition_id, before=[old.code], after=[other.code],
        )  # fmt: skip
    has_other = select(EnrolmentSponsor.enrolment_id).where(EnrolmentSponsor.sponsor_id == other.id)
    db.session.execute(
        update(EnrolmentSponsor)
        .where(EnrolmentSponsor.sponsor_id == old.id, EnrolmentSponsor.enrolment_id.not_in(has_other))
        .values(sponsor_id=other.id)
        .execution_options(synchronize_session=False)
    )
    db.session.execute(
        delete(EnrolmentSponsor)
        .where(EnrolmentSponsor.sponsor_id == old.id)
        .execution_options(synchronize_session=False)
    )
    _record("sponsors joined", actor, other, now, before=[old.code, old.name], after=[other.code, other.name])
    db.session.execute(delete(Sponsor).where(Sponsor.id == old.id).execution_options(synchronize_session=False))
    return other
