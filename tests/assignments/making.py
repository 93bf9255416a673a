"""Makes groups, texts, documents and submissions for the tests of assignments."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from docx import Document
from reportlab.pdfgen.canvas import Canvas
from sqlalchemy import select

from lms.assignments.domain.rubrics import Part
from lms.assignments.models import Assignment, Group, GroupMember, Submission
from lms.assignments.queries.submissions import drafts_of
from lms.assignments.queries.work import get_standing
from lms.assignments.services.drafts import read_upload, save_draft
from lms.assignments.services.marking import Marked, save_marking
from lms.assignments.services.posting import Marking
from lms.assignments.services.submissions import check_work, submit_work
from lms.core.db import db
from lms.grading.models import GradeEntry, GradeItem
from tests.factories import Cast

# The essay opens on day 15 (16 March 2026) and is due on day 40 (10 April) at 23:59 in Turin, which is UTC+2 by then.
ESSAY_OPEN = datetime(2026, 3, 20, 9, 0, tzinfo=UTC)
ESSAY_DUE = datetime(2026, 4, 10, 21, 59, tzinfo=UTC)
ESSAY_LAST_INSTANT = datetime(2026, 4, 10, 21, 59, 59, 999999, tzinfo=UTC)
ESSAY_TOO_LATE = datetime(2026, 4, 10, 22, 0, tzinfo=UTC)
# Group work opens on day 8 (9 March) and is due on day 32 (2 April) at 23:59.
GROUP_OPEN = datetime(2026, 3, 20, 9, 0, tzinfo=UTC)
GROUP_TOO_LATE = datetime(2026, 4, 2, 22, 0, tzinfo=UTC)

ESSAY = "final-assignment"
TEAMWORK = "group-work"


def words(count: int) -> str:
    """A text of so many words."""
    return " ".join(f"word{number}" for number in range(count))


def assignment(cast: Cast, key: str = ESSAY) -> Assignment:
    """An assignment of R1."""
    return db.session.scalars(
        select(Assignment).where(Assignment.edition_id == cast.edition.id, Assignment.key == key)
    ).one()


def make_group(cast: Cast, *names: str, name: str = "Baobab", ambassador: str | None = None) -> Group:
    """A group of R1 with these people in it."""
    group = Group(
        edition_id=cast.edition.id,
        name=name,
        ambassador_id=cast.enrolments[ambassador] if ambassador else None,
        profile_keys=[],
    )
    db.session.add(group)
    db.session.flush()
    for person in names:
        db.session.add(
            GroupMember(group_id=group.id, enrolment_id=cast.enrolments[person], joined_at=cast.edition.created_at)
        )
    db.session.flush()
    return group


def write(
    cast: Cast, name: str, body: str, now: datetime, *, key: str = ESSAY, part: str = "essay", **values: Any
) -> Any:
    """Save a part as this person, from the state as it is."""
    standing = get_standing(cast.edition.id, key, enrolment_id=cast.enrolments[name], now=now)
    draft = drafts_of(standing.assignment.id, standing.owner).get(part) if standing.owner is not None else None
    revision = values.pop("revision", draft.revision if draft is not None else 0)
    return save_draft(
        cast.member(name), assignment_key=key, part_key=part, body=body, revision=revision, now=now, **values
    )


def hand_in(cast: Cast, name: str, now: datetime, *, key: str = ESSAY, number: int | None = None) -> Submission:
    """Hand in as this person what is written."""
    standing = get_standing(cast.edition.id, key, enrolment_id=cast.enrolments[name], now=now)
    check = check_work(standing, now)
    return submit_work(
        cast.member(name), assignment_key=key, number=number or standing.next_number, digest=check.digest, now=now
    )


def essay_of(cast: Cast, name: str, now: datetime, body: str | None = None) -> Submission:
    """An essay written and handed in."""
    write(cast, name, words(1600) if body is None else body, now)
    return hand_in(cast, name, now)


def teamwork_of(cast: Cast, speaker: str, now: datetime) -> Submission:
    """The group's work written and handed in by its speaker."""
    write(cast, speaker, words(400), now, key=TEAMWORK, part="profile-one")
    write(cast, speaker, words(600), now, key=TEAMWORK, part="proposal")
    return hand_in(cast, speaker, now, key=TEAMWORK)


def full_marking(submission: Submission, points: str = "7.5", parts: dict[int, Part] | None = None) -> Marking:
    """The same points on every criterion."""
    criteria = submission.assignment.document["rubric"]
    return Marking(
        {criterion["key"]: Decimal(points) for criterion in criteria},
        {criterion["key"]: "Well argued" for criterion in criteria},
        "A good piece of work",
        parts or {},
    )


def finish(cast: Cast, submission: Submission, now: datetime, points: str = "7.5", **values: Any) -> Marked:
    """The tutor's finished mark."""
    return save_marking(
        cast.member("tutor"),
        submission_id=submission.id,
        marking=full_marking(submission, points, values.pop("parts", None)),
        revision=values.pop("revision", 0),
        now=now,
        is_finished=True,
        **values,
    )


def ledger(cast: Cast, name: str, key: str = ESSAY) -> list[GradeEntry]:
    """The lines of a person's ledger for an item of R1, in order."""
    return list(
        db.session.scalars(
            select(GradeEntry)
            .join(GradeItem, GradeItem.id == GradeEntry.item_id)
            .where(GradeItem.key == key, GradeEntry.enrolment_id == cast.enrolments[name])
            .order_by(GradeEntry.sequence)
        )
    )


def docx(text: str) -> bytes:
    """A Word document with a paragraph a line."""
    document = Document()
    for line in text.splitlines():
        document.add_paragraph(line)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def odt(text: str, head: str = "") -> bytes:
    """An OpenDocument text with a paragraph a line. ``head`` stands before the root element."""
    paragraphs = "".join(f"<text:p>{line}</text:p>" for line in text.splitlines())
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?>{head}'
        '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
        ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0">'
        f"<office:body><office:text>{paragraphs}</office:text></office:body></office:document-content>"
    )
    return archive({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": content})


def archive(entries: dict[str, str | bytes]) -> bytes:
    """A ZIP archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in entries.items():
            target.writestr(name, content)
    return out.getvalue()


def pdf(text: str, pages: int = 1) -> bytes:
    """A PDF with the text on every page."""
    out = io.BytesIO()
    canvas = Canvas(out)
    for _page in range(pages):
        for number, line in enumerate(text.splitlines()):
            canvas.drawString(72, 800 - 14 * number, line)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def upload(content: bytes, name: str = "essay.docx") -> Any:
    """A file as a service takes it."""
    return read_upload(name, content)
