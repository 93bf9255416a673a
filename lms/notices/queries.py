"""Reads of notices and preferences."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ScalarSelect, func, select

from lms.accounts.models import Person
from lms.core.db import db
from lms.core.errors import NotFound
from lms.notices.domain import Category, Delivery
from lms.notices.models import Notice, NoticePreference

PER_PAGE = 20


def unread_of(person_id: Any) -> ScalarSelect[int]:
    """How many notices somebody has not read, as a part of another statement."""
    return (
        select(func.count(Notice.id)).where(Notice.person_id == person_id, Notice.read_at.is_(None)).scalar_subquery()
    )


def count_unread(person_id: int) -> int:
    """How many notices somebody has not read."""
    return db.session.scalar(select(unread_of(person_id))) or 0


def notices_of(person: Person, *, page: int, unread_only: bool = False) -> tuple[Sequence[Notice], int]:
    """One page of a person's notices, the latest first, and how many pages there are; two statements."""
    mine = select(Notice).where(Notice.person_id == person.id)
    if unread_only:
        mine = mine.where(Notice.read_at.is_(None))
    total = db.session.scalar(select(func.count()).select_from(mine.subquery())) or 0
    found = db.session.scalars(
        mine.order_by(Notice.created_at.desc(), Notice.id.desc()).limit(PER_PAGE).offset((page - 1) * PER_PAGE)
    ).all()
    return found, -(-total // PER_PAGE) or 1


def get_notice(person: Person, notice_id: int) -> Notice:
    """One of a person's own notices; raises NotFound."""
    found = db.session.scalars(
        select(Notice).where(Notice.id == notice_id, Notice.person_id == person.id)
    ).one_or_none()
    if found is None:
        raise NotFound
    return found


def choices_of(person_ids: Collection[int]) -> dict[int, dict[Category, Delivery]]:
    """What these people chose, by person; who never chose is not in it. One statement."""
    rows = db.session.execute(
        select(NoticePreference.person_id, NoticePreference.category, NoticePreference.delivery).where(
            NoticePreference.person_id.in_(person_ids)
        )
    )
    found: dict[int, dict[Category, Delivery]] = {}
    for person_id, category, delivery in rows:
        found.setdefault(person_id, {})[Category(category)] = Delivery(delivery)
    return found


def waiting_for_digest(person_id: int, before: datetime) -> Sequence[Notice]:
    """The notices that go into a person's next digest, in the order in which they came."""
    return db.session.scalars(
        select(Notice)
        .where(
            Notice.person_id == person_id,
            Notice.delivery == Delivery.DAILY,
            Notice.mailed_at.is_(None),
            Notice.created_at < before,
        )
        .order_by(Notice.id)
    ).all()


def people_with_digest() -> Sequence[Person]:
    """Everybody for whom something waits for their digest."""
    waits = (
        select(Notice.id)
        .where(Notice.person_id == Person.id, Notice.delivery == Delivery.DAILY, Notice.mailed_at.is_(None))
        .correlate(Person)
        .exists()
    )
    return db.session.scalars(select(Person).where(waits).order_by(Person.id)).all()
