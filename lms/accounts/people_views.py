"""All accounts of the installation, for administrators."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from lms.accounts import services
from lms.accounts.access import administrators, current_person
from lms.accounts.queries import get_account, get_people_page
from lms.accounts.views import blueprint
from lms.core import clock
from lms.core.access import allow
from lms.core.db import unit_of_work


@blueprint.get("/people")
@allow(administrators)
def people() -> str:
    """Everybody with an account, found by name, address or organisation."""
    words = request.args.get("q", "")
    found = get_people_page(current_person(), words, request.args.get("page", 1, type=int))
    return render_template("accounts/people.html", found=found, words=words)


@blueprint.get("/people/<int:person_id>")
@allow(administrators)
def account(person_id: int) -> str:
    """One account, and what an administrator may do with it."""
    return render_template("accounts/account.html", person=get_account(current_person(), person_id))


def _back(person_id: int) -> Response:
    return redirect(url_for("accounts.account", person_id=person_id), 303)


@blueprint.post("/people/<int:person_id>/link")
@allow(administrators)
def let_in_again(person_id: int) -> Response:
    """Send another invitation, or a link to a new password."""
    with unit_of_work():
        person = services.let_in_again(current_person(), person_id, clock.now())
    flash(_("A new link is on its way to %(email)s.", email=person.email))
    return _back(person_id)


@blueprint.post("/people/<int:person_id>/administrator")
@allow(administrators)
def set_administrator(person_id: int) -> Response:
    """Make somebody an administrator, or no longer one."""
    value = request.form.get("value") == "yes"
    with unit_of_work():
        person = services.set_administrator(current_person(), person_id, value, clock.now())
    flash(
        _("%(name)s is now an administrator.", name=person.full_name)
        if value
        else _("%(name)s is no longer an administrator.", name=person.full_name)
    )
    return _back(person_id)


@blueprint.post("/people/<int:person_id>/test-account")
@allow(administrators)
def set_test_account(person_id: int) -> Response:
    """Mark an account as a try-out, or take the mark away."""
    value = request.form.get("value") == "yes"
    with unit_of_work():
        person = services.set_test_account(current_person(), person_id, value, clock.now())
    flash(
        _("%(name)s is now a test account: it counts in no figure and gets no certificate.", name=person.full_name)
        if value
        else _("%(name)s is an ordinary account again.", name=person.full_name)
    )
    return _back(person_id)
