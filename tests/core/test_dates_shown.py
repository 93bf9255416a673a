"""How instants are shown: the year is named wherever it is not the year that runs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from flask import Flask, g
from flask_babel import force_locale

from lms.core.i18n import locale_of
from lms.core.web import day_filter, filesize_filter, moment_filter, points_filter
from lms.courses.display import distance


@pytest.mark.parametrize(
    ("instant", "form", "zone", "shown"),
    [
        (datetime(2026, 12, 2, 22, 59, tzinfo=UTC), "long", "Europe/Rome", "Wednesday 2 December, 23:59"),
        (datetime(2026, 12, 2, 22, 59, tzinfo=UTC), "short", "Europe/Rome", "2 Dec, 23:59"),
        (datetime(2022, 12, 2, 22, 59, tzinfo=UTC), "long", "Europe/Rome", "Friday 2 December 2022, 23:59"),
        (datetime(2022, 12, 2, 22, 59, tzinfo=UTC), "short", "Africa/Harare", "3 Dec 2022, 00:59"),
        (datetime(2026, 12, 31, 23, 30, tzinfo=UTC), "short", "UTC", "31 Dec, 23:30"),
        (datetime(2026, 12, 31, 23, 30, tzinfo=UTC), "short", "Europe/Rome", "1 Jan 2027, 00:30"),
        (datetime(2026, 12, 2, 22, 59, tzinfo=UTC), "year", "Europe/Rome", "2 December 2026, 23:59"),
    ],
)
def test_the_year_is_named_where_it_is_not_the_year_that_runs(
    app: Flask, set_now: Callable[[datetime], None], instant: datetime, form: str, zone: str, shown: str
) -> None:
    set_now(datetime(2026, 3, 10, 9, 0, tzinfo=UTC))
    with app.test_request_context("/"):
        assert moment_filter(instant, zone, form) == shown


@pytest.mark.parametrize(
    ("instant", "form", "shown"),
    [
        (datetime(2026, 12, 2, 21, 59, tzinfo=UTC), "long", "quarta-feira, 2 de dezembro, 23:59"),
        (datetime(2022, 12, 2, 21, 59, tzinfo=UTC), "long", "sexta-feira, 2 de dezembro de 2022, 23:59"),
        (datetime(2026, 12, 2, 21, 59, tzinfo=UTC), "short", "2 dez., 23:59"),
        (datetime(2026, 12, 2, 21, 59, tzinfo=UTC), "year", "2 de dezembro de 2026, 23:59"),
    ],
)
def test_an_instant_is_joined_in_portuguese_as_in_maputo(
    app: Flask, set_now: Callable[[datetime], None], instant: datetime, form: str, shown: str
) -> None:
    set_now(datetime(2026, 3, 10, 9, 0, tzinfo=UTC))
    with app.test_request_context("/"), force_locale(locale_of("pt")):
        assert moment_filter(instant, "Africa/Maputo", form) == shown


def test_days_and_numbers_are_written_in_portuguese_as_in_maputo(app: Flask) -> None:
    with app.test_request_context("/"), force_locale(locale_of("pt")):
        assert day_filter(date(2026, 12, 2)) == "quarta-feira, 2 de dezembro de 2026"
        assert points_filter(Decimal("12345.5")) == "12\N{NO-BREAK SPACE}345,50"
        assert filesize_filter(3 * 1024 * 1024) == "3,0 MB"


@pytest.mark.parametrize(
    ("form", "shown"),
    [
        ("long", "mardi 1er décembre, 23:59"),
        ("short", "1er déc., 23:59"),
        ("year", "1er décembre 2026, 23:59"),
    ],
)
def test_the_first_of_a_month_is_written_in_french_as_it_is_said(
    app: Flask, set_now: Callable[[datetime], None], form: str, shown: str
) -> None:
    """“mardi 1 décembre” stood in pages and letters, as in the locale data."""
    set_now(datetime(2026, 3, 10, 9, 0, tzinfo=UTC))
    instant = datetime(2026, 12, 1, 21, 59, tzinfo=UTC)
    with app.test_request_context("/"), force_locale("fr"):
        assert moment_filter(instant, "Africa/Maputo", form) == shown
        assert moment_filter(instant + timedelta(days=1), "Africa/Maputo", "short") == "2 déc., 23:59"
        assert day_filter(date(2026, 12, 1)) == "mardi 1er décembre 2026"
        assert day_filter(date(2026, 12, 21)) == "lundi 21 décembre 2026"


def test_a_page_in_portuguese_takes_its_dates_and_numbers_from_the_same_locale(app: Flask) -> None:
    with app.test_request_context("/"):
        g.language = "pt"
        assert day_filter(date(2026, 12, 2)) == "quarta-feira, 2 de dezembro de 2026"
        assert points_filter(Decimal("12345.5")) == "12\N{NO-BREAK SPACE}345,50"


_MINUTES = {"minute": 1, "hour": 60, "day": 24 * 60, "month": 30 * 24 * 60, "year": 365 * 24 * 60}


def test_what_is_further_away_never_reads_as_nearer(app: Flask, set_now: Callable[[datetime], None]) -> None:
    """“1 day ago” stood above “28 hours ago” in lists, and eleven days were “2 weeks”."""
    now = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
    set_now(now)
    minutes = [
        1,
        59,
        61,
        119,
        120,
        *(60 * hours for hours in range(3, 80)),
        *(1440 * days for days in range(4, 900, 3)),
    ]
    with app.test_request_context("/"):
        spoken = [distance(now - timedelta(minutes=one)) for one in minutes]
        assert distance(now + timedelta(days=11)) == "in 11 days"
    numbers = [text.split()[:2] for text in spoken]
    meant = [int(number) * _MINUTES[unit.removesuffix("s")] for number, unit in numbers]
    assert meant == sorted(meant)
    assert all(abs(said - true) <= true / 2 for said, true in zip(meant, minutes, strict=True))
    assert ["28", "hours"] in numbers
    assert "1" not in [number for number, unit in numbers if not unit.startswith("minute")]


@pytest.mark.parametrize(
    ("instant", "shown"),
    [
        (datetime(2026, 11, 27, 23, 59, tzinfo=UTC), "in 4 days"),  # a Friday, from Monday morning on
        (datetime(2026, 11, 28, 0, 1, tzinfo=UTC), "in 5 days"),
        (datetime(2026, 12, 16, 23, 59, tzinfo=UTC), "in 23 days"),
        (datetime(2026, 11, 24, 15, 0, tzinfo=UTC), "in 32 hours"),
        (datetime(2026, 11, 20, 23, 59, tzinfo=UTC), "3 days ago"),
    ],
)
def test_days_are_counted_as_on_a_calendar(
    app: Flask, set_now: Callable[[datetime], None], instant: datetime, shown: str
) -> None:
    set_now(datetime(2026, 11, 23, 6, 34, tzinfo=UTC))
    with app.test_request_context("/"):
        assert distance(instant) == shown
