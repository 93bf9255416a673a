"""Reads of a group's workspace: who is writing now, its discussion, and what it asks the tutors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import contains_eager, joinedload

from lms.accounts.models import Person
from lms.assignments.group_models import DraftPresence, GroupPost
from lms.assignments.models import Draft, DraftVersion, Group, Owner
from lms.core.db import db
from lms.core.errors import NotFound
from lms.courses.models import Enrolment

# The page says every 25 seconds that it is open; somebody who missed two is not there any more.
PRESENT_FOR = timedelta(seconds=60)
POSTS_ON_A_PAGE = 20


def writing_now(assignment_id: int, group_id: int, part_key: str, own_id: int, now: datetime) -> list[str]:
    """The names of the others who have a part open now."""
    names = db.session.scalars(
        select(Person.full_name)
        .join(Enrolment, Enrolment.person_id == Person.id)
        .join(DraftPresence, DraftPresence.enrolment_id == Enrolment.id)
        .where(
            DraftPresence.assignment_id == assignment_id,
            DraftPresence.group_id == group_id,
            DraftPresence.deliverable_key == part_key,
            DraftPresence.enrolment_id != own_id,
            DraftPresence.seen_at > now - PRESENT_FOR,
        )
        .order_by(Person.full_name)
    )
    return list(names)


def find_draft(assignment_id: int, owner: Owner, part_key: str) -> Draft | None:
    """A part's work in progress, with who saved last."""
    return db.session.scalars(
        select(Draft)
        .where(Draft.assignment_id == assignment_id, owner.owns(Draft), Draft.deliverable_key == part_key)
        .options(joinedload(Draft.saved_by).joinedload(Enrolment.person))
    ).one_or_none()


def get_version(draft: Draft, version_id: int) -> DraftVersion:
    """What a draft said before; raises NotFound for a version of another draft."""
    version = db.session.scalars(
        select(DraftVersion)
        .where(DraftVersion.id == version_id, DraftVersion.draft_id == draft.id)
        .options(joinedload(DraftVersion.saved_by).joinedload(Enrolment.person))
    ).one_or_none()
    if version is None:
        raise NotFound
    return version


@dataclass(frozen=True, slots=True)
class PostPage:
    """Some posts of a discussion, the oldest of them first. ``page`` is 1 for the latest posts."""

    posts: Sequence[GroupPost]
    page: int
    pages: int


def posts_of(group_id: int, page: int) -> PostPage:
    """A page of a group's discussion; raises NotFound beyond the last."""
    count = db.session.scalar(select(func.count(GroupPost.id)).where(GroupPost.group_id == group_id)) or 0
    pages = max(1, -(-count // POSTS_ON_A_PAGE))
    if not 1 <= page <= pages:
        raise NotFound
    posts = db.session.scalars(
        select(GroupPost)
        .where(GroupPost.group_id == group_id)
        .options(joinedload(GroupPost.author))
        .order_by(GroupPost.id.desc())
        .limit(POSTS_ON_A_PAGE)
        .offset((page - 1) * POSTS_ON_A_PAGE)
    ).all()
    return PostPage(list(reversed(posts)), page, pages)


@dataclass(frozen=True, slots=True)
class Talk:
    """How lively a discussion is."""

    posts: int
    last_at: datetime | None


def talk_of(group_id: int) -> Talk:
    """How many posts a group's discussion has, and when the last one came."""
    posts, last_at = db.session.execute(
        select(func.count(GroupPost.id), func.max(GroupPost.posted_at)).where(GroupPost.group_id == group_id)
    ).one()
    return Talk(posts, last_at)


def get_post(edition_id: int, post_id: int) -> GroupPost:
    """A post of the edition, with its group; raises NotFound."""
    post = db.session.scalars(
        select(GroupPost)
        .join(GroupPost.group)
        .options(contains_eager(GroupPost.group))
        .where(GroupPost.id == post_id, Group.edition_id == edition_id)
    ).one_or_none()
    if post is None:
        raise NotFound
    return post


def open_questions(edition_id: int) -> Sequence[GroupPost]:
    """What groups ask the tutors and nobody has answered, the oldest first, with groups and authors."""
    return db.session.scalars(
        select(GroupPost)
        .join(GroupPost.group)
        .options(contains_eager(GroupPost.group), joinedload(GroupPost.author))
        .where(Group.edition_id == edition_id, GroupPost.asks_tutors, GroupPost.answered_at.is_(None))
        .order_by(GroupPost.posted_at, GroupPost.id)
    ).all()


def staff_of(edition_id: int, role: str) -> Sequence[Person]:
    """The people with a role in the edition."""
    return db.session.scalars(
        select(Person)
        .join(Enrolment, Enrolment.person_id == Person.id)
        .where(Enrolment.edition_id == edition_id, Enrolment.role == role, Enrolment.withdrawn_at.is_(None))
        .order_by(Person.id)
    ).all()
