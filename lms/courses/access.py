"""Who may use a route inside an edition (``/editions/<code>/…``); loads the edition and the person's place in it."""

from __future__ import annotations

from typing import Any, cast

from flask import g
from flask_babel import gettext as _
from sqlalchemy import Integer, and_, bindparam, select

from lms.accounts.access import current_person, require_sign_in
from lms.core.access import Access
from lms.core.db import db
from lms.core.errors import NotAllowed, NotFound
from lms.courses.domain.roles import EVERYONE, Role
from lms.courses.models import Edition, Enrolment
from lms.courses.permissions import Member, can_create_editions, editions_open_to


def current_member() -> Member:
    """The signed-in person in the edition that the address names; only where an edition rule guards the route."""
    return cast(Member, g.member)


# Put together once: building a statement costs several times what running it does, and every page runs this one.
_PERSON = bindparam("person_id", type_=Integer)
_ANY_EDITION = (
    select(Edition, Enrolment)
    .outerjoin(Enrolment, and_(Enrolment.edition_id == Edition.id, Enrolment.person_id == _PERSON))
    .where(Edition.code == bindparam("code"))
)
_OWN_EDITION = _ANY_EDITION.where(editions_open_to(_PERSON))


def find_member(code: str) -> Member | None:
    """The signed-in person in an edition, in one query; ``None`` where they may not know of it.

    The clause is that of ``editions_of``.
    """
    person = current_person()
    statement = _ANY_EDITION if person.is_administrator else _OWN_EDITION
    row = db.session.execute(statement, {"code": code, "person_id": person.id}).one_or_none()
    return None if row is None else Member(person, row[0], row[1])


def _edition_makers(arguments: dict[str, Any]) -> Any:
    refusal = require_sign_in()
    if refusal is None and not can_create_editions(current_person()):
        raise NotAllowed(_("Only administrators and coordinators can open this page."))
    return refusal


edition_makers = Access("administrators and whoever coordinates an edition", _edition_makers)


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
