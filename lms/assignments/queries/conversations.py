"""The discussions of groups as the pages of all conversations list and search them."""

from __future__ import annotations

from collections import Counter

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, func, select

from lms.accounts.models import Person
from lms.assignments.group_models import GroupPost
from lms.assignments.models import Group
from lms.assignments.permissions import own_groups
from lms.assignments.queries.workspace import POSTS_ON_A_PAGE
from lms.core.db import db
from lms.courses.conversations import Place, Said
from lms.courses.permissions import Member

# As many of the latest messages as a search looks through.
SEARCHED = 500


def places_of(actor: Member) -> list[Place]:
    """The discussion of one's own group; of every group for those who teach. One statement."""
    if not (actor.is_participant or actor.is_teaching):
        return []
    rows = db.session.execute(
        select(Group.id, Group.name, func.count(GroupPost.id), func.max(GroupPost.posted_at))
        .outerjoin(GroupPost, GroupPost.group_id == Group.id)
        .where(Group.edition_id == actor.edition.id, *_own(actor))
        .group_by(Group.id, Group.name)
        .order_by(Group.id)
    )
    return [
        Place(
            _("Discussion of %(group)s", group=name), "assignments.discussion",
            {"code": actor.edition.code, "group_id": group_id}, count, last_at,
        )
        for group_id, name, count, last_at in rows
    ]  # fmt: skip


def said_in(actor: Member) -> list[Said]:
    """The latest messages of those discussions. One statement."""
    if not (actor.is_participant or actor.is_teaching):
        return []
    rows = db.session.execute(
        select(GroupPost.id, GroupPost.body, GroupPost.posted_at, Group.id, Group.name, Person.full_name)
        .join(Group, Group.id == GroupPost.group_id)
        .outerjoin(Person, Person.id == GroupPost.author_id)
        .where(Group.edition_id == actor.edition.id, *_own(actor))
        .order_by(GroupPost.id.desc())
        .limit(SEARCHED)
    )
    counted: Counter[int] = Counter()
    said = []
    for post_id, body, posted_at, group_id, group, author in rows:
        page = counted[group_id] // POSTS_ON_A_PAGE + 1
        counted[group_id] += 1
        values = {"code": actor.edition.code, "group_id": group_id, "_anchor": f"post-{post_id}"}
        if page > 1:
            values["page"] = page
        place = _("Discussion of %(group)s", group=group)
        said.append(Said(place, author or "", body, posted_at, "assignments.discussion", values))
    return said


def _own(actor: Member) -> list[ColumnElement[bool]]:
    return [] if actor.is_teaching else [Group.id == own_groups(actor)]
