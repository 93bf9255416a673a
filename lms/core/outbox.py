"""Mail that is owed: rows written in the transaction that owes it, sent after the commit, exactly claimed, retried.

The row names a template and its values; the words are made when it is sent, in the recipient's language.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Flask, current_app
from sqlalchemy import Select, String, UniqueConstraint, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from lms.core.db import Base, db

LEASE = timedelta(minutes=5)
# With twice the wait each time, the last try comes a day and a half after the first: a mail server may be away for a night.
MAX_TRIES = 12


class OutboxMessage(Base):
    """A message to one address. ``key`` makes a message that is owed once go out once."""

    __tablename__ = "outbox_messages"
    __table_args__ = (UniqueConstraint("key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(200))
    recipient: Mapped[str] = mapped_column(String(320))
    recipient_name: Mapped[str] = mapped_column(String(200))
    language: Mapped[str] = mapped_column(String(10))
    template: Mapped[str] = mapped_column(String(60))
    context: Mapped[dict[str, Any]]
    queued_at: Mapped[datetime]
    due_at: Mapped[datetime] = mapped_column(index=True)
    tries: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None] = mapped_column(index=True)
    last_error: Mapped[str | None] = mapped_column(String(500))


def queue_mail(
    template: str,
    *,
    key: str,
    recipient: str,
    recipient_name: str,
    language: str,
    context: dict[str, Any],
    now: datetime,
) -> bool:
    """Owe a message; return False when one with this key was already owed.

    Args:
        template: ``emails/<template>.txt``; its first line is the subject.
        key: what makes the message unique, for instance ``"receipt:submission:41"``.
        context: JSON values for the template; cleared once the message has left, since it may hold a sign-in link.
    """
    letter = Letter(template, key, recipient, recipient_name, language, context)
    return queue_letters([letter], now) == 1


@dataclass(frozen=True, slots=True)
class Letter:
    """One message to owe, as ``queue_mail`` takes it.

    ``unsubscribe`` is the token of the page on which one stops such letters, empty for those that must come;
    ``calendar`` an iCalendar file to attach.
    """

    template: str
    key: str
    recipient: str
    recipient_name: str
    language: str
    context: Mapping[str, Any]
    unsubscribe: str = ""
    calendar: str = ""


# What a letter carries besides its template's values, kept among them until it has left.
UNSUBSCRIBE = "_unsubscribe"
CALENDAR = "_calendar"
_AT_ONCE = 500


def queue_letters(letters: Sequence[Letter], now: datetime) -> int:
    """Owe many messages, in one statement for 500; return how many were not owed before."""
    insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    owed = 0
    for start in range(0, len(letters), _AT_ONCE):
        rows = [_row_of(letter, now) for letter in letters[start : start + _AT_ONCE]]
        # Two requests may owe the same message at the same moment: the constraint decides, and neither fails.
        statement = insert(OutboxMessage).values(rows).on_conflict_do_nothing(index_elements=["key"])
        owed += len(db.session.scalars(statement.returning(OutboxMessage.id)).all())
    return owed


def _row_of(letter: Letter, now: datetime) -> dict[str, Any]:
    context = dict(letter.context)
    if letter.unsubscribe:
        context[UNSUBSCRIBE] = letter.unsubscribe
    if letter.calendar:
        context[CALENDAR] = letter.calendar
    return {
        "key": letter.key,
        "recipient": letter.recipient,
        "recipient_name": letter.recipient_name,
        "language": letter.language,
        "template": letter.template,
        "context": context,
        "queued_at": now,
        "due_at": now,
        "tries": 0,
    }


def claim_messages(now: datetime, limit: int = 20) -> Sequence[OutboxMessage]:
    """Messages that are due, leased to the caller: another process will not take them before the lease ends."""
    due = (
        select(OutboxMessage.id)
        .where(OutboxMessage.sent_at.is_(None), OutboxMessage.due_at <= now, OutboxMessage.tries < MAX_TRIES)
        .order_by(OutboxMessage.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
        # Without its own step PostgreSQL may run the search again for each row, and take more than the limit.
        .cte("due")
    )
    claimed = db.session.scalars(
        update(OutboxMessage)
        .where(OutboxMessage.id.in_(select(due.c.id)), OutboxMessage.sent_at.is_(None))
        .values(due_at=now + LEASE, tries=OutboxMessage.tries + 1)
        .returning(OutboxMessage.id)
        .execution_options(synchronize_session=False)
    ).all()
    if not claimed:
        return []
    statement = select(OutboxMessage).where(OutboxMessage.id.in_(claimed)).execution_options(populate_existing=True)
    return db.session.scalars(statement).all()


def claim_again(message_id: int, tries: int, now: datetime) -> OutboxMessage | None:
    """A claimed message whose turn has come, its lease begun anew; ``None`` where it is owed no more, or not by the caller.

    Those before it may have taken long: after the lease another process has claimed it, and tries it for one time more.
    """
    mine = db.session.scalar(
        update(OutboxMessage)
        .where(OutboxMessage.id == message_id, OutboxMessage.tries == tries, OutboxMessage.sent_at.is_(None))
        .values(due_at=now + LEASE)
        .returning(OutboxMessage.id)
        .execution_options(synchronize_session=False)
    )
    return None if mine is None else db.session.get(OutboxMessage, message_id, populate_existing=True)


Values = Mapping[str, Any]
# What a letter says now, made of what it said when it was owed; ``None`` where it says nothing any more.
Renewal = Callable[[Values], Values | None]


def renew_letters(app: Flask, template: str, renewal: Renewal) -> None:
    """Ask ``renewal`` about each letter of a template when it leaves: hours may lie between, and what it is about be gone."""
    app.extensions.setdefault("letter_renewals", {})[template] = renewal


def values_now(template: str, values: Values) -> Values | None:
    """The values with which a letter leaves; ``None`` where it must not any more."""
    renewal: Renewal | None = current_app.extensions.get("letter_renewals", {}).get(template)
    return values if renewal is None else renewal(values)


def withdraw(message: OutboxMessage) -> None:
    """Owe a message no more that never left."""
    db.session.delete(message)


def mark_sent(message: OutboxMessage, now: datetime) -> None:
    """Record that the message has left, and forget its values."""
    message.sent_at = now
    message.last_error = None
    message.context = {}


def mark_failed(message: OutboxMessage, error: str, now: datetime, *, is_final: bool = False) -> None:
    """Record why it did not leave and when to try again: one minute, then twice as long each time.

    Args:
        is_final: whether the mail server wants none of it, however often it is asked.
    """
    message.last_error = error[:500]
    if is_final:
        message.tries = MAX_TRIES
    message.due_at = now + timedelta(minutes=2 ** (message.tries - 1))


def stuck_letters(recipients: Select[str] | None = None, limit: int = 100) -> Sequence[OutboxMessage]:
    """Messages that did not leave at the first try and have not left since, the latest first.

    Args:
        recipients: only those to these addresses; ``None`` for all.
    """
    stuck = select(OutboxMessage).where(OutboxMessage.sent_at.is_(None), OutboxMessage.last_error.is_not(None))
    if recipients is not None:
        stuck = stuck.where(OutboxMessage.recipient.in_(recipients))
    return db.session.scalars(stuck.order_by(OutboxMessage.id.desc()).limit(limit)).all()


def is_given_up(message: OutboxMessage) -> bool:
    """Whether it is not tried any more by itself."""
    return message.tries >= MAX_TRIES


def try_again(messages: Sequence[OutboxMessage], now: datetime) -> int:
    """Let messages that did not leave be tried anew, from the beginning; return how many."""
    ids = [message.id for message in messages]
    again = (
        update(OutboxMessage)
        .where(OutboxMessage.id.in_(ids), OutboxMessage.sent_at.is_(None))
        .values(tries=0, due_at=now)
        .returning(OutboxMessage.id)
        .execution_options(synchronize_session=False)
    )
    return len(db.session.scalars(again).all())
