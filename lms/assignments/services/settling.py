"""Makes one mark of what the markers gave, posts it to the gradebook, and tells whoever sees it at once.

Source: docs/rules.md#two-markers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from lms.assignments.assessments import Allocation, Assessment
from lms.assignments.domain.agreement import BLIND, Finding, MarkerRole, agreed_scores, compare
from lms.assignments.domain.rubrics import Part
from lms.assignments.models import Submission
from lms.assignments.queries.assessments import Markings, find_item, scheme_of
from lms.assignments.queries.groups import members_of
from lms.assignments.queries.marking import marked_elsewhere, people_to_mark
from lms.assignments.services.posting import Candidate, Marking, post_marks
from lms.assignments.services.recording import agreed_assessment, marking_of, store
from lms.core.audit import record_event
from lms.core.db import db
from lms.courses.documents import from_document
from lms.courses.domain.content import Criterion
from lms.courses.permissions import Member
from lms.grading.services import tell_of_marks


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


def settle(
    actor: Member,
    submission: Submission,
    markings: Markings,
    before: Marking,
    candidates: Sequence[Candidate],
    *,
    reason: str,
    now: datetime,
) -> None:
    """Go on from a marking that was finished just now: post it, agree it with the others, or ask for a third.

    Args:
        markings: every marking of the submission, the one just finished among them.
        before: what that one said before, so that an inclusion which is taken back is cleared.
        candidates: who may get a group's mark; empty unless that marking says who took part.
    """
    if markings.is_double:
        finding = finding_of(markings, scheme_of(submission.assignment_id).third_from)
        if finding.needs_third:
            _ask_for_third(actor, submission, markings, now)
        if finding.pair is not None:
            markings = _agree(submission, markings, finding.pair, now)
    counting = markings.counting
    if counting is not None:
        post_counting(actor, submission, counting, before, candidates, reason=reason, now=now)


def finding_of(markings: Markings, third_from: Decimal) -> Finding:
    """What the finished markings of a submission come to."""
    totals = {}
    for role in BLIND:
        total = finished_total(markings.made.get(role))
        if total is not None:
            totals[role] = total
    return compare(totals, third_from)


def finished_total(assessment: Assessment | None) -> Decimal | None:
    """The points of a finished marking; ``None`` for a draft."""
    if assessment is None or assessment.finished_at is None:
        return None
    return sum((score.points for score in assessment.scores if score.points is not None), Decimal(0))


def _ask_for_third(actor: Member, submission: Submission, markings: Markings, now: datetime) -> None:
    if MarkerRole.THIRD in markings.allocated:
        return
    db.session.add(
        Allocation(
            assignment_id=submission.assignment_id, enrolment_id=submission.enrolment_id,
            group_id=submission.group_id, role=MarkerRole.THIRD, why="difference", allocated_at=now,
        )
    )  # fmt: skip
    record_event(
        "third marking asked for", now=now, actor_id=actor.person.id, subject_type="submission",
        subject_id=submission.id, edition_id=actor.edition.id,
    )  # fmt: skip


def _agree(submission: Submission, markings: Markings, pair: tuple[MarkerRole, MarkerRole], now: datetime) -> Markings:
    """The markings with the agreed one, made anew from the pair unless people have agreed on another."""
    agreed = markings.made.get(MarkerRole.AGREED)
    if agreed is not None and agreed.marker_id is not None:
        return markings
    one, other = (markings.made[role] for role in pair)
    rubric = [from_document(Criterion, document) for document in one.rubric]
    first, second = marking_of(one), marking_of(other)
    comments = {criterion.key: _joined(criterion.key, first.comments, second.comments) for criterion in rubric}
    parts = marking_of(markings.made[MarkerRole.FIRST]).parts
    marking = Marking(
        dict(agreed_scores(rubric, first.scores, second.scores)),
        comments,
        "\n\n".join(filter(None, (first.comment, second.comment))),
        parts,
    )
    if agreed is None:
        agreed = agreed_assessment(submission, list(one.rubric), now)
    if marking_of(agreed) != marking:
        store(agreed, marking, None, now)
    agreed.finished_at = now
    db.session.flush()
    return Markings({**markings.made, MarkerRole.AGREED: agreed}, markings.allocated)


def _joined(key: str, one: Mapping[str, str], other: Mapping[str, str]) -> str:
    return "\n\n".join(filter(None, (one.get(key, ""), other.get(key, ""))))


def post_counting(
    actor: Member,
    submission: Submission,
    counting: Assessment,
    before: Marking,
    candidates: Sequence[Candidate],
    *,
    reason: str,
    now: datetime,
) -> None:
    """Post the mark that counts, unless it is held back with the names; tell by mail whoever sees it from now on."""
    item = find_item(actor.edition.id, submission.assignment)
    if item is None:
        return
    if item.released_at is None and scheme_of(submission.assignment_id).is_anonymous:
        return  # a line of the ledger beside a name would say whose work it was
    whom = post_without_telling(actor, submission, counting, before, candidates, reason=reason, now=now)
    if item.released_at is not None:
        tell_of_marks(actor.edition, item, whom, now)


def post_without_telling(
    actor: Member,
    submission: Submission,
    counting: Assessment,
    before: Marking,
    candidates: Sequence[Candidate],
    *,
    reason: str,
    now: datetime,
) -> list[int]:
    """Post the mark that counts, and return who got one, by enrolment."""
    if submission.group_id is not None and not candidates:
        candidates = candidates_of(submission)
    marking = _with_all(marking_of(counting), candidates)
    rubric = [from_document(Criterion, document) for document in counting.rubric]
    post_marks(actor, submission, rubric, before, marking, candidates, reason=reason, now=now)
    if submission.enrolment_id is not None:
        return [submission.enrolment_id]
    return [key for key, part in marking.parts.items() if part.took_part]


def _with_all(marking: Marking, candidates: Sequence[Candidate]) -> Marking:
    """The marking with a part for each candidate: who joined since it was finished takes no part in it."""
    parts = {
        candidate.enrolment.id: marking.parts.get(candidate.enrolment.id) or Part(False, Decimal(0), "")
        for candidate in candidates
    }
    return Marking(marking.scores, marking.comments, marking.comment, parts)
