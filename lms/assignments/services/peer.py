"""Groups review each other's work, and the members of a group rate each other's contribution in confidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import update
from sqlalchemy.dialects import postgresql, sqlite

from lms.assignments.domain.forming import SignUpState
from lms.assignments.domain.groups import speakers
from lms.assignments.domain.texts import clean_text
from lms.assignments.group_models import ContributionRating, PeerReview, PeerRound
from lms.assignments.queries.groups import get_group, members_of
from lms.assignments.queries.peer import get_review, get_round, peer_plan, roster_for, round_state
from lms.assignments.queries.work import current_group_id
from lms.core.audit import record_event
from lms.core.db import db
from lms.core.errors import NotAllowed, NotFound, RuleViolation
from lms.courses.documents import from_document
from lms.courses.domain.content import PeerCriterion, PeerPlan
from lms.courses.permissions import Member, require_participant

HIGHEST_RATING = 5


class Incomplete(RuleViolation):
    """A review is confirmed when every criterion has a step."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a group says on one criterion. ``step`` counts from 1; ``None`` is not said yet."""

    step: int | None
    comment: str = ""


@dataclass(frozen=True, slots=True)
class SavedReview:
    """The review as it stands. ``is_conflict``: a co-author saved first, and theirs is untouched."""

    review: PeerReview
    is_conflict: bool = False


def criteria_of(review: PeerReview) -> list[PeerCriterion]:
    """The criteria that the review was asked by."""
    return [from_document(PeerCriterion, document) for document in review.criteria]


def answers_of(review: PeerReview) -> dict[str, Answer]:
    """What the review says so far, by criterion."""
    return {key: Answer(answer.get("step"), answer.get("comment", "")) for key, answer in review.answers.items()}


def get_own_review(actor: Member, review_id: int) -> PeerReview:
    """A review that the actor's group was asked for; raises NotFound for any other."""
    enrolment = require_participant(actor)
    review = get_review(actor.edition.id, review_id)
    if review.reviewer_id != current_group_id(enrolment.id):
        raise NotFound
    return review


def may_confirm(actor: Member, group_id: int) -> bool:
    """Whether the actor sends reviews for a group: its ambassador or deputy, anybody where it has neither."""
    group = get_group(actor.edition.id, group_id)
    allowed = speakers(group.ambassador_id, group.deputy_id, {member.id for member in members_of(group_id)})
    return not allowed or actor.own_enrolment.id in allowed


def save_review(
    actor: Member,
    *,
    review_id: int,
    answers: Mapping[str, Answer],
    comment: str,
    revision: int,
    now: datetime,
    is_confirmed: bool = False,
) -> SavedReview:
    """Save a review of the actor's group. It counts once the ambassador has confirmed it, and can change until the close.

    A change of a confirmed review by somebody who may not confirm opens it again.

    Args:
        revision: the one that the page was made from.

    Raises:
        NotAllowed: for a confirmation by a member who does not speak for the group.
        NotFound: for a review that another group was asked for.
        Incomplete: for a confirmation without a step on every criterion.
        RuleViolation: while groups do not review.
    """
    review = get_own_review(actor, review_id)
    _require_open(get_round(actor.edition.id, review.assignment.key), now)
    plan = peer_plan(review.assignment)
    kept = _kept_answers(review, plan, answers)
    if is_confirmed and not may_confirm(actor, review.reviewer_id):
        raise NotAllowed(_("Your ambassador or deputy confirms the review. It is saved; ask them to send it."))
    if is_confirmed and len([answer for answer in kept.values() if "step" in answer]) < len(review.criteria):
        raise Incomplete(_("Choose a step on every line, then confirm the review."))
    values: dict[str, Any] = {
        "answers": kept, "comment": clean_text(comment).strip(), "revision": revision + 1, "saved_at": now,
        "saved_by_id": actor.own_enrolment.id, "confirmed_at": now if is_confirmed else None,
        "confirmed_by_id": actor.own_enrolment.id if is_confirmed else None,
    }  # fmt: skip
    # The database decides between two who save at once.
    saved = db.session.execute(
        update(PeerReview)
        .where(PeerReview.id == review.id, PeerReview.revision == revision)
        .values(**values)
        .returning(PeerReview.id)
        .execution_options(synchronize_session=False)
    ).all()
    if is_confirmed and saved:
        record_event(
            "peer review confirmed", now=now, actor_id=actor.person.id, subject_type="peer review",
            subject_id=review.id, edition_id=actor.edition.id, answers=kept,
        )  # fmt: skip
    return SavedReview(get_review(actor.edition.id, review.id), is_conflict=not saved)


def _kept_answers(review: PeerReview, plan: PeerPlan, answers: Mapping[str, Answer]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for criterion in criteria_of(review):
        answer = answers.get(criterion.key, Answer(None))
        said: dict[str, Any] = {}
        if answer.step is not None:
            if not 1 <= answer.step <= len(plan.scale):
                raise RuleViolation(_("There is no such step. Nothing was saved."))
            said["step"] = answer.step
        if comment := clean_text(answer.comment).strip():
            said["comment"] = comment
        kept[criterion.key] = said
    return kept


def rate_contributions(actor: Member, *, assignment_key: str, ratings: Mapping[int, int], now: datetime) -> None:
    """Say in confidence how much each other member contributed to what the group handed in.

    Only members of its roster rate and are rated. Whoever is left out is not rated, which lowers nobody.

    Args:
        ratings: 1 to 5 by enrolment.

    Raises:
        NotFound: for somebody who was not in the group when it handed in, oneself included.
        RuleViolation: while groups do not review, or for a rating outside the scale.
    """
    enrolment = require_participant(actor)
    one = get_round(actor.edition.id, assignment_key)
    _require_open(one, now)
    group_id, others = contribution_roster(actor, one)
    if not set(ratings) <= others:
        raise NotFound
    if any(not 1 <= rating <= HIGHEST_RATING for rating in ratings.values()):
        raise RuleViolation(_("Choose one of the five steps. Nothing was saved."))
    insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    for rated_id, rating in ratings.items():
        row = insert(ContributionRating).values(
            assignment_id=one.assignment_id, group_id=group_id, rater_id=enrolment.id, rated_id=rated_id,
            rating=rating, rated_at=now,
        )  # fmt: skip
        db.session.execute(
            row.on_conflict_do_update(
                index_elements=["assignment_id", "group_id", "rater_id", "rated_id"],
                set_={"rating": rating, "rated_at": now},
            )
        )


def contribution_roster(actor: Member, one: PeerRound) -> tuple[int, set[int]]:
    """The actor's group and the others of its roster.

    Raises:
        NotFound: for somebody who was not in the group when it handed in, or where contributions are not rated.
    """
    enrolment = require_participant(actor)
    group_id = current_group_id(enrolment.id)
    if group_id is None or not peer_plan(one.assignment).contribution:
        raise NotFound
    roster = {member.id for member in roster_for(one.assignment_id, group_id) if member.withdrawn_at is None}
    if enrolment.id not in roster:
        raise NotFound
    return group_id, roster - {enrolment.id}


def _require_open(one: PeerRound, now: datetime) -> None:
    state = round_state(one, now)
    if state is SignUpState.UPCOMING:
        raise RuleViolation(_("The reviews have not opened yet. Come back when they do."))
    if state is SignUpState.CLOSED:
        raise RuleViolation(_("The time for reviews is over. What was confirmed counts."))
