"""Tries are counted, by purpose and by whom, in a moving window."""

from __future__ import annotations

import time

import pytest

from lms.core.throttle import is_throttled


def test_the_tries_beyond_the_limit_are_too_many(app) -> None:
    answers = [is_throttled("3 per 15 minutes", "sign-in", "amina@example.org") for _try in range(5)]
    assert answers == [False, False, False, True, True]


def test_each_purpose_and_each_person_is_counted_apart(app) -> None:
    limit = "1 per hour"
    assert not is_throttled(limit, "sign-in", "amina@example.org")
    assert not is_throttled(limit, "sign-in", "moyo@example.org")
    assert not is_throttled(limit, "reset", "amina@example.org")
    assert is_throttled(limit, "sign-in", "amina@example.org")


def test_the_window_moves_so_that_waiting_helps(app, monkeypatch: pytest.MonkeyPatch) -> None:
    start = time.time()
    assert not is_throttled("1 per 15 minutes", "sign-in", "amina@example.org")
    monkeypatch.setattr(time, "time", lambda: start + 14 * 60)
    assert is_throttled("1 per 15 minutes", "sign-in", "amina@example.org")
    monkeypatch.setattr(time, "time", lambda: start + 15 * 60 + 1)
    assert not is_throttled("1 per 15 minutes", "sign-in", "amina@example.org")
