"""What is being answered, past Flask's proxies: for what every request comes by.

Measured: each look through a proxy costs some forty instructions, and a whole quiz took five hundred.
"""

from __future__ import annotations

from typing import Any

from flask import Flask, Request, current_app, g, request, session
from flask.sessions import SessionMixin

_app: Any = current_app
_request: Any = request
_session: Any = session
_page: Any = g


def this_app() -> Flask:
    """The app that answers."""
    return _app._get_current_object()  # type: ignore[no-any-return]


def this_request() -> Request:
    """The request that is answered."""
    return _request._get_current_object()  # type: ignore[no-any-return]


def this_session() -> SessionMixin:
    """The session of whoever asks."""
    return _session._get_current_object()  # type: ignore[no-any-return]


def this_page() -> Any:
    """What is known while one request is answered: Flask's ``g``."""
    return _page._get_current_object()


def wants_json() -> bool:
    """True where the page's own script asked, so that a failure can be told in place."""
    return this_request().accept_mimetypes.best == "application/json"
