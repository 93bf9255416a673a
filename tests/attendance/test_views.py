"""The agenda: for members, on both clocks; changed by coordinators."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from lms.attendance.models import LiveSession
from lms.attendance.queries import get_session
from lms.core.db import db
from tests.factories import Cast

AGENDA = "/editions/R1/agenda"
SESSION = f"{AGENDA}/opening"
GOOD = {"day": "2026-04-01", "at": "09:30", "minutes": "45", "link": " https://meet.example.org/a "}
Browsers = Callable[[str], Any]


def text_of(response: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.text))


@pytest.mark.parametrize(
    ("name", "agenda", "session"),
    [
        ("participant", 200, 403), ("tutor", 200, 403), ("coordinator", 200, 200), ("administrator", 200, 200),
        ("sponsor_viewer", 403, 403), ("outsider", 404, 404), ("other_coordinator", 404, 404), ("stranger", 303, 303),
    ],
)  # fmt: skip
def test_who_may_see_the_agenda_and_who_may_change_it(as_role: Browsers, name: str, agenda: int, session: int) -> None:
    browser = as_role(name)
    assert browser.get(AGENDA).status_code == agenda
    assert browser.get(SESSION).status_code == session
    assert browser.post(SESSION, GOOD).status_code == (303 if session == 200 else session)


def test_a_session_is_shown_on_both_clocks(as_role: Browsers, set_now: Callable[[datetime], None], cast: Cast) -> None:
    set_now(datetime(2026, 3, 1, 14, 0, tzinfo=UTC))
    text = text_of(as_role("participant").get(AGENDA))
    assert "Live sessions to come" in text
    assert "Tuesday 3 March, 15:00 in Turin · Tuesday 3 March, 16:00 in Harare · in 2 days" in text
    assert "The link to join appears here" in text
    assert "Change time or link" not in text


def test_the_link_to_join_is_there_until_the_session_is_over(
    as_role: Browsers, set_now: Callable[[datetime], None], cast: Cast
) -> None:
    db.session.execute(update(LiveSession).values(link="https://meet.example.org/a"))
    browser = as_role("participant")
    start = datetime(2026, 3, 3, 14, 0, tzinfo=UTC)
    for minutes, is_linked, is_way_in in ((-600, True, False), (10, False, True), (60, False, False)):
        set_now(start + timedelta(minutes=minutes))
        page = browser.get(AGENDA).text
        assert ('href="https://meet.example.org/a"' in page) is is_linked
        assert ('action="/join/' in page) is is_way_in
    assert "Sessions that are over" in browser.get(AGENDA).text


def test_an_edition_without_sessions_says_how_one_learns(as_role: Browsers) -> None:
    db.session.execute(LiveSession.__table__.delete())
    page = as_role("participant").get(AGENDA)
    assert "This course has no live sessions" in page.text


def test_the_agenda_costs_two_statements(as_role: Browsers, count_queries: Callable[[], Any]) -> None:
    browser = as_role("participant")
    with count_queries() as statements:
        browser.get(AGENDA)
    assert len(statements) == 2


def test_a_coordinator_sees_the_edition_clock_in_the_form_and_changes_the_session(
    as_role: Browsers, cast: Cast
) -> None:
    browser = as_role("coordinator")
    form = browser.get(SESSION).text
    assert 'value="2026-03-03"' in form
    assert 'value="15:00"' in form
    assert "By the clock in Turin." in form
    response = browser.post(SESSION, GOOD)
    assert (response.status_code, response.location) == (303, AGENDA)
    session = get_session(cast.edition, "opening")
    assert session.starts_at == datetime(2026, 4, 1, 7, 30, tzinfo=UTC)
    assert (session.minutes, session.link) == (45, "https://meet.example.org/a")


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("day", "", "Choose the day"), ("at", "", "Write the time"), ("minutes", "0", "between 5 and 720"),
        ("link", "meet.example.org", "begins with https://"), ("link", "javascript:alert(1)", "begins with https://"),
        ("link", f"https://a.example/{'x' * 500}", "too long"),
    ],
)  # fmt: skip
def test_what_is_not_right_comes_back_with_what_was_typed(
    as_role: Browsers, cast: Cast, field: str, typed: str, words: str
) -> None:
    response = as_role("coordinator").post(SESSION, {**GOOD, field: typed})
    assert response.status_code == 422
    assert words in response.text
    assert typed in response.text
    assert f'href="#{field}"' in response.text
    assert get_session(cast.edition, "opening").starts_at == datetime(2026, 3, 3, 14, 0, tzinfo=UTC)


def test_a_session_that_does_not_exist_is_not_found(as_role: Browsers) -> None:
    assert as_role("coordinator").get(f"{AGENDA}/closing").status_code == 404


def test_the_agenda_of_a_closed_edition_is_refused_with_a_reason(as_role: Browsers, cast: Cast, now: datetime) -> None:
    cast.edition.closed_at = now
    browser = as_role("coordinator")
    assert "Change time or link" not in browser.get(AGENDA).text
    response = browser.post(SESSION, GOOD)
    assert response.status_code == 409
    assert "This edition is closed" in response.text
