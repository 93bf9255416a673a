"""What stands between ``{{`` and ``}}`` in a course's text: facts and dates that each edition has of its own.

Source: docs/course-packs.md, "What differs from edition to edition".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

# A name is short; without an end to it, a long line without the second pair of braces would be read again and again.
_PLACE = re.compile(r"\{\{(?P<name>[^{}\n]{0,120})\}\}")
OPENS, CLOSES = "opens.", "closes."
# Facts of the edition itself.
FACTS = ("edition.code", "edition.start", "edition.end", "edition.place")


def placeholders_in(text: str) -> Iterator[tuple[int, str]]:
    """Line (from 1) and name of each placeholder."""
    for number, line in enumerate(text.split("\n"), start=1):
        for found in _PLACE.finditer(line):
            yield number, found["name"].strip()


def known_placeholders(opening: Iterable[str], closing: Iterable[str]) -> list[str]:
    """The names that a course may use.

    Args:
        opening: keys of what opens or begins: modules, quizzes, assignments, live sessions, the evaluation.
        closing: keys of what closes: quizzes, assignments, the evaluation.
    """
    return [*FACTS, *(f"{OPENS}{key}" for key in opening), *(f"{CLOSES}{key}" for key in closing)]


def fill(text: str, value_of: Callable[[str], str | None]) -> str:
    """The text with its placeholders filled in; one for which ``value_of`` gives ``None`` stays as it was typed."""

    def put(found: re.Match[str]) -> str:
        value = value_of(found["name"].strip())
        return found[0] if value is None else value

    return _PLACE.sub(put, text)
