"""Each role's first screen."""

from __future__ import annotations

from flask import Blueprint, render_template

from lms.accounts.access import signed_in
from lms.core.access import allow
from lms.courses.access import members

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
@allow(signed_in)
def index() -> str:
    """To be written."""
    return render_template("base.html")


@blueprint.get("/editions/<code>")
@allow(members)
def edition(code: str) -> str:
    """To be written."""
    return render_template("base.html")
