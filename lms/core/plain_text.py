"""What a person typed, in letters alone: for mail, and for lists in which a message is one of many."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from markdown_it.token import Token

from lms.core.markdown import parse_typed


@lru_cache(maxsize=256)
def typed_as_text(source: str) -> str:
    """What ``render_typed`` shows without the signs of Markdown, its paragraphs parted by an empty line.

    Items of a list and rows of a table are lines, a quotation has a bar before each line, an address follows its words.
    """
    writer = _Writer()
    for token in parse_typed(source):
        writer.take(token)
    return "\n\n".join("\n".join(lines) for lines in writer.paragraphs)


class _Writer:
    """Makes ``paragraphs``, each of its lines, of the tokens that it is given in their order."""

    def __init__(self) -> None:
        self.paragraphs: list[list[str]] = []
        self._lists: list[int] = []  # the number of the next item of each, 0 where items have none
        self._mark = ""  # what stands before the next words
        self._quotes = 0
        self._cells: list[str] | None = None
        self._goes_on = False  # the next lines belong to the last paragraph

    def take(self, token: Token) -> None:
        """Write what a token says; most say nothing."""
        step = getattr(self, f"_{token.type}", None)
        if step is not None:
            step(token)

    def _bullet_list_open(self, token: Token) -> None:
        self._goes_on = bool(self._lists)
        self._lists.append(int(token.attrs.get("start", 1)) if token.type == "ordered_list_open" else 0)

    def _bullet_list_close(self, _token: Token) -> None:
        self._lists.pop()
        self._goes_on = bool(self._lists)

    _ordered_list_open, _ordered_list_close = _bullet_list_open, _bullet_list_close

    def _list_item_open(self, _token: Token) -> None:
        number = self._lists[-1]
        self._mark = "  " * (len(self._lists) - 1) + (f"{number}. " if number else "– ")
        self._lists[-1] += bool(number)

    def _blockquote_open(self, token: Token) -> None:
        self._quotes += token.nesting
        self._goes_on = False

    _blockquote_close = _blockquote_open

    def _table_open(self, _token: Token) -> None:
        self._goes_on = False

    _table_close = _table_open

    def _tr_open(self, _token: Token) -> None:
        self._cells = []

    def _tr_close(self, _token: Token) -> None:
        row, self._cells = self._cells or [], None
        self._write(" · ".join(filter(None, row)))
        self._goes_on = True

    def _inline(self, token: Token) -> None:
        if self._cells is None:
            self._write(_words_of(token))
        else:
            self._cells.append(_words_of(token))

    def _fence(self, token: Token) -> None:
        self._write(token.content.rstrip("\n"))

    def _write(self, said: str) -> None:
        # What follows in an item stands below its words.
        below = said.replace("\n", "\n" + " " * len(self._mark))
        lines = [f"{'│ ' * self._quotes}{line}" for line in f"{self._mark}{below}".split("\n")]
        if self._goes_on and self.paragraphs:
            self.paragraphs[-1] += lines
        else:
            self.paragraphs.append(lines)
        self._mark, self._goes_on = "", bool(self._lists)


def _words_of(inline: Token) -> str:
    said, address, begin = "", "", 0
    for token in inline.children or []:
        if token.type in ("softbreak", "hardbreak"):
            said += "\n"
        elif token.type == "link_open":
            address, begin = str(token.attrs.get("href", "")).removeprefix("mailto:"), len(said)
        elif token.type == "link_close":
            said += f" ({address})" if said[begin:] != address else ""
        else:
            said += token.content
    return said


# Joiners shape Persian and Indic words; every other invisible character could only disguise one.
_JOINERS = "\u200c\u200d"
# Letters and signs that show nothing: fillers of Hangul and Khmer, the empty cell of Braille, the grapheme joiner.
_BLANKS = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"


def visible_line(text: str) -> str:
    """The text on one line, single-spaced, with nothing invisible in it; joiners stay between letters alone."""
    seen = [
        one
        for one in text
        if one in _JOINERS or one.isspace() or (unicodedata.category(one) not in ("Cc", "Cf") and one not in _BLANKS)
    ]
    between = [" ", *seen, " "]
    kept = (
        one
        for before, one, after in zip(between[:-2], seen, between[2:], strict=True)
        if one not in _JOINERS or (_is_letter(before) and _is_letter(after))
    )
    return " ".join("".join(kept).split())


def _is_letter(sign: str) -> bool:
    return unicodedata.category(sign)[0] in "LM"


def on_one_line(text: str) -> str:
    """The text with one blank between its words, those that keep words together as they were written.

    French has one before a colon and between the digits of a number.
    """
    return re.sub(r"[^\S\u00a0\u202f]+", " ", text).strip(" ")
