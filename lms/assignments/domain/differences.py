"""What changed between two texts, paragraph by paragraph and then word by word, for people to read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

Kind = Literal["same", "added", "removed"]
_WORD = re.compile(r"\s+|[^\s]+")
# Comparing word by word takes time that grows with both texts; beyond this a paragraph is shown as a whole.
_MOST_PAIRS = 4_000_000
# Of paragraphs that did not change, so many are shown around those that did.
CONTEXT = 1


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text that is in both texts, only in the new one, or only in the old one."""

    kind: Kind
    text: str


@dataclass(frozen=True, slots=True)
class Passage:
    """Lines that belong together. ``is_same`` ones have one piece, and may be left out when shown."""

    pieces: tuple[Piece, ...]

    @property
    def is_same(self) -> bool:
        """True where nothing changed."""
        return all(piece.kind == "same" for piece in self.pieces)


def differences(before: str, after: str) -> list[Passage]:
    """The two texts as one: putting together what is not added gives ``before``, what is not removed ``after``."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    passages = []
    for tag, old_from, old_to, new_from, new_to in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            passages += [Passage((Piece("same", line),)) for line in old[old_from:old_to]]
        else:
            passages.append(Passage(tuple(_words("".join(old[old_from:old_to]), "".join(new[new_from:new_to])))))
    return passages


def _words(before: str, after: str) -> Iterator[Piece]:
    old, new = _WORD.findall(before), _WORD.findall(after)
    if len(old) * len(new) > _MOST_PAIRS:
        yield from _changed(old, new)
        return
    for tag, old_from, old_to, new_from, new_to in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            yield Piece("same", "".join(old[old_from:old_to]))
        else:
            yield from _changed(old[old_from:old_to], new[new_from:new_to])


def _changed(old: Sequence[str], new: Sequence[str]) -> Iterator[Piece]:
    if old:
        yield Piece("removed", "".join(old))
    if new:
        yield Piece("added", "".join(new))


def changes_in_context(before: str, after: str) -> list[Passage | None]:
    """The passages that changed, each with a paragraph around it; ``None`` stands for what is left out."""
    passages = differences(before, after)
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
