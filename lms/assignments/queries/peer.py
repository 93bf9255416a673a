"""Reads of peer assessment: rounds, reviews and what they say, and ratings of contributions."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from lms.assignments.domain.forming import SignUpState, sign_up_state
from lms.assignments.group_models import ContributionRating, PeerReview, PeerRound
from lms.assignments.models import Assignment, Group, Submission, SubmissionMember, SubmissionPart
from lms.core.db import db
from lms.core.errors import NotFound
from lms.core.files import StoredFile
from lms.courses.documents import from_document
from lms.courses.domain.content import PeerPlan
from lms.courses.models import Enrolment


def peer_plan(assignment: Assignment) -> PeerPlan:
    """How groups review each other; raises NotFound where they do not."""
    document = assignment.document.get("peer")
    if document is None:
        raise NotFound
    return from_document(PeerPlan, document)


def get_round(edition_id: int, assignment_key: str) -> PeerRound:
    """The peer assessment of an assignment, with the assignment; raises NotFound."""
    found = db.session.scalars(
        select(PeerRound)
        .join(PeerRound.assignment)
        .options(joinedload(PeerRound.assignment))
        .where(Assignment.edition_id == edition_id, Assignment.key == assignment_key)
    ).one_or_none()
    if found is None:
        raise NotFound
    return found


def rounds_of(edition_id: int) -> Sequence[PeerRound]:
    """The peer assessments of an edition, each with its assignment."""
    return db.session.scalars(
        select(PeerRound)
        .join(PeerRound.assignment)
        .options(joinedload(PeerRound.assignment))
        .where(Assignment.edition_id == edition_id)
        .order_by(PeerRound.assignment_id)
    ).all()


def round_state(one: PeerRound, now: datetime) -> SignUpState:
    """Whether groups review now; the closing is met until the last instant of its minute."""
    return sign_up_state(one.opens_at, one.closes_at, now)


def latest_submissions(assignment_id: int) -> dict[int, Submission]:
    """What each group handed in last, by group."""
    rows = db.session.scalars(
        select(Submission)
        .where(Submission.assignment_id == assignment_id, Submission.group_id.is_not(None))
        .order_by(Submission.number)
    )
    return {row.group_id: row for row in rows if row.group_id is not None}


def reviews_in(assignment_id: int) -> Sequence[PeerReview]:
    """Every review of a round, with the groups, in the order in which they were asked for."""
    return db.session.scalars(
        select(PeerReview)
        .where(PeerReview.assignment_id == assignment_id)
        .options(joinedload(PeerReview.reviewer), joinedload(PeerReview.reviewed))
        .order_by(PeerReview.id)
    ).all()


def reviews_by(assignment_id: int, group_id: int) -> Sequence[PeerReview]:
    """What a group is asked to review, in order."""
    return db.session.scalars(
        select(PeerReview)
        .where(PeerReview.assignment_id == assignment_id, PeerReview.reviewer_id == group_id)
        .order_by(PeerReview.id)
    ).all()


def confirmed_reviews_of(assignment_id: int, group_id: int) -> Sequence[PeerReview]:
    """The reviews of a group's work that count."""
    return db.session.scalars(
        select(PeerReview).where(
            PeerReview.assignment_id == assignment_id,
            PeerReview.reviewed_id == group_id,
            PeerReview.confirmed_at.is_not(None),
        )
    ).all()


def get_review(edition_id: int, review_id: int) -> PeerReview:
    """A review of the edition with its assignment and the work that it is about; raises NotFound."""
    review = db.session.scalars(
        select(PeerReview)
        .join(PeerReview.assignment)
        .options(
            joinedload(PeerReview.assignment),
            joinedload(PeerReview.saved_by).joinedload(Enrolment.person),
            joinedload(PeerReview.submission).selectinload(Submission.parts).joinedload(SubmissionPart.file),
        )
        .where(PeerReview.id == review_id, Assignment.edition_id == edition_id)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if review is None:
        raise NotFound
    return review


def file_of(submission: Submission, key: str) -> StoredFile:
    """A document of a submission; raises NotFound."""
    for part in submission.parts:
        if part.file is not None and part.file.key == key:
            return part.file
    raise NotFound


def roster_for(assignment_id: int, group_id: int) -> Sequence[Enrolment]:
    """Who was in a group when it handed in last, by name; nobody where it has not."""
    latest = (
        select(Submission.id)
        .where(Submission.assignment_id == assignment_id, Submission.group_id == group_id)
        .order_by(Submission.number.desc())
        .limit(1)
        .scalar_subquery()
    )
    found = db.session.scalars(
        select(Enrolment)
        .join(SubmissionMember, SubmissionMember.enrolment_id == Enrolment.id)
        .options(joinedload(Enrolment.person))
        .where(SubmissionMember.submission_id == latest)
    ).all()
    return sorted(found, key=lambda enrolment: (enrolment.person.name_key, enrolment.id))


def roster_sizes(submission_ids: Collection[int]) -> dict[int, int]:
    """How many members each group had when it handed these submissions in, by group."""
    rows = db.session.execute(
        select(Submission.group_id, func.count(SubmissionMember.enrolment_id))
        .join(SubmissionMember, SubmissionMember.submission_id == Submission.id)
        .where(Submission.id.in_(submission_ids))
        .group_by(Submission.group_id)
    )
    return {group_id: count for group_id, count in rows if group_id is not None}


def own_ratings(assignment_id: int, rater_id: int) -> dict[int, int]:
    """What a member said of the others, by whom it is about."""
    rows = db.session.execute(
        select(ContributionRating.rated_id, ContributionRating.rating).where(
            ContributionRating.assignment_id == assignment_id, ContributionRating.rater_id == rater_id
        )
    )
    return {rated: rating for rated, rating in rows}  # noqa: C416  a row is no pair to mypy


def ratings_in(assignment_id: int, group_id: int) -> Sequence[ContributionRating]:
    """Every rating in a group, for those who teach."""
    return db.session.scalars(
        select(ContributionRating)
        .where(ContributionRating.assignment_id == assignment_id, ContributionRating.group_id == group_id)
        .order_by(ContributionRating.rater_id, ContributionRating.rated_id)
    ).all()


def raters_in(assignment_id: int) -> dict[int, int]:
    """How many members of each group have rated the others."""
    rows = db.session.execute(
        select(ContributionRating.group_id, func.count(ContributionRating.rater_id.distinct()))
        .where(ContributionRating.assignment_id == assignment_id)
        .group_by(ContributionRating.group_id)
    )
    return {group_id: count for group_id, count in rows}  # noqa: C416  a row is no pair to mypy


def groups_present(assignment_id: int) -> Sequence[Group]:
    """The groups of the assignment's edition."""
    return db.session.scalars(
        select(Group)
        .join(Assignment, Assignment.edition_id == Group.edition_id)
        .where(Assignment.id == assignment_id)
        .order_by(Group.id)
    ).all()
