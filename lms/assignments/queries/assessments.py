"""Reads of markings: how an assignment is marked, who marks what, and what an actor may see of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import aliased, joinedload, selectinload

from lms.accounts.models import Person
from lms.assignments.assessments import Allocation, Assessment, MarkingScheme
from lms.assignments.domain.agreement import BLIND, THIRD_FROM, MarkerRole, SecondMarking
from lms.assignments.domain.anonymity import code_of
from lms.assignments.models import Assignment, Submission
from lms.core.db import db
from lms.courses.domain.roles import TEACHING
from lms.courses.models import Enrolment
from lms.courses.permissions import Member
from lms.grading.models import GradeItem


def default_scheme(assignment_id: int) -> MarkingScheme:
    """What holds where nobody chose anything: one tutor marks, and sees the names."""
    return MarkingScheme(
        assignment_id=assignment_id,
        second=SecondMarking.NONE,
        third_from=THIRD_FROM,
        is_anonymous=False,
        code_key="",
    )


def scheme_of(assignment_id: int) -> MarkingScheme:
    """How an assignment is marked."""
    return db.session.get(MarkingScheme, assignment_id) or default_scheme(assignment_id)


def schemes_of(edition_id: int) -> dict[int, MarkingScheme]:
    """How each assignment of an edition is marked, by assignment; those left as they came are not in it."""
    rows = db.session.scalars(
        select(MarkingScheme)
        .join(Assignment, Assignment.id == MarkingScheme.assignment_id)
        .where(Assignment.edition_id == edition_id)
    )
    return {scheme.assignment_id: scheme for scheme in rows}


def owner_label(enrolment_id: int | None, group_id: int | None) -> str:
    """What work belongs to, as codes are made from it."""
    return f"p{enrolment_id}" if group_id is None else f"g{group_id}"


def code_for(scheme: MarkingScheme, work: Submission | Allocation) -> str:
    """The code under which a piece of work is marked; empty where names are seen."""
    if not scheme.is_anonymous:
        return ""
    return code_of(scheme.code_key, owner_label(work.enrolment_id, work.group_id))


def is_veiled(actor: Member, scheme: MarkingScheme, released_at: datetime | None) -> bool:
    """Whether this actor marks without names: until the release, and coordinators never."""
    return scheme.is_anonymous and released_at is None and not actor.is_coordinating


def same_owner(work: type[Allocation], submission: type[Submission]) -> ColumnElement[bool]:
    """The clause that an allocation is of the same person's or group's work as a submission."""
    return and_(
        work.assignment_id == submission.assignment_id,
        or_(work.enrolment_id == submission.enrolment_id, work.group_id == submission.group_id),
    )


@dataclass(frozen=True, slots=True)
class Markings:
    """Every marking of one submission by role, and who has which role to do."""

    made: Mapping[MarkerRole, Assessment] = field(default_factory=dict)
    allocated: Mapping[MarkerRole, Allocation] = field(default_factory=dict)

    @property
    def asked(self) -> tuple[MarkerRole, ...]:
        """The roles in which this work is to be marked, in order; the first always."""
        return tuple(role for role in BLIND if role is MarkerRole.FIRST or role in self.allocated)

    @property
    def is_double(self) -> bool:
        """True where a second marking is owed or made."""
        return MarkerRole.SECOND in self.allocated

    @property
    def counting(self) -> Assessment | None:
        """The finished marking that the mark is made from: the agreed one; without a second marker, the first."""
        chosen = self.made.get(MarkerRole.AGREED if self.is_double else MarkerRole.FIRST)
        return chosen if chosen is not None and chosen.finished_at is not None else None

    def markers(self) -> dict[MarkerRole, int]:
        """Who began each blind marking, by person."""
        return {
            role: made.marker_id
            for role, made in self.made.items()
            if role in BLIND and made.marker_id is not None and made.revision
        }

    def visible_to(self, actor: Member) -> dict[MarkerRole, Assessment]:
        """The markings that an actor may see: nobody who has still to mark, or still could, sees what the others gave.

        A coordinator without a part could take one that is owed, so they see nothing until all are finished.
        """
        mine = {role for role, person_id in self.markers().items() if person_id == actor.person.id}
        mine |= {role for role, one in self.allocated.items() if one.marker_id == actor.person.id}
        if not self.is_double:
            return dict(self.made)
        waited_for = mine or set(self.asked)
        is_done = all(role in self.made and self.made[role].finished_at is not None for role in waited_for)
        if is_done and (mine or actor.is_coordinating):
            return dict(self.made)
        return {role: made for role, made in self.made.items() if role in mine}


def markings_of(submission: Submission, *, is_locked: bool = False) -> Markings:
    """Every marking of a submission with its scores, and its allocations; three or four statements.

    Args:
        is_locked: keep others from changing the markings until the transaction ends.
    """
    statement = select(Assessment).where(Assessment.submission_id == submission.id)
    statement = statement.options(
        selectinload(Assessment.scores), selectinload(Assessment.participations), joinedload(Assessment.marker)
    )
    if is_locked:
        statement = statement.with_for_update(of=Assessment).execution_options(populate_existing=True)
    made = {MarkerRole(one.role): one for one in db.session.scalars(statement)}
    return Markings(made, allocations_of(submission))


def allocations_of(submission: Submission) -> dict[MarkerRole, Allocation]:
    """Who has which role to do for a submission."""
    rows = db.session.scalars(
        select(Allocation)
        .where(
            Allocation.assignment_id == submission.assignment_id,
            Allocation.enrolment_id == submission.enrolment_id
            if submission.enrolment_id is not None
            else Allocation.group_id == submission.group_id,
        )
        .options(joinedload(Allocation.marker))
    )
    return {MarkerRole(one.role): one for one in rows}


def find_assessment(submission_id: int) -> Assessment | None:
    """The marking that counts of a submission, finished or not, with its scores and participations.

    With a second marker that is the agreed one alone: what one of two gave is nobody's mark yet.
    """
    return db.session.scalars(
        select(Assessment)
        .join(Submission, Submission.id == Assessment.submission_id)
        .where(
            Assessment.submission_id == submission_id,
            Assessment.role == _counting_role(),
        )
        .options(
            selectinload(Assessment.scores), selectinload(Assessment.participations), joinedload(Assessment.marker)
        )
    ).one_or_none()


def counts_as_marked() -> ColumnElement[datetime | None]:
    """When the mark of ``Submission`` was settled: its agreed marking; without a second marker, its first."""
    one = aliased(Assessment)
    return (
        select(func.max(one.finished_at)).where(one.submission_id == Submission.id, one.role == _counting_role())
    ).scalar_subquery()


def _counting_role() -> ColumnElement[str]:
    """The role whose marking counts for ``Submission``, however deep the clause stands in a statement.

    Without ``correlate``, two levels down, it would ask whether anybody's work anywhere has a second marker.
    """
    second = aliased(Allocation)
    is_double = (
        select(second.id)
        .where(second.role == MarkerRole.SECOND, same_owner(second, Submission))
        .correlate(Submission)
        .exists()
    )
    return case((is_double, MarkerRole.AGREED.value), else_=MarkerRole.FIRST.value)


def find_item(edition_id: int, assignment: Assignment) -> GradeItem | None:
    """The grade item that an assignment's marks go to; ``None`` where it earns no points."""
    return db.session.scalars(
        select(GradeItem).where(GradeItem.edition_id == edition_id, GradeItem.key == assignment.item_key)
    ).one_or_none()


def tutors_of(edition_id: int) -> Sequence[Person]:
    """Those who teach in an edition, by name."""
    return db.session.scalars(
        select(Person)
        .join(Enrolment, Enrolment.person_id == Person.id)
        .where(
            Enrolment.edition_id == edition_id, Enrolment.role.in_(sorted(TEACHING)), Enrolment.withdrawn_at.is_(None)
        )
        .order_by(Person.full_name, Person.id)
    ).all()
