"""What a participant's phone has to fetch: each page with its stylesheet, as it travels."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path

import brotli
import pytest
from flask import Flask

from lms.core.assets import content_to_send
from lms.core.db import db
from lms.courses.domain.content import CourseContent
from lms.courses.packs import read_pack
from tests.conftest import Browser
from tests.factories import enrol, make_edition, make_person, make_release
from tests.walk import pages_of

ROOT = Path(__file__).parents[2]
STYLESHEET = ROOT / "lms/static/segin.css"
PACK = ROOT / "packs/reintegration"
PAGE_LIMIT = 14 * 1024
STYLESHEET_LIMIT = 7_500


def _stylesheet_bytes() -> int:
    """The stylesheet as it travels, compressed by ``make`` once and for all."""
    return len(brotli.compress(content_to_send(STYLESHEET), quality=11))


def _too_heavy(browser: Browser, paths: Iterable[str]) -> dict[str, int]:
    """The pages that are over the limit, with what they weigh."""
    stylesheet = _stylesheet_bytes()
    weights = {}
    for path in paths:
        page = browser.get(path, headers={"Accept-Encoding": "br"})
        assert page.status_code == 200, path
        assert page.headers["Content-Encoding"] == "br"
        weights[path] = len(page.data) + stylesheet
    return {path: weight for path, weight in weights.items() if weight > PAGE_LIMIT}


def test_the_stylesheet_is_small() -> None:
    assert _stylesheet_bytes() <= STYLESHEET_LIMIT


def test_every_page_a_participant_can_reach_is_light(app: Flask, as_role) -> None:
    browser = as_role("participant")
    pages = pages_of(app, browser.get, ["/editions/R1"])
    assert {"home.edition", "courses.lesson", "quizzes.show", "grading.results", "accounts.profile"} <= set(pages)
    assert _too_heavy(browser, pages.values()) == {}


@pytest.fixture(scope="module")
def real_course() -> CourseContent:
    content = read_pack(PACK).content
    assert content is not None
    return content


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_pages_of_the_real_course_are_light(app: Flask, now, real_course: CourseContent, language: str) -> None:
    edition = make_edition("REAL", make_release(real_course, now), real_course, now, starts_on=date(2026, 2, 2))
    person = make_person("Reader", now, language=language)
    enrol(person, edition, "participant", now)
    db.session.commit()
    browser = Browser(app, person.get_id())
    home = f"/editions/{edition.code}"
    open_quiz = f"{home}/quizzes/{real_course.modules[5].quiz.key}"
    started = browser.post(f"{open_quiz}/attempts").location
    paths = [home, f"{home}/modules", f"{home}/glossary", f"{home}/results", open_quiz, started, "/profile"]
    for module in real_course.modules:
        paths.append(f"{home}/modules/{module.key}")
        paths += [f"{home}/modules/{module.key}/lessons/{lesson.key}" for lesson in module.lessons]
    paths += [f"{home}/assignments/{plan.key}" for plan in real_course.assignments if plan.kind == "individual"]
    assert _too_heavy(browser, paths) == {}
