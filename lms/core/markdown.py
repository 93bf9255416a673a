"""Markdown to safe HTML: trusted course texts and untrusted posts go through the same renderer and sanitiser."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markupsafe import Markup, escape
from mdit_py_plugins.container import container_plugin
from mdit_py_plugins.footnote import footnote_plugin

BOXES = ("persona", "example", "key", "practice", "note")

_TAGS = {
    "a", "abbr", "aside", "blockquote", "br", "code", "del", "div", "em", "h2", "h3", "h4", "hr", "li", "ol", "p",
    "pre", "section", "strong", "sub", "sup", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
_ATTRIBUTES = {
    "*": {"class", "id"},
    "a": {"href", "title"},
    "th": {"scope", "style"},
    "td": {"style"},
    "ol": {"start"},
    "div": {"tabindex", "role"},
}


def _box_renderer(kind: str) -> Any:
    def render(self: RendererHTML, tokens: list[Token], index: int, options: Any, env: Any) -> str:
        if tokens[index].nesting != 1:
            return "</aside>\n"
        heading = tokens[index].info.strip()[len(kind) :].strip()
        title = f'<p class="box-title">{escape(heading)}</p>\n' if heading else ""
        return f'<aside class="box box-{kind}">\n{title}'

    return render


def _make_parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "typographer": False}).enable(["table", "strikethrough"])
    parser.use(footnote_plugin)
    for kind in BOXES:
        parser.use(container_plugin, name=kind, render=_box_renderer(kind))
    # A wide table scrolls inside its own box, which the keyboard can reach.
    parser.add_render_rule("table_open", lambda *_: '<div class="table-scroll" tabindex="0" role="group"><table>\n')
    parser.add_render_rule("table_close", lambda *_: "</table></div>\n")
    parser.add_render_rule("th_open", _header_cell)
    parser.add_render_rule("td_open", _data_cell)
    # The default refuses unknown schemes; a glossary link becomes an anchor before the sanitiser sees it.
    accepts = parser.validateLink
    parser.validateLink = lambda url: url.startswith("glossary:") or accepts(url)  # type: ignore[method-assign]
    return parser


def _alignment_class(token: Token) -> str:
    # Inline styles are refused by the content security policy, so an aligned column becomes a class.
    style = str(token.attrs.get("style", ""))
    return ' class="align-end"' if "right" in style else ' class="align-centre"' if "center" in style else ""


def _header_cell(self: RendererHTML, tokens: list[Token], index: int, options: Any, env: Any) -> str:
    return f'<th scope="col"{_alignment_class(tokens[index])}>'


def _data_cell(self: RendererHTML, tokens: list[Token], index: int, options: Any, env: Any) -> str:
    return f"<td{_alignment_class(tokens[index])}>"


_parser = _make_parser()
_GLOSSARY_LINK = re.compile(r'<a href="glossary:([a-z0-9-]+)">')


@lru_cache(maxsize=512)
def _render(source: str, glossary_url: str) -> str:
    html = _parser.render(source)
    html = _GLOSSARY_LINK.sub(rf'<a class="term" href="{escape(glossary_url)}#\1">', html)
    return nh3.clean(html, tags=_TAGS, attributes=_ATTRIBUTES, url_schemes={"http", "https", "mailto"}, link_rel=None)


def render_markdown(source: str, glossary_url: str = "") -> Markup:
    """Safe HTML of a Markdown text: no raw HTML, no scripts, headings from ``h2``.

    Args:
        glossary_url: where ``glossary:`` links lead; the term's key follows after ``#``.
    """
    return Markup(_render(source, glossary_url))  # noqa: S704  sanitised by nh3 just above


def count_words(text: str) -> int:
    """Words as a person counts them: runs of letters and digits, joined by apostrophes and hyphens."""
    return len(re.findall(r"\w+(?:[’'\-‑]\w+)*", text))


def glossary_keys(source: str) -> Mapping[str, int]:
    """Glossary keys that a text refers to, with the line of the first reference."""
    found: dict[str, int] = {}
    for number, line in enumerate(source.splitlines(), start=1):
        for key in re.findall(r"\]\(glossary:([^)\s]+)\)", line):
            found.setdefault(key, number)
    return found
