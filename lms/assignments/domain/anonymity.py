"""What stands in the place of a name while work is marked without one. Source: docs/rules.md#anonymous-marking."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable

# Without 0, O, 1, I and L, which are taken for each other when a code is read aloud; and without vowels, so that no
# code is a word.
_SIGNS = "23456789BCDFGHJKMNPQRSTVWXZ"
_LENGTH = 6
# Shorter names stand in too many other words.
_SHORTEST_NAME = 3
VEIL = "[…]"


def code_of(key: str, owner: str) -> str:
    """The code of one person's or group's work in one assignment, for instance ``K7M-4QX``.

    The same for every version that they hand in; nobody can tell the owner from it without the key.

    Args:
        key: the assignment's secret.
        owner: what the work belongs to, for instance ``p41`` or ``g3``.
    """
    number = int.from_bytes(_digest(key, "code", owner)[:16])
    signs = []
    for _place in range(_LENGTH):
        number, sign = divmod(number, len(_SIGNS))
        signs.append(_SIGNS[sign])
    return f"{''.join(signs[:3])}-{''.join(signs[3:])}"


def place_of(key: str, owner: str) -> bytes:
    """What anonymous work is put in order by: as good as drawn by lot, and the same every time."""
    return _digest(key, "place", owner)


def _digest(key: str, label: str, owner: str) -> bytes:
    return hmac.digest(key.encode(), f"{label}:{owner}".encode(), hashlib.sha256)


def veiled(text: str, names: Iterable[str]) -> str:
    """The text with each of the names taken out, and each of their longer words where it is written like a name.

    A participant who signs an essay undoes its anonymity without meaning to. What else a text tells of its author
    (a ministry, a town) stays: taking that out would change what is marked.

    Args:
        names: full names and addresses of the people whose work it is.
    """
    whole = {name.strip() for name in names if len(name.strip()) >= _SHORTEST_NAME}
    words = {word for name in whole for word in name.split() if len(word) >= _SHORTEST_NAME and word[:1].isupper()}
    text = _without(text, whole, re.IGNORECASE)
    # Words alone only as they are written in the name: Grace goes, and her good grace stays.
    return _without(text, words - whole, re.NOFLAG)


def _without(text: str, names: set[str], flags: re.RegexFlag) -> str:
    if not names:
        return text
    longest_first = sorted(names, key=lambda name: (-len(name), name))
    pattern = r"(?<!\w)(?:" + "|".join(map(re.escape, longest_first)) + r")(?!\w)"
    return re.sub(pattern, VEIL, text, flags=flags)
