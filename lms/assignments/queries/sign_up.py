"""Reads of self-sign-up: when it runs, and which groups have places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lms.assignments.group_models import GroupSignUp
from lms.assignments.models import Group
from lms.assignments.queries.groups import groups_in, groups_with_submissions, placed_participants
from lms.core.db import db
from lms.courses.models import Enrolment


@dataclass(frozen=True, slots=True)
class Offer:
    """A group that may be chosen: who is in it, and how many places are free."""

    group: Group
    members: Sequence[Enrolment]
    free: int


def find_sign_up(edition_id: int) -> GroupSignUp | None:
    """When participants of the edition choose their group, if they do."""
    return db.session.get(GroupSignUp, edition_id)


def offers(edition_id: int, capacity: int) -> list[Offer]:
    """The groups that have not handed in, with their people and free places; three statements."""
    handed_in = groups_with_submissions(edition_id)
    people = placed_participants(edition_id)
    found = []
    for group in groups_in(edition_id):
        if group.id not in handed_in:
            members = [placed.enrolment for placed in people if placed.group_id == group.id]
            found.append(Offer(group, members, max(capacity - len(members), 0)))
    return found
