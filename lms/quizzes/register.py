"""Wires the feature into the app."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _l

from lms.core import clock
from lms.core.db import unit_of_work
from lms.core.jobs import register_job
from lms.courses.activities import add_activity_dates
from lms.courses.hooks import (
    keep_dates,
    on_course_exported,
    on_edition_created,
    on_edition_opening,
    on_release_imported,
)
from lms.courses.navigation import add_link
from lms.courses.questions import add_question_kinds
from lms.grading.hooks import announce_work, offer_work, on_extension_granted
from lms.quizzes import composing_views as composing_views  # its routes
from lms.quizzes import exchange_models as exchange_models
from lms.quizzes import models as models  # the tables
from lms.quizzes import regrade_models as regrade_models
from lms.quizzes.bank_views import blueprint as bank_blueprint
from lms.quizzes.display import part_of_mark
from lms.quizzes.exchange_cli import questions_group
from lms.quizzes.exchange_views import blueprint as exchange_blueprint
from lms.quizzes.queries import quiz_dates
from lms.quizzes.queries.gradable import list_gradable
from lms.quizzes.questions import TYPES
from lms.quizzes.services import close_expired_attempts, create_quizzes, sync_bank
from lms.quizzes.services.adopting import list_arrivals
from lms.quizzes.services.dates import list_dates, write_dates
from lms.quizzes.services.departures import content_with_bank
from lms.quizzes.services.lengthening import lengthen_attempts
from lms.quizzes.services.settings import missing_to_draw
from lms.quizzes.views import blueprint


def register(app: Flask) -> None:
    """Add the feature's routes, commands, hooks and jobs."""
    app.register_blueprint(blueprint)
    app.register_blueprint(exchange_blueprint)
    app.cli.add_command(questions_group)
    app.register_blueprint(bank_blueprint)
    add_question_kinds(TYPES.values())
    app.add_template_filter(part_of_mark, "part")
    on_release_imported("quizzes", sync_bank)
    on_course_exported("quizzes", content_with_bank)
    on_edition_created("quizzes", create_quizzes)
    keep_dates("quizzes", list_dates, write_dates)
    add_activity_dates("quizzes", quiz_dates)
    on_extension_granted("quizzes", lengthen_attempts)
    offer_work("quizzes", list_gradable)
    announce_work("quizzes", list_arrivals)
    on_edition_opening("quizzes", missing_to_draw)
    add_link(62, _l("Quizzes"), "quizzes.index", lambda member: member.is_teaching)
    register_job(app, "expired attempts", close_expired, every_seconds=20)


def close_expired(app: Flask) -> None:
    """Close the attempts whose time is over, in a transaction of its own."""
    with app.app_context(), unit_of_work():
        close_expired_attempts(clock.now())
