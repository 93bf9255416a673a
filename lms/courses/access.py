"""Who may use a route inside an edition (``/editions/<code>/…``); loads the edition and the person's place in it."""

from __future__ import annotations

from typing import Any, cast

from flask import g
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import Integer, and_, bindparam, or_, select

from lms.accounts.access import confirm_person, current_person, person_to_read, require_sign_in
from lms.accounts.models import Person
from lms.core.access import Access
from lms.core.db import db
from lms.core.errors import NotAllowed, NotFound
from lms.courses.domain.roles import EVERYONE, Role
from lms.courses.models import Edition, Enrolment
from lms.courses.permissions import Member, can_create_editions, editions_open_to


def current_member() -> Member:
    """The signed-in person in the edition that the address names; only where an edition rule guards the route."""
    return cast(Member, g.member)


# Put together once: building a statement costs several times what running it does, and every page runs this one. It
# reads the person too, so that a page of an edition takes one query before its own. The clause is that of ``editions_of``.
_PERSON = bindparam("person_id", type_=Integer)
_PLACE = (
    select(Person, Edition, Enrolment)
    .select_from(Person)
    .outerjoin(
        Edition, and_(Edition.code == bindparam("code"), or_(Person.is_administrator, editions_open_to(_PERSON)))
    )
    .outerjoin(Enrolment, and_(Enrolment.edition_id == Edition.id, Enrolment.person_id == _PERSON))
    .where(Person.id == _PERSON)
)


def find_place(code: str) -> tuple[Edition | None, Enrolment | None]:
    """The edition, if the person whom the session names may know of it, and their enrolment there, in one query.

    Where nobody has asked yet who is signed in, this query answers that as well.
    """
    named = person_to_read()
    person_id = named or (current_person().id if current_user.is_authenticated else None)
    row = person_id and db.session.execute(_PLACE, {"code": code, "person_id": person_id}).one_or_none()
    if not row:
        return None, None
    if named is not None:
        confirm_person(row[0])
    return row[1], row[2]


def _edition_makers(arguments: dict[str, Any]) -> Any:
    refusal = require_sign_in()
    if refusal is None and not can_create_editions(current_person()):
        raise NotAllowed(_("Only administrators and coordinators can open this page."))
    return refusal


edition_makers = Access("administrators and whoever coordinates an edition", _edition_makers)


def _edition_rule(name: str, roles: frozenset[Role]) -> Access:
    def check(arguments: dict[str, Any]) -> Any:
        edition, enrolment = find_place(arguments["code"])
        refusal = require_sign_in()
        if refusal is not None:
            return refusal
        if edition is None:
            raise NotFound
        member = g.member = Member(current_person(), edition, enrolment)
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
