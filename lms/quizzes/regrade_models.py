"""Regrades of a quiz, with what they rule and what they changed. Never updated or deleted."""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.accounts.models import Person
from lms.core.db import Base


class QuizRegrade(Base):
    """One decision about questions of a quiz. Numbered from 1 within it; a later one adds to or replaces its rulings.

    ``seal`` stands for the outcome that its dry run showed; ``counts`` is what it did, for the history.
    """

    __tablename__ = "quiz_regrades"
    # Of two who apply at once one is second, and looks again.
    __table_args__ = (UniqueConstraint("quiz_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    quiz_id: Mapped[int] = mapped_column(ForeignKey("quizzes.id", ondelete="CASCADE"))
    number: Mapped[int]
    nobody_loses: Mapped[bool]
    reason: Mapped[str] = mapped_column(String(500))
    seal: Mapped[str] = mapped_column(String(32))
    counts: Mapped[dict[str, Any]]
    applied_at: Mapped[datetime]
    applied_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))

    applied_by: Mapped[Person | None] = relationship()
    rulings: Mapped[list[QuizRuling]] = relationship(order_by="QuizRuling.question_version_id")


class QuizRuling(Base):
    """What a regrade rules about a version that was asked; ``marked_under_id`` only where it is marked under another."""

    __tablename__ = "quiz_rulings"
    __table_args__ = (CheckConstraint("(treatment = 'newest') = (marked_under_id IS NOT NULL)", name="marked_under"),)

    regrade_id: Mapped[int] = mapped_column(ForeignKey("quiz_regrades.id", ondelete="CASCADE"), primary_key=True)
    question_version_id: Mapped[int] = mapped_column(ForeignKey("question_versions.id"), primary_key=True)
    treatment: Mapped[str] = mapped_column(String(10))
    marked_under_id: Mapped[int | None] = mapped_column(ForeignKey("question_versions.id"))


class RegradedAttempt(Base):
    """An attempt that a regrade changed: its right answers, and over how many questions, before and after."""

    __tablename__ = "regraded_attempts"

    regrade_id: Mapped[int] = mapped_column(ForeignKey("quiz_regrades.id", ondelete="CASCADE"), primary_key=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempts.id", ondelete="CASCADE"), primary_key=True, index=True)
    right_before: Mapped[Fraction]
    questions_before: Mapped[int]
    right_after: Mapped[Fraction]
    questions_after: Mapped[int]
