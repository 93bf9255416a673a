"""Record who was in a session: by their own link, or by hand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from flask import current_app
from flask_babel import gettext as _
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import func
from sqlalchemy.dialects import postgresql, sqlite

from lms.attendance.domain import SessionState
from lms.attendance.models import Attendance, LiveSession
from lms.attendance.queries import attenders_of, get_session, state_of
from lms.core.audit import record_event
from lms.core.db import db
from lms.core.errors import NotFound, RuleViolation
from lms.courses.models import Enrolment
from lms.courses.permissions import Member, require_running, require_teaching


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.secret_key or "", salt="join session")


def join_token(session_id: int, enrolment_id: int) -> str:
    """What names a participant on the way into a session: whoever opens it comes in under their name."""
    return str(_signer().dumps([session_id, enrolment_id]))


def read_join_token(token: str) -> tuple[LiveSession, Enrolment]:
    """The session and the participant that a token names.

    Raises:
        NotFound: for any other text, and for somebody who has withdrawn.
    """
    try:
        session_id, enrolment_id = _signer().loads(token)
    except (BadSignature, ValueError, TypeError) as error:
        raise NotFound(_("This link is not complete. Copy the whole line, or join from the agenda.")) from error
    session = db.session.get(LiveSession, session_id)
    enrolment = db.session.get(Enrolment, enrolment_id)
    if session is None or enrolment is None or enrolment.edition_id != session.edition_id or enrolment.withdrawn_at:
        raise NotFound(_("This link is not complete. Copy the whole line, or join from the agenda."))
    return session, enrolment


def join_session(token: str, now: datetime) -> LiveSession:
    """Record that the holder of a token goes into a session, and return it. Going in again changes nothing.

    Raises:
        NotFound: as ``read_join_token``.
        RuleViolation: before the doors open and once it is over: nobody is present then.
    """
    session, enrolment = read_join_token(token)
    state = state_of(session, now)
    if state is SessionState.CANCELLED:
        raise RuleViolation(_("This session does not take place."))
    if state is not SessionState.RUNNING:
        raise RuleViolation(_("One can join from 15 minutes before the session until its end."))
    _keep({enrolment.id: {"joined_at": now}}, session, keep_first=True)
    return session


def set_attendance(actor: Member, key: str, by_hand: Mapping[int, bool | None], now: datetime) -> int:
    """Say of participants who was there, by their enrolment; ``None`` takes back what was said. Return how many changed.

    Raises:
        NotAllowed: unless the actor teaches in the edition.
        NotFound: if the edition has no such session, or one of the people is no participant of it.
        RuleViolation: before the session begins, if it was cancelled, or if the edition is closed.
    """
    require_teaching(actor)
    require_running(actor.edition)
    session = get_session(actor.edition, key)
    require_begun(session, now)
    now_known = {one.enrolment.id: one.record.by_hand for one in attenders_of(session)}
    if not by_hand.keys() <= now_known.keys():
        raise NotFound
    changes = {one: said for one, said in by_hand.items() if said is not now_known[one]}
    if changes:
        _keep({one: {"by_hand": said} for one, said in changes.items()}, session)
        record_event(
            "attendance set", now=now, actor_id=actor.person.id, subject_type="live session", subject_id=session.id,
            edition_id=actor.edition.id, key=key, by_hand={str(one): said for one, said in changes.items()},
        )  # fmt: skip
    return len(changes)


def require_begun(session: LiveSession, now: datetime) -> None:
    """Raises RuleViolation while nobody can have been there."""
    state = state_of(session, now)
    if state is SessionState.CANCELLED:
        raise RuleViolation(_("This session does not take place."))
    if state is SessionState.COMING:
        raise RuleViolation(_("This session has not begun, so nobody can have been there yet. Nothing was changed."))


def keep_minutes(session: LiveSession, minutes: Mapping[int, int]) -> None:
    """Keep what a sheet says of people, by their enrolment; of two sheets that name somebody, the longer stay holds."""
    _keep({one: {"minutes": number} for one, number in minutes.items()}, session, keep_longest=True)


def _keep(
    values: Mapping[int, Mapping[str, object]],
    session: LiveSession,
    *,
    keep_first: bool = False,
    keep_longest: bool = False,
) -> None:
    insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    for enrolment_id, known in values.items():
        (column,) = known
        row = insert(Attendance).values(session_id=session.id, enrolment_id=enrolment_id, **known)
        held, new = getattr(Attendance, column), getattr(row.excluded, column)
        if keep_first:
            new = func.coalesce(held, new)
        elif keep_longest:
            greatest = func.greatest if db.engine.dialect.name == "postgresql" else func.max
            new = greatest(func.coalesce(held, 0), new)
        db.session.execute(row.on_conflict_do_update(index_elements=["session_id", "enrolment_id"], set_={column: new}))
    db.session.expire_all()
