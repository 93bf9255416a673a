"""What the people of the running edition say in its forums."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from lms.core.db import db
from lms.demo.script import Cast, as_typed, read_yaml
from lms.forums.models import Post, Topic
from lms.forums.services.marks import mark_read
from lms.forums.services.posting import open_topic, reply
from lms.notices.domain import Delivery
from lms.notices.models import Notice


def talk_in_forums(cast: Cast, now: datetime) -> None:
    """Fill the forums, and let some people have read part of them."""
    data = read_yaml("forums.yaml")
    entries = [entry for entry in data["topics"] if cast.at(entry["day"], entry["hour"]) < now]
    for entry in sorted(entries, key=lambda one: (one["day"], one["hour"])):
        _talk(cast, entry, now)
    for key, day in data["read"].items():
        _read(cast, key, cast.at(day, 23), now)
    _have_old_mail(cast, now)


def _talk(cast: Cast, entry: Mapping[str, Any], now: datetime) -> None:
    topic = open_topic(
        cast.member(entry["by"]),
        forum_key=entry["forum"],
        title=entry["title"],
        body=as_typed(entry["body"]),
        is_question=entry.get("is_question", False),
        now=cast.at(entry["day"], entry["hour"], 10),
    )
    replies: list[Post] = []
    for said in entry.get("replies", ()):
        answered = replies[said["answers"] - 1] if "answers" in said else None
        replies.append(
            reply(
                cast.member(said["by"]),
                topic_id=topic.id,
                body=as_typed(said["body"]),
                parent_id=None if answered is None else answered.id,
                is_answer=said.get("is_answer", False),
                now=min(cast.at(said["day"], said["hour"], 25), now),
            )
        )


def _read(cast: Cast, key: str, until: datetime, now: datetime) -> None:
    topics = select(Topic.id).where(Topic.edition_id == cast.edition.id)
    posts = db.session.execute(
        select(Post.topic_id, Post.id).where(Post.topic_id.in_(topics), Post.posted_at <= until).order_by(Post.id)
    )
    for topic_id, post_id in {topic_id: post_id for topic_id, post_id in posts}.items():  # noqa: C416  a row is no pair
        mark_read(cast.member(key), topic_id=topic_id, post_id=post_id, now=min(until, now))


def _have_old_mail(cast: Cast, now: datetime) -> None:
    """The daily letters of the days before have long arrived."""
    db.session.execute(
        update(Notice)
        .where(
            Notice.edition_id == cast.edition.id,
            Notice.delivery == Delivery.DAILY,
            Notice.mailed_at.is_(None),
            Notice.created_at < now - timedelta(days=1),
        )
        .values(mailed_at=Notice.created_at)
        .execution_options(synchronize_session=False)
    )
