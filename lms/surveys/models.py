"""Questionnaires; who has answered; and what was answered — with nothing that joins the two."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lms.core.db import Base


class Survey(Base):
    """A questionnaire of an edition. ``document`` is the release's ``SurveyPlan``, copied when the edition is created."""

    __tablename__ = "surveys"
    __table_args__ = (UniqueConstraint("edition_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(String(80))
    title: Mapped[dict[str, str]]
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    document: Mapped[dict[str, Any]]


class SurveyParticipation(Base):
    """That a participant has answered. No time and no order: nothing here leads to an answer."""

    __tablename__ = "survey_participations"
    __table_args__ = {"sqlite_with_rowid": False}

    survey_id: Mapped[int] = mapped_column(ForeignKey("surveys.id", ondelete="CASCADE"), primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolments.id", ondelete="CASCADE"), primary_key=True)


class SurveyReturn(Base):
    """One anonymous set of answers under a random key, kept in the key's order so that arrival leaves no trace.

    ``answers`` maps question keys to 1–5, to a text, or to ``"na"``. The language is not kept: in a small course it
    would name the one person who writes in it.
    """

    __tablename__ = "survey_returns"
    __table_args__ = {"sqlite_with_rowid": False}

    key: Mapped[str] = mapped_column(String(32), primary_key=True)
    survey_id: Mapped[int] = mapped_column(ForeignKey("surveys.id", ondelete="CASCADE"), index=True)
    answers: Mapped[dict[str, Any]]
