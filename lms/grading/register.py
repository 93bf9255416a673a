"""Wires the feature into the app."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _l

from lms.courses.hooks import on_edition_created
from lms.courses.navigation import add_link
from lms.grading import cli as cli  # the commands
from lms.grading import models as models  # the tables
from lms.grading.certificate_names import certificate_title
from lms.grading.explanation import explain, explain_line
from lms.grading.services import create_scheme
from lms.grading.views import blueprint
from lms.grading.wording import (
    decision_label,
    entry_label,
    reason_label,
    sentence,
    sentences,
    short_title,
    source_label,
    state_label,
    status_label,
)


def register(app: Flask) -> None:
    """Add the feature's routes, commands, hooks and jobs."""
    app.register_blueprint(blueprint)
    on_edition_created("grading", create_scheme)
    add_link(40, _l("My results"), "grading.results", lambda member: member.is_participant)
    add_link(60, _l("Gradebook"), "grading.gradebook", lambda member: member.is_teaching)
    app.jinja_env.filters.update(certificate_title=certificate_title)
    app.jinja_env.globals.update(
        decision_label=decision_label, entry_label=entry_label, explain=explain, explain_line=explain_line, reason_label=reason_label, sentence=sentence, sentences=sentences,
        short_title=short_title, source_label=source_label, state_label=state_label, status_label=status_label,
    )  # fmt: skip
