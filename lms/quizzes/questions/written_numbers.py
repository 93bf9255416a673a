"""Numbers as people write them: comma or point, spaces between thousands, the digits of any script. Never guesses.

Rules: docs/rules.md#question-types.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

LONGEST = 60
_SPACES = "\u0020\u00a0\u2009\u202f"
# Marks that can only stand between thousands, and the Arabic decimal separator, which can only be that.
_GROUPING = f"{_SPACES}'’٬"
_DECIMAL = "٫"
_NUMBER = re.compile(rf"[-+]?[0-9.,{_GROUPING}{_DECIMAL}]*")
_MINUS = str.maketrans("−‒–﹣－＋", "-----+")
# A number with what stands before or behind it, such as a unit.
_WITH_WORDS = re.compile(
    rf"(?P<before>[^0-9+-]*?)(?P<number>[-+]?[{_SPACES}]*[.,{_DECIMAL}]?[0-9](?:[0-9.,{_GROUPING}{_DECIMAL}]*[0-9])?[.,]?)(?P<behind>.*)",
    re.DOTALL,
)


class Unreadable(ValueError):
    """A text that is no number."""


class Ambiguous(ValueError):
    """A text that is one number to some readers and another to others, with a clear way to write each."""

    def __init__(self, typed: str, whole: str, decimal: str) -> None:
        super().__init__(typed)
        self.typed = typed
        self.whole = whole
        self.decimal = decimal


def read_number(text: str) -> Decimal:
    """The one number that a text can mean.

    The last of comma and point is the decimal separator where both stand; one that stands several times groups
    thousands. A single one with exactly three digits behind it and one to three before it could be either.

    Raises:
        Ambiguous: for ``1,234`` and ``1.234``.
        Unreadable: for anything that is no number, or groups its digits otherwise than by three.
    """
    typed = text.strip()
    plain = _plain(typed)
    if not _NUMBER.fullmatch(plain) or not any(character.isdigit() for character in plain):
        raise Unreadable(text)
    sign = -1 if plain.startswith("-") else 1
    body = plain.lstrip("+-").strip(_SPACES)
    whole, decimals = _parts(body, typed)
    return sign * Decimal(f"{_ungrouped(whole, text)}.{decimals or 0}")


def split_words(text: str) -> tuple[str, str]:
    """The number in a text, and the words before or behind it; raises Unreadable for words on both sides."""
    match = _WITH_WORDS.fullmatch(_plain(text.strip()))
    if match is None:
        raise Unreadable(text)
    before, behind = match["before"].strip(), match["behind"].strip()
    if before and behind:
        raise Unreadable(text)
    return match["number"].strip(), before or behind


def _plain(text: str) -> str:
    """The text with the digits of any script as 0 to 9, and without marks that nobody sees.

    Digits by their value alone: a raised 2 is no digit here, and must not become one.
    """
    plain = "".join(
        str(unicodedata.decimal(character)) if unicodedata.category(character) == "Nd" else character
        for character in text
        if unicodedata.category(character) != "Cf"
    )
    return plain.translate(_MINUS)


def _parts(body: str, typed: str) -> tuple[str, str]:
    """What stands before and behind the decimal separator."""
    separator = _decimal_separator(body, typed)
    if separator is None:
        return body, ""
    whole, _separator, decimals = body.rpartition(separator)
    if not (decimals.isdigit() or decimals == "") or separator in whole:
        raise Unreadable(typed)
    return whole or "0", decimals


def _decimal_separator(body: str, typed: str) -> str | None:
    if _DECIMAL in body:
        return _DECIMAL
    used = [mark for mark in ".," if mark in body]
    if len(used) == 2:
        return max(used, key=body.rfind)
    if not used or body.count(used[0]) > 1:
        return None
    mark = used[0]
    before, after = body.split(mark)
    if len(after) == 3 and re.fullmatch("[1-9][0-9]{0,2}", before) and after.isdigit():
        sign = "-" if typed.startswith(("-", "−")) else ""
        raise Ambiguous(typed, f"{sign}{before}{after}", f"{sign}{before}{mark}{after}0")
    return mark


def _ungrouped(whole: str, text: str) -> str:
    marks = {" " if character in _SPACES else character for character in whole if not character.isdigit()}
    if not marks:
        return whole
    groups = re.split(r"\D", whole)
    is_grouped = len(marks) == 1 and re.fullmatch("[1-9][0-9]{0,2}", groups[0]) is not None
    if not is_grouped or any(len(group) != 3 for group in groups[1:]):
        raise Unreadable(text)
    return "".join(groups)
