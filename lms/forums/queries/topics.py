"""Reads of topics and their posts, for somebody who may see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, ScalarSelect, and_, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from lms.accounts.models import Person
from lms.core.db import db
from lms.core.errors import NotFound
from lms.courses.domain.roles import TEACHING
from lms.courses.models import Enrolment
from lms.courses.permissions import Member, require_teaching
from lms.forums.models import Answer, Post, PostRevision, Report, Topic, TopicRead, TopicSubscription
from lms.forums.permissions import visible_topics
from lms.forums.queries.forums import is_new, read_by

TOPICS_ON_A_PAGE = 20
POSTS_ON_A_PAGE = 20
# Which topics of a forum to list.
SHOWN = ("all", "new", "unanswered")


@dataclass(frozen=True, slots=True)
class TopicLine:
    """A topic in a list, with its author loaded. ``replies`` are those that are not hidden."""

    topic: Topic
    replies: int
    is_new: bool
    is_answered: bool


@dataclass(frozen=True, slots=True)
class TopicPage:
    """Some topics of a list; ``page`` counts from 1."""

    lines: Sequence[TopicLine]
    page: int
    pages: int
    total: int


def _replies() -> ScalarSelect[int]:
    return (
        select(func.count(Post.id))
        .where(Post.topic_id == Topic.id, Post.is_opening.is_(False), Post.hidden_at.is_(None))
        .correlate(Topic)
        .scalar_subquery()
    )


def is_unanswered() -> ColumnElement[bool]:
    """The clause on ``Topic``: a question, not hidden or locked, without a post that is marked as its answer."""
    return and_(
        Topic.is_question,
        Topic.hidden_at.is_(None),
        Topic.is_locked.is_(False),
        ~select(Answer.topic_id).where(Answer.topic_id == Topic.id).correlate(Topic).exists(),
    )


def list_topics(actor: Member, forum_key: str, *, shown: str = "all", page: int = 1) -> TopicPage:
    """A page of a forum: pinned topics, then those with something new, then by their latest post; two statements.

    Args:
        shown: one of ``SHOWN``.
    """
    conditions = [visible_topics(actor), Topic.forum_key == forum_key]
    if shown == "new":
        conditions.append(is_new(actor))
    elif shown == "unanswered":
        conditions.append(is_unanswered())
    read = read_by(actor)
    counted = select(func.count(Topic.id)).select_from(Topic).outerjoin(TopicRead, read).where(*conditions)
    total = db.session.scalar(counted) or 0
    pages = max(1, -(-total // TOPICS_ON_A_PAGE))
    page = min(max(1, page), pages)
    new = is_new(actor)
    rows = db.session.execute(
        select(Topic, _replies(), func.coalesce(new, False), Answer.post_id)
        .outerjoin(TopicRead, read)
        .outerjoin(Answer, Answer.topic_id == Topic.id)
        .options(joinedload(Topic.author))
        .where(*conditions)
        .order_by(
            Topic.is_pinned.desc(), func.coalesce(new, False).desc(), Topic.last_posted_at.desc(), Topic.id.desc()
        )
        .limit(TOPICS_ON_A_PAGE)
        .offset((page - 1) * TOPICS_ON_A_PAGE)
    )
    lines = [TopicLine(topic, count or 0, bool(fresh), answer is not None) for topic, count, fresh, answer in rows]
    return TopicPage(lines, page, pages, total)


def list_unanswered(actor: Member) -> list[TopicLine]:
    """The questions of an edition that wait for an answer, the oldest first; for those who teach. One statement.

    Raises:
        NotAllowed: for anyone else.
    """
    require_teaching(actor)
    rows = db.session.execute(
        select(Topic, _replies())
        .options(joinedload(Topic.author))
        .where(visible_topics(actor), is_unanswered())
        .order_by(Topic.posted_at, Topic.id)
        .limit(200)
    )
    return [TopicLine(topic, count or 0, False, False) for topic, count in rows]


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for those who teach: questions without an answer and reported messages, with the oldest question."""

    questions: int
    oldest_at: datetime | None
    reports: int


def waiting_in(actor: Member) -> Waiting:
    """What waits in an edition; one statement.

    Raises:
        NotAllowed: unless the actor teaches.
    """
    require_teaching(actor)
    reports = (
        select(func.count(Report.id))
        .join(Post, Post.id == Report.post_id)
        .where(
            Report.settled_at.is_(None),
            Post.topic_id.in_(select(Topic.id).where(Topic.edition_id == actor.edition.id)),
        )
        .scalar_subquery()
    )
    waiting = select(func.count(Topic.id), func.min(Topic.posted_at), reports).where(
        Topic.edition_id == actor.edition.id,
        is_unanswered(),
    )
    questions, oldest_at, reported = db.session.execute(waiting).one()
    return Waiting(questions or 0, oldest_at, reported or 0)


def get_topic(actor: Member, topic_id: int) -> Topic:
    """A topic that the actor may see; raises NotFound."""
    topic = db.session.scalars(
        select(Topic).options(joinedload(Topic.author)).where(Topic.id == topic_id, visible_topics(actor))
    ).one_or_none()
    if topic is None:
        raise NotFound(_("There is no such topic. It may have been taken away."))
    return topic


def get_post(actor: Member, post_id: int) -> Post:
    """A post in a topic that the actor may see, with topic and author; raises NotFound.

    The words of a hidden post are for its author and those who moderate: see ``is_shown``.
    """
    post = db.session.scalars(
        select(Post)
        .join(Post.topic)
        .options(joinedload(Post.topic), joinedload(Post.author))
        .where(Post.id == post_id, visible_topics(actor))
    ).one_or_none()
    if post is None:
        raise NotFound(_("There is no such message. It may have been taken away."))
    return post


def is_shown(actor: Member, post: Post) -> bool:
    """Whether the actor reads the words of a post: hidden ones only its author and those who moderate."""
    return post.hidden_at is None or actor.is_teaching or post.author_id == actor.person.id


def get_shown_post(actor: Member, post_id: int) -> Post:
    """A post whose words the actor may read; raises NotFound."""
    post = get_post(actor, post_id)
    if not is_shown(actor, post):
        raise NotFound(_("There is no such message. It may have been taken away."))
    return post


@dataclass(frozen=True, slots=True)
class Reading:
    """A page of a topic as somebody reads it. ``read_until`` is ``None`` where they have read nothing of it yet."""

    topic: Topic
    posts: Sequence[Post]
    page: int
    pages: int
    answer_id: int | None
    read_until: datetime | None
    is_subscribed: bool | None


def read_topic(actor: Member, topic_id: int, page: int) -> Reading:
    """A page of a topic in the order in which it was written, hidden posts included; four statements.

    Raises:
        NotFound: for a topic that the actor may not see.
    """
    rows = db.session.execute(
        select(Topic, Answer.post_id, TopicRead.read_until, TopicSubscription.is_on, _count_posts())
        .outerjoin(Answer, Answer.topic_id == Topic.id)
        .outerjoin(TopicRead, read_by(actor))
        .outerjoin(
            TopicSubscription,
            and_(TopicSubscription.topic_id == Topic.id, TopicSubscription.person_id == actor.person.id),
        )
        .options(joinedload(Topic.author))
        .where(Topic.id == topic_id, visible_topics(actor))
    ).one_or_none()
    if rows is None:
        raise NotFound(_("There is no such topic. It may have been taken away."))
    topic, answer_id, read_until, is_subscribed, total = rows
    pages = max(1, -(-total // POSTS_ON_A_PAGE))
    page = min(max(1, page), pages)
    posts = db.session.scalars(
        select(Post)
        .where(Post.topic_id == topic_id)
        .options(joinedload(Post.author), joinedload(Post.parent).joinedload(Post.author), selectinload(Post.mentioned))
        .order_by(Post.id)
        .limit(POSTS_ON_A_PAGE)
        .offset((page - 1) * POSTS_ON_A_PAGE)
    ).all()
    return Reading(topic, posts, page, pages, answer_id, read_until, is_subscribed)


def _count_posts() -> ScalarSelect[int]:
    return select(func.count(Post.id)).where(Post.topic_id == Topic.id).correlate(Topic).scalar_subquery()


def page_of(post: Post) -> int:
    """The page of its topic on which a post stands."""
    before = db.session.scalar(select(func.count(Post.id)).where(Post.topic_id == post.topic_id, Post.id < post.id))
    return (before or 0) // POSTS_ON_A_PAGE + 1


def first_new_post(actor: Member, topic: Topic) -> Post | None:
    """The first post of a topic that came after the actor last looked; ``None`` where they have read it all."""
    until = (
        select(TopicRead.read_until)
        .where(TopicRead.topic_id == topic.id, TopicRead.person_id == actor.person.id)
        .scalar_subquery()
    )
    return db.session.scalars(
        select(Post)
        .where(Post.topic_id == topic.id, or_(until.is_(None), Post.posted_at > until))
        .order_by(Post.id)
        .limit(1)
    ).first()


def has_replies(post: Post) -> bool:
    """Whether somebody has answered a post: its topic, for the post that opens it."""
    after = select(Post.id).where(
        Post.topic_id == post.topic_id, Post.is_opening.is_(False) if post.is_opening else Post.parent_id == post.id
    )
    return db.session.scalar(after.limit(1)) is not None


def is_reported(post: Post) -> bool:
    """Whether a report on a post is open."""
    open_report = select(Report.id).where(Report.post_id == post.id, Report.settled_at.is_(None))
    return db.session.scalar(open_report.limit(1)) is not None


def revisions_of(post: Post) -> Sequence[PostRevision]:
    """What a post said before, the latest first."""
    return db.session.scalars(
        select(PostRevision).where(PostRevision.post_id == post.id).order_by(PostRevision.id.desc())
    ).all()


def open_reports(actor: Member) -> Sequence[Report]:
    """The reports of an edition that nobody has settled, the oldest first, with their posts; for those who teach.

    Raises:
        NotAllowed: for anyone else.
    """
    require_teaching(actor)
    return db.session.scalars(
        select(Report)
        .join(Report.post)
        .join(Post.topic)
        .options(
            joinedload(Report.reporter),
            joinedload(Report.post).joinedload(Post.topic),
            joinedload(Report.post).joinedload(Post.author),
        )
        .where(Topic.edition_id == actor.edition.id, Report.settled_at.is_(None))
        .order_by(Report.id)
        .limit(200)
    ).all()


def get_report(actor: Member, report_id: int) -> Report:
    """A report of the actor's edition.

    Raises:
        NotAllowed: unless the actor teaches.
        NotFound: where there is none.
    """
    require_teaching(actor)
    report = db.session.scalars(
        select(Report)
        .join(Report.post)
        .join(Post.topic)
        .options(joinedload(Report.post).joinedload(Post.topic))
        .where(Report.id == report_id, Topic.edition_id == actor.edition.id)
    ).one_or_none()
    if report is None:
        raise NotFound
    return report


def people_to_address(actor: Member, topic_id: int | None) -> Sequence[Person]:
    """Whom one may choose to address: those who teach and, in a topic, those who wrote in it. By name, without oneself."""
    wrote = select(Post.author_id).where(Post.topic_id == topic_id, Post.hidden_at.is_(None))
    return db.session.scalars(
        select(Person)
        .join(Enrolment, Enrolment.person_id == Person.id)
        .where(
            Enrolment.edition_id == actor.edition.id,
            Enrolment.withdrawn_at.is_(None),
            Person.id != actor.person.id,
            or_(*(Enrolment.role == role for role in sorted(TEACHING)), Person.id.in_(wrote)),
        )
        .order_by(Person.name_key, Person.id)
        .limit(60)
    ).all()
