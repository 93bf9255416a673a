"""The rules of the question bank: how words are found, what an import may replace, what differs between versions.

Source: docs/rules.md#question-bank.
"""

from __future__ import annotations

import enum
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

MOST_TAGS = 12
LONGEST_TAG = 60
LONGEST_CATEGORY = 200
LONGEST_PACK_CATEGORY = 80


def folded(text: str) -> str:
    """A text as it is searched: without capitals, accents and superfluous spaces."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(letter for letter in letters if not unicodedata.combining(letter)).split())


def tidy_category(typed: str) -> str:
    """A category as it is kept: words between single slashes, ``a / b/`` is ``a/b``; cut at 200 characters."""
    steps = (" ".join(step.split()) for step in typed.split("/"))
    return "/".join(step for step in steps if step)[:LONGEST_CATEGORY].rstrip("/ ")


def tidy_tags(typed: Iterable[str]) -> list[str]:
    """Tags as they are kept: lower case, each once, in alphabetical order, at most twelve of at most 60 characters."""
    tags = {" ".join(tag.lower().split())[:LONGEST_TAG].rstrip() for tag in typed}
    return sorted(tags - {""})[:MOST_TAGS]


def pack_word(word: str) -> str:
    """A word as a course pack can hold it: lower-case letters without accents and digits, joined by hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", folded(word)).strip("-")


def pack_category(category: str) -> str:
    """A category as a course pack can hold it, at most 80 characters of it; steps without a Latin letter are left out."""
    steps = (pack_word(step) for step in category.split("/"))
    return "/".join(step for step in steps if step)[:LONGEST_PACK_CATEGORY].rstrip("/-")


def pack_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """Tags as a course pack can hold them."""
    return tuple(sorted({pack_word(tag) for tag in tags} - {""}))


def tags_in(line: str) -> list[str]:
    """The tags in a line where they stand between commas, Arabic ones and semicolons too."""
    return tidy_tags(re.split(r"[,;،؛\n]", line))


@dataclass(frozen=True, slots=True)
class Branch:
    """A category with how many questions stand in it and below it. ``depth`` is 0 for the outermost."""

    path: str
    name: str
    depth: int
    questions: int


def category_tree(counts: Iterable[tuple[str, int]]) -> list[Branch]:
    """The categories as a tree, parents before children; parents that hold nothing themselves are there too.

    Args:
        counts: category and its own number of questions; the empty category is left out.
    """
    totals: dict[tuple[str, ...], int] = {}
    for category, number in counts:
        steps = tuple(category.split("/")) if category else ()
        for end in range(1, len(steps) + 1):
            totals[steps[:end]] = totals.get(steps[:end], 0) + number
    return [Branch("/".join(steps), steps[-1], len(steps) - 1, totals[steps]) for steps in sorted(totals)]


class Arrival(enum.StrEnum):
    """What an import of the course does with a question that the bank has.

    ``same`` nothing to do · ``follow`` the pack's version becomes the newest · ``caught_up`` the pack now says what was
    written in the browser · ``kept`` written in the browser, and the pack has not changed · ``conflict`` written in the
    browser and changed in the pack: the browser's version stays and somebody decides.
    """

    SAME = "same"
    FOLLOW = "follow"
    CAUGHT_UP = "caught_up"
    KEPT = "kept"
    CONFLICT = "conflict"


def arrival_of(*, newest: str, followed: str | None, arriving: str) -> Arrival:
    """What becomes of a question that a pack brings.

    Args:
        newest: digest of the newest version in the bank.
        followed: digest of what the pack said when the bank last followed it or decided not to; ``None`` for a question
            that was never from a pack.
        arriving: digest of what the pack says now.
    """
    if newest == arriving:
        return Arrival.SAME if followed == arriving else Arrival.CAUGHT_UP
    if newest == followed:
        return Arrival.FOLLOW
    return Arrival.KEPT if arriving == followed else Arrival.CONFLICT


def moved(ids: Sequence[int], position: int, by: int) -> list[int]:
    """The list with the entry at a position (from 1) moved by so many places, not beyond its ends.

    Raises:
        ValueError: if there is no such position.
    """
    if not 1 <= position <= len(ids):
        raise ValueError(f"there is no position {position}")
    rest = [*ids[: position - 1], *ids[position:]]
    place = min(max(position - 1 + by, 0), len(rest))
    return [*rest[:place], ids[position - 1], *rest[place:]]
