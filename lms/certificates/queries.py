"""Reads of certificates, and the plan of what issuing would do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from lms.certificates.domain import Action, Holding, action_for, is_code, normalise_code
from lms.certificates.models import Certificate
from lms.core.db import db
from lms.core.errors import NotFound
from lms.courses.hooks import Remark
from lms.courses.models import Edition, Enrolment
from lms.courses.permissions import Member
from lms.grading.queries import Standing, class_results, get_scheme


@dataclass(frozen=True, slots=True)
class PlanLine:
    """What issuing now would do for one person, and the latest certificate they have."""

    standing: Standing
    action: Action
    certificate: Certificate | None


def find_by_code(typed: str) -> Certificate | None:
    """The certificate with a code as somebody typed it; everything the public page shows comes with it."""
    code = normalise_code(typed)
    if not is_code(code):
        return None
    return db.session.scalar(
        select(Certificate)
        .where(Certificate.code == code)
        .options(joinedload(Certificate.file), joinedload(Certificate.replaced_by))
    )


def certificates_of(enrolment_id: int) -> Sequence[Certificate]:
    """A person's certificates in an edition, the latest first."""
    return db.session.scalars(
        select(Certificate)
        .where(Certificate.enrolment_id == enrolment_id)
        .order_by(Certificate.sequence.desc())
        .options(joinedload(Certificate.file), joinedload(Certificate.replaced_by))
    ).all()


def get_certificate(actor: Member, number: str) -> Certificate:
    """A certificate of the actor's edition by its number: one's own, or any for coordinators.

    Raises:
        NotFound: also for one that the actor may not see.
    """
    certificate = db.session.scalar(
        select(Certificate)
        .where(Certificate.number == number, Certificate.edition_id == actor.edition.id)
        .options(joinedload(Certificate.file), joinedload(Certificate.enrolment).joinedload(Enrolment.person))
    )
    is_own = certificate is not None and actor.enrolment is not None and certificate.enrolment_id == actor.enrolment.id
    if certificate is None or not (is_own or actor.is_coordinating):
        raise NotFound
    return certificate


def latest_certificates(edition_id: int) -> dict[int, Certificate]:
    """The latest certificate of each enrolment that ever had one."""
    rows = db.session.scalars(
        select(Certificate).where(Certificate.edition_id == edition_id).order_by(Certificate.sequence)
    )
    return {certificate.enrolment_id: certificate for certificate in rows}


def issue_plan(edition: Edition) -> list[PlanLine]:
    """What issuing would do for each participant of an edition, in the gradebook's order.

    Test accounts are left out: they never get certificates.
    """
    _version, scheme = get_scheme(edition.id)
    tiers = [tier.key for tier in scheme.tiers]
    latest = latest_certificates(edition.id)
    lines = []
    for standing in class_results(edition):
        certificate = latest.get(standing.enrolment.id)
        holding = (
            Holding(None) if certificate is None else Holding(certificate.kind, certificate.revoked_at is not None)
        )
        action = action_for(standing.decision.kind, standing.decision.is_pending, holding, tiers)
        lines.append(PlanLine(standing, action, certificate))
    return lines


def outdated_name(enrolment: Enrolment) -> list[Remark]:
    """Says where the certificate that somebody holds was printed with another name than they have now."""
    held = db.session.scalar(
        select(Certificate).where(
            Certificate.enrolment_id == enrolment.id,
            Certificate.replaced_at.is_(None),
            Certificate.revoked_at.is_(None),
        )
    )
    if held is None or held.printed["name"] == enrolment.person.full_name:
        return []
    sentence = _(
        "Certificate %(number)s was printed for “%(name)s”. It stays as it is until you issue it again with the name that stands here; its code then leads to the new sheet.",
        number=held.number,
        name=held.printed["name"],
    )
    arguments = {"code": enrolment.edition.code, "number": held.number}
    return [Remark(sentence, _("Issue it again"), "certificates.manage", arguments)]
