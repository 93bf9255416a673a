"""Loads the demonstration once: the course, an administrator, a closed edition and a running one."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select, update

from lms.accounts.models import Person
from lms.core.db import db
from lms.core.outbox import OutboxMessage
from lms.courses.domain.content import CourseContent
from lms.courses.packs import read_pack
from lms.courses.services import import_release
from lms.demo.bank import write_questions
from lms.demo.closed import PREPARED_AT, load_closed_edition
from lms.demo.running import load_running_edition
from lms.demo.script import make_person
from lms.notices.models import Notice

PACK = Path(__file__).parents[2] / "packs" / "reintegration"
ADMINISTRATOR = {
    "email": "admin@segin.example",
    "name": "Ngozi Brightwater-Sow",
    "language": "en",
    "time_zone": "Africa/Bamako",
    "organisation": "International training centre",
    "organisation_type": "training",
    "country": "ML",
    "sex": "",
}


class PackFaulty(Exception):
    """The demonstration's own course pack has faults; the message lists them."""


def is_empty() -> bool:
    """True while the database has nobody in it."""
    return db.session.scalar(select(func.count(Person.id))) == 0


def read_course() -> CourseContent:
    """The course of the demonstration; raises PackFaulty."""
    reading = read_pack(PACK)
    if reading.content is None:
        raise PackFaulty("\n".join(str(fault) for fault in reading.faults))
    return reading.content


def load_demonstration(public_url: str, now: datetime) -> None:
    """Fill an empty database."""
    content = read_course()
    administrator = make_person(ADMINISTRATOR, PREPARED_AT)
    administrator.is_administrator = True
    import_release(content, actor=administrator, now=PREPARED_AT)
    db.session.flush()
    load_closed_edition(administrator, content, public_url)
    load_running_edition(administrator, content, now)
    write_questions(content, now)
    _send_old_mail(now)


def _send_old_mail(now: datetime) -> None:
    """What was owed before yesterday has long arrived, and been read; only fresh mail waits to leave."""
    db.session.flush()
    db.session.execute(
        update(OutboxMessage)
        .where(OutboxMessage.queued_at < now - timedelta(days=1))
        .values(sent_at=OutboxMessage.queued_at, context={}, tries=1)
        .execution_options(synchronize_session=False)
    )
    db.session.execute(
        update(Notice)
        .where(Notice.created_at < now - timedelta(days=2))
        .values(read_at=Notice.created_at, mailed_at=Notice.created_at)
        .execution_options(synchronize_session=False)
    )
