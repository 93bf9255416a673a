"""The Flask application, without what only other apps need."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask

from lms.core.sessions import CookieSessions


class Application(Flask):
    """A Flask app with sessions of our own, whose functions are all ordinary ones."""

    session_interface = CookieSessions()

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function itself: none here is a coroutine, and asking costs a dozen times a request."""
        return func
