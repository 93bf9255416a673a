"""The signs of GIFT: what a backslash protects, weights, feedback, formats."""

from __future__ import annotations

import re

SPECIAL = "~=#{}:"
# While a block is taken apart, a protected sign is a letter that nobody writes.
_HIDDEN = {sign: chr(0xF8F0 + place) for place, sign in enumerate(SPECIAL)} | {"n": "\uf8fa"}
_SHOWN = {ord(letter): "\n" if sign == "n" else sign for sign, letter in _HIDDEN.items()}
_HIDDEN_BACKSLASH = "\uf8fb"
_SHOWN[ord(_HIDDEN_BACKSLASH)] = "\\"
_ESCAPE = re.compile(r"\\(\\|[~=#{}:n])")
_WEIGHT = re.compile(r"%(-?\d+(?:\.\d*)?)%")
_FORMAT = re.compile(r"\[(html|moodle|plain|markdown)\]", re.IGNORECASE)


def hide(text: str) -> str:
    """The text with its protected signs out of the way."""
    return _ESCAPE.sub(lambda found: _HIDDEN_BACKSLASH if found[1] == "\\" else _HIDDEN[found[1]], text)


def show(text: str) -> str:
    """The text with them as what they are."""
    return text.translate(_SHOWN)


def reveal(text: str, form: str) -> str:
    """The same for a whole text: the file's own line ends are blanks, but for Markdown, which needs them."""
    return show(text if form == "markdown" else re.sub(r"[ \t]*\n[ \t]*", " ", text))


def protect(text: str) -> str:
    """A text, written so that GIFT reads it as it is."""
    text = text.replace("\\", "\\\\")
    for sign in SPECIAL:
        text = text.replace(sign, f"\\{sign}")
    return text.replace("\r", "").replace("\n", "\\n")


def split_weight(answer: str) -> tuple[str | None, str]:
    """The percentage before an answer, and the answer."""
    found = _WEIGHT.match(answer)
    return (found[1], answer[found.end() :]) if found else (None, answer)


def split_feedback(answer: str) -> tuple[str, str]:
    """The answer and the feedback that follows it."""
    text, _sign, feedback = answer.partition("#")
    return text.strip(), feedback.strip()


def split_format(text: str, default: str) -> tuple[str, str]:
    """The format that a text names, or the default, and the text."""
    text = text.strip()
    found = _FORMAT.match(text)
    return (found[1].lower(), text[found.end() :]) if found else (default, text)
