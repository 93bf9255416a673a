"""Set up an edition's live sessions, move, cancel and complete them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime, time
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from lms.attendance.domain import SessionState, session_state
from lms.attendance.models import LiveSession
from lms.attendance.queries import get_session, sessions_of
from lms.core.audit import record_event
from lms.core.db import db
from lms.core.errors import RuleViolation
from lms.courses.documents import course_from_document
from lms.courses.domain.content import CourseContent
from lms.courses.domain.schedule import instant_of
from lms.courses.hooks import Dated
from lms.courses.models import CourseRelease, Edition
from lms.courses.permissions import Member, require_coordinating, require_running
from lms.courses.queries import get_content


def create_sessions(edition: Edition, release: CourseRelease, now: datetime) -> None:
    """Give a new edition the live sessions of its course."""
    _add_missing(edition, get_content(release.id))


def refresh_sessions(release: CourseRelease, now: datetime) -> None:
    """Bring a new release's texts, and sessions that are new in it, into the editions that show it.

    When a session meets and where to join belong to the edition and stay; a session that the course no longer has
    stays too, since people may have it in their calendars.
    """
    content = course_from_document(release.document)  # not from the cache: the import may still be rolled back
    plans = {plan.key: plan for plan in content.agenda}
    running = select(Edition).where(Edition.release_id == release.id, Edition.closed_at.is_(None))
    for edition in db.session.scalars(running).all():
        for session in sessions_of(edition):
            plan = plans.get(session.key)
            if plan is not None:
                session.title, session.description = dict(plan.title), dict(plan.description)
        _add_missing(edition, content)


def _add_missing(edition: Edition, content: CourseContent) -> None:
    existing = {session.key for session in sessions_of(edition)}
    db.session.add_all(
        LiveSession(
            edition_id=edition.id,
            key=plan.key,
            title=dict(plan.title),
            description=dict(plan.description),
            starts_at=plan.starts.on(edition.starts_on, edition.time_zone),
            minutes=plan.minutes,
        )
        for plan in content.agenda
        if plan.key not in existing
    )


def list_dates(edition: Edition) -> list[Dated]:
    """When each live session starts that has not been cancelled."""
    return [
        Dated(session.key, session.title, session.starts_at)
        for session in sessions_of(edition)
        if session.cancelled_at is None
    ]


def write_dates(edition: Edition, changed: Dated) -> None:
    """Move a live session."""
    session = get_session(edition, changed.key)
    session.sequence += session.starts_at != changed.opens_at
    session.starts_at = changed.opens_at


@dataclass(frozen=True, slots=True)
class Particulars:
    """What a coordinator says of a session besides its time. Addresses are empty while they are not known.

    ``recording_bytes`` is what the recording weighs; ``minimum_minutes`` how long one must be there to count as present.
    """

    link: str = ""
    material: str = ""
    recording: str = ""
    recording_bytes: int | None = None
    minimum_minutes: int = 0


def change_session(
    actor: Member, key: str, *, day: date, at: time, minutes: int, now: datetime, particulars: Particulars
) -> LiveSession:
    """Say when a session meets, where one joins it, and what belongs to it.

    Args:
        day, at: the start by the clock of the edition's time zone.
        minutes: how long it lasts.

    Raises:
        NotFound: if the edition has no such session.
        RuleViolation: if the edition is closed, or nobody could be there for the minimum of minutes.
    """
    require_coordinating(actor)
    session = get_session(actor.edition, key)
    if actor.edition.closed_at is not None:
        raise RuleViolation(_("This edition is closed, so its agenda stays as it is. Nothing was changed."))
    if particulars.minimum_minutes > minutes:
        raise RuleViolation(_("The session is shorter than the minutes one must be there. Nothing was changed."))
    before = _state_of(session)
    session.starts_at = instant_of(day, at, actor.edition.time_zone)
    session.minutes = minutes
    for name, value in asdict(particulars).items():
        setattr(session, name, value)
    after = _state_of(session)
    # Calendars must learn of another time or place, not of a recording.
    session.sequence += any(before[name] != after[name] for name in ("starts_at", "minutes", "link"))
    _record("live session changed", actor, session, now, before=before, after=after)
    return session


def _state_of(session: LiveSession) -> dict[str, Any]:
    return {
        "starts_at": session.starts_at.isoformat(), "minutes": session.minutes,
        **{name: getattr(session, name) for name in Particulars.__dataclass_fields__},
    }  # fmt: skip


def cancel_session(actor: Member, key: str, now: datetime) -> LiveSession:
    """Say that a session does not take place; participants are told, and their calendars strike it out.

    Raises:
        NotFound: if the edition has no such session.
        RuleViolation: if it is over, or the edition is closed.
    """
    require_coordinating(actor)
    require_running(actor.edition)
    session = get_session(actor.edition, key)
    if session_state(session.starts_at, session.minutes, now) is SessionState.OVER:
        raise RuleViolation(_("This session is over. Nothing was changed."))
    if session.cancelled_at is None:
        session.cancelled_at = now
        session.sequence += 1
        _record("live session cancelled", actor, session, now)
    return session


def reinstate_session(actor: Member, key: str, now: datetime) -> LiveSession:
    """Let a cancelled session take place after all.

    Raises:
        NotFound: if the edition has no such session.
        RuleViolation: if the edition is closed.
    """
    require_coordinating(actor)
    require_running(actor.edition)
    session = get_session(actor.edition, key)
    if session.cancelled_at is not None:
        session.cancelled_at = None
        session.sequence += 1
        _record("live session reinstated", actor, session, now)
    return session


def _record(action: str, actor: Member, session: LiveSession, now: datetime, **details: Any) -> None:
    record_event(
        action, now=now, actor_id=actor.person.id, subject_type="live session", subject_id=session.id,
        edition_id=actor.edition.id, key=session.key, **details,
    )  # fmt: skip
