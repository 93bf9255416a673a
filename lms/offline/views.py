"""The worker and the manifest of the installed app, the list of what is on a device, and the switch that saves data."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask_babel import force_locale
from flask_babel import gettext as _
from markupsafe import Markup
from werkzeug.wrappers import Response

from lms.accounts.access import local_target, signed_in
from lms.core import clock
from lms.core.access import allow, anyone
from lms.core.assets import content_to_send
from lms.core.errors import NotFound
from lms.core.i18n import direction_of, locale_of, localise
from lms.core.web import asset_url, interface_language, plain_filter, reading_languages
from lms.courses.access import current_member, learners_and_teachers
from lms.courses.domain.reading import ModuleState
from lms.courses.queries import get_content, module_states
from lms.offline.access import SAVER_COOKIE, build_of
from lms.offline.books import book_of, lesson_html, terms_of
from lms.offline.domain import MEDIA_TYPE
from lms.offline.queries import pages_to_keep

blueprint = Blueprint("offline", __name__)

AN_HOUR = 3600
# On the page of a whole module, a lesson's title stands one level below the module's, and its parts below that.
_HEADINGS = re.compile(r"(</?h)([2-5])\b")
# The notes of every lesson begin with 1; on one page each lesson has its own.
_NOTES = re.compile(r'(\bid="|href="#)(fn(?:ref)?[\d-]+)"')
A_YEAR = 365 * 24 * AN_HOUR
# What kept pages need beside their HTML; pages that ask for more work without it.
FILES = ("segin.css", "offline.js", "quiz.js", "draft.js", "forums.css", "forums.js", "mark.svg")


@blueprint.get("/sw.js")
@allow(anyone)
def worker() -> Response:
    """The worker that stands between the pages and the network; the same for everybody."""
    response = Response(_worker_script(), content_type="text/javascript; charset=utf-8")
    # Never for long: a browser asks for it again an hour later, so that a mistake in it can be mended.
    response.headers["Cache-Control"] = f"public, max-age={AN_HOUR}"
    response.add_etag()
    return response.make_conditional(request)


@lru_cache(maxsize=1)
def _worker_script() -> bytes:
    script = content_to_send(Path(current_app.static_folder or "") / "sw.js").decode()
    words = {language: _words_without_page(language) for language in current_app.config["INTERFACE_LANGUAGES"]}
    return script.replace("WORDS={}", f"WORDS={json.dumps(words, ensure_ascii=False)}").encode()


def _words_without_page(language: str) -> tuple[str, ...]:
    """What the worker says by itself where there is no network and nothing on the device that may be shown."""
    with force_locale(locale_of(language)):
        return (
            language,
            direction_of(language),
            _("There is no network"),
            _("Nothing of it is on this device. If you keep modules here, they open once you have signed in again."),
            _("Try again"),
        )


@blueprint.get("/manifest.webmanifest")
@allow(anyone)
def manifest() -> Response:
    """What the site is called and looks like where it is installed, in the language of the page that asked."""
    language = interface_language()
    # The colours are those of lms/static/segin.css: paper, and the bar at the top.
    description = {
        "name": _("Segin: courses"),
        "short_name": "Segin",
        "lang": language,
        "dir": direction_of(language),
        "id": url_for("home.index"),
        "start_url": url_for("home.index"),
        "scope": url_for("home.index"),
        "display": "standalone",
        "background_color": "#faf7f0",
        "theme_color": "#2b3a67",
        "icons": [
            {
                "src": asset_url(current_app, f"icon-{size}.png"),
                "sizes": f"{size}x{size}",
                "type": "image/png",
                "purpose": "any maskable",
            }
            for size in (192, 512)
        ],
    }
    response = Response(current_app.json.dumps(description), content_type="application/manifest+json")
    response.headers["Cache-Control"] = f"private, max-age={AN_HOUR * 24}"
    return response


@blueprint.get("/offline")
@allow(signed_in)
def device() -> str:
    """What is kept on this device and what waits to be sent; shown, too, where there is no network."""
    return render_template("offline/device.html")


@blueprint.post("/offline/data-saver")
@allow(anyone)
def choose_saver() -> Response:
    """Turn the data saver of this device on or off."""
    response = redirect(local_target(request.form.get("next")), 303)
    is_on = request.form.get("saver") == "on"
    response.set_cookie(
        SAVER_COOKIE, "on" if is_on else "off", max_age=A_YEAR, samesite="Lax", httponly=True, secure=request.is_secure
    )
    return response


def _open_module(key: str, now: datetime) -> ModuleState:
    """A module that the member may read; raises NotFound."""
    member = current_member()
    enrolment_id = member.enrolment.id if member.enrolment and member.is_participant else None
    state = next((one for one in module_states(member.edition, enrolment_id, now) if one.module.key == key), None)
    if state is None or not (state.is_open or member.is_teaching):
        raise NotFound(_("This module is not there, or not open yet."))
    return state


@blueprint.get("/editions/<code>/modules/<key>/print")
@allow(learners_and_teachers)
def printable(code: str, key: str) -> str:
    """All of a module on one page."""
    state, texts = _open_module(key, clock.now()), []
    for number, lesson in enumerate(state.module.lessons, start=1):
        body = localise(lesson.body, reading_languages())
        html = _NOTES.sub(rf'\g<1>l{number}-\g<2>"', str(lesson_html(body.text)))
        html = html.replace(
            '<section class="footnotes"',
            f'<section class="footnotes" id="n{number}" aria-labelledby="n{number} title-{number}"',
        )
        html = _HEADINGS.sub(lambda tag: f"{tag[1]}{int(tag[2]) + 1}", html)
        texts.append((number, lesson, body.language or interface_language(), Markup(html)))  # noqa: S704  as rendered
    terms = terms_of(get_content(current_member().edition.release_id), state.module)
    return render_template("offline/printable.html", state=state, texts=texts, terms=terms)


@blueprint.get("/editions/<code>/modules/<key>/book")
@allow(learners_and_teachers)
def book(code: str, key: str) -> Response:
    """All of a module as a file for a reading app."""
    module = _open_module(key, clock.now()).module
    response = Response(book_of(current_member().edition.release_id, module), content_type=MEDIA_TYPE)
    response.headers.set("Content-Disposition", "attachment", filename=f"{code}-{key}.epub")
    return response


@blueprint.get("/editions/<code>/modules/<key>/offline")
@allow(learners_and_teachers)
def module(code: str, key: str) -> dict[str, Any]:
    """What to keep of a module: the addresses, for the page's script."""
    member, now = current_member(), clock.now()
    state = _open_module(key, now)
    kept = pages_to_keep(member, state.module, reading_languages(), now)
    files = [*(asset_url(current_app, name) for name in FILES), *_own_files()]
    return {
        "key": f"{code}/{key}",
        "title": f"{plain_filter(state.module.title)} ({code})",
        "href": url_for("courses.module", code=code, key=key),
        "digest": digest_of(member.edition.release_id),
        "bytes": kept.size_bytes,
        "shell": url_for(".device"),
        "files": [*files, *kept.pages],
        "lasting": len(files) + kept.lasting,
    }


def _own_files() -> tuple[str, str]:
    """The page of what is here and its script, by the names under which pages ask for them."""
    build = build_of(current_app)
    return url_for("static", filename="keep.js", v=build), url_for(".device", v=build)


def digest_of(release_id: int) -> str:
    """Changes when a kept copy is behind: another release of the course, another language, another version of Segin."""
    return hashlib.sha256(f"{release_id} {build_of(current_app)}".encode()).hexdigest()[:12]
