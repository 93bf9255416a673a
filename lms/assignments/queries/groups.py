"""Reads of groups and who is in them. Somebody who withdrew from the edition is in no group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, select
from sqlalchemy.orm import contains_eager

from lms.accounts.models import Person
from lms.assignments.models import Group, GroupMember, Nomination, Submission
from lms.core.db import db
from lms.core.errors import NotFound
from lms.courses.domain.roles import Role
from lms.courses.models import Enrolment


@dataclass(frozen=True, slots=True)
class Placed:
    """A participant and the group that they are in now, if any."""

    enrolment: Enrolment
    group_id: int | None

    @property
    def person(self) -> Person:
        """Who it is."""
        return self.enrolment.person


def group_of(enrolment_id: int) -> Group | None:
    """The group that a participant is in now."""
    return db.session.scalars(
        select(Group)
        .join(GroupMember, GroupMember.group_id == Group.id)
        .where(GroupMember.enrolment_id == enrolment_id, GroupMember.left_at.is_(None))
    ).one_or_none()


def get_group(edition_id: int, group_id: int) -> Group:
    """A group of the edition; raises NotFound."""
    group = db.session.scalars(select(Group).where(Group.id == group_id, Group.edition_id == edition_id)).one_or_none()
    if group is None:
        raise NotFound
    return group


def groups_in(edition_id: int) -> Sequence[Group]:
    """The groups of an edition in order of making."""
    return db.session.scalars(select(Group).where(Group.edition_id == edition_id).order_by(Group.id)).all()


def members_of(group_id: int) -> Sequence[Enrolment]:
    """The current members of a group by name, each with their person."""
    return db.session.scalars(
        select(Enrolment)
        .join(GroupMember, GroupMember.enrolment_id == Enrolment.id)
        .join(Enrolment.person)
        .options(contains_eager(Enrolment.person))
        .where(GroupMember.group_id == group_id, GroupMember.left_at.is_(None), Enrolment.withdrawn_at.is_(None))
        .order_by(Person.full_name, Enrolment.id)
    ).all()


def placed_participants(edition_id: int) -> list[Placed]:
    """Every participant of an edition by name, with their group, in one statement."""
    rows = db.session.execute(
        select(Enrolment, GroupMember.group_id)
        .join(Enrolment.person)
        .outerjoin(GroupMember, and_(GroupMember.enrolment_id == Enrolment.id, GroupMember.left_at.is_(None)))
        .options(contains_eager(Enrolment.person))
        .where(
            Enrolment.edition_id == edition_id,
            Enrolment.role == Role.PARTICIPANT.value,
            Enrolment.withdrawn_at.is_(None),
        )
        .order_by(Person.full_name, Enrolment.id)
    )
    return [Placed(enrolment, group_id) for enrolment, group_id in rows]


def people_without_group(edition_id: int) -> list[Enrolment]:
    """Participants who are in no group, by name, each with their person."""
    return [placed.enrolment for placed in placed_participants(edition_id) if placed.group_id is None]


def nominations_in(group_id: int) -> dict[int, int]:
    """Whom each member names as ambassador: nominee by voter, people who left included."""
    rows = db.session.execute(
        select(Nomination.enrolment_id, Nomination.nominee_id).where(Nomination.group_id == group_id)
    )
    return {key: value for key, value in rows}  # noqa: C416  a row is no pair to mypy


def groups_with_submissions(edition_id: int) -> set[int]:
    """Groups that have handed something in: moving their members does not move marks."""
    rows = db.session.scalars(
        select(Group.id).join(Submission, Submission.group_id == Group.id).where(Group.edition_id == edition_id)
    )
    return set(rows)


def coordinators_of(edition_id: int) -> Sequence[Person]:
    """Whom participants may write to about groups and deadlines."""
    return db.session.scalars(
        select(Person)
        .join(Enrolment, Enrolment.person_id == Person.id)
        .where(
            Enrolment.edition_id == edition_id,
            Enrolment.role == Role.COORDINATOR.value,
            Enrolment.withdrawn_at.is_(None),
        )
        .order_by(Person.full_name)
    ).all()
