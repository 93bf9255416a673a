"""Keeps a marking in the database, revision by revision, and what it said before in the record."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError

from lms.assignments.assessments import Assessment, CriterionScore, Participation
from lms.assignments.domain.agreement import MarkerRole
from lms.assignments.domain.rubrics import Part
from lms.assignments.models import Submission
from lms.assignments.queries.assessments import Markings, markings_of
from lms.assignments.queries.work import plan_of
from lms.assignments.services.posting import Marking
from lms.core.audit import record_event
from lms.core.db import db
from lms.courses.documents import to_document
from lms.courses.permissions import Member


def marking_of(assessment: Assessment) -> Marking:
    """What is stored of a marking."""
    return Marking(
        {score.criterion_key: score.points for score in assessment.scores},
        {score.criterion_key: score.comment for score in assessment.scores},
        assessment.comment,
        {
            person.enrolment_id: Part(person.took_part, person.adjustment, person.reason)
            for person in assessment.participations
        },
    )


def begun(submission: Submission, role: MarkerRole, actor: Member, now: datetime) -> tuple[Assessment, Markings]:
    """A marking, made where there is none, with all of the submission; nobody else's until the transaction ends."""
    markings = markings_of(submission, is_locked=True)
    if role in markings.made or role is MarkerRole.AGREED:
        # An agreed mark is made by agreeing alone; where there is none, the role is refused.
        return markings.made.get(role) or _empty(submission, role, actor.person.id, now), markings
    assessment = _empty(submission, role, actor.person.id, now)
    try:
        with db.session.begin_nested():
            db.session.add(assessment)
    except IntegrityError:  # another tutor began in the same instant
        markings = markings_of(submission, is_locked=True)
        return markings.made[role], markings
    return assessment, Markings({**markings.made, role: assessment}, markings.allocated)


def _empty(submission: Submission, role: MarkerRole, marker_id: int | None, now: datetime) -> Assessment:
    return Assessment(
        submission_id=submission.id,
        role=role,
        rubric=list(to_document(plan_of(submission.assignment).rubric)),
        revision=0,
        whole_changed_in=0,
        comment="",
        marker_id=marker_id,
        saved_at=now,
    )


def agreed_assessment(submission: Submission, rubric: list[Any], now: datetime) -> Assessment:
    """A new agreed marking, made by nobody in particular: the markers stand with their own."""
    assessment = _empty(submission, MarkerRole.AGREED, None, now)
    assessment.rubric = rubric
    db.session.add(assessment)
    db.session.flush()
    return assessment


def store(assessment: Assessment, marking: Marking, actor: Member | None, now: datetime) -> None:
    """Write a marking into its next revision; what did not change keeps the revision in which it did.

    Args:
        actor: who marked; ``None`` where the marking follows from others.
    """
    assessment.revision += 1
    scores = {score.criterion_key: score for score in assessment.scores}
    for key, points in marking.scores.items():
        score = scores.get(key)
        if score is None:
            score = CriterionScore(assessment_id=assessment.id, criterion_key=key, comment="", changed_in=0)
            assessment.scores.append(score)
        if (score.points, score.comment) != (points, marking.comments[key]):
            score.points, score.comment, score.changed_in = points, marking.comments[key], assessment.revision
    before = marking_of(assessment)
    _store_parts(assessment, marking)
    if (before.comment, before.parts) != (marking.comment, marking_of(assessment).parts):
        assessment.comment, assessment.whole_changed_in = marking.comment, assessment.revision
    assessment.marker_id, assessment.saved_at = None if actor is None else actor.person.id, now


def _store_parts(assessment: Assessment, marking: Marking) -> None:
    people = {person.enrolment_id: person for person in assessment.participations}
    for enrolment_id, part in marking.parts.items():
        person = people.get(enrolment_id)
        if person is None:
            person = Participation(assessment_id=assessment.id, enrolment_id=enrolment_id)
            assessment.participations.append(person)
        person.took_part, person.adjustment, person.reason = part.took_part, part.adjustment, part.reason


def record_change(
    actor: Member,
    submission: Submission,
    assessment: Assessment,
    before: Marking,
    is_finished: bool,
    reason: str,
    now: datetime,
) -> None:
    """Keep what another tutor had said, and every change of a finished mark, in the record."""
    is_first = assessment.revision == 0
    is_same_tutor = assessment.marker_id == actor.person.id
    if not is_finished and (is_first or is_same_tutor):
        return
    record_event(
        "mark finished" if is_finished else "draft mark taken over",
        now=now, actor_id=actor.person.id, subject_type="submission", subject_id=submission.id,
        edition_id=actor.edition.id, role=assessment.role, reason=reason.strip(),
        before=None if is_first else as_json(before),
    )  # fmt: skip


def as_json(marking: Marking) -> dict[str, Any]:
    """A marking as the record keeps it."""
    return {
        "scores": {key: None if points is None else str(points) for key, points in marking.scores.items()},
        "comments": dict(marking.comments),
        "comment": marking.comment,
        "parts": {
            str(key): {"took_part": part.took_part, "adjustment": str(part.adjustment), "reason": part.reason}
            for key, part in marking.parts.items()
        },
    }
