"""Deadlines and dates: inclusive to the last instant, in the edition's zone, through the change of clocks."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.courses.domain.schedule import Moment, has_passed, instant_of, last_instant_after, minutes_late

# The edition that the report describes began on this Monday; the clocks of Rome were set back on the next Sunday.
FIRST_DAY = date(2022, 10, 24)
MICROSECOND = timedelta(microseconds=1)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "instant"),
    [
        ("day 1 08:00", utc(2022, 10, 24, 6, 0)),
        ("day 6 23:59", utc(2022, 10, 29, 21, 59)),
        ("day 7 01:30", utc(2022, 10, 29, 23, 30)),
        ("day 7 23:59", utc(2022, 10, 30, 22, 59)),
        ("day 8 08:00", utc(2022, 10, 31, 7, 0)),
        ("day 40 23:59", utc(2022, 12, 2, 22, 59)),
    ],
)
def test_wall_clock_times_hold_through_the_week_in_which_the_clocks_are_set_back(moment, instant) -> None:
    assert Moment.parse(moment).on(FIRST_DAY, "Europe/Rome") == instant


def test_a_time_that_occurs_twice_is_the_later_one() -> None:
    assert instant_of(date(2022, 10, 30), time(2, 30), "Europe/Rome") == utc(2022, 10, 30, 1, 30)


def test_a_time_that_does_not_occur_is_read_as_if_the_clocks_had_not_been_changed_yet() -> None:
    assert instant_of(date(2022, 3, 27), time(2, 30), "Europe/Rome") == utc(2022, 3, 27, 1, 30)


def test_where_clocks_never_change_nothing_shifts() -> None:
    days = [Moment(day, 23, 59).on(FIRST_DAY, "Africa/Harare") for day in range(1, 41)]
    assert {later - earlier for earlier, later in pairwise(days)} == {timedelta(days=1)}


def test_a_deadline_is_met_until_the_last_instant_of_its_minute() -> None:
    deadline = utc(2022, 12, 2, 22, 59)
    assert not has_passed(deadline, deadline)
    assert not has_passed(deadline, utc(2022, 12, 2, 22, 59, 59, 999_999))
    assert has_passed(deadline, utc(2022, 12, 2, 23, 0))
    assert last_instant_after(deadline) == utc(2022, 12, 2, 23, 0)


@pytest.mark.parametrize(
    ("after", "minutes"),
    [
        (timedelta(seconds=59), 0),
        (timedelta(seconds=60) - MICROSECOND, 0),
        (timedelta(seconds=60), 1),
        (timedelta(seconds=119), 1),
        (timedelta(seconds=120), 2),
        (timedelta(days=1), 1440),
    ],
)
def test_lateness_counts_whole_minutes_from_one(after, minutes) -> None:
    deadline = utc(2022, 12, 2, 22, 59)
    assert minutes_late(deadline, deadline + after) == minutes


@given(
    st.dates(date(2000, 1, 1), date(2060, 1, 1)),
    st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    st.sampled_from(["Europe/Rome", "Africa/Casablanca", "Africa/Harare", "Europe/Lisbon", "Asia/Kathmandu", "UTC"]),
)
def test_an_instant_shows_the_wall_clock_that_was_meant_unless_that_does_not_exist(day, at, zone) -> None:
    shown = instant_of(day, at, zone).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    meant = datetime.combine(day, at)
    assert shown == meant or meant < shown <= meant + timedelta(hours=2)


@given(st.datetimes(timezones=st.just(UTC)), st.timedeltas(timedelta(0), timedelta(days=3)))
def test_lateness_begins_exactly_when_the_deadline_has_passed(deadline, after) -> None:
    if deadline.year > 9990:
        return
    at = deadline + after
    assert (minutes_late(deadline, at) > 0) == has_passed(deadline, at)
    assert not has_passed(deadline, deadline)


@pytest.mark.parametrize(
    "text", ["day 0 08:00", "day 1 24:00", "day 1 8:00", "Day 1 08:00", "1 08:00", "day 1 08:60", ""]
)
def test_a_mistyped_moment_is_refused(text) -> None:
    with pytest.raises(ValueError, match="day 7 23:59"):
        Moment.parse(text)


@given(st.integers(1, 9999), st.integers(0, 23), st.integers(0, 59))
def test_a_moment_reads_back_as_it_is_written(day, hour, minute) -> None:
    moment = Moment(day, hour, minute)
    assert Moment.parse(str(moment)) == moment
