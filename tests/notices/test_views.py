"""The page of notices, the bell, the preferences, and stopping mail with one click."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from lms.core.db import db
from lms.core.outbox import MAX_TRIES, OutboxMessage
from lms.notices.domain import Category, Delivery
from lms.notices.models import Notice
from lms.notices.services import delivery_of, notify, unsubscribe_token
from tests.factories import Cast

Browsers = Callable[[str], Any]


def tell(cast: Cast, name: str, now: datetime, count: int = 1, **values: Any) -> None:
    for number in range(count):
        notify(
            cast.person(name),
            **{
                "category": Category.RESULTS,
                "kind": "marks_released",
                "thing": f"item:{number}",
                "context": {"code": "R1", "edition": f"Course {number}", "items": ["Quiz 1"]},
                "endpoint": "grading.results",
                "place": {"code": "R1"},
                "now": now + timedelta(minutes=number),
                **values,
            },
        )
    db.session.commit()


@pytest.mark.parametrize(
    ("path", "method", "stranger", "person"),
    [
        ("/notices", "GET", 303, 200),
        ("/notices/read", "POST", 303, 303),
        ("/profile/notices", "GET", 303, 200),
        ("/administration/letters", "GET", 303, 403),
    ],
    ids=["notices", "read", "preferences", "letters"],
)
def test_who_may_open_the_pages(as_role: Browsers, path: str, method: str, stranger: int, person: int) -> None:
    assert as_role("stranger").open(path, method).status_code == stranger
    assert as_role("participant").open(path, method).status_code == person
    assert as_role("administrator").open(path, method).status_code == (303 if method == "POST" else 200)


def test_the_empty_page_says_what_will_stand_there(as_role: Browsers) -> None:
    assert "Here you find what you are told" in as_role("participant").get("/notices").text


def test_the_bell_counts_what_is_not_read_on_every_page(as_role: Browsers, cast: Cast, now: datetime) -> None:
    tell(cast, "participant", now, 3)
    browser = as_role("participant")
    for path in ("/notices", "/profile", "/editions/R1"):
        assert re.search(r'class="bell".*<strong>3</strong>', browser.get(path).text), path
    browser.post("/notices/read")
    assert not re.search(r'class="bell".*<strong>', browser.get("/notices").text)


def test_the_bell_costs_an_edition_page_nothing_and_another_page_one_statement(
    as_role: Browsers, cast: Cast, now: datetime, count_queries: Callable[[], Any]
) -> None:
    tell(cast, "participant", now, 3)
    browser = as_role("participant")
    with count_queries() as of_edition:
        browser.get("/editions/R1/agenda")
    with count_queries() as of_person:
        browser.get("/profile/password")
    assert sum("notices" in statement for statement in of_edition) == 1
    assert len(of_edition) == 2
    assert len(of_person) == 2


@pytest.mark.parametrize("count", [2, 45])
def test_a_page_holds_twenty_in_a_constant_number_of_statements(
    as_role: Browsers, cast: Cast, now: datetime, count_queries: Callable[[], Any], count: int
) -> None:
    tell(cast, "participant", now, count)
    browser = as_role("participant")
    with count_queries() as statements:
        page = browser.get("/notices").text
    assert len(statements) == 4
    assert page.count('class="notice ') == min(count, 20)
    assert page.index(f"Course {count - 1}") < page.index(f"Course {count - 2}")
    if count > 20:
        assert browser.get("/notices?page=3").text.count('class="notice ') == 5
    for odd in ("0", "-1", "x", "99999999999999999999"):
        assert browser.get(f"/notices?page={odd}").status_code == 200


def test_opening_a_notice_marks_it_as_read_and_leads_to_its_thing(as_role: Browsers, cast: Cast, now: datetime) -> None:
    tell(cast, "participant", now)
    (notice,) = db.session.scalars(select(Notice))
    response = as_role("participant").post(f"/notices/{notice.id}/open")
    assert (response.status_code, response.location) == (303, "/editions/R1/results")
    db.session.refresh(notice)
    assert notice.read_at is not None


def test_looking_at_the_page_marks_nothing(as_role: Browsers, cast: Cast, now: datetime) -> None:
    tell(cast, "participant", now)
    as_role("participant").get("/notices")
    assert db.session.scalars(select(Notice)).one().read_at is None


def test_nobody_opens_the_notice_of_another(as_role: Browsers, cast: Cast, now: datetime) -> None:
    tell(cast, "participant", now)
    (notice,) = db.session.scalars(select(Notice))
    assert as_role("other_participant").post(f"/notices/{notice.id}/open").status_code == 404


def test_preferences_are_kept_and_shown(as_role: Browsers, cast: Cast) -> None:
    browser = as_role("participant")
    chosen = {category.value: "daily" for category in Category if category is not Category.NECESSARY}
    assert browser.post("/profile/notices", chosen).status_code == 303
    assert delivery_of(cast.people["participant"], Category.REMINDERS) is Delivery.DAILY
    assert browser.get("/profile/notices").text.count("checked") == 6
    response = browser.post("/profile/notices", {**chosen, "reminders": "never"})
    assert response.status_code == 422
    assert delivery_of(cast.people["participant"], Category.REMINDERS) is Delivery.DAILY


def test_opening_the_link_of_a_letter_changes_nothing_and_its_button_stops_it(as_role: Browsers, cast: Cast) -> None:
    person_id = cast.people["participant"]
    address = f"/unsubscribe/{unsubscribe_token(person_id, Category.REMINDERS)}"
    stranger = as_role("stranger")
    page = stranger.get(address)
    assert page.status_code == 200
    assert "Stop this mail?" in page.text
    assert delivery_of(person_id, Category.REMINDERS) is Delivery.AT_ONCE
    done = stranger.post(address, {"List-Unsubscribe": "One-Click"})
    assert done.status_code == 200
    assert "No more mail of this kind" in done.text
    assert delivery_of(person_id, Category.REMINDERS) is Delivery.PAGE
    assert delivery_of(person_id, Category.RESULTS) is Delivery.AT_ONCE


def test_the_page_that_stops_a_letter_speaks_the_language_of_its_reader(as_role: Browsers, cast: Cast) -> None:
    cast.person("participant").language = "fr"
    address = f"/unsubscribe/{unsubscribe_token(cast.people['participant'], Category.REMINDERS)}"
    assert '<html lang="fr"' in as_role("stranger").get(address, headers={"Accept-Language": "en"}).text


def test_a_mail_programme_stops_it_without_a_session_or_a_form(
    app: Any, as_role: Browsers, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    address = f"/unsubscribe/{unsubscribe_token(cast.people['participant'], Category.RESULTS)}"
    assert as_role("stranger").post(address, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert delivery_of(cast.people["participant"], Category.RESULTS) is Delivery.PAGE


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_link_that_was_changed_leads_nowhere(as_role: Browsers, cast: Cast, method: str) -> None:
    token = unsubscribe_token(cast.people["participant"], Category.RESULTS)
    assert as_role("stranger").open(f"/unsubscribe/{token}x", method).status_code == 404


def test_letters_that_did_not_leave_are_shown_and_tried_again(as_role: Browsers, cast: Cast, now: datetime) -> None:
    tell(cast, "participant", now)
    (letter,) = db.session.scalars(select(OutboxMessage))
    letter.tries, letter.last_error, letter.due_at = MAX_TRIES, "550 no such <mailbox>", now + timedelta(days=1)
    db.session.commit()
    for name, path in (("administrator", "/administration/letters"), ("coordinator", "/editions/R1/letters")):
        page = as_role(name).get(path).text
        assert "550 no such &lt;mailbox&gt;" in page
        assert "Given up" in page
    assert "550" not in as_role("other_coordinator").get("/editions/R2/letters").text
    assert as_role("tutor").get("/editions/R1/letters").status_code == 403
    assert as_role("coordinator").post("/editions/R1/letters").status_code == 303
    db.session.refresh(letter)
    assert (letter.tries, letter.due_at) == (0, now)
