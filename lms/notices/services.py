"""Tell people things, once each: in the page always, by mail as they prefer."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import update
from sqlalchemy.dialects import postgresql, sqlite

from lms.accounts.models import Person
from lms.core.db import db
from lms.core.errors import NotFound
from lms.core.outbox import Letter, queue_letters, values_now
from lms.notices.domain import (
    CHOSEN,
    DIGEST,
    Category,
    Delivery,
    after_unsubscribing,
    delivery_for,
    last_digest_at,
)
from lms.notices.models import Notice, NoticePreference
from lms.notices.queries import choices_of, people_with_digest, waiting_for_digest

# Rows of one INSERT; databases bound the values that a statement may carry.
_AT_ONCE = 500


def notify(person: Person, **notice: Any) -> bool:
    """Tell one person something; the same arguments as ``notify_all``. False where they had been told before."""
    return notify_all([person], **notice) == 1


def notify_all(
    people: Collection[Person],
    *,
    category: Category,
    kind: str,
    thing: str,
    context: Mapping[str, Any],
    endpoint: str,
    place: Mapping[str, Any],
    now: datetime,
    edition_id: int | None = None,
    in_one_letter: bool = False,
    deliveries: Mapping[int, Delivery] | None = None,
    unless_chosen: Delivery | None = None,
    calendar: str = "",
) -> int:
    """Tell people something they have not been told before; return how many were told. Three statements for 500 people.

    Each has it on their page of notices. Those who want mail of this category at once get ``emails/<kind>.txt``; for
    those who want it daily it goes into their next digest. A person, a kind and a thing are told once, even by two
    processes of the same moment: call it again after an interruption.

    Args:
        category: what it is about; ``NECESSARY`` always goes by mail.
        kind: the template in ``emails/`` whose first line is the notice's title.
        thing: what it is about, for instance ``"post:41"``; up to 120 characters.
        context: JSON values for the template, never a secret.
        endpoint, place: the page to which the notice leads, and the values of its address; ``_anchor`` may be one.
        in_one_letter: no letter for those who want one at once, because the caller writes one for several notices.
        deliveries: how it reaches some of them, by person, where they said so of this one place.
        unless_chosen: how it reaches those who chose nothing for the category; ``None`` for the category's default.
        calendar: an iCalendar file to attach to the mail.
    """
    chosen: dict[int, Mapping[Category, Delivery]] = dict(choices_of([person.id for person in people]))
    if unless_chosen is not None:
        chosen = {person.id: {category: unless_chosen, **chosen.get(person.id, {})} for person in people}
    for person_id, delivery in (deliveries or {}).items():
        chosen[person_id] = {**chosen.get(person_id, {}), category: delivery}
    told = 0
    everybody = list(people)
    for start in range(0, len(everybody), _AT_ONCE):
        told += _tell(
            everybody[start : start + _AT_ONCE], chosen,
            values={
                "category": category, "kind": kind, "thing": thing, "context": dict(context), "endpoint": endpoint,
                "place": dict(place), "created_at": now, "edition_id": edition_id,
            },
            in_one_letter=in_one_letter, calendar=calendar,
        )  # fmt: skip
    return told


def _tell(
    people: Sequence[Person],
    chosen: Mapping[int, Mapping[Category, Delivery]],
    *,
    values: Mapping[str, Any],
    in_one_letter: bool,
    calendar: str,
) -> int:
    category, now = Category(values["category"]), values["created_at"]
    delivery = {person.id: delivery_for(category, chosen.get(person.id, {})) for person in people}
    rows = [
        {
            **values, "person_id": person.id, "delivery": delivery[person.id],
            "mailed_at": now if delivery[person.id] is Delivery.AT_ONCE else None,
        }
        for person in people
    ]  # fmt: skip
    if not rows:
        return 0
    insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    added = (
        insert(Notice)
        .values(rows)
        .on_conflict_do_nothing(index_elements=["person_id", "kind", "thing"])
        .returning(Notice.person_id)
    )
    new = set(db.session.scalars(added))
    queue_letters(
        [
            letter_to(person, values["kind"], f"{values['kind']}:{values['thing']}:{person.id}", values["context"],
                      category, calendar)
            for person in people
            if person.id in new and delivery[person.id] is Delivery.AT_ONCE and not in_one_letter
        ],
        now,
    )  # fmt: skip
    return len(new)


def letter_to(
    person: Person, template: str, key: str, context: Mapping[str, Any], category: Category | str, calendar: str = ""
) -> Letter:
    """A letter of a category, with the link by which one stops such letters unless it is a necessary one."""
    token = "" if category == Category.NECESSARY else unsubscribe_token(person.id, str(category))
    return Letter(
        template=template, key=key, recipient=person.email, recipient_name=person.full_name, language=person.language,
        context=context, unsubscribe=token, calendar=calendar,
    )  # fmt: skip


def delivery_of(person_id: int, category: Category) -> Delivery:
    """How a category reaches somebody."""
    return delivery_for(category, choices_of([person_id]).get(person_id, {}))


def wants_mail(person_id: int, category: Category) -> bool:
    """Whether somebody has mail of this category sent at once."""
    return delivery_of(person_id, category) is Delivery.AT_ONCE


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.secret_key or "", salt="unsubscribe")


def unsubscribe_token(person_id: int, what: str) -> str:
    """What lets whoever holds a letter stop letters of its kind, and nothing else; it does not expire."""
    return str(_signer().dumps([person_id, what]))


def unsubscribe_address(person_id: int, category: Category | str) -> str:
    """The whole address of the page on which one stops mail of a category."""
    return f"{current_app.config['PUBLIC_URL']}/unsubscribe/{unsubscribe_token(person_id, str(category))}"


def read_unsubscribe_token(token: str) -> tuple[Person, str]:
    """Whom a token is for and what it stops: a category or the digest; raises NotFound for any other text."""
    try:
        person_id, what = _signer().loads(token)
        if what != DIGEST and Category(what) not in CHOSEN:
            raise NotFound
    except (BadSignature, ValueError, TypeError) as error:
        raise NotFound from error
    person = db.session.get(Person, person_id)
    if person is None:
        raise NotFound
    return person, what


def unsubscribe(token: str, now: datetime) -> None:
    """Send its person no more mail of what the token names; what it names still stands in the page.

    Doing it again changes nothing. The choice belongs to the person, so it holds in every later edition too.
    """
    person, what = read_unsubscribe_token(token)
    chosen = choices_of([person.id]).get(person.id, {})
    choose_deliveries(person, after_unsubscribing(what, chosen), now)


def choose_deliveries(person: Person, deliveries: Mapping[Category, Delivery], now: datetime) -> None:
    """Set how each category reaches a person. What was to go into a digest and no longer is stays in the page alone."""
    insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    chosen = insert(NoticePreference).values(
        [
            {"person_id": person.id, "category": category, "delivery": delivery, "chosen_at": now}
            for category, delivery in deliveries.items()
        ]
    )
    # A mail programme may ask twice at the same moment.
    db.session.execute(
        chosen.on_conflict_do_update(
            index_elements=["person_id", "category"],
            set_={"delivery": chosen.excluded.delivery, "chosen_at": chosen.excluded.chosen_at},
        )
    )
    not_daily = [category for category, delivery in deliveries.items() if delivery is not Delivery.DAILY]
    db.session.execute(
        update(Notice)
        .where(
            Notice.person_id == person.id,
            Notice.category.in_(not_daily),
            Notice.delivery == Delivery.DAILY,
            Notice.mailed_at.is_(None),
        )
        .values(delivery=Delivery.PAGE)
        .execution_options(synchronize_session=False)
    )
    db.session.flush()


def mark_read(person: Person, now: datetime, notice_ids: Collection[int] | None = None) -> int:
    """Mark a person's own notices as read, all of them where no ids are given; return how many were not read."""
    unread = update(Notice).where(Notice.person_id == person.id, Notice.read_at.is_(None))
    if notice_ids is not None:
        unread = unread.where(Notice.id.in_(notice_ids))
    done = unread.values(read_at=now).returning(Notice.id).execution_options(synchronize_session=False)
    return len(db.session.scalars(done).all())


def send_digest(person: Person, now: datetime) -> bool:
    """Owe a person the digest that was due last, with all that waits for it; False where nothing does."""
    due_at = last_digest_at(now, person.time_zone)
    waiting = waiting_for_digest(person.id, due_at)
    if not waiting:
        return False
    items = [
        {"kind": one.kind, "context": one.context, "endpoint": one.endpoint, "place": one.place} for one in waiting
    ]
    letter = letter_to(person, "digest", f"digest:{person.id}:{waiting[0].id}", {"items": items}, DIGEST)
    queue_letters([letter], now)
    for one in waiting:
        one.mailed_at = now
    db.session.flush()
    return True


def items_now(values: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The values of a digest without what is gone since it was owed; ``None`` where nothing is left."""
    renewed = [(item, values_now(item["kind"], item["context"])) for item in values["items"]]
    items = [{**item, "context": dict(context)} for item, context in renewed if context is not None]
    return {**values, "items": items} if items else None


def digests_due() -> Sequence[Person]:
    """Everybody for whom something waits for a digest, the hour come or not."""
    return people_with_digest()
