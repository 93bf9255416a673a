"""Wires the feature into the app."""

from __future__ import annotations

from typing import Any

from flask import Flask, g, has_request_context
from flask_babel import lazy_gettext as _l

from lms.courses import models as models  # the tables
from lms.courses.cli import courses_group
from lms.courses.display import deadline, distance, place_of
from lms.courses.navigation import add_link, links_for
from lms.courses.permissions import Member
from lms.courses.views import blueprint


def register(app: Flask) -> None:
    """Add the feature's routes, commands, hooks and jobs."""
    app.register_blueprint(blueprint)
    app.jinja_env.globals.update(deadline=deadline, distance=distance, place_of=place_of)
    app.context_processor(_edition_frame)
    app.cli.add_command(courses_group)
    add_link(20, _l("Modules"), "courses.modules", _reads)
    add_link(28, _l("Glossary"), "courses.glossary", _reads)


def _reads(member: Member) -> bool:
    return member.is_participant or member.is_teaching


def _edition_frame() -> dict[str, Any]:
    member = g.get("member") if has_request_context() else None
    if member is None:
        return {"member": None, "edition": None, "edition_links": []}
    return {"member": member, "edition": member.edition, "edition_links": links_for(member)}
