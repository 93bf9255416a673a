"""Changing the scheme of an edition: a new version, with a reason, after a look at what it does to the class."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from lms.core.audit import record_event
from lms.core.db import db
from lms.core.errors import RuleViolation
from lms.courses.documents import to_document
from lms.courses.domain.content import GradingPlan
from lms.courses.models import Enrolment
from lms.courses.permissions import Member, require_coordinating
from lms.grading.domain.results import State
from lms.grading.domain.scheme import BY_HAND, Fault, GradingScheme
from lms.grading.domain.simulation import points_under
from lms.grading.hooks import offered_work
from lms.grading.models import Amendment, GradeEntry, GradeItem, SchemeVersion
from lms.grading.queries import get_items, get_scheme
from lms.grading.queries.simulation import Simulation, simulate
from lms.grading.services.decisions import require_reason
from lms.grading.services.ledger import load_cell, post_line, values_of
from lms.grading.services.summaries import sum_up
from lms.grading.wording import fault_sentence


def change_scheme(
    actor: Member, *, scheme: GradingScheme, based_on: int, reason: str, now: datetime
) -> tuple[SchemeVersion, Simulation]:
    """Save a new version of the scheme; return it with what it changed.

    Quiz marks are counted anew from the right answers under their new maximum; other marks keep their points.
    Certificates that were issued keep the version that they were decided by. Once the edition is closed the change is
    an amendment for everybody whom it concerns.

    Args:
        scheme: sound; work that it adds is by hand, or offered by an activity (``hooks.offered_work``).
        based_on: the number of the version that was looked at.

    Raises:
        NotAllowed: unless the actor coordinates the edition.
        RuleViolation: without a reason, for a faulty scheme, where nothing changes, or where somebody saved meanwhile.
    """
    require_coordinating(actor)
    require_reason(reason)
    version, before = get_scheme(actor.edition.id)
    if version.number != based_on:
        raise RuleViolation(_("Somebody has saved another version meanwhile. Look at it, then make your change again."))
    if scheme == before:
        raise RuleViolation(_("Nothing is different from the version in force."))
    simulation = simulate(actor.edition, scheme)
    faults = scheme.faults() + simulation.faults
    if faults:
        raise RuleViolation(" ".join(fault_sentence(fault) for fault in faults))
    new = _save(actor, scheme, version.number + 1, reason.strip()[:500], now)
    _make_items(actor.edition.id, before, scheme, now)
    _count_anew(actor, before, scheme, now)
    sum_up(actor.edition)
    if actor.edition.closed_at is not None:
        _note_amendments(actor, new, simulation, now)
    record_event(
        "grading scheme changed", now=now, actor_id=actor.person.id, subject_type="scheme_version", subject_id=new.id,
        edition_id=actor.edition.id, number=new.number, reason=reason, totals_changed=len(simulation.changes),
        certificates_changed=len(simulation.tier_changes),
    )  # fmt: skip
    return new, simulation


def _save(actor: Member, scheme: GradingScheme, number: int, reason: str, now: datetime) -> SchemeVersion:
    plan = GradingPlan(scheme.categories, scheme.items, scheme.tiers)
    new = SchemeVersion(
        edition_id=actor.edition.id, number=number, document=to_document(plan), created_at=now,
        created_by_id=actor.person.id, reason=reason,
    )  # fmt: skip
    db.session.add(new)
    try:
        db.session.flush()
    except IntegrityError as taken:
        raise RuleViolation(
            _("Somebody has saved another version meanwhile. Look at it, then make your change again.")
        ) from taken
    return new


def _make_items(edition_id: int, before: GradingScheme, after: GradingScheme, now: datetime) -> None:
    """Give work that the scheme adds its place in the gradebook; work that came back has it already."""
    added = [item for item in after.items if before.find_item(item.key) is None]
    offered = {work.key: work for work in offered_work(edition_id)} if added else {}
    for item in added:
        if item.kind != BY_HAND and item.key not in offered:
            raise RuleViolation(fault_sentence(Fault("item_not_offered", {"item": item.title})))
        worth = offered[item.key].maximum if item.key in offered else None
        if worth is not None and worth != item.maximum:
            raise RuleViolation(fault_sentence(Fault("maximum_of_rubric", {"item": item.title, "maximum": worth})))
    known = get_items(edition_id)
    keys, last = {item.key for item in known}, max((item.position for item in known), default=0)
    for position, item in enumerate((one for one in added if one.key not in keys), start=last + 1):
        work = offered.get(item.key)
        db.session.add(
            GradeItem(
                edition_id=edition_id, key=item.key, kind=item.kind, position=position,
                due_at=None if work is None else work.due_at, released_at=now if item.kind == "quiz" else None,
            )
        )  # fmt: skip
    db.session.flush()


def _count_anew(actor: Member, before: GradingScheme, after: GradingScheme, now: datetime) -> None:
    """Post the marks of quizzes whose maximum changed, from their right answers, also those under a decision by hand."""
    edition_id = actor.edition.id
    ids = {item.key: item.id for item in get_items(edition_id)}
    for old in before.items:
        new = after.find_item(old.key)
        if new is None or old.maximum == new.maximum:
            continue
        people = select(GradeEntry.enrolment_id).where(GradeEntry.item_id == ids[new.key]).distinct()
        for enrolment_id in db.session.scalars(people.order_by(GradeEntry.enrolment_id)).all():
            cell = load_cell(edition_id, enrolment_id, new.key)
            line = cell.posted
            if line is None or line.state != State.MARKED:
                continue
            points = points_under(line.points, line.basis, new.maximum)
            if points != line.points:
                values = {**values_of(line), "points": points, "reason": "", "reason_code": "scheme_changed"}
                post_line(cell, values, actor_id=actor.person.id, now=now)


def _note_amendments(actor: Member, version: SchemeVersion, simulation: Simulation, now: datetime) -> None:
    for change in simulation.changes:
        enrolment: Enrolment = change.standing.enrolment
        db.session.add(
            Amendment(
                edition_id=actor.edition.id, enrolment_id=enrolment.id, scheme_version_id=version.id,
                total_before=change.before.total, total_after=change.after.total,
                status_before=change.before.status, status_after=change.after.status,
                recorded_at=now, recorded_by_id=actor.person.id,
            )
        )  # fmt: skip
    db.session.flush()
