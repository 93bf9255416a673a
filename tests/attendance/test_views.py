"""The agenda: for members, on both clocks; changed by coordinators."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from lms.attendance.attending import join_token, set_attendance
from lms.attendance.models import LiveSession
from lms.attendance.queries import attenders_of, get_session
from lms.core.db import db
from tests import factories
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


START = datetime(2026, 3, 3, 14, 0, tzinfo=UTC)


def way_in(cast: Cast, name: str = "participant") -> str:
    db.session.execute(update(LiveSession).values(link="https://meet.example.org/a"))
    return f"/join/{join_token(get_session(cast.edition, 'opening').id, cast.enrolments[name])}"


def test_the_personal_link_needs_no_sign_in_records_on_its_button_and_goes_on_to_the_meeting(
    as_role: Browsers, set_now: Callable[[datetime], None], cast: Cast
) -> None:
    address, stranger = way_in(cast), as_role("stranger")
    set_now(START - timedelta(hours=3))
    assert "The door opens 15 minutes before" in stranger.get(address).text
    assert stranger.post(address).status_code == 409
    set_now(START)
    page = stranger.get(address).text
    assert cast.person("participant").full_name in page
    assert "meet.example.org" not in page
    assert attenders_of(get_session(cast.edition, "opening"))[0].is_present is None
    response = stranger.post(address)
    assert (response.status_code, response.location) == (303, f"{address}/meeting")
    meeting = stranger.get(response.location)
    assert meeting.headers["Refresh"] == "0; url=https://meet.example.org/a"
    present = [one for one in attenders_of(get_session(cast.edition, "opening")) if one.is_present]
    assert [one.enrolment.id for one in present] == [cast.enrolments["participant"]]
    set_now(START + timedelta(hours=1))
    assert "This session is over" in stranger.get(address).text
    assert stranger.get(f"{address}/meeting").status_code == 303
    assert stranger.get(f"{address}x").status_code == 404


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("participant", 403), ("tutor", 200), ("coordinator", 200), ("administrator", 200), ("sponsor_viewer", 403),
        ("outsider", 404), ("other_coordinator", 404), ("stranger", 303),
    ],
)  # fmt: skip
def test_who_may_say_who_was_there(
    as_role: Browsers, set_now: Callable[[datetime], None], cast: Cast, name: str, status: int
) -> None:
    set_now(START + timedelta(hours=2))
    browser = as_role(name)
    assert browser.get(f"{SESSION}/attendance").status_code == status
    assert browser.get(f"{SESSION}/attendance/import").status_code == status
    posted = browser.post(f"{SESSION}/attendance", {f"who-{cast.enrolments['participant']}": "present"})
    assert posted.status_code == (303 if status == 200 else status)


def test_a_list_sent_again_says_that_nothing_changed(
    as_role: Browsers, set_now: Callable[[datetime], None], cast: Cast
) -> None:
    set_now(START + timedelta(hours=2))
    browser, there = as_role("tutor"), {f"who-{cast.enrolments['participant']}": "present"}
    assert "1 line is changed." in browser.get(browser.post(f"{SESSION}/attendance", there).location).text
    again = browser.get(browser.post(f"{SESSION}/attendance", there).location).text
    assert "Nothing was different, so nothing was changed." in again


def test_a_list_is_looked_at_first_and_taken_in_with_what_was_ticked(
    as_role: Browsers, set_now: Callable[[datetime], None], cast: Cast
) -> None:
    set_now(START + timedelta(hours=2))
    browser = as_role("tutor")
    one, other = cast.person("participant"), cast.person("other_participant")
    content = f"Name,Email,Duration\nWhoever,{one.email},40\n{other.full_name},,30\nGalaxy,,9\n".encode()
    response = browser.post(f"{SESSION}/attendance/import", {"file": (io.BytesIO(content), "list.csv")})
    assert response.status_code == 303
    page = browser.get(response.location).text
    assert "Recognised by name" in page
    assert f'name="who-1" value="{cast.enrolments["other_participant"]}"' in page
    assert "checked" not in page
    assert attenders_of(get_session(cast.edition, "opening"))[0].record.minutes is None
    done = browser.post(
        response.location, {"who-1": str(cast.enrolments["other_participant"]), "who-2": "", "who-x": "1"}
    )
    assert (done.status_code, done.location) == (303, f"{SESSION}/attendance")
    minutes = {one.enrolment.id: one.record.minutes for one in attenders_of(get_session(cast.edition, "opening"))}
    assert minutes[cast.enrolments["participant"]] == 40
    assert minutes[cast.enrolments["other_participant"]] == 30
    assert browser.get(response.location).status_code == 303
    refused = browser.post(f"{SESSION}/attendance/import", {"file": (io.BytesIO(b"x"), "list.csv")})
    assert refused.status_code == 422
    assert "No line names the columns" in refused.text


@pytest.mark.parametrize("people", [2, 30])
def test_the_page_of_who_was_there_takes_three_statements(
    as_role: Browsers, cast: Cast, now: datetime, count_queries: Callable[[], Any], people: int
) -> None:
    for number in range(people):
        factories.enrol(factories.make_person(f"Person {number}", now), cast.edition, "participant", now)
    browser = as_role("tutor")
    with count_queries() as statements:
        browser.get(f"{SESSION}/attendance")
    assert len(statements) == 3


def test_a_participant_reads_whether_they_were_there_and_what_the_recording_weighs(
    as_role: Browsers, set_now: Callable[[datetime], None], cast: Cast
) -> None:
    set_now(START + timedelta(hours=2))
    set_attendance(cast.member("tutor"), "opening", {cast.enrolments["participant"]: True}, START + timedelta(hours=2))
    db.session.execute(update(LiveSession).values(recording="https://x.example/r", recording_bytes=80 * 1024 * 1024))
    text = text_of(as_role("participant").get(AGENDA))
    assert "You were there." in text
    assert "(80.0 MB)" in text


def test_a_cancelled_session_stays_on_the_agenda_and_can_be_taken_back(
    as_role: Browsers, set_now: Callable[[datetime], None], cast: Cast
) -> None:
    set_now(START - timedelta(days=2))
    coordinator = as_role("coordinator")
    assert as_role("tutor").post(f"{SESSION}/cancellation").status_code == 403
    assert coordinator.post(f"{SESSION}/cancellation").status_code == 303
    page = as_role("participant").get(AGENDA).text
    assert "Does not take place" in page
    assert "Join the session" not in page
    assert coordinator.post(f"{SESSION}/cancellation", {"takes_place": "yes"}).status_code == 303
    assert "Does not take place" not in as_role("participant").get(AGENDA).text
