"""Who may use a route, as far as it depends on the account alone; and who is signed in."""

from __future__ import annotations

import hmac
from typing import Any, cast

from flask import Flask, current_app, g, redirect, request, session, url_for
from flask_babel import gettext as _
from flask_login import LoginManager, current_user, login_user
from sqlalchemy import bindparam, select
from werkzeug.wrappers import Response

from lms.accounts.devices import remember_device
from lms.accounts.domain import is_local_path
from lms.accounts.models import Person
from lms.core.access import Access
from lms.core.current import this_page, this_session
from lms.core.db import db
from lms.core.errors import NotAllowed
from lms.core.web import speak, wants_json


class SessionLogin(LoginManager):
    """Flask-Login without cookies of its own: our session lasts by itself, and nobody else is remembered."""

    def _update_remember_cookie(self, response: Response) -> Response:
        return response


login_manager = SessionLogin()
# Under which Flask-Login keeps the identity in the session.
LOGIN_KEY = "_user_id"


def init_login(app: Flask) -> None:
    """Load the person named by the session cookie, unless they signed out everywhere since."""
    login_manager.init_app(app)
    # The cookie is signed; binding it to an address would sign people out on every change of network.
    login_manager.session_protection = None
    app.before_request(_know_person)


def _know_person() -> None:
    # A page that anyone may open is in the person's own language too, so they must be known before it is chosen.
    if "_login_user" not in vars(this_page()) and LOGIN_KEY in this_session():
        current_user.is_authenticated  # noqa: B018  loads the person


# Put together once, because every page runs it: ``session.get`` builds its statement anew each time.
_PERSON = select(Person).where(Person.id == bindparam("person_id"))


def _read_identity(identity: str) -> tuple[int, int] | None:
    person_id, _dot, epoch = identity.partition(".")
    return (int(person_id), int(epoch)) if person_id.isdigit() and epoch.isdigit() else None


def person_to_read() -> int | None:
    """Id of the person whom the session names, where nobody has read them in this request; not yet confirmed.

    For a rule that can read them along with something else and hands them to ``confirm_person``.
    """
    if "_login_user" in vars(this_page()):  # past the proxies: every page comes by
        return None
    identity = _read_identity(this_session().get(LOGIN_KEY, ""))
    return None if identity is None else identity[0]


def confirm_person(person: Person) -> None:
    """Sign in the person of ``person_to_read`` for this request, unless they signed out everywhere since."""
    # As Flask-Login does with what ``_load_person`` returns.
    login_manager._update_request_context_with_user(_confirmed(person, session[LOGIN_KEY]))


@login_manager.user_loader
def _load_person(identity: str) -> Person | None:
    named = _read_identity(identity)
    if named is None:
        return None
    return _confirmed(db.session.scalars(_PERSON, {"person_id": named[0]}).one_or_none(), identity)


def _confirmed(person: Person | None, identity: str) -> Person | None:
    if person is None or person.get_id() != identity:
        return None
    g.person_language = person.language
    return person


def start_session(person: Person) -> None:
    """Sign a person in on this browser, in a session of its own.

    The forms of a page that the same person left open before signing in again must still be accepted, so that nothing
    typed is lost: the secret that they carry belongs to the person, not to the session, and ends with
    ``session_epoch``.
    """
    # What a stranger put into this browser's session before must not live on in the person's.
    session.clear()
    session.permanent = True
    key = str(current_app.secret_key).encode()
    session["csrf_token"] = hmac.new(key, f"forms of {person.get_id()}".encode(), "sha256").hexdigest()
    login_user(person)
    speak(person.language)
    remember_device(person.email)


def current_person() -> Person:
    """The person who is signed in; only for views whose rule requires it."""
    return cast(Person, _visitor())


def _visitor() -> Any:
    """Whoever asks, signed in or not: past the proxy where they have been read, as on every page they have."""
    return vars(this_page()).get("_login_user") or current_user._get_current_object()


def local_target(target: str | None) -> str:
    """Where to go next: the page asked for if it is one of ours, else the first page."""
    return target if target and is_local_path(target) else url_for("home.index")


def require_sign_in() -> Response | None:
    """Send a stranger to the sign-in page, and back to this page afterwards."""
    if _visitor().is_authenticated:
        return None
    if wants_json():
        return Response('{"error": "sign-in"}', status=401, content_type="application/json")
    target = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("accounts.sign_in", next=target), 303)


def _administrator(arguments: dict[str, Any]) -> Response | None:
    refusal = require_sign_in()
    if refusal is None and not current_person().is_administrator:
        raise NotAllowed(_("Only administrators can open this page."))
    return refusal


signed_in = Access("anyone signed in", lambda arguments: require_sign_in())
administrators = Access("administrators", _administrator)
