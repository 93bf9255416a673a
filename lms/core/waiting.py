"""What waited on a device and is sent later: only as whoever wrote it, on a phone that others use too."""

from __future__ import annotations

from flask import current_app
from flask_wtf.csrf import CSRFError

from lms.core.current import this_request, wants_json


def is_token_valid() -> bool:
    """True where the request carries the token of its session; for what is exempt, because it answers in its own way."""
    if not current_app.config["WTF_CSRF_ENABLED"]:
        return True
    try:
        current_app.extensions["csrf"].protect()
    except CSRFError:
        return False
    return True


def leave_to_its_writer() -> tuple[dict[str, str], int] | None:
    """Before any rule of access: what waited goes on waiting while somebody else is signed in, or nobody.

    The page that sends it gives up what is refused for another reason (lms/static/offline.js), and a reply was lost where
    the next reader of a shared phone had no place in its edition.
    """
    asked = this_request()
    if asked.method != "POST" or not wants_json() or "operation" not in asked.form or is_token_valid():
        return None
    return {"error": "token"}, 400
