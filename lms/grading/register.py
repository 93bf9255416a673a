"""Wires the feature into the app."""

from __future__ import annotations

from flask import Flask

from lms.courses.hooks import on_edition_created
from lms.grading import models as models  # the tables
from lms.grading.services import create_scheme


def register(app: Flask) -> None:
    """Add the feature's routes, commands, hooks and jobs."""
    on_edition_created("grading", create_scheme)
