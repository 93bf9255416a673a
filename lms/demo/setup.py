"""Makes an edition of the demonstration and gives its people their places."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from lms.accounts.models import Person
from lms.core.db import db
from lms.courses.domain.content import CourseContent
from lms.courses.domain.roles import Role
from lms.courses.editions import EditionPlan, create_edition, open_edition, update_settings
from lms.courses.enrolling import enrol
from lms.courses.models import Edition, Enrolment
from lms.courses.permissions import Member
from lms.courses.queries import find_latest_release
from lms.demo.script import Cast, make_person, sponsor_of


def make_edition(administrator: Person, content: CourseContent, plan: EditionPlan, note: str, now: datetime) -> Edition:
    """An opened edition, coordinated by the administrator until its own coordinator has a place."""
    release = find_latest_release(content.slug)
    assert release is not None
    edition = create_edition(administrator, release.id, plan, now)
    db.session.flush()
    actor = Member(administrator, edition, None)
    update_settings(actor, {"note": note}, now)
    open_edition(actor, now)
    return edition


def enrol_everybody(cast: Cast, administrator: Person, data: Mapping[str, Any], now: datetime) -> None:
    """Places for staff, sponsors' viewers and participants, with their sponsors."""
    actor = Member(administrator, cast.edition, None)
    for entry in data["sponsors"]:
        sponsor_of(entry)
    db.session.flush()
    viewers = [(entry["viewer"], Role.SPONSOR_VIEWER, [entry["key"]]) for entry in data["sponsors"]]
    staff: list[tuple[Mapping[str, Any], Role, list[str]]] = [
        (entry, Role(entry["role"]), []) for entry in data["staff"]
    ]
    participants = [(entry, Role.PARTICIPANT, _sponsors(entry)) for entry in data["participants"]]
    for entry, role, sponsors in [*staff, *viewers, *participants]:
        person = make_person(entry, now, has_password=entry.get("status") != "invited")
        enrolment, _new = enrol(actor, person, role=role, sponsors=sponsors, now=now)
        cast.enrolments[entry["key"]] = enrolment
        if role is not Role.PARTICIPANT:
            person.last_seen_at = now + timedelta(days=1)
    _let_go(administrator, cast.edition)


def _sponsors(entry: Mapping[str, Any]) -> list[str]:
    if "sponsors" in entry:
        return list(entry["sponsors"])
    return [entry["sponsor"]] if entry.get("sponsor") else []


def _let_go(administrator: Person, edition: Edition) -> None:
    """Leave the edition to its own coordinator: the administrator made it and has no part in it."""
    own = db.session.query(Enrolment).filter_by(edition_id=edition.id, person_id=administrator.id).one_or_none()
    if own is not None:
        db.session.delete(own)
        db.session.flush()
