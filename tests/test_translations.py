"""The interface is complete in every language: no string without a translation, no translation without a string."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from flask import Flask
from flask_babel import force_locale, ngettext

ROOT = Path(__file__).parent.parent
CATALOGUES = ROOT / "lms" / "translations"
LANGUAGES = ("fr", "pt", "ar")
# How many forms of a plural may say their number in words: “one” everywhere, in Arabic “none” and “two” besides.
FORMS_IN_WORDS = {"fr": 1, "pt": 1, "ar": 3}
_PLACEHOLDER = re.compile(r"%\((\w+)\)")


def strings_of_the_interface() -> set[str | tuple[str, ...]]:
    methods = [("**.py", "python"), ("templates/**.html", "jinja2"), ("templates/**.txt", "jinja2")]
    keywords = {"_": None, "gettext": None, "ngettext": (1, 2), "lazy_gettext": None, "_l": None, "N_": None}
    # As in babel.cfg: a template that cannot be read is a failure, not a template without strings.
    jinja = {"extensions": "jinja2.ext.do", "silent": "false"}
    options = {"templates/**.html": jinja | {"trimmed": "true"}, "templates/**.txt": jinja}
    found = extract_from_dir(ROOT / "lms", methods, options, keywords=keywords, comment_tags=())
    return {message for _file, _line, message, _comments, _context in found if message}


def catalogue(language: str) -> Catalog:
    with (CATALOGUES / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale=language)


def translated(language: str) -> dict[str | tuple[str, ...], list[str]]:
    strings = {}
    for message in catalogue(language):
        if message.id:
            key = tuple(message.id) if isinstance(message.id, (list, tuple)) else message.id
            strings[key] = [message.string] if isinstance(message.string, str) else list(message.string)
    return strings


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_string_is_translated(language: str) -> None:
    known = translated(language)
    missing = {key for key in strings_of_the_interface() if not all(known.get(key, [""]))}
    assert missing == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_translation_is_left_over(language: str) -> None:
    assert set(translated(language)) - strings_of_the_interface() == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_keep_the_values_that_are_filled_in(language: str) -> None:
    faulty = []
    for key, strings in translated(language).items():
        wanted = set(_PLACEHOLDER.findall(key if isinstance(key, str) else key[1]))
        if not all(strings):
            continue  # missing: said above
        in_words = FORMS_IN_WORDS[language] if len(strings) > 1 else 0
        found = [set(_PLACEHOLDER.findall(text)) for text in strings]
        if not all(one <= wanted for one in found[:in_words]) or any(one != wanted for one in found[in_words:]):
            faulty.append(key)
    assert faulty == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_compiled_catalogue_is_not_older_than_its_source(language: str) -> None:
    folder = CATALOGUES / language / "LC_MESSAGES"
    with (folder / "messages.mo").open("rb") as file:
        compiled = read_mo(file)
    source = {key: strings for key, strings in translated(language).items() if isinstance(key, str)}
    assert {key: [compiled.get(key).string] for key in source if compiled.get(key)} == source


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0 سؤال"), (1, "سؤال واحد"), (2, "سؤالان"), (3, "3 أسئلة"), (10, "10 أسئلة"), (11, "11 سؤالًا"),
        (99, "99 سؤالًا"), (100, "100 سؤال"), (102, "102 سؤال"), (103, "103 أسئلة"), (111, "111 سؤالًا"),
    ],
)  # fmt: skip
def test_arabic_counts_in_six_forms(app: Flask, count: int, words: str) -> None:
    with app.test_request_context(), force_locale("ar"):
        assert ngettext("%(num)d question", "%(num)d questions", count) == words


def test_the_switched_on_languages_are_those_that_are_translated(app: Flask) -> None:
    assert set(app.config["INTERFACE_LANGUAGES"]) == {"en", *LANGUAGES}
