"""Remind people of what they have not done, tell them of dates that moved, and give out their calendars."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from flask import current_app, g
from flask_babel import force_locale
from flask_babel import gettext as _
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite

from lms.accounts.models import Person
from lms.attendance.appointments import appointment_of
from lms.attendance.queries import sessions_of
from lms.calendar.domain import Reminder, is_settled, matters, reminder_due
from lms.calendar.models import CalendarFeed, EditionDate
from lms.calendar.queries import (
    Undone,
    audience_of,
    coordinators_of,
    extended_people,
    find_feed,
    is_anything_near,
    kept_dates,
    missing_in_groups,
    reminders_given,
    undone_of,
)
from lms.core.calendars import write_calendar
from lms.core.db import db
from lms.core.errors import NotFound
from lms.core.i18n import Text
from lms.core.outbox import queue_letters
from lms.courses.hooks import Dated, read_dates
from lms.courses.models import Edition, Enrolment
from lms.notices.domain import Category, Delivery
from lms.notices.models import Notice
from lms.notices.services import letter_to, notify, notify_all, wants_mail

_KINDS = [reminder.value for reminder in Reminder]


def lock_edition(edition: Edition) -> bool:
    """Take hold of an edition for this transaction; False where it was closed or another process has it."""
    held = select(Edition.id).where(
        Edition.id == edition.id, Edition.closed_at.is_(None), Edition.opened_at.is_not(None)
    )
    return db.session.scalar(held.with_for_update(skip_locked=True)) is not None


# Reminders


def remind_of_deadlines(edition: Edition, now: datetime) -> int:
    """Give everybody the reminders that their open work calls for; return how many letters are owed.

    Several deadlines of one person go into one letter. A reminder names the deadline, so that a moved one is told anew;
    one of work that was done since is marked as read, and is left out of the next digest.
    """
    given = reminders_given(edition, _KINDS)
    if not is_anything_near(edition, now) and not any(one.read_at is None for one in given):
        return 0
    undone = undone_of(edition, now)
    _settle(given, {(one.person.id, _thing(edition, one)) for one in undone}, now)
    told = {(one.person_id, one.kind, one.thing) for one in given}
    letters = 0
    for _person_id, group in groupby(undone, key=lambda one: one.person.id):
        new = []
        for one in group:
            reminder = reminder_due(one.due_at, now)
            if reminder is None or (one.person.id, reminder.value, _thing(edition, one)) in told:
                continue
            if _give_reminder(edition, one, reminder, now):
                new.append((one, reminder))
        if new and wants_mail(new[0][0].person.id, Category.REMINDERS):
            letters += _write_reminder(edition, new, now)
    return letters


def _thing(edition: Edition, one: Undone) -> str:
    return f"{edition.id}:{one.thing}"


def _give_reminder(edition: Edition, one: Undone, reminder: Reminder, now: datetime) -> bool:
    return notify(
        one.person, category=Category.REMINDERS, kind=reminder.value, thing=_thing(edition, one), now=now,
        context={**_about(edition, one.person), **_line(one)}, edition_id=edition.id, endpoint=one.endpoint,
        place=one.place, in_one_letter=True,
    )  # fmt: skip


def _write_reminder(edition: Edition, new: Sequence[tuple[Undone, Reminder]], now: datetime) -> int:
    (first, reminder), person = new[0], new[0][0].person
    key = f"deadlines:{person.id}:{_thing(edition, first)}:{reminder.value}"
    if len(new) == 1:
        letter = letter_to(person, reminder.value, key, {**_about(edition, person), **_line(first)}, Category.REMINDERS)
    else:
        lines = [_line(one) for one, _reminder in new]
        context = {**_about(edition, person), "lines": lines}
        letter = letter_to(person, "deadlines", key, context, Category.REMINDERS)
    return queue_letters([letter], now)


def _about(edition: Edition, person: Person) -> dict[str, Any]:
    return {
        "code": edition.code, "edition_title": dict(edition.title), "edition_zone": edition.time_zone,
        "edition_place": edition.place, "person_zone": person.time_zone,
    }  # fmt: skip


def _line(one: Undone) -> dict[str, Any]:
    return {
        "title": dict(one.title), "due_at": one.due_at.isoformat(), "endpoint": one.endpoint, "place": dict(one.place),
        "feature": one.feature,
    }  # fmt: skip


def _settle(given: Sequence[Notice], still: set[tuple[int, str]], now: datetime) -> None:
    """Put away the reminders of what was done meanwhile, or is over."""
    for one in given:
        if one.read_at is None and (one.person_id, one.thing) not in still:
            one.read_at = now
            if one.delivery == Delivery.DAILY and one.mailed_at is None:
                one.delivery = Delivery.PAGE
    db.session.flush()


# Groups


def tell_of_missing_groups(edition: Edition, now: datetime) -> int:
    """Tell those who are in no group while the group work is open, once each, and their coordinators; return how many."""
    new: list[Enrolment] = []
    for enrolment in missing_in_groups(edition, now):
        person = enrolment.person
        if notify(
            person, category=Category.REMINDERS, kind="group_missing", thing=f"{edition.id}:{enrolment.id}", now=now,
            context=_about(edition, person), edition_id=edition.id, endpoint="assignments.group",
            place={"code": edition.code},
        ):  # fmt: skip
            new.append(enrolment)
    if new:
        names = [enrolment.person.full_name for enrolment in new]
        notify_all(
            coordinators_of(edition), category=Category.TEACHING, kind="people_without_group",
            thing=f"{edition.id}:{min(enrolment.id for enrolment in new)}:{len(new)}", now=now, edition_id=edition.id,
            context={"code": edition.code, "edition_title": dict(edition.title), "names": names},
            endpoint="assignments.groups", place={"code": edition.code},
        )  # fmt: skip
    return len(new)


# Dates that moved


def tell_of_moved_dates(edition: Edition, now: datetime) -> int:
    """Notice what changed among an edition's dates, and once nothing changes any more, tell all of it in one letter.

    What people were told is kept beside what is seen now, so it does not matter who changed a date and how, and a change
    that is taken back is never told. Return how many people were told.
    """
    kept = kept_dates(edition)
    seen = {(feature, one.key): one for feature, one in read_dates(edition)}
    for (feature, key), one in seen.items():
        row = kept.get((feature, key))
        if row is None:
            kept[feature, key] = row = EditionDate(
                edition_id=edition.id, feature=feature, key=key, title=dict(one.title), told=_instants(one),
                seen=_instants(one), seen_at=now, revision=0,
            )  # fmt: skip
            db.session.add(row)
        _see(row, _instants(one), one.title, now)
    for name, row in kept.items():
        if name not in seen:
            _see(row, [], row.title, now)
    moved = [row for row in kept.values() if row.told != row.seen]
    if not moved or not all(is_settled(row.seen_at, now) for row in moved):
        db.session.flush()
        return 0
    telling = sorted((row for row in moved if matters(row.told, row.seen, now)), key=lambda row: row.seen or row.told)
    lines = [
        {
            "feature": row.feature, "key": row.key, "title": row.title, "before": row.told, "after": row.seen,
            "endpoint": "attendance.agenda" if row.feature == "attendance" else "home.edition",
        }
        for row in telling
    ]  # fmt: skip
    thing = f"{edition.id}:{sum(row.revision for row in kept.values())}"
    for row in moved:
        row.told = row.seen
    db.session.flush()
    return _write_of_moves(edition, lines, thing, now) if lines else 0


def _instants(one: Dated) -> list[str]:
    return [at.isoformat() for at in (one.opens_at, one.closes_at) if at is not None]


def _see(row: EditionDate, instants: list[str], title: Text, now: datetime) -> None:
    row.title = dict(title)
    if row.seen != instants:
        row.seen, row.seen_at = instants, now
        row.revision += 1


def _write_of_moves(edition: Edition, lines: Sequence[Mapping[str, Any]], thing: str, now: datetime) -> int:
    """One letter each, without the dates for which somebody has an extension of their own, which stays."""
    extended = extended_people(edition)
    moved_sessions = {line["key"] for line in lines if line["feature"] == "attendance"}
    told = 0
    for enrolment_id, person in audience_of(edition):
        theirs = [line for line in lines if enrolment_id not in extended.get(str(line["key"]), ())]
        if theirs:
            told += notify(
                person, category=Category.CHANGES, kind="dates_moved", thing=thing, now=now, edition_id=edition.id,
                context={**_about(edition, person), "lines": theirs}, endpoint="calendar.index", place={},
                calendar=_calendar_of(edition, moved_sessions, person, enrolment_id, now),
            )  # fmt: skip
    return told


def _calendar_of(edition: Edition, keys: set[str], person: Person, enrolment_id: int, now: datetime) -> str:
    """The sessions that moved as a calendar file in the person's language; empty where none did."""
    if not keys:
        return ""
    public_url = current_app.config["PUBLIC_URL"]
    with force_locale(person.language):
        g.language = person.language
        appointments = [
            appointment_of(one, edition, enrolment_id, public_url) for one in sessions_of(edition) if one.key in keys
        ]
        return write_calendar(appointments, name=edition.code, stamped_at=now).decode()


# Calendars


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(
        current_app.secret_key or "", salt="calendar feed", signer_kwargs={"digest_method": hashlib.sha256}
    )


def feed_token(person: Person, feed: CalendarFeed) -> str:
    """What stands in the address of a person's feed: nobody can guess it, and the next number makes it worthless.

    So does signing out everywhere, and a new password: who does that has lost a phone, or fears that somebody reads along.
    """
    return str(_signer().dumps([person.id, feed.number, person.session_epoch]))


def renew_feed(person: Person, now: datetime) -> CalendarFeed:
    """Give a person's calendar an address, a new one where it had one: the old one leads nowhere from now on."""
    insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    made = insert(CalendarFeed).values(person_id=person.id, number=1, is_open=True, renewed_at=now)
    db.session.execute(
        made.on_conflict_do_update(
            index_elements=["person_id"], set_={"number": CalendarFeed.number + 1, "is_open": True, "renewed_at": now}
        )
    )
    db.session.expire_all()
    feed = find_feed(person.id)
    assert feed is not None
    return feed


def close_feed(person: Person, now: datetime) -> None:
    """Let a person's calendar be read at no address."""
    db.session.execute(
        update(CalendarFeed)
        .where(CalendarFeed.person_id == person.id)
        # Counted on: an address that was given out before must not come back to life with the next.
        .values(number=CalendarFeed.number + 1, is_open=False, renewed_at=now)
        .execution_options(synchronize_session=False)
    )
    db.session.expire_all()


def reader_of(token: str) -> Person:
    """Whose calendar a token opens; raises NotFound for any other text, and for an address that was renewed since."""
    try:
        person_id, number, epoch = _signer().loads(token)
    except (BadSignature, ValueError, TypeError) as error:
        raise NotFound(_("This calendar address is no longer in use.")) from error
    feed = find_feed(person_id)
    person = None if feed is None or not feed.is_open or feed.number != number else db.session.get(Person, person_id)
    if person is None or person.session_epoch != epoch:
        raise NotFound(_("This calendar address is no longer in use."))
    return person
