"""Wires the feature into the app."""

from __future__ import annotations

from flask import Flask

from lms.attendance import models as models  # the tables


def register(app: Flask) -> None:
    """Add the feature's routes, commands, hooks and jobs."""
