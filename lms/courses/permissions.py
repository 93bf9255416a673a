"""Who may do what in an edition. "May I see this one?" and "which ones may I see?" are the same clause."""

from __future__ import annotations

from dataclasses import dataclass, field

from flask_babel import gettext as _
from sqlalchemy import BindParameter, ColumnElement, or_, select, true
from sqlalchemy.orm import aliased

from lms.accounts.models import Person
from lms.core.db import db
from lms.core.errors import NotAllowed, RuleViolation
from lms.courses.domain.roles import TEACHING, Role
from lms.courses.models import Edition, Enrolment

_ROLES = {role.value: role for role in Role}


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody acting in an edition: the actor of every service that works inside one.

    ``enrolment`` is ``None`` for an administrator who is not enrolled; administrators may do what coordinators may.
    """

    person: Person
    edition: Edition
    enrolment: Enrolment | None
    # The role in this edition; ``None`` for an administrator who is not enrolled.
    role: Role | None = field(init=False)
    is_participant: bool = field(init=False)
    # A tutor, a coordinator or an administrator.
    is_teaching: bool = field(init=False)
    # A coordinator or an administrator.
    is_coordinating: bool = field(init=False)

    def __post_init__(self) -> None:
        # Found out once: the pages of an edition ask two dozen times.
        role = None if self.enrolment is None else _ROLES[self.enrolment.role]
        is_administrator = self.person.is_administrator
        for name, value in (
            ("role", role),
            ("is_participant", role is Role.PARTICIPANT),
            ("is_teaching", is_administrator or role in TEACHING),
            ("is_coordinating", is_administrator or role is Role.COORDINATOR),
        ):
            object.__setattr__(self, name, value)

    @property
    def own_enrolment(self) -> Enrolment:
        """The participant's enrolment; raises NotAllowed for anyone else."""
        if self.enrolment is None or not self.is_participant:
            raise NotAllowed
        return self.enrolment


def editions_of(person: Person) -> ColumnElement[bool]:
    """The editions that a person may know of: those with an enrolment that stands; all for administrators.

    Before an edition is opened only its staff see it.
    """
    return true() if person.is_administrator else editions_open_to(person.id)


def editions_open_to(person_id: int | BindParameter[int]) -> ColumnElement[bool]:
    """The editions in which somebody who is no administrator has a place that stands."""
    own = aliased(Enrolment)
    return (
        select(own.id)
        .where(
            own.edition_id == Edition.id,
            own.person_id == person_id,
            own.withdrawn_at.is_(None),
            # Spelled out: the roles of an IN would be written into the statement again for every page.
            or_(Edition.opened_at.is_not(None), *(own.role == role for role in sorted(TEACHING))),
        )
        .correlate(Edition)
        .exists()
    )


def coordinated_by(person: Person) -> ColumnElement[bool]:
    """The editions that a person coordinates; all for administrators."""
    if person.is_administrator:
        return true()
    own = aliased(Enrolment)
    return (
        select(own.id)
        .where(
            own.edition_id == Edition.id,
            own.person_id == person.id,
            own.withdrawn_at.is_(None),
            own.role == Role.COORDINATOR,
        )
        .correlate(Edition)
        .exists()
    )


def can_create_editions(person: Person) -> bool:
    """True for administrators and for whoever coordinates an edition already."""
    if person.is_administrator:
        return True
    return db.session.scalar(select(Edition.id).where(coordinated_by(person)).limit(1)) is not None


def require_running(edition: Edition) -> None:
    """Raises RuleViolation where the edition is closed: its certificates and figures stand."""
    if edition.closed_at is not None:
        raise RuleViolation(_("This edition is closed. Nothing was changed. Open it again in its settings first."))


def require_participant(actor: Member) -> Enrolment:
    """The actor's enrolment as a participant; raises NotAllowed."""
    return actor.own_enrolment


def require_teaching(actor: Member) -> None:
    """Raises NotAllowed unless the actor is a tutor, a coordinator or an administrator."""
    if not actor.is_teaching:
        raise NotAllowed


def require_coordinating(actor: Member) -> None:
    """Raises NotAllowed unless the actor is a coordinator or an administrator."""
    if not actor.is_coordinating:
        raise NotAllowed
