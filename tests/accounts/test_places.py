"""Countries as people choose them and as lists name them."""

from __future__ import annotations

import pytest

from lms.accounts.places import country_choices, country_name, find_country


@pytest.mark.parametrize(
    ("code", "language", "name"),
    [
        ("ZW", "en", "Zimbabwe"),
        ("CI", "fr", "Côte d’Ivoire"),
        ("KE", "pt", "Quénia"),
        ("MZ", "pt", "Moçambique"),
        ("ZW", "pt", "Zimbabué"),
    ],
)
def test_a_country_is_named_in_the_language_of_the_page(code: str, language: str, name: str) -> None:
    assert country_name(code, language) == name
    assert (code, name) in country_choices(language)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("Quénia", "KE"),
        ("Quênia", "KE"),
        ("Costa do Marfim", "CI"),
        ("cabo verde", "CV"),
        ("Guiné-Bissau", "GW"),
        ("mz", "MZ"),
        ("South Africa", "ZA"),
        ("União Europeia", None),
        ("Atlântida", None),
    ],
)
def test_a_list_may_name_a_country_in_any_language_and_its_code(written: str, code: str | None) -> None:
    assert find_country(written) == code
