"""The order and the search of glossary terms, as a reader expects them in any alphabet."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from typing import TypeVar

Entry = TypeVar("Entry")

# Fifty definitions would weigh more than a page on a slow line may.
TERMS_ON_A_PAGE = 30


def folded(text: str) -> str:
    """A text without case, accents and other marks, for comparing: “Économie” is found and sorted as “economie”."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def alphabetical(entries: Iterable[tuple[str, Entry]]) -> list[tuple[str, Entry]]:
    """Entries by their word; accents decide only between words that are otherwise the same."""
    return sorted(entries, key=lambda entry: (folded(entry[0]), entry[0]))


def matches(question: str, texts: Sequence[str]) -> bool:
    """True where every word of the question occurs somewhere in the texts. An empty question matches everything."""
    haystack = " ".join(folded(text) for text in texts)
    return all(word in haystack for word in folded(question).split())
