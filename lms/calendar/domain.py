"""Pure rules of time: when somebody is reminded, when a moved date is told, and how dates stand in weeks."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from lms.courses.domain.content import Text
from lms.courses.domain.schedule import last_instant_after

# A coordinator moves several dates one after the other: all of them go into one letter.
SETTLING = timedelta(minutes=10)


class Reminder(enum.StrEnum):
    """A reminder of a deadline, as the kind of its notice."""

    THREE_DAYS = "deadline_in_three_days"
    ONE_DAY = "deadline_in_a_day"


_REMINDERS = ((timedelta(hours=24), Reminder.ONE_DAY), (timedelta(hours=72), Reminder.THREE_DAYS))
LONGEST_REMINDER = _REMINDERS[-1][0]


def reminder_due(due_at: datetime, now: datetime) -> Reminder | None:
    """The reminder that a deadline calls for now, or ``None``: too early, or over.

    Within a day the second alone: whoever was not reminded at three days gets one letter, not two. The stated minute
    still belongs to the time that is left.
    """
    left = last_instant_after(due_at) - now
    if left <= timedelta(0):
        return None
    return next((reminder for before, reminder in _REMINDERS if left <= before), None)


class Kind(enum.StrEnum):
    """What happens at a date."""

    SESSION = "session"
    OPENS = "opens"
    DUE = "due"


@dataclass(frozen=True, slots=True)
class OwnDate:
    """One date of one person. ``ends_at`` is exclusive; ``name`` and ``key`` tell it from all others of its edition.

    ``sequence`` grows with each change. ``place`` holds the values of the page's address.
    """

    kind: Kind
    feature: str
    key: str
    title: Text
    starts_at: datetime
    ends_at: datetime
    edition_id: int
    code: str
    endpoint: str
    place: Mapping[str, Any] = field(hash=False)
    sequence: int = 0
    is_done: bool = False
    is_cancelled: bool = False


def by_week(dates: Iterable[OwnDate], zone: str) -> list[tuple[date, list[tuple[date, list[OwnDate]]]]]:
    """Dates by week (its Monday) and day on a person's clock, in order."""
    clock = ZoneInfo(zone)

    def day_of(one: OwnDate) -> date:
        return one.starts_at.astimezone(clock).date()

    ordered = sorted(dates, key=lambda one: (one.starts_at, one.kind, one.key))
    days = [(day, list(group)) for day, group in groupby(ordered, key=day_of)]
    return [(monday, list(group)) for monday, group in groupby(days, key=lambda pair: monday_of(pair[0]))]


def monday_of(day: date) -> date:
    """The Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def is_settled(seen_at: datetime, now: datetime) -> bool:
    """True once nobody has changed a date for a while, so that its change may be told."""
    return now - seen_at >= SETTLING


def matters(told: Sequence[str], seen: Sequence[str], now: datetime) -> bool:
    """Whether a change of instants is worth a word: something of it, before or after, is still to come."""
    return told != seen and any(datetime.fromisoformat(one) > now for one in (*told, *seen))
