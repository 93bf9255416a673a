"""Wires the feature into the app."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _l

from lms.courses.domain.roles import Role
from lms.courses.hooks import keep_dates, on_edition_created
from lms.courses.navigation import add_link
from lms.courses.permissions import Member
from lms.surveys import models as models  # the tables
from lms.surveys.queries import has_evaluation
from lms.surveys.services import create_survey, list_dates, write_dates
from lms.surveys.views import blueprint


def register(app: Flask) -> None:
    """Add the feature's routes, commands, hooks and jobs."""
    app.register_blueprint(blueprint)
    on_edition_created("surveys", create_survey)
    keep_dates("surveys", list_dates, write_dates)
    add_link(80, _l("Evaluation"), "surveys.answer", _is_asked)
    add_link(80, _l("Evaluation"), "surveys.results", _reads_results)


def _is_asked(member: Member) -> bool:
    return member.is_participant and has_evaluation(member.edition.release_id)


def _reads_results(member: Member) -> bool:
    reads = member.is_coordinating or member.role == Role.SPONSOR_VIEWER
    return reads and has_evaluation(member.edition.release_id)
