"""Web plumbing: the fixed life of a request, security headers, errors as pages, and what templates may call."""

from __future__ import annotations

import hashlib
import hmac
import logging
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

from babel.support import NullTranslations
from flask import Flask, Request, Response, current_app, g, make_response, render_template, request
from flask_babel import Babel, Domain, format_date, format_datetime, format_decimal, get_locale, refresh
from flask_babel import gettext as _
from flask_compress import Compress
from flask_wtf import CSRFProtect
from flask_wtf.csrf import CSRFError, generate_csrf, same_origin
from itsdangerous import BadData, URLSafeTimedSerializer
from markupsafe import Markup
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from lms.core import clock
from lms.core.access import enforce_access
from lms.core.current import this_app, this_page, this_request, this_session
from lms.core.current import wants_json as wants_json
from lms.core.db import db, read_only_request
from lms.core.errors import NotFound, Refusal
from lms.core.fragments import fragment_builder
from lms.core.headers import REQUEST_ID
from lms.core.i18n import (
    LANGUAGE_NAMES,
    RIGHT_TO_LEFT,
    Text,
    best_language,
    date_pattern,
    direction_of,
    locale_of,
    localise,
)
from lms.core.markdown import render_markdown
from lms.core.plain_text import typed_as_text
from lms.core.sessions import time_of_signing
from lms.core.templating import TranslatedEnvironment, catalogue
from lms.core.waiting import leave_to_its_writer

log = logging.getLogger(__name__)

LANGUAGE_COOKIE = "language"


class FormProtection(CSRFProtect):  # type: ignore[misc]  # Flask-WTF has no types
    """Protection against forged forms that looks at nothing where there is no form."""

    def protect(self, apply_exemptions: bool = False) -> None:
        """Refuse the request if it changes something without the token of its session."""
        asked = this_request()
        if asked.method in _HARMLESS:
            return
        if _has_good_token(asked):
            g.csrf_valid = True
        else:
            super().protect(apply_exemptions)  # knows exemptions, and says what is wrong


def _has_good_token(request: Request) -> bool:
    """True for a form sent from a page of this site that was made for this session; Flask-WTF judges all others.

    Over HTTPS the page that it was sent from is looked at too, as Flask-WTF does.
    """
    # In a form, or in the header that a page's script sends it in.
    token = request.headers.get("X-CSRFToken") or request.form.get("csrf_token")
    secret = this_session().get("csrf_token")
    if not token or not secret:
        return False
    if request.is_secure and not (request.referrer and same_origin(request.referrer, f"https://{request.host}/")):
        return False
    app = this_app()
    try:
        found, signed_at = _read_token(app.secret_key, token)
    except BadData:
        return False
    limit = app.config["WTF_CSRF_TIME_LIMIT"]
    return hmac.compare_digest(str(found), str(secret)) and (limit is None or time_of_signing() - signed_at <= limit)


class Catalogues(Domain):  # type: ignore[misc]  # Flask-Babel has no types
    """Flask-Babel's translations, from the catalogues that the process keeps.

    Measured: Flask-Babel writes out the locale's name for each string, at the price of ten translations.
    """

    def get_translations(self) -> NullTranslations:
        """The catalogue of the page's language."""
        # A mail is written in its reader's language: ``force_locale`` keeps it here. A page is in its own.
        locale = getattr(this_page().__dict__.get("_flask_babel"), "babel_locale", None)
        return catalogue(interface_language() if locale is None else locale.language)


class CataloguedBabel(Babel):  # type: ignore[misc]
    """Flask-Babel with those."""

    domain_instance = Catalogues()


_HARMLESS = frozenset({"GET", "HEAD", "OPTIONS"})
# Letters of the longest title; what is longer is a paragraph.
_TITLE = 100
csrf = FormProtection()
babel = CataloguedBabel()


def interface_language() -> str:
    """The language this page is in: the person's own, else a choice kept in a cookie, else the browser's."""
    # Asked a dozen times a page: past the proxy.
    page = this_page().__dict__
    language: str | None = page.get("language")
    if language is None:
        language = page["language"] = _chosen_language(page.get("person_language"))
    return language


def speak(language: str) -> None:
    """Go on in a language that was chosen while this request is answered: by a sign-in, or in a profile."""
    page = vars(this_page())
    page["person_language"] = language
    page.pop("language", None)
    refresh()


def _chosen_language(person_language: str | None) -> str:
    available = this_app().config["INTERFACE_LANGUAGES"]
    if person_language is not None and person_language in available:
        return person_language  # what the browser asks for is read only where it matters
    wanted = [person_language] if person_language else []
    if request:
        cookie = request.cookies.get(LANGUAGE_COOKIE)
        wanted += [cookie] if cookie else []
        wanted += [tag for tag, _quality in request.accept_languages]
    return best_language(wanted, available)


def _page_locale() -> str:
    return locale_of(interface_language())


def written_language() -> str:
    """The language that is being written: a letter's, while it is made, else the page's."""
    locale = get_locale()
    return "en" if locale is None else str(locale.language)


def reading_languages() -> tuple[str, ...]:
    """Languages in which course texts are tried: the reader's, then the edition's (set by the edition's access rule)."""
    return (interface_language(), *this_page().__dict__.get("edition_languages", ()))


def init_web(app: Flask) -> None:
    """Attach the plumbing to the app."""
    # Before anything asks for the template environment, which is made once.
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True, "cache_size": 2000}
    app.jinja_environment = TranslatedEnvironment  # type: ignore[assignment]  # Flask declares the base alone
    environment = cast(TranslatedEnvironment, app.jinja_env)
    environment.language_of_page = interface_language
    csrf.init_app(app)
    Compress(app)
    babel.init_app(app, locale_selector=_page_locale, timezone_selector=lambda: "UTC")
    app.jinja_env.install_gettext_callables(_translate, _translate_plural, newstyle=True)  # type: ignore[attr-defined]
    app.context_processor(lambda: {"csrf_token": form_token})
    app.before_request(_begin)
    app.before_request(leave_to_its_writer)
    app.before_request(enforce_access)
    app.after_request(_finish)
    app.register_error_handler(Refusal, _refused)
    app.register_error_handler(CSRFError, _csrf_failed)
    app.register_error_handler(RequestEntityTooLarge, _too_large)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _bug)
    app.jinja_env.add_extension("jinja2.ext.do")
    app.jinja_env.filters.update(
        text=text_filter, prose=prose_filter, as_text=typed_as_text, plain=plain_filter, points=points_filter, markdown=render_markdown, day=day_filter,
        moment=moment_filter, filesize=filesize_filter, percent=percent_filter,
    )  # fmt: skip
    app.jinja_env.globals.update(
        language_names=LANGUAGE_NAMES, direction_of=direction_of, page_language=interface_language, now=lambda: clock.now(),
        fragment=fragment_builder(environment), csrf_token=form_token,
        interface_languages=app.config["INTERFACE_LANGUAGES"], asset=lru_cache(lambda name: asset_url(app, name)),
    )  # fmt: skip


def _translations() -> NullTranslations:
    return catalogue(interface_language())


def _translate(message: str) -> str:
    return _translations().gettext(message)


def _translate_plural(singular: str, plural: str, count: int) -> str:
    return _translations().ngettext(singular, plural, count)


def _begin() -> None:
    asked = this_request()  # past the proxy, here and below: every request comes by
    is_harmless = asked.method in _HARMLESS
    read_only_request(is_harmless)
    if "\0" in asked.path:
        raise NotFound  # no page has one in its address, and PostgreSQL would not even look
    if not is_harmless and asked.endpoint is not None:
        # All of it, before the first statement: a line that brings a form in minutes would keep everybody else from
        # writing as long.
        asked.get_data(parse_form_data=True)


def _finish(response: Response) -> Response:
    headers = response.headers
    if "Cache-Control" not in headers:
        # A shared phone must not show the last person's pages and tables, by its back button or by their address.
        if "person_language" in this_page().__dict__:
            headers["Cache-Control"] = "no-store"
        elif (response.content_type or "").startswith("text/html"):
            headers["Cache-Control"] = "private, no-cache"
    return response


def form_token() -> str:
    """The token that this page's forms carry; signed once for a page."""
    page = this_page().__dict__
    token = page.get("csrf_token")
    if token is None:
        secret = this_session().get("csrf_token")
        token = _sign_token(this_app().secret_key, secret, time_of_signing() // 60) if secret else generate_csrf()
        page["csrf_token"] = token
    return str(token)


@lru_cache(maxsize=2048)
def _sign_token(secret_key: str | bytes, secret: str, minute: int) -> str:
    """As Flask-WTF does it; the pages that a person opens within a minute carry the same token."""
    return str(_form_signer(secret_key).dumps(secret))


@lru_cache(maxsize=2048)
def _read_token(secret_key: str | bytes, token: str) -> tuple[Any, int]:
    """What a token of ours says and when it was signed; raises BadData, which is not kept."""
    secret, signed_at = _form_signer(secret_key).loads(token, return_timestamp=True)
    return secret, int(signed_at.timestamp())


@lru_cache(maxsize=4)
def _form_signer(secret_key: str | bytes) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(secret_key, salt="wtf-csrf-token")


def _error_page(status: int, message: str) -> Response:
    if wants_json():
        response = make_response({"error": message}, status)
    else:
        response = make_response(render_template(f"errors/{_error_template(status)}.html", message=message), status)
    return response


def _error_template(status: int) -> str:
    return str(status) if status in (403, 404, 409, 413, 500) else "other"


def _refused(error: Refusal) -> Response:
    db.session.rollback()
    return _error_page(error.status, error.message)


def _csrf_failed(error: CSRFError) -> Response:
    return _error_page(
        400,
        _(
            "Your sign-in has ended or this page is too old. Sign in again in another tab, then send once more: what you typed is still in this page."
        ),
    )


def _too_large(error: RequestEntityTooLarge) -> Response:
    limit = filesize_filter(current_app.config["MAX_UPLOAD_BYTES"])
    return _error_page(
        413,
        _(
            "The file is larger than %(limit)s. Make it smaller, or save the document without pictures, and try again.",
            limit=limit,
        ),
    )


def _http_error(error: HTTPException) -> Any:
    if error.code is None or error.code < 400:
        return error
    return _error_page(error.code, "")


def _bug(error: Exception) -> Response:
    db.session.rollback()
    log.exception("request %s failed", request.environ.get(REQUEST_ID) if request else None)
    if request and request.environ.get("segin.raise_bugs"):
        raise error
    return _error_page(500, "")


def text_filter(text: Text | None) -> Markup:
    """A text as the reader sees it; one that falls back to another language is marked with that language."""
    if not text:
        return Markup()
    found = localise(text, reading_languages())
    if found.language in ("", interface_language()):
        return Markup.escape(found.text)
    kind = "fallback paragraph" if len(found.text) > _TITLE else "fallback"
    return Markup('<span lang="{0}" dir="{1}" class="{2}">{3}</span>').format(
        found.language, direction_of(found.language), kind, found.text
    )


def prose_filter(text: Text) -> Markup:
    """A course's text in Markdown, as the reader sees it; one that falls back is marked with its language."""
    found = localise(text, reading_languages())
    return prose_in(found.language, render_markdown(found.text))


def prose_in(language: str, html: Markup) -> Markup:
    """A passage of a course, marked with its language where that is not the page's; empty: the same in all."""
    other = language not in ("", interface_language())
    mark = Markup(' lang="{0}" dir="{1}"').format(language, direction_of(language)) if other else ""
    return Markup('<div class="prose"{0}>{1}</div>').format(mark, html)


def plain_filter(text: Text | None) -> str:
    """The same without marks, for titles and attributes."""
    return localise(text, reading_languages()).text if text else ""


def points_filter(points: Decimal | None) -> str:
    """Points with exactly two decimals, as they are compared."""
    return "" if points is None else _format_points(points, interface_language())


@lru_cache(maxsize=4096)
def _format_points(points: Decimal, language: str) -> str:
    return str(format_decimal(points, format="#,##0.00"))


def percent_filter(value: Decimal | None) -> str:
    """A percentage with one decimal, its sign never on the next line."""
    if value is None:
        return ""
    # Between the two a blank would let the sign come before the figure where lines run from right to left.
    blank = "" if interface_language() in RIGHT_TO_LEFT else "\N{NO-BREAK SPACE}"
    return f"{format_decimal(value, format='#,##0.0')}{blank}%"


def day_filter(value: date) -> str:
    """A day in full, with its weekday."""
    return str(format_date(value, date_pattern("EEEE d MMMM y", written_language(), value)))


def moment_filter(value: datetime | str, zone: str = "UTC", form: str = "long") -> str:
    """An instant in a zone: ``long`` Friday 2 December, 23:59 · ``short`` 2 Dec, 23:59 · ``year`` with the year.

    The year is named too wherever it is not the year that runs. Mail carries its values as JSON, so an instant may also
    come in ISO form.
    """
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    local = value.astimezone(ZoneInfo(zone))
    year = " y" if local.year != clock.now().astimezone(ZoneInfo(zone)).year else ""
    pattern = {"long": f"EEEE d MMMM{year}, HH:mm", "short": f"d MMM{year}, HH:mm", "year": "d MMMM y, HH:mm"}[form]
    return str(format_datetime(local, date_pattern(pattern, written_language(), local), rebase=False))


def filesize_filter(size: int) -> str:
    """Bytes as a person reads them: kB below a megabyte."""
    if size < 1024 * 1024:
        return str(_("%(number)s kB", number=format_decimal(max(1, round(size / 1024)))))
    return str(_("%(number)s MB", number=format_decimal(Decimal(size) / (1024 * 1024), format="0.0")))


@lru_cache(maxsize=64)
def _fingerprint(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:10]


def asset_url(app: Flask, name: str) -> str:
    """A static file's address with a fingerprint, so that browsers may keep it for a year."""
    path = Path(app.static_folder or "") / name
    return f"/static/{name}?v={_fingerprint(path)}"


def current_locale() -> str:
    """The locale of the page, for libraries that need its name."""
    return str(get_locale())
