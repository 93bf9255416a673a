"""Wires the feature into the app."""

from __future__ import annotations

from flask import Flask

from lms.messages import models as models  # the tables
from lms.messages.queries import waiting_for_answer
from lms.messages.views import blueprint


def register(app: Flask) -> None:
    """Add the feature's routes and what other pages show of it."""
    app.register_blueprint(blueprint)
    app.jinja_env.globals.update(messages_waiting=waiting_for_answer)
