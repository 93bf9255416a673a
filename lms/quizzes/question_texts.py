"""The texts of questions: Markdown that stays a line of text wherever it is one."""

from __future__ import annotations

import re
from functools import lru_cache

from markupsafe import Markup

from lms.core.markdown import render_markdown

# Under this address the pictures of questions are kept.
PICTURES = "/question-pictures/"
# Anything that Markdown could mean something by; most texts have nothing of it.
_MARKS = re.compile(r"[*_`\[\]<>#~|\\\n&]|^\s*[-+=:>\d]|https?:")
# What begins a list, a heading or a box at the beginning of a line: an option may well be “1. January” or “- 5”.
_BLOCK_MARK = re.compile(
    r"(?P<number>\d{1,9})[.)](?=\s|$)|(?:#{1,6}|[-+*])(?=\s|$)|>|:::|```|~~~|([-*_])(?:\s*\2){2,}\s*$|\[[^\]]*\]:"
)
_PARAGRAPHS = re.compile(r"</p>\s*<p>")


@lru_cache(maxsize=4096)
def question_html(source: str) -> Markup:
    """Safe HTML of a question's text. A single line never becomes a list or a heading, paragraphs are lines apart.

    What is more than paragraphs (lists, tables) stays blocks. A question is the same in every edition, so nothing of one is
    filled in (``lms.courses.domain.placeholders``).
    """
    if not _MARKS.search(source):
        return Markup.escape(source)
    text = source.strip()
    html = str(render_markdown(text if "\n" in text else _as_line(text), pictures=PICTURES, is_filled=False)).strip()
    inside = html.removeprefix("<p>").removesuffix("</p>")
    joined = _PARAGRAPHS.sub("<br><br>", inside)
    is_only_paragraphs = html.startswith("<p>") and html.endswith("</p>") and "<p>" not in joined
    blocks = re.search(r"</?(?:ul|ol|table|div|blockquote|h[2-4]|pre|aside|hr|section)\b", joined)
    return Markup(joined if is_only_paragraphs and not blocks else html)  # noqa: S704  sanitised by render_markdown


def _as_line(text: str) -> str:
    """A line whose beginning means nothing to Markdown but itself."""
    match = _BLOCK_MARK.match(text)
    if match is None:
        return text
    place = len(match["number"] or "")
    return f"{text[:place]}\\{text[place:]}"
