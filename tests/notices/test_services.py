"""Told once each, as the person prefers; stopped with one click, and stopped for good."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from lms.accounts.models import Person
from lms.core.db import db
from lms.core.errors import NotFound
from lms.core.mailer import compose
from lms.core.outbox import OutboxMessage
from lms.notices.domain import DIGEST, Category, Delivery
from lms.notices.models import Notice
from lms.notices.queries import count_unread
from lms.notices.services import (
    choose_deliveries,
    delivery_of,
    mark_read,
    notify,
    notify_all,
    read_unsubscribe_token,
    send_digest,
    unsubscribe,
    unsubscribe_address,
    unsubscribe_token,
    wants_mail,
)
from tests import factories
from tests.factories import Cast


def tell(person: Person, now: datetime, thing: str = "item:1", **values: Any) -> bool:
    return notify(
        person,
        **{
            "category": Category.RESULTS,
            "kind": "marks_released",
            "thing": thing,
            "context": {"code": "R1", "edition": "Small course", "items": ["Quiz 1"]},
            "endpoint": "grading.results",
            "place": {"code": "R1"},
            "now": now,
            **values,
        },
    )


def letters() -> list[OutboxMessage]:
    return list(db.session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)))


def test_a_person_is_told_a_thing_once(cast: Cast, now: datetime) -> None:
    person = cast.person("participant")
    assert tell(person, now)
    assert not tell(person, now)
    assert tell(person, now, "item:2")
    assert count_unread(person.id) == 2
    assert [letter.recipient for letter in letters()] == [person.email] * 2


def test_whoever_chose_the_page_gets_no_mail_and_still_has_the_notice(cast: Cast, now: datetime) -> None:
    person = cast.person("participant")
    choose_deliveries(person, {Category.RESULTS: Delivery.PAGE}, now)
    assert tell(person, now)
    assert letters() == []
    assert count_unread(person.id) == 1
    assert not wants_mail(person.id, Category.RESULTS)
    assert wants_mail(person.id, Category.REMINDERS)


def test_what_is_necessary_comes_by_mail_whatever_was_chosen_and_has_no_link_to_stop_it(
    app: Any, cast: Cast, now: datetime
) -> None:
    person = cast.person("participant")
    choose_deliveries(person, dict.fromkeys(Category, Delivery.PAGE), now)
    assert tell(person, now, category=Category.NECESSARY)
    with app.test_request_context():
        letter = compose(letters()[0])
    assert letter["List-Unsubscribe"] is None
    with pytest.raises(NotFound):
        read_unsubscribe_token(unsubscribe_token(person.id, Category.NECESSARY))


def test_a_letter_carries_the_headers_of_one_click_and_the_address_in_its_words(
    app: Any, cast: Cast, now: datetime
) -> None:
    person = cast.person("participant")
    tell(person, now)
    with app.test_request_context(base_url=app.config["PUBLIC_URL"]):
        letter = compose(letters()[0])
    address = unsubscribe_address(person.id, Category.RESULTS)
    assert letter["List-Unsubscribe"] == f"<{address}>"
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert address in letter.get_content()


def test_edge_case_58_unsubscribed_stays_so_on_a_new_enrolment_and_necessary_mail_still_goes(
    cast: Cast, now: datetime
) -> None:
    person = cast.person("participant")
    unsubscribe(unsubscribe_token(person.id, Category.REMINDERS), now)
    unsubscribe(unsubscribe_token(person.id, Category.REMINDERS), now)
    factories.enrol(person, cast.other_edition, "participant", now)
    assert not wants_mail(person.id, Category.REMINDERS)
    tell(person, now, category=Category.REMINDERS, edition_id=cast.other_edition.id)
    assert letters() == []
    tell(person, now, "certificate:1", category=Category.NECESSARY)
    assert len(letters()) == 1


def test_a_token_that_was_changed_stops_nothing(cast: Cast, now: datetime) -> None:
    person = cast.person("participant")
    token = unsubscribe_token(person.id, Category.REMINDERS)
    for wrong in (token[:-2], token + "x", "", "a.b", unsubscribe_token(999_999, Category.REMINDERS)):
        with pytest.raises(NotFound):
            unsubscribe(wrong, now)
    assert wants_mail(person.id, Category.REMINDERS)


def test_the_daily_digest_collects_what_came_before_seven_on_the_persons_clock(
    app: Any, cast: Cast, now: datetime
) -> None:
    person = cast.person("participant")  # in Harare, two hours ahead of UTC
    person.time_zone = "Africa/Harare"
    choose_deliveries(person, {Category.RESULTS: Delivery.DAILY}, now)
    evening = datetime(2026, 3, 10, 18, 0, tzinfo=UTC)
    tell(person, evening, "item:1")
    tell(person, evening, "item:2")
    assert not send_digest(person, datetime(2026, 3, 11, 4, 59, tzinfo=UTC))
    assert send_digest(person, datetime(2026, 3, 11, 5, 0, tzinfo=UTC))
    assert not send_digest(person, datetime(2026, 3, 11, 5, 1, tzinfo=UTC))
    assert len(letters()) == 1
    with app.test_request_context(base_url=app.config["PUBLIC_URL"]):
        letter = compose(letters()[0])
    assert letter["Subject"] == "2 notices from your courses"
    assert letter.get_content().count("New marks in “Small course”") == 2
    assert unsubscribe_address(person.id, DIGEST) in letter.get_content()


def test_the_link_in_a_digest_stops_digests_and_nothing_that_comes_at_once(cast: Cast, now: datetime) -> None:
    person = cast.person("participant")
    choose_deliveries(person, {Category.RESULTS: Delivery.DAILY}, now)
    tell(person, now)
    unsubscribe(unsubscribe_token(person.id, DIGEST), now)
    assert delivery_of(person.id, Category.RESULTS) is Delivery.PAGE
    assert delivery_of(person.id, Category.DISCUSSIONS) is Delivery.PAGE
    assert delivery_of(person.id, Category.REMINDERS) is Delivery.AT_ONCE
    assert not send_digest(person, now + timedelta(days=2))


def test_a_person_marks_only_their_own_notices_as_read(cast: Cast, now: datetime) -> None:
    person, other = cast.person("participant"), cast.person("other_participant")
    tell(person, now)
    tell(other, now)
    theirs = db.session.scalars(select(Notice.id).where(Notice.person_id == other.id)).one()
    assert mark_read(person, now, [theirs]) == 0
    assert mark_read(person, now) == 1
    assert mark_read(person, now) == 0
    assert count_unread(other.id) == 1


@pytest.mark.parametrize("people", [2, 30])
def test_telling_many_people_takes_three_statements(
    cast: Cast, now: datetime, count_queries: Callable[[], Any], people: int
) -> None:
    everybody = [factories.make_person(f"Person {n}", now) for n in range(people)]
    db.session.flush()
    with count_queries() as statements:
        told = notify_all(
            everybody, category=Category.ANNOUNCEMENTS, kind="marks_released", thing="post:1", now=now,
            context={"code": "R1", "edition": "E", "items": ["A"]}, endpoint="grading.results", place={"code": "R1"},
        )  # fmt: skip
    assert told == people
    assert len(statements) == 3
