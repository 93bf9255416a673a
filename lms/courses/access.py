"""Who may use a route inside an edition (``/editions/<code>/…``); loads the edition and the person's place in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from flask import g
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import Integer, and_, bindparam, or_, select

from lms.accounts.access import confirm_person, current_person, person_to_read, require_sign_in
from lms.accounts.models import Person
from lms.core.access import Access
from lms.core.current import this_page
from lms.core.db import db
from lms.core.errors import NotAllowed, NotFound
from lms.core.statements import Reading
from lms.courses.domain.roles import EVERYONE, Role
from lms.courses.models import Edition, Enrolment
from lms.courses.permissions import Member, can_create_editions, editions_open_to
from lms.notices.queries import unread_of


def current_member() -> Member:
    """The signed-in person in the edition that the address names; only where an edition rule guards the route."""
    return cast(Member, this_page().member)


# Put together once: building a statement costs several times what running it does, and every page runs this one. It
# reads the person too, so that a page of an edition takes one query before its own. The clause is that of ``editions_of``.
_PERSON = bindparam("person_id", type_=Integer)


_PLACE = (
    # With the number on the bell, so that the frame around the page need not ask.
    select(Person, Edition, Enrolment, unread_of(_PERSON).label("unread"))
    .select_from(Person)
    .outerjoin(
        Edition, and_(Edition.code == bindparam("code"), or_(Person.is_administrator, editions_open_to(_PERSON)))
    )
    .outerjoin(Enrolment, and_(Enrolment.edition_id == Edition.id, Enrolment.person_id == _PERSON))
    .where(Person.id == _PERSON)
)
_PLACE_READ = Reading(_PLACE)


def find_place(code: str, *, is_read_only: bool = False) -> tuple[Edition | None, Enrolment | None]:
    """The edition, if the person whom the session names may know of it, and their enrolment there, in one query.

    Where nobody has asked yet who is signed in, this query answers that as well.

    Args:
        is_read_only: they are only looked at; see ``lms.core.statements``.
    """
    named = person_to_read()
    person_id = named or (current_person().id if current_user.is_authenticated else None)
    found = person_id and (_read_place if is_read_only else _load_place)(code, person_id)
    if not found:
        return None, None
    person, edition, enrolment, unread = found
    g.unread_notices = unread
    if named is not None:
        confirm_person(person)
    return edition, enrolment


def _load_place(code: str, person_id: int) -> Sequence[Any] | None:
    return db.session.execute(_PLACE, {"code": code, "person_id": person_id}).one_or_none()


def _read_place(code: str, person_id: int) -> Sequence[Any] | None:
    rows = _PLACE_READ.rows({"code": code, "person_id": person_id}, beforehand=True)
    return rows[0] if rows else None


def _edition_makers(arguments: dict[str, Any]) -> Any:
    refusal = require_sign_in()
    if refusal is None and not can_create_editions(current_person()):
        raise NotAllowed(_("Only administrators and coordinators can open this page."))
    return refusal


edition_makers = Access("administrators and whoever coordinates an edition", _edition_makers)


def _edition_rule(name: str, roles: frozenset[Role], *, is_read_only: bool = False) -> Access:
    def check(arguments: dict[str, Any]) -> Any:
        edition, enrolment = find_place(arguments["code"], is_read_only=is_read_only)
        refusal = require_sign_in()
        if refusal is not None:
            return refusal
        if edition is None:
            raise NotFound
        member = Member(current_person(), edition, enrolment)
        page = this_page()
        page.member, page.edition_languages = member, tuple(edition.languages)
        if member.role in roles or (member.person.is_administrator and Role.COORDINATOR in roles):
            return None
        raise NotAllowed(_("This page is for other roles in this edition."))

    return Access(name, check)


LEARNING_AND_TEACHING = frozenset({Role.PARTICIPANT, Role.TUTOR, Role.COORDINATOR})
members = _edition_rule("members of the edition", EVERYONE)
participants = _edition_rule("participants of the edition", frozenset({Role.PARTICIPANT}))
learners_and_teachers = _edition_rule("participants, tutors and coordinators of the edition", LEARNING_AND_TEACHING)
# For the pages that are asked most: they only look at the person, the edition and the enrolment, one row each.
participants_read = _edition_rule(participants.name, frozenset({Role.PARTICIPANT}), is_read_only=True)
learners_and_teachers_read = _edition_rule(learners_and_teachers.name, LEARNING_AND_TEACHING, is_read_only=True)
teachers = _edition_rule("tutors and coordinators of the edition", frozenset({Role.TUTOR, Role.COORDINATOR}))
coordinators = _edition_rule("coordinators of the edition", frozenset({Role.COORDINATOR}))
report_readers = _edition_rule(
    "coordinators and sponsor viewers of the edition", frozenset({Role.COORDINATOR, Role.SPONSOR_VIEWER})
)
