"""The Flask application: without what only other apps need, and deaf to what no person sends."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property, lru_cache
from typing import Any

from flask import Flask, Request, has_request_context
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.routing import IntegerConverter

from lms.core.current import this_request
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


_SPECIAL = frozenset({"_anchor", "_method", "_scheme", "_external"})


class Application(Flask):
    """A Flask app with sessions and requests of our own, whose functions are all ordinary ones."""

    session_interface = CookieSessions()
    request_class = TextRequest

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.url_map.converters["int"] = Number

    def url_for(self, /, endpoint: str, **values: Any) -> str:
        """An address. One of this site, without an anchor or the like, is built once in a process."""
        if None in values.values():
            values = {name: value for name, value in values.items() if value is not None}
        if not has_request_context() or not _SPECIAL.isdisjoint(values):
            return super().url_for(endpoint, **values)
        asked = this_request()  # past the proxy, as wherever every page comes by
        if endpoint[0] == ".":
            endpoint = f"{asked.blueprint}{endpoint}"
        try:
            return self._address(asked.root_path, endpoint, tuple(values.items()))
        except TypeError:  # a value that cannot be kept, for instance a list
            return super().url_for(endpoint, **values)

    @cached_property
    def _address(self) -> Callable[[str, str, tuple[tuple[str, Any], ...]], str]:
        build = super().url_for
        return lru_cache(maxsize=8192)(lambda root, endpoint, values: build(endpoint, **dict(values)))

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function itself: none here is a coroutine, and asking costs a dozen times a request."""
        return func
