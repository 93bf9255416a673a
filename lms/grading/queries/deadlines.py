"""Later deadlines: whose, and until when."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, column, func, or_, select, table

from lms.accounts.models import Person
from lms.core.db import db
from lms.grading.models import Extension, GradeItem

# Groups belong to assignments, a layer above. Extensions refer to them by key, and so does this join.
_group_members = table("group_members", column("group_id"), column("enrolment_id"), column("left_at"))


@dataclass(frozen=True, slots=True)
class Extensions:
    """Later deadlines by item and by person or group. Of two that fit, the one granted last holds."""

    by_enrolment: Mapping[tuple[str, int], tuple[int, datetime]]
    by_group: Mapping[tuple[str, int], tuple[int, datetime]]

    def deadline(
        self, item_key: str, *, enrolment_id: int | None = None, group_id: int | None = None
    ) -> datetime | None:
        """The later deadline of a person or of their group; ``None`` where neither has one."""
        found = []
        if enrolment_id is not None and (item_key, enrolment_id) in self.by_enrolment:
            found.append(self.by_enrolment[item_key, enrolment_id])
        if group_id is not None and (item_key, group_id) in self.by_group:
            found.append(self.by_group[item_key, group_id])
        return max(found)[1] if found else None


def get_extensions(edition_id: int, item_keys: Collection[str] | None = None) -> Extensions:
    """All extensions of an edition, in one statement; only those of some items where keys are given."""
    statement = (
        select(Extension, GradeItem.key)
        .join(GradeItem, GradeItem.id == Extension.item_id)
        .where(GradeItem.edition_id == edition_id)
        .order_by(Extension.id)
    )
    if item_keys is not None:
        statement = statement.where(GradeItem.key.in_(item_keys))
    by_enrolment: dict[tuple[str, int], tuple[int, datetime]] = {}
    by_group: dict[tuple[str, int], tuple[int, datetime]] = {}
    for extension, key in db.session.execute(statement):
        if extension.enrolment_id is not None:
            by_enrolment[key, extension.enrolment_id] = (extension.id, extension.due_at)
        elif extension.group_id is not None:
            by_group[key, extension.group_id] = (extension.id, extension.due_at)
    return Extensions(by_enrolment, by_group)


def extensions_of(item_id: int, enrolment_id: int) -> Sequence[tuple[Extension, str | None]]:
    """Every later deadline of a person on an item, their group's too, the newest first, with who gave it; one statement."""
    own_groups = select(_group_members.c.group_id).where(
        _group_members.c.enrolment_id == enrolment_id, _group_members.c.left_at.is_(None)
    )
    rows = db.session.execute(
        select(Extension, Person.full_name)
        .outerjoin(Person, Person.id == Extension.granted_by_id)
        .where(
            Extension.item_id == item_id,
            or_(Extension.enrolment_id == enrolment_id, Extension.group_id.in_(own_groups)),
        )
        .order_by(Extension.id.desc())
    )
    return [(extension, name) for extension, name in rows]


def extended_deadline(
    edition_id: int, item_key: str, *, enrolment_id: int | None = None, group_id: int | None = None
) -> datetime | None:
    """The later deadline of a person, or of the group named, on one item; ``None`` where there is none.

    Of an extension of the person and one of the group, the one granted last holds.
    """
    return db.session.scalar(
        select(Extension.due_at)
        .join(GradeItem, GradeItem.id == Extension.item_id)
        .where(
            GradeItem.edition_id == edition_id,
            GradeItem.key == item_key,
            or_(
                and_(Extension.enrolment_id.is_not(None), Extension.enrolment_id == enrolment_id),
                and_(Extension.group_id.is_not(None), Extension.group_id == group_id),
            ),
        )
        .order_by(Extension.id.desc())
        .limit(1)
    )


def enrolments_of_group(group_id: int) -> Sequence[int]:
    """Who is in a group now."""
    return db.session.scalars(
        select(_group_members.c.enrolment_id).where(
            _group_members.c.group_id == group_id, _group_members.c.left_at.is_(None)
        )
    ).all()


def personal_extensions(item_ids: Iterable[int], enrolment_ids: Collection[int] | None) -> Select[Any]:
    """Later deadlines per person, those of their current group included, the one granted last at the end."""
    person = func.coalesce(Extension.enrolment_id, _group_members.c.enrolment_id)
    columns: list[Any] = [Extension.item_id, person, Extension.due_at]
    statement = (
        select(*columns)
        .outerjoin(
            _group_members,
            and_(_group_members.c.group_id == Extension.group_id, _group_members.c.left_at.is_(None)),
        )
        .where(Extension.item_id.in_(item_ids), person.is_not(None))
        .order_by(Extension.id)
    )
    return statement if enrolment_ids is None else statement.where(person.in_(enrolment_ids))
