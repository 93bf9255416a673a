"""Wires the feature into the app."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _l

from lms.certificates import models as models  # the tables
from lms.certificates.queries import outdated_name
from lms.certificates.views import blueprint
from lms.courses.hooks import on_person_shown
from lms.courses.navigation import add_link


def register(app: Flask) -> None:
    """Add the feature's routes, commands, hooks and jobs."""
    app.register_blueprint(blueprint)
    on_person_shown("certificates", outdated_name)
    add_link(
        45,
        _l("Certificate"),
        "certificates.mine",
        lambda member: member.is_participant and member.edition.closed_at is not None,
    )
    add_link(85, _l("Closing"), "certificates.closing", lambda member: member.is_coordinating)
