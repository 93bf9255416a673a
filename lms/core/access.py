"""Every route names who may use it. A route that does not is refused, and a test fails on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Flask, abort

from lms.core.current import this_app, this_request

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Access:
    """Who may use a route. ``check`` gets the route's arguments and raises, or returns a response, to refuse."""

    name: str
    check: Callable[[dict[str, Any]], Any]


def allow(access: Access) -> Callable[[View], View]:
    """Name who may use a view; stands directly above the function."""

    def mark(view: View) -> View:
        view.access = access  # type: ignore[attr-defined]
        return view

    return mark


anyone = Access("anyone", lambda arguments: None)


def access_of(app: Flask, endpoint: str) -> Access | None:
    """The rule that a route names, or ``None``."""
    return getattr(app.view_functions[endpoint], "access", None)


def enforce_access() -> Any:
    """Before each request: apply the rule that its route names."""
    asked = this_request()  # past the proxies: every request comes by
    rule = asked.url_rule
    if rule is None or rule.endpoint == "static":
        return None
    access = access_of(this_app(), rule.endpoint)
    if access is None:
        abort(500, f"{rule.endpoint} does not say who may use it")
    return access.check(asked.view_args or {})
