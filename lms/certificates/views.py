"""Certificates."""

from __future__ import annotations

from flask import Blueprint, render_template

from lms.core.access import allow, anyone

blueprint = Blueprint("certificates", __name__)


@blueprint.get("/certificates")
@allow(anyone)
def check() -> str:
    """To be written."""
    return render_template("base.html")
