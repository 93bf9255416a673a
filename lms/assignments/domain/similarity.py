"""Passages that several texts have in common: found and placed, never judged. Source: docs/rules.md#passages-in-common.

Texts are compared by runs of words (shingles). An index of shingles names the pairs that share any, so that a pair with
nothing in common costs nothing; ``difflib`` then lays the shared runs of a pair side by side.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import combinations

# A run of words that two people hardly write by chance, and the shortest passage that is shown.
SHINGLE = 6
SHORTEST_PASSAGE = 9
# The pairs that are looked at closely: the rest share less. Bounds the work, whatever is handed in.
MOST_PAIRS = 500
# A run that more texts than this share pairs only the first of them.
_MOST_SHARING = 50
# Passages may have changed places: what is left after one comparison is compared again.
_ROUNDS = 3
_WORD = re.compile(r"\w+(?:[’'\-‑]\w+)*")
_QUOTED = re.compile(
    '“[^”\n]{1,2000}”|«[^»\n]{1,2000}»|„[^“”\n]{1,2000}[“”]|"[^"\n]{1,2000}"|^[ \t]*>.*$', re.MULTILINE
)

Passage = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Words:
    """A text as words: where each begins and ends, its plain form, and whether it stands in a quotation."""

    spans: tuple[tuple[int, int], ...]
    forms: tuple[str, ...]
    quoted: tuple[bool, ...]


def words_of(text: str) -> Words:
    """The words of a text, as they are counted."""
    quotations = [match.span() for match in _QUOTED.finditer(text)]
    spans, forms, quoted, at = [], [], [], 0
    for match in _WORD.finditer(text):
        while at < len(quotations) and quotations[at][1] <= match.start():
            at += 1
        spans.append(match.span())
        forms.append(match.group().casefold())
        quoted.append(at < len(quotations) and quotations[at][0] <= match.start())
    return Words(tuple(spans), tuple(forms), tuple(quoted))


def excerpt(text: str, words: Words, first: int, count: int) -> str:
    """A passage as its author wrote it."""
    return text[words.spans[first][0] : words.spans[first + count - 1][1]]


def shingles_of(words: Words, known: Iterable[tuple[str, ...]] = ()) -> dict[int, tuple[str, ...]]:
    """The runs of a text that count, by the place of their first word: no quotation, nothing that was given.

    Args:
        known: runs of the task itself, which everybody may repeat.
    """
    given = known if isinstance(known, (set, frozenset)) else set(known)
    return {
        place: run
        for place in range(len(words.forms) - SHINGLE + 1)
        if not any(words.quoted[place : place + SHINGLE]) and (run := words.forms[place : place + SHINGLE]) not in given
    }


def pairs_to_compare(shingles: Mapping[int, Mapping[int, tuple[str, ...]]]) -> list[tuple[int, int]]:
    """The pairs of texts that share most, at most ``MOST_PAIRS``, those that share most first.

    Args:
        shingles: by text, as ``shingles_of`` gives them.
    """
    sharing: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for text, runs in shingles.items():
        for run in set(runs.values()):
            sharing[run].append(text)
    counts: Counter[tuple[int, int]] = Counter()
    for texts in sharing.values():
        counts.update(combinations(texts[:_MOST_SHARING], 2))
    enough = [(pair, count) for pair, count in counts.items() if count > SHORTEST_PASSAGE - SHINGLE]
    return [pair for pair, _count in sorted(enough, key=lambda one: (-one[1], one[0]))[:MOST_PAIRS]]


def passages_between(left: Mapping[int, tuple[str, ...]], right: Mapping[int, tuple[str, ...]]) -> list[Passage]:
    """The passages that two texts share, in the order of the left one; no word of either stands in two of them.

    Returns:
        For each the place of its first word in the left and in the right text, and its number of words.
    """
    shared = set(left.values()) & set(right.values())
    ours = [place for place, run in left.items() if run in shared]
    theirs = [place for place, run in right.items() if run in shared]
    found: list[Passage] = []
    for _round in range(_ROUNDS):
        matcher = SequenceMatcher(
            None, [left[place] for place in ours], [right[place] for place in theirs], autojunk=False
        )
        new = [
            passage
            for block in matcher.get_matching_blocks()
            for passage in _unbroken(
                ours[block.a : block.a + block.size], theirs[block.b : block.b + block.size]
            )
        ]  # fmt: skip
        if not new:
            break
        found += new
        ours = _outside(ours, [(a, size) for a, _b, size in new])
        theirs = _outside(theirs, [(b, size) for _a, b, size in new])
    return sorted(found)


def _unbroken(ours: Sequence[int], theirs: Sequence[int]) -> list[Passage]:
    """Runs that follow each other word by word in both texts, as passages; the short ones left out."""
    passages: list[Passage] = []
    begin = 0
    for end in range(1, len(ours) + 1):
        goes_on = end < len(ours) and ours[end] == ours[end - 1] + 1 and theirs[end] == theirs[end - 1] + 1
        if not goes_on:
            size = end - begin + SHINGLE - 1
            if size >= SHORTEST_PASSAGE:
                passages.append((ours[begin], theirs[begin], size))
            begin = end
    return passages


def _outside(places: Sequence[int], taken: Sequence[tuple[int, int]]) -> list[int]:
    """The runs that share no word with what was found."""
    blocked = {place for first, size in taken for place in range(first - SHINGLE + 1, first + size)}
    return [place for place in places if place not in blocked]


def shared_words(passages: Sequence[Passage]) -> int:
    """How many words of either text stand in passages that the two share."""
    return sum(size for _left, _right, size in passages)


Found = tuple[int, int, list[Passage]]


class Comparison:
    """A comparison of many texts: which pairs are looked at, and what each has in common.

    ``lengths`` are words by text; ``pairs`` stand in the order in which they are compared.
    """

    def __init__(self, texts: Mapping[int, str], given: str = "") -> None:
        words = {key: words_of(text) for key, text in texts.items()}
        known = frozenset(shingles_of(words_of(given)).values())
        self._shingles = {key: shingles_of(one, known) for key, one in words.items()}
        self.lengths = {key: len(one.forms) for key, one in words.items()}
        self.pairs = pairs_to_compare(self._shingles)

    def compare(self, pairs: Iterable[tuple[int, int]]) -> list[Found]:
        """What some pairs have in common; those that share no passage are left out."""
        found = [
            (left, right, passages_between(self._shingles[left], self._shingles[right])) for left, right in pairs
        ]  # fmt: skip
        return [one for one in found if one[2]]
