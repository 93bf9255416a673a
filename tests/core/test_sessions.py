"""A session's cookie is checked once, its age every time; it is sent again only where it must be."""

from __future__ import annotations

import itsdangerous.timed
import pytest
from flask import Flask, flash, session
from itsdangerous import URLSafeTimedSerializer

from lms.core.sessions import RENEWED_AFTER, CookieSession, CookieSessions

DAY = 24 * 3600


@pytest.fixture
def wait(monkeypatch: pytest.MonkeyPatch):
    """Let the clock of the cookies stand so many seconds later."""
    real = itsdangerous.timed.time.time

    class Later:
        seconds = 0

        def time(self) -> float:
            return real() + self.seconds

    later = Later()
    monkeypatch.setattr(itsdangerous.timed, "time", later)

    def by(seconds: int) -> None:
        later.seconds = seconds

    return by


def cookie_of(app: Flask, **content: object) -> str:
    serializer = app.session_interface.get_signing_serializer(app)
    assert isinstance(serializer, URLSafeTimedSerializer)
    return str(serializer.dumps(content))


def opened(app: Flask, cookie: str) -> CookieSession:
    with app.test_request_context("/", headers={"Cookie": f"session={cookie}"}) as context:
        found = CookieSessions().open_session(app, context.request)
    assert found is not None
    return found


def test_a_cookie_of_ours_is_read(app) -> None:
    assert opened(app, cookie_of(app, name="Awa")) == {"name": "Awa"}


def test_a_cookie_that_somebody_changed_says_nothing_however_often_it_comes(app) -> None:
    cookie = cookie_of(app, name="Awa")
    opened(app, cookie)
    forged = cookie[:-2] + ("AA" if cookie[-2:] != "AA" else "BB")
    assert opened(app, forged) == {}
    assert opened(app, forged) == {}


def test_a_cookie_signed_with_another_key_says_nothing(app, monkeypatch) -> None:
    cookie = cookie_of(app, name="Awa")
    opened(app, cookie)
    monkeypatch.setattr(app, "secret_key", "another")
    assert opened(app, cookie) == {}


def test_a_cookie_that_was_read_before_still_grows_too_old(app, wait) -> None:
    cookie = cookie_of(app, name="Awa")
    assert opened(app, cookie)
    wait(30 * DAY + 2)
    assert opened(app, cookie) == {}


def test_what_one_request_changes_is_not_in_the_next_that_comes_with_the_same_cookie(app) -> None:
    cookie = cookie_of(app, words=["one"])
    opened(app, cookie)["words"].append("two")
    assert opened(app, cookie) == {"words": ["one"]}


@pytest.fixture
def visit(app):
    """The ``Set-Cookie`` header that a visit to a page without any change brings."""

    def visiting(cookie: str) -> str | None:
        answer = app.test_client(use_cookies=False).get("/sign-in", headers={"Cookie": f"session={cookie}"})
        assert "Cookie" in answer.headers["Vary"]
        return answer.headers.get("Set-Cookie")

    return visiting


def test_a_lasting_session_gets_a_younger_cookie_once_a_day(app, visit, wait) -> None:
    cookie = cookie_of(app, _permanent=True, csrf_token="x")
    assert visit(cookie) is None
    wait(RENEWED_AFTER + 2)
    renewed = visit(cookie)
    assert renewed is not None
    assert "Expires" in renewed


def test_a_session_of_this_visit_only_is_not_made_to_last(app, visit, wait) -> None:
    cookie = cookie_of(app, csrf_token="x")
    wait(RENEWED_AFTER + 2)
    assert visit(cookie) is None


def test_a_message_is_shown_once(app) -> None:
    client = app.test_client()
    with app.test_request_context("/"):
        flash("Kept.")
        cookie = cookie_of(app, **session)
    client.set_cookie("session", cookie)
    assert "Kept." in client.get("/sign-in").text
    assert "Kept." not in client.get("/sign-in").text
