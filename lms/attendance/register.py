"""Wires the feature into the app."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _l

from lms.attendance import models as models  # the tables
from lms.attendance.services import create_sessions, list_dates, refresh_sessions, write_dates
from lms.attendance.views import blueprint
from lms.courses.hooks import keep_dates, on_edition_created, on_release_imported
from lms.courses.navigation import add_link


def register(app: Flask) -> None:
    """Add the feature's routes, commands, hooks and jobs."""
    app.register_blueprint(blueprint)
    on_edition_created("attendance", create_sessions)
    keep_dates("attendance", list_dates, write_dates)
    on_release_imported("attendance", refresh_sessions)
    add_link(25, _l("Agenda"), "attendance.agenda", lambda member: member.is_participant or member.is_teaching)
