"""Wires the feature into the app."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _l

from lms.courses.edition_cli import editions_cli
from lms.courses.navigation import add_link
from lms.reports import cli as cli  # adds its commands to the group
from lms.reports.permissions import reads_reports
from lms.reports.views import blueprint


def register(app: Flask) -> None:
    """Add the feature's routes, commands, hooks and jobs."""
    app.register_blueprint(blueprint)
    app.cli.add_command(editions_cli)
    add_link(90, _l("Report"), "reports.show", reads_reports)
