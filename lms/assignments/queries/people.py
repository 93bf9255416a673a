"""Whose work a submission is, by name: what is taken out of it where it is marked without names."""

from __future__ import annotations

from sqlalchemy import or_, select

from lms.accounts.models import Person
from lms.assignments.models import Submission, SubmissionMember
from lms.core.db import db
from lms.courses.models import Enrolment


def names_of(submission: Submission) -> list[str]:
    """Names and addresses of everybody whose work it is, and the group's name."""
    roster = select(SubmissionMember.enrolment_id).where(SubmissionMember.submission_id == submission.id)
    rows = db.session.execute(
        select(Person.full_name, Person.email)
        .join(Enrolment, Enrolment.person_id == Person.id)
        .where(or_(Enrolment.id == submission.enrolment_id, Enrolment.id.in_(roster)))
    )
    names = [value for row in rows for value in row]
    return names if submission.group is None else [*names, submission.group.name]
