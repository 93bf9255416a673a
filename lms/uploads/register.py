"""Wires the feature into the app."""

from __future__ import annotations

from flask import Flask

from lms.core import clock
from lms.core.db import unit_of_work
from lms.core.jobs import register_job
from lms.uploads import models as models  # the tables
from lms.uploads.services import forget_old_uploads
from lms.uploads.views import blueprint

AN_HOUR = 3600


def register(app: Flask) -> None:
    """Add the feature's routes, commands, hooks and jobs."""
    app.register_blueprint(blueprint)
    register_job(app, "old uploads", _forget, AN_HOUR)


def _forget(app: Flask) -> None:
    with app.app_context(), unit_of_work():
        forget_old_uploads(clock.now())
