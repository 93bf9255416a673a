"""When a session is coming, running or over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.attendance.domain import SessionState, session_state

START = datetime(2026, 3, 3, 14, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("minutes_from_start", "state"),
    [
        (-60, "coming"),
        (-15.001, "coming"),
        (-15, "running"),
        (0, "running"),
        (59.999, "running"),
        (60, "over"),
        (9999, "over"),
    ],
)
def test_a_session_runs_from_a_quarter_of_an_hour_before_its_start_to_its_end(
    minutes_from_start: float, state: str
) -> None:
    assert session_state(START, 60, START + timedelta(minutes=minutes_from_start)) == state


@given(st.integers(-5000, 5000), st.integers(0, 5000), st.integers(5, 720))
def test_a_session_never_goes_back(at: int, later: int, minutes: int) -> None:
    order = list(SessionState)
    first, second = (session_state(START, minutes, START + timedelta(minutes=m)) for m in (at, at + later))
    assert order.index(first) <= order.index(second)
