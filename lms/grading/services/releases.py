"""From when participants see the marks of an item."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import and_, func, or_, select, update

from lms.accounts.models import Person
from lms.core.audit import record_event
from lms.core.db import db
from lms.core.errors import NotFound
from lms.courses.models import Edition, Enrolment
from lms.courses.permissions import Member, require_teaching
from lms.grading.domain.results import State
from lms.grading.hooks import post_held_marks
from lms.grading.models import GradeEntry, GradeItem
from lms.grading.queries import CLEARED, TAKEN_BACK, get_items
from lms.grading.services.notices import item_titles, notify, read_by


def release_items(actor: Member, *, item_keys: Collection[str], now: datetime) -> int:
    """Let participants see the marks of these items; tell everybody who has one or took no part; return how many.

    Releasing again changes nothing and tells nobody twice.

    Raises:
        NotAllowed: unless the actor teaches in the edition.
        NotFound: if the edition has no such item.
    """
    require_teaching(actor)
    known = {item.key: item for item in get_items(actor.edition.id)}
    if not set(item_keys) <= known.keys():
        raise NotFound(_("This edition has no such graded work."))
    wanted = [item.id for key, item in known.items() if key in item_keys]
    released = set(
        db.session.scalars(
            update(GradeItem)
            .where(GradeItem.id.in_(wanted), GradeItem.released_at.is_(None))
            .values(released_at=now)
            .returning(GradeItem.id)
            .execution_options(synchronize_session=False)
        )
    )
    if not released:
        return 0
    items = [item for item in known.values() if item.id in released]
    for item in items:
        db.session.refresh(item)
    post_held_marks(actor, [item.key for item in items], now)
    record_event(
        "marks released", now=now, actor_id=actor.person.id, subject_type="edition", subject_id=actor.edition.id,
        edition_id=actor.edition.id, items=[item.key for item in items],
    )  # fmt: skip
    return _tell_of_release(actor.edition, items, now)


def _tell_of_release(edition: Edition, items: Sequence[GradeItem], now: datetime) -> int:
    titles = item_titles(edition.id)
    told = 0
    for person, enrolment_id, keys in _people_with_marks(items):
        told += notify(
            "marks_released", person, edition, now,
            key=f"marks-released:{enrolment_id}:{'+'.join(str(item.id) for item in items if item.key in keys)}",
            items=[read_by(person, edition, titles[item.key]) for item in items if item.key in keys],
        )  # fmt: skip
    return told


def _people_with_marks(items: Sequence[GradeItem]) -> list[tuple[Person, int, set[str]]]:
    newest = (
        select(GradeEntry.enrolment_id, GradeEntry.item_id, func.max(GradeEntry.sequence).label("sequence"))
        .where(GradeEntry.item_id.in_([item.id for item in items]))
        .group_by(GradeEntry.enrolment_id, GradeEntry.item_id)
        .subquery()
    )
    # They were promised, like their group, to be told.
    took_no_part = and_(GradeEntry.state == CLEARED, GradeEntry.source != TAKEN_BACK)
    rows = db.session.execute(
        select(Person, Enrolment.id, GradeEntry.item_id)
        .join(Enrolment, Enrolment.person_id == Person.id)
        .join(newest, newest.c.enrolment_id == Enrolment.id)
        .join(
            GradeEntry,
            (GradeEntry.enrolment_id == newest.c.enrolment_id)
            & (GradeEntry.item_id == newest.c.item_id)
            & (GradeEntry.sequence == newest.c.sequence),
        )
        .where(or_(GradeEntry.state == State.MARKED, took_no_part), Enrolment.withdrawn_at.is_(None))
        .order_by(Enrolment.id)
    )
    keys = {item.id: item.key for item in items}
    found: dict[int, tuple[Person, int, set[str]]] = {}
    for person, enrolment_id, item_id in rows:
        found.setdefault(enrolment_id, (person, enrolment_id, set()))[2].add(keys[item_id])
    return list(found.values())
