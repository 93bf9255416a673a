"""Wires the feature into the app."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from flask import Flask
from flask_babel import format_decimal
from flask_babel import lazy_gettext as _l

from lms.assignments import group_models as group_models  # the tables
from lms.assignments import models as models  # the tables
from lms.assignments import records as records
from lms.assignments.domain.texts import clean_text
from lms.assignments.jobs import run_rounds, run_similarity
from lms.assignments.queries.conversations import places_of, said_in
from lms.assignments.queries.gradable import list_gradable
from lms.assignments.queries.work import assignment_dates
from lms.assignments.queries.workspace import open_questions
from lms.assignments.services.contributions import suggestions_for
from lms.assignments.services.dates import list_dates, write_dates
from lms.assignments.services.holding import held_counts, post_held
from lms.assignments.services.lateness import follow_extension
from lms.assignments.services.peer_rounds import create_rounds, list_rounds, write_round
from lms.assignments.services.setup import create_assignments
from lms.assignments.services.tasks import follow_dates, list_arrivals
from lms.assignments.views import blueprint
from lms.assignments.views.workspace import host_of
from lms.assignments.wording import cost_of, late_cost, late_rule, late_words, points_words
from lms.core.comparison import Passage, compare_in_context
from lms.core.jobs import register_job
from lms.core.markdown import render_typed
from lms.courses.activities import add_activity_dates
from lms.courses.conversations import add_conversations
from lms.courses.dates import on_dates_changed
from lms.courses.hooks import keep_dates, on_edition_created
from lms.courses.navigation import add_link
from lms.grading.hooks import announce_work, hold_marks, offer_work, on_extension_granted


def _changes(old: str, new: str) -> Sequence[Passage | None]:
    """What changed; a form sends other line ends than those that are kept, and they are no change."""
    return compare_in_context(clean_text(old), clean_text(new))


def register(app: Flask) -> None:
    """Add the feature's routes, commands, hooks and jobs."""
    app.register_blueprint(blueprint)
    on_edition_created("assignments", create_assignments)
    on_dates_changed("assignments", follow_dates)
    on_extension_granted("assignments", follow_extension)
    hold_marks("assignments", held_counts, post_held)
    offer_work("assignments", list_gradable)
    announce_work("assignments", list_arrivals)
    keep_dates("assignments", list_dates, write_dates)
    on_edition_created("peer", create_rounds)
    keep_dates("peer", list_rounds, write_round)
    register_job(app, "passages in common", run_similarity, every_seconds=4)
    register_job(app, "peer reviews", run_rounds, every_seconds=60)
    add_conversations("assignments", places_of, said_in)
    add_activity_dates("assignments", assignment_dates)
    add_link(30, _l("Group work"), "assignments.group", lambda member: member.is_participant)
    add_link(32, _l("Final assignment"), "assignments.individual", lambda member: member.is_participant)
    add_link(50, _l("Marking"), "assignments.marking", lambda member: member.is_teaching)
    add_link(72, _l("Groups"), "assignments.groups", lambda member: member.is_coordinating)
    app.jinja_env.filters.update(number=format_decimal, instant=datetime.fromisoformat, typed=render_typed)
    app.jinja_env.filters.update(changes=_changes, host=host_of)
    app.jinja_env.globals.update(group_questions=open_questions, contribution_suggestions=suggestions_for)
    app.jinja_env.globals.update(
        cost_of=cost_of, late_cost=late_cost, late_rule=late_rule, late_words=late_words, points_words=points_words
    )
