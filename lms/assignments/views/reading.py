"""What a marker reads of a submission: all of it, or without whatever says whose it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import url_for

from lms.assignments.domain.anonymity import veiled
from lms.assignments.models import Submission
from lms.assignments.queries.assessments import code_for, find_item, is_veiled, scheme_of
from lms.assignments.queries.marking import QueueRow, submissions_of_owner
from lms.assignments.queries.people import names_of
from lms.assignments.queries.submissions import texts_of_files
from lms.assignments.queries.work import plan_of
from lms.core.i18n import Text
from lms.courses.access import current_member


@dataclass(frozen=True, slots=True)
class ShownPart:
    """One deliverable as it is read. ``file`` is (name, address, bytes), ``None`` where there is none."""

    title: Text
    words: int
    body: str
    file: tuple[str, str, int] | None
    file_body: str
    file_words: int


@dataclass(frozen=True, slots=True)
class ShownWork:
    """A submission as a marker may see it. ``name`` is its code where names are hidden."""

    name: str
    code: str
    is_veiled: bool
    parts: Sequence[ShownPart]
    versions: Sequence[Submission]


def shown_work(submission: Submission, queue: Sequence[QueueRow], row: QueueRow | None) -> ShownWork:
    """What the signed-in marker reads of a submission.

    Args:
        queue: the assignment's queue, where the page has it.
        row: the submission's own place in it; ``None`` for an older version, and where the queue is not at hand.
    """
    member = current_member()
    if row is not None:
        hidden, code = row.is_veiled, row.code
    else:
        scheme = scheme_of(submission.assignment_id)
        item = find_item(member.edition.id, submission.assignment)
        released_at = None if item is None else item.released_at
        hidden, code = is_veiled(member, scheme, released_at), code_for(scheme, submission)
    # Most work was handed in once; then there is nothing to look up.
    versions = [submission] if row is not None and row.number == 1 else submissions_of_owner(submission)
    owner = (submission.enrolment_id, submission.group_id)
    name = row.name if row is not None else next((one.name for one in queue if one.owner == owner), "")
    return ShownWork(code if hidden else name, code, hidden, _parts(submission, hidden, code), versions)


def _parts(submission: Submission, is_hidden: bool, code: str) -> list[ShownPart]:
    titles = {one.key: one.title for one in plan_of(submission.assignment).deliverables}
    texts = texts_of_files([part.file_id for part in submission.parts if part.file_id is not None])
    names = names_of(submission) if is_hidden else ()
    edition_code = current_member().edition.code
    parts = []
    for part in submission.parts:
        file = None
        if part.file is not None:
            ending = part.file.name.rpartition(".")[2]
            label = f"{code}-{part.position + 1}.{ending}" if is_hidden else part.file.name
            address = (
                url_for("assignments.veiled_file", code=edition_code, submission_id=submission.id, part=part.position)
                if is_hidden
                else url_for("assignments.file", code=edition_code, key=part.file.key)
            )
            file = (label, address, part.file.size_bytes)
        read = texts.get(part.file_id) if part.file_id is not None else None
        parts.append(
            ShownPart(
                titles.get(part.deliverable_key, {}),
                part.word_count,
                veiled(part.body, names),
                file,
                veiled(read.body.strip(), names) if read is not None else "",
                read.word_count if read is not None else 0,
            )
        )
    return parts
