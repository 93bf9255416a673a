"""Whom the forums write to, when, in which words and language, and how it ends."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from lms.core.db import db
from lms.core.mailer import compose, send_due_mail
from lms.core.outbox import OutboxMessage
from lms.forums.services.marks import choose_mail, follow_forum, follow_topic, mark_read
from lms.forums.services.moderating import hide_post, report_post
from lms.forums.services.posting import change_post
from lms.notices.domain import Category, Delivery
from lms.notices.models import Notice
from lms.notices.services import choose_deliveries, send_digest, unsubscribe, unsubscribe_token
from tests.conftest import NOW
from tests.factories import Cast, enrol
from tests.forums.making import later, letters_to, opening_of, reply_to, topic_of

MORNING = NOW + timedelta(days=1)


def told(cast: Cast, name: str) -> list[tuple[str, str]]:
    """The kinds of notices that somebody has of the forums, each with how it comes."""
    found = (
        select(Notice)
        .where(Notice.person_id == cast.people[name], Notice.kind.startswith("forum_"))
        .order_by(Notice.id)
    )
    return [(notice.kind, notice.delivery) for notice in db.session.scalars(found)]


def digests(cast: Cast, name: str) -> list[OutboxMessage]:
    found = select(OutboxMessage).where(
        OutboxMessage.template == "digest", OutboxMessage.recipient == cast.person(name).email
    )
    return list(db.session.scalars(found))


def words_of(app: Flask, letter: OutboxMessage) -> tuple[str, str]:
    """Subject and text of a letter as it would leave."""
    with app.test_request_context(base_url=app.config["PUBLIC_URL"]):
        message = compose(letter)
    return str(message["Subject"]), message.get_content()


def test_an_announcement_goes_to_everybody_who_learns_or_teaches_at_once(cast: Cast) -> None:
    topic_of(cast, "coordinator", forum="announcements", title="The webinar moves", body="It is on **Thursday**.")
    for name in ("participant", "other_participant", "third_participant", "tutor"):
        assert told(cast, name) == [("forum_announcement", "at-once")], name
        assert len(letters_to(cast, name)) == 1
    for name in ("coordinator", "sponsor_viewer", "outsider", "other_tutor", "administrator"):
        assert told(cast, name) == [], name


def test_before_an_edition_is_opened_only_its_staff_get_its_announcements(cast: Cast) -> None:
    cast.edition.opened_at = None
    topic_of(cast, "coordinator", forum="announcements")
    assert told(cast, "tutor") == [("forum_announcement", "at-once")]
    assert told(cast, "participant") == []


def test_somebody_who_has_withdrawn_is_told_of_nothing(cast: Cast) -> None:
    cast.enrolment("participant").withdrawn_at = NOW
    topic_of(cast, "coordinator", forum="announcements")
    assert told(cast, "participant") == []


def test_an_announcement_is_written_in_its_readers_language_with_a_link_that_ends_such_mail(
    app: Flask, cast: Cast
) -> None:
    cast.person("participant").language = "fr"
    topic = topic_of(cast, "coordinator", forum="announcements", title="The webinar moves", body="It is on Thursday.")
    address = f"http://localhost/editions/R1/forums/posts/{opening_of(topic).id}"
    subject, french = words_of(app, letters_to(cast, "participant")[0])
    assert subject == "R1\N{NO-BREAK SPACE}: The webinar moves"
    assert "Coordinator écrit à tout le monde dans «\N{NO-BREAK SPACE}Petit cours\N{NO-BREAK SPACE}»" in french
    assert "It is on Thursday." in french
    assert address in french
    subject, english = words_of(app, letters_to(cast, "other_participant")[0])
    assert subject == "R1: The webinar moves"
    assert "Coordinator writes to everybody in “Small course”" in english
    assert "http://localhost/unsubscribe/" in english


def test_every_letter_of_the_forums_can_be_ended_with_one_click(app: Flask, cast: Cast) -> None:
    topic = topic_of(cast, is_question=True)
    topic_of(cast, "tutor", forum="announcements", title="Hello", body="Hello")
    choose_mail(cast.member("participant"), Delivery.AT_ONCE, NOW)
    reply_to(cast, topic, "other_participant")
    reply_to(cast, topic, "third_participant", body="See @Other Participant")
    report_post(cast.member("other_participant"), post_id=opening_of(topic).id, reason="No", now=later(5))
    db.session.commit()
    letters = list(db.session.scalars(select(OutboxMessage).where(OutboxMessage.template.startswith("forum_"))))
    assert {letter.template for letter in letters} == {
        "forum_post", "forum_question", "forum_announcement", "forum_addressed", "forum_report"
    }  # fmt: skip
    with app.test_request_context(base_url=app.config["PUBLIC_URL"]):
        for letter in letters:
            message = compose(letter)
            assert message["List-Unsubscribe"].startswith("<http://localhost/unsubscribe/"), letter.template
            assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_a_new_topic_is_told_once_a_day_and_replies_to_those_who_write_there(cast: Cast) -> None:
    topic = topic_of(cast)
    assert told(cast, "other_participant") == told(cast, "tutor") == [("forum_post", "daily")]
    reply_to(cast, topic, "third_participant")
    assert told(cast, "participant") == [("forum_post", "daily")]
    assert told(cast, "other_participant") == [("forum_post", "daily")]
    assert told(cast, "third_participant") == [("forum_post", "daily")]
    assert letters_to(cast, "participant") == []


def test_a_question_is_told_at_once_to_those_who_teach(cast: Cast) -> None:
    topic_of(cast, is_question=True)
    for name in ("tutor", "coordinator"):
        assert told(cast, name) == [("forum_question", "at-once")]
    assert told(cast, "other_participant") == [("forum_post", "daily")]


def test_whoever_is_addressed_is_told_at_once_and_only_once(cast: Cast) -> None:
    topic = topic_of(cast, addressed_id=cast.people["other_participant"])
    assert told(cast, "other_participant") == [("forum_addressed", "at-once")]
    reply_to(cast, topic, "third_participant", body="And you, @Tutor and @Other Participant?")
    assert told(cast, "tutor")[-1] == ("forum_addressed", "at-once")
    assert told(cast, "other_participant")[-1] == ("forum_addressed", "at-once")
    assert len(letters_to(cast, "other_participant")) == 2


def test_whose_message_is_answered_is_told_at_once(cast: Cast) -> None:
    topic = topic_of(cast)
    first = reply_to(cast, topic, "other_participant")
    reply_to(cast, topic, "third_participant", parent_id=first.id)
    assert told(cast, "other_participant")[-1] == ("forum_addressed", "at-once")
    assert told(cast, "participant")[-1] == ("forum_post", "daily")


@pytest.mark.parametrize("name", ["outsider", "sponsor_viewer", "participant"])
def test_nobody_outside_the_conversation_is_addressed_and_nobody_addresses_themselves(cast: Cast, name: str) -> None:
    person = cast.person(name)
    topic = topic_of(cast, body=f"For @{person.full_name}", addressed_id=person.id)
    assert told(cast, name) == []
    assert opening_of(topic).mentioned == []


def test_a_forum_or_a_topic_that_is_turned_off_is_told_of_no_more(cast: Cast) -> None:
    reader = cast.member("other_participant")
    follow_forum(reader, forum_key="general", is_on=False)
    topic = topic_of(cast)
    assert told(cast, "other_participant") == []
    follow_topic(reader, topic_id=topic.id, is_on=True)
    reply_to(cast, topic, "third_participant")
    assert told(cast, "other_participant") == [("forum_post", "daily")]
    follow_topic(reader, topic_id=topic.id, is_on=False)
    reply_to(cast, topic, "third_participant", body="More")
    assert len(told(cast, "other_participant")) == 1


def test_a_forum_that_is_followed_is_told_of_message_by_message(cast: Cast) -> None:
    reader = cast.member("other_participant")
    follow_forum(reader, forum_key="general", is_on=True)
    reply_to(cast, topic_of(cast), "third_participant")
    assert len(told(cast, "other_participant")) == 2
    follow_forum(reader, forum_key="general", is_on=None)
    reply_to(cast, topic_of(cast, title="New", body="New"), "third_participant")
    assert len(told(cast, "other_participant")) == 3


def test_the_daily_letter_says_what_a_changed_message_says_now(cast: Cast, app: Flask) -> None:
    topic = topic_of(cast, title="Words", body="Names a client")
    change_post(
        cast.member("participant"), post_id=opening_of(topic).id, title="Words", body="Names nobody",
        editable_for=timedelta(minutes=30), now=later(1),
    )  # fmt: skip
    db.session.expire_all()
    assert send_digest(cast.person("other_participant"), MORNING)
    _subject, text = words_of(app, digests(cast, "other_participant")[0])
    assert "Names nobody" in text
    assert "client" not in text


def test_a_message_is_told_in_plain_words(cast: Cast, app: Flask, as_role) -> None:
    topic_of(cast, title="« Return » or not?", body="Is it *really* **free**?\n\n- [Papers](https://ilo.org/c97)")
    shown = as_role("other_participant").get("/notices").text
    assert "New message by Participant: « Return » or not?" in shown
    assert '<p class="notice-beginning" dir="auto">Is it really free? – Papers (https://ilo.org/c97)</p>' in shown
    assert '<p dir="auto">Is it really free?</p><p dir="auto">– Papers (https://ilo.org/c97)</p>' in shown
    assert "**" not in shown


def test_each_edition_has_its_own_choice_of_mail(cast: Cast, app: Flask) -> None:
    enrol(cast.person("outsider"), cast.edition, "participant", NOW)
    choose_mail(cast.member("outsider"), Delivery.AT_ONCE, NOW)
    topic_of(cast, "other_tutor", title="In R2", body="R2")
    topic_of(cast, "participant", title="In R1", body="R1")
    assert told(cast, "outsider") == [("forum_post", "at-once"), ("forum_post", "daily")]
    subject, text = words_of(app, letters_to(cast, "outsider")[0])
    assert subject == "New message by Other Tutor: In R2"
    assert "Other Tutor has written in “In R2” (R2, About the whole course):" in text


def test_who_wants_no_mail_finds_everything_on_the_page_of_notices(cast: Cast) -> None:
    choose_mail(cast.member("other_participant"), Delivery.PAGE, NOW)
    topic_of(cast, addressed_id=cast.people["other_participant"])
    assert told(cast, "other_participant") == [("forum_addressed", "page")]
    assert letters_to(cast, "other_participant") == []


def test_the_daily_letter_is_one_letter_however_often_it_is_asked_for(cast: Cast, app: Flask) -> None:
    topic_of(cast, title="First", body="One")
    topic_of(cast, title="Second", body="Two")
    person = cast.person("other_participant")
    assert send_digest(person, MORNING)
    assert not send_digest(person, MORNING)
    assert not send_digest(person, MORNING + timedelta(days=1))
    (letter,) = digests(cast, "other_participant")
    subject, text = words_of(app, letter)
    assert "- New message by Participant: First\n  One\n" in text
    assert "- New message by Participant: Second\n  Two\n" in text
    assert f"/editions/R1/forums/posts/{opening_of(topic_of(cast, title='First', body='One')).id}" in text
    assert subject


def test_there_is_no_daily_letter_where_nothing_was_said_or_all_of_it_is_read(cast: Cast) -> None:
    person = cast.person("other_participant")
    assert not send_digest(person, MORNING)
    topic = topic_of(cast)
    mark_read(cast.member("other_participant"), topic_id=topic.id, post_id=opening_of(topic).id, now=later(1))
    db.session.expire_all()
    assert not send_digest(person, MORNING)
    assert digests(cast, "other_participant") == []


def test_a_hidden_message_is_in_nobodys_daily_letter(cast: Cast) -> None:
    topic = topic_of(cast)
    hide_post(cast.member("tutor"), post_id=opening_of(topic).id, reason="Spam", now=later(1))
    db.session.expire_all()
    assert not send_digest(cast.person("other_participant"), MORNING)
    assert told(cast, "other_participant") == []


def test_edge_case_58_who_ended_such_mail_gets_none_after_a_new_enrolment_and_still_what_is_necessary(
    cast: Cast,
) -> None:
    outsider = cast.person("outsider")
    choose_mail(cast.member("outsider"), Delivery.AT_ONCE, NOW)
    for category in (Category.DISCUSSIONS, Category.ANNOUNCEMENTS):
        unsubscribe(unsubscribe_token(outsider.id, category), later(1))
    enrol(outsider, cast.edition, "participant", later(2))
    topic_of(cast, at=later(3), addressed_id=outsider.id)
    topic_of(cast, "tutor", forum="announcements", title="A", body="A", at=later(3))
    topic_of(cast, "other_tutor", title="In R2", body="R2", at=later(3))
    own = topic_of(cast, "outsider", title="Mine", body="Mine", at=later(4))
    assert [delivery for _kind, delivery in told(cast, "outsider")] == ["page", "page", "page"]
    assert letters_to(cast, "outsider") == []
    hide_post(cast.member("other_tutor"), post_id=opening_of(own).id, reason="Twice", now=later(5))
    assert [letter.template for letter in letters_to(cast, "outsider")] == ["forum_hidden"]


def test_whoever_chooses_mail_again_after_ending_it_is_heard(cast: Cast) -> None:
    reader = cast.member("other_participant")
    choose_deliveries(reader.person, {Category.DISCUSSIONS: Delivery.PAGE}, NOW)
    choose_mail(reader, Delivery.AT_ONCE, later(1))
    topic_of(cast, at=later(2))
    assert told(cast, "other_participant") == [("forum_post", "at-once")]


def test_a_report_tells_the_coordinators_and_not_the_author(cast: Cast, app: Flask) -> None:
    post = reply_to(cast, topic_of(cast), "third_participant", body="Rude words")
    report_post(cast.member("participant"), post_id=post.id, reason="It insults us", now=later(5))
    kinds = {
        name: "forum_report" in dict(told(cast, name))
        for name in ("coordinator", "tutor", "third_participant", "participant")
    }
    assert kinds == {"coordinator": True, "tutor": False, "third_participant": False, "participant": False}
    letter = next(letter for letter in letters_to(cast, "coordinator") if letter.template == "forum_report")
    subject, text = words_of(app, letter)
    assert subject == "A message is reported (R1): Papers, not skills"
    assert "It insults us" in text
    assert "Rude words" in text


def test_telling_takes_as_many_statements_for_many_as_for_few(cast: Cast, count_queries) -> None:
    from tests.factories import make_person

    def statements(title: str) -> int:
        with count_queries() as found:
            topic_of(cast, "tutor", forum="announcements", title=title, body=title)
        return len(found)

    few = statements("Few")
    for number in range(60):
        enrol(make_person(f"Person {number}", NOW), cast.edition, "participant", NOW)
    db.session.commit()
    assert statements("Many") == few


@pytest.fixture
def left(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[tuple[str, str]]]:
    """Sends what is due; to whom each letter went and what it says."""
    monkeypatch.setitem(app.config, "MAIL_URL", f"folder://{tmp_path}")

    def send() -> list[tuple[str, str]]:
        send_due_mail(app)
        letters = [message_from_bytes(file.read_bytes(), policy=policy.default) for file in tmp_path.glob("*.eml")]
        return [(str(letter["To"]), letter.get_body(("plain",)).get_content()) for letter in letters]  # type: ignore[attr-defined]

    return send


def test_a_letter_that_waited_for_the_mail_server_does_not_leave_once_its_post_is_hidden(
    cast: Cast, left: Callable[[], list[tuple[str, str]]]
) -> None:
    topic = topic_of(cast, "coordinator", forum="announcements", body="What must not be read.")
    hide_post(cast.member("tutor"), post_id=opening_of(topic).id, reason="Names a person", now=NOW)
    db.session.commit()
    letters = left()
    assert [to for to, _text in letters] == [
        f"{cast.person('coordinator').full_name} <{cast.person('coordinator').email}>"
    ]
    assert "Names a person" in letters[0][1]
    assert "must not be read" not in letters[0][1]
    waiting = select(OutboxMessage).where(OutboxMessage.sent_at.is_(None))
    assert db.session.scalars(waiting).all() == []


def test_a_letter_says_what_its_post_says_when_it_leaves(cast: Cast, left: Callable[[], list[tuple[str, str]]]) -> None:
    topic = topic_of(cast, "coordinator", forum="announcements", body="It begins at nine.")
    change_post(
        cast.member("coordinator"), post_id=opening_of(topic).id, body="It begins at ten.",
        editable_for=timedelta(minutes=30), now=later(1),
    )  # fmt: skip
    db.session.commit()
    texts = [text for _to, text in left()]
    assert texts
    assert all("at ten" in text and "at nine" not in text for text in texts)


def test_a_digest_that_waited_names_no_post_that_was_hidden_since(
    cast: Cast, left: Callable[[], list[tuple[str, str]]], set_now: Callable[[datetime], None]
) -> None:
    follow_forum(cast.member("participant"), forum_key="general", is_on=True)
    first = topic_of(cast, "other_participant", title="Savings groups", body="One")
    second = topic_of(cast, "other_participant", title="Insults", body="Two")
    assert send_digest(cast.person("participant"), MORNING)
    hide_post(cast.member("tutor"), post_id=opening_of(second).id, reason="Insults", now=later(5))
    db.session.commit()
    set_now(MORNING)
    name = cast.person("participant").full_name
    (text,) = [text for to, text in left() if to.startswith(name)]
    assert first.title in text
    assert second.title not in text
