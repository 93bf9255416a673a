"""Forms and links of live sessions with what no page of ours sends: answered with a page, never with an error of ours."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from lms.attendance.attending import join_token
from lms.attendance.models import Attendance, LiveSession
from lms.calendar.services import feed_token, renew_feed
from lms.core.db import db
from lms.notices.services import unsubscribe_token
from tests.factories import Cast

AGENDA = "/editions/R1/agenda"
ATTENDANCE = f"{AGENDA}/opening/attendance"
STARTS = datetime(2026, 3, 3, 14, 0, tzinfo=UTC)
ODD = ["²", "٣²", "9999999999", "2147483648"]


@pytest.fixture
def running(cast: Cast, set_now: Any) -> LiveSession:
    set_now(STARTS + timedelta(minutes=10))
    return db.session.scalars(
        select(LiveSession).where(LiveSession.edition_id == cast.edition.id, LiveSession.key == "opening")
    ).one()


@pytest.mark.parametrize("number", ODD)
def test_nobody_by_such_a_number_was_there(running: LiveSession, as_role: Any, number: str) -> None:
    assert as_role("tutor").post(ATTENDANCE, {f"who-{number}": "present"}).status_code in (303, 404)
    assert db.session.scalars(select(Attendance)).all() == []


@pytest.mark.parametrize("number", ODD)
def test_no_line_of_a_list_means_somebody_by_such_a_number(running: LiveSession, as_role: Any, number: str) -> None:
    browser = as_role("tutor")
    content = b"Name (Original Name),User Email,Total Duration (Minutes)\nNobody,,40\n"
    upload = browser.post(f"{ATTENDANCE}/import", {"file": (io.BytesIO(content), "list.csv")})
    assert upload.status_code == 303
    for sent in ({"who-0": number}, {f"who-{number}": "1"}):
        answer = browser.post(upload.headers["Location"], sent)
        assert answer.status_code in (303, 404)
    assert db.session.scalars(select(Attendance)).all() == []


@pytest.mark.parametrize(
    "address",
    [
        "https://meet.example/sala-é-会",
        "https://meet.example/a\x01b\x7f",
        "https://meet.example/;url=javascript:alert(1)",
    ],
    ids=["other letters", "control characters", "second address"],
)
def test_the_way_to_a_meeting_is_a_header_that_every_server_sends(
    running: LiveSession, cast: Cast, as_role: Any, address: str
) -> None:
    db.session.execute(update(LiveSession).values(link=address))
    token = join_token(running.id, cast.member("participant").own_enrolment.id)
    refresh = as_role("stranger").get(f"/join/{token}/meeting").headers["Refresh"]
    assert refresh.isascii()
    assert refresh.isprintable()
    assert refresh.startswith("0; url=https://meet.example/")


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "data:text/html,x", "//evil.example", "https://a\nb", "ftp://a"]
)
def test_a_meeting_is_only_ever_on_the_web(running: LiveSession, as_role: Any, address: str) -> None:
    for name in ("link", "material", "recording"):
        sent = {"day": "2026-04-01", "at": "09:30", "minutes": "45", name: address}
        assert as_role("coordinator").post(f"{AGENDA}/opening", sent).status_code == 422


def test_a_link_that_was_signed_for_something_else_opens_no_session(
    running: LiveSession, cast: Cast, as_role: Any
) -> None:
    person = cast.person("participant")
    feed = feed_token(person, renew_feed(person, STARTS))
    stop = unsubscribe_token(person.id, "reminders")
    join = join_token(running.id, cast.member("participant").own_enrolment.id)
    browser = as_role("stranger")
    for page, good in (("/calendar/{}.ics", feed), ("/unsubscribe/{}", stop), ("/join/{}", join)):
        for token in (feed, stop, join):
            assert browser.get(page.format(token)).status_code == (200 if token == good else 404)
        # Not its last letter, some of whose bits stand for nothing.
        content, _dot, signature = good.rpartition(".")
        forged = f"{content}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}"
        assert browser.get(page.format(forged)).status_code == 404
