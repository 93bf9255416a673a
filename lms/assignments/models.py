"""Groups, assignments, drafts, submissions and assessments."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.assignments.assessments import Assessment as Assessment  # the tables of marking stand there
from lms.assignments.assessments import Participation as Participation
from lms.core.db import Base
from lms.core.files import StoredFile
from lms.courses.models import Enrolment


class Group(Base):
    """A group of participants. Its ambassador, nominated by the group, submits for it; a deputy may too."""

    __tablename__ = "groups"
    __table_args__ = (UniqueConstraint("edition_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(80))
    ambassador_id: Mapped[int | None] = mapped_column(ForeignKey("enrolments.id", ondelete="SET NULL"))
    deputy_id: Mapped[int | None] = mapped_column(ForeignKey("enrolments.id", ondelete="SET NULL"))
    profile_keys: Mapped[list[str]] = mapped_column(default=list)
    # Where the group meets; https only.
    meeting_url: Mapped[str] = mapped_column(String(500), default="")


class GroupMember(Base):
    """Somebody's time in a group. A person is in one group at a time, by constraint."""

    __tablename__ = "group_members"
    __table_args__ = (
        Index(
            "uq_group_members_one_current",
            "enrolment_id",
            unique=True,
            sqlite_where=text("left_at IS NULL"),
            postgresql_where=text("left_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("groups.id", ondelete="CASCADE"), index=True)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolments.id", ondelete="CASCADE"))
    joined_at: Mapped[datetime]
    left_at: Mapped[datetime | None]


class Nomination(Base):
    """Whom a member names as ambassador. One row a voter and group; a later choice replaces it."""

    __tablename__ = "nominations"

    group_id: Mapped[int] = mapped_column(ForeignKey("groups.id", ondelete="CASCADE"), primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolments.id", ondelete="CASCADE"), primary_key=True)
    nominee_id: Mapped[int] = mapped_column(ForeignKey("enrolments.id", ondelete="CASCADE"))
    nominated_at: Mapped[datetime]


class Assignment(Base):
    """A task of an edition. ``document`` is the pack's assignment (deliverables, words, rubric), copied at creation."""

    __tablename__ = "assignments"
    __table_args__ = (UniqueConstraint("edition_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(String(80))
    item_key: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(20))
    title: Mapped[dict[str, str]]
    opens_at: Mapped[datetime]
    due_at: Mapped[datetime]
    document: Mapped[dict[str, Any]]


class FileText(Base):
    """The words of an uploaded document, read once, so that a tutor reads it in place.

    ``html`` is the same with its structure, sanitised again wherever it is shown. ``fault`` is ``slow`` where reading
    was given up: the file is kept, and somebody who wants to read it opens it.
    """

    __tablename__ = "file_texts"

    file_id: Mapped[int] = mapped_column(ForeignKey("stored_files.id", ondelete="CASCADE"), primary_key=True)
    body: Mapped[str] = mapped_column(Text)
    word_count: Mapped[int]
    html: Mapped[str] = mapped_column(Text, default="")
    fault: Mapped[str] = mapped_column(String(20), default="")


class Draft(Base):
    """Work in progress on one part of an assignment, by one person or one group. ``revision`` guards against two tabs."""

    __tablename__ = "drafts"
    __table_args__ = (
        CheckConstraint("(enrolment_id IS NULL) != (group_id IS NULL)", name="person_or_group"),
        UniqueConstraint("assignment_id", "enrolment_id", "deliverable_key"),
        UniqueConstraint("assignment_id", "group_id", "deliverable_key"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignments.id", ondelete="CASCADE"))
    enrolment_id: Mapped[int | None] = mapped_column(ForeignKey("enrolments.id", ondelete="CASCADE"))
    group_id: Mapped[int | None] = mapped_column(ForeignKey("groups.id", ondelete="CASCADE"))
    deliverable_key: Mapped[str] = mapped_column(String(80))
    body: Mapped[str] = mapped_column(Text, default="")
    file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_files.id"))
    file_words: Mapped[int | None]
    revision: Mapped[int] = mapped_column(default=1)
    saved_at: Mapped[datetime]
    saved_by_id: Mapped[int | None] = mapped_column(ForeignKey("enrolments.id", ondelete="SET NULL"))

    file: Mapped[StoredFile | None] = relationship()
    saved_by: Mapped[Enrolment | None] = relationship(foreign_keys=[saved_by_id])


class DraftVersion(Base):
    """What a draft said before it was saved over: nothing that was typed is lost to a second tab or a co-author."""

    __tablename__ = "draft_versions"

    id: Mapped[int] = mapped_column(primary_key=True)
    draft_id: Mapped[int] = mapped_column(ForeignKey("drafts.id", ondelete="CASCADE"), index=True)
    revision: Mapped[int]
    body: Mapped[str] = mapped_column(Text)
    saved_at: Mapped[datetime]
    saved_by_id: Mapped[int | None] = mapped_column(ForeignKey("enrolments.id", ondelete="SET NULL"))

    saved_by: Mapped[Enrolment | None] = relationship()


class Submission(Base):
    """What was handed in, frozen. A later one of the same owner has the next number; none overwrites another."""

    __tablename__ = "submissions"
    __table_args__ = (
        CheckConstraint("(enrolment_id IS NULL) != (group_id IS NULL)", name="person_or_group"),
        UniqueConstraint("assignment_id", "enrolment_id", "number"),
        UniqueConstraint("assignment_id", "group_id", "number"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignments.id", ondelete="CASCADE"))
    enrolment_id: Mapped[int | None] = mapped_column(ForeignKey("enrolments.id", ondelete="CASCADE"), index=True)
    group_id: Mapped[int | None] = mapped_column(ForeignKey("groups.id", ondelete="CASCADE"), index=True)
    number: Mapped[int]
    submitted_at: Mapped[datetime]
    submitted_by_id: Mapped[int | None] = mapped_column(ForeignKey("enrolments.id", ondelete="SET NULL"))
    late_by_minutes: Mapped[int] = mapped_column(default=0)
    word_count: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    # Given by a tutor or coordinator: the person may hand in once more.
    reopened_at: Mapped[datetime | None]
    reopened_reason: Mapped[str] = mapped_column(String(500), default="")

    assignment: Mapped[Assignment] = relationship()
    group: Mapped[Group | None] = relationship()
    submitted_by: Mapped[Enrolment | None] = relationship(foreign_keys=[submitted_by_id])
    parts: Mapped[list[SubmissionPart]] = relationship(order_by="SubmissionPart.position")
    roster: Mapped[list[SubmissionMember]] = relationship()


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose work it is: one participant's or one group's."""

    enrolment_id: int | None = None
    group_id: int | None = None

    def __post_init__(self) -> None:
        if (self.enrolment_id is None) == (self.group_id is None):
            raise ValueError("work belongs to one participant or to one group")

    def owns(self, work: type[Draft] | type[Submission]) -> ColumnElement[bool]:
        """The clause that selects this owner's drafts or submissions."""
        if self.enrolment_id is not None:
            return work.enrolment_id == self.enrolment_id
        return work.group_id == self.group_id


class SubmissionPart(Base):
    """One deliverable of a submission: text, a file, or both. ``word_count`` is what counts of the two."""

    __tablename__ = "submission_parts"
    __table_args__ = (UniqueConstraint("submission_id", "deliverable_key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submissions.id", ondelete="CASCADE"))
    position: Mapped[int]
    deliverable_key: Mapped[str] = mapped_column(String(80))
    body: Mapped[str] = mapped_column(Text)
    file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_files.id"))
    word_count: Mapped[int] = mapped_column(default=0)

    file: Mapped[StoredFile | None] = relationship()


class SubmissionMember(Base):
    """Who was in the group when it submitted: marks follow this roster, not the group as it is later."""

    __tablename__ = "submission_members"

    submission_id: Mapped[int] = mapped_column(ForeignKey("submissions.id", ondelete="CASCADE"), primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolments.id", ondelete="CASCADE"), primary_key=True)
