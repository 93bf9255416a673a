"""Wires the feature into the app."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _l

from lms.courses.domain.roles import Role
from lms.courses.navigation import add_link
from lms.home.views import blueprint


def register(app: Flask) -> None:
    """Add the feature's routes, commands, hooks and jobs."""
    app.register_blueprint(blueprint)
    add_link(10, _l("Overview"), "home.edition", lambda member: member.role is not Role.SPONSOR_VIEWER)
