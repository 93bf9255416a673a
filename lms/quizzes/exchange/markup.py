"""HTML from outside as a small tree: cleaned first, so that nothing that runs is ever looked at."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TypeAlias

import nh3

MAX_DEPTH = 60

_KEPT = {
    "a", "abbr", "b", "blockquote", "br", "caption", "cite", "code", "dd", "del", "div", "dl", "dt", "em", "figcaption",
    "figure", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "kbd", "li", "ol", "p", "pre", "q", "s", "samp", "small",
    "span", "strike", "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "tt", "u", "ul", "var",
    "font", "center", "section", "article", "header", "footer", "main", "nav", "aside", "address",
}  # fmt: skip
_EMPTY = frozenset({"br", "hr", "img"})
# What an author put there to be seen or used and that has no place in a question here.
_ACTIVE = re.compile(
    r"<\s*(script|iframe|object|embed|applet|form|input|button|select|textarea|audio|video|canvas|svg|math|style|link|meta)\b"
    r"|\son[a-z]+\s*=|javascript:",
    re.IGNORECASE,
)
_STYLED = re.compile(r"<font\b|\bstyle\s*=\s*[\"'][^\"']*\b(color|background|font-size)\s*:", re.IGNORECASE)


@dataclass(slots=True)
class Tag:
    """An element with what it holds, in order."""

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    parts: list[Part] = field(default_factory=list)


Part: TypeAlias = "Tag | str"


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Tag("div")
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        made = Tag(tag, {name: value or "" for name, value in attrs})
        # What is nested deeper stands beside instead, so that no page can exhaust the stack.
        self._open[min(len(self._open), MAX_DEPTH) - 1].parts.append(made)
        if tag not in _EMPTY:
            self._open.append(made)

    def handle_endtag(self, tag: str) -> None:
        if tag not in _EMPTY and len(self._open) > 1:
            self._open.pop()  # the sanitiser closed everything in order

    def handle_data(self, data: str) -> None:
        self._open[min(len(self._open), MAX_DEPTH) - 1].parts.append(data)


def parse_html(html: str) -> Tag:
    """A harmless tree of the HTML: scripts, handlers, forms and what is embedded are gone, addresses are as written."""
    builder = _Builder()
    builder.feed(
        nh3.clean(
            html,
            tags=_KEPT,
            clean_content_tags={"script", "style"},
            attributes={"a": {"href"}, "img": {"src", "alt"}, "ol": {"start"}, "*": {"class", "lang"}},
            url_schemes={"http", "https", "mailto", "data", "picture", "glossary"},
            link_rel=None,
        )
    )
    builder.close()
    return builder.root


def has_active_parts(html: str) -> bool:
    """True where the cleaning takes something away that was there to run, to play or to be filled in."""
    return _ACTIVE.search(html) is not None


def has_styling(html: str) -> bool:
    """True where colours or sizes of letters are set, which could carry a meaning."""
    return _STYLED.search(html) is not None
