"""Files of questions that wait to be confirmed, and the pictures that questions show."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.core.db import Base
from lms.core.files import StoredFile


class QuestionImport(Base):
    """A file of questions as it was read, waiting to be confirmed; confirmed once, after which its lines are gone.

    ``counts`` says how many of its lines are accepted, skipped and faulty, and of the accepted ones how many are new,
    changed and the same; after confirmation what was done.
    """

    __tablename__ = "question_imports"

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id", ondelete="CASCADE"), index=True)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]
    file_name: Mapped[str] = mapped_column(String(255))
    format: Mapped[str] = mapped_column(String(20))
    language: Mapped[str] = mapped_column(String(10))
    counts: Mapped[dict[str, Any]]
    confirmed_at: Mapped[datetime | None]


class QuestionImportLine(Base):
    """What became of one question of the file, in the file's order.

    ``state`` is accepted, skipped or faulty; ``plan`` of an accepted one is new, changed or same, ``known_key`` the
    question in the bank that it is. ``notes`` are sentences as ``[message, values]``, the reason being the first.
    """

    __tablename__ = "question_import_lines"
    __table_args__ = (Index("ix_question_import_lines_import_id_state", "import_id", "state"),)

    import_id: Mapped[int] = mapped_column(ForeignKey("question_imports.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(String(10))
    plan: Mapped[str] = mapped_column(String(10))
    name: Mapped[str] = mapped_column(String(255))
    file: Mapped[str] = mapped_column(String(255))
    line: Mapped[int | None]
    notes: Mapped[list[Any]]
    document: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    has_own_key: Mapped[bool]
    known_key: Mapped[str] = mapped_column(String(80))


class QuestionPicture(Base):
    """A picture that questions of a course show, known by the digest of its bytes.

    ``import_id`` names the file that brought it while that is not confirmed; then nobody else sees it yet.
    """

    __tablename__ = "question_pictures"
    __table_args__ = (UniqueConstraint("course_id", "digest"), Index("ix_question_pictures_digest", "digest"))

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id", ondelete="CASCADE"))
    digest: Mapped[str] = mapped_column(String(64))
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_files.id"))
    import_id: Mapped[int | None] = mapped_column(ForeignKey("question_imports.id", ondelete="SET NULL"), index=True)

    file: Mapped[StoredFile] = relationship()
