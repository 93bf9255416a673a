"""Reads of drafts, submissions, rosters and uploaded files."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import joinedload, selectinload

from lms.assignments.models import (
    Assignment,
    Draft,
    DraftVersion,
    FileText,
    Owner,
    Submission,
    SubmissionMember,
    SubmissionPart,
)
from lms.core.db import db
from lms.core.errors import NotFound
from lms.core.files import StoredFile
from lms.courses.models import Enrolment


def drafts_of(assignment_id: int, owner: Owner) -> dict[str, Draft]:
    """The work in progress by deliverable, with files and who saved last."""
    drafts = db.session.scalars(
        select(Draft)
        .where(Draft.assignment_id == assignment_id, owner.owns(Draft))
        .options(joinedload(Draft.file), joinedload(Draft.saved_by).joinedload(Enrolment.person))
    )
    return {draft.deliverable_key: draft for draft in drafts}


def versions_of(draft_id: int) -> Sequence[DraftVersion]:
    """What a draft said before, the latest first, with who wrote it."""
    return db.session.scalars(
        select(DraftVersion)
        .where(DraftVersion.draft_id == draft_id)
        .options(joinedload(DraftVersion.saved_by).joinedload(Enrolment.person))
        .order_by(DraftVersion.id.desc())
    ).all()


def get_submission(edition_id: int, submission_id: int, visible: ColumnElement[bool]) -> Submission:
    """A submission of the edition with its parts and files, as far as the clause lets one see it; raises NotFound."""
    submission = db.session.scalars(
        select(Submission)
        .join(Assignment, Assignment.id == Submission.assignment_id)
        .where(Submission.id == submission_id, Assignment.edition_id == edition_id, visible)
        .options(
            joinedload(Submission.assignment),
            joinedload(Submission.group),
            joinedload(Submission.submitted_by).joinedload(Enrolment.person),
            selectinload(Submission.parts).joinedload(SubmissionPart.file),
        )
    ).one_or_none()
    if submission is None:
        raise NotFound
    return submission


def texts_of_files(file_ids: Sequence[int]) -> dict[int, FileText]:
    """The words of uploaded documents by file."""
    if not file_ids:
        return {}
    return {text.file_id: text for text in db.session.scalars(select(FileText).where(FileText.file_id.in_(file_ids)))}


def roster_of(submission_id: int) -> Sequence[Enrolment]:
    """Who was in the group when it handed in, each with their person."""
    return db.session.scalars(
        select(Enrolment)
        .join(SubmissionMember, SubmissionMember.enrolment_id == Enrolment.id)
        .options(joinedload(Enrolment.person))
        .where(SubmissionMember.submission_id == submission_id)
        .order_by(Enrolment.id)
    ).all()


def find_file(
    edition_id: int, key: str, submissions: ColumnElement[bool], drafts: ColumnElement[bool]
) -> StoredFile | None:
    """A file of the edition by its key, where it belongs to a submission or draft that the clauses let one see."""
    in_submission = (
        select(SubmissionPart.file_id)
        .join(Submission, Submission.id == SubmissionPart.submission_id)
        .join(Assignment, Assignment.id == Submission.assignment_id)
        .where(Assignment.edition_id == edition_id, submissions)
    )
    in_draft = (
        select(Draft.file_id)
        .join(Assignment, Assignment.id == Draft.assignment_id)
        .where(Assignment.edition_id == edition_id, drafts)
    )
    return db.session.scalars(
        select(StoredFile).where(
            StoredFile.key == key, or_(StoredFile.id.in_(in_submission), StoredFile.id.in_(in_draft))
        )
    ).one_or_none()
