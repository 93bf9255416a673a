"""Turns the reviews of a closed round into points, where the grading scheme gives them a weight."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from lms.assignments.domain.peer import share_of
from lms.assignments.group_models import PeerRound
from lms.assignments.models import Submission
from lms.assignments.queries.assessments import find_assessment
from lms.assignments.queries.peer import latest_submissions, peer_plan, reviews_in, roster_for
from lms.core.errors import NotFound
from lms.grading.queries import get_scheme
from lms.grading.services import post_entry


def post_round(one: PeerRound, now: datetime) -> None:
    """Post each reviewed group's share of the peer item to the members of its roster, once.

    A group that nobody reviewed gets the full points: reviews that others owe must not lower anybody. Who took no part
    in the group's work, as a finished mark says, gets nothing posted. Without an item of kind peer in the scheme the reviews stay formative.
    """
    one.posted_at = now
    plan = peer_plan(one.assignment)
    maximum = _maximum(one.assignment.edition_id, plan.item)
    if maximum is None:
        return
    keys = [criterion.key for criterion in plan.criteria]
    reviews = [review for review in reviews_in(one.assignment_id) if review.confirmed_at is not None]
    for group_id, submission in latest_submissions(one.assignment_id).items():
        steps = [_steps(review.answers) for review in reviews if review.reviewed_id == group_id]
        share = share_of(steps, keys, len(plan.scale))
        absent = _absent(submission)
        for member in roster_for(one.assignment_id, group_id):
            if member.id in absent:
                continue
            post_entry(
                edition_id=one.assignment.edition_id, enrolment_id=member.id, item_key=plan.item, state="marked",
                points=Fraction(maximum) * (Fraction(1) if share is None else share), is_complete=True,
                basis={"peer_reviews": len(steps)}, source=f"peer {submission.id}",
                reason_code="peer_reviews" if share is not None else "peer_reviews_missing", actor_id=None, now=now,
            )  # fmt: skip


def _absent(submission: Submission) -> set[int]:
    """The members who took no part in a group's work, by the mark that counts; nobody while there is none."""
    assessment = find_assessment(submission.id)
    if assessment is None or assessment.finished_at is None:
        return set()
    return {part.enrolment_id for part in assessment.participations if not part.took_part}


def _steps(answers: dict[str, dict[str, int]]) -> dict[str, int]:
    return {key: answer["step"] for key, answer in answers.items()}


def _maximum(edition_id: int, item_key: str) -> Decimal | None:
    """What the peer item earns at most; ``None`` where the reviews are formative."""
    if not item_key:
        return None
    try:
        plan = get_scheme(edition_id)[1].find_item(item_key)
    except NotFound:
        return None
    return None if plan is None or plan.kind != "peer" else plan.maximum
