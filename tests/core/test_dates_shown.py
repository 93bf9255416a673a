"""How instants are shown: the year is named wherever it is not the year that runs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from flask import Flask

from lms.core.web import moment_filter


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
