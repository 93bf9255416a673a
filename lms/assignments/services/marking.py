"""Marks one submission by its rubric, as a draft and then finished, and posts what each person gets of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select, true
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import selectinload

from lms.assignments.domain.rubrics import (
    Part,
    part_fault,
    rubric_total,
    score_fault,
)
from lms.assignments.models import Assessment, CriterionScore, Participation, Submission
from lms.assignments.queries.groups import members_of
from lms.assignments.queries.marking import marked_elsewhere, people_to_mark, submissions_of_owner
from lms.assignments.queries.submissions import get_submission
from lms.assignments.queries.work import plan_of
from lms.assignments.services.posting import Candidate, Marking, post_marks
from lms.core.audit import record_event
from lms.core.db import db
from lms.core.errors import RuleViolation
from lms.courses.documents import from_document, to_document
from lms.courses.domain.content import Criterion
from lms.courses.permissions import Member, require_teaching


@dataclass(frozen=True, slots=True)
class Marked:
    """The marking as it stands. ``is_conflict``: another tutor saved first, and theirs is untouched."""

    assessment: Assessment
    is_conflict: bool = False


def candidates_of(submission: Submission) -> list[Candidate]:
    """Who may get the mark of a group's submission, by name; nobody for an individual assignment."""
    if submission.group_id is None:
        return []
    member_ids = [member.id for member in members_of(submission.group_id)]
    people = people_to_mark(submission, member_ids)
    settled = marked_elsewhere(
        submission.assignment_id, submission.group_id, [enrolment.id for enrolment, _roster in people]
    )
    return [Candidate(enrolment, roster, settled.get(enrolment.id)) for enrolment, roster in people]


def rubric_of(submission: Submission, assessment: Assessment | None) -> tuple[Criterion, ...]:
    """The rubric in force: the copy that the marking began with, else the assignment's."""
    if assessment is None:
        return plan_of(submission.assignment).rubric
    return tuple(from_document(Criterion, document) for document in assessment.rubric)


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


def save_marking(
    actor: Member,
    *,
    submission_id: int,
    marking: Marking,
    revision: int,
    now: datetime,
    is_finished: bool = False,
    reason: str = "",
) -> Marked:
    """Save the marking of one submission, and post it to the gradebook when it is finished.

    Args:
        revision: the one that the page was made from; 0 where nothing had been saved.
        is_finished: a draft is seen by tutors alone; a finished mark counts, and is shown once its item is released.
        reason: why a finished mark changes; required then.

    Returns:
        The marking. Where another tutor saved in between, theirs stands and nothing of this one is stored.

    Raises:
        NotAllowed: unless the actor teaches in the edition.
        NotFound: for a submission of another edition.
        RuleViolation: for points outside the rubric, a person without a needed reason, an incomplete rubric that is to
            be finished, a newer submission, or a finished mark that changes without a reason.
    """
    require_teaching(actor)
    submission = get_submission(actor.edition.id, submission_id, true())
    assessment = _locked_assessment(submission, actor, now)
    rubric = rubric_of(submission, assessment)
    candidates = candidates_of(submission)
    marking = _completed(marking, rubric, candidates)
    _check(marking, rubric, candidates)
    if marking_of(assessment) == _plain(marking) and (assessment.finished_at is not None or not is_finished):
        return Marked(assessment)
    if assessment.revision != revision:
        return Marked(assessment, is_conflict=True)
    is_finished = is_finished or assessment.finished_at is not None
    if is_finished:
        _check_finish(submission, assessment, marking, rubric, reason)
    before = marking_of(assessment)
    _record(actor, submission, assessment, before, is_finished, reason, now)
    _store(assessment, marking, actor, now)
    if is_finished:
        assessment.finished_at = now
        post_marks(actor, submission, rubric, before, marking, candidates, reason=reason, now=now)
    db.session.flush()
    return Marked(assessment)


def _locked_assessment(submission: Submission, actor: Member, now: datetime) -> Assessment:
    """The marking of a submission, made where there is none, and nobody else's until the transaction ends."""
    wanted = (
        select(Assessment)
        .where(Assessment.submission_id == submission.id)
        .options(selectinload(Assessment.scores), selectinload(Assessment.participations))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    assessment = db.session.scalars(wanted).one_or_none()
    if assessment is not None:
        return assessment
    rubric = to_document(plan_of(submission.assignment).rubric)
    assessment = Assessment(
        submission_id=submission.id, rubric=list(rubric), revision=0, marker_id=actor.person.id, saved_at=now
    )
    try:
        with db.session.begin_nested():
            db.session.add(assessment)
    except IntegrityError:  # another tutor began in the same instant
        return db.session.scalars(wanted).one()
    return assessment


def _completed(marking: Marking, rubric: Sequence[Criterion], candidates: Sequence[Candidate]) -> Marking:
    """The same, with every criterion and every candidate in it and nothing else."""
    parts = {}
    for candidate in candidates:
        said = marking.parts.get(candidate.enrolment.id) or default_part(candidate)
        parts[candidate.enrolment.id] = Part(
            said.took_part, said.adjustment, said.reason.strip()[:500], candidate.needs_reason
        )
    return Marking(
        {criterion.key: marking.scores.get(criterion.key) for criterion in rubric},
        {criterion.key: marking.comments.get(criterion.key, "").strip() for criterion in rubric},
        marking.comment.strip(),
        parts,
    )


def default_part(candidate: Candidate) -> Part:
    """What holds of a person until a tutor says otherwise: who was on the roster took part."""
    return Part(not candidate.needs_reason, Decimal(0), "", candidate.needs_reason)


def _plain(marking: Marking) -> Marking:
    """The same without what is derived, to compare with what is stored."""
    parts = {key: Part(part.took_part, part.adjustment, part.reason) for key, part in marking.parts.items()}
    return Marking(marking.scores, marking.comments, marking.comment, parts)


def _check(marking: Marking, rubric: Sequence[Criterion], candidates: Sequence[Candidate]) -> None:
    for criterion in rubric:
        points = marking.scores[criterion.key]
        if points is not None and score_fault(points, criterion.maximum) is not None:
            raise RuleViolation(
                _(
                    "Points run from 0 to %(maximum)s in steps of half a point. Nothing was saved.",
                    maximum=criterion.maximum,
                )
            )
    for candidate in candidates:
        if part_fault(marking.parts[candidate.enrolment.id]) is not None:
            raise RuleViolation(
                _(
                    "Say why for %(name)s: an exception needs a reason. Nothing was saved.",
                    name=candidate.enrolment.person.full_name,
                )
            )


def _check_finish(
    submission: Submission, assessment: Assessment, marking: Marking, rubric: Sequence[Criterion], reason: str
) -> None:
    if rubric_total(rubric, marking.scores) is None:
        raise RuleViolation(_("A mark is finished when every criterion has points. Save it as a draft until then."))
    if submissions_of_owner(submission)[0].id != submission.id:
        raise RuleViolation(_("A newer version has been handed in. Mark that one. Nothing was changed."))
    if assessment.finished_at is not None and not reason.strip():
        raise RuleViolation(_("This mark was finished. Say why it changes: the reason stays in the history."))


def _store(assessment: Assessment, marking: Marking, actor: Member, now: datetime) -> None:
    scores = {score.criterion_key: score for score in assessment.scores}
    for key, points in marking.scores.items():
        score = scores.get(key)
        if score is None:
            score = CriterionScore(assessment_id=assessment.id, criterion_key=key)
            assessment.scores.append(score)
        score.points, score.comment = points, marking.comments[key]
    people = {person.enrolment_id: person for person in assessment.participations}
    for enrolment_id, part in marking.parts.items():
        person = people.get(enrolment_id)
        if person is None:
            person = Participation(assessment_id=assessment.id, enrolment_id=enrolment_id)
            assessment.participations.append(person)
        person.took_part, person.adjustment, person.reason = part.took_part, part.adjustment, part.reason
    assessment.comment = marking.comment
    assessment.revision += 1
    assessment.marker_id, assessment.saved_at = actor.person.id, now


def _record(
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
        edition_id=actor.edition.id, reason=reason.strip(), before=None if is_first else _as_json(before),
    )  # fmt: skip


def _as_json(marking: Marking) -> dict[str, Any]:
    return {
        "scores": {key: None if points is None else str(points) for key, points in marking.scores.items()},
        "comments": dict(marking.comments),
        "comment": marking.comment,
        "parts": {
            str(key): {"took_part": part.took_part, "adjustment": str(part.adjustment), "reason": part.reason}
            for key, part in marking.parts.items()
        },
    }
