"""Reads of live sessions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import and_, select
from sqlalchemy.orm import contains_eager

from lms.accounts.models import Person
from lms.attendance.domain import NOTHING, Record, SessionState, session_state, was_present
from lms.attendance.models import Attendance, AttendanceSheet, LiveSession
from lms.core.db import db
from lms.core.errors import NotFound
from lms.courses.domain.roles import Role
from lms.courses.models import Edition, Enrolment


def sessions_of(edition: Edition) -> Sequence[LiveSession]:
    """The live sessions of an edition, earliest first; one statement."""
    return db.session.scalars(
        select(LiveSession).where(LiveSession.edition_id == edition.id).order_by(LiveSession.starts_at, LiveSession.id)
    ).all()


def find_next_session(edition: Edition, now: datetime) -> LiveSession | None:
    """The session that runs now or comes next, or ``None`` when all are over; one statement."""
    coming = (session for session in sessions_of(edition) if state_of(session, now) in _AHEAD)
    return next(coming, None)


_AHEAD = (SessionState.COMING, SessionState.RUNNING)


def state_of(session: LiveSession, now: datetime) -> SessionState:
    """Where a session stands in time, or that it was cancelled."""
    if session.cancelled_at is not None:
        return SessionState.CANCELLED
    return session_state(session.starts_at, session.minutes, now)


def get_session(edition: Edition, key: str) -> LiveSession:
    """A session of an edition by its key; raises NotFound."""
    found = db.session.scalars(
        select(LiveSession).where(LiveSession.edition_id == edition.id, LiveSession.key == key)
    ).one_or_none()
    if found is None:
        raise NotFound(_("This edition has no such live session."))
    return found


@dataclass(frozen=True, slots=True)
class Attender:
    """A participant and what is known of them in a session."""

    enrolment: Enrolment
    record: Record
    is_present: bool | None


def attenders_of(session: LiveSession) -> list[Attender]:
    """Everybody who is enrolled as a participant, by name, with what is known of them; one statement."""
    rows = db.session.execute(
        select(Enrolment, Attendance)
        .join(Enrolment.person)
        .options(contains_eager(Enrolment.person))
        .outerjoin(Attendance, and_(Attendance.enrolment_id == Enrolment.id, Attendance.session_id == session.id))
        .where(
            Enrolment.edition_id == session.edition_id,
            Enrolment.role == Role.PARTICIPANT,
            Enrolment.withdrawn_at.is_(None),
        )
        .order_by(Person.name_key, Enrolment.id)
    )
    found = []
    for enrolment, row in rows:
        record = NOTHING if row is None else Record(row.joined_at, row.minutes, row.by_hand)
        found.append(Attender(enrolment, record, was_present(record, session.minimum_minutes)))
    return found


def agenda_of(edition: Edition, enrolment_id: int | None) -> list[tuple[LiveSession, Record]]:
    """The live sessions of an edition, earliest first, with what is known of one participant; one statement."""
    rows = db.session.execute(
        select(LiveSession, Attendance)
        .outerjoin(Attendance, and_(Attendance.session_id == LiveSession.id, Attendance.enrolment_id == enrolment_id))
        .where(LiveSession.edition_id == edition.id)
        .order_by(LiveSession.starts_at, LiveSession.id)
    )
    return [
        (session, NOTHING if row is None else Record(row.joined_at, row.minutes, row.by_hand)) for session, row in rows
    ]


def get_sheet(session: LiveSession, sheet_id: int) -> AttendanceSheet:
    """A sheet that was uploaded for a session; raises NotFound."""
    found = db.session.scalars(
        select(AttendanceSheet).where(AttendanceSheet.id == sheet_id, AttendanceSheet.session_id == session.id)
    ).one_or_none()
    if found is None:
        raise NotFound
    return found


def find_confirmed_sheet(edition: Edition, digest: str) -> tuple[AttendanceSheet, LiveSession] | None:
    """Where in an edition this very file was taken in before."""
    row = db.session.execute(
        select(AttendanceSheet, LiveSession)
        .join(LiveSession, LiveSession.id == AttendanceSheet.session_id)
        .where(
            LiveSession.edition_id == edition.id,
            AttendanceSheet.digest == digest,
            AttendanceSheet.confirmed_at.is_not(None),
        )
        .order_by(AttendanceSheet.id)
        .limit(1)
    ).one_or_none()
    return None if row is None else (row[0], row[1])
