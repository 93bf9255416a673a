"""What changed between two texts, line by line and then word by word, for people to read."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

# Words carry the spaces after them: a space of its own would match every other one, which is slow and reads badly.
_WORD = re.compile(r"\n|\S+[^\S\n]*|[^\S\n]+")
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
# Comparing takes time that grows with both texts; beyond this they are shown as one taken out and one put in.
_MOST_PAIRS = 4_000_000
# Of lines that did not change, so many are shown around those that did.
CONTEXT = 1

_Tag = Literal["replace", "delete", "insert", "equal"]


class Change(enum.StrEnum):
    """What became of a piece of text."""

    SAME = "same"
    GONE = "gone"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text that is in both texts, only in the old one, or only in the new one."""

    change: Change
    text: str


@dataclass(frozen=True, slots=True)
class Passage:
    """Lines that belong together, with their line ends."""

    pieces: tuple[Piece, ...]

    @property
    def is_same(self) -> bool:
        """True where nothing changed."""
        return all(piece.change is Change.SAME for piece in self.pieces)


def compare_words(old: str, new: str) -> list[Piece]:
    """Two texts as one, in reading order: without what is new it is the old one, without what is gone the new one."""
    before, after = _WORD.findall(old), _WORD.findall(new)
    pieces = []
    for tag, i, j, k, m in _steps(before, after):
        if tag == "equal":
            pieces.append(Piece(Change.SAME, "".join(before[i:j])))
            continue
        if i < j:
            pieces.append(Piece(Change.GONE, "".join(before[i:j])))
        if k < m:
            pieces.append(Piece(Change.NEW, "".join(after[k:m])))
    return pieces


def compare_lines(old: str, new: str) -> list[Passage]:
    """Two texts as one, as ``compare_words``: a passage for each line in both, and for each run of lines that changed."""
    return list(_passages(_LINE.findall(old), _LINE.findall(new)))


def _passages(before: Sequence[str], after: Sequence[str]) -> Iterator[Passage]:
    for tag, i, j, k, m in _steps(before, after):
        if tag == "equal":
            yield from (Passage((Piece(Change.SAME, line),)) for line in before[i:j])
        else:
            yield Passage(tuple(compare_words("".join(before[i:j]), "".join(after[k:m]))))


def compare_in_context(old: str, new: str) -> list[Passage | None]:
    """The passages that changed, each with a line around it; ``None`` stands for what is left out."""
    passages = compare_lines(old, new)
    near = {
        place
        for number, passage in enumerate(passages)
        if not passage.is_same
        for place in range(number - CONTEXT, number + CONTEXT + 1)
    }
    shown: list[Passage | None] = []
    for number, passage in enumerate(passages):
        if number in near:
            shown.append(passage)
        elif shown[-1:] != [None]:
            shown.append(None)
    return shown


def _steps(before: Sequence[str], after: Sequence[str]) -> Sequence[tuple[_Tag, int, int, int, int]]:
    if len(before) * len(after) > _MOST_PAIRS:
        return [("replace", 0, len(before), 0, len(after))]
    return SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
