"""Sign-in, invitations, passwords, profile."""

from __future__ import annotations

from flask import Blueprint, render_template

from lms.accounts.access import administrators, signed_in
from lms.core.access import allow, anyone

blueprint = Blueprint("accounts", __name__)


@blueprint.get("/sign-in")
@allow(anyone)
def sign_in() -> str:
    """To be written."""
    return render_template("base.html")


@blueprint.post("/sign-out")
@allow(signed_in)
def sign_out() -> str:
    """To be written."""
    return render_template("base.html")


@blueprint.get("/profile")
@allow(signed_in)
def profile() -> str:
    """To be written."""
    return render_template("base.html")


@blueprint.get("/people")
@allow(administrators)
def people() -> str:
    """To be written."""
    return render_template("base.html")


@blueprint.post("/language")
@allow(anyone)
def choose_language() -> str:
    """To be written."""
    return render_template("base.html")
