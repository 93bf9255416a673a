"""Whose pages a device keeps, and whether it saves data."""

from __future__ import annotations

import hashlib
import hmac
import re
from functools import lru_cache
from pathlib import Path

from flask import Flask, Response, request
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from lms.accounts.access import current_person
from lms.accounts.models import Person
from lms.core import clock
from lms.core.current import this_app, this_page, this_request
from lms.core.web import interface_language, wants_json
from lms.offline.services import take_operation

SAVER_COOKIE = "saver"
# Tells the worker whose page it is; see lms/static/sw.js.
PERSON_HEADER = "X-Person"
LONGEST_OPERATION = 40
# As lms/core/markdown.py writes them; what it writes is escaped already.
_PICTURE = re.compile(r'<img src="[^"]*" alt="(?P<words>[^"]*)" loading="lazy">')


def saves_data() -> bool:
    """True where the person, or the browser for them, asked for little data."""
    asked = this_request().environ  # on every page: headers and cookies are read only where they can say something
    if "HTTP_SAVE_DATA" not in asked and SAVER_COOKIE not in asked.get("HTTP_COOKIE", ""):
        return False
    chosen = request.cookies.get(SAVER_COOKIE)
    return chosen == "on" if chosen in ("on", "off") else request.headers.get("Save-Data", "").strip().lower() == "on"


@lru_cache(maxsize=4096)
def _store_name(secret_key: str, identity: str) -> str:
    return hmac.new(secret_key.encode(), f"kept for {identity}".encode(), "sha256").hexdigest()[:16]


def store_of(person: Person) -> str:
    """The name of a person's store on a device. Says nothing about them, and changes when they sign out everywhere."""
    return _store_name(str(this_app().secret_key), person.get_id())


@lru_cache(maxsize=64)
def _build(folder: str, language: str) -> str:
    files = sorted(path for path in Path(folder).iterdir() if path.suffix in (".js", ".css"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in files) + language.encode()).hexdigest()[:8]


def build_of(app: Flask) -> str:
    """This version of Segin in the page's language, as far as a kept page shows it."""
    return _build(app.static_folder or "", interface_language())


def name_person(response: Response) -> Response:
    """Say to the worker whose page this is."""
    person = this_page().__dict__.get("_login_user")  # past the proxies: every answer comes by here
    if person is not None and person.is_authenticated and response.mimetype == "text/html":
        response.headers[PERSON_HEADER] = store_of(person)
    return response


def hold_pictures(response: Response) -> Response:
    """Where data is saved, put each picture into a box that fetches it when it is opened; works without scripts."""
    if saves_data() and response.mimetype == "text/html" and not response.is_streamed and request.endpoint != "static":
        page = response.get_data(as_text=True)
        if "<img " in page:
            response.set_data(_PICTURE.sub(_held, page))
    return response


def _held(found: re.Match[str]) -> str:
    words = found["words"] or _("no description")
    label = _("Show the picture: %(words)s", words=words)
    # A lazy picture inside a closed box is not fetched.
    return f'<details class="picture"><summary>{label}</summary>{found[0]}</details>'


def refuse_second_time() -> AnyResponse | tuple[dict[str, str], int] | None:
    """Before a form's view: one that waited on a device is taken once, however often it is sent."""
    asked = this_request()
    if asked.method != "POST":
        return None
    operation = asked.form.get("operation", "")
    if not 8 <= len(operation) <= LONGEST_OPERATION or not current_user.is_authenticated:
        return None
    if take_operation(current_person(), operation, clock.now()):
        return None
    message = _("This was sent before, and is there.")
    if wants_json():
        return {"message": message}, 200
    return AnyResponse(message, status=200, content_type="text/plain; charset=utf-8")
