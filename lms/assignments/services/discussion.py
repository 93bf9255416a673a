"""A group's private discussion, which its tutors can read, and its ambassador's questions to them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import func, select, update

from lms.accounts.models import Person
from lms.assignments.domain.groups import speakers
from lms.assignments.domain.texts import clean_text
from lms.assignments.group_models import GroupPost
from lms.assignments.models import Group
from lms.assignments.queries.groups import get_group, members_of
from lms.assignments.queries.work import current_group_id
from lms.assignments.queries.workspace import get_post, staff_of
from lms.core.audit import record_event
from lms.core.db import db
from lms.core.errors import NotAllowed, NotFound, RuleViolation
from lms.courses.domain.roles import Role
from lms.courses.permissions import Member, require_teaching
from lms.notices.domain import Category, Delivery
from lms.notices.models import Notice
from lms.notices.services import notify, notify_all

EDITABLE_FOR = timedelta(minutes=15)
# The same words of the same person, one right after the other, are one post within this time: a button was pressed twice.
_ONE_POST = timedelta(minutes=5)


def get_discussion(actor: Member, group_id: int) -> Group:
    """The group whose discussion the actor may read and write; raises NotFound for anybody else's."""
    group = get_group(actor.edition.id, group_id)
    if actor.is_teaching:
        return group
    if not actor.is_participant or current_group_id(actor.own_enrolment.id) != group_id:
        raise NotFound
    return group


def may_ask_tutors(actor: Member, group: Group) -> bool:
    """Whether the actor speaks with the tutors for the group: its ambassador or deputy, anybody where it has neither."""
    if not actor.is_participant:
        return False
    allowed = speakers(group.ambassador_id, group.deputy_id, {member.id for member in members_of(group.id)})
    return not allowed or actor.own_enrolment.id in allowed


def is_editable(actor: Member, post: GroupPost, now: datetime) -> bool:
    """Whether the actor may still change what they wrote."""
    return post.author_id == actor.person.id and now - post.posted_at < EDITABLE_FOR


def add_post(actor: Member, *, group_id: int, body: str, to_tutors: bool = False, now: datetime) -> GroupPost:
    """Say something in a group's discussion. A tutor's post answers what the group had asked.

    Args:
        to_tutors: wait in the tutors' queue for an answer, and tell them by mail.

    Raises:
        NotFound: for a group that the actor is not in and does not teach.
        NotAllowed: for a question to the tutors from a member who does not speak for the group.
        RuleViolation: for an empty post.
    """
    group = get_discussion(actor, group_id)
    body = _checked(body)
    if to_tutors and not may_ask_tutors(actor, group):
        raise NotAllowed(_("Only the group's ambassador or deputy writes to the tutors. Ask them to send it."))
    said = _said_just_now(actor, group, body, now)
    if said is not None:
        return said
    post = GroupPost(
        group_id=group.id, author_id=actor.person.id, is_by_tutor=not actor.is_participant, body=body, posted_at=now,
        asks_tutors=to_tutors,
    )  # fmt: skip
    db.session.add(post)
    db.session.flush()
    answered: Sequence[Person] = ()
    if to_tutors:
        _tell_tutors(actor, group, post, now)
    elif post.is_by_tutor:
        answered = _tell_askers(actor, group, post, now)
    _tell_group(actor, group, post, {actor.person.id, *(person.id for person in answered)}, now)
    return post


def _said_just_now(actor: Member, group: Group, body: str, now: datetime) -> GroupPost | None:
    db.session.execute(select(Group.id).where(Group.id == group.id).with_for_update())  # one after the other
    latest = db.session.scalars(
        select(GroupPost).where(GroupPost.group_id == group.id).order_by(GroupPost.id.desc()).limit(1)
    ).one_or_none()
    if latest is None or (latest.author_id, latest.body) != (actor.person.id, body):
        return None
    return latest if now - latest.posted_at < _ONE_POST else None


def edit_post(actor: Member, *, post_id: int, body: str, now: datetime) -> GroupPost:
    """Change what one wrote, within a quarter of an hour.

    Raises:
        NotFound: for somebody else's post.
        RuleViolation: once the time is over, or for an empty post.
    """
    post = get_post(actor.edition.id, post_id)
    get_discussion(actor, post.group_id)
    if post.author_id != actor.person.id:
        raise NotFound
    if not is_editable(actor, post, now):
        raise RuleViolation(_("A message can be changed for 15 minutes. Write another one instead."))
    body = _checked(body)
    if body != post.body:
        post.body, post.edited_at = body, now
    return post


def settle_question(actor: Member, *, post_id: int, now: datetime) -> GroupPost:
    """Take a question out of the tutors' queue without an answer in the discussion.

    Raises:
        NotAllowed: unless the actor teaches in the edition.
        NotFound: for a post of another edition.
    """
    require_teaching(actor)
    post = get_post(actor.edition.id, post_id)
    if post.asks_tutors and post.answered_at is None:
        post.answered_at = now
        record_event(
            "group question settled", now=now, actor_id=actor.person.id, subject_type="group",
            subject_id=post.group_id, edition_id=actor.edition.id, post=post.id,
        )  # fmt: skip
    return post


def _checked(body: str) -> str:
    body = clean_text(body).strip()
    if not body:
        raise RuleViolation(_("Write something first."))
    return body


def _tell_tutors(actor: Member, group: Group, post: GroupPost, now: datetime) -> None:
    people = staff_of(actor.edition.id, Role.TUTOR) or staff_of(actor.edition.id, Role.COORDINATOR)
    _mail(actor, "group_question", "group-question", group, post, people, now)


def _tell_group(actor: Member, group: Group, post: GroupPost, told: Collection[int], now: datetime) -> None:
    """Tell the other members as they want to be told of discussions; whoever writes has read what was there."""
    db.session.execute(
        update(Notice)
        .where(
            Notice.person_id == actor.person.id,
            Notice.edition_id == actor.edition.id,
            Notice.kind == "group_post",
            Notice.mailed_at.is_(None),
        )
        .values(read_at=func.coalesce(Notice.read_at, now), delivery=Delivery.PAGE)
        .execution_options(synchronize_session=False)
    )
    notify_all(
        [member.person for member in members_of(group.id) if member.person_id not in told],
        category=Category.DISCUSSIONS,
        kind="group_post",
        thing=f"group-post:{post.id}",
        context={
            "code": actor.edition.code,
            "group_id": group.id,
            "group_name": group.name,
            "post_id": post.id,
            "author": actor.person.full_name,
            "body": post.body,
        },
        endpoint="assignments.discussion",
        place={"code": actor.edition.code, "group_id": group.id, "_anchor": f"post-{post.id}"},
        edition_id=actor.edition.id,
        now=now,
    )


def _tell_askers(actor: Member, group: Group, post: GroupPost, now: datetime) -> Sequence[Person]:
    answered = db.session.scalars(
        update(GroupPost)
        .where(GroupPost.group_id == group.id, GroupPost.asks_tutors, GroupPost.answered_at.is_(None))
        .values(answered_at=now)
        .returning(GroupPost.author_id)
    ).all()
    people = [member.person for member in members_of(group.id) if member.person_id in set(answered)]
    _mail(actor, "group_answer", "group-answer", group, post, people, now)
    return people


def _mail(
    actor: Member, template: str, key: str, group: Group, post: GroupPost, people: Sequence[Person], now: datetime
) -> None:
    for person in people:
        notify(
            person,
            category=Category.TEACHING if template == "group_question" else Category.DISCUSSIONS,
            kind=template,
            thing=f"{key}:{post.id}",
            unless_chosen=Delivery.AT_ONCE,  # they wait for it
            edition_id=actor.edition.id,
            endpoint="assignments.discussion",
            place={"code": actor.edition.code, "group_id": group.id},
            context={
                "code": actor.edition.code,
                "edition_title": dict(actor.edition.title),
                "group_id": group.id,
                "group_name": group.name,
                "author": actor.person.full_name,
                "body": post.body,
            },
            now=now,
        )
