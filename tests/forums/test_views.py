"""The pages of the forums: for each role, refused, faulty, missing; and nothing that was written is lost."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import pytest
from flask import Flask
from sqlalchemy import func, select

from lms.core.db import db
from lms.forums.models import Answer, MailChoice, Post, Report, Topic, TopicRead
from lms.forums.services.marks import mark_read
from lms.forums.services.moderating import hide_post, report_post
from tests.conftest import NOW
from tests.factories import Cast
from tests.forums.making import later, opening_of, reply_to, topic_of

FORUMS = "/editions/R1/forums"
GOOD = {"title": "Papers, not skills", "body": "How do *you* test skills?"}
Browsers = Callable[[str], Any]


def text_of(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_the_list_of_forums_says_what_is_new_and_where_ones_group_talks(cast: Cast, as_role: Browsers) -> None:
    from tests.assignments.making import make_group

    make_group(cast, "participant", name="Baobab", ambassador="participant")
    topic_of(cast, "other_participant")
    page = text_of(as_role("participant").get(FORUMS).text)
    assert "life around the course. 1 topic, the latest message just now 1 new" in page
    assert "Module 1" in page
    assert "Module 5" not in page
    assert "Discussion of Baobab" in page


def test_a_question_goes_the_whole_way_from_asking_to_its_answer(cast: Cast, as_role: Browsers) -> None:
    participant, tutor = as_role("participant"), as_role("tutor")
    sent = participant.post(f"{FORUMS}/module-m1", {**GOOD, "is_question": "y"})
    assert sent.status_code == 303
    topic = db.session.scalars(select(Topic)).one()
    assert "question, waits for an answer" in participant.get(sent.location).text
    home = tutor.get("/editions/R1").text
    assert "1 question without an answer" in home
    assert "Papers, not skills" in tutor.get(f"{FORUMS}/questions").text
    answered = tutor.post(f"{FORUMS}/topics/{topic.id}", {"body": "By doing.", "is_answer": "y"})
    assert answered.location.endswith(f"#post-{db.session.scalars(select(func.max(Post.id))).one()}")
    page = participant.get(answered.location.partition("#")[0]).text
    assert "Go to the answer" in page
    assert "post-answer" in page
    assert "1 question without an answer" not in tutor.get("/editions/R1").text
    taken_back = participant.post(f"{FORUMS}/topics/{topic.id}/answer", {})
    assert taken_back.status_code == 303
    assert db.session.scalar(select(func.count(Answer.topic_id))) == 0


def test_an_announcement_stands_on_the_first_screen_until_it_is_read(cast: Cast, as_role: Browsers) -> None:
    assert as_role("participant").get(f"{FORUMS}/announcements/new").status_code == 403
    assert as_role("participant").post(f"{FORUMS}/announcements", GOOD).status_code == 403
    coordinator = as_role("coordinator")
    assert "Send to everybody" in coordinator.get(f"{FORUMS}/announcements/new").text
    coordinator.post(f"{FORUMS}/announcements", {"title": "The webinar moves", "body": "Thursday."})
    topic = db.session.scalars(select(Topic)).one()
    participant = as_role("participant")
    assert "The webinar moves" in participant.get("/editions/R1").text
    page = participant.get(f"{FORUMS}/topics/{topic.id}").text
    assert "Ask about this in a forum" in page
    assert "Your reply" not in page
    post = opening_of(topic).id
    assert (
        participant.post(f"{FORUMS}/topics/{topic.id}/read", {"post": post, "then": "home"}).location == "/editions/R1"
    )
    assert "The webinar moves" not in participant.get("/editions/R1").text
    assert "The webinar moves" not in coordinator.get("/editions/R1").text
    assert "The webinar moves" in as_role("tutor").get("/editions/R1").text


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"title": "", "body": "My long text"}, "Say in a few words what it is about."),
        ({"title": "A title", "body": ""}, "Write something first."),
        ({"title": "t" * 161, "body": "My long text"}, "use at most 160 letters"),
        ({"title": "A title", "body": "x" * 10_001}, "This is too long for one message."),
    ],
    ids=["no-title", "no-text", "long-title", "long-text"],
)
def test_a_topic_that_is_refused_comes_back_as_it_was_typed(
    cast: Cast, as_role: Browsers, fields: dict[str, str], message: str
) -> None:
    refused = as_role("participant").post(f"{FORUMS}/general", {**fields, "is_question": "y"})
    assert refused.status_code == 422
    assert message in refused.text
    assert fields["body"] in refused.text
    assert fields["title"] in refused.text
    assert "checked" in refused.text
    assert db.session.scalar(select(func.count(Topic.id))) == 0


def test_a_reply_that_is_refused_comes_back_as_it_was_typed(cast: Cast, as_role: Browsers) -> None:
    topic = topic_of(cast)
    first = reply_to(cast, topic)
    body = "y" * 10_001
    refused = as_role("tutor").post(f"{FORUMS}/topics/{topic.id}", {"body": body, "parent": first.id})
    assert refused.status_code == 422
    assert body in refused.text
    assert f'name="parent" value="{first.id}"' in refused.text


def test_what_is_sent_after_the_sign_in_ended_comes_back_to_be_sent_again(cast: Cast, as_role: Browsers) -> None:
    topic = topic_of(cast)
    for address in (f"{FORUMS}/general", f"{FORUMS}/topics/{topic.id}"):
        kept = as_role("stranger").post(
            address, {**GOOD, "body": "Half an hour's <work>", "csrf_token": "old", "parent": "4", "x": "no"}
        )
        assert kept.status_code == 401
        assert "what you wrote is still here" in kept.text
        assert "Half an hour&#39;s &lt;work&gt;" in kept.text
        fields = dict(
            re.findall(
                r'name="(\w+)" value="([^"]*)"', kept.text[kept.text.index("<main") : kept.text.index("</main>")]
            )
        )
        assert fields["csrf_token"] == "old"
        assert fields["title"] == GOOD["title"]
        assert "x" not in fields
    assert as_role("stranger").get(FORUMS).status_code == 303


def test_a_page_that_is_too_old_gives_back_what_was_written(
    cast: Cast, as_role: Browsers, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    topic = topic_of(cast)
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    refused = as_role("participant").post(f"{FORUMS}/topics/{topic.id}", {"body": "My words", "csrf_token": "old"})
    assert refused.status_code == 422
    assert "My words" in refused.text
    assert "send it once more" in refused.text
    assert db.session.scalar(select(func.count(Post.id))) == 1


def test_a_flood_of_messages_is_stopped_and_loses_nothing(cast: Cast, as_role: Browsers) -> None:
    topic = topic_of(cast)
    participant = as_role("participant")
    for number in range(40):
        assert participant.post(f"{FORUMS}/topics/{topic.id}", {"body": f"No. {number}"}).status_code == 303
    stopped = participant.post(f"{FORUMS}/topics/{topic.id}", {"body": "One more"})
    assert stopped.status_code == 422
    assert "One more" in stopped.text


HOSTILE = [
    "<script>alert(1)</script>",
    '<img src=x onerror="alert(1)">',
    "[click](javascript:alert(1))",
    "[click](data:text/html;base64,PHNjcmlwdD4=)",
    "![x](https://evil.example/pixel.png)",
    '<a href="https://x" style="position:fixed" onclick="x()">x</a>',
    "<iframe src=//evil.example></iframe>",
    "[x]: javascript:alert(1)\n\n[x]",
    "`</textarea><script>alert(1)</script>`",
    "<javascript:alert(1)>",
    '[a](https://x.example "x\\" onmouseover=alert(1) \\"")',
]


@pytest.mark.parametrize("body", HOSTILE, ids=range(len(HOSTILE)))
def test_no_message_becomes_a_part_of_the_page(cast: Cast, as_role: Browsers, body: str) -> None:
    topic = topic_of(cast, title=body[:160], body=body)
    reply_to(cast, topic, body=f"{body} @Participant", parent_id=None)
    for address in (
        f"{FORUMS}/topics/{topic.id}",
        f"{FORUMS}/general",
        "/editions/R1/search?q=alert",
        "/editions/R1/search?q=click",
    ):
        html = as_role("tutor").get(address).text
        main = html[html.index("<main") : html.index("</main>")]
        tags = re.findall(r"<(\w+)((?:[^>\"]|\"[^\"]*\")*)>", main)
        assert not {name for name, _rest in tags} & {"script", "img", "iframe", "style", "object"}, address
        for _name, attributes in tags:
            assert not re.search(r"\son\w+=|\sstyle=", re.sub(r'"[^"]*"', '""', attributes)), (address, attributes)
            assert not re.search(r'(href|src)="\s*(javascript|data):', attributes), (address, attributes)


def test_markdown_is_read_and_links_out_are_not_followed_by_search_engines(cast: Cast, as_role: Browsers) -> None:
    topic = topic_of(cast, body="**Bold**\n\n- one\n- two\n\n[a link](https://example.org)")
    html = as_role("participant").get(f"{FORUMS}/topics/{topic.id}").text
    assert "<strong>Bold</strong>" in html
    assert "<li>one</li>" in html
    assert 'href="https://example.org"' in html
    assert "nofollow" in html


def test_a_message_has_an_address_of_its_own_on_whatever_page_it_stands(cast: Cast, as_role: Browsers) -> None:
    topic = topic_of(cast)
    posts = [reply_to(cast, topic, body=f"No. {number}", at=later(number + 1)) for number in range(25)]
    participant = as_role("participant")
    assert (
        participant.get(f"{FORUMS}/posts/{posts[-1].id}").location
        == f"{FORUMS}/topics/{topic.id}?page=2#post-{posts[-1].id}"
    )
    assert participant.get(f"{FORUMS}/posts/{posts[0].id}").location == f"{FORUMS}/topics/{topic.id}#post-{posts[0].id}"
    assert participant.get(f"{FORUMS}/posts/99999").status_code == 404
    assert as_role("outsider").get(f"{FORUMS}/posts/{posts[0].id}").status_code == 404
    reader = cast.member("third_participant")
    mark_read(reader, topic_id=topic.id, post_id=posts[20].id, now=later(40))
    db.session.commit()
    assert (
        as_role("third_participant")
        .get(f"{FORUMS}/topics/{topic.id}/new-messages")
        .location.endswith(f"#post-{posts[21].id}")
    )


def test_replying_to_a_message_shows_which_and_links_back_to_it(cast: Cast, as_role: Browsers) -> None:
    topic = topic_of(cast)
    first = reply_to(cast, topic, body="The first word on it")
    participant = as_role("participant")
    form = participant.get(f"{FORUMS}/topics/{topic.id}?answering={first.id}").text
    assert f'name="parent" value="{first.id}"' in form
    participant.post(f"{FORUMS}/topics/{topic.id}", {"body": "I agree", "parent": first.id})
    page = participant.get(f"{FORUMS}/topics/{topic.id}").text
    assert f'In answer to <a href="{FORUMS}/posts/{first.id}">' in page
    assert "The first word on it</q>" in page


def test_a_message_is_changed_for_half_an_hour_with_its_history_for_those_who_teach(
    cast: Cast, as_role: Browsers, set_now: Any
) -> None:
    topic = topic_of(cast)
    post = opening_of(topic).id
    address = f"{FORUMS}/posts/{post}/text"
    participant = as_role("participant")
    assert "Papers, not skills" in participant.get(address).text
    assert participant.post(address, {"title": "New title", "body": ""}).status_code == 422
    assert participant.post(address, {"title": "New title", "body": "New words"}).status_code == 303
    page = participant.get(f"{FORUMS}/topics/{topic.id}").text
    assert "New words" in page
    assert "changed" in page
    assert "How do you test skills?" not in page
    assert "How do you test skills?" in as_role("tutor").get(f"{FORUMS}/posts/{post}/history").text
    assert as_role("other_participant").get(f"{FORUMS}/posts/{post}/history").status_code == 403
    assert as_role("other_participant").get(address).status_code == 404
    set_now(later(31))
    assert "Save the change" not in participant.get(address).text
    assert participant.post(address, {"title": "Late", "body": "Late"}).status_code == 409
    assert as_role("tutor").get(f"{FORUMS}/posts/{reply_to(cast, topic).id}/history").status_code == 404


def test_a_message_is_taken_back_while_nobody_has_answered(cast: Cast, as_role: Browsers) -> None:
    topic = topic_of(cast)
    post, address = opening_of(topic).id, f"{FORUMS}/topics/{topic.id}"
    participant = as_role("participant")
    assert "Take back the topic" in participant.get(f"{FORUMS}/posts/{post}/text").text
    assert as_role("tutor").post(f"{FORUMS}/posts/{post}/deletion").status_code == 404
    assert participant.post(f"{FORUMS}/posts/{post}/deletion").location == f"{FORUMS}/general"
    assert participant.get(address).status_code == 404


def test_a_hidden_message_is_a_gap_for_others_and_keeps_its_reason_for_its_author(
    cast: Cast, as_role: Browsers
) -> None:
    topic = topic_of(cast)
    post = reply_to(cast, topic, "other_participant", body="Secret words of a client")
    tutor = as_role("tutor")
    assert tutor.post(f"{FORUMS}/posts/{post.id}/hiding", {"reason": ""}).status_code == 422
    assert tutor.post(f"{FORUMS}/posts/{post.id}/hiding", {"reason": "It names a client"}).status_code == 303
    pages = {
        name: as_role(name).get(f"{FORUMS}/topics/{topic.id}").text
        for name in ("participant", "other_participant", "tutor")
    }
    assert "Secret words" not in pages["participant"]
    assert "This message was hidden by those who teach." in pages["participant"]
    assert "It names a client" in pages["other_participant"]
    assert "Show again" in pages["tutor"]
    for name in ("participant", "tutor", "other_participant"):
        assert "Secret" not in as_role(name).get("/editions/R1/search?q=client").text
    assert as_role("participant").get(f"{FORUMS}/posts/{post.id}/report").status_code == 404
    assert tutor.post(f"{FORUMS}/posts/{post.id}/showing").status_code == 303
    assert "Secret words" in as_role("participant").get(f"{FORUMS}/topics/{topic.id}").text


def test_a_hidden_topic_is_not_there_for_others(cast: Cast, as_role: Browsers) -> None:
    topic = topic_of(cast)
    hide_post(cast.member("tutor"), post_id=opening_of(topic).id, reason="Spam", now=NOW)
    for name, status in (
        ("participant", 200),
        ("tutor", 200),
        ("other_participant", 404),
        ("outsider", 404),
        ("sponsor_viewer", 403),
    ):
        assert as_role(name).get(f"{FORUMS}/topics/{topic.id}").status_code == status, name


def test_a_report_is_written_with_a_reason_and_settled_by_those_who_teach(cast: Cast, as_role: Browsers) -> None:
    post = reply_to(cast, topic_of(cast))
    address = f"{FORUMS}/posts/{post.id}/report"
    participant, tutor = as_role("participant"), as_role("tutor")
    assert "A reply by other_participant" in participant.get(address).text
    assert participant.post(address, {"reason": " "}).status_code == 422
    assert participant.post(address, {"reason": "It insults"}).status_code == 303
    assert "1 reported message" in tutor.get("/editions/R1").text
    assert "It insults" in tutor.get(f"{FORUMS}/reports").text
    assert participant.get(f"{FORUMS}/reports").status_code == 403
    report = db.session.scalars(select(Report)).one()
    assert as_role("other_tutor").post(f"/editions/R2/forums/reports/{report.id}/settlement").status_code == 404
    assert tutor.post(f"{FORUMS}/reports/{report.id}/settlement").status_code == 303
    assert "Nothing is reported" in tutor.get(f"{FORUMS}/reports").text


def test_those_who_teach_pin_lock_and_move(cast: Cast, as_role: Browsers) -> None:
    topic = topic_of(cast)
    address = f"{FORUMS}/topics/{topic.id}/arrangement"
    tutor = as_role("tutor")
    assert as_role("participant").get(address).status_code == 403
    assert "Module 3" in tutor.get(address).text
    assert tutor.post(address, {"forum": "module-m99"}).status_code == 422
    assert tutor.post(address, {"forum": "module-m3", "is_pinned": "y", "is_locked": "y"}).status_code == 303
    page = as_role("participant").get(f"{FORUMS}/topics/{topic.id}").text
    assert "This topic is locked" in page
    assert "kept at the top" in page
    assert as_role("participant").post(f"{FORUMS}/topics/{topic.id}", {"body": "x"}).status_code == 409


def test_one_chooses_how_mail_comes_and_what_one_follows(cast: Cast, as_role: Browsers) -> None:
    topic = topic_of(cast)
    participant = as_role("participant")
    assert "checked" in participant.get(f"{FORUMS}/mail").text
    assert participant.post(f"{FORUMS}/mail", {"delivery": "hourly"}).status_code == 422
    assert participant.post(f"{FORUMS}/mail", {"delivery": "at-once"}).status_code == 303
    assert db.session.scalars(select(MailChoice.delivery)).all() == ["at-once"]
    assert participant.post(f"{FORUMS}/general/subscription", {"told": "all"}).status_code == 303
    assert "every message" in participant.get(f"{FORUMS}/general").text
    assert participant.post(f"{FORUMS}/general/subscription", {"told": "x"}).status_code == 404
    assert participant.post(f"{FORUMS}/topics/{topic.id}/subscription", {"is_on": "0"}).status_code == 303
    assert "You are told of nothing in this topic." in participant.get(f"{FORUMS}/topics/{topic.id}").text


def test_reading_writes_nothing_until_the_page_says_so(cast: Cast, as_role: Browsers, count_queries: Any) -> None:
    topic = topic_of(cast)
    reader = as_role("other_participant")
    with count_queries() as statements:
        page = reader.get(f"{FORUMS}/topics/{topic.id}").text
    assert [sql for sql in statements if not sql.lstrip().startswith("SELECT")] == []
    assert "I have read this" in page
    assert reader.post(f"{FORUMS}/topics/{topic.id}/read", {"post": "x"}).status_code == 404
    assert reader.post(f"{FORUMS}/topics/{topic.id}/read", {"post": opening_of(topic).id}).status_code == 303
    assert "I have read this" not in reader.get(f"{FORUMS}/topics/{topic.id}").text
    own = select(func.count(TopicRead.topic_id)).where(TopicRead.person_id == cast.people["other_participant"])
    assert db.session.scalar(own) == 1


@pytest.mark.parametrize(
    "page", ["", "/general", "/general?show=new", "/general?show=unanswered", "/questions", "/reports"]
)
def test_pages_take_as_many_statements_for_many_topics_as_for_few(
    cast: Cast, as_role: Browsers, count_queries: Any, page: str
) -> None:
    def fill(first: int, last: int) -> None:
        for number in range(first, last):
            topic = topic_of(cast, title=f"T{number}", body=f"T{number}", is_question=True)
            post = reply_to(cast, topic, ("other_participant", "third_participant")[number % 2])
            report_post(cast.member("participant"), post_id=post.id, reason="x", now=NOW)
        db.session.commit()

    tutor = as_role("tutor")

    def statements() -> int:
        with count_queries() as found:
            assert tutor.get(f"{FORUMS}{page}").status_code == 200
        return len(found)

    fill(0, 2)
    few = statements()
    fill(2, 15)
    assert statements() == few
    assert few <= 8


def test_a_topic_takes_as_many_statements_for_many_messages_as_for_few(
    cast: Cast, as_role: Browsers, count_queries: Any
) -> None:
    topic = topic_of(cast)
    names = ("other_participant", "third_participant", "tutor", "participant")

    def statements() -> int:
        with count_queries() as found:
            assert as_role("participant").get(f"{FORUMS}/topics/{topic.id}").status_code == 200
        return len(found)

    first = reply_to(cast, topic, body="@Tutor", at=later(1))
    reply_to(cast, topic, "tutor", parent_id=first.id, at=later(2))
    few = statements()
    for number in range(15):
        reply_to(
            cast, topic, names[number % 4], body=f"No. {number} @Coordinator", parent_id=first.id, at=later(number + 3)
        )
    assert statements() == few
    assert few <= 8


def test_the_first_screen_takes_as_many_statements_for_much_news_as_for_little(
    cast: Cast, as_role: Browsers, count_queries: Any
) -> None:
    participant = as_role("participant")

    def statements() -> int:
        with count_queries() as found:
            assert participant.get("/editions/R1").status_code == 200
        return len(found)

    topic_of(cast, "tutor", forum="announcements")
    few = statements()
    for number in range(12):
        topic_of(
            cast, "coordinator", forum="announcements", title=f"A{number}", body=f"A{number}", at=later(number + 1)
        )
        topic_of(cast, "tutor", title=f"T{number}", body=f"T{number}")
    assert statements() == few
    page = participant.get("/editions/R1").text
    assert "A11" in page
    assert "12 more" in page
    assert "12 topics in the forums have something new" in page


def test_a_closed_edition_is_read_and_not_written(cast: Cast, as_role: Browsers) -> None:
    topic = topic_of(cast)
    cast.edition.closed_at = NOW
    db.session.commit()
    participant = as_role("participant")
    assert "This edition is closed" in participant.get(f"{FORUMS}/topics/{topic.id}").text
    assert participant.post(f"{FORUMS}/topics/{topic.id}", {"body": "x"}).status_code == 409
    assert participant.post(f"{FORUMS}/general", GOOD).status_code == 409
    assert participant.get(f"{FORUMS}/general/new").status_code == 409


def test_edge_case_39_the_words_of_somebody_who_was_erased_stay_without_their_name(
    cast: Cast, as_role: Browsers
) -> None:
    topic = topic_of(cast, "third_participant", is_question=True)
    post = reply_to(cast, topic, "third_participant", body="My own addition")
    reply_to(cast, topic, "other_participant", parent_id=post.id)
    report_post(
        cast.member("third_participant"),
        post_id=db.session.scalars(select(func.max(Post.id))).one(),
        reason="x",
        now=NOW,
    )
    person, enrolment = cast.person("third_participant"), cast.enrolment("third_participant")
    name = person.full_name
    db.session.delete(enrolment)
    db.session.flush()
    db.session.delete(person)
    db.session.commit()
    for who in ("participant", "tutor"):
        page = as_role(who).get(f"{FORUMS}/topics/{topic.id}").text
        assert "My own addition" in page
        assert "Former participant" in page
        assert name not in page
        assert name not in as_role(who).get(f"{FORUMS}/general").text
    assert name not in as_role("tutor").get(f"{FORUMS}/reports").text
    assert name not in as_role("tutor").get("/editions/R1/search?q=addition").text
    assert db.session.scalar(select(func.count(Post.id))) == 3


def test_an_announcement_can_be_shared_where_people_read_on_their_phones(cast: Cast, as_role: Browsers) -> None:
    topic = topic_of(cast, "coordinator", forum="announcements", title="A & B", body="Tomorrow, 9?")
    page = as_role("coordinator").get(f"{FORUMS}/topics/{topic.id}").text
    shared = re.search(r'href="https://wa\.me/\?text=([^"]+)"', page)
    assert shared is not None
    words = unquote(shared[1])
    assert words.startswith("A & B\n\nTomorrow, 9?\n\nhttp")
    assert words.endswith(f"{FORUMS}/topics/{topic.id}")
    assert "wa.me" not in as_role("participant").get(f"{FORUMS}/topics/{topic.id}").text
