"""Countries as people choose them and as lists name them."""

from __future__ import annotations

import pytest
from wtforms.fields import SelectChoice

from lms.accounts.forms import LongList
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


def test_a_long_list_is_sent_without_what_html_lets_one_leave_out() -> None:
    dakar, unknown = SelectChoice("Africa/Dakar", "Dakar"), SelectChoice("", "Not stated")
    dakar.selected, unknown.selected = False, True
    assert LongList.render_option(dakar) == "<option value=Africa/Dakar>Dakar"
    assert LongList.render_option(unknown) == '<option selected value="">Not stated'


def test_accents_do_not_move_a_name_behind_its_letter() -> None:
    french = [name for _code, name in country_choices("fr")]
    assert french.index("Égypte") < french.index("Espagne")
    arabic = [name for _code, name in country_choices("ar")]
    assert arabic.index("أذربيجان") < arabic.index("الأرجنتين")
