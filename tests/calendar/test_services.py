"""Reminded once of what is not done; told in one letter of dates that moved."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from lms.accounts.models import Person
from lms.accounts.services import sign_out_everywhere
from lms.attendance.services import Particulars, cancel_session, change_session
from lms.calendar.models import EditionDate
from lms.calendar.queries import find_feed
from lms.calendar.register import tell_everybody
from lms.calendar.services import (
    close_feed,
    feed_token,
    reader_of,
    remind_of_deadlines,
    renew_feed,
    tell_of_missing_groups,
    tell_of_moved_dates,
)
from lms.core.db import db
from lms.core.errors import NotFound
from lms.core.mailer import compose
from lms.core.outbox import OutboxMessage
from lms.courses.dates import set_dates
from lms.courses.models import Edition, Enrolment
from lms.grading.services import grant_extension, post_entry
from lms.notices.domain import Category, Delivery
from lms.notices.models import Notice
from lms.notices.services import choose_deliveries, send_digest
from tests import factories
from tests.factories import Cast

# Quiz 2 of the small course closes on Sunday 15 March at 23:59 in Turin.
QUIZ_2_CLOSES = datetime(2026, 3, 15, 22, 59, tzinfo=UTC)
AT_72 = QUIZ_2_CLOSES - timedelta(hours=70)
AT_24 = QUIZ_2_CLOSES - timedelta(hours=20)


@pytest.fixture
def request_context(app: Any) -> Any:
    with app.test_request_context(base_url=app.config["PUBLIC_URL"]):
        yield app


def notices(kind: str, person: Person | None = None) -> list[Notice]:
    wanted = select(Notice).where(Notice.kind == kind).order_by(Notice.id)
    if person is not None:
        wanted = wanted.where(Notice.person_id == person.id)
    return list(db.session.scalars(wanted))


def letters(template: str) -> list[OutboxMessage]:
    return list(
        db.session.scalars(select(OutboxMessage).where(OutboxMessage.template == template).order_by(OutboxMessage.id))
    )


def do_quiz(cast: Cast, name: str, now: datetime, key: str = "quiz-2") -> None:
    post_entry(
        edition_id=cast.edition.id, enrolment_id=cast.enrolments[name], item_key=key, state="marked",
        points=factories.Decimal("4.00"), is_complete=True, basis={}, source="test", actor_id=None, now=now,
    )  # fmt: skip


def test_a_deadline_is_told_at_three_days_and_at_one_day_once_each(request_context: Any, cast: Cast) -> None:
    person = cast.person("participant")
    for now in (AT_72 - timedelta(hours=5), AT_72, AT_72 + timedelta(hours=1), AT_24, AT_24 + timedelta(hours=1)):
        remind_of_deadlines(cast.edition, now)
    assert [one.thing for one in notices("deadline_in_three_days", person)] == [
        f"{cast.edition.id}:quizzes:quiz-2:20260315T2259"
    ]
    assert len(notices("deadline_in_a_day", person)) == 1
    assert sum(letter.recipient == person.email for letter in letters("deadline_in_three_days")) == 1
    assert sum(letter.recipient == person.email for letter in letters("deadline_in_a_day")) == 1


def test_who_looks_in_late_gets_the_second_reminder_alone(request_context: Any, cast: Cast) -> None:
    remind_of_deadlines(cast.edition, AT_24)
    assert notices("deadline_in_three_days") == []
    assert len(notices("deadline_in_a_day", cast.person("participant"))) == 1


def test_nobody_is_reminded_of_what_they_have_done_and_nobody_who_has_left(request_context: Any, cast: Cast) -> None:
    do_quiz(cast, "participant", AT_72)
    cast.enrolment("other_participant").withdrawn_at = AT_72
    db.session.flush()
    remind_of_deadlines(cast.edition, AT_72)
    assert notices("deadline_in_three_days", cast.person("participant")) == []
    assert notices("deadline_in_three_days", cast.person("other_participant")) == []
    assert notices("deadline_in_three_days", cast.person("tutor")) == []


def test_a_closed_edition_reminds_nobody(app: Any, cast: Cast, set_now: Callable[[datetime], None]) -> None:
    cast.edition.closed_at = AT_72
    cast.other_edition.closed_at = AT_72
    db.session.commit()
    set_now(AT_72)
    tell_everybody(app)
    assert notices("deadline_in_three_days") == []


def test_an_extension_moves_the_reminder_of_its_holder(request_context: Any, cast: Cast) -> None:
    grant_extension(
        cast.member("coordinator"), item_key="quiz-2", due_at=QUIZ_2_CLOSES + timedelta(days=7), reason="ill",
        now=AT_72 - timedelta(hours=10), enrolment_id=cast.enrolments["participant"],
    )  # fmt: skip
    remind_of_deadlines(cast.edition, AT_72)
    assert notices("deadline_in_three_days", cast.person("participant")) == []
    assert len(notices("deadline_in_three_days", cast.person("other_participant"))) == 1
    remind_of_deadlines(cast.edition, AT_72 + timedelta(days=7))
    (one,) = [n for n in notices("deadline_in_three_days", cast.person("participant")) if "quiz-2" in n.thing]
    assert one.context["due_at"] == (QUIZ_2_CLOSES + timedelta(days=7)).isoformat()


def test_a_moved_deadline_is_told_anew_and_the_old_notice_is_put_away(request_context: Any, cast: Cast) -> None:
    person = cast.person("participant")
    remind_of_deadlines(cast.edition, AT_72)
    moved = QUIZ_2_CLOSES + timedelta(days=1)
    opens = datetime(2026, 3, 9, 7, tzinfo=UTC)
    set_dates(cast.member("coordinator"), {("quizzes", "quiz-2"): (opens, moved)}, AT_72)
    remind_of_deadlines(cast.edition, AT_72 + timedelta(days=1))
    first, second = notices("deadline_in_three_days", person)
    assert first.read_at is not None
    assert second.read_at is None
    assert second.context["due_at"] == moved.isoformat()


def test_what_is_done_meanwhile_is_marked_as_read_and_left_out_of_the_digest(request_context: Any, cast: Cast) -> None:
    person = cast.person("participant")
    choose_deliveries(person, {Category.REMINDERS: Delivery.DAILY}, AT_72)
    remind_of_deadlines(cast.edition, AT_72)
    do_quiz(cast, "participant", AT_72 + timedelta(hours=1))
    remind_of_deadlines(cast.edition, AT_72 + timedelta(hours=2))
    (one,) = notices("deadline_in_three_days", person)
    assert one.read_at is not None
    assert not send_digest(person, AT_72 + timedelta(days=2))


def test_several_deadlines_of_a_person_go_into_one_letter(request_context: Any, cast: Cast) -> None:
    person = cast.person("participant")
    # The last quiz and the final assignment close in the same hour.
    now = datetime(2026, 4, 9, 12, tzinfo=UTC)
    remind_of_deadlines(cast.edition, now)
    assert len(notices("deadline_in_three_days", person)) == 2
    (letter,) = [one for one in letters("deadlines") if one.recipient == person.email]
    text = compose(letter)
    assert text["Subject"] == "2 things to do soon in “Small course”"
    assert "Quiz 6" in text.get_content()
    assert "Final assignment" in text.get_content()


def test_a_letter_is_in_the_persons_language_and_on_both_clocks(request_context: Any, cast: Cast) -> None:
    person = cast.person("participant")
    person.language = "fr"
    db.session.flush()
    remind_of_deadlines(cast.edition, AT_72)
    (letter,) = [one for one in letters("deadline_in_three_days") if one.recipient == person.email]
    text = compose(letter).get_content()
    assert "dimanche 15 mars, 23:59" in text
    assert "lundi 16 mars, 00:59" in text


def test_an_interrupted_run_leaves_nothing_and_the_next_tells_everybody_once(
    app: Any, cast: Cast, set_now: Callable[[datetime], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    from lms.calendar import services

    set_now(AT_72)
    db.session.commit()
    given, reached = services._give_reminder, []

    def give_once(*arguments: Any) -> bool:
        if reached:
            raise KeyboardInterrupt
        reached.append(True)
        return given(*arguments)

    monkeypatch.setattr(services, "_give_reminder", give_once)
    with pytest.raises(KeyboardInterrupt):
        tell_everybody(app)
    assert reached
    assert notices("deadline_in_three_days") == []
    monkeypatch.setattr(services, "_give_reminder", given)
    tell_everybody(app)
    count = len(letters("deadline_in_three_days"))
    assert count == len(notices("deadline_in_three_days")) > 1
    tell_everybody(app)
    assert len(letters("deadline_in_three_days")) == count


@pytest.mark.parametrize("people", [2, 30])
def test_looking_again_takes_the_same_statements_for_any_class(
    request_context: Any, cast: Cast, count_queries: Callable[[], Any], people: int
) -> None:
    for number in range(people):
        factories.enrol(factories.make_person(f"Person {number}", AT_72), cast.edition, "participant", AT_72)
    remind_of_deadlines(cast.edition, AT_72)
    with count_queries() as statements:
        remind_of_deadlines(cast.edition, AT_72 + timedelta(minutes=1))
    assert len(statements) <= 16


def test_people_in_no_group_are_told_once_and_their_coordinator_by_name(request_context: Any, cast: Cast) -> None:
    now = datetime(2026, 3, 12, 9, tzinfo=UTC)
    missing = {
        one.id
        for one in db.session.scalars(select(Enrolment))
        if one.edition_id == cast.edition.id and one.role == "participant"
    }
    assert tell_of_missing_groups(cast.edition, now) == len(missing)
    assert tell_of_missing_groups(cast.edition, now) == 0
    (one,) = notices("people_without_group", cast.person("coordinator"))
    assert cast.person("participant").full_name in one.context["names"]
    assert len(notices("group_missing")) == len(missing)


def test_nobody_is_told_to_have_no_group_before_the_group_work_opens(request_context: Any, cast: Cast) -> None:
    assert tell_of_missing_groups(cast.edition, datetime(2026, 3, 8, tzinfo=UTC)) == 0


NOW = datetime(2026, 3, 10, 9, tzinfo=UTC)


def move(cast: Cast, key: str, days: int, now: datetime) -> None:
    opens, closes = datetime(2026, 3, 16, 7, tzinfo=UTC), datetime(2026, 3, 22, 22, 59, tzinfo=UTC)
    shift = timedelta(days=days)
    set_dates(cast.member("coordinator"), {("quizzes", key): (opens + shift, closes + shift)}, now)


def test_dates_that_move_one_after_the_other_are_told_in_one_letter(request_context: Any, cast: Cast) -> None:
    tell_of_moved_dates(cast.edition, NOW)
    move(cast, "quiz-3", 1, NOW)
    assert tell_of_moved_dates(cast.edition, NOW + timedelta(minutes=1)) == 0
    move(cast, "quiz-4", 7, NOW)
    assert tell_of_moved_dates(cast.edition, NOW + timedelta(minutes=9)) == 0
    assert tell_of_moved_dates(cast.edition, NOW + timedelta(minutes=11)) == 0
    told = tell_of_moved_dates(cast.edition, NOW + timedelta(minutes=19))
    assert told > 1
    assert tell_of_moved_dates(cast.edition, NOW + timedelta(minutes=30)) == 0
    (one,) = notices("dates_moved", cast.person("participant"))
    assert [line["key"] for line in one.context["lines"]] == ["quiz-3", "quiz-4"]
    assert notices("dates_moved", cast.person("other_coordinator")) == []


def test_a_move_that_is_taken_back_is_told_to_nobody(request_context: Any, cast: Cast) -> None:
    tell_of_moved_dates(cast.edition, NOW)
    move(cast, "quiz-3", 1, NOW)
    tell_of_moved_dates(cast.edition, NOW + timedelta(minutes=1))
    move(cast, "quiz-3", 0, NOW)
    tell_of_moved_dates(cast.edition, NOW + timedelta(minutes=2))
    assert tell_of_moved_dates(cast.edition, NOW + timedelta(minutes=30)) == 0


def test_who_has_an_extension_hears_nothing_of_the_others_deadline(request_context: Any, cast: Cast) -> None:
    tell_of_moved_dates(cast.edition, NOW)
    grant_extension(
        cast.member("coordinator"), item_key="quiz-3", due_at=QUIZ_2_CLOSES + timedelta(days=30), reason="ill",
        now=NOW, enrolment_id=cast.enrolments["participant"],
    )  # fmt: skip
    move(cast, "quiz-3", 1, NOW)
    tell_of_moved_dates(cast.edition, NOW + timedelta(minutes=1))
    tell_of_moved_dates(cast.edition, NOW + timedelta(minutes=30))
    assert notices("dates_moved", cast.person("participant")) == []
    assert len(notices("dates_moved", cast.person("other_participant"))) == 1


def upcoming_session(cast: Cast) -> Any:
    from lms.attendance.queries import get_session

    session = get_session(cast.edition, "opening")
    session.starts_at = datetime(2026, 3, 20, 14, tzinfo=UTC)
    db.session.flush()
    return session


def test_edge_case_49_a_moved_session_comes_with_its_calendar_file(request_context: Any, cast: Cast) -> None:
    session = upcoming_session(cast)
    tell_of_moved_dates(cast.edition, NOW)
    change_session(
        cast.member("coordinator"), "opening", day=datetime(2026, 4, 1).date(), at=datetime(2026, 4, 1, 9, 30).time(),
        minutes=60, particulars=Particulars(), now=NOW,
    )  # fmt: skip
    tell_of_moved_dates(cast.edition, NOW + timedelta(minutes=1))
    tell_of_moved_dates(cast.edition, NOW + timedelta(minutes=20))
    (letter,) = [one for one in letters("dates_moved") if one.recipient == cast.person("participant").email]
    message = compose(letter)
    (attached,) = message.iter_attachments()
    calendar = attached.get_content()
    assert attached.get_content_type() == "text/calendar"
    assert f"UID:session-{session.id}@localhost" in calendar
    assert "SEQUENCE:1" in calendar
    assert "DTSTART:20260401T073000Z" in calendar  # summer time in Rome: 9:30 there
    assert "Wednesday 1 April, 09:30 in Turin" in message.get_body().get_content()


def test_edge_case_49_a_cancelled_session_is_told_as_cancelled(request_context: Any, cast: Cast) -> None:
    upcoming_session(cast)
    tell_of_moved_dates(cast.edition, NOW)
    cancel_session(cast.member("coordinator"), "opening", NOW)
    tell_of_moved_dates(cast.edition, NOW + timedelta(minutes=1))
    tell_of_moved_dates(cast.edition, NOW + timedelta(minutes=20))
    (letter,) = [one for one in letters("dates_moved") if one.recipient == cast.person("participant").email]
    message = compose(letter)
    assert message["Subject"] == "“Opening webinar” does not take place (R1)"
    (attached,) = message.iter_attachments()
    assert "STATUS:CANCELLED" in attached.get_content()


def test_dates_of_before_the_edition_opened_are_told_to_nobody(app: Any, cast: Cast, set_now: Any) -> None:
    set_now(NOW)
    db.session.execute(update(Edition).values(opened_at=None))
    db.session.commit()
    tell_everybody(app)
    assert list(db.session.scalars(select(EditionDate))) == []


def test_a_renewed_calendar_address_makes_the_old_one_worthless(cast: Cast, now: datetime) -> None:
    person = cast.person("participant")
    first = feed_token(person, renew_feed(person, now))
    assert reader_of(first).id == person.id
    second = feed_token(person, renew_feed(person, now))
    assert reader_of(second).id == person.id
    close_feed(person, now)
    third = feed_token(person, renew_feed(person, now))
    for worthless in (first, second, "x", third + "x"):
        with pytest.raises(NotFound):
            reader_of(worthless)
    assert reader_of(third).id == person.id
    close_feed(person, now)
    assert find_feed(person.id) is not None
    with pytest.raises(NotFound):
        reader_of(third)


def test_signing_out_everywhere_ends_the_calendar_address_too(cast: Cast, now: datetime) -> None:
    person = cast.person("participant")
    before = feed_token(person, renew_feed(person, now))
    sign_out_everywhere(person, now)
    with pytest.raises(NotFound):
        reader_of(before)
    feed = find_feed(person.id)
    assert feed is not None
    assert reader_of(feed_token(person, feed)).id == person.id
