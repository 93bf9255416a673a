"""Questions in their versions, the quizzes of an edition, attempts and responses, and what single people are given."""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.accounts.models import Person
from lms.core.db import Base
from lms.quizzes.domain import Review, Shown


class Question(Base):
    """A question of a course's bank. A used question is archived, never deleted.

    Its category and tags order the bank and belong to no version. ``languages`` and ``search_text`` follow from the
    newest version and are kept beside it, so that a list can be filtered by the database.
    """

    __tablename__ = "questions"
    __table_args__ = (UniqueConstraint("course_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(30))
    # A path, "concepts/definitions"; empty for none.
    category: Mapped[str] = mapped_column(String(200), default="")
    archived_at: Mapped[datetime | None]
    # What a person archived stays so when the pack is imported again.
    is_archived_by_hand: Mapped[bool] = mapped_column(default=False)
    # Grows with every change, so that two who edit at once notice each other.
    revision: Mapped[int] = mapped_column(default=1)
    # Digest of what the pack said when the bank last followed it, or last decided not to; ``None`` without a pack.
    pack_digest: Mapped[str | None] = mapped_column(String(64))
    # Languages in which nothing is missing, each between spaces: " en fr ".
    languages: Mapped[str] = mapped_column(String(120), default=" ")
    # Every text in every language, folded for searching.
    search_text: Mapped[str] = mapped_column(Text, default="")


class QuestionTag(Base):
    """A word that somebody put on a question."""

    __tablename__ = "question_tags"

    question_id: Mapped[int] = mapped_column(ForeignKey("questions.id", ondelete="CASCADE"), primary_key=True)
    tag: Mapped[str] = mapped_column(String(60), primary_key=True, index=True)


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
    # Where it came from: ``pack``, ``browser`` or ``file`` (an import of questions).
    origin: Mapped[str] = mapped_column(String(10), default="pack")
    # Why it was made, in the author's words.
    note: Mapped[str] = mapped_column(String(200), default="")

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
    # What is shown of an attempt while one may try again, after the last one, and once the quiz is closed.
    review_submitted: Mapped[str] = mapped_column(String(12), default=Shown.JUDGED.value)
    review_used_up: Mapped[str] = mapped_column(String(12), default=Shown.EVERYTHING.value)
    review_closed: Mapped[str] = mapped_column(String(12), default=Shown.EVERYTHING.value)
    # The preset that the coordinator began with; the settings may deviate from it.
    preset: Mapped[str] = mapped_column(String(12), default="weekly")
    shuffle_options: Mapped[bool] = mapped_column(default=True)
    shuffle_questions: Mapped[bool] = mapped_column(default=False)
    # Ids of the question versions in order: the version that a new attempt will be sat under.
    question_version_ids: Mapped[list[Any]]
    # ``[[category, count], …]``: how many each attempt draws from a category of the course's bank. Of the questions
    # above, those of such a category are not asked of everybody.
    draws: Mapped[list[Any]] = mapped_column(default=list)
    # Only for the groups in ``quiz_groups``; nobody's where there is none, should the last of them be dissolved.
    for_groups: Mapped[bool] = mapped_column(default=False)
    # True once a coordinator chose the questions: an import of the course no longer does.
    is_composed: Mapped[bool] = mapped_column(default=False)

    @property
    def review(self) -> Review:
        """What is shown of a finished attempt, by phase."""
        return Review.of(self.review_submitted, self.review_used_up, self.review_closed)


class QuizGroup(Base):
    """A group that may see and take a quiz which is for groups only."""

    __tablename__ = "quiz_groups"

    quiz_id: Mapped[int] = mapped_column(ForeignKey("quizzes.id", ondelete="CASCADE"), primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("groups.id", ondelete="CASCADE"), primary_key=True, index=True)


class Accommodation(Base):
    """What one person or one group is given beyond the rule of a quiz, and why. Withdrawn, never deleted.

    A later closing is an extension of the gradebook's, which ``extension_id`` names while it holds; ``closes_at`` stays
    for the record.
    """

    __tablename__ = "accommodations"
    __table_args__ = (
        CheckConstraint("(enrolment_id IS NULL) != (group_id IS NULL)", name="person_or_group"),
        CheckConstraint("extra_attempts >= 0", name="attempts_not_negative"),
        Index("ix_accommodations_quiz_id_enrolment_id", "quiz_id", "enrolment_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    quiz_id: Mapped[int] = mapped_column(ForeignKey("quizzes.id", ondelete="CASCADE"))
    enrolment_id: Mapped[int | None] = mapped_column(ForeignKey("enrolments.id", ondelete="CASCADE"), index=True)
    group_id: Mapped[int | None] = mapped_column(ForeignKey("groups.id", ondelete="CASCADE"), index=True)
    time_factor: Mapped[Fraction] = mapped_column(default=Fraction(1))
    extra_attempts: Mapped[int] = mapped_column(default=0)
    opens_at: Mapped[datetime | None]
    closes_at: Mapped[datetime | None]
    extension_id: Mapped[int | None] = mapped_column(ForeignKey("extensions.id", ondelete="SET NULL"))
    reason: Mapped[str] = mapped_column(String(500))
    granted_at: Mapped[datetime]
    granted_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    withdrawn_reason: Mapped[str] = mapped_column(String(500), default="")

    granted_by: Mapped[Person | None] = relationship(foreign_keys=[granted_by_id])
    withdrawn_by: Mapped[Person | None] = relationship(foreign_keys=[withdrawn_by_id])


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
    # The limit in force and what it was multiplied by for this person: a later window lengthens by the same rule.
    time_limit_minutes: Mapped[int | None]
    time_factor: Mapped[Fraction | None]
    submitted_at: Mapped[datetime | None]
    finished_by: Mapped[str | None] = mapped_column(String(10))
    raw_score: Mapped[Fraction | None]
    # Over how many questions the score is counted; ``None`` for all, fewer where a question was voided.
    counted_questions: Mapped[int | None]


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
    # Operation ids of other devices whose answer this one replaced: sent again, they must not replace it.
    displaced: Mapped[str] = mapped_column(String(400), default="")
    # Part of the question's mark that was earned, from 0 to 1: graded as it is saved, summed when it is submitted.
    fraction: Mapped[Fraction | None]


class LatePacket(Base):
    """Answers that arrived after the attempt was closed: kept and shown to tutors, never counted by themselves.

    A tutor may accept them with a reason; ``replaced`` is then what stood in their places before, by position.
    """

    __tablename__ = "late_packets"
    # A phone that got no reply sends the same packet again.
    __table_args__ = (UniqueConstraint("attempt_id", "operation_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempts.id", ondelete="CASCADE"))
    operation_id: Mapped[str | None] = mapped_column(String(40))
    answers: Mapped[dict[str, Any]]
    received_at: Mapped[datetime]
    late_by_seconds: Mapped[int]
    accepted_at: Mapped[datetime | None]
    accepted_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    accepted_reason: Mapped[str] = mapped_column(String(500), default="")
    replaced: Mapped[dict[str, Any]] = mapped_column(default=dict)

    accepted_by: Mapped[Person | None] = relationship()
