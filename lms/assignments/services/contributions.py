"""Offers what the members of a group say of each other's share as individual adjustments; the tutor decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from flask_babel import gettext as _

from lms.assignments.assessments import Assessment
from lms.assignments.domain.agreement import MarkerRole
from lms.assignments.domain.peer import contribution_factor, suggested_adjustment
from lms.assignments.domain.rubrics import Part, rubric_maximum, rubric_total
from lms.assignments.models import Submission
from lms.assignments.permissions import visible_submissions
from lms.assignments.queries.assessments import markings_of
from lms.assignments.queries.peer import ratings_in
from lms.assignments.queries.submissions import get_submission
from lms.assignments.services.marking import rubric_of, save_marking
from lms.assignments.services.posting import Marking
from lms.assignments.services.recording import marking_of
from lms.core.errors import NotFound, RuleViolation
from lms.courses.permissions import Member, require_teaching


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What the others' ratings of one member suggest.

    ``adjustment`` is in points, ``None`` while the group's work has no complete mark; ``applied`` is what a tutor has
    set already.
    """

    factor: Decimal
    voices: int
    adjustment: Decimal | None
    applied: Decimal


def suggestions_for(submission: Submission) -> dict[int, Suggestion]:
    """What is suggested for the members of a group's submission, by enrolment; nobody whom fewer than two rated."""
    if submission.group_id is None or "peer" not in submission.assignment.document:
        return {}
    received: dict[int, list[int]] = {}
    for rating in ratings_in(submission.assignment_id, submission.group_id):
        received.setdefault(rating.rated_id, []).append(rating.rating)
    assessment, _role = _counting(submission)
    rubric = rubric_of(submission, assessment)
    stored = None if assessment is None else marking_of(assessment)
    total = None if stored is None else rubric_total(rubric, stored.scores)
    found = {}
    for enrolment_id, ratings in received.items():
        factor = contribution_factor(ratings)
        if factor is not None:
            points = None if total is None else suggested_adjustment(total, rubric_maximum(rubric), factor)
            part = (stored.parts if stored is not None else {}).get(enrolment_id)
            found[enrolment_id] = Suggestion(factor, len(ratings), points, part.adjustment if part else Decimal(0))
    return found


def _counting(submission: Submission) -> tuple[Assessment | None, MarkerRole]:
    """The marking that says who took part: the agreed one where two tutors marked, else the first."""
    made: Mapping[MarkerRole, Assessment] = markings_of(submission).made
    role = MarkerRole.AGREED if MarkerRole.AGREED in made else MarkerRole.FIRST
    return made.get(role), role


def apply_suggestion(actor: Member, *, submission_id: int, enrolment_id: int, reason: str, now: datetime) -> Decimal:
    """Make a suggestion the member's individual adjustment, and return the points.

    Args:
        reason: why the tutor follows it; the member reads it beside the mark.

    Raises:
        NotAllowed: unless the actor teaches in the edition.
        NotFound: for another edition's submission, work that the actor marks without names, or a member for whom
            nothing is suggested.
        RuleViolation: without a reason, before the group's work has points on every criterion, or if another tutor
            saved at the same moment.
    """
    require_teaching(actor)
    submission = get_submission(actor.edition.id, submission_id, visible_submissions(actor))
    suggestion = suggestions_for(submission).get(enrolment_id)
    if suggestion is None:
        raise NotFound
    assessment, role = _counting(submission)
    if assessment is None or suggestion.adjustment is None:
        raise RuleViolation(_("Give the group points on every criterion first. Nothing was changed."))
    if not reason.strip():
        raise RuleViolation(_("Say why: the reason stays in the history. Nothing was changed."))
    stored = marking_of(assessment)
    before = stored.parts.get(enrolment_id)
    if before is not None and not before.took_part:
        raise RuleViolation(_("Somebody who did not take part gets no mark, so there is nothing to adjust."))
    parts = dict(stored.parts) | {enrolment_id: Part(True, suggestion.adjustment, reason)}
    saved = save_marking(
        actor, submission_id=submission_id, marking=Marking(stored.scores, stored.comments, stored.comment, parts),
        revision=assessment.revision, now=now, role=role, reason=reason,
    )  # fmt: skip
    if saved.is_conflict:
        raise RuleViolation(_("Somebody else is marking this at the same moment. Nothing was lost: try again."))
    return suggestion.adjustment
