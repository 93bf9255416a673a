"""Markdown to safe HTML: trusted course texts and untrusted posts go through the same renderer and sanitiser."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from typing import Any

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markupsafe import Markup, escape
from mdit_py_plugins.container import container_plugin
from mdit_py_plugins.footnote import footnote_plugin

BOXES = ("persona", "example", "key", "practice", "note", "video")
GLOSSARY_SCHEME = "glossary:"
# Pictures that are kept here: ``![what it shows](picture:<digest>)``. No others are drawn.
PICTURE_SCHEME = "picture:"

_TAGS = {
    "a", "abbr", "aside", "blockquote", "br", "code", "del", "details", "div", "em", "h2", "h3", "h4", "hr", "img", "li", "ol", "p",
    "pre", "section", "strong", "sub", "summary", "sup", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
_ATTRIBUTES = {
    "*": {"class", "id"},
    "a": {"href", "title", "aria-label"},
    "th": {"scope", "style"},
    "td": {"style"},
    "img": {"src", "alt", "loading"},
    "ol": {"start"},
    "div": {"tabindex", "role", "aria-label"},
    "section": {"aria-label"},
}


@dataclass(frozen=True, slots=True)
class Words:
    """The few words that the renderer itself adds, in the reader's language.

    ``boxes`` are titles, by kind, of boxes to which the author gave none; ``transcript`` opens that of a film; ``note`` and ``back`` hold ``{}`` for the
    note's number.
    """

    notes: str = "Notes"
    note: str = "Note {}"
    back: str = "Back to the text of note {}"
    boxes: tuple[tuple[str, str], ...] = ()
    transcript: str = "What is said and shown"


def _box_renderer(kind: str) -> Any:
    def render(self: RendererHTML, tokens: list[Token], index: int, options: Any, env: Any) -> str:
        if tokens[index].nesting != 1:
            return "</aside>\n"
        heading = tokens[index].info.strip()[len(kind) :].strip() or dict(env["words"].boxes).get(kind, "")
        title = f'<p class="box-title">{escape(heading)}</p>\n' if heading else ""
        return f'<aside class="box box-{kind}">\n{title}'

    return render


def _fold_transcripts(state: StateCore) -> None:
    """In a box of a film, what follows its first paragraph is the transcript: it opens in its place."""
    tokens: list[Token] = []
    waits = is_open = False
    for token in state.tokens:
        if token.type == "container_video_open":
            waits = True
        elif token.type == "container_video_close":
            if is_open:
                tokens.append(Token("transcript_close", "details", -1, block=True))
            waits = is_open = False
        elif waits and not is_open and tokens and tokens[-1].type == "paragraph_close":
            tokens.append(Token("transcript_open", "details", 1, block=True))
            waits, is_open = False, True
        tokens.append(token)
    state.tokens = tokens


def _transcript(self: RendererHTML, tokens: list[Token], index: int, options: Any, env: Any) -> str:
    return f'<details class="transcript"><summary>{escape(env["words"].transcript)}</summary>\n'


def _make_parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "typographer": False}).enable(["table", "strikethrough"])
    parser.use(footnote_plugin)
    for kind in BOXES:
        parser.use(container_plugin, name=kind, render=_box_renderer(kind))
    parser.core.ruler.push("transcripts", _fold_transcripts)
    parser.add_render_rule("transcript_open", _transcript)
    parser.add_render_rule("table_open", _table)
    parser.add_render_rule("table_close", lambda *_: "</table></div>\n")
    parser.add_render_rule("th_open", _header_cell)
    parser.add_render_rule("td_open", _data_cell)
    parser.add_render_rule("link_open", _link)
    parser.add_render_rule("image", _image)
    parser.add_render_rule("footnote_ref", _footnote_reference)
    parser.add_render_rule("footnote_anchor", _footnote_back_link)
    parser.add_render_rule("footnote_block_open", _footnotes)
    # The default refuses unknown schemes; a glossary link becomes an anchor before the sanitiser sees it.
    accepts = parser.validateLink
    own = (GLOSSARY_SCHEME, PICTURE_SCHEME)
    parser.validateLink = lambda url: url.startswith(own) or accepts(url)  # type: ignore[method-assign]
    return parser


def _table(self: RendererHTML, tokens: list[Token], index: int, options: Any, env: Any) -> str:
    """A wide table scrolls inside its own box, which the keyboard can reach, called by the heads of its columns."""
    heads = []
    for token in tokens[index:]:
        if token.type == "thead_close":
            break
        if token.type == "inline":
            heads.append(self.renderInlineAsText(token.children or [], options, env).strip())
    name = escape(", ".join(filter(None, heads)) or "–")
    return f'<div class="table-scroll" tabindex="0" role="group" aria-label="{name}"><table>\n'


def _alignment_class(token: Token) -> str:
    # Inline styles are refused by the content security policy, so an aligned column becomes a class.
    style = str(token.attrs.get("style", ""))
    return ' class="align-end"' if "right" in style else ' class="align-centre"' if "center" in style else ""


def _header_cell(self: RendererHTML, tokens: list[Token], index: int, options: Any, env: Any) -> str:
    return f'<th scope="col"{_alignment_class(tokens[index])}>'


def _data_cell(self: RendererHTML, tokens: list[Token], index: int, options: Any, env: Any) -> str:
    return f"<td{_alignment_class(tokens[index])}>"


def _link(self: RendererHTML, tokens: list[Token], index: int, options: Any, env: Any) -> str:
    address = str(tokens[index].attrs.get("href", ""))
    if not address.startswith(GLOSSARY_SCHEME):
        return self.renderToken(tokens, index, options, env)
    key = address.removeprefix(GLOSSARY_SCHEME)
    meaning = env["terms"].get(key)
    title = f' title="{escape(meaning)}"' if meaning else ""
    return f'<a class="term" href="{escape(env["glossary_url"])}#{escape(key)}"{title}>'


def _image(self: RendererHTML, tokens: list[Token], index: int, options: Any, env: Any) -> str:
    address, folder = str(tokens[index].attrs.get("src", "")), env.get("pictures", "")
    if not folder or not address.startswith(PICTURE_SCHEME):
        return ""
    words = self.renderInlineAsText(tokens[index].children or [], options, env)
    return f'<img src="{escape(folder + address.removeprefix(PICTURE_SCHEME))}" alt="{escape(words)}" loading="lazy">'


def _footnote_ids(token: Token) -> tuple[int, str]:
    # A note that is referred to again has a place of its own to come back to.
    number = int(token.meta["id"]) + 1
    again = int(token.meta.get("subId", 0))
    return number, f"{number}-{again}" if again > 0 else str(number)


def _footnote_reference(self: RendererHTML, tokens: list[Token], index: int, options: Any, env: Any) -> str:
    number, place = _footnote_ids(tokens[index])
    label = escape(env["words"].note.format(number))
    return f'<sup class="footnote-ref"><a href="#fn{number}" id="fnref{place}" aria-label="{label}">{number}</a></sup>'


def _footnote_back_link(self: RendererHTML, tokens: list[Token], index: int, options: Any, env: Any) -> str:
    number, place = _footnote_ids(tokens[index])
    label = escape(env["words"].back.format(number))
    # The variation selector keeps phones from drawing the arrow as a coloured picture.
    return f' <a href="#fnref{place}" class="footnote-back" aria-label="{label}">↩\ufe0e</a>'


def _footnotes(self: RendererHTML, tokens: list[Token], index: int, options: Any, env: Any) -> str:
    return f'<hr class="footnotes-sep"><section class="footnotes" aria-label="{escape(env["words"].notes)}">\n<ol>\n'


def _make_typed_parser() -> MarkdownIt:
    # A line that somebody indented is no program, and a line that somebody ended ends.
    parser = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable(["table", "strikethrough"])
    parser.disable(["code", "image"])
    parser.add_render_rule("table_open", _table)
    parser.add_render_rule("table_close", lambda *_: "</table></div>\n")
    parser.add_render_rule("th_open", _header_cell)
    parser.add_render_rule("td_open", _data_cell)
    parser.add_render_rule("heading_open", lambda _self, tokens, index, *_: f"<{_below_the_page(tokens[index])}>")
    parser.add_render_rule("heading_close", lambda _self, tokens, index, *_: f"</{_below_the_page(tokens[index])}>\n")
    return parser


def _below_the_page(heading: Token) -> str:
    """The level of a heading that somebody typed: below those of the page on which it stands."""
    return "h3" if heading.tag in ("h1", "h2") else "h4"


_INSIDE_WORDS = ("Mn", "Mc", "Me", "Cf")

# Cells that a table's lines leave out are filled in. Without an end to it, a message of 10,000 signs becomes a page of
# 700 kB, on which the server works for seconds; whoever writes a table by hand leaves out a few.
import_module("markdown_it.rules_block.table").MAX_AUTOCOMPLETED_CELLS = 1000  # type: ignore[attr-defined]

_parser = _make_parser()
_typed_parser = _make_typed_parser()


@lru_cache(maxsize=512)
def _render(source: str, glossary_url: str, terms: tuple[tuple[str, str], ...], words: Words, pictures: str) -> str:
    html = _parser.render(
        source, {"glossary_url": glossary_url, "terms": dict(terms), "words": words, "pictures": pictures}
    )
    schemes = {"http", "https", "mailto"} | ({"picture"} if pictures == PICTURE_SCHEME else set())
    return nh3.clean(html, tags=_TAGS, attributes=_ATTRIBUTES, url_schemes=schemes, link_rel=None)


def _as_typed(source: str) -> str:
    return source


_filler: Callable[[str], str] = _as_typed


def fill_with(filler: Callable[[str], str]) -> None:
    """Let a function say what ``{{…}}`` stands for in the texts of courses, on the page that is being made."""
    global _filler
    _filler = filler


def filled(source: str) -> str:
    """A course's text with what differs from edition to edition."""
    return _filler(source) if "{{" in source else source


def render_markdown(
    source: str,
    glossary_url: str = "",
    terms: Mapping[str, str] | None = None,
    words: Words | None = None,
    pictures: str = "",
    is_filled: bool = True,
) -> Markup:
    """Safe HTML of a Markdown text: no raw HTML, no scripts, headings from ``h2``. Rendered texts are kept in memory.

    Args:
        glossary_url: where ``glossary:`` links lead; the term's key follows after ``#``.
        terms: meanings by key, shown when a pointer rests on a glossary link.
        words: what the renderer adds, in the reader's language; English where ``None``.
        pictures: what an address of a kept picture begins with, before its digest; none are drawn where it is empty.
        is_filled: put in what differs from edition to edition; a caller that keeps the HTML for all of them must not.
    """
    html = _render(
        filled(source) if is_filled else source,
        glossary_url,
        tuple(sorted((terms or {}).items())),
        words or Words(),
        pictures,
    )
    return Markup(html)  # noqa: S704  sanitised by nh3 just above


@lru_cache(maxsize=256)
def render_typed(source: str) -> Markup:
    """Safe HTML of what a person typed: Markdown where they used it, every line break kept."""
    html = _typed_parser.render(source)
    safe = nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes={"http", "https", "mailto"},
        link_rel="nofollow noreferrer",
    )
    return Markup(safe)  # noqa: S704  sanitised by nh3 just above


def parse_typed(source: str) -> Sequence[Token]:
    """The tokens of what a person typed."""
    return _typed_parser.parse(source)


def parse_markdown(source: str) -> tuple[Sequence[Token], Mapping[str, Any]]:
    """The tokens of a Markdown text and what the parser learnt on the way (footnotes), to check it by."""
    env: dict[str, Any] = {}
    return _parser.parse(source, env), env


def count_words(text: str) -> int:
    """Words as a person counts them: runs of letters and digits, joined by apostrophes and hyphens.

    Vowel signs, accents that stand alone and invisible joiners do not split a word. ``static/draft.js`` counts alike.
    """
    if not text.isascii():
        text = "".join(letter for letter in text if unicodedata.category(letter) not in _INSIDE_WORDS)
    return len(re.findall(r"\w+(?:[’'\-‑]\w+)*", text))


def glossary_keys(source: str) -> Mapping[str, int]:
    """Glossary keys that a text refers to, with the line of the first reference."""
    found: dict[str, int] = {}
    for number, line in enumerate(source.splitlines(), start=1):
        for key in re.findall(r"\]\(glossary:([^)\s]+)\)", line):
            found.setdefault(key, number)
    return found
