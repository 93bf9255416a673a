"""Wires the feature into the app."""

from __future__ import annotations

from flask import Flask

from lms.home.views import blueprint


def register(app: Flask) -> None:
    """Add the feature's routes, commands, hooks and jobs."""
    app.register_blueprint(blueprint)
