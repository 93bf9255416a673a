"""The dates of an edition's assignments, as its coordinator sees and changes them."""

from __future__ import annotations

from sqlalchemy import select

from lms.assignments.models import Assignment
from lms.core.db import db
from lms.courses.hooks import Dated
from lms.courses.models import Edition
from lms.grading.services import post_deadline


def list_dates(edition: Edition) -> list[Dated]:
    """When each assignment opens and is due for everybody without an extension."""
    tasks = db.session.scalars(select(Assignment).where(Assignment.edition_id == edition.id).order_by(Assignment.id))
    return [Dated(task.key, task.title, task.opens_at, task.due_at) for task in tasks]


def write_dates(edition: Edition, changed: Dated) -> None:
    """Give an assignment other dates, and tell the gradebook."""
    found = select(Assignment).where(Assignment.edition_id == edition.id, Assignment.key == changed.key)
    task = db.session.scalars(found).one()
    task.opens_at, task.due_at = changed.opens_at, changed.closes_at or task.due_at
    post_deadline(edition_id=edition.id, item_key=task.item_key, due_at=task.due_at)
