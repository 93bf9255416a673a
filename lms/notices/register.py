"""Wires the feature into the app."""

from __future__ import annotations

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from lms.accounts.access import current_person
from lms.core import clock
from lms.core.current import this_page
from lms.core.db import db, unit_of_work
from lms.core.jobs import register_job
from lms.core.outbox import renew_letters
from lms.notices import models as models  # the tables
from lms.notices.domain import DIGEST
from lms.notices.queries import count_unread
from lms.notices.services import digests_due, items_now, send_digest
from lms.notices.views import blueprint
from lms.notices.wording import category_name, words


def register(app: Flask) -> None:
    """Add the feature's routes, commands, hooks and jobs."""
    app.register_blueprint(blueprint)
    app.jinja_env.globals.update(unread_notices=unread_notices, notice_words=words, category_name=category_name)
    renew_letters(app, DIGEST, items_now)
    register_job(app, "daily digests", send_digests, every_seconds=300)


def unread_notices() -> int:
    """How many notices the person who is signed in has not read; asked once a page, by the frame around it."""
    page = vars(this_page())
    if "unread_notices" not in page:
        try:
            page["unread_notices"] = count_unread(current_person().id)
        except SQLAlchemyError:  # the page that says so must still be there when the database is not
            db.session.rollback()
            page["unread_notices"] = 0
    return int(page["unread_notices"] or 0)


def send_digests(app: Flask) -> None:
    """Owe every digest whose hour has come, each in a transaction of its own."""
    with app.app_context():
        for person in digests_due():
            with unit_of_work():
                send_digest(person, clock.now())
