"""Wires the feature into the app."""

from __future__ import annotations

from typing import Any

from flask import Flask, g, has_request_context
from flask_babel import lazy_gettext as _l

from lms.core.markdown import fill_with
from lms.courses import models as models  # the tables
from lms.courses.cli import courses_group
from lms.courses.display import clocks, deadline, distance, language_in_words, place_of
from lms.courses.edition_cli import editions_cli
from lms.courses.edition_views import blueprint as editions_blueprint
from lms.courses.filling import fill_here
from lms.courses.navigation import add_link, link_of, links_for
from lms.courses.permissions import Member
from lms.courses.roster_views import blueprint as roster_blueprint
from lms.courses.views import blueprint
from lms.courses.wording import ROLE_NAMES, STATUS_NAMES


def register(app: Flask) -> None:
    """Add the feature's routes, commands, hooks and jobs."""
    fill_with(fill_here)
    app.register_blueprint(blueprint)
    app.register_blueprint(editions_blueprint)
    app.register_blueprint(roster_blueprint)
    app.jinja_env.globals.update(
        deadline=deadline, clocks=clocks, distance=distance, place_of=place_of, edition_link=link_of
    )
    app.context_processor(_edition_frame)
    app.jinja_env.filters.update(language=language_in_words)
    app.jinja_env.globals.update(role_names=ROLE_NAMES, status_names=STATUS_NAMES)
    app.cli.add_command(courses_group)
    app.cli.add_command(editions_cli)
    add_link(20, _l("Modules"), "courses.modules", _reads)
    add_link(28, _l("Glossary"), "courses.glossary", _reads)
    add_link(70, _l("People"), "roster.people", lambda member: member.is_coordinating)
    add_link(95, _l("Settings"), "editions.settings", lambda member: member.is_coordinating)


def _reads(member: Member) -> bool:
    return member.is_participant or member.is_teaching


def _edition_frame() -> dict[str, Any]:
    member = g.get("member") if has_request_context() else None
    if member is None:
        return {"member": None, "edition": None, "edition_links": ()}
    links = tuple(link.endpoint for link in links_for(member))
    return {"member": member, "edition": member.edition, "edition_links": links}
