"""Tells people of a post: announcements to everybody, posts to those who follow, at once to whom one is addressed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update

from lms.accounts.models import Person
from lms.core.db import db
from lms.courses.permissions import Member
from lms.courses.queries import get_content
from lms.forums.domain.places import ANNOUNCEMENTS, module_of_forum
from lms.forums.domain.rules import delivery_when_addressed
from lms.forums.domain.searching import mentioned
from lms.forums.models import Mention, Post, Topic
from lms.forums.queries.audience import Listener, listeners
from lms.forums.services.marks import KINDS, follow_by_writing, thing_of
from lms.notices.domain import Category, Delivery
from lms.notices.models import Notice
from lms.notices.services import notify_all


def tell(actor: Member, post: Post, *, addressed_id: int | None, now: datetime) -> None:
    """Tell everybody who should know of a new post, each once, and keep to whom it is addressed.

    Args:
        addressed_id: the person who was chosen from the list; whoever is named as ``@Name`` is addressed too.
    """
    topic = post.topic
    others = [one for one in listeners(actor.edition, topic) if one.person.id != actor.person.id]
    named = mentioned(post.body, {one.person.id: one.person.full_name for one in others})
    addressed = [one for one in others if one.person.id == addressed_id or one.person.id in named]
    _keep_mentions(post, addressed)
    notice = _notice_of(actor, post, now)
    if topic.forum_key == ANNOUNCEMENTS:
        notify_all([one.person for one in others], category=Category.ANNOUNCEMENTS, kind="forum_announcement", **notice)
        return
    told = {one.person.id for one in addressed}
    _notify(
        addressed,
        "forum_addressed",
        {one.person.id: delivery_when_addressed(one.delivery) for one in addressed},
        notice,
    )
    if post.is_opening and topic.is_question:
        tutors = [one.person for one in others if one.is_teaching and one.person.id not in told]
        notify_all(tutors, category=Category.TEACHING, kind="forum_question", **notice)
        told |= {person.id for person in tutors}
    followers = [one for one in others if one.person.id not in told and one.is_told(is_opening=post.is_opening)]
    _notify(followers, "forum_post", {one.person.id: one.delivery for one in followers}, notice)


def _notify(people: Sequence[Listener], kind: str, deliveries: dict[int, Delivery], notice: dict[str, Any]) -> None:
    notify_all(
        [one.person for one in people], category=Category.DISCUSSIONS, kind=kind, deliveries=deliveries, **notice
    )


def _keep_mentions(post: Post, addressed: Collection[Listener]) -> None:
    if not addressed:
        return
    db.session.execute(insert(Mention), [{"post_id": post.id, "person_id": one.person.id} for one in addressed])
    for one in addressed:
        follow_by_writing(one.person.id, post.topic_id)


def _notice_of(actor: Member, post: Post, now: datetime) -> dict[str, Any]:
    topic = post.topic
    return {
        "thing": thing_of(post.id),
        "context": {
            "code": actor.edition.code,
            "edition_title": dict(actor.edition.title),
            "forum_key": topic.forum_key,
            "module_title": _module_title(actor, topic),
            "topic": topic.title,
            "author": actor.person.full_name,
            "body": post.body,
            "post_id": post.id,
        },
        "endpoint": "forums.post",
        "place": {"code": actor.edition.code, "post_id": post.id},
        "edition_id": actor.edition.id,
        "now": now,
    }


def _module_title(actor: Member, topic: Topic) -> dict[str, str] | None:
    module = get_content(actor.edition.release_id).module(module_of_forum(topic.forum_key) or "")
    return None if module is None else dict(module.title)


def retell(actor: Member, post: Post, now: datetime) -> None:
    """Let the notices of a changed post, and the letters that come, say what it says now."""
    db.session.execute(
        update(Notice)
        .where(Notice.kind.in_(KINDS), Notice.thing == thing_of(post.id))
        .values(context=_notice_of(actor, post, now)["context"])
        .execution_options(synchronize_session=False)
    )


def untell(post_ids: Collection[int]) -> None:
    """Take posts out of people's notices and coming digests: they were hidden or taken away."""
    db.session.execute(
        delete(Notice)
        .where(Notice.kind.in_(KINDS), Notice.thing.in_([thing_of(post_id) for post_id in post_ids]))
        .execution_options(synchronize_session=False)
    )


def said_now(values: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The values of a letter about a post as it stands now; ``None`` where it was hidden or taken away since."""
    said = db.session.execute(
        select(Post.body, Topic.title)
        .join(Post.topic)
        .where(Post.id == values["post_id"], Post.hidden_at.is_(None), Topic.hidden_at.is_(None))
    ).one_or_none()
    if said is None:
        return None
    return {**values, "topic": said.title, "body": said.body}


def tell_of_report(actor: Member, post: Post, reason: str, staff: Collection[Person], now: datetime) -> None:
    """Tell those who moderate that somebody has reported a post."""
    notice = _notice_of(actor, post, now)
    notice |= {"thing": f"report:{post.id}:{actor.person.id}", "endpoint": "forums.reports"}
    notice |= {"place": {"code": actor.edition.code}, "context": {**notice["context"], "reason": reason}}
    notify_all(staff, category=Category.TEACHING, kind="forum_report", **notice)


def tell_of_hiding(actor: Member, post: Post, now: datetime) -> None:
    """Tell the author of a hidden post why, so that nobody wonders where their words went."""
    if post.author is None or post.author_id == actor.person.id:
        return
    notice = _notice_of(actor, post, now)
    notice |= {
        "thing": f"hidden:{post.id}:{now.isoformat()}", "context": {**notice["context"], "reason": post.hidden_reason},
    }  # fmt: skip
    notify_all([post.author], category=Category.NECESSARY, kind="forum_hidden", **notice)
