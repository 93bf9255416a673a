"""Makes topics and replies through the services, at instants that follow each other."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from lms.core.db import db
from lms.core.outbox import OutboxMessage
from lms.forums.models import Post, Topic
from lms.forums.services.posting import open_topic, reply
from tests.conftest import NOW
from tests.factories import Cast


def later(minutes: float) -> datetime:
    """So many minutes after the clock of the tests."""
    return NOW + timedelta(minutes=minutes)


def topic_of(
    cast: Cast, by: str = "participant", *, forum: str = "general", at: datetime = NOW, **values: Any
) -> Topic:
    """A topic, committed."""
    values = {"title": "Papers, not skills", "body": "How do you test skills?", **values}
    topic = open_topic(cast.member(by), forum_key=forum, now=at, **values)
    db.session.commit()
    return topic


def reply_to(
    cast: Cast, topic: Topic, by: str = "other_participant", *, at: datetime | None = None, **values: Any
) -> Post:
    """A reply, committed; a minute after the latest post where no instant is given."""
    values = {"body": f"A reply by {by}", **values}
    post = reply(cast.member(by), topic_id=topic.id, now=at or topic.last_posted_at + timedelta(minutes=1), **values)
    db.session.commit()
    return post


def opening_of(topic: Topic) -> Post:
    """The post that opens a topic."""
    return db.session.scalars(select(Post).where(Post.topic_id == topic.id, Post.is_opening)).one()


def letters_to(cast: Cast, name: str) -> list[OutboxMessage]:
    """The letters of the forums that are owed to somebody."""
    return list(
        db.session.scalars(
            select(OutboxMessage)
            .where(OutboxMessage.recipient == cast.person(name).email, OutboxMessage.template.startswith("forum_"))
            .order_by(OutboxMessage.id)
        )
    )
