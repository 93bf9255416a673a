"""The Flask application: without what only other apps need, and deaf to what no person sends."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask, Request
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.routing import IntegerConverter

from lms.core.db import LARGEST_ID
from lms.core.sessions import CookieSessions


class Parameters(ImmutableMultiDict[str, Any]):
    """What an address or a form carries, without NUL: it means nothing in a text, and PostgreSQL keeps none."""

    def __init__(self, pairs: Iterable[tuple[str, Any]] | None = None) -> None:
        super().__init__([(name, _without_nul(value)) for name, value in pairs or ()])


def _without_nul(value: Any) -> Any:
    return value.replace("\0", "") if isinstance(value, str) and "\0" in value else value


class TextRequest(Request):
    """A request whose parameters are texts that any database takes."""

    parameter_storage_class = Parameters


class Number(IntegerConverter):
    """A number in an address; one that no row can have leads to no page."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **{"max": LARGEST_ID, **options})


class Application(Flask):
    """A Flask app with sessions and requests of our own, whose functions are all ordinary ones."""

    session_interface = CookieSessions()
    request_class = TextRequest

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.url_map.converters["int"] = Number

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function itself: none here is a coroutine, and asking costs a dozen times a request."""
        return func
