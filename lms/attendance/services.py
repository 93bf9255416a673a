"""Set up an edition's live sessions and move them."""

from __future__ import annotations

from datetime import date, datetime, time

from flask_babel import gettext as _
from sqlalchemy import select

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
from lms.courses.permissions import Member, require_coordinating
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
    """When each live session starts."""
    return [Dated(session.key, session.title, session.starts_at) for session in sessions_of(edition)]


def write_dates(edition: Edition, changed: Dated) -> None:
    """Move a live session."""
    get_session(edition, changed.key).starts_at = changed.opens_at


def change_session(
    actor: Member, key: str, *, day: date, at: time, minutes: int, link: str, now: datetime
) -> LiveSession:
    """Say when a session meets and where one joins it.

    Args:
        day, at: the start by the clock of the edition's time zone.
        minutes: how long it lasts.
        link: a web address, or empty while it is not known.

    Raises:
        NotFound: if the edition has no such session.
        RuleViolation: if the edition is closed.
    """
    require_coordinating(actor)
    session = get_session(actor.edition, key)
    if actor.edition.closed_at is not None:
        raise RuleViolation(_("This edition is closed, so its agenda stays as it is. Nothing was changed."))
    before = {"starts_at": session.starts_at.isoformat(), "minutes": session.minutes, "link": session.link}
    session.starts_at = instant_of(day, at, actor.edition.time_zone)
    session.minutes, session.link = minutes, link
    record_event(
        "live session changed",
        now=now,
        actor_id=actor.person.id,
        subject_type="live session",
        subject_id=session.id,
        edition_id=actor.edition.id,
        key=key,
        before=before,
        after={"starts_at": session.starts_at.isoformat(), "minutes": minutes, "link": link},
    )
    return session
