"""Opens a round of peer assessment in each edition, asks groups for reviews while it runs, and asks again where none come."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from lms.assignments.domain.forming import SignUpState
from lms.assignments.domain.groups import speakers
from lms.assignments.domain.peer import missing_reviews, stepping_in_from
from lms.assignments.group_models import PeerReview, PeerRound
from lms.assignments.models import Assignment
from lms.assignments.queries.groups import get_group, members_of
from lms.assignments.queries.peer import get_round, latest_submissions, peer_plan, reviews_in, round_state, rounds_of
from lms.assignments.services.peer_points import post_round
from lms.core.audit import record_event
from lms.core.db import db
from lms.core.errors import RuleViolation
from lms.courses.documents import from_document, to_document
from lms.courses.domain.content import PeerPlan
from lms.courses.hooks import Dated
from lms.courses.models import CourseRelease, Edition
from lms.courses.permissions import Member, require_teaching
from lms.grading.services import post_deadline
from lms.notices.domain import Category
from lms.notices.services import notify

# Who was asked for a review in another's place is given this long before somebody else is.
TIME_FOR_A_TOP_UP = timedelta(hours=24)


def create_rounds(edition: Edition, release: CourseRelease, now: datetime) -> None:
    """Give a new edition the peer assessments of its assignments, with the edition's own dates."""
    tasks = db.session.scalars(select(Assignment).where(Assignment.edition_id == edition.id).order_by(Assignment.id))
    for task in tasks:
        if "peer" in task.document:
            plan = from_document(PeerPlan, task.document["peer"])
            closes_at = plan.closes.on(edition.starts_on, edition.time_zone)
            db.session.add(
                PeerRound(
                    assignment_id=task.id,
                    opens_at=plan.opens.on(edition.starts_on, edition.time_zone),
                    closes_at=closes_at,
                    seed=task.id,
                )
            )
            if plan.item:
                post_deadline(edition_id=edition.id, item_key=plan.item, due_at=closes_at)
    db.session.flush()


def list_rounds(edition: Edition) -> list[Dated]:
    """When the groups of an edition review each other."""
    return [
        Dated(one.assignment.key, _round_title(one.assignment.title), one.opens_at, one.closes_at)
        for one in rounds_of(edition.id)
    ]


def _round_title(title: dict[str, str]) -> dict[str, str]:
    suffix = _("peer assessment")
    return {language: f"{text} · {suffix}" for language, text in title.items()}


def write_round(edition: Edition, changed: Dated) -> None:
    """Give a round other dates."""
    one = get_round(edition.id, changed.key)
    one.opens_at, one.closes_at = changed.opens_at, changed.closes_at or one.closes_at
    item_key = peer_plan(one.assignment).item
    if item_key:
        post_deadline(edition_id=edition.id, item_key=item_key, due_at=one.closes_at)


def ask_for_reviews(one: PeerRound, now: datetime, silent: Collection[int] = (), *, is_top_up: bool = False) -> int:
    """Ask for the reviews that are missing, and return how many that were. Asking again asks for nothing twice.

    Groups that handed in nothing, and those that everybody has left, review nobody; only what was handed in is
    reviewed. A review that nobody has begun is about what was handed in last. Whoever is asked is told by mail.

    Args:
        silent: groups whose reviews do not come.
    """
    plan = peer_plan(one.assignment)
    latest = latest_submissions(one.assignment_id)
    standing = reviews_in(one.assignment_id)
    for review in standing:
        if review.revision == 0 and review.reviewed_id in latest:
            review.submission_id = latest[review.reviewed_id].id
    gone = {group_id for group_id in latest if not members_of(group_id)}
    asked = [(review.reviewer_id, review.reviewed_id) for review in standing]
    missing = missing_reviews(latest.keys(), plan.reviews, asked, {*silent, *gone}, one.seed)
    insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    criteria = list(to_document(plan.criteria))
    for reviewer_id, reviewed_id in missing:
        row = insert(PeerReview).values(
            assignment_id=one.assignment_id, reviewer_id=reviewer_id, reviewed_id=reviewed_id,
            submission_id=latest[reviewed_id].id, criteria=criteria, answers={}, comment="", is_top_up=is_top_up,
            asked_at=now, revision=0,
        )  # fmt: skip
        db.session.execute(row.on_conflict_do_nothing(index_elements=["assignment_id", "reviewer_id", "reviewed_id"]))
    _tell_reviewers(one, missing, now, is_top_up=is_top_up)
    return len(missing)


def _tell_reviewers(one: PeerRound, missing: Collection[tuple[int, int]], now: datetime, *, is_top_up: bool) -> None:
    """Write to those who confirm a group's reviews, or to everybody where nobody does."""
    edition_id = one.assignment.edition_id
    edition = db.session.get_one(Edition, edition_id)
    asked: dict[int, list[int]] = {}
    for reviewer_id, reviewed_id in missing:
        asked.setdefault(reviewer_id, []).append(reviewed_id)
    for reviewer_id, reviewed_ids in asked.items():
        group, members = get_group(edition_id, reviewer_id), members_of(reviewer_id)
        allowed = speakers(group.ambassador_id, group.deputy_id, {member.id for member in members})
        for member in members:
            if allowed and member.id not in allowed:
                continue
            notify(
                member.person,
                category=Category.REMINDERS,
                kind="peer_reviews_asked",
                # A pair is asked for once, so each letter has a pair of its own.
                thing=f"peer-reviews:{one.assignment_id}:{reviewer_id}:{min(reviewed_ids)}:{member.id}",
                edition_id=edition.id,
                endpoint="assignments.peer",
                place={"code": edition.code, "key": one.assignment.key},
                context={
                    "code": edition.code,
                    "edition_title": dict(edition.title),
                    "key": one.assignment.key,
                    "group_name": group.name,
                    "count": len(reviewed_ids),
                    "is_top_up": is_top_up,
                    "closes_at": one.closes_at.isoformat(),
                    "edition_zone": edition.time_zone,
                    "edition_place": edition.place,
                    "person_zone": member.person.time_zone,
                },
                now=now,
            )


def top_up(actor: Member, assignment_key: str, now: datetime) -> int:
    """Ask other groups for the reviews that do not come, and return how many. Nobody loses what they were asked.

    Asked are groups that have confirmed all their own reviews; the others may still finish theirs.

    Raises:
        NotAllowed: unless the actor teaches in the edition.
        NotFound: where there is no peer assessment.
        RuleViolation: while groups do not review.
    """
    require_teaching(actor)
    one = get_round(actor.edition.id, assignment_key)
    if round_state(one, now) is not SignUpState.OPEN:
        raise RuleViolation(_("Reviews can be asked for only while groups review each other."))
    return _ask_others(one, now, actor.person.id)


def _ask_others(one: PeerRound, now: datetime, actor_id: int | None) -> int:
    behind = {review.reviewer_id for review in reviews_in(one.assignment_id) if _is_behind(review, now)}
    count = ask_for_reviews(one, now, behind, is_top_up=True)
    if count or actor_id is not None:
        record_event(
            "peer reviews topped up", now=now, actor_id=actor_id, subject_type="assignment",
            subject_id=one.assignment_id, edition_id=one.assignment.edition_id, asked=count, behind=sorted(behind),
        )  # fmt: skip
    return count


def _is_behind(review: PeerReview, now: datetime) -> bool:
    return review.confirmed_at is None and not (review.is_top_up and now - review.asked_at < TIME_FOR_A_TOP_UP)


def run_due_rounds(now: datetime) -> None:
    """Ask for reviews in every round that runs, ask others towards its end, and post what has closed."""
    wanted = select(PeerRound).where(PeerRound.opens_at <= now, PeerRound.posted_at.is_(None))
    for one in db.session.scalars(wanted).all():
        if round_state(one, now) is SignUpState.OPEN:
            ask_for_reviews(one, now)
            if now >= stepping_in_from(one.opens_at, one.closes_at):
                _ask_others(one, now, None)
        else:
            post_round(one, now)
