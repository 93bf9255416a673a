"""What somebody has read and what they follow: small rows that the database keeps one of."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from lms.core.db import db
from lms.courses.permissions import Member
from lms.forums.models import ForumSubscription, MailChoice, Post, TopicRead, TopicSubscription
from lms.forums.queries.forums import get_forum
from lms.forums.queries.topics import get_topic
from lms.notices.domain import Delivery
from lms.notices.models import Notice

# The kinds of notices about a post; each is also a template in ``emails/``.
KINDS = ("forum_post", "forum_addressed", "forum_question", "forum_announcement")


def thing_of(post_id: int) -> str:
    """How notices name a post."""
    return f"post:{post_id}"


def insert_into(table: Any) -> Any:
    """An INSERT that knows what to do on a conflict, for the database in use."""
    return (postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert)(table)


def mark_read(actor: Member, *, topic_id: int, post_id: int, now: datetime) -> None:
    """Remember that the actor has read a topic up to a post, and that they need no digest of what they have read.

    Raises:
        NotFound: for a topic that the actor may not see.
    """
    topic = get_topic(actor, topic_id)
    posts = db.session.execute(
        select(Post.id, Post.posted_at).where(Post.topic_id == topic.id, Post.id <= post_id).order_by(Post.id)
    ).all()
    if not posts:
        return
    set_read(actor, topic.id, posts[-1].posted_at)
    things = [thing_of(post.id) for post in posts]
    unread = (Notice.person_id == actor.person.id, Notice.kind.in_(KINDS), Notice.thing.in_(things))
    quietly = {"synchronize_session": False}
    db.session.execute(
        update(Notice).where(*unread, Notice.read_at.is_(None)).values(read_at=now).execution_options(**quietly)
    )
    db.session.execute(
        update(Notice)
        .where(*unread, Notice.delivery == Delivery.DAILY, Notice.mailed_at.is_(None))
        .values(delivery=Delivery.PAGE)
        .execution_options(**quietly)
    )


def set_read(actor: Member, topic_id: int, until: datetime) -> None:
    """Move the actor's mark in a topic forward; never back, whichever of two pages says it last."""
    row = insert_into(TopicRead).values(topic_id=topic_id, person_id=actor.person.id, read_until=until)
    db.session.execute(
        row.on_conflict_do_update(
            index_elements=["topic_id", "person_id"],
            set_={"read_until": row.excluded.read_until},
            where=TopicRead.read_until < row.excluded.read_until,
        )
    )


def follow_by_writing(person_id: int, topic_id: int) -> None:
    """Let somebody be told of what is written in a topic, unless they have said before what they want."""
    row = insert_into(TopicSubscription).values(topic_id=topic_id, person_id=person_id, is_on=True)
    db.session.execute(row.on_conflict_do_nothing(index_elements=["topic_id", "person_id"]))


def follow_topic(actor: Member, *, topic_id: int, is_on: bool) -> None:
    """Be told of what is written in a topic, or of nothing there.

    Raises:
        NotFound: for a topic that the actor may not see.
    """
    topic = get_topic(actor, topic_id)
    row = insert_into(TopicSubscription).values(topic_id=topic.id, person_id=actor.person.id, is_on=is_on)
    db.session.execute(
        row.on_conflict_do_update(index_elements=["topic_id", "person_id"], set_={"is_on": row.excluded.is_on})
    )


def follow_forum(actor: Member, *, forum_key: str, is_on: bool | None) -> None:
    """Be told of everything in a forum, of nothing, or, with ``None``, of new topics alone.

    Raises:
        NotFound: for a forum that the edition does not have.
    """
    forum = get_forum(actor, forum_key)
    keys = {"edition_id": actor.edition.id, "forum_key": forum.key, "person_id": actor.person.id}
    if is_on is None:
        db.session.execute(delete(ForumSubscription).filter_by(**keys).execution_options(synchronize_session=False))
        return
    row = insert_into(ForumSubscription).values(**keys, is_on=is_on)
    db.session.execute(row.on_conflict_do_update(index_elements=list(keys), set_={"is_on": row.excluded.is_on}))


def choose_mail(actor: Member, delivery: Delivery, now: datetime) -> None:
    """Say how mail about the posts of the actor's edition reaches them."""
    row = insert_into(MailChoice).values(
        edition_id=actor.edition.id, person_id=actor.person.id, delivery=delivery, chosen_at=now
    )
    db.session.execute(
        row.on_conflict_do_update(
            index_elements=["edition_id", "person_id"],
            set_={"delivery": row.excluded.delivery, "chosen_at": row.excluded.chosen_at},
        )
    )
    if delivery is not Delivery.DAILY:  # what was to go into a digest stays in the page alone
        db.session.execute(
            update(Notice)
            .where(
                Notice.person_id == actor.person.id,
                Notice.edition_id == actor.edition.id,
                Notice.kind.in_(KINDS),
                Notice.delivery == Delivery.DAILY,
                Notice.mailed_at.is_(None),
            )
            .values(delivery=Delivery.PAGE)
            .execution_options(synchronize_session=False)
        )
