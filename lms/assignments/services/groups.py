"""Makes groups, places people in them, and settles who speaks for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from lms.assignments.domain.groups import elected_ambassador
from lms.assignments.models import Draft, Group, GroupMember, Nomination, Submission
from lms.assignments.queries.groups import (
    group_of,
    groups_in,
    members_of,
    nominations_in,
    placed_participants,
)
from lms.assignments.queries.work import get_assignment, get_standing, plan_of
from lms.core.audit import record_event
from lms.core.db import db
from lms.core.errors import NotAllowed, NotFound, RuleViolation
from lms.courses.permissions import Member, require_coordinating, require_participant


class WrongNumber(RuleViolation):
    """Another number of profiles was chosen than the group works on."""


@dataclass(frozen=True, slots=True)
class Move:
    """Somebody's way from one group to another. ``None`` is no group; ``was`` is what the page showed."""

    enrolment_id: int
    was: int | None
    to: int | None


def create_group(actor: Member, *, name: str, now: datetime) -> Group:
    """Make an empty group.

    Raises:
        NotAllowed: unless the actor coordinates the edition.
        RuleViolation: if the edition has a group of this name.
    """
    require_coordinating(actor)
    group = Group(edition_id=actor.edition.id, name=name, profile_keys=[])
    _keep_name(group)
    _record(actor, "group created", group, now, name=name)
    return group


def update_group(
    actor: Member, group: Group, *, name: str, ambassador_id: int | None, deputy_id: int | None, now: datetime
) -> None:
    """Rename a group and say who its ambassador and deputy are.

    Raises:
        NotAllowed: unless the actor coordinates the edition.
        RuleViolation: if the name is taken, or if somebody named is not a member.
    """
    require_coordinating(actor)
    _require_edition(actor, group)
    member_ids = {member.id for member in members_of(group.id)}
    if {ambassador_id, deputy_id} - {None} - member_ids:
        raise RuleViolation(_("Only members of the group can be its ambassador or deputy. Nothing was changed."))
    if ambassador_id is not None and ambassador_id == deputy_id:
        raise RuleViolation(_("Ambassador and deputy must be two different people. Nothing was changed."))
    group.name, group.ambassador_id, group.deputy_id = name, ambassador_id, deputy_id
    _keep_name(group)
    _record(actor, "group changed", group, now, name=name, ambassador=ambassador_id, deputy=deputy_id)


def remove_group(actor: Member, group: Group, *, now: datetime) -> None:
    """Remove a group that nobody is in and that has written nothing.

    Raises:
        NotAllowed: unless the actor coordinates the edition.
        RuleViolation: if it has members or work.
    """
    require_coordinating(actor)
    _require_edition(actor, group)
    work = [
        db.session.scalar(select(Draft.id).where(Draft.group_id == group.id).limit(1)),
        db.session.scalar(select(Submission.id).where(Submission.group_id == group.id).limit(1)),
    ]
    if members_of(group.id) or any(work):
        raise RuleViolation(_("This group has members or work, so it stays. Move its members first."))
    _record(actor, "group removed", group, now, name=group.name)
    db.session.delete(group)
    db.session.flush()


def _keep_name(group: Group) -> None:
    try:
        with db.session.begin_nested():
            db.session.add(group)
    except IntegrityError:
        raise RuleViolation(
            _("There is already a group called “%(name)s”. Choose another name.", name=group.name)
        ) from None


def move_people(actor: Member, moves: Sequence[Move], *, now: datetime) -> list[str]:
    """Move people between groups, and return the names of those who were not where the page showed them.

    They stay where somebody else has put them meanwhile. Marks do not move: they follow the roster of a submission.

    Raises:
        NotAllowed: unless the actor coordinates the edition.
        NotFound: for people or groups of another edition.
    """
    require_coordinating(actor)
    people = {placed.enrolment.id: placed for placed in placed_participants(actor.edition.id)}
    group_ids = {group.id for group in groups_in(actor.edition.id)}
    elsewhere = []
    for move in moves:
        placed = people.get(move.enrolment_id)
        if placed is None or (move.to is not None and move.to not in group_ids):
            raise NotFound
        if placed.group_id == move.to:
            continue
        if placed.group_id != move.was or not place(placed.enrolment.id, placed.group_id, move.to, now):
            elsewhere.append(placed.person.full_name)
            continue
        record_event(
            "person moved to group" if move.to is not None else "person left group",
            now=now, actor_id=actor.person.id, subject_type="enrolment", subject_id=move.enrolment_id,
            edition_id=actor.edition.id, group_before=move.was, group=move.to,
        )  # fmt: skip
    return elsewhere


def place(enrolment_id: int, before: int | None, to: int | None, now: datetime) -> bool:
    """Close somebody's time in a group and begin the next; False when somebody else was faster."""
    if before is not None:
        left = db.session.execute(
            update(GroupMember)
            .where(
                GroupMember.enrolment_id == enrolment_id,
                GroupMember.group_id == before,
                GroupMember.left_at.is_(None),
            )
            .values(left_at=now)
            .returning(GroupMember.id)
        ).all()
        if not left:
            return False
    if to is None:
        return True
    try:
        with db.session.begin_nested():
            db.session.add(GroupMember(group_id=to, enrolment_id=enrolment_id, joined_at=now))
    except IntegrityError:
        return False
    return True


def nominate(actor: Member, *, nominee_id: int, now: datetime) -> bool:
    """Name a member of one's own group as ambassador; True when that makes a majority.

    A later choice replaces the first. Whoever more than half of the current members name becomes ambassador.

    Raises:
        NotAllowed: for anybody who is in no group.
        NotFound: if the nominee is not in the actor's group.
    """
    enrolment = require_participant(actor)
    group = _own_group(enrolment.id)
    member_ids = {member.id for member in members_of(group.id)}
    if nominee_id not in member_ids:
        raise NotFound
    choice = Nomination(group_id=group.id, enrolment_id=enrolment.id, nominee_id=nominee_id, nominated_at=now)
    try:
        with db.session.begin_nested():
            db.session.merge(choice)
    except IntegrityError:  # the first of two clicks has just made the row
        db.session.merge(choice)
        db.session.flush()
    elected = elected_ambassador(nominations_in(group.id), member_ids)
    if elected is None or elected == group.ambassador_id:
        return False
    group.ambassador_id = elected
    if group.deputy_id == elected:
        group.deputy_id = None
    _record(actor, "ambassador nominated", group, now, ambassador=elected)
    return True


def name_deputy(actor: Member, *, deputy_id: int | None, now: datetime) -> None:
    """Name a member who may do what the ambassador does; ``None`` names nobody.

    Raises:
        NotAllowed: unless the actor is the group's ambassador.
        NotFound: for somebody who is not in the group.
        RuleViolation: for the ambassador themselves.
    """
    enrolment = require_participant(actor)
    group = _own_group(enrolment.id)
    if group.ambassador_id != enrolment.id:
        raise NotAllowed(_("Only the ambassador names a deputy. Ask them, or write to your coordinator."))
    if deputy_id == enrolment.id:
        raise RuleViolation(_("Ambassador and deputy must be two different people. Nothing was changed."))
    if deputy_id is not None and deputy_id not in {member.id for member in members_of(group.id)}:
        raise NotFound
    group.deputy_id = deputy_id
    _record(actor, "deputy named", group, now, deputy=deputy_id)


def set_meeting(actor: Member, *, url: str, now: datetime) -> None:
    """Say where the group meets; an empty address takes the link away. Any member may.

    Args:
        url: an ``https`` address, checked where it was typed.

    Raises:
        NotAllowed: for anybody who is in no group.
        ValueError: for an address that is not ``https``.
    """
    group = _own_group(require_participant(actor).id)
    if url and not url.startswith("https://"):
        raise ValueError("a meeting link begins with https://")
    if url != group.meeting_url:
        group.meeting_url = url
        _record(actor, "meeting link set", group, now, url=url)


def choose_profiles(actor: Member, *, assignment_key: str, profile_keys: Sequence[str], now: datetime) -> None:
    """Choose the returnee profiles that the actor's group works on.

    Raises:
        NotAllowed: for anybody who is in no group.
        NotFound: for a profile that the assignment does not have.
        WrongNumber: for another number of profiles than asked.
        RuleViolation: when nothing can be changed any more.
    """
    enrolment = require_participant(actor)
    group = _own_group(enrolment.id)
    plan = plan_of(get_assignment(actor.edition.id, assignment_key))
    chosen = list(dict.fromkeys(profile_keys))
    if not set(chosen) <= {profile.key for profile in plan.profiles}:
        raise NotFound
    if len(chosen) != plan.profiles_per_group:
        raise WrongNumber(
            _(
                "Choose exactly %(wanted)s profiles; you chose %(chosen)s. Nothing was changed.",
                wanted=plan.profiles_per_group,
                chosen=len(chosen),
            )
        )
    if not get_standing(actor.edition.id, assignment_key, group_id=group.id, now=now).may_write:
        raise RuleViolation(_("The group work is not open, so the profiles stay as they are."))
    group.profile_keys = chosen
    _record(actor, "profiles chosen", group, now, profiles=chosen)


def _own_group(enrolment_id: int) -> Group:
    group = group_of(enrolment_id)
    if group is None:
        raise NotAllowed(_("You are in no group yet. Write to your coordinator, who can add you to one."))
    return group


def _require_edition(actor: Member, group: Group) -> None:
    if group.edition_id != actor.edition.id:
        raise NotFound


def _record(actor: Member, action: str, group: Group, now: datetime, **details: object) -> None:
    record_event(
        action, now=now, actor_id=actor.person.id, subject_type="group", subject_id=group.id,
        edition_id=actor.edition.id, **details,
    )  # fmt: skip
