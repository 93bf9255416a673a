"""The forums of an edition, with what is new in each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_, case, func, or_, select

from lms.accounts.models import Person
from lms.core.db import db
from lms.core.errors import NotFound
from lms.core.i18n import Text
from lms.courses.models import Edition
from lms.courses.permissions import Member
from lms.courses.queries import get_content, module_states
from lms.forums.domain.places import ANNOUNCEMENTS, GENERAL, forum_of_module, module_of_forum
from lms.forums.models import ForumSubscription, Topic, TopicRead
from lms.forums.permissions import require_speaker, visible_topics


@dataclass(frozen=True, slots=True)
class Forum:
    """A forum of an edition. ``module_title`` is ``None`` for those of the whole edition."""

    key: str
    module_title: Text | None = None

    @property
    def is_announcements(self) -> bool:
        """Whether those who teach speak to everybody here."""
        return self.key == ANNOUNCEMENTS


@dataclass(frozen=True, slots=True)
class ForumLine:
    """A forum in the list. ``new`` counts topics with something that the actor has not read."""

    forum: Forum
    topics: int
    new: int
    last_posted_at: datetime | None
    opens_at: datetime | None = None


def forums_of(edition: Edition) -> list[Forum]:
    """Every forum of an edition: announcements, the general one, and one for each module. No query of its own."""
    modules = get_content(edition.release_id).modules
    own = [Forum(forum_of_module(module.key), module.title) for module in modules]
    return [Forum(ANNOUNCEMENTS), Forum(GENERAL), *own]


def get_forum(actor: Member, key: str) -> Forum:
    """A forum of the actor's edition by its key; raises NotFound.

    The forum of a module that the course no longer has stays for as long as there is something in it.
    """
    require_speaker(actor)
    forum = next((one for one in forums_of(actor.edition) if one.key == key), None)
    if forum is not None:
        return forum
    kept = select(Topic.id).where(visible_topics(actor), Topic.forum_key == key).limit(1)
    if module_of_forum(key) is None or db.session.scalar(kept) is None:
        raise NotFound(_("This course has no such forum."))
    return Forum(key)


def is_new(actor: Member) -> ColumnElement[bool]:
    """The clause on ``Topic`` joined with the actor's ``TopicRead``: something in it came after they last looked.

    Of what was there before them only announcements are new.
    """
    since = actor.person.created_at if actor.enrolment is None else actor.enrolment.enrolled_at
    unread = or_(Topic.forum_key == ANNOUNCEMENTS, Topic.last_posted_at >= since)
    return or_(
        and_(
            TopicRead.read_until.is_(None), unread, or_(Topic.author_id.is_(None), Topic.author_id != actor.person.id)
        ),
        Topic.last_posted_at > TopicRead.read_until,
    )


def read_by(actor: Member) -> ColumnElement[bool]:
    """The condition of the join of ``Topic`` with what the actor has read."""
    return and_(TopicRead.topic_id == Topic.id, TopicRead.person_id == actor.person.id)


def list_forums(actor: Member, now: datetime) -> list[ForumLine]:
    """The forums with their topics and what is new; two statements.

    A module's forum stands in the list once the module is open, or somebody has written in it.
    """
    require_speaker(actor)
    rows = db.session.execute(
        select(
            Topic.forum_key,
            func.count(Topic.id),
            func.sum(case((is_new(actor), 1), else_=0)),
            func.max(Topic.last_posted_at),
        )
        .outerjoin(TopicRead, read_by(actor))
        .where(visible_topics(actor))
        .group_by(Topic.forum_key)
    )
    counted = {key: (topics, new, last) for key, topics, new, last in rows}
    opens = {
        forum_of_module(state.module.key): None if state.has_come else state.opens_at
        for state in module_states(actor.edition, None, now)
    }
    forums = forums_of(actor.edition)
    forums += [Forum(key) for key in sorted(counted) if key not in {forum.key for forum in forums}]
    return [
        ForumLine(forum, *counted.get(forum.key, (0, 0, None)), opens_at=opens.get(forum.key))
        for forum in forums
        if forum.key in counted or opens.get(forum.key) is None
    ]


def subscription_to(actor: Member, forum_key: str) -> bool | None:
    """Whether the actor is told of everything in a forum or of nothing; ``None`` for new topics."""
    return db.session.scalar(
        select(ForumSubscription.is_on).where(
            ForumSubscription.edition_id == actor.edition.id,
            ForumSubscription.forum_key == forum_key,
            ForumSubscription.person_id == actor.person.id,
        )
    )


@dataclass(frozen=True, slots=True)
class Headline:
    """An announcement as the first screen names it; ``author`` is empty for somebody who was erased."""

    topic_id: int
    title: str
    author: str
    posted_at: datetime


@dataclass(frozen=True, slots=True)
class News:
    """What the first screen says: announcements that were not read, the latest first, and topics with something new."""

    announcements: Sequence[Headline]
    topics: int


MOST_NEWS = 200


def news_for(actor: Member) -> News:
    """The news of the forums for somebody; one statement, which looks at no more than ``MOST_NEWS`` topics."""
    is_announcement = Topic.forum_key == ANNOUNCEMENTS
    rows = db.session.execute(
        select(is_announcement, Topic.id, Topic.title, Person.full_name, Topic.posted_at)
        .outerjoin(TopicRead, read_by(actor))
        .outerjoin(Person, Person.id == Topic.author_id)
        .where(visible_topics(actor), Topic.hidden_at.is_(None), is_new(actor))
        .order_by(is_announcement.desc(), Topic.posted_at.desc(), Topic.id.desc())
        .limit(MOST_NEWS)
    ).all()
    announcements = [Headline(*row[1:3], row[3] or "", row[4]) for row in rows if row[0]]
    return News(announcements, len(rows) - len(announcements))
