"""Wires the feature into the app."""

from __future__ import annotations

from flask import Flask

from lms.accounts import models as models  # the tables
from lms.accounts.access import init_login
from lms.accounts.design_views import blueprint as design_blueprint
from lms.accounts.views import blueprint


def register(app: Flask) -> None:
    """Add the feature's routes, commands, hooks and jobs."""
    app.register_blueprint(blueprint)
    app.register_blueprint(design_blueprint)
    init_login(app)
