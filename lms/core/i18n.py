"""Languages: which the interface speaks, which one this person reads, and texts that exist in several."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

Text = Mapping[str, str]

LANGUAGE_NAMES = {"en": "English", "fr": "Français", "pt": "Português", "ar": "العربية"}
RIGHT_TO_LEFT = frozenset({"ar"})
# Where a language's dates, numbers and names of countries are not those of its plain code: Portuguese alone would be
# that of Brazil, and the courses' readers write as in Maputo, Luanda, Praia and Lisbon.
_LOCALES = {"pt": "pt_PT"}
# The key under which a text stands that is the same in every language (ISO 639: undetermined).
EVERY_LANGUAGE = "und"


@dataclass(frozen=True, slots=True)
class Localised:
    """A text as one person reads it. ``language`` is empty where the text belongs to no language."""

    text: str
    language: str


def localise(text: Text, languages: Sequence[str]) -> Localised:
    """The text in the first of the languages that has it, else in any it has.

    Args:
        text: strings by language code; ``und`` holds what is the same in all of them.
        languages: codes, the reader's own first, then the edition's.
    """
    if EVERY_LANGUAGE in text:
        return Localised(text[EVERY_LANGUAGE], "")
    for language in languages:
        if text.get(language):
            return Localised(text[language], language)
    for language, value in text.items():
        if value:
            return Localised(value, language)
    return Localised("", "")


def direction_of(language: str) -> str:
    """``rtl`` or ``ltr``."""
    return "rtl" if language in RIGHT_TO_LEFT else "ltr"


def locale_of(language: str) -> str:
    """The locale whose dates, numbers and names of countries a language is read with."""
    return _LOCALES.get(language, language)


def date_pattern(pattern: str, language: str, day: date) -> str:
    """A pattern of day, month and year as the language joins them: “2 December 2022”, “2 de dezembro de 2022”.

    Args:
        day: what will be written with it: in French the first of a month is “1er”, and the locale data leaves it to us.
    """
    if language == "fr" and day.day == 1:
        return re.sub(r"\bd\b", "d'er'", pattern)
    if language == "ar":
        return pattern.replace("EEEE ", "EEEE، ").replace(", ", "، ")
    if language != "pt":
        return pattern
    return pattern.replace("EEEE ", "EEEE, ").replace(" MMMM", " 'de' MMMM").replace("MMMM y", "MMMM 'de' y")


def best_language(wanted: Iterable[str], available: Sequence[str]) -> str:
    """The first wanted language that is available, by its main part (``fr-CA`` is ``fr``), else the first available."""
    for tag in wanted:
        main = tag.replace("_", "-").split("-")[0].lower()
        if main in available:
            return main
    return available[0]
