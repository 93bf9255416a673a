"""Courses and editions."""

from __future__ import annotations

from flask import Blueprint, render_template

from lms.accounts.access import administrators
from lms.core.access import allow

blueprint = Blueprint("courses", __name__)


@blueprint.get("/administration")
@allow(administrators)
def administration() -> str:
    """To be written."""
    return render_template("base.html")
