"""Who this browser is: sessions in signed cookies, as Flask keeps them, with less work on every request.

Measured: checking the same cookie again, and sending it again, were a tenth of a page. Whether a cookie's signature is
right never changes, so a process checks it once; the cookie's age is asked every time.
"""

from __future__ import annotations

from copy import deepcopy
from functools import lru_cache
from typing import Any

from flask import Flask, Request, Response
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from itsdangerous import BadSignature, TimestampSigner, URLSafeTimedSerializer
from werkzeug.http import parse_cookie

# Seconds after which the cookie of a lasting session is sent again, so that it ends a month after the last visit.
RENEWED_AFTER = 24 * 3600
# Cookies and the tokens of forms have their age by the clock of what signs them, in whole seconds.
time_of_signing = TimestampSigner("tells the time").get_timestamp


class CookieSession(SecureCookieSession):
    """The content of a session's cookie, and when it was signed."""

    signed_at: int | None = None


class CookieSessions(SecureCookieSessionInterface):
    """Opens and saves sessions; the cookie's form is Flask's own."""

    session_class: type[CookieSession] = CookieSession

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """What signs the cookies, put together once."""
        config = app.config
        secret_key = config["SECRET_KEY"]
        return _serializer(app, secret_key, tuple(config["SECRET_KEY_FALLBACKS"] or ())) if secret_key else None

    def open_session(self, app: Flask, request: Request) -> CookieSession | None:
        """The session of a request's cookie; a new one if there is none, or it is too old or not ours."""
        serializer = self.get_signing_serializer(app)
        if serializer is None:
            return None
        # Not by the request's headers, which are gone through one by one.
        cookie = parse_cookie(request.environ).get(app.config["SESSION_COOKIE_NAME"])
        if not cookie:
            return self.session_class()
        try:
            content, signed_at = _read(serializer, cookie)
        except BadSignature:
            return self.session_class()
        if not 0 <= time_of_signing() - signed_at <= app.permanent_session_lifetime.total_seconds():
            return self.session_class()
        session = self.session_class(content if _holds_texts_only(content) else deepcopy(content))
        session.signed_at = signed_at
        return session

    def should_set_cookie(self, app: Flask, session: SessionMixin) -> bool:
        """True if something has changed, or a lasting session needs a younger cookie."""
        if session.modified:
            return True
        signed_at = getattr(session, "signed_at", None)
        return session.permanent and (signed_at is None or time_of_signing() - signed_at > RENEWED_AFTER)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Send the cookie where it is needed, and say that the answer depends on it."""
        if not session or self.should_set_cookie(app, session):
            super().save_session(app, session, response)
            return
        vary = response.headers.get("Vary")
        response.headers["Vary"] = f"{vary}, Cookie" if vary else "Cookie"


def _holds_texts_only(content: dict[str, Any]) -> bool:
    """True if nothing in the content of a session can be changed in place."""
    return all(type(value) in (str, bool, int) for value in content.values())


@lru_cache(maxsize=8)
def _serializer(app: Flask, secret_key: str | bytes, fallbacks: tuple[str | bytes, ...]) -> URLSafeTimedSerializer:
    serializer = SecureCookieSessionInterface.get_signing_serializer(CookieSessions(), app)
    assert serializer is not None
    return serializer


@lru_cache(maxsize=2048)
def _read(serializer: URLSafeTimedSerializer, cookie: str) -> tuple[Any, int]:
    """What a cookie of ours says and when it was signed; raises BadSignature, which is not kept."""
    content, signed_at = serializer.loads(cookie, return_timestamp=True)
    return content, int(signed_at.timestamp())
