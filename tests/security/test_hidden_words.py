"""What was hidden in a forum is read nowhere by those from whom it was hidden, and nothing typed there leaves its place."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from lms.core.db import db, unit_of_work
from lms.core.mailer import compose
from lms.core.outbox import OutboxMessage
from lms.forums.models import Post
from lms.forums.services.moderating import hide_post
from lms.notices.models import Notice
from tests.conftest import NOW
from tests.factories import Cast
from tests.forums.making import later, opening_of, reply_to, topic_of

SECRET = "the-unsaid-word"
FORUMS = "/editions/R1/forums"


def pages(topic_id: int, post_id: int) -> list[str]:
    return [
        FORUMS, f"{FORUMS}/general", f"{FORUMS}/topics/{topic_id}", f"{FORUMS}/topics/{topic_id}?answering={post_id}",
        f"{FORUMS}/topics/{topic_id}/new-messages", f"{FORUMS}/posts/{post_id}", f"{FORUMS}/posts/{post_id}/report",
        f"{FORUMS}/posts/{post_id}/text", f"{FORUMS}/posts/{post_id}/history", f"{FORUMS}/posts/{post_id}/hiding",
        f"{FORUMS}/reports", f"{FORUMS}/questions", "/editions/R1/search?q=unsaid", "/editions/R1", "/notices", "/",
    ]  # fmt: skip


def assert_unsaid(browser: Any, topic_id: int, post_id: int) -> None:
    for page in pages(topic_id, post_id):
        answer = browser.get(page, follow_redirects=True)
        assert answer.status_code in (200, 403, 404), page
        assert SECRET not in re.sub(r"</?mark[^>]*>", "", answer.text), page


def hide(cast: Cast, post_id: int) -> None:
    with unit_of_work():
        hide_post(cast.member("tutor"), post_id=post_id, reason="Not here", now=later(9))


@pytest.mark.parametrize("name", ["third_participant", "sponsor_viewer", "outsider", "other_tutor", "stranger"])
def test_a_hidden_reply_is_read_by_nobody_else(cast: Cast, as_role: Any, name: str) -> None:
    topic = topic_of(cast, is_question=True)
    said = reply_to(cast, topic, body=f"It is {SECRET}")
    reply_to(cast, topic, "participant", parent_id=said.id)
    hide(cast, said.id)
    assert_unsaid(as_role(name), topic.id, said.id)


@pytest.mark.parametrize("name", ["third_participant", "sponsor_viewer", "outsider", "other_tutor", "stranger"])
def test_a_hidden_topic_is_read_by_nobody_else(cast: Cast, as_role: Any, name: str) -> None:
    topic = topic_of(cast, title=SECRET, body=f"It is {SECRET}", is_question=True)
    reply = reply_to(cast, topic, body=SECRET)
    hide(cast, opening_of(topic).id)
    assert_unsaid(as_role(name), topic.id, reply.id)


def test_nobody_writes_changes_or_marks_anything_in_a_hidden_topic(cast: Cast, as_role: Any) -> None:
    topic = topic_of(cast, is_question=True)
    reply = reply_to(cast, topic)
    hide(cast, opening_of(topic).id)
    before = {post.id: post.body for post in db.session.scalars(select(Post))}
    for name in ("participant", "other_participant", "third_participant"):
        browser = as_role(name)
        for page, sent in (
            (f"topics/{topic.id}", {"body": "more"}), (f"topics/{topic.id}/answer", {"post": str(reply.id)}),
            (f"posts/{reply.id}/text", {"body": "changed"}), (f"posts/{reply.id}/deletion", {}),
            (f"posts/{opening_of(topic).id}/text", {"title": "x", "body": "changed"}),
            (f"posts/{opening_of(topic).id}/deletion", {}), (f"posts/{opening_of(topic).id}/showing", {}),
            (f"topics/{topic.id}/arrangement", {"forum": "general"}),
        ):  # fmt: skip
            assert browser.post(f"{FORUMS}/{page}", sent).status_code in (403, 404, 409), (name, page)
    assert {post.id: post.body for post in db.session.scalars(select(Post))} == before


def test_the_notices_of_what_was_hidden_are_gone(cast: Cast) -> None:
    topic = topic_of(cast)
    said = reply_to(cast, topic, body=SECRET)
    hide(cast, said.id)
    kept = db.session.scalars(select(Notice).where(Notice.person_id != said.author_id)).all()
    assert not [one for one in kept if SECRET in str(one.context)]


@pytest.mark.parametrize(
    "sign", ["\r\nBcc: x@evil.example", "\nBcc: x@evil.example", "\x0b\x0c", "\x1c\x1d\x1e", "\x85", "\u2028\u2029", "\0"],
    ids=ascii,
)  # fmt: skip
def test_a_title_and_a_name_add_no_line_to_a_letter_and_keep_none_back(app: Flask, cast: Cast, sign: str) -> None:
    if sign != "\0":
        cast.person("tutor").full_name = cast.person("participant").full_name = f"A{sign}B"
    topic_of(cast, title=f"Question{sign}end", body="x", is_question=True, at=NOW)
    letters = db.session.scalars(select(OutboxMessage)).all()
    assert letters
    for one in letters:
        with app.test_request_context():
            letter = compose(one)
        assert letter["Bcc"] is None
        assert len(str(letter["Subject"]).splitlines()) == 1
        assert b"\nBcc:" not in letter.as_bytes().split(b"\n\n", 1)[0]
