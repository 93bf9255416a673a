"""Wires the feature into the app."""

from __future__ import annotations

from flask import Flask

from lms.calendar import models as models  # the tables
from lms.calendar.queries import running_editions
from lms.calendar.services import lock_edition, remind_of_deadlines, tell_of_missing_groups, tell_of_moved_dates
from lms.calendar.views import blueprint
from lms.calendar.wording import summary_of
from lms.core import clock
from lms.core.db import db, unit_of_work
from lms.core.jobs import register_job


def register(app: Flask) -> None:
    """Add the feature's routes, commands, hooks and jobs."""
    app.register_blueprint(blueprint)
    app.jinja_env.globals.update(summary_of=summary_of)
    register_job(app, "reminders and moved dates", tell_everybody, every_seconds=60)


def tell_everybody(app: Flask) -> None:
    """Tell what is due in each running edition, each kind in a transaction of its own.

    A transaction that is interrupted leaves nothing behind, and the next run tells what it would have told.
    """
    with app.test_request_context(base_url=app.config["PUBLIC_URL"]):
        for edition in running_editions():
            for tell in (tell_of_moved_dates, remind_of_deadlines, tell_of_missing_groups):
                with unit_of_work():
                    if lock_edition(edition):
                        db.session.refresh(edition)
                        tell(edition, clock.now())
