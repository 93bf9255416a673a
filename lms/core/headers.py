"""Headers that every answer carries, added in one go where the answer leaves the app."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = logging.getLogger(__name__)

REQUEST_ID = "segin.request_id"
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
_ALWAYS = (
    ("Content-Security-Policy", CONTENT_SECURITY_POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("X-Frame-Options", "DENY"),
    ("Permissions-Policy", "camera=(), microphone=(), geolocation=()"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
)
# These mean something to a document only, and cost a tenth of a kilobyte each time.
_FOR_DOCUMENTS = frozenset({"permissions-policy", "cross-origin-opener-policy"})
_NO_DOCUMENTS = ("application/json", "text/javascript", "text/css")
_BY_HTTP = {name.lower(): (name, value) for name, value in _ALWAYS}
_BY_HTTPS = {**_BY_HTTP, "strict-transport-security": ("Strict-Transport-Security", "max-age=31536000")}


class UntrustedProxy:
    """Says once in the log that a proxy seems to stand in front of a server that was not told of it."""

    def __init__(self, application: WSGIApplication) -> None:
        self.application = application
        self.has_warned = False

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Pass a request on."""
        if "HTTP_X_FORWARDED_FOR" in environ and not self.has_warned:
            self.has_warned = True
            log.warning(
                "A request came with X-Forwarded-For, but LMS_TRUSTED_PROXIES is 0, so the header is ignored. If a proxy "
                "stands in front of this server, set LMS_TRUSTED_PROXIES to the number of proxies: until then everybody "
                "has the proxy's address (%s), shares its tries of a password, and links may begin with http. If none "
                "does, somebody has made the header up, and there is nothing to do. This is said once a process.",
                environ.get("REMOTE_ADDR", "unknown"),
            )
        return self.application(environ, start_response)


class SafeHeaders:
    """Gives each request an id, and its answer the headers that keep foreign content and frames out.

    A header that the view has set stays as it is, under whatever case it was written.
    """

    def __init__(self, application: WSGIApplication) -> None:
        self.application = application

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        request_id = environ[REQUEST_ID] = secrets.token_hex(8)
        always = _BY_HTTPS if environ["wsgi.url_scheme"] == "https" else _BY_HTTP

        def start(status: str, headers: list[tuple[str, str]], *exc_info: object) -> object:
            given = {name.lower() for name, _value in headers}
            if any(name.lower() == "content-type" and value.startswith(_NO_DOCUMENTS) for name, value in headers):
                given |= _FOR_DOCUMENTS
            headers += [header for name, header in always.items() if name not in given]
            headers.append(("X-Request-ID", request_id))
            return start_response(status, headers, *exc_info)  # type: ignore[arg-type]

        return self.application(environ, start)  # type: ignore[arg-type]
