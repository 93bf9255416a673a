"""Wires the feature into the app."""

from __future__ import annotations

from datetime import datetime

from flask import Flask
from flask_babel import format_decimal
from flask_babel import lazy_gettext as _l

from lms.assignments import models as models  # the tables
from lms.assignments.queries.work import assignment_dates
from lms.assignments.services.dates import list_dates, write_dates
from lms.assignments.services.setup import create_assignments
from lms.assignments.views import blueprint
from lms.core.markdown import render_typed
from lms.courses.activities import add_activity_dates
from lms.courses.hooks import keep_dates, on_edition_created
from lms.courses.navigation import add_link


def register(app: Flask) -> None:
    """Add the feature's routes, commands, hooks and jobs."""
    app.register_blueprint(blueprint)
    on_edition_created("assignments", create_assignments)
    keep_dates("assignments", list_dates, write_dates)
    add_activity_dates("assignments", assignment_dates)
    add_link(30, _l("Group work"), "assignments.group", lambda member: member.is_participant)
    add_link(32, _l("Final assignment"), "assignments.individual", lambda member: member.is_participant)
    add_link(50, _l("Marking"), "assignments.marking", lambda member: member.is_teaching)
    add_link(72, _l("Groups"), "assignments.groups", lambda member: member.is_coordinating)
    app.jinja_env.filters.update(number=format_decimal, instant=datetime.fromisoformat, typed=render_typed)
