"""What changed between two versions of a text, paragraph by paragraph and word by word."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

# Beyond this many words a pair of paragraphs is shown as one taken out and one put in: comparing is quadratic.
_MOST_WORDS = 2000
# Beyond this many paragraphs the same holds for the text.
_MOST_PARAGRAPHS = 2000
_WORD = re.compile(r"\S+\s*")
_Tag = Literal["replace", "delete", "insert", "equal"]


class Change(enum.StrEnum):
    """What became of a piece of text."""

    KEPT = "kept"
    GONE = "gone"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words that were kept, taken out or put in."""

    change: Change
    text: str


def changes_between(old: str, new: str) -> list[list[Piece]]:
    """Each paragraph of both texts as pieces; without what went it is the new text, without what came the old one."""
    before, after = old.split("\n"), new.split("\n")
    return list(_paragraphs(before, after))


def _paragraphs(before: Sequence[str], after: Sequence[str]) -> Iterator[list[Piece]]:
    for tag, i, j, k, m in _steps(before, after, _MOST_PARAGRAPHS):
        if tag == "equal":
            yield from ([Piece(Change.KEPT, text)] for text in before[i:j])
            continue
        gone, new = before[i:j], after[k:m]
        shared = min(len(gone), len(new))
        yield from (_words(one, other) for one, other in zip(gone, new, strict=False))
        yield from ([Piece(Change.GONE, text)] for text in gone[shared:])
        yield from ([Piece(Change.NEW, text)] for text in new[shared:])


def _words(old: str, new: str) -> list[Piece]:
    before, after = _WORD.findall(old), _WORD.findall(new)
    if "".join(before) != old or "".join(after) != new:  # spaces before the first word
        return [Piece(Change.GONE, old), Piece(Change.NEW, new)]
    pieces = []
    for tag, i, j, k, m in _steps(before, after, _MOST_WORDS):
        if tag == "equal":
            pieces.append(Piece(Change.KEPT, "".join(before[i:j])))
            continue
        if i < j:
            pieces.append(Piece(Change.GONE, "".join(before[i:j])))
        if k < m:
            pieces.append(Piece(Change.NEW, "".join(after[k:m])))
    return pieces


def _steps(before: Sequence[str], after: Sequence[str], most: int) -> Sequence[tuple[_Tag, int, int, int, int]]:
    if len(before) > most or len(after) > most:
        return [("replace", 0, len(before), 0, len(after))]
    return SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
