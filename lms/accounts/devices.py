"""Browsers that somebody has signed in with before: strangers who try passwords elsewhere cannot lock them out.

A signed cookie says for whom, under a name that only this installation can work out, and gives each browser a number of
its own, by which its tries are counted. Source: OWASP, Slow Down Online Guessing Attacks with Device Cookies.
"""

from __future__ import annotations

import hmac
import secrets
from typing import Any

from flask import Response, after_this_request, current_app, request
from itsdangerous import BadSignature, URLSafeTimedSerializer

from lms.accounts.domain import email_key

LIFETIME_SECONDS = 365 * 24 * 3600
# A phone is shared by a family or a centre, seldom by more.
_MOST_PEOPLE = 5
# Sent with the form that needs it and with no other request: a week of learning has hundreds of them.
_PATH = "/sign-in"


def _cookie_name() -> str:
    return "__Secure-device" if current_app.config["SESSION_COOKIE_SECURE"] else "device"


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.secret_key), salt="known device")


def _name_of(email: str) -> str:
    key = str(current_app.secret_key).encode()
    return hmac.new(key, f"device of {email_key(email)}".encode(), "sha256").hexdigest()[:20]


def _known() -> list[list[str]]:
    try:
        return list(_signer().loads(request.cookies.get(_cookie_name(), ""), max_age=LIFETIME_SECONDS))
    except BadSignature:
        return []


def known_device(email: str) -> str | None:
    """This browser's number for an account that has been signed in to with it; ``None`` for any other."""
    name = _name_of(email)
    return next((number for known, number in _known() if known == name), None)


def remember_device(email: str) -> None:
    """Let the answer to this request carry the cookie that says that this browser is known for an account.

    Other people whom the browser knows are kept where the request brings the cookie, which is at a sign-in.
    """
    name = _name_of(email)
    others = [pair for pair in _known() if pair[0] != name]
    number = known_device(email) or secrets.token_urlsafe(9)
    value = str(_signer().dumps([[name, number], *others][:_MOST_PEOPLE]))

    @after_this_request
    def _carry(response: Response) -> Any:
        response.set_cookie(
            _cookie_name(),
            value,
            max_age=LIFETIME_SECONDS,
            path=_PATH,
            samesite="Lax",
            httponly=True,
            secure=current_app.config["SESSION_COOKIE_SECURE"],
        )
        return response
