"""Marks one submission by its rubric in one role, as a draft and then finished."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from flask_babel import gettext as _
from sqlalchemy import true

from lms.assignments.assessments import Assessment
from lms.assignments.domain.agreement import MarkerRole, RoleFault, role_fault
from lms.assignments.domain.rubrics import (
    HALF,
    HUNDREDTH,
    Part,
    PartFault,
    part_fault,
    rubric_maximum,
    rubric_total,
    score_fault,
)
from lms.assignments.models import Submission
from lms.assignments.queries.assessments import Markings
from lms.assignments.queries.marking import submissions_of_owner
from lms.assignments.queries.submissions import get_submission
from lms.assignments.queries.work import plan_of
from lms.assignments.services.posting import Candidate, Marking
from lms.assignments.services.recording import begun, marking_of, record_change, store
from lms.assignments.services.settling import candidates_of, settle
from lms.core.db import db
from lms.core.errors import NotFound, RuleViolation
from lms.courses.documents import from_document
from lms.courses.domain.content import Criterion
from lms.courses.permissions import Member, require_teaching

# What is said of the work as a whole, among the keys of the criteria.
WHOLE = ""


@dataclass(frozen=True, slots=True)
class Marked:
    """The marking as it stands. ``conflicts`` names what somebody else changed otherwise: theirs is untouched.

    The members are keys of criteria, and ``WHOLE`` for the comment on the whole work and who took part.
    """

    assessment: Assessment
    conflicts: frozenset[str] = field(default=frozenset())

    @property
    def is_conflict(self) -> bool:
        """True where nothing of this marking was stored."""
        return bool(self.conflicts)


def rubric_of(submission: Submission, assessment: Assessment | None) -> tuple[Criterion, ...]:
    """The rubric in force: the copy that the marking began with, else the assignment's."""
    if assessment is None:
        return plan_of(submission.assignment).rubric
    return tuple(from_document(Criterion, document) for document in assessment.rubric)


def step_of(role: MarkerRole) -> Decimal:
    """The smallest difference between points: half a point, and finer for an agreed mark, which may be a mean."""
    return HUNDREDTH if role is MarkerRole.AGREED else HALF


def says_who_took_part(role: MarkerRole) -> bool:
    """Whether a marking in this role also says who of a group took part; a second opinion is of the work alone."""
    return role in (MarkerRole.FIRST, MarkerRole.AGREED)


def fault_of_role(actor: Member, markings: Markings, role: MarkerRole) -> RoleFault | None:
    """Why the actor cannot mark in a role, or ``None``."""
    return role_fault(
        role,
        actor.person.id,
        markers=markings.markers(),
        allocated={one: allocation.marker_id for one, allocation in markings.allocated.items()},
        is_agreed=MarkerRole.AGREED in markings.made,
    )


def save_marking(
    actor: Member,
    *,
    submission_id: int,
    marking: Marking,
    revision: int,
    now: datetime,
    role: MarkerRole = MarkerRole.FIRST,
    is_finished: bool = False,
    reason: str = "",
) -> Marked:
    """Save one marking of a submission; once it is finished it counts, or is compared with the other marker's.

    Args:
        marking: who is not in its parts stays as stored, or as the roster says.
        revision: the one that the page was made from; 0 where nothing had been saved.
        role: in which turn the actor marks.
        is_finished: a draft is seen by tutors alone; a finished mark counts, and is shown once its item is released.
        reason: why a finished mark changes; required then.

    Returns:
        The marking. Where somebody else changed something otherwise since that revision, theirs stands and nothing of
        this one is stored.

    Raises:
        NotAllowed: unless the actor teaches in the edition.
        NotFound: for a submission of another edition.
        RuleViolation: for a role that is not the actor's, points outside the rubric, a person without a needed reason,
            an incomplete rubric that is to be finished, a newer submission, or a finished mark that changes without a
            reason.
    """
    require_teaching(actor)
    submission = get_submission(actor.edition.id, submission_id, true())
    assessment, markings = begun(submission, role, actor, now)
    _require_role(actor, markings, role)
    rubric = rubric_of(submission, assessment)
    candidates = candidates_of(submission) if says_who_took_part(role) else []
    before = marking_of(assessment)
    marking = _completed(marking, before, rubric, candidates)
    _check(marking, rubric, candidates, step_of(role))
    if before == _plain(marking) and (assessment.finished_at is not None or not is_finished):
        return Marked(assessment)
    conflicts = _conflicts(assessment, before, _plain(marking), revision)
    if conflicts:
        return Marked(assessment, conflicts)
    is_finished = is_finished or assessment.finished_at is not None
    if is_finished:
        _check_finish(submission, assessment, marking, rubric, reason, step_of(role))
    record_change(actor, submission, assessment, before, is_finished, reason, now)
    store(assessment, marking, actor, now)
    if is_finished:
        assessment.finished_at = now
        settle(actor, submission, markings, before, candidates, reason=reason, now=now)
    db.session.flush()
    return Marked(assessment)


def save_criterion(
    actor: Member,
    *,
    submission_id: int,
    role: MarkerRole,
    criterion_key: str,
    points: Decimal | None,
    comment: str,
    revision: int,
    now: datetime,
) -> Marked:
    """Save one criterion of a draft and nothing else.

    Two tutors who work on two criteria are in nobody's way; on the same one the later is told, and nothing is stored.

    Raises:
        NotAllowed, NotFound: as for ``save_marking``; NotFound also for a criterion that the rubric does not have.
        RuleViolation: for points outside the criterion, a role that is not the actor's, or a finished mark.
    """
    require_teaching(actor)
    submission = get_submission(actor.edition.id, submission_id, true())
    assessment, markings = begun(submission, role, actor, now)
    _require_role(actor, markings, role)
    rubric = [one for one in rubric_of(submission, assessment) if one.key == criterion_key]
    if not rubric:
        raise NotFound
    if assessment.finished_at is not None:
        raise RuleViolation(_("This mark is finished. Change it with the button, and say why."))
    before = marking_of(assessment)
    scores = {**before.scores, criterion_key: points}
    comments = {**before.comments, criterion_key: comment.strip()}
    marking = replace(before, scores=scores, comments=comments)
    _check(marking, rubric, [], step_of(role))
    conflicts = _conflicts(assessment, before, marking, revision)
    if conflicts or marking == before:
        return Marked(assessment, conflicts)
    record_change(actor, submission, assessment, before, False, "", now)
    store(assessment, marking, actor, now)
    db.session.flush()
    return Marked(assessment)


def _require_role(actor: Member, markings: Markings, role: MarkerRole) -> None:
    fault = fault_of_role(actor, markings, role)
    if fault is not None:
        raise RuleViolation(role_sentence(fault))


def role_sentence(fault: RoleFault) -> str:
    """Why somebody cannot mark in a role, in words."""
    return str(
        {
            RoleFault.NOT_ASKED: _("Nobody asked for this marking. Nothing was saved."),
            RoleFault.MARKED_BEFORE: _(
                "You have another marking of this work. A second look needs a second person. Nothing was saved."
            ),
            RoleFault.SOMEBODY_ELSES: _("This marking is somebody else’s. Nothing was saved."),
            RoleFault.NOT_AGREED_YET: _("There is no agreed mark yet: the markings are not all finished."),
        }[fault]
    )


def _completed(
    marking: Marking, stored: Marking, rubric: Sequence[Criterion], candidates: Sequence[Candidate]
) -> Marking:
    """The same, with every criterion and every candidate in it and nothing else."""
    parts = {}
    for candidate in candidates:
        key = candidate.enrolment.id
        said = marking.parts.get(key) or stored.parts.get(key) or default_part(candidate)
        parts[key] = Part(said.took_part, said.adjustment, said.reason.strip()[:500], candidate.needs_reason)
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


def _conflicts(assessment: Assessment, stored: Marking, mine: Marking, revision: int) -> frozenset[str]:
    """What was changed since a revision, and otherwise than in this marking."""
    changed_in: Mapping[str, int] = {score.criterion_key: score.changed_in for score in assessment.scores}
    found = {
        key
        for key in mine.scores
        if changed_in.get(key, 0) > revision
        and (stored.scores.get(key), stored.comments.get(key, "")) != (mine.scores[key], mine.comments[key])
    }
    if assessment.whole_changed_in > revision and (stored.comment, stored.parts) != (mine.comment, mine.parts):
        found.add(WHOLE)
    return frozenset(found)


def _check(marking: Marking, rubric: Sequence[Criterion], candidates: Sequence[Candidate], step: Decimal) -> None:
    for criterion in rubric:
        points = marking.scores[criterion.key]
        if points is not None and score_fault(points, criterion.maximum, step) is not None:
            raise RuleViolation(
                _(
                    "Points run from 0 to %(maximum)s in steps of half a point. Nothing was saved.",
                    maximum=criterion.maximum,
                )
            )
    total, maximum = rubric_total(rubric, marking.scores, step), rubric_maximum(rubric)
    for candidate in candidates:
        fault = part_fault(marking.parts[candidate.enrolment.id], total, maximum)
        if fault is not None:
            raise RuleViolation(_part_sentence(fault, candidate.enrolment.person.full_name))


def _part_sentence(fault: PartFault, name: str) -> str:
    if fault in (PartFault.BELOW_ZERO, PartFault.ABOVE_MAXIMUM):
        return str(_("The points of %(name)s would not stay between 0 and the maximum. Nothing was saved.", name=name))
    return str(_("Say why for %(name)s: an exception needs a reason. Nothing was saved.", name=name))


def _check_finish(
    submission: Submission,
    assessment: Assessment,
    marking: Marking,
    rubric: Sequence[Criterion],
    reason: str,
    step: Decimal,
) -> None:
    if rubric_total(rubric, marking.scores, step) is None:
        raise RuleViolation(_("A mark is finished when every criterion has points. Save it as a draft until then."))
    if submissions_of_owner(submission)[0].id != submission.id:
        raise RuleViolation(_("A newer version has been handed in. Mark that one. Nothing was changed."))
    if assessment.finished_at is not None and not reason.strip():
        raise RuleViolation(_("This mark was finished. Say why it changes: the reason stays in the history."))
