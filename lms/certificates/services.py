"""Closing an edition, and issuing, correcting and revoking certificates."""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, select

from lms.certificates.domain import CODE_LENGTH, Action, code_from, number_for
from lms.certificates.models import Certificate
from lms.certificates.pdf import Sheet, draw_certificate
from lms.certificates.queries import PlanLine, issue_plan
from lms.certificates.wording import printed_facts
from lms.core.audit import record_event
from lms.core.db import db
from lms.core.errors import RuleViolation
from lms.core.files import store_file
from lms.courses import editions
from lms.courses.domain.content import TierPlan
from lms.courses.models import Edition, Enrolment
from lms.courses.permissions import Member, require_coordinating
from lms.courses.queries import get_content
from lms.grading.domain.decision import Decision
from lms.grading.queries import get_items, get_scheme
from lms.grading.services import release_items
from lms.notices.domain import Category
from lms.notices.services import notify

ISSUING = (Action.ISSUE, Action.UPGRADE)


def close_edition(*, actor: Member, now: datetime) -> None:
    """Release every mark, then close the edition: from now on changes to marks need a reason. Twice is once."""
    require_coordinating(actor)
    if _locked(actor.edition).closed_at is None:
        release_items(actor=actor, item_keys=[item.key for item in get_items(actor.edition.id)], now=now)
        editions.close_edition(actor, now)


def issue_certificates(*, actor: Member, public_url: str, now: datetime, most: int) -> int:
    """Issue and upgrade what is due, at most ``most`` certificates, and return how many are still due after that.

    Repeating it issues nothing twice: what is due is worked out anew, under the edition's lock.

    Raises:
        RuleViolation: while the edition is not closed.
    """
    require_coordinating(actor)
    edition = _locked(actor.edition)
    if edition.closed_at is None:
        raise RuleViolation(_("Close the edition first: certificates are issued when its results are final."))
    due = [line for line in issue_plan(edition) if line.action in ISSUING]
    tiers = {tier.key: tier for tier in get_scheme(edition.id)[1].tiers}
    for line in due[:most]:
        assert line.standing.decision.kind is not None
        _issue(actor, edition, line, tiers[line.standing.decision.kind], public_url, now)
    return max(0, len(due) - most)


def _locked(edition: Edition) -> Edition:
    """The edition, with its row locked: two coordinators at once become one after the other."""
    return db.session.scalars(
        select(Edition).where(Edition.id == edition.id).with_for_update().execution_options(populate_existing=True)
    ).one()


def _issue(actor: Member, edition: Edition, line: PlanLine, tier: TierPlan, public_url: str, now: datetime) -> None:
    standing = line.standing
    version, _scheme = get_scheme(edition.id)
    certificate = _draw(
        edition=edition,
        enrolment=standing.enrolment,
        tier=tier,
        name=standing.enrolment.person.full_name,
        sequence=1 if line.certificate is None else line.certificate.sequence + 1,
        public_url=public_url,
        first_issued_at=now,
        reissued_at=None,
        decision=_record_of(standing.decision),
        scheme_version_id=version.id,
        actor=actor,
        now=now,
    )
    if line.certificate is not None:
        _replace(line.certificate, certificate, now)
    _tell_holder(edition, standing.enrolment, certificate, line.certificate, tier, now)
    record_event(
        "certificate issued", now=now, actor_id=actor.person.id, subject_type="certificate", subject_id=certificate.id,
        edition_id=edition.id, number=certificate.number, kind=certificate.kind,
        replaces=None if line.certificate is None else line.certificate.number,
    )  # fmt: skip


def _draw(
    *,
    edition: Edition,
    enrolment: Enrolment,
    tier: TierPlan,
    name: str,
    sequence: int,
    public_url: str,
    first_issued_at: datetime,
    reissued_at: datetime | None,
    decision: dict[str, Any],
    scheme_version_id: int,
    actor: Member,
    now: datetime,
) -> Certificate:
    """Draw the sheet, keep it with its hash, and add the row; the previous certificate, if any, is not touched."""
    issued_so_far = db.session.scalar(select(func.count()).where(Certificate.edition_id == edition.id)) or 0
    number = number_for(edition.code, tier.key, issued_so_far + 1)
    code = code_from(secrets.randbits(5 * CODE_LENGTH))
    printed = printed_facts(
        edition=edition, content=get_content(edition.release_id), tier=tier, name=name, number=number, code=code,
        public_url=public_url, issued_at=first_issued_at, reissued_at=reissued_at,
    )  # fmt: skip
    content = draw_certificate(Sheet.from_printed(printed))
    stored = store_file(content, name=f"{number}.pdf", media_type="application/pdf", now=now, actor_id=actor.person.id)
    return Certificate(
        edition_id=edition.id, enrolment_id=enrolment.id, sequence=sequence, kind=tier.key, number=number, code=code,
        language=printed["language"], printed=printed, decision=decision, scheme_version_id=scheme_version_id,
        file_id=stored.id, issued_at=first_issued_at, issued_by_id=actor.person.id,
    )  # fmt: skip


def _record_of(decision: Decision) -> dict[str, Any]:
    """The decision as JSON values: points as strings, so that no digit is lost."""
    record: dict[str, Any] = json.loads(json.dumps(asdict(decision), default=str))
    return record


def _replace(old: Certificate, new: Certificate, now: datetime) -> None:
    """Put the new certificate in the old one's place; the order of the writes keeps "one stands" true throughout."""
    old.replaced_at = now
    db.session.flush()
    db.session.add(new)
    db.session.flush()
    old.replaced_by_id = new.id


def _tell_holder(
    edition: Edition,
    enrolment: Enrolment,
    certificate: Certificate,
    replaced: Certificate | None,
    tier: TierPlan,
    now: datetime,
) -> None:
    db.session.add(certificate)
    db.session.flush()
    person = enrolment.person
    notify(
        person,
        category=Category.NECESSARY,
        kind="certificate_issued",
        thing=f"certificate:{certificate.id}",
        edition_id=edition.id,
        endpoint="certificates.mine",
        place={"code": edition.code},
        context={
            "edition_code": edition.code,
            "course": dict(edition.title),
            "heading": {**tier.title, certificate.language: certificate.printed["heading"]},
            "number": certificate.number,
            "code": certificate.code,
            "replaces": "" if replaced is None else replaced.number,
        },
        now=now,
    )


def correct_name(*, actor: Member, certificate: Certificate, name: str, public_url: str, now: datetime) -> Certificate:
    """Issue a standing certificate again under a corrected name; the old code then leads to the new one.

    The kind, the decision and the date of first issue stay: statistics see no second certificate.

    Raises:
        RuleViolation: if it no longer stands, or the name is the same.
    """
    require_coordinating(actor)
    edition = _locked(actor.edition)
    db.session.refresh(certificate)
    if certificate.replaced_at is not None or certificate.revoked_at is not None:
        raise RuleViolation(_("This certificate no longer stands. Correct the one that replaced it."))
    if not name.strip() or name == certificate.printed["name"]:
        raise RuleViolation(_("The certificate already shows this name."))
    tier = next(tier for tier in get_scheme(edition.id)[1].tiers if tier.key == certificate.kind)
    corrected = _draw(
        edition=edition, enrolment=certificate.enrolment, tier=tier, name=name, sequence=certificate.sequence + 1,
        public_url=public_url, first_issued_at=certificate.issued_at, reissued_at=now, decision=certificate.decision,
        scheme_version_id=certificate.scheme_version_id, actor=actor, now=now,
    )  # fmt: skip
    _replace(certificate, corrected, now)
    _tell_holder(edition, certificate.enrolment, corrected, certificate, tier, now)
    record_event(
        "certificate corrected", now=now, actor_id=actor.person.id, subject_type="certificate", subject_id=corrected.id,
        edition_id=edition.id, number=corrected.number, replaces=certificate.number,
    )  # fmt: skip
    return corrected


def revoke_certificate(*, actor: Member, certificate: Certificate, reason: str, now: datetime) -> None:
    """Revoke a certificate. The public page says that it was revoked and when, never why.

    Raises:
        RuleViolation: without a reason, or if it no longer stands.
    """
    require_coordinating(actor)
    if not reason.strip():
        raise RuleViolation(_("Say why: the reason stays on record and is not shown in public."))
    # Whoever corrects the name in the same instant must not leave a new certificate standing in this one's place.
    _locked(actor.edition)
    db.session.refresh(certificate)
    if certificate.replaced_at is not None:
        raise RuleViolation(_("This certificate was replaced. Revoke the one that replaced it."))
    if certificate.revoked_at is not None:
        return
    certificate.revoked_at = now
    certificate.revocation_reason = reason.strip()
    record_event(
        "certificate revoked", now=now, actor_id=actor.person.id, subject_type="certificate", subject_id=certificate.id,
        edition_id=certificate.edition_id, number=certificate.number, reason=reason.strip(),
    )  # fmt: skip
