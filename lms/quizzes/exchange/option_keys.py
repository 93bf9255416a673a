"""Keys for the parts of questions that come from a file without any."""

from __future__ import annotations

from collections.abc import Sequence

from lms.courses.documents import digest_of
from lms.courses.domain.content import Text


def letters(number: int) -> str:
    """The key of the option at a place, from 0: a, b, … z, aa, ab, …"""
    name = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        name = chr(97 + rest) + name
    return name


def keys_apart(texts: Sequence[Text]) -> list[str]:
    """A key for each of these options that says nothing of its place.

    Many tools write the right option first. The keys stand in the page that participants get, so ``a`` must not mean it.
    The same options in another order have the same keys.
    """
    order = sorted(range(len(texts)), key=lambda place: (digest_of(dict(texts[place])), place))
    ranks = {place: rank for rank, place in enumerate(order)}
    return [letters(ranks[place]) for place in range(len(texts))]
