"""Taking once what may be sent twice."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError

from lms.accounts.models import Person
from lms.core.db import db
from lms.offline.models import TakenOperation

# A phone that lay in a drawer for longer sends what is no longer asked.
REMEMBERED = timedelta(days=90)


def take_operation(actor: Person, operation: str, now: datetime) -> bool:
    """Note that an operation is being done, in the transaction that does it; False where it was done before.

    Two at once: the second waits for the first, and finds it done, or is the first where that failed.
    """
    try:
        with db.session.begin_nested():
            db.session.add(TakenOperation(person_id=actor.id, operation=operation, taken_at=now))
    except IntegrityError:
        return False
    return True


def forget_operations(now: datetime) -> None:
    """Forget those that no device will send again."""
    db.session.execute(delete(TakenOperation).where(TakenOperation.taken_at < now - REMEMBERED))
