"""Lets participants choose their group between two instants, and no group fill beyond its places."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import func, select

from lms.assignments.domain.forming import SignUpState, sign_up_state
from lms.assignments.group_models import GroupSignUp
from lms.assignments.models import Group, GroupMember
from lms.assignments.queries.groups import get_group, groups_with_submissions
from lms.assignments.queries.sign_up import find_sign_up
from lms.assignments.queries.work import current_group_id
from lms.assignments.services.groups import place
from lms.core.audit import record_event
from lms.core.db import db
from lms.core.errors import NotFound, RuleViolation
from lms.courses.models import Enrolment
from lms.courses.permissions import Member, require_coordinating, require_participant


class GroupFull(RuleViolation):
    """Somebody took the last place a moment before."""


def save_sign_up(actor: Member, *, opens_at: datetime, closes_at: datetime, capacity: int, now: datetime) -> None:
    """Say from when until when participants choose their group, and how many fit in one.

    Raises:
        NotAllowed: unless the actor coordinates the edition.
        RuleViolation: if it would close before it opens, or for no place at all.
    """
    require_coordinating(actor)
    if closes_at <= opens_at or capacity < 1:
        raise RuleViolation(_("It would close before it opens, or there is no place. Nothing was changed."))
    db.session.merge(
        GroupSignUp(edition_id=actor.edition.id, opens_at=opens_at, closes_at=closes_at, capacity=capacity)
    )
    db.session.flush()
    record_event(
        "group sign-up set", now=now, actor_id=actor.person.id, subject_type="edition", subject_id=actor.edition.id,
        edition_id=actor.edition.id, opens_at=opens_at.isoformat(), closes_at=closes_at.isoformat(), capacity=capacity,
    )  # fmt: skip


def remove_sign_up(actor: Member, *, now: datetime) -> None:
    """Let nobody choose any more; who is in a group stays there. Raises NotAllowed unless the actor coordinates."""
    require_coordinating(actor)
    sign_up = find_sign_up(actor.edition.id)
    if sign_up is not None:
        db.session.delete(sign_up)
        db.session.flush()
        record_event(
            "group sign-up removed", now=now, actor_id=actor.person.id, subject_type="edition",
            subject_id=actor.edition.id, edition_id=actor.edition.id,
        )  # fmt: skip


def join_group(actor: Member, group_id: int, *, now: datetime) -> Group:
    """Take a place in a group, leaving the one before. Asking for the group that one is in changes nothing.

    Raises:
        NotAllowed: unless the actor is a participant.
        NotFound: for a group of another edition.
        GroupFull: if every place is taken.
        RuleViolation: while one may not choose, or where a group concerned has handed in.
    """
    enrolment = require_participant(actor)
    get_group(actor.edition.id, group_id)
    sign_up = _open_sign_up(actor, now)
    # Nobody else can join this group until the transaction ends, so the places counted now are those that there are.
    group = db.session.scalars(
        select(Group).where(Group.id == group_id).with_for_update().execution_options(populate_existing=True)
    ).one()
    before = current_group_id(enrolment.id)
    if before == group.id:
        return group
    _require_free_to_move(actor, before, group.id)
    if _people_in(group.id) >= sign_up.capacity:
        raise GroupFull(_("“%(name)s” has just become full. Choose another group.", name=group.name))
    _move(actor, enrolment, before, group.id, now)
    return group


def leave_group(actor: Member, *, now: datetime) -> None:
    """Give one's place up, as long as one may choose another.

    Raises:
        NotAllowed: unless the actor is a participant.
        NotFound: for somebody in no group.
        RuleViolation: while one may not choose, or where the group has handed in.
    """
    enrolment = require_participant(actor)
    _open_sign_up(actor, now)
    before = current_group_id(enrolment.id)
    if before is None:
        raise NotFound
    _require_free_to_move(actor, before)
    _move(actor, enrolment, before, None, now)


def _open_sign_up(actor: Member, now: datetime) -> GroupSignUp:
    sign_up = find_sign_up(actor.edition.id)
    state = None if sign_up is None else sign_up_state(sign_up.opens_at, sign_up.closes_at, now)
    if sign_up is None or state is SignUpState.CLOSED:
        raise RuleViolation(_("Groups cannot be chosen any more. Write to your coordinator if you need another one."))
    if state is SignUpState.UPCOMING:
        raise RuleViolation(_("Groups cannot be chosen yet. Come back when it opens."))
    return sign_up


def _require_free_to_move(actor: Member, *group_ids: int | None) -> None:
    if groups_with_submissions(actor.edition.id) & set(group_ids):
        raise RuleViolation(_("A group that has handed in its work stays as it is. Write to your coordinator."))


def _people_in(group_id: int) -> int:
    """Places taken; who withdrew from the edition takes none."""
    return (
        db.session.scalar(
            select(func.count(GroupMember.id))
            .join(Enrolment, Enrolment.id == GroupMember.enrolment_id)
            .where(GroupMember.group_id == group_id, GroupMember.left_at.is_(None), Enrolment.withdrawn_at.is_(None))
        )
        or 0
    )


def _move(actor: Member, enrolment: Enrolment, before: int | None, to: int | None, now: datetime) -> None:
    if not place(enrolment.id, before, to, now):
        raise RuleViolation(_("Somebody else has just moved you. Look at your group once more."))
    record_event(
        "group chosen" if to is not None else "group left", now=now, actor_id=actor.person.id,
        subject_type="enrolment", subject_id=enrolment.id, edition_id=actor.edition.id, group_before=before, group=to,
    )  # fmt: skip
