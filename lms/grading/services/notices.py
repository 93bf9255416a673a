"""Mail about results: whom it goes to, in whose language."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from lms.accounts.models import Person
from lms.core.db import db
from lms.core.i18n import localise
from lms.courses.domain.content import Text
from lms.courses.models import Edition, Enrolment
from lms.grading.domain.results import State
from lms.grading.models import GradeEntry, GradeItem
from lms.grading.queries import get_items, get_scheme
from lms.notices.domain import Category
from lms.notices.services import notify as give_notice

# Where each notice about results leads; all else is on the page of results.
_PLACES = {
    "extension_granted": ("home.edition", ()),
    "accommodation_granted": ("quizzes.show", (("key", "quiz_key"),)),
    "quiz_regraded": ("quizzes.result", (("key", "quiz_key"), ("number", "number"))),
    "late_answers_accepted": ("quizzes.result", (("key", "quiz_key"), ("number", "number"))),
}


def item_titles(edition_id: int) -> dict[str, Text]:
    return {item.key: item.title for item in get_scheme(edition_id)[1].items}


def read_by(person: Person, edition: Edition, text: Text) -> str:
    return localise(text, (person.language, *edition.languages)).text


def notify(template: str, person: Person, edition: Edition, now: datetime, *, key: str, **context: Any) -> bool:
    endpoint, names = _PLACES.get(template, ("grading.results", ()))
    return give_notice(
        person, category=Category.RESULTS, kind=template, thing=key, now=now, edition_id=edition.id, endpoint=endpoint,
        place={"code": edition.code, **{name: context[value] for name, value in names}},
        context={
            "code": edition.code, "edition": read_by(person, edition, edition.title),
            "edition_zone": edition.time_zone, "place": edition.place, "person_zone": person.time_zone, **context,
        },
    )  # fmt: skip


def tell_of_first_marks(edition: Edition, people: Mapping[str, Collection[int]], now: datetime) -> None:
    """Tell of marks that were given past the activity, by hand or from a sheet, where the work is released.

    Args:
        people: enrolments by the key of the item.
    """
    for item in get_items(edition.id):
        if item.released_at is not None and people.get(item.key):
            tell_of_marks(edition, item, people[item.key], now)


def tell_of_marks(edition: Edition, item: GradeItem, enrolment_ids: Collection[int], now: datetime) -> int:
    """Tell those who have just got their first mark in an item that is released; return how many were told.

    Whoever had a mark before was told then, at the release or after it: a correction sends nothing.
    """
    rows = db.session.execute(
        select(Person, Enrolment.id)
        .join(Enrolment, Enrolment.person_id == Person.id)
        .join(GradeEntry, GradeEntry.enrolment_id == Enrolment.id)
        .where(
            Enrolment.id.in_(enrolment_ids),
            Enrolment.withdrawn_at.is_(None),
            GradeEntry.item_id == item.id,
            GradeEntry.state == State.MARKED,
        )
        .group_by(Person.id, Enrolment.id)
        .having(func.count(GradeEntry.id) == 1)
        .order_by(Enrolment.id)
    ).all()
    title = item_titles(edition.id)[item.key] if rows else {}
    return sum(
        notify(
            "marks_released", person, edition, now,
            key=f"mark-given:{enrolment_id}:{item.id}", items=[read_by(person, edition, title)],
        )
        for person, enrolment_id in rows
    )  # fmt: skip
