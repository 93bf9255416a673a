"""What every answer carries, what happens to forged or old forms, and how errors read."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from config import MissingSetting, load_config
from lms import create_app
from lms.core.db import db
from lms.core.headers import SafeHeaders
from tests.conftest import Browser

PAGES = ["/sign-in", "/", "/nothing/here", "/certificates"]


@pytest.mark.parametrize("path", PAGES)
def test_every_answer_refuses_foreign_content_and_frames(app, cast, path) -> None:
    headers = Browser(app, None).get(path).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert re.fullmatch(r"[0-9a-f]{16}", headers["X-Request-ID"])


def test_a_page_of_somebody_signed_in_is_kept_nowhere(as_role) -> None:
    assert as_role("participant").get("/profile").headers["Cache-Control"] == "no-store"
    assert as_role("stranger").get("/sign-in").headers["Cache-Control"] == "private, no-cache"


def test_https_is_remembered_once_it_was_used(app, cast) -> None:
    browser = Browser(app, None)
    assert "Strict-Transport-Security" not in browser.get("/sign-in").headers
    assert "max-age" in browser.get("/sign-in", base_url="https://localhost").headers["Strict-Transport-Security"]


@pytest.mark.parametrize("role", ["stranger", "participant", "administrator"])
def test_no_page_holds_inline_styles_or_handlers(as_role, role) -> None:
    for path in ("/sign-in", "/profile", "/people", "/nothing"):
        html = as_role(role).get(path).text
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)", html)


@pytest.fixture
def guarded(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """The app with its protection against forged forms, which other tests leave off."""
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    return app


def test_a_forged_form_is_refused_with_a_sentence_that_says_what_is_safe(guarded, as_role, cast) -> None:
    response = as_role("participant").post("/language", {"language": "fr"})
    assert response.status_code == 400
    assert "what you typed is still in this page" in response.text
    assert cast.person("participant").language == "en"


def test_a_form_of_this_session_is_accepted(guarded, as_role, cast) -> None:
    browser = as_role("participant")
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', browser.get("/profile").text)
    assert token is not None
    assert browser.post("/language", {"language": "fr", "csrf_token": token[1]}).status_code == 303
    other = as_role("tutor")
    assert other.post("/language", {"language": "fr", "csrf_token": token[1]}).status_code == 400


def test_a_page_open_for_a_week_can_still_send_what_was_typed(app) -> None:
    assert app.config["WTF_CSRF_TIME_LIMIT"] is None


def test_a_script_of_the_page_is_told_in_its_own_form(guarded, as_role) -> None:
    response = as_role("participant").post("/language", headers={"Accept": "application/json"})
    assert response.status_code == 400
    assert "Sign in again" in response.get_json()["error"]


def test_an_unknown_address_is_a_page_with_a_way_on(as_role) -> None:
    response = as_role("participant").get("/nothing/here")
    assert response.status_code == 404
    assert "There is nothing at this address" in response.text
    assert 'href="/"' in response.text


def test_a_bug_is_told_without_its_details(app, as_role, monkeypatch, caplog) -> None:
    monkeypatch.setattr("lms.accounts.views.ProfileForm", lambda **values: 1 / 0)
    response = as_role("participant").get("/profile")
    assert response.status_code == 500
    assert "Nothing that was saved is lost" in response.text
    assert "ZeroDivisionError" not in response.text
    assert "ZeroDivisionError" in caplog.text
    assert response.headers["X-Request-ID"] in caplog.text


def test_what_is_too_large_is_refused_with_the_limit(app, as_role, monkeypatch) -> None:
    monkeypatch.setitem(app.config, "MAX_CONTENT_LENGTH", 1000)
    monkeypatch.setitem(app.config, "MAX_UPLOAD_BYTES", 1000)
    response = as_role("participant").post("/language", {"language": "x" * 2000})
    assert response.status_code == 413
    assert "larger than 1 kB" in response.text


def test_a_get_request_never_writes(as_role, cast, count_queries) -> None:
    for role, path in (
        ("participant", "/profile"),
        ("administrator", "/people"),
        ("coordinator", "/editions/R1/people"),
    ):
        browser = as_role(role)
        with count_queries() as statements:
            browser.get(path)
        assert not [sql for sql in statements if not sql.lstrip().startswith("SELECT")]


# Settings


PRODUCTION = {
    "LMS_ENV": "production",
    "LMS_SECRET_KEY": "mango river lantern, of this test alone",
    "LMS_DATABASE_URL": "sqlite://",
    "LMS_PUBLIC_URL": "https://courses.example/",
}


@pytest.mark.parametrize("name", ["LMS_SECRET_KEY", "LMS_DATABASE_URL", "LMS_PUBLIC_URL"])
def test_production_does_not_start_without_its_secrets(name) -> None:
    with pytest.raises(MissingSetting, match=name):
        load_config({**PRODUCTION, name: ""})


def test_cookies_of_production_are_secure_hidden_from_scripts_and_same_site(tmp_path) -> None:
    app = create_app({**load_config({**PRODUCTION, "LMS_INSTANCE": str(tmp_path)}), "WTF_CSRF_ENABLED": False})
    with app.app_context():
        db.create_all()
        client = app.test_client()
        response = client.get("/sign-in", base_url="https://courses.example")
        chosen = client.post("/language", data={"language": "fr"}, base_url="https://courses.example")
        db.session.remove()
        db.engine.dispose()
    assert response.status_code == 200
    for cookie in (response.headers["Set-Cookie"], chosen.headers["Set-Cookie"]):
        assert {"Secure", "HttpOnly", "SameSite=Lax"} <= {part.strip() for part in cookie.split(";")}


def test_development_needs_no_settings_and_no_https() -> None:
    config = load_config({})
    assert config["ENV_NAME"] == "development"
    assert not config["SESSION_COOKIE_SECURE"]
    assert config["SESSION_COOKIE_HTTPONLY"]


def test_a_header_that_a_view_sets_stays_as_it_is_and_stands_once() -> None:
    def view(environ, start_response):
        start_response("200 OK", [("content-security-policy", "sandbox")])
        return []

    sent: list[tuple[str, str]] = []
    list(SafeHeaders(view)({"wsgi.url_scheme": "http"}, lambda status, headers: sent.extend(headers)))
    assert [value for name, value in sent if name.lower() == "content-security-policy"] == ["sandbox"]
    assert ("X-Content-Type-Options", "nosniff") in sent


@pytest.mark.parametrize(
    ("language", "title"),
    [("en", "Problem: Sign in · "), ("fr", "Problème : Se connecter · "), ("pt", "Problema: Entrar · "), ("ar", "مشكلة: ")],
)  # fmt: skip
def test_the_title_of_a_refused_form_begins_with_it_and_one_begins_at_the_summary(as_role, language, title) -> None:
    browser = as_role("stranger")
    browser.post("/language", {"language": language})
    before, refused = browser.get("/sign-in").text, browser.post("/sign-in", {"email": "", "password": ""}).text
    assert f"<title>{title}" in refused
    assert refused.count(" autofocus") == refused.count('id="main"') == refused.count('id="main" autofocus') == 1
    assert title not in before
    assert "autofocus" not in before
