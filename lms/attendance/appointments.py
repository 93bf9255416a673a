"""Live sessions as calendars take them."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

from flask import url_for
from flask_babel import gettext as _

from lms.attendance.attending import join_token
from lms.attendance.models import LiveSession
from lms.core.calendars import Appointment
from lms.core.web import plain_filter
from lms.courses.models import Edition


def identity(public_url: str, *parts: object) -> str:
    """What names an event for ever: unique to this site, and free of anything that may change about the event."""
    return f"{'-'.join(str(part) for part in parts)}@{urlsplit(public_url).hostname}"


def appointment_of(session: LiveSession, edition: Edition, enrolment_id: int | None, public_url: str) -> Appointment:
    """A session in the language of the page or letter; a participant's has their own way in.

    Args:
        enrolment_id: the participant whose calendar it is; ``None`` for those who teach.
    """
    if enrolment_id is not None:
        way_in = public_url + url_for("attendance.join", token=join_token(session.id, enrolment_id))
    else:
        way_in = session.link
    agenda = public_url + url_for("attendance.agenda", code=edition.code) + f"#{session.key}"
    parts = [plain_filter(session.description), way_in and _("Join here: %(address)s", address=way_in)]
    return Appointment(
        uid=identity(public_url, "session", session.id),
        summary=f"{plain_filter(session.title)} ({edition.code})",
        starts_at=session.starts_at,
        ends_at=session.starts_at + timedelta(minutes=session.minutes),
        sequence=session.sequence,
        url=agenda,
        description="\n\n".join(part for part in parts if part),
        location=way_in,
        is_cancelled=session.cancelled_at is not None,
    )
