"""What a participant's phone has to fetch: each page with its stylesheet, as it travels."""

from __future__ import annotations

from pathlib import Path

import brotli
from flask import Flask

from tests.walk import pages_of

STYLESHEET = Path(__file__).parents[2] / "lms/static/segin.css"
PAGE_LIMIT = 14 * 1024
STYLESHEET_LIMIT = 7_500


def _stylesheet_bytes() -> int:
    """The stylesheet travels as ``make`` compresses it: Brotli at its best."""
    return len(brotli.compress(STYLESHEET.read_bytes(), quality=11))


def test_the_stylesheet_is_small() -> None:
    assert _stylesheet_bytes() <= STYLESHEET_LIMIT


def test_every_page_a_participant_can_reach_is_light(app: Flask, as_role) -> None:
    browser = as_role("participant")
    pages = pages_of(app, browser.get, ["/", "/editions/R1"])
    assert {"home.edition", "courses.lesson", "quizzes.show", "grading.results", "accounts.profile"} <= set(pages)
    stylesheet = _stylesheet_bytes()
    weights = {}
    for path in pages.values():
        page = browser.get(path, headers={"Accept-Encoding": "br"})
        assert page.headers.get("Content-Encoding") == "br" or len(page.data) < 500
        weights[path] = len(page.data) + stylesheet
    assert {path: weight for path, weight in weights.items() if weight > PAGE_LIMIT} == {}
