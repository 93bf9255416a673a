"""Forgives late penalties, and brings marks that stand in the ledger to the deadline and the decision that hold now."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import or_, select

from lms.assignments.domain.lateness import Penalty, points_left
from lms.assignments.models import Assignment, Owner, Submission, SubmissionMember
from lms.assignments.permissions import visible_submissions
from lms.assignments.queries.lateness import Lateness, lateness_of, owner_of
from lms.assignments.queries.submissions import get_submission
from lms.assignments.records import PenaltyDecision
from lms.core.audit import record_event
from lms.core.db import db
from lms.core.errors import RuleViolation
from lms.courses.domain.schedule import minutes_late
from lms.courses.models import Edition
from lms.courses.permissions import Member, require_teaching
from lms.grading.models import Extension, GradeItem
from lms.grading.services import post_entry
from lms.grading.services.ledger import load_cell


def penalty_basis(lateness: Lateness, before: Decimal) -> dict[str, Any]:
    """What the ledger keeps of a penalty, so that the mark can be explained; empty where there is none.

    Args:
        before: the points of the mark without the penalty.
    """
    penalty = lateness.penalty
    if penalty is None:
        return {}
    waiver = lateness.waiver
    return {
        "penalty": {
            "days": penalty.days,
            "per_day": str(penalty.per_day),
            "points": str(penalty.points),
            "capped": penalty.is_capped,
            "before": str(before),
            "waived": None if waiver is None else waiver.reason,
        }
    }


def decide_penalty(actor: Member, *, submission_id: int, is_waived: bool, reason: str, now: datetime) -> Lateness:
    """Forgive what somebody's lateness costs, or let it cost again; marks that stand follow at once.

    Raises:
        NotAllowed: unless the actor teaches in the edition.
        NotFound: for a submission of another edition, and for work that the actor marks without names.
        RuleViolation: without a reason, or where lateness costs nothing.
    """
    require_teaching(actor)
    submission = get_submission(actor.edition.id, submission_id, visible_submissions(actor))
    if not reason.strip():
        raise RuleViolation(_("Give a reason: it stays in the history, and the participant may ask for it."))
    lateness = lateness_of(actor.edition.id, submission)
    if lateness.penalty is None:
        raise RuleViolation(_("Lateness costs nothing here, so there is nothing to waive."))
    if (lateness.waiver is not None) == is_waived:
        return lateness
    owner = owner_of(submission)
    db.session.add(
        PenaltyDecision(
            assignment_id=submission.assignment_id, enrolment_id=owner.enrolment_id, group_id=owner.group_id,
            is_waived=is_waived, reason=reason.strip()[:500], decided_at=now, decided_by_id=actor.person.id,
        )
    )  # fmt: skip
    db.session.flush()
    record_event(
        "late penalty waived" if is_waived else "late penalty restored", now=now, actor_id=actor.person.id,
        subject_type="submission", subject_id=submission.id, edition_id=actor.edition.id, reason=reason.strip(),
        points=str(lateness.penalty.points),
    )  # fmt: skip
    recompute(
        actor.edition, submission.assignment, owner, reason=reason.strip(),
        reason_code="penalty_waived" if is_waived else "penalty", actor_id=actor.person.id, now=now,
    )  # fmt: skip
    return lateness_of(actor.edition.id, submission)


def follow_extension(edition_id: int, item_key: str, enrolment_ids: Collection[int], now: datetime) -> None:
    """Bring the marks of whoever got more time to the new deadline: a penalty that is no longer due is dropped."""
    row = db.session.execute(
        select(Assignment, Edition)
        .join(Edition, Edition.id == Assignment.edition_id)
        .where(Edition.id == edition_id, Assignment.item_key == item_key)
    ).one_or_none()
    if row is None:
        return
    task, edition = row
    part_of = select(SubmissionMember.submission_id).where(SubmissionMember.enrolment_id.in_(enrolment_ids))
    owners = db.session.execute(
        select(Submission.enrolment_id, Submission.group_id)
        .where(
            Submission.assignment_id == task.id,
            or_(Submission.enrolment_id.in_(enrolment_ids), Submission.id.in_(part_of)),
        )
        .distinct()
    ).all()
    granted_by = db.session.scalar(
        select(Extension.granted_by_id)
        .join(GradeItem, GradeItem.id == Extension.item_id)
        .where(GradeItem.edition_id == edition_id, GradeItem.key == item_key)
        .order_by(Extension.id.desc())
        .limit(1)
    )
    for enrolment_id, group_id in owners:
        # Why more time was granted is not for everybody who reads the mark: only that it was.
        recompute(
            edition, task, Owner(enrolment_id, group_id), reason="", reason_code="deadline_extended",
            actor_id=granted_by, now=now,
        )  # fmt: skip


def recompute(
    edition: Edition,
    task: Assignment,
    owner: Owner,
    *,
    reason: str,
    reason_code: str,
    actor_id: int | None,
    now: datetime,
) -> int:
    """Post the marks of an owner anew with what lateness costs by now; return how many cells were looked at.

    What a coordinator set by hand holds; a mark that does not change adds no line.
    """
    submissions = {
        f"submission {submission.id}": submission
        for submission in db.session.scalars(
            select(Submission).where(Submission.assignment_id == task.id, owner.owns(Submission))
        )
    }
    people = _people_of(owner, [submission.id for submission in submissions.values()])
    for enrolment_id in people:
        posted = load_cell(edition.id, enrolment_id, task.item_key).posted
        submission = submissions.get(posted.source) if posted is not None else None
        if posted is None or posted.points is None or submission is None:
            continue
        lateness = lateness_of(edition.id, submission)
        before = _before(posted.points, posted.basis)
        basis = {name: value for name, value in posted.basis.items() if name != "penalty"}
        basis["late_by_minutes"] = minutes_late(lateness.due_at, submission.submitted_at)
        post_entry(
            edition_id=edition.id, enrolment_id=enrolment_id, item_key=task.item_key, state="marked",
            points=points_left(before, lateness.counted), is_complete=posted.is_complete,
            basis=basis | penalty_basis(lateness, before), source=posted.source, reason=reason,
            reason_code=reason_code, actor_id=actor_id, now=now,
        )  # fmt: skip
    return len(people)


def _before(points: Decimal, basis: dict[str, Any]) -> Decimal:
    """The points of a mark before lateness was counted."""
    penalty = basis.get("penalty")
    return Decimal(penalty["before"]) if penalty else points


def _people_of(owner: Owner, submission_ids: Sequence[int]) -> Sequence[int]:
    if owner.enrolment_id is not None:
        return [owner.enrolment_id] if submission_ids else []
    return db.session.scalars(
        select(SubmissionMember.enrolment_id)
        .where(SubmissionMember.submission_id.in_(submission_ids))
        .distinct()
        .order_by(SubmissionMember.enrolment_id)
    ).all()


def cost(penalty: Penalty) -> dict[str, Any]:
    """A penalty as mail carries it."""
    return {"days": penalty.days, "points": str(penalty.points)}
