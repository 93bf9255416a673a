"""Days, times and deadlines: relative to an edition's start in packs, instants in the database.

Source: docs/rules.md#deadlines.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)
_MOMENT = re.compile(r"day ([1-9]\d{0,3}) ([01]\d|2[0-3]):([0-5]\d)")


@dataclass(frozen=True, slots=True, order=True)
class Moment:
    """A day and time relative to the edition's start: day 1 is the first day."""

    day: int
    hour: int
    minute: int

    @classmethod
    def parse(cls, text: str) -> Moment:
        """Read ``day 7 23:59``; raises ValueError for anything else."""
        match = _MOMENT.fullmatch(text)
        if match is None:
            raise ValueError(f"“{text}” is not a day and time: write it like “day 7 23:59”")
        day, hour, minute = match.groups()
        return cls(int(day), int(hour), int(minute))

    def __str__(self) -> str:
        return f"day {self.day} {self.hour:02}:{self.minute:02}"

    def on(self, starts_on: date, time_zone: str) -> datetime:
        """The instant of this moment in an edition that starts on a day, in UTC."""
        return instant_of(starts_on + timedelta(days=self.day - 1), time(self.hour, self.minute), time_zone)


def instant_of(day: date, at: time, time_zone: str) -> datetime:
    """The instant of a wall-clock time, in UTC.

    A time that occurs twice (clocks set back) is the later one, so that nobody loses an hour; one that does not
    occur (clocks set forward) is read as if the clock had not been changed yet.
    """
    zone = ZoneInfo(time_zone)
    twice = datetime.combine(day, at, zone).replace(fold=1)
    first = twice.replace(fold=0)
    later = max(first.astimezone(UTC), twice.astimezone(UTC))
    exists = later.astimezone(zone).replace(tzinfo=None) == datetime.combine(day, at)
    return later if exists else first.astimezone(UTC)


def shifted(instant: datetime, days: int, time_zone: str) -> datetime:
    """The same wall-clock time some days later (earlier, where negative), whatever clocks do in between."""
    local = instant.astimezone(ZoneInfo(time_zone))
    return instant_of(local.date() + timedelta(days=days), local.time(), time_zone)


def has_passed(deadline: datetime, now: datetime) -> bool:
    """True once the stated minute is over: a deadline of 23:59 is met until 23:59:59.999999."""
    return now >= last_instant_after(deadline)


def last_instant_after(deadline: datetime) -> datetime:
    """The first instant that is too late: the end of the deadline's minute."""
    return deadline.replace(second=0, microsecond=0) + MINUTE


def minutes_late(deadline: datetime, at: datetime) -> int:
    """Whole minutes by which an instant misses a deadline, at least 1 if it does, else 0."""
    if not has_passed(deadline, at):
        return 0
    return int((at - last_instant_after(deadline)) / MINUTE) + 1
