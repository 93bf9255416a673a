"""Texts in several languages, and which one a person reads."""

from __future__ import annotations

import pytest
from flask import Flask
from flask_babel import force_locale, gettext

from lms.core.i18n import Localised, best_language, direction_of, localise


@pytest.mark.parametrize(
    ("text", "languages", "found"),
    [
        ({"en": "Return", "fr": "Retour"}, ("fr", "en"), Localised("Retour", "fr")),
        ({"en": "Return", "fr": "Retour"}, ("ar", "fr"), Localised("Retour", "fr")),
        ({"en": "Return", "fr": ""}, ("fr", "en"), Localised("Return", "en")),
        ({"fr": "Retour"}, ("en",), Localised("Retour", "fr")),
        ({"und": "Amina"}, ("en",), Localised("Amina", "")),
        ({"en": "", "fr": "Retour"}, (), Localised("Retour", "fr")),
        ({}, ("en",), Localised("", "")),
    ],
)
def test_a_missing_translation_falls_back_to_another_language_never_to_a_key(text, languages, found) -> None:
    assert localise(text, languages) == found


@pytest.mark.parametrize(
    ("wanted", "language"),
    [
        (["fr-CA", "en"], "fr"),
        (["pt_BR", "FR"], "fr"),
        (["xx", "yy"], "en"),
        ([], "en"),
        (["", "fr"], "fr"),
    ],
)
def test_the_first_language_that_the_interface_speaks_is_taken(wanted, language) -> None:
    assert best_language(wanted, ("en", "fr")) == language


def test_arabic_is_read_from_right_to_left() -> None:
    assert [direction_of(code) for code in ("ar", "en", "fr")] == ["rtl", "ltr", "ltr"]


def test_a_page_is_in_the_browsers_language_until_one_is_chosen(as_role) -> None:
    page = as_role("stranger").get("/sign-in", headers={"Accept-Language": "fr-CH, de;q=0.8, en;q=0.7"})
    assert '<html lang="fr" dir="ltr">' in page.text
    page = as_role("stranger").get("/sign-in", headers={"Accept-Language": "de"})
    assert '<html lang="en" dir="ltr">' in page.text


def test_a_language_that_is_forced_holds_for_the_words_in_code_and_no_longer(app: Flask) -> None:
    with app.test_request_context():
        assert gettext("just now") == "just now"
        with force_locale("fr"):
            assert gettext("just now") == "à l’instant"
        assert gettext("just now") == "just now"
