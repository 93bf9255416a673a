"""Decisions about late penalties, and searches for passages that submissions have in common."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.accounts.models import Person
from lms.core.db import Base


class PenaltyDecision(Base):
    """Somebody's lateness is forgiven, or no longer. Never updated or deleted: the last row of an owner holds."""

    __tablename__ = "penalty_decisions"
    __table_args__ = (
        CheckConstraint("(enrolment_id IS NULL) != (group_id IS NULL)", name="person_or_group"),
        Index("ix_penalty_decisions_assignment_id", "assignment_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignments.id", ondelete="CASCADE"))
    enrolment_id: Mapped[int | None] = mapped_column(ForeignKey("enrolments.id", ondelete="CASCADE"))
    group_id: Mapped[int | None] = mapped_column(ForeignKey("groups.id", ondelete="CASCADE"))
    is_waived: Mapped[bool]
    reason: Mapped[str] = mapped_column(String(500))
    decided_at: Mapped[datetime]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))

    decided_by: Mapped[Person | None] = relationship()


class SimilaritySearch(Base):
    """One comparison of everything handed in for an assignment, done in the background.

    ``leased_until`` keeps a second process from doing the same; a search whose lease ran out begins again.
    """

    __tablename__ = "similarity_searches"

    id: Mapped[int] = mapped_column(primary_key=True)
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignments.id", ondelete="CASCADE"), index=True)
    asked_at: Mapped[datetime]
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    leased_until: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    submissions: Mapped[int] = mapped_column(default=0)
    pairs_to_compare: Mapped[int] = mapped_column(default=0)
    pairs_compared: Mapped[int] = mapped_column(default=0)


class SimilarPair(Base):
    """Passages that two submissions share. Each is three numbers: the first word in either text, and how many."""

    __tablename__ = "similar_pairs"
    __table_args__ = (
        UniqueConstraint("search_id", "left_id", "right_id"),
        Index("ix_similar_pairs_search_id_shared_words", "search_id", "shared_words"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    search_id: Mapped[int] = mapped_column(ForeignKey("similarity_searches.id", ondelete="CASCADE"))
    left_id: Mapped[int] = mapped_column(ForeignKey("submissions.id", ondelete="CASCADE"))
    right_id: Mapped[int] = mapped_column(ForeignKey("submissions.id", ondelete="CASCADE"))
    shared_words: Mapped[int]
    left_words: Mapped[int]
    right_words: Mapped[int]
    passages: Mapped[list[Any]]
