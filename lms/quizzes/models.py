"""Questions in their versions, the quizzes of an edition, attempts and responses."""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.core.db import Base


class Question(Base):
    """A question of a course's bank. A used question is archived, never deleted."""

    __tablename__ = "questions"
    __table_args__ = (UniqueConstraint("course_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(30))
    category: Mapped[str] = mapped_column(String(80), default="")
    archived_at: Mapped[datetime | None]


class QuestionVersion(Base):
    """What a question said from one import or edit to the next, in all its languages. Immutable."""

    __tablename__ = "question_versions"
    __table_args__ = (UniqueConstraint("question_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    question_id: Mapped[int] = mapped_column(ForeignKey("questions.id", ondelete="CASCADE"))
    number: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    document: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))

    question: Mapped[Question] = relationship()


class Quiz(Base):
    """A quiz of an edition. ``item_key`` names the grade item that its points go to."""

    __tablename__ = "quizzes"
    __table_args__ = (UniqueConstraint("edition_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(String(80))
    item_key: Mapped[str] = mapped_column(String(80))
    module_key: Mapped[str] = mapped_column(String(80))
    title: Mapped[dict[str, str]]
    opens_at: Mapped[datetime]
    # The minute in which the quiz closes; an extension replaces it for one person.
    closes_at: Mapped[datetime]
    time_limit_minutes: Mapped[int | None]
    attempts_allowed: Mapped[int] = mapped_column(default=1)
    counting: Mapped[str] = mapped_column(String(10), default="best")
    review: Mapped[str] = mapped_column(String(20), default="after_submit")
    shuffle_options: Mapped[bool] = mapped_column(default=True)
    # Ids of the question versions in order: the version that a new attempt will be sat under.
    question_version_ids: Mapped[list[Any]]


class Attempt(Base):
    """One sitting. Copies the rule in force: limit, questions and their versions, order of options, language.

    ``layout`` is a list of ``[question_version_id, [option keys in the order shown]]``, one a question.
    ``finished_by`` is ``person`` or ``time``; ``raw_score`` counts right answers and becomes points in the ledger.
    """

    __tablename__ = "attempts"
    __table_args__ = (
        UniqueConstraint("quiz_id", "enrolment_id", "number"),
        Index(
            "uq_attempts_one_open",
            "quiz_id",
            "enrolment_id",
            unique=True,
            sqlite_where=text("submitted_at IS NULL"),
            postgresql_where=text("submitted_at IS NULL"),
        ),
        Index("ix_attempts_enrolment_id", "enrolment_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    quiz_id: Mapped[int] = mapped_column(ForeignKey("quizzes.id", ondelete="CASCADE"))
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolments.id", ondelete="CASCADE"))
    number: Mapped[int]
    language: Mapped[str] = mapped_column(String(10))
    layout: Mapped[list[Any]]
    started_at: Mapped[datetime]
    # The earlier of window end and time limit, and which of them: ``window`` lasts to the end of its minute, ``limit``
    # is exact.
    deadline_at: Mapped[datetime] = mapped_column(index=True)
    deadline_by: Mapped[str] = mapped_column(String(10), default="window")
    submitted_at: Mapped[datetime | None]
    finished_by: Mapped[str | None] = mapped_column(String(10))
    raw_score: Mapped[Fraction | None]


class Response(Base):
    """The answer to one question of an attempt. Saving again replaces it; the server's order decides."""

    __tablename__ = "responses"

    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempts.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    question_version_id: Mapped[int] = mapped_column(ForeignKey("question_versions.id"), index=True)
    answer: Mapped[dict[str, Any]]
    saved_at: Mapped[datetime]
    # ``<device>-<number>`` of the packet that brought it, empty for an ordinary form.
    operation_id: Mapped[str] = mapped_column(String(40), default="")
    # Part of the question's mark that was earned, from 0 to 1: graded as it is saved, summed when it is submitted.
    fraction: Mapped[Fraction | None]


class LatePacket(Base):
    """Answers that arrived after the attempt was closed: kept and shown to tutors, never counted by themselves."""

    __tablename__ = "late_packets"
    # A phone that got no reply sends the same packet again.
    __table_args__ = (UniqueConstraint("attempt_id", "operation_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempts.id", ondelete="CASCADE"))
    operation_id: Mapped[str | None] = mapped_column(String(40))
    answers: Mapped[dict[str, Any]]
    received_at: Mapped[datetime]
    late_by_seconds: Mapped[int]
