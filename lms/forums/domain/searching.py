"""Words as they are searched: accents, vowel signs and the several shapes of Arabic letters make no difference."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

# Letters that people write in several ways, and that no decomposition makes equal. Tatweel only stretches a word.
_SAME = str.maketrans(
    {
        "ٱ": "ا", "ى": "ي", "ی": "ي", "ک": "ك", "ة": "ه", "ـ": "", "œ": "oe", "æ": "ae", "ø": "o", "đ": "d", "ł": "l",
        "ı": "i", "’": "'", "‘": "'", "ʼ": "'", "\u00a0": " ", "\u202f": " ",
    }
)  # fmt: skip
_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "01234567890123456789")
# What leads a line: a heading, a quotation, an item of a list, the fence of a box; the rule of a table; a footnote’s number.
_LEADS = re.compile(r"^\s{0,3}(?:#{1,6}|>|[-*+]|\d+[.)])\s+|^:::.*$|^\|?[\s:|-]{3,}$|\[\^[^\[\]]+\]:?", re.M)
# No try goes on beyond the next opening: of thousands that never close, each would else read the rest of the text.
_LINKS = re.compile(r"!?\[([^\[\]]*)\]\([^)\s\[]*\)")
_SIGNS = re.compile(r"\*{1,3}|_{1,3}(?=\W|$)|(?<!\w)_{1,3}|`{1,3}|~~")
MOST_WORDS = 8
LONGEST_WORD = 60


def fold(text: str) -> str:
    """A text as it is searched: case folded, without marks; what is one letter to a reader is one here."""
    # Some letters have no small form before they are taken apart, and some come apart only in their small form.
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text.casefold()).casefold())
    # Vowel signs are marks; direction marks and joiners are seen by nobody.
    bare = "".join(sign for sign in decomposed if unicodedata.category(sign) not in ("Mn", "Me", "Cf"))
    return bare.translate(_SAME).translate(_DIGITS)


def words_of(question: str) -> tuple[str, ...]:
    """The words to look for, folded, each once; all of them must be found."""
    found = (word[:LONGEST_WORD] for word in re.findall(r"[\w'\-]+", fold(question)))
    return tuple(dict.fromkeys(word.strip("'-_") for word in found if word.strip("'-_")))[:MOST_WORDS]


def holds_all(folded: str, words: Sequence[str]) -> bool:
    """Whether a folded text holds all words, whole or as a part."""
    return all(word in folded for word in words)


def plain(source: str) -> str:
    """What a Markdown text says, without most of its signs."""
    words = _SIGNS.sub("", _LINKS.sub(r"\1", _LEADS.sub(" ", source)).replace("|", " "))
    return re.sub(r"[ \t\r\n]+", " ", words).strip()  # not the spaces that hold French signs to their words


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of an excerpt; ``is_found`` for what was looked for."""

    text: str
    is_found: bool = False


def _folded_with_places(text: str) -> tuple[str, list[int]]:
    """The folded text, and for each of its letters the place in the text from which it came."""
    letters: list[str] = []
    places: list[int] = []
    for place, letter in enumerate(text):
        for one in fold(letter):
            letters.append(one)
            places.append(place)
    return "".join(letters), places


def _matches(text: str, words: Sequence[str]) -> list[tuple[int, int]]:
    """Where the words stand in the text, in order and without overlaps."""
    folded, places = _folded_with_places(text)
    found: list[tuple[int, int]] = []
    pattern = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    if not pattern:
        return found
    for match in re.finditer(pattern, folded):
        start = places[match.start()]
        end = places[match.end()] if match.end() < len(places) else len(text)
        if not found or start >= found[-1][1]:
            # A sign such as ¼ is several letters here, of which only some may have been found.
            found.append((start, max(end, places[match.end() - 1] + 1)))
    return found


def excerpt(text: str, words: Sequence[str], length: int = 220) -> list[Piece]:
    """About so many letters of a text around the first word that was found, with all that were found marked."""
    found = _matches(text, words)
    first = found[0][0] if found else 0
    start = max(0, first - length // 4)
    if start > 0:  # from the beginning of a word
        start = text.find(" ", start, first) + 1 or start
    end = min(len(text), start + length)
    if end < len(text):
        end = max(text.rfind(" ", start, end), found[0][1] if found else start + 1)
    pieces = [Piece("…")] if start else []
    at = start
    for begin, stop in found:
        if begin < start or stop > end:
            continue
        pieces += [Piece(text[at:begin])] if begin > at else []
        pieces.append(Piece(text[begin:stop], is_found=True))
        at = stop
    pieces += [Piece(text[at:end])] if at < end else []
    return pieces + ([Piece("…")] if end < len(text) else [])


def shortened(source: str, length: int = 280) -> str:
    """The beginning of a Markdown text in plain words."""
    text = plain(source)
    if len(text) <= length:
        return text
    cut = text.rfind(" ", 0, length)
    return f"{text[: cut if cut > length // 2 else length]}…"


def mentioned(body: str, names: Mapping[int, str]) -> set[int]:
    """Whom a text addresses as ``@Name`` with the whole name, however its accents and capitals are written.

    Args:
        names: full names by person. Where one name begins with another, the longer is meant.
    """
    folded = fold(" ".join(body.split()))
    if "@" not in folded:
        return set()
    found: set[int] = set()
    for person_id, name in sorted(names.items(), key=lambda item: -len(item[1])):
        sign = f"@{fold(' '.join(name.split()))}"
        if sign == "@":
            continue
        parts = re.split(rf"{re.escape(sign)}(?!\w)", folded)
        if len(parts) > 1:
            found.add(person_id)
            # Two people may have the same name: both are told, so only shorter names are kept from matching here.
            found |= {other for other, same in names.items() if f"@{fold(' '.join(same.split()))}" == sign}
            folded = "\0".join(parts)
    return found
