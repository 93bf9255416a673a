"""Who may use a route inside an edition (``/editions/<code>/…``); loads the edition and the person's place in it."""

from __future__ import annotations

from typing import Any, cast

from flask import g
from flask_babel import gettext as _
from sqlalchemy import and_, select

from lms.accounts.access import current_person, require_sign_in
from lms.core.access import Access
from lms.core.db import db
from lms.core.errors import NotAllowed, NotFound
from lms.courses.domain.roles import EVERYONE, Role
from lms.courses.models import Edition, Enrolment
from lms.courses.permissions import Member, editions_of


def current_member() -> Member:
    """The signed-in person in the edition that the address names; only where an edition rule guards the route."""
    return cast(Member, g.member)


def find_member(code: str) -> Member | None:
    """The signed-in person in an edition, in one query; ``None`` where they may not know of it."""
    person = current_person()
    row = db.session.execute(
        select(Edition, Enrolment)
        .outerjoin(Enrolment, and_(Enrolment.edition_id == Edition.id, Enrolment.person_id == person.id))
        .where(Edition.code == code, editions_of(person))
    ).one_or_none()
    return None if row is None else Member(person, row[0], row[1])


def _edition_rule(name: str, roles: frozenset[Role]) -> Access:
    def check(arguments: dict[str, Any]) -> Any:
        refusal = require_sign_in()
        if refusal is not None:
            return refusal
        member = find_member(arguments["code"])
        if member is None:
            raise NotFound
        g.member = member
        g.edition_languages = tuple(member.edition.languages)
        if member.role in roles or (member.person.is_administrator and Role.COORDINATOR in roles):
            return None
        raise NotAllowed(_("This page is for other roles in this edition."))

    return Access(name, check)


members = _edition_rule("members of the edition", EVERYONE)
participants = _edition_rule("participants of the edition", frozenset({Role.PARTICIPANT}))
learners_and_teachers = _edition_rule(
    "participants, tutors and coordinators of the edition",
    frozenset({Role.PARTICIPANT, Role.TUTOR, Role.COORDINATOR}),
)
teachers = _edition_rule("tutors and coordinators of the edition", frozenset({Role.TUTOR, Role.COORDINATOR}))
coordinators = _edition_rule("coordinators of the edition", frozenset({Role.COORDINATOR}))
report_readers = _edition_rule(
    "coordinators and sponsor viewers of the edition", frozenset({Role.COORDINATOR, Role.SPONSOR_VIEWER})
)
