"""What a member may see of other people's work: their own, their group's, and all of it for those who teach."""

from __future__ import annotations

from sqlalchemy import ColumnElement, false, or_, select, true

from lms.assignments.models import Draft, GroupMember, Submission, SubmissionMember
from lms.courses.permissions import Member


def own_groups(actor: Member) -> ColumnElement[int]:
    """The group that the actor is in now, as a subquery of identifiers."""
    return (
        select(GroupMember.group_id)
        .where(GroupMember.enrolment_id == actor.own_enrolment.id, GroupMember.left_at.is_(None))
        .scalar_subquery()
    )


def visible_submissions(actor: Member) -> ColumnElement[bool]:
    """The submissions of the actor's edition that they may see: their own, their group's, those they were part of."""
    if actor.is_teaching:
        return true()
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
    if actor.is_teaching:
        return true()
    if not actor.is_participant:
        return false()
    return or_(Draft.enrolment_id == actor.own_enrolment.id, Draft.group_id.in_(own_groups(actor)))
