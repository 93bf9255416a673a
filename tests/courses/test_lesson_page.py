"""The lesson itself: languages, notes, boxes, tables, nothing that runs; and how heavy real lessons are."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import brotli
import pytest

from lms.core.db import db
from lms.courses.domain.content import CourseContent
from lms.courses.packs import read_pack
from lms.courses.queries import get_content
from lms.courses.services import import_release
from tests.courses.reading_pages import text_of, with_body
from tests.factories import Cast, both

ROOT = Path(__file__).parents[2]
LESSON = "/editions/R1/modules/m1/lessons/lesson-1"
Browsers = Callable[[str], Any]


def test_a_lesson_without_the_readers_language_is_shown_in_another_and_marked(
    as_role: Browsers, cast: Cast, now: datetime
) -> None:
    with_body(cast, now, {"en": "English words."})
    cast.person("participant").language = "fr"
    page = as_role("participant").get(LESSON)
    assert '<html lang="fr"' in page.text
    assert '<div class="lesson" lang="en" dir="ltr">' in page.text
    assert "English words." in page.text
    assert "Elle est affichée dans cette langue : anglais." in text_of(page)


def test_a_reader_gets_the_lesson_in_the_language_of_the_page(as_role: Browsers, cast: Cast) -> None:
    cast.person("participant").language = "fr"
    page = as_role("participant").get(LESSON)
    assert "Body of lesson 1.1, see" in page.text
    assert "(fr)" in page.text
    assert '<div class="lesson">' in page.text


def test_a_lesson_that_reads_from_right_to_left_says_so(as_role: Browsers, cast: Cast, now: datetime) -> None:
    with_body(cast, now, {"ar": "كلمات"})
    cast.edition.languages = ["ar"]
    assert '<div class="lesson" lang="ar" dir="rtl">' in as_role("participant").get(LESSON).text


def test_footnotes_lead_there_and_back_in_the_readers_language(as_role: Browsers, cast: Cast, now: datetime) -> None:
    with_body(cast, now, both("Fact[^1], again[^1].\n\n[^1]: Source."))
    page = as_role("participant").get(LESSON).text
    assert '<a href="#fn1" id="fnref1" aria-label="Note 1">1</a>' in page
    assert '<a href="#fnref1" class="footnote-back" aria-label="Back to note 1 in the text">' in page
    assert 'href="#fnref1-1"' in page
    assert '<section class="footnotes" aria-label="Notes">' in page
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))


def test_boxes_have_a_heading_even_where_the_author_gave_none(as_role: Browsers, cast: Cast, now: datetime) -> None:
    with_body(cast, now, both("::: persona Aminata, 29, tailor\nA story.\n:::\n\n::: practice\nDo it.\n:::"))
    page = as_role("participant").get(LESSON).text
    assert '<aside class="box box-persona">\n<p class="box-title">Aminata, 29, tailor</p>' in page
    assert '<p class="box-title">Try it</p>' in page


def test_wide_tables_scroll_in_a_box_that_the_keyboard_reaches(as_role: Browsers, cast: Cast, now: datetime) -> None:
    with_body(cast, now, both("| a | b |\n|---|--:|\n| 1 | 2 |"))
    page = as_role("participant").get(LESSON).text
    assert '<div class="table-scroll" tabindex="0" role="group" aria-label="a, b"><table>' in page
    assert '<th scope="col" class="align-end">b</th>' in page
    assert "style=" not in page


def test_a_course_text_cannot_carry_scripts(as_role: Browsers, cast: Cast, now: datetime) -> None:
    with_body(cast, now, both('<script>alert(1)</script> [x](javascript:alert(1)) ::: key <img src=x onerror="1">'))
    page = as_role("participant").get(LESSON).text
    assert "<script>alert" not in page
    assert 'href="javascript' not in page
    assert "<img" not in page


@pytest.fixture(scope="module")
def real_course() -> CourseContent:
    content = read_pack(ROOT / "packs" / "reintegration").content
    assert content is not None
    return content


def test_real_lessons_are_light_and_as_heavy_as_the_outline_says(
    as_role: Browsers, cast: Cast, now: datetime, real_course: CourseContent
) -> None:
    import_release(replace(real_course, slug="small"), actor=None, now=now)
    db.session.commit()
    assert get_content(cast.edition.release_id).slug == "small"
    style = len(brotli.compress((ROOT / "lms" / "static" / "segin.css").read_bytes()))
    browser = as_role("participant")
    for lesson in real_course.modules[0].lessons:
        page = browser.get(f"/editions/R1/modules/concepts/lessons/{lesson.key}", headers={"Accept-Encoding": "br"})
        assert page.status_code == 200
        assert page.headers["Content-Encoding"] == "br"
        sent = len(page.data)
        assert sent + style <= 14 * 1024, lesson.key
        shown = int(re.search(r"minutes · (\d+) kB", text_of_compressed(page.data)).group(1)) * 1024  # type: ignore[union-attr]
        assert 0.75 * sent <= shown <= 1.3 * sent, (lesson.key, sent, shown)


def text_of_compressed(data: bytes) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", brotli.decompress(data).decode()))
