"""What a member may see of other people's work: their own, their group's, and all of it for those who teach."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Select, and_, exists, false, or_, select, true

from lms.assignments.assessments import MarkingScheme
from lms.assignments.models import Assignment, Draft, GroupMember, Submission, SubmissionMember
from lms.core.db import db
from lms.courses.permissions import Member
from lms.grading.models import GradeItem


def own_groups(actor: Member) -> ColumnElement[int]:
    """The group that the actor is in now, as a subquery of identifiers."""
    return (
        select(GroupMember.group_id)
        .where(GroupMember.enrolment_id == actor.own_enrolment.id, GroupMember.left_at.is_(None))
        .scalar_subquery()
    )


def hides_names() -> ColumnElement[bool]:
    """The clause on ``Assignment``: its work is marked without names, and the marks are not released."""
    released = exists().where(
        GradeItem.edition_id == Assignment.edition_id,
        GradeItem.key == Assignment.item_key,
        GradeItem.released_at.is_not(None),
    )
    anonymous = exists().where(MarkingScheme.assignment_id == Assignment.id, MarkingScheme.is_anonymous.is_(True))
    return and_(anonymous, ~released)


def _marked_without_names() -> Select[int]:
    """The assignments whose work shows no name to those who mark it, until the marks are released."""
    return select(Assignment.id).where(hides_names())


def unseen_assignments(actor: Member) -> set[int]:
    """The assignments of the actor's edition whose work they may see under its code alone."""
    if actor.is_coordinating or not actor.is_teaching:
        return set()
    return set(db.session.scalars(_marked_without_names().where(Assignment.edition_id == actor.edition.id)))


def visible_submissions(actor: Member) -> ColumnElement[bool]:
    """The submissions of the actor's edition that they may see with a name on it.

    Their own, their group's, those they were part of; for those who teach, all but work that they mark without names.
    """
    if actor.is_coordinating:
        return true()
    if actor.is_teaching:
        return Submission.assignment_id.not_in(_marked_without_names())
    if not actor.is_participant:
        return false()
    part_of = select(SubmissionMember.submission_id).where(SubmissionMember.enrolment_id == actor.own_enrolment.id)
    return or_(
        Submission.enrolment_id == actor.own_enrolment.id,
        Submission.group_id.in_(own_groups(actor)),
        Submission.id.in_(part_of),
    )


def visible_drafts(actor: Member) -> ColumnElement[bool]:
    """The drafts of the actor's edition that they may see."""
    if actor.is_coordinating:
        return true()
    if actor.is_teaching:
        return Draft.assignment_id.not_in(_marked_without_names())
    if not actor.is_participant:
        return false()
    return or_(Draft.enrolment_id == actor.own_enrolment.id, Draft.group_id.in_(own_groups(actor)))
