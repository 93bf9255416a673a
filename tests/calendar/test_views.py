"""A person's dates, and their calendar as programmes read it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from icalendar import Calendar

from lms.attendance.attending import join_token
from lms.attendance.queries import get_session
from lms.attendance.services import cancel_session
from lms.calendar.services import feed_token, renew_feed
from lms.core.db import db
from lms.grading.services import grant_extension
from tests import factories
from tests.factories import Cast

Browsers = Callable[[str], Any]


def text_of(response: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.text))


def feed_of(cast: Cast, name: str, now: datetime) -> str:
    token = feed_token(cast.person(name), renew_feed(cast.person(name), now))
    db.session.commit()
    return f"/calendar/{token}.ics"


def events(response: Any) -> dict[str, Any]:
    assert response.status_code == 200
    return {str(event["summary"]): event for event in Calendar.from_ical(response.data).walk("VEVENT")}


def test_the_page_lists_sessions_openings_and_deadlines_by_week_on_both_clocks(
    as_role: Browsers, now: datetime
) -> None:
    text = text_of(as_role("participant").get("/calendar"))
    assert "This week" in text
    assert "Closes: Quiz 2" in text
    assert "15 Mar, 23:59 in Turin · 16 Mar, 00:59 in Harare" in text
    assert "Opening webinar" not in text
    assert "Opening webinar" in text_of(as_role("participant").get("/calendar?show=all"))


def test_strangers_sign_in_first_and_who_is_in_nothing_is_told_so(as_role: Browsers, cast: Cast) -> None:
    assert as_role("stranger").get("/calendar").status_code == 303
    assert as_role("stranger").post("/calendar/address").status_code == 303
    assert "No dates yet" in as_role("administrator").get("/calendar").text


def test_an_extension_stands_in_the_calendar_of_its_holder_alone(as_role: Browsers, cast: Cast, now: datetime) -> None:
    grant_extension(
        cast.member("coordinator"), item_key="quiz-2", due_at=datetime(2026, 3, 20, 22, 59, tzinfo=UTC), reason="ill",
        now=now, enrolment_id=cast.enrolments["participant"],
    )  # fmt: skip
    theirs = events(as_role("stranger").get(feed_of(cast, "participant", now)))["Closes: Quiz 2 (R1)"]
    others = events(as_role("stranger").get(feed_of(cast, "other_participant", now)))["Closes: Quiz 2 (R1)"]
    assert theirs["dtstart"].dt == datetime(2026, 3, 20, 22, 59, tzinfo=UTC)
    assert others["dtstart"].dt == datetime(2026, 3, 15, 22, 59, tzinfo=UTC)
    assert int(theirs["sequence"]) > 0


def test_edge_case_49_the_feed_is_in_utc_and_keeps_its_identities(as_role: Browsers, cast: Cast, now: datetime) -> None:
    address = feed_of(cast, "participant", now)
    response = as_role("stranger").get(address)
    assert response.content_type == "text/calendar; charset=utf-8"
    starts = re.findall(r"^DTSTART:(.*)\r$", response.text, re.M)
    assert starts
    assert all(re.fullmatch(r"\d{8}T\d{6}Z", one) for one in starts)
    before = {name: str(event["uid"]) for name, event in events(response).items()}
    assert len(set(before.values())) == len(before)
    session = get_session(cast.edition, "opening")
    session.starts_at += timedelta(days=1)
    db.session.commit()
    assert {name: str(event["uid"]) for name, event in events(as_role("stranger").get(address)).items()} == before


def test_edge_case_49_a_cancelled_session_stays_in_the_feed_as_cancelled(
    as_role: Browsers, cast: Cast, now: datetime
) -> None:
    session = get_session(cast.edition, "opening")
    session.starts_at = now + timedelta(days=3)
    before = session.sequence
    cancel_session(cast.member("coordinator"), "opening", now)
    event = events(as_role("stranger").get(feed_of(cast, "participant", now)))["Opening webinar (R1)"]
    assert event["status"] == "CANCELLED"
    assert int(event["sequence"]) == before + 1


def test_edge_case_48_deadlines_on_both_sides_of_the_change_of_clocks_are_right(
    as_role: Browsers, cast: Cast, now: datetime
) -> None:
    # Rome goes to summer time on 29 March 2026: 23:59 is 22:59 UTC before it and 21:59 UTC from then on.
    found = events(as_role("stranger").get(feed_of(cast, "participant", now)))
    assert found["Closes: Quiz 3 (R1)"]["dtstart"].dt == datetime(2026, 3, 22, 22, 59, tzinfo=UTC)
    assert found["Closes: Quiz 4 (R1)"]["dtstart"].dt == datetime(2026, 3, 29, 21, 59, tzinfo=UTC)
    assert found["Closes: Quiz 4 (R1)"]["dtend"].dt == datetime(2026, 3, 29, 22, 0, tzinfo=UTC)


def test_the_feed_speaks_the_persons_language_whatever_the_programme_asks(
    as_role: Browsers, cast: Cast, now: datetime
) -> None:
    cast.person("participant").language = "fr"
    found = events(as_role("stranger").get(feed_of(cast, "participant", now), headers={"Accept-Language": "en"}))
    assert any(name.startswith("Se termine") and "Quiz 2 (fr)" in name for name in found)


def test_who_withdrew_keeps_an_address_with_nothing_in_it(as_role: Browsers, cast: Cast, now: datetime) -> None:
    cast.enrolment("participant").withdrawn_at = now
    assert events(as_role("stranger").get(feed_of(cast, "participant", now))) == {}


def test_the_button_makes_an_address_a_new_one_and_none(as_role: Browsers, cast: Cast) -> None:
    browser, stranger = as_role("participant"), as_role("stranger")

    def shown() -> str:
        found = re.search(
            r'<code dir="ltr">http://localhost(/calendar/[^<]+\.ics)</code>', browser.get("/calendar").text
        )
        return found.group(1) if found else ""

    assert shown() == ""
    browser.post("/calendar/address")
    first = shown()
    assert stranger.get(first).status_code == 200
    browser.post("/calendar/address")
    assert stranger.get(first).status_code == 404
    second = shown()
    browser.post("/calendar/address", {"wanted": "no"})
    assert shown() == ""
    assert stranger.get(second).status_code == 404


@pytest.mark.parametrize("people", [2, 30])
def test_the_page_takes_the_same_statements_for_any_class(
    as_role: Browsers, cast: Cast, now: datetime, count_queries: Callable[[], Any], people: int
) -> None:
    for number in range(people):
        factories.enrol(factories.make_person(f"Person {number}", now), cast.edition, "participant", now)
    browser = as_role("participant")
    browser.get("/calendar")
    with count_queries() as statements:
        browser.get("/calendar")
    assert len(statements) == 13


def test_the_file_of_a_session_is_the_event_of_the_feed(as_role: Browsers, cast: Cast, now: datetime) -> None:
    alone = as_role("participant").get("/editions/R1/agenda/opening.ics")
    assert "attachment" in alone.headers["Content-Disposition"]
    (event,) = events(alone).values()
    in_feed = events(as_role("stranger").get(feed_of(cast, "participant", now)))["Opening webinar (R1)"]
    assert str(event["uid"]) == str(in_feed["uid"])
    token = join_token(get_session(cast.edition, "opening").id, cast.enrolments["participant"])
    assert str(event["location"]) == str(in_feed["location"]) == f"http://localhost/join/{token}"
    assert as_role("outsider").get("/editions/R1/agenda/opening.ics").status_code == 404
