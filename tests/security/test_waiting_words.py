"""What waits on a shared phone is sent as nobody but who wrote it, and is not given up because somebody else looks."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from lms.core.db import db
from lms.forums.models import Post, Topic
from lms.offline.models import TakenOperation
from tests.factories import Cast
from tests.forums.making import topic_of

OPERATION = "1790000000000-0.25"
AS_A_PAGE_DOES = {"Accept": "application/json"}


@pytest.fixture
def protected(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)


def send(browser: Any, address: str, **values: str) -> Any:
    """As lms/static/offline.js sends what waited, from a page that was made for another session."""
    values = {"body": "Written on the bus.", "operation": OPERATION, "csrf_token": "of whoever wrote it", **values}
    return browser.post(address, values, headers=AS_A_PAGE_DOES)


@pytest.mark.usefixtures("protected")
@pytest.mark.parametrize("reader", ["other_participant", "outsider", "sponsor_viewer", "tutor", "stranger"])
def test_a_reply_that_waits_is_neither_sent_nor_given_up_while_somebody_else_is_signed_in(
    cast: Cast, as_role: Any, reader: str
) -> None:
    topic = topic_of(cast)
    for address, title in ((f"/editions/R1/forums/topics/{topic.id}", ""), ("/editions/R1/forums/general", "Papers")):
        answer = send(as_role(reader), address, title=title)
        # The page waits on after 400, and gives up after any other refusal: lms/static/offline.js.
        assert (answer.status_code, answer.json) == (400, {"error": "token"})
    db.session.rollback()
    assert db.session.scalar(select(func.count(Topic.id))) == 1
    assert db.session.scalar(select(func.count(Post.id))) == 1
    assert db.session.scalar(select(func.count()).select_from(TakenOperation)) == 0


def test_a_reply_that_waits_is_not_given_up_because_many_were_sent(cast: Cast, as_role: Any) -> None:
    address, participant = f"/editions/R1/forums/topics/{topic_of(cast).id}", as_role("participant")
    for number in range(40):
        assert participant.post(address, {"body": f"No. {number}"}).status_code == 303
    answer = send(participant, address)
    assert answer.status_code == 429
    assert "wait a little" in answer.json["error"]


def test_a_reply_that_cannot_be_sent_as_it_is_says_why_where_it_waits(cast: Cast, as_role: Any) -> None:
    address = f"/editions/R1/forums/topics/{topic_of(cast).id}"
    answer = send(as_role("participant"), address, body="y" * 10_001)
    assert (answer.status_code, answer.json) == (422, {"error": "This is too long for one message. Send it in two."})
