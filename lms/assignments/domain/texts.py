"""Written work as text: cleaned, measured against the length asked for, and sealed with a digest."""

from __future__ import annotations

import enum
import hashlib
import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from lms.courses.domain.content import WordRange

# A save every few seconds must not fill the history; a later look back needs no finer steps than this.
HISTORY_STEP = timedelta(minutes=10)
# A line that fills this part of the page's width was broken by the page, a shorter one by its author.
_FULL_LINE = 0.75
# Narrower than this nothing tells a broken line from a short one: verses, lists, labels.
_NARROWEST_PAGE = 40
_LIST_ITEM = re.compile(r"\s*(?:[-–—•*▪◦‣]|\d{1,3}[.)])\s")


class Length(enum.StrEnum):
    """How a text compares with the length asked for."""

    TOO_SHORT = "too-short"
    BELOW = "below"
    WITHIN = "within"
    ABOVE = "above"
    TOO_LONG = "too-long"


@dataclass(frozen=True, slots=True)
class WordVerdict:
    """A text's length beside what was asked. ``lowest`` and ``highest`` include the tolerance."""

    words: int
    asked: WordRange
    lowest: int
    highest: int
    length: Length

    @property
    def is_accepted(self) -> bool:
        """True within the range or its tolerance."""
        return self.length not in (Length.TOO_SHORT, Length.TOO_LONG)


def word_verdict(words: int, asked: WordRange) -> WordVerdict:
    """How ``words`` compares with the range: inside, in the tolerance on either side, or beyond it.

    The tolerance is a percentage of the nearer end; a count exactly on its edge is accepted.
    """
    lowest = -(-asked.minimum * (100 - asked.tolerance_percent) // 100)
    highest = asked.maximum * (100 + asked.tolerance_percent) // 100
    if words < lowest:
        length = Length.TOO_SHORT
    elif words < asked.minimum:
        length = Length.BELOW
    elif words <= asked.maximum:
        length = Length.WITHIN
    elif words <= highest:
        length = Length.ABOVE
    else:
        length = Length.TOO_LONG
    return WordVerdict(words, asked, lowest, highest, length)


def counted_words(text_words: int, file_words: int | None) -> int:
    """Words that count for a part: those written in the page or those of its document, whichever are more.

    The longer one is the essay and the other an annex or a note, so that nobody is counted twice for the same essay
    and three words left in the box do not hide a document.
    """
    return max(text_words, file_words or 0)


def clean_text(text: str) -> str:
    """Text as it is kept: composed letters, ``\\n`` for every line end, no characters that a database refuses."""
    unified = text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n")
    kept = (character for character in unified if character in "\n\t" or not _is_unstorable(character))
    return unicodedata.normalize("NFC", "".join(kept))


def _is_unstorable(character: str) -> bool:
    # Control characters and halves of surrogate pairs; PDF extraction produces both.
    return unicodedata.category(character) in ("Cc", "Cs")


def is_version_kept(
    *, same_author: bool, old_words: int, new_words: int, last_kept_at: datetime | None, now: datetime
) -> bool:
    """True when the text about to be saved over belongs in the history.

    Always when somebody else wrote it or when more than a tenth of it would go; otherwise one every ten minutes.
    """
    if old_words == 0:
        return False
    if not same_author or new_words * 10 < old_words * 9:
        return True
    return last_kept_at is None or now - last_kept_at >= HISTORY_STEP


def digest_of_parts(parts: Sequence[tuple[str, str, str | None]]) -> str:
    """SHA-256 that seals what was handed in.

    Args:
        parts: deliverable key, text, and the SHA-256 of the uploaded file or ``None``; in the assignment's order.
    """
    return hashlib.sha256(json.dumps(list(parts), ensure_ascii=False).encode()).hexdigest()


def rejoined_lines(text: str) -> str:
    """The text of a printed page with each paragraph on one line, as it was before the page broke it."""
    lines = [line.rstrip() for line in text.split("\n")]
    width = max((len(line) for line in lines), default=0)
    if width < _NARROWEST_PAGE:
        return text
    joined: list[str] = []
    runs_on = False
    for line in lines:
        if runs_on and line.strip() and not _LIST_ITEM.match(line):
            joined[-1] += ("" if joined[-1].endswith("-") else " ") + line.lstrip()
        else:
            joined.append(line)
        runs_on = len(line) >= _FULL_LINE * width
    return "\n".join(joined)
