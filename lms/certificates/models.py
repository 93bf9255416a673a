"""Certificates as issued, and the append-only record of what happened to each."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.core.db import Base
from lms.core.files import StoredFile
from lms.courses.models import Edition, Enrolment


class Certificate(Base):
    """A certificate as issued: immutable but for the two instants at which it stopped standing.

    ``printed`` holds every fact on the sheet; the PDF is kept with its hash. It stands while it is neither replaced
    nor revoked, and a person has at most one that stands, by constraint.
    """

    __tablename__ = "certificates"
    __table_args__ = (
        UniqueConstraint("enrolment_id", "sequence"),
        CheckConstraint("replaced_by_id IS NULL OR replaced_at IS NOT NULL", name="replaced_when"),
        Index(
            "uq_certificates_one_standing",
            "enrolment_id",
            unique=True,
            sqlite_where=text("replaced_at IS NULL AND revoked_at IS NULL"),
            postgresql_where=text("replaced_at IS NULL AND revoked_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id"), index=True)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolments.id"))
    sequence: Mapped[int]
    kind: Mapped[str] = mapped_column(String(40))
    number: Mapped[str] = mapped_column(String(60), unique=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    language: Mapped[str] = mapped_column(String(10))
    printed: Mapped[dict[str, Any]]
    # The decision in full, with the scheme version it was made by, so that it can be explained for ever.
    decision: Mapped[dict[str, Any]]
    scheme_version_id: Mapped[int] = mapped_column(ForeignKey("scheme_versions.id"))
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_files.id"))
    issued_at: Mapped[datetime]
    issued_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    replaced_at: Mapped[datetime | None]
    replaced_by_id: Mapped[int | None] = mapped_column(ForeignKey("certificates.id"))
    revoked_at: Mapped[datetime | None]
    revocation_reason: Mapped[str] = mapped_column(String(500), default="")

    edition: Mapped[Edition] = relationship()
    enrolment: Mapped[Enrolment] = relationship()
    file: Mapped[StoredFile] = relationship()
    replaced_by: Mapped[Certificate | None] = relationship(remote_side=[id])

    @property
    def state(self) -> str:
        """``stands``, ``replaced`` or ``revoked``."""
        if self.revoked_at is not None:
            return "revoked"
        return "stands" if self.replaced_at is None else "replaced"
