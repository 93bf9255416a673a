"""Pages in Arabic: the direction of the page, of what stands in it in other languages, and of signs between."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from flask import Flask, g
from flask_babel import force_locale, gettext

from lms.core.web import day_filter, moment_filter, percent_filter, points_filter, prose_filter, text_filter
from lms.courses.display import place_of

STATIC = Path(__file__).parents[2] / "lms" / "static"
# Left and right as such; "float: left" may stand before "float: inline-start", for browsers that know only the first.
_PHYSICAL = re.compile(
    r"(?:^|[\s;{])(?:(?:margin|padding|border|inset)-(?:left|right)\b|(?:left|right)\s*:"
    r"|(?:text-align|clear|caption-side)\s*:\s*(?:left|right)\b"
    r"|float\s*:\s*(?:left|right)\b(?!;\s*float:\s*inline-(?:start|end)))"
)


@pytest.mark.parametrize("name", sorted(sheet.name for sheet in STATIC.glob("*.css")))
def test_stylesheets_know_no_left_and_no_right(name: str) -> None:
    assert _PHYSICAL.findall((STATIC / name).read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("css", "is_physical"),
    [
        ("a { margin-left: 1rem }", True),
        ("a{left:0}", True),
        ("a { text-align: right; }", True),
        ("a { float: left; }", True),
        ("a { float: left; float: inline-start; }", False),
        ("a { margin-inline-start: 1rem; text-align: end }", False),
    ],
)
def test_what_counts_as_left_and_right(css: str, is_physical: bool) -> None:
    assert bool(_PHYSICAL.search(css)) is is_physical


@pytest.fixture
def in_arabic(app: Flask):
    with app.test_request_context(), force_locale("ar"):
        g.language = "ar"
        yield


def test_a_page_in_arabic_runs_from_right_to_left(as_role) -> None:
    page = as_role("stranger").get("/sign-in", headers={"Accept-Language": "ar-EG"})
    assert '<html lang="ar" dir="rtl">' in page.text


def test_dates_have_the_comma_of_arabic(in_arabic) -> None:
    assert day_filter(date(2022, 12, 2)) == "الجمعة، 2 ديسمبر 2022"
    assert moment_filter(datetime(2022, 12, 2, 22, 59, tzinfo=UTC), "Europe/Rome") == "الجمعة، 2 ديسمبر 2022، 23:59"


def test_figures_keep_latin_digits_and_their_sign_beside_them(in_arabic) -> None:
    assert points_filter(Decimal("1234.50")) == "1,234.50"
    assert percent_filter(Decimal("43.21")) == "43.2%"


def test_cities_of_clocks_are_written_in_the_readers_letters(in_arabic) -> None:
    assert place_of("Africa/Bamako") == "باماكو"
    assert place_of("Africa/Bamako", "Bamako") == "باماكو"
    assert place_of("Europe/Rome", "Turin") == "Turin"


def test_lists_and_changes_read_on_to_the_left(in_arabic) -> None:
    assert gettext(", ") == "، "
    assert gettext("→") == "←"


def test_a_text_in_another_language_keeps_its_direction(in_arabic) -> None:
    assert text_filter({"en": "Return"}) == '<span lang="en" dir="ltr" class="fallback">Return</span>'
    assert 'class="fallback paragraph"' in text_filter({"en": "Return. " * 20})
    assert text_filter({"ar": "العودة", "en": "Return"}) == "العودة"


def test_a_course_text_in_another_language_keeps_its_direction(in_arabic) -> None:
    assert prose_filter({"en": "One *word*."}).startswith('<div class="prose" lang="en" dir="ltr"><p>One <em>word</em>')
    assert prose_filter({"ar": "كلمة"}).startswith('<div class="prose"><p>')


def test_a_question_that_is_looked_at_keeps_its_direction(as_role, cast) -> None:
    cast.person("tutor").language = "ar"
    assert '<div lang="en" dir="ltr">' in as_role("tutor").get("/editions/R1/quizzes/quiz-1/preview").text


def test_a_way_back_keeps_the_direction_of_what_it_names(as_role, cast) -> None:
    cast.person("tutor").language = "ar"
    assert "<bdi>Quiz 1</bdi></a></li>" in as_role("tutor").get("/editions/R1/quizzes/quiz-1/preview").text
