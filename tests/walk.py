"""Walks the pages as somebody would, by following links: one page for each endpoint that the person can reach."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

from flask import Flask
from werkzeug.exceptions import HTTPException

_LINK = re.compile(r'<a\b[^>]*?\bhref="([^"#]+)')


def pages_of(app: Flask, get: Callable[[str], Any], starts: Sequence[str]) -> dict[str, str]:
    """HTML pages reached from ``starts`` by links within the site: addresses by endpoint, the first of each.

    Args:
        get: fetches a path and returns the test client's response.

    Raises:
        AssertionError: if a link leads to a page that the person may not open, or to a fault.
    """
    adapter = app.url_map.bind("localhost")
    found: dict[str, str] = {}
    seen: set[str] = set()
    waiting = list(starts)
    while waiting:
        path = waiting.pop(0)
        endpoint = _endpoint(adapter, path)
        if endpoint is None or endpoint == "static" or endpoint in seen:
            continue
        seen.add(endpoint)
        response = get(path)
        if response.status_code in (302, 303):
            waiting.append(_local(path, response.location))
            continue
        assert response.status_code == 200, f"{path} answers {response.status_code}"
        if response.mimetype != "text/html":
            continue
        found[endpoint] = path
        links = [unescape(link) for link in _LINK.findall(response.get_data(as_text=True))]
        waiting += [_local(path, link) for link in links if _is_local(link)]
    return found


def _endpoint(adapter: Any, path: str) -> str | None:
    try:
        endpoint, _arguments = adapter.match(urlsplit(path).path, method="GET")
    except HTTPException:
        return None
    return str(endpoint)


def _is_local(link: str) -> bool:
    parts = urlsplit(link)
    return parts.scheme in ("", "http", "https") and parts.netloc in ("", "localhost")


def _local(base: str, link: str) -> str:
    parts = urlsplit(urljoin(base, link))
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


@dataclass
class Form:
    """A form that is sent by POST: its address, what it carries hidden, and whether somebody writes in it."""

    action: str
    values: dict[str, str] = field(default_factory=dict)
    is_written_in: bool = False


class _Forms(HTMLParser):
    # What is no text, and what is.
    _CHOICES = frozenset({"hidden", "checkbox", "radio", "submit", "button"})

    def __init__(self, path: str) -> None:
        super().__init__()
        self.path = path
        self.found: list[Form] = []
        self._form: Form | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "form":
            self._form = Form(_local(self.path, values.get("action") or self.path))
            if values.get("method") == "post":
                self.found.append(self._form)
        elif self._form is not None and tag == "textarea":
            self._form.is_written_in = True
        elif self._form is not None and tag == "input":
            kind = values.get("type") or "text"
            self._form.is_written_in |= kind not in self._CHOICES
            if kind == "hidden" and values.get("name"):
                self._form.values[str(values["name"])] = values.get("value") or ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None


def forms_of(path: str, html: str) -> list[Form]:
    """The forms of a page in which something is written, in their order."""
    reader = _Forms(path)
    reader.feed(html)
    return [form for form in reader.found if form.is_written_in]
