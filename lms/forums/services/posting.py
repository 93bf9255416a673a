"""Write in a forum: open a topic, reply, change or take back one's own words, say which post answers a question."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import delete, func, select

from lms.core.audit import record_event
from lms.core.db import db
from lms.core.errors import NotAllowed, NotFound, RuleViolation
from lms.courses.models import Edition
from lms.courses.permissions import Member, require_running
from lms.forums.domain.places import ANNOUNCEMENTS
from lms.forums.domain.rules import SAME_MESSAGE_WITHIN, is_editable
from lms.forums.domain.searching import fold, plain
from lms.forums.models import Answer, Post, PostRevision, Topic
from lms.forums.permissions import can_mark_answer, require_open_topics, require_reply
from lms.forums.queries.forums import get_forum
from lms.forums.queries.topics import get_post, get_topic, has_replies, is_reported
from lms.forums.services.marks import follow_by_writing, insert_into, set_read
from lms.forums.services.telling import retell, tell, untell


def clean(text: str) -> str:
    """A text as it is kept: no carriage returns, no NUL, nothing empty around it."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "").strip()


def one_line(text: str) -> str:
    """A text on one line, as titles are kept. Spaces that hold a line together, as in French, stay."""
    return re.sub(r"[ \t\n]+", " ", clean(text))


def searchable(body: str, title: str = "") -> str:
    """What a post is found by; the one that opens a topic, by the topic's title too."""
    return fold(f"{title}\n{plain(body)}" if title else plain(body))


def open_topic(
    actor: Member,
    *,
    forum_key: str,
    title: str,
    body: str,
    is_question: bool = False,
    addressed_id: int | None = None,
    now: datetime,
) -> Topic:
    """Begin a topic, or write an announcement; a second tap of the button begins no second one.

    Raises:
        NotFound: for a forum that the edition does not have.
        NotAllowed: for somebody who may not write there.
        RuleViolation: for an empty title or text, or in a closed edition.
    """
    forum = get_forum(actor, forum_key)
    require_open_topics(actor, forum.key)
    title, body = one_line(title), _checked(body)
    if not title:
        raise RuleViolation(_("Say in a few words what it is about."))
    _one_at_a_time(actor)
    same = _same_message(actor, body, now, topic=None)
    if same is not None and same.topic.title == title and same.topic.forum_key == forum.key:
        return same.topic
    topic = Topic(
        edition_id=actor.edition.id, forum_key=forum.key, title=title, author_id=actor.person.id,
        is_by_tutor=not actor.is_participant, is_question=is_question and not forum.is_announcements, posted_at=now,
        last_posted_at=now,
    )  # fmt: skip
    db.session.add(topic)
    db.session.flush()
    post = _add_post(actor, topic, body, now, is_opening=True)
    tell(actor, post, addressed_id=addressed_id, now=now)
    if forum.is_announcements:
        record_event(
            "announcement sent", now=now, actor_id=actor.person.id, subject_type="topic", subject_id=topic.id,
            edition_id=actor.edition.id, title=title,
        )  # fmt: skip
    return topic


def reply(
    actor: Member,
    *,
    topic_id: int,
    body: str,
    parent_id: int | None = None,
    addressed_id: int | None = None,
    is_answer: bool = False,
    now: datetime,
) -> Post:
    """Write in a topic; a second tap of the button writes nothing more.

    Args:
        parent_id: the post of the same topic that it answers; ``None`` for the topic as a whole.
        is_answer: mark it at once as the answer to the topic's question.

    Raises:
        NotFound: for a topic or a post that the actor may not see.
        NotAllowed, RuleViolation: where the actor may not write, or for an empty text.
    """
    topic = get_topic(actor, topic_id)
    require_reply(actor, topic)
    body = _checked(body)
    parent = _parent(actor, topic, parent_id)
    _one_at_a_time(actor)
    same = _same_message(actor, body, now, topic=topic)
    if same is not None:
        return same
    post = _add_post(actor, topic, body, now, parent=parent)
    topic.last_posted_at = max(topic.last_posted_at, now)
    if is_answer and can_mark_answer(actor, topic):
        _set_answer(actor, topic, post, now)
    author_id = None if parent is None else parent.author_id
    tell(actor, post, addressed_id=addressed_id or author_id, now=now)
    return post


def _parent(actor: Member, topic: Topic, parent_id: int | None) -> Post | None:
    if parent_id is None:
        return None
    parent = get_post(actor, parent_id)
    if parent.topic_id != topic.id or parent.hidden_at is not None:
        raise NotFound(_("The message that you answer is not there any more."))
    return None if parent.is_opening else parent


def _checked(body: str) -> str:
    body = clean(body)
    if not body:
        raise RuleViolation(_("Write something first."))
    return body


def _one_at_a_time(actor: Member) -> None:
    # Two taps at the same moment: the second waits here and finds the first one's message.
    db.session.execute(select(Edition.id).where(Edition.id == actor.edition.id).with_for_update())


def _same_message(actor: Member, body: str, now: datetime, topic: Topic | None) -> Post | None:
    """What the actor has just said in the same words, in a topic, or as the opening of one."""
    said = select(Post).where(
        Post.author_id == actor.person.id, Post.body == body, Post.posted_at > now - SAME_MESSAGE_WITHIN,
        Post.is_opening if topic is None else Post.topic_id == topic.id,
    )  # fmt: skip
    if topic is None:
        said = said.join(Post.topic).where(Topic.edition_id == actor.edition.id)
    return db.session.scalars(said.order_by(Post.id.desc()).limit(1)).first()


def _add_post(
    actor: Member, topic: Topic, body: str, now: datetime, *, is_opening: bool = False, parent: Post | None = None
) -> Post:
    post = Post(
        topic=topic, parent=parent, author_id=actor.person.id, is_by_tutor=not actor.is_participant,
        is_opening=is_opening, body=body, folded=searchable(body, topic.title if is_opening else ""), posted_at=now,
    )  # fmt: skip
    db.session.add(post)
    db.session.flush()
    follow_by_writing(actor.person.id, topic.id)
    set_read(actor, topic.id, now)
    return post


def get_own_post(actor: Member, post_id: int) -> Post:
    """A post that the actor wrote; raises NotFound for anybody else's."""
    post = get_post(actor, post_id)
    if post.author_id != actor.person.id:
        raise NotFound(_("This is not your message."))
    return post


def change_post(
    actor: Member, *, post_id: int, body: str, title: str = "", editable_for: timedelta, now: datetime
) -> Post:
    """Change what one wrote, as long as it is young; what it said before is kept for those who moderate.

    Args:
        title: the topic's, for the post that opens it; else it is left alone.

    Raises:
        NotFound: for somebody else's post.
        RuleViolation: once the time is over, for a hidden post, in a closed edition, or for an empty text.
    """
    post = get_own_post(actor, post_id)
    _require_own_words(actor, post)
    if not is_editable(post.posted_at, now, editable_for):
        raise RuleViolation(
            _(
                "A message can be changed for %(minutes)s minutes. Write another one instead.",
                minutes=int(editable_for.total_seconds() // 60),
            )
        )
    body, title = _checked(body), one_line(title) or post.topic.title
    if not post.is_opening:
        title = post.topic.title
    if (body, title) == (post.body, post.topic.title):
        return post
    db.session.add(PostRevision(post_id=post.id, title=post.topic.title, body=post.body, replaced_at=now))
    post.topic.title = title
    post.body, post.folded, post.edited_at = body, searchable(body, title if post.is_opening else ""), now
    retell(actor, post, now)
    return post


def _require_own_words(actor: Member, post: Post) -> None:
    if post.topic.forum_key != ANNOUNCEMENTS:
        require_running(actor.edition)
    if post.hidden_at is not None or post.topic.hidden_at is not None:
        raise RuleViolation(
            _("This message was hidden by those who teach. Write to them if you think it should not be.")
        )


def delete_post(actor: Member, *, post_id: int, now: datetime) -> Topic | None:
    """Take back one's own post while nobody has answered it; return its topic, or ``None`` where that went with it.

    Raises:
        NotFound: for somebody else's post.
        RuleViolation: where it was answered, reported or hidden, or in a closed edition.
    """
    post = get_own_post(actor, post_id)
    _require_own_words(actor, post)
    _one_at_a_time(actor)
    if has_replies(post):
        raise RuleViolation(
            _("Somebody has answered, so the message stays: the answer would make no sense without it.")
        )
    if is_reported(post):
        raise RuleViolation(_("Somebody has reported this message. It stays until those who teach have looked at it."))
    topic = post.topic
    record_event(
        "topic taken back" if post.is_opening else "post taken back", now=now, actor_id=actor.person.id,
        subject_type="topic", subject_id=topic.id, edition_id=actor.edition.id, post=post.id,
    )  # fmt: skip
    untell([post.id])
    if post.is_opening:
        db.session.execute(delete(Topic).where(Topic.id == topic.id))
        db.session.expunge(topic)
        return None
    db.session.execute(delete(Post).where(Post.id == post.id))
    db.session.expunge(post)
    follow_last_post(topic)
    return topic


def follow_last_post(topic: Topic) -> None:
    """Let a topic stand in its forum where its newest visible post puts it."""
    newest = db.session.scalar(
        select(func.max(Post.posted_at)).where(Post.topic_id == topic.id, Post.hidden_at.is_(None))
    )
    topic.last_posted_at = newest or topic.posted_at


def mark_answer(actor: Member, *, topic_id: int, post_id: int | None, now: datetime) -> Topic:
    """Say which post answers a question; with ``None``, that none does.

    Raises:
        NotFound: for a topic or post that the actor may not see.
        NotAllowed: for anybody but who asked and those who teach.
        RuleViolation: for the question itself, or a hidden post.
    """
    topic = get_topic(actor, topic_id)
    if not can_mark_answer(actor, topic):
        raise NotAllowed(_("Whoever asked, or somebody who teaches, says what the answer is."))
    if post_id is None:
        db.session.execute(delete(Answer).where(Answer.topic_id == topic.id))
        record_event(
            "answer taken back", now=now, actor_id=actor.person.id, subject_type="topic", subject_id=topic.id,
            edition_id=actor.edition.id,
        )  # fmt: skip
        return topic
    post = get_post(actor, post_id)
    if post.topic_id != topic.id:
        raise NotFound
    if post.is_opening or post.hidden_at is not None:
        raise RuleViolation(_("Choose a reply that everybody can read."))
    _set_answer(actor, topic, post, now)
    return topic


def _set_answer(actor: Member, topic: Topic, post: Post, now: datetime) -> None:
    values = {"post_id": post.id, "marked_by_id": actor.person.id, "marked_at": now}
    row = insert_into(Answer).values(topic_id=topic.id, **values)
    db.session.execute(row.on_conflict_do_update(index_elements=["topic_id"], set_=values))
    record_event(
        "answer marked", now=now, actor_id=actor.person.id, subject_type="topic", subject_id=topic.id,
        edition_id=actor.edition.id, post=post.id,
    )  # fmt: skip
