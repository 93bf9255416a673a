"""Wires the feature into the app."""

from __future__ import annotations

from flask import Flask

from lms.core import clock
from lms.core.db import unit_of_work
from lms.core.jobs import register_job
from lms.courses.activities import add_activity_dates
from lms.courses.hooks import keep_dates, on_edition_created, on_release_imported
from lms.quizzes import models as models  # the tables
from lms.quizzes.queries import quiz_dates
from lms.quizzes.services import close_expired_attempts, create_quizzes, sync_bank
from lms.quizzes.services.dates import list_dates, write_dates
from lms.quizzes.views import blueprint


def register(app: Flask) -> None:
    """Add the feature's routes, commands, hooks and jobs."""
    app.register_blueprint(blueprint)
    on_release_imported("quizzes", sync_bank)
    on_edition_created("quizzes", create_quizzes)
    keep_dates("quizzes", list_dates, write_dates)
    add_activity_dates("quizzes", quiz_dates)
    register_job(app, "expired attempts", close_expired, every_seconds=20)


def close_expired(app: Flask) -> None:
    """Close the attempts whose time is over, in a transaction of its own."""
    with app.app_context(), unit_of_work():
        close_expired_attempts(clock.now())
