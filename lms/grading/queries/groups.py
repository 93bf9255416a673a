"""Groups as far as deadlines and access depend on them: who is in which, and their names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BindParameter, Select, column, select, table

from lms.core.db import db

# Groups belong to assignments, a layer above. What is granted to a group refers to it by key, and so do these joins.
group_members = table("group_members", column("group_id"), column("enrolment_id"), column("left_at"))
groups = table("groups", column("id"), column("edition_id"), column("name"))


def groups_of(enrolment_id: int | BindParameter[int]) -> Select[Any]:
    """Ids of the groups that a participant is in now, as a subquery."""
    return select(group_members.c.group_id).where(
        group_members.c.enrolment_id == enrolment_id, group_members.c.left_at.is_(None)
    )


def group_names(edition_id: int) -> Sequence[tuple[int, str]]:
    """Id and name of each group of an edition, by name; one query."""
    rows = db.session.execute(
        select(groups.c.id, groups.c.name).where(groups.c.edition_id == edition_id).order_by(groups.c.name)
    )
    return [(group_id, name) for group_id, name in rows]
