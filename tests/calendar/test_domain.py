"""When people are reminded, and how dates stand in weeks."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.calendar.domain import Kind, OwnDate, Reminder, by_week, is_settled, matters, monday_of, reminder_due
from lms.courses.domain.schedule import instant_of

DUE = datetime(2026, 3, 13, 22, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("before", "reminder"),
    [
        (timedelta(hours=72, minutes=-1), Reminder.THREE_DAYS),
        (timedelta(hours=72), None),
        (timedelta(hours=24), Reminder.THREE_DAYS),
        (timedelta(hours=24, minutes=-1), Reminder.ONE_DAY),
        (timedelta(minutes=1), Reminder.ONE_DAY),
        (timedelta(0), Reminder.ONE_DAY),
        (timedelta(minutes=-1), None),
    ],
    ids=["under-72h", "72h-and-a-minute", "24h-and-a-minute", "under-24h", "a-minute", "in-its-minute", "over"],
)
def test_a_deadline_calls_for_its_reminder(before: timedelta, reminder: Reminder | None) -> None:
    # The stated minute belongs to the time that is left: 72 hours before it, 72 hours and a minute are left.
    assert reminder_due(DUE, DUE - before) is reminder


def test_edge_case_48_a_deadline_of_2359_lasts_to_the_end_of_its_minute_in_the_week_the_clocks_change() -> None:
    # The clocks of Rome were set back on 30 October 2022, between the two days.
    before = instant_of(date(2022, 10, 29), time(23, 59), "Europe/Rome")
    after = instant_of(date(2022, 10, 30), time(23, 59), "Europe/Rome")
    assert (before, after) == (
        datetime(2022, 10, 29, 21, 59, tzinfo=UTC),
        datetime(2022, 10, 30, 22, 59, tzinfo=UTC),
    )
    assert reminder_due(after, after + timedelta(seconds=59, microseconds=999_999)) is Reminder.ONE_DAY
    assert reminder_due(after, after + timedelta(seconds=60)) is None


def on(instant: datetime, key: str = "quiz-1") -> OwnDate:
    minute = timedelta(minutes=1)
    return OwnDate(Kind.DUE, "quizzes", key, {"en": key}, instant, instant + minute, 1, "R1", "quizzes.show", {})


@pytest.mark.parametrize(
    ("zone", "day"),
    [("Africa/Dakar", 30), ("Europe/Rome", 30), ("Africa/Nairobi", 31), ("Africa/Harare", 31)],
    ids=["dakar", "rome", "nairobi", "harare"],
)
def test_edge_case_48_a_date_stands_on_the_day_that_it_has_on_the_persons_own_clock(zone: str, day: int) -> None:
    (week,) = by_week([on(instant_of(date(2022, 10, 30), time(23, 59), "Europe/Rome"))], zone)
    assert week[1][0][0] == date(2022, 10, day)


def test_dates_stand_in_their_weeks_in_order() -> None:
    friday, monday = datetime(2026, 3, 13, 12, tzinfo=UTC), datetime(2026, 3, 16, 12, tzinfo=UTC)
    weeks = by_week([on(monday, "b"), on(friday, "c"), on(friday, "a")], "UTC")
    assert [start for start, _days in weeks] == [date(2026, 3, 9), date(2026, 3, 16)]
    assert [one.key for _start, days in weeks for _day, dates in days for one in dates] == ["a", "c", "b"]


@given(st.dates())
def test_a_week_begins_on_its_monday(day: date) -> None:
    if day.toordinal() > 7:
        monday = monday_of(day)
        assert monday.weekday() == 0
        assert 0 <= (day - monday).days < 7


def test_a_change_is_told_once_it_has_settled_and_only_if_something_of_it_is_to_come() -> None:
    now = datetime(2026, 3, 10, 9, tzinfo=UTC)
    past, future = "2026-03-01T08:00:00+00:00", "2026-03-20T08:00:00+00:00"
    assert not is_settled(now - timedelta(minutes=9), now)
    assert is_settled(now - timedelta(minutes=10), now)
    assert matters([past], [future], now)
    assert matters([future], [past], now)
    assert matters([future], [], now)
    assert not matters([past], ["2026-03-02T08:00:00+00:00"], now)
    assert not matters([future], [future], now)
