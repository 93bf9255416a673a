"""Writes calendar files (RFC 5545): instants in UTC, an identity for each event that never changes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from icalendar import Calendar, Event
from icalendar.prop import vDuration

MEDIA_TYPE = "text/calendar; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Appointment:
    """One event. ``uid`` stays the same whatever happens to it; ``sequence`` grows with each change.

    ``ends_at`` is exclusive. A cancelled event is still sent, so that calendars strike it out. Where something is due
    rather than happening, ``is_deadline`` keeps the time free for other appointments.
    """

    uid: str
    summary: str
    starts_at: datetime
    ends_at: datetime
    sequence: int
    url: str = ""
    description: str = ""
    location: str = ""
    is_cancelled: bool = False
    is_deadline: bool = False


def write_calendar(appointments: Iterable[Appointment], *, name: str, stamped_at: datetime) -> bytes:
    """A calendar file with these events.

    Args:
        name: as calendar programmes show it.
        stamped_at: when the file was written.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//Segin//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", vDuration(timedelta(hours=4)), parameters={"value": "DURATION"})
    for one in appointments:
        calendar.add_component(_event(one, stamped_at))
    return bytes(calendar.to_ical())


def _event(one: Appointment, stamped_at: datetime) -> Event:
    event = Event()
    event.add("uid", one.uid)
    event.add("dtstamp", stamped_at.astimezone(UTC))
    event.add("dtstart", one.starts_at.astimezone(UTC))
    event.add("dtend", one.ends_at.astimezone(UTC))
    event.add("sequence", one.sequence)
    event.add("summary", one.summary)
    event.add("status", "CANCELLED" if one.is_cancelled else "CONFIRMED")
    event.add("transp", "TRANSPARENT" if one.is_deadline or one.is_cancelled else "OPAQUE")
    for name in ("url", "description", "location"):
        value = getattr(one, name)
        if value:
            event.add(name, value)
    return event
