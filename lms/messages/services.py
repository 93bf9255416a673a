"""Write: a participant to the teaching team, the team to one participant or to many, each of whom is told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from lms.accounts.models import Person
from lms.assignments.queries.workspace import staff_of
from lms.core.audit import record_event
from lms.core.db import db
from lms.core.errors import RuleViolation
from lms.courses.domain.roles import Role
from lms.courses.models import Edition, Enrolment
from lms.courses.permissions import Member, require_teaching
from lms.messages.domain import Audience, OpenWork
from lms.messages.models import Conversation, Message, MessagePlace
from lms.messages.queries import get_participant, people_to_write_to
from lms.notices.domain import Category, Delivery
from lms.notices.services import notify_all

# Rows of one INSERT; databases bound the values that a statement may carry.
_AT_ONCE = 500
# The same words of the same person in the same conversation are one message within this time: a button was pressed twice.
_ONE_MESSAGE = timedelta(minutes=5)


def write_to_team(actor: Member, *, body: str, now: datetime) -> Message:
    """A participant writes to the tutors and coordinators, who are told; it waits until one of them answers.

    Raises:
        NotAllowed: for anyone but a participant.
        RuleViolation: for an empty message.
    """
    enrolment = actor.own_enrolment
    said = _said_just_now(actor, enrolment.id, _checked(body), now)
    if said is not None:
        return said
    message = _keep(actor, body=_checked(body), is_by_team=False, now=now)
    _place(message, [enrolment.id], is_waiting=True)
    staff = staff_of(actor.edition.id, Role.TUTOR) or staff_of(actor.edition.id, Role.COORDINATOR)
    notify_all(
        staff, category=Category.TEACHING, kind="message_to_team", thing=_thing(message), now=now,
        unless_chosen=Delivery.AT_ONCE, context=_about(actor, "", message.body) | {"enrolment_id": enrolment.id},
        endpoint="messages.conversation", edition_id=actor.edition.id,
        place={"code": actor.edition.code, "enrolment_id": enrolment.id},
    )  # fmt: skip
    return message


def write_to_participant(
    actor: Member, *, enrolment_id: int, body: str, now: datetime, seen: int | None = None
) -> Message:
    """Write to one participant for the team, which answers what they had written.

    Args:
        seen: the latest message that the actor had before them; what the participant wrote after it goes on waiting.

    Raises:
        NotAllowed: unless the actor teaches in the edition.
        NotFound: for a participant of another edition.
        RuleViolation: for an empty message, or where the participant has left.
    """
    enrolment = get_participant(actor, enrolment_id)
    if enrolment.withdrawn_at is not None:
        raise RuleViolation(_("This person has left the edition, so a message here would reach nobody."))
    said = _said_just_now(actor, enrolment.id, _checked(body), now)
    if said is not None:
        return said
    unseen = _first_unseen(enrolment.id, seen)
    message = _keep(actor, body=_checked(body), is_by_team=True, now=now)
    _place(message, [enrolment.id], is_waiting=False, unseen=unseen)
    _tell(actor, message, [enrolment.person], (), now)
    return message


def write_letter(
    actor: Member,
    *,
    enrolment_ids: Collection[int],
    subject: str,
    body: str,
    audience: Audience,
    has_open_work: bool,
    key: str,
    now: datetime,
) -> Message:
    """Write to several participants at once; each finds it in their own conversation and sees no other name.

    Args:
        enrolment_ids: exactly those to whom it goes; whoever has left meanwhile is passed over.
        audience: how they were found, for the record.
        has_open_work: tell each of them what they have not done, and until when it can be.
        key: a letter that the actor sent before under this key is not sent again, and is what is returned.

    Raises:
        NotAllowed: unless the actor teaches in the edition.
        RuleViolation: without words, or where nobody is left to whom it could go.
    """
    require_teaching(actor)
    sent = _sent_before(actor, key)
    if sent is not None:
        return sent
    wanted = set(enrolment_ids)
    reached = [one for one in people_to_write_to(actor, now) if one.candidate.enrolment_id in wanted]
    if not reached:
        raise RuleViolation(_("Nobody is chosen. Choose at least one person."))
    message = _keep(
        actor, body=_checked(body), subject=subject, is_by_team=True, now=now, audience=audience.to_document(),
        has_open_work=has_open_work, key=key,
    )  # fmt: skip
    _place(message, [one.candidate.enrolment_id for one in reached], is_waiting=False)
    # Those to whom the same is left get the same letter: a handful of sorts, not one for each person.
    alike: dict[tuple[OpenWork, ...], list[Person]] = defaultdict(list)
    for one in reached:
        alike[one.candidate.open_work if has_open_work else ()].append(one.person)
    for open_work, people in alike.items():
        _tell(actor, message, people, open_work, now)
    record_event(
        "letter written", now=now, actor_id=actor.person.id, subject_type="edition", subject_id=actor.edition.id,
        edition_id=actor.edition.id, message=message.id, people=len(reached),
    )  # fmt: skip
    return message


def _sent_before(actor: Member, key: str) -> Message | None:
    db.session.execute(
        select(Edition.id).where(Edition.id == actor.edition.id).with_for_update()
    )  # one after the other
    return db.session.scalars(
        select(Message).where(
            Message.edition_id == actor.edition.id, Message.author_id == actor.person.id, Message.key == key
        )
    ).one_or_none()


def settle(actor: Member, *, enrolment_id: int, now: datetime, seen: int | None = None) -> bool:
    """Say that what a participant wrote needs no answer here; false where something newer than ``seen`` waits on.

    Raises:
        NotAllowed: unless the actor teaches in the edition.
        NotFound: for a participant of another edition.
    """
    enrolment = get_participant(actor, enrolment_id)
    _one_after_the_other(enrolment.id)
    unseen = _first_unseen(enrolment.id, seen)
    waited = update(Conversation).where(
        Conversation.enrolment_id == enrolment.id, Conversation.waiting_since.is_not(None)
    )
    if db.session.scalars(waited.values(waiting_since=unseen).returning(Conversation.enrolment_id)).one_or_none():
        record_event(
            "message settled", now=now, actor_id=actor.person.id, subject_type="enrolment", subject_id=enrolment.id,
            edition_id=actor.edition.id,
        )  # fmt: skip
    return unseen is None


def _one_after_the_other(enrolment_id: int) -> None:
    """Keep others from this conversation until the transaction ends."""
    db.session.execute(select(Enrolment.id).where(Enrolment.id == enrolment_id).with_for_update())


def _said_just_now(actor: Member, enrolment_id: int, body: str, now: datetime) -> Message | None:
    """The message that the actor sent a moment ago with the very same words, if a form came twice."""
    _one_after_the_other(enrolment_id)
    latest = db.session.scalars(
        select(Message)
        .join(MessagePlace, MessagePlace.message_id == Message.id)
        .where(MessagePlace.enrolment_id == enrolment_id)
        .order_by(Message.id.desc())
        .limit(1)
    ).one_or_none()
    is_same = latest is not None and (latest.author_id, latest.body) == (actor.person.id, body) and not latest.subject
    return latest if latest is not None and is_same and now - latest.sent_at < _ONE_MESSAGE else None


def _first_unseen(enrolment_id: int, seen: int | None) -> datetime | None:
    """When the participant wrote the first message that is newer than ``seen``."""
    if seen is None:
        return None
    return db.session.scalar(
        select(func.min(Message.sent_at))
        .join(MessagePlace, MessagePlace.message_id == Message.id)
        .where(MessagePlace.enrolment_id == enrolment_id, Message.id > seen, ~Message.is_by_team)
    )


def _checked(body: str) -> str:
    body = body.strip()
    if not body:
        raise RuleViolation(_("Write something first."))
    return body


def _keep(actor: Member, *, body: str, is_by_team: bool, now: datetime, **values: Any) -> Message:
    message = Message(
        edition_id=actor.edition.id, author_id=actor.person.id, is_by_team=is_by_team, body=body, sent_at=now, **values
    )
    db.session.add(message)
    db.session.flush()
    return message


def _place(message: Message, enrolment_ids: Sequence[int], *, is_waiting: bool, unseen: datetime | None = None) -> None:
    """Let a message stand in conversations. What a participant wrote first goes on waiting since then.

    Args:
        unseen: since when something waits that whoever answers has not read.
    """
    upsert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    for start in range(0, len(enrolment_ids), _AT_ONCE):
        some = enrolment_ids[start : start + _AT_ONCE]
        db.session.execute(insert(MessagePlace), [{"message_id": message.id, "enrolment_id": one} for one in some])
        rows = upsert(Conversation).values(
            [
                {
                    "enrolment_id": one, "edition_id": message.edition_id, "last_at": message.sent_at,
                    "waiting_since": message.sent_at if is_waiting else unseen,
                }
                for one in some
            ]
        )  # fmt: skip
        new = rows.excluded
        db.session.execute(
            rows.on_conflict_do_update(
                index_elements=["enrolment_id"],
                set_={
                    "last_at": new.last_at,
                    "waiting_since": func.coalesce(Conversation.waiting_since, new.waiting_since)
                    if is_waiting
                    else _unanswered(message, new.waiting_since),
                },
            )
        )


def _unanswered(message: Message, nothing: Any) -> Any:
    # A letter to many answers nobody: who waited for an answer goes on waiting.
    return nothing if message.audience is None else Conversation.waiting_since


def _tell(
    actor: Member, message: Message, people: Sequence[Person], open_work: Sequence[OpenWork], now: datetime
) -> None:
    edition = actor.edition
    zones: dict[str, list[Person]] = defaultdict(list)
    for person in people:
        zones[person.time_zone if open_work else ""].append(person)
    for zone, some in zones.items():
        notify_all(
            some, category=Category.ANNOUNCEMENTS, kind="message", thing=_thing(message), now=now,
            unless_chosen=Delivery.AT_ONCE, endpoint="messages.index", edition_id=edition.id,
            place={"code": edition.code, "_anchor": f"message-{message.id}"},
            context=context_of_letter(actor, message.subject, message.body, open_work, zone),
        )  # fmt: skip


def _lines(open_work: Sequence[OpenWork]) -> list[dict[str, Any]]:
    in_order = sorted(open_work, key=lambda work: (work.due_at or "9", work.key))
    return [{"title": dict(work.title), "due_at": work.due_at, "is_overdue": work.is_overdue} for work in in_order]


def context_of_letter(
    actor: Member, subject: str, body: str, open_work: Sequence[OpenWork], zone: str
) -> dict[str, Any]:
    """The values of ``emails/message.txt`` for those whose work is open and whose clocks show the same."""
    return _about(actor, subject, body) | {"open_work": _lines(open_work), "person_zone": zone}


def _about(actor: Member, subject: str, body: str) -> dict[str, Any]:
    edition = actor.edition
    return {
        "code": edition.code,
        "edition_title": dict(edition.title),
        "edition_zone": edition.time_zone,
        "edition_place": edition.place,
        "author": actor.person.full_name,
        "subject": subject,
        "body": body,
    }


def _thing(message: Message) -> str:
    return f"message:{message.id}"
