"""Self-sign-up, the workspace of a group, and peer assessment."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.accounts.models import Person
from lms.assignments.models import Assignment, Group, Submission
from lms.core.db import Base
from lms.courses.models import Enrolment


class GroupSignUp(Base):
    """Between two instants the participants of an edition choose their group themselves, up to ``capacity`` in each."""

    __tablename__ = "group_sign_ups"
    __table_args__ = (
        CheckConstraint("closes_at > opens_at", name="closes_after_opening"),
        CheckConstraint("capacity > 0", name="capacity_positive"),
    )

    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id", ondelete="CASCADE"), primary_key=True)
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    capacity: Mapped[int]


class DraftPresence(Base):
    """When somebody was last seen with a part of group work open. One row a person and part."""

    __tablename__ = "draft_presences"

    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignments.id", ondelete="CASCADE"), primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("groups.id", ondelete="CASCADE"), primary_key=True)
    deliverable_key: Mapped[str] = mapped_column(String(80), primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolments.id", ondelete="CASCADE"), primary_key=True)
    seen_at: Mapped[datetime]


class GroupPost(Base):
    """A post of a group's discussion. ``asks_tutors`` waits in the tutors' queue until ``answered_at``."""

    __tablename__ = "group_posts"
    __table_args__ = (Index("ix_group_posts_group", "group_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("groups.id", ondelete="CASCADE"))
    author_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    # As it was: who taught may have left, and what they said stays a tutor's word.
    is_by_tutor: Mapped[bool]
    body: Mapped[str] = mapped_column(Text)
    posted_at: Mapped[datetime]
    edited_at: Mapped[datetime | None]
    asks_tutors: Mapped[bool] = mapped_column(default=False)
    answered_at: Mapped[datetime | None]

    group: Mapped[Group] = relationship()
    author: Mapped[Person | None] = relationship()


class PeerRound(Base):
    """When the groups of an edition review each other's work on an assignment. ``seed`` draws who reviews whom."""

    __tablename__ = "peer_rounds"
    __table_args__ = (CheckConstraint("closes_at > opens_at", name="closes_after_opening"),)

    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignments.id", ondelete="CASCADE"), primary_key=True)
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    seed: Mapped[int]
    # When the reviews became points, where the grading scheme gives them a weight.
    posted_at: Mapped[datetime | None]

    assignment: Mapped[Assignment] = relationship()


class PeerReview(Base):
    """One group's review of another's work, by a copy of the criteria. It counts once it is confirmed."""

    __tablename__ = "peer_reviews"
    __table_args__ = (
        UniqueConstraint("assignment_id", "reviewer_id", "reviewed_id"),
        CheckConstraint("reviewer_id != reviewed_id", name="never_itself"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignments.id", ondelete="CASCADE"))
    reviewer_id: Mapped[int] = mapped_column(ForeignKey("groups.id", ondelete="CASCADE"), index=True)
    reviewed_id: Mapped[int] = mapped_column(ForeignKey("groups.id", ondelete="CASCADE"), index=True)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submissions.id", ondelete="CASCADE"))
    criteria: Mapped[list[Any]]
    # Steps and words by criterion, as {"clarity": {"step": 4, "comment": "…"}}.
    answers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    comment: Mapped[str] = mapped_column(Text, default="")
    # Asked for later, because other reviews of the same work did not come.
    is_top_up: Mapped[bool] = mapped_column(default=False)
    asked_at: Mapped[datetime]
    revision: Mapped[int] = mapped_column(default=0)
    saved_at: Mapped[datetime | None]
    saved_by_id: Mapped[int | None] = mapped_column(ForeignKey("enrolments.id", ondelete="SET NULL"))
    confirmed_at: Mapped[datetime | None]
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("enrolments.id", ondelete="SET NULL"))

    assignment: Mapped[Assignment] = relationship()
    reviewer: Mapped[Group] = relationship(foreign_keys=[reviewer_id])
    reviewed: Mapped[Group] = relationship(foreign_keys=[reviewed_id])
    submission: Mapped[Submission] = relationship()
    saved_by: Mapped[Enrolment | None] = relationship(foreign_keys=[saved_by_id])


class ContributionRating(Base):
    """What one member says in confidence of another's contribution to the work that the group handed in, 1 to 5."""

    __tablename__ = "contribution_ratings"
    __table_args__ = (
        CheckConstraint("rater_id != rated_id", name="never_oneself"),
        CheckConstraint("rating BETWEEN 1 AND 5", name="rating_in_scale"),
    )

    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignments.id", ondelete="CASCADE"), primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("groups.id", ondelete="CASCADE"), primary_key=True)
    rater_id: Mapped[int] = mapped_column(ForeignKey("enrolments.id", ondelete="CASCADE"), primary_key=True)
    rated_id: Mapped[int] = mapped_column(ForeignKey("enrolments.id", ondelete="CASCADE"), primary_key=True)
    rating: Mapped[int]
    rated_at: Mapped[datetime]
