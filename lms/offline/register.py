"""Wires the feature into the app."""

from __future__ import annotations

from flask import Flask, url_for

from lms.core import clock
from lms.core.db import unit_of_work
from lms.core.jobs import register_job
from lms.core.web import reading_languages
from lms.courses.access import current_member
from lms.courses.domain.content import Module
from lms.offline import models as models  # the tables
from lms.offline.access import build_of, hold_pictures, name_person, refuse_second_time, saves_data, store_of
from lms.offline.books import book_of
from lms.offline.queries import Kept, pages_to_keep
from lms.offline.services import forget_operations
from lms.offline.views import blueprint, digest_of

A_DAY = 24 * 3600


def register(app: Flask) -> None:
    """Add the feature's routes, commands, hooks and jobs."""
    app.register_blueprint(blueprint)
    app.before_request(refuse_second_time)
    app.after_request(name_person)
    app.after_request(hold_pictures)
    app.jinja_env.globals.update(
        saves_data=saves_data,
        store_of=store_of,
        offline_shell=lambda: url_for("offline.device", v=build_of(app)),
        offline_tool=lambda: url_for("static", filename="keep.js", v=build_of(app)),
        sizes_to_keep=_sizes_to_keep,
        size_of_book=lambda module: len(book_of(current_member().edition.release_id, module)),
        keep_digest=lambda: digest_of(current_member().edition.release_id),
    )
    register_job(app, "taken operations", _forget, A_DAY)


def _sizes_to_keep(module: Module) -> Kept:
    return pages_to_keep(current_member(), module, reading_languages(), clock.now())


def _forget(app: Flask) -> None:
    with app.app_context(), unit_of_work():
        forget_operations(clock.now())
