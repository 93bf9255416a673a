"""Topics and their posts, who has read and follows what, and how somebody gets mail about it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.accounts.models import Person
from lms.core.db import Base


class Topic(Base):
    """A discussion in a forum of an edition; the post with which it begins has ``is_opening``.

    ``last_posted_at`` follows the newest post that is not hidden. Where ``hidden_at`` is set, the opening post's is too.
    """

    __tablename__ = "forum_topics"
    __table_args__ = (Index("ix_forum_topics_place", "edition_id", "forum_key", "last_posted_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id", ondelete="CASCADE"))
    # See domain/places.py; longer than a module's key.
    forum_key: Mapped[str] = mapped_column(String(100))
    title: Mapped[str] = mapped_column(String(160))
    author_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    # As it was: who taught may have left, and what they said stays a tutor's word.
    is_by_tutor: Mapped[bool]
    is_question: Mapped[bool]
    is_pinned: Mapped[bool] = mapped_column(default=False)
    is_locked: Mapped[bool] = mapped_column(default=False)
    posted_at: Mapped[datetime]
    last_posted_at: Mapped[datetime]
    hidden_at: Mapped[datetime | None]

    author: Mapped[Person | None] = relationship()


class Mention(Base):
    """A person to whom a post is addressed."""

    __tablename__ = "forum_mentions"

    post_id: Mapped[int] = mapped_column(ForeignKey("forum_posts.id", ondelete="CASCADE"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), primary_key=True, index=True)


class Post(Base):
    """Something said in a topic. ``parent_id`` is the post it answers; ``folded`` is what it is found by."""

    __tablename__ = "forum_posts"
    __table_args__ = (Index("ix_forum_posts_topic", "topic_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    topic_id: Mapped[int] = mapped_column(ForeignKey("forum_topics.id", ondelete="CASCADE"))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("forum_posts.id", ondelete="SET NULL"), index=True)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    is_by_tutor: Mapped[bool]
    is_opening: Mapped[bool] = mapped_column(default=False)
    body: Mapped[str] = mapped_column(Text)
    folded: Mapped[str] = mapped_column(Text)
    posted_at: Mapped[datetime] = mapped_column(index=True)
    edited_at: Mapped[datetime | None]
    hidden_at: Mapped[datetime | None]
    hidden_reason: Mapped[str] = mapped_column(String(500), default="")

    topic: Mapped[Topic] = relationship()
    author: Mapped[Person | None] = relationship()
    parent: Mapped[Post | None] = relationship(remote_side="Post.id")
    mentioned: Mapped[list[Person]] = relationship(
        secondary="forum_mentions", viewonly=True, order_by="Person.name_key"
    )


class PostRevision(Base):
    """What a post said before it was changed; for those who moderate."""

    __tablename__ = "forum_post_revisions"

    id: Mapped[int] = mapped_column(primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("forum_posts.id", ondelete="CASCADE"), index=True)
    # The topic's title, for its opening post.
    title: Mapped[str] = mapped_column(String(160))
    body: Mapped[str] = mapped_column(Text)
    replaced_at: Mapped[datetime]


class Answer(Base):
    """The post that answers a question. One a topic."""

    __tablename__ = "forum_answers"

    topic_id: Mapped[int] = mapped_column(ForeignKey("forum_topics.id", ondelete="CASCADE"), primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("forum_posts.id", ondelete="CASCADE"), index=True)
    marked_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    marked_at: Mapped[datetime]


class Report(Base):
    """Somebody finds that a post should not stand. One a person and post; open until ``settled_at``."""

    __tablename__ = "forum_reports"
    __table_args__ = (UniqueConstraint("post_id", "reporter_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("forum_posts.id", ondelete="CASCADE"))
    reporter_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    reason: Mapped[str] = mapped_column(String(500))
    reported_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    settled_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))

    post: Mapped[Post] = relationship()
    reporter: Mapped[Person | None] = relationship(foreign_keys=[reporter_id])


class TopicRead(Base):
    """Up to when somebody has read a topic."""

    __tablename__ = "forum_reads"

    topic_id: Mapped[int] = mapped_column(ForeignKey("forum_topics.id", ondelete="CASCADE"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), primary_key=True, index=True)
    read_until: Mapped[datetime]


class ForumSubscription(Base):
    """Whether somebody is told of everything in a forum, or of nothing. Without a row they are told of new topics."""

    __tablename__ = "forum_subscriptions"

    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id", ondelete="CASCADE"), primary_key=True)
    forum_key: Mapped[str] = mapped_column(String(100), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), primary_key=True, index=True)
    is_on: Mapped[bool]


class TopicSubscription(Base):
    """Whether somebody is told of what is written in a topic, whatever they said of its forum."""

    __tablename__ = "forum_topic_subscriptions"

    topic_id: Mapped[int] = mapped_column(ForeignKey("forum_topics.id", ondelete="CASCADE"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), primary_key=True, index=True)
    is_on: Mapped[bool]


class MailChoice(Base):
    """How mail about the posts of one edition reaches somebody, as ``lms.notices.domain.Delivery``.

    The later of this and the person's general choice holds, so that whoever ends such mail by the link in it has ended it
    here too, and whoever chooses here afterwards is heard.
    """

    __tablename__ = "forum_mail_choices"

    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id", ondelete="CASCADE"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), primary_key=True, index=True)
    delivery: Mapped[str] = mapped_column(String(10))
    chosen_at: Mapped[datetime]
