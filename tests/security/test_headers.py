"""What every answer carries, files of the site included, and what a shared phone may keep."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.conftest import Browser
from tests.factories import Cast


def test_files_of_the_site_carry_the_same_protection_as_its_pages(app: Flask, cast: Cast) -> None:
    browser = Browser(app, None)
    page = browser.get("/sign-in").headers
    for path in ("/static/segin.css", "/static/mark.svg", "/static/nothing.css", "/static/../config.py"):
        response = browser.get(path)
        response.close()
        headers = response.headers
        for name in ("Content-Security-Policy", "X-Content-Type-Options", "X-Frame-Options", "Referrer-Policy"):
            assert headers.getlist(name) == [page[name]], (path, name)
        assert "Access-Control-Allow-Origin" not in headers


@pytest.mark.parametrize(
    "path",
    [
        "/editions/R1",
        "/editions/R1/gradebook/export.csv",
        "/editions/R1/gradebook/export.xlsx",
        "/editions/R1/report.csv",
        "/editions/R1/people/import/template.csv",
        "/editions/R1/nothing",
    ],
)
def test_nothing_that_somebody_signed_in_was_given_stays_on_a_shared_phone(as_role, path: str) -> None:
    assert as_role("coordinator").get(path).headers["Cache-Control"] == "no-store"


def test_a_refused_form_is_kept_nowhere_either(app: Flask, as_role, monkeypatch) -> None:
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    response = as_role("participant").post("/profile", {"full_name": "Amina"})
    assert response.status_code == 400
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["X-Request-ID"]
