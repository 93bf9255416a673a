"""Reads of live sessions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select

from lms.attendance.domain import SessionState, session_state
from lms.attendance.models import LiveSession
from lms.core.db import db
from lms.core.errors import NotFound
from lms.courses.models import Edition


def sessions_of(edition: Edition) -> Sequence[LiveSession]:
    """The live sessions of an edition, earliest first; one statement."""
    return db.session.scalars(
        select(LiveSession).where(LiveSession.edition_id == edition.id).order_by(LiveSession.starts_at, LiveSession.id)
    ).all()


def find_next_session(edition: Edition, now: datetime) -> LiveSession | None:
    """The session that runs now or comes next, or ``None`` when all are over; one statement."""
    coming = (s for s in sessions_of(edition) if session_state(s.starts_at, s.minutes, now) is not SessionState.OVER)
    return next(coming, None)


def get_session(edition: Edition, key: str) -> LiveSession:
    """A session of an edition by its key; raises NotFound."""
    found = db.session.scalars(
        select(LiveSession).where(LiveSession.edition_id == edition.id, LiveSession.key == key)
    ).one_or_none()
    if found is None:
        raise NotFound(_("This edition has no such live session."))
    return found
