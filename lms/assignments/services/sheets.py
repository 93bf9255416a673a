"""Marking offline: a folder with the work and a sheet, and the sheet read back line by line, looked at, taken over once.

Source: docs/rules.md#marking-offline.
"""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select, true, update
from sqlalchemy.orm import selectinload

from lms.assignments.anonymising import without_author
from lms.assignments.assessments import Assessment, SheetPreview
from lms.assignments.domain.agreement import MarkerRole
from lms.assignments.domain.anonymity import veiled
from lms.assignments.domain.rubrics import ScoreFault, score_fault
from lms.assignments.models import Assignment, Submission
from lms.assignments.queries.marking import QueueRow, QueueState, marking_queue
from lms.assignments.queries.people import names_of
from lms.assignments.queries.submissions import get_submission
from lms.assignments.queries.work import plan_of
from lms.assignments.services.marking import save_marking
from lms.assignments.services.posting import Marking
from lms.assignments.services.recording import marking_of
from lms.assignments.services.sheet_headings import (
    FINISHED,
    REFERENCE,
    WHOLE,
    WORK,
    comment_heading,
    headings_now,
    instructions,
    known_headings,
)
from lms.core.db import db
from lms.core.errors import NotFound, Refusal, RuleViolation
from lms.core.files import label_of, read_file
from lms.core.forms import parse_points
from lms.core.sheets import Row, Sheet, SheetFault, read_rows, write_xlsx
from lms.courses.domain.content import Criterion
from lms.courses.permissions import Member, require_teaching

MAX_BYTES = 2 * 1024 * 1024
MAX_LINES = 1000
_YES = frozenset(("yes", "y", "x", "1", "oui", "o", "sim", "s", "true", "نعم"))
Titles = Callable[[Mapping[str, str]], str]


def _key(_title: Mapping[str, str]) -> str:
    """No title: criteria are called by their keys, as in the sheet's columns."""
    return ""


@dataclass(frozen=True, slots=True)
class SheetLine:
    """A line of a sheet beside what stands in the room now.

    ``outcome`` is accepted, unchanged, conflict or faulty; ``faults`` says why in words.
    """

    line: int
    name: str
    outcome: str
    faults: tuple[str, ...] = ()
    total: Decimal | None = None
    is_finished: bool = False
    row: QueueRow | None = field(default=None, compare=False)
    marking: Marking | None = field(default=None, compare=False)
    revision: int = 0


def reference_of(row: QueueRow, digest: str, revision: int) -> str:
    """What binds a line to one version of one person's work, one role and one state of the marking."""
    seal = hashlib.sha256(f"{row.submission_id}:{row.role}:{digest}".encode()).hexdigest()[:8]
    return f"{row.submission_id}-{row.role}-{revision}-{seal}"


def _own_rows(actor: Member, assignment: Assignment) -> list[QueueRow]:
    """What the actor can mark: what is theirs; without anything shared out, whatever is open to them."""
    rows = [row for row in marking_queue(actor, assignment.key) if row.is_open_to_actor]
    mine = [row for row in rows if row.marker_id == actor.person.id]
    return [row for row in mine or rows if row.state is not QueueState.REOPENED]


def _assessments(rows: Sequence[QueueRow]) -> dict[tuple[int, MarkerRole], Assessment]:
    found = db.session.scalars(
        select(Assessment)
        .where(Assessment.submission_id.in_({row.submission_id for row in rows}))
        .options(selectinload(Assessment.scores), selectinload(Assessment.participations))
    )
    return {(one.submission_id, MarkerRole(one.role)): one for one in found}


def _digests(rows: Sequence[QueueRow]) -> dict[int, str]:
    found = db.session.execute(
        select(Submission.id, Submission.digest).where(Submission.id.in_({row.submission_id for row in rows}))
    )
    return {key: digest for key, digest in found}  # noqa: C416  a row is no pair to mypy


def marking_sheet(actor: Member, assignment: Assignment, title: Titles) -> Sheet:
    """The sheet of what the actor marks, with the marks so far.

    Args:
        title: puts a text into the actor's language.
    """
    require_teaching(actor)
    rows = _own_rows(actor, assignment)
    rubric = plan_of(assignment).rubric
    made, digests = _assessments(rows), _digests(rows)
    headings = headings_now()
    header = [headings[REFERENCE], headings[WORK]]
    for criterion in rubric:
        header += [
            f"{criterion.key}: {title(criterion.title)} (0–{criterion.maximum})",
            comment_heading(criterion, headings[WHOLE]),
        ]
    header += [headings[WHOLE], headings[FINISHED]]
    lines = []
    for row in rows:
        assessment = made.get((row.submission_id, row.role))
        stored = marking_of(assessment) if assessment is not None else Marking({}, {})
        revision = 0 if assessment is None else assessment.revision
        cells: list[Any] = [reference_of(row, digests[row.submission_id], revision), row.name]
        for criterion in rubric:
            cells += [stored.scores.get(criterion.key), stored.comments.get(criterion.key, "")]
        lines.append([*cells, stored.comment, _("yes") if row.state is QueueState.FINISHED else ""])
    return Sheet(_("Marking"), header, lines)


def marking_archive(actor: Member, assignment: Assignment, title: Titles) -> bytes:
    """One ZIP with each piece of work and the sheet; without names where the actor marks without names."""
    sheet = marking_sheet(actor, assignment, title)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("marking.xlsx"), write_xlsx([sheet]))
        for number, row in enumerate(_own_rows(actor, assignment), start=1):
            _add_work(archive, actor, row, number)
        archive.writestr("README.txt", instructions())
    return out.getvalue()


def _add_work(archive: zipfile.ZipFile, actor: Member, row: QueueRow, number: int) -> None:
    submission = get_submission(actor.edition.id, row.submission_id, true())
    names = names_of(submission) if row.is_veiled else []
    label = re.sub(r"[^\w -]", "", row.name).strip()[:60] or str(number)
    turn = "" if row.role is MarkerRole.FIRST else f" {row.role}"
    folder = f"{number:03} {label}{turn}"
    for part in submission.parts:
        place = f"{folder}/{part.position + 1}"
        if part.body.strip():
            # Without a time of its own: the hour at which somebody wrote is nobody's business here.
            archive.writestr(zipfile.ZipInfo(f"{place}.txt"), veiled(part.body, names), zipfile.ZIP_DEFLATED)
        if part.file is not None:
            kind = part.file.name.rpartition(".")[2].lower()
            content = read_file(part.file)
            if row.is_veiled:
                try:
                    content = without_author(content, kind)
                except RuleViolation as refusal:
                    archive.writestr(f"{place}.{kind}.txt", refusal.message)
                    continue
            archive.writestr(zipfile.ZipInfo(f"{place}.{kind}"), content, zipfile.ZIP_DEFLATED)


def keep_sheet(
    actor: Member, assignment: Assignment, content: bytes, file_name: str, languages: Sequence[str], now: datetime
) -> SheetPreview:
    """Read a sheet and keep its lines for a look; nothing is marked.

    Args:
        languages: those that the interface speaks: headings are understood in each, whoever made the sheet.

    Raises:
        NotAllowed: unless the actor teaches in the edition.
        SheetFault: where the file is no table, is too large, or is not the sheet that was given out.
    """
    require_teaching(actor)
    if len(content) > MAX_BYTES:
        raise SheetFault(_("The file is larger than 2 MB. Send the sheet alone, without the work."))
    rows = read_rows(content, max_rows=MAX_LINES)
    known = known_headings(plan_of(assignment).rubric, languages)
    read = [Row(row.line, {known.get(name, name): value for name, value in row.values.items()}) for row in rows]
    if not read or REFERENCE not in read[0].values:
        raise SheetFault(
            _(
                "This is not the sheet with the marks: it has no column “%(reference)s”, or no lines.",
                reference=_("Reference"),
            )
        )
    preview = SheetPreview(
        assignment_id=assignment.id, created_by_id=actor.person.id, created_at=now, file_name=label_of(file_name),
        lines=[{"line": row.line, "values": row.values} for row in read], result={},
    )  # fmt: skip
    db.session.add(preview)
    db.session.flush()
    return preview


def get_sheet(actor: Member, assignment: Assignment, preview_id: int) -> SheetPreview:
    """A sheet that the actor gave back; raises NotFound for anybody else's."""
    preview = db.session.get(SheetPreview, preview_id)
    if preview is None or preview.assignment_id != assignment.id or preview.created_by_id != actor.person.id:
        raise NotFound
    return preview


def compare_sheet(
    actor: Member, assignment: Assignment, preview: SheetPreview, title: Titles = _key
) -> list[SheetLine]:
    """What taking a sheet over would do now, line by line; a constant number of statements.

    Args:
        title: how criteria are called where a line has a fault.
    """
    rows = marking_queue(actor, assignment.key)
    made, digests = _assessments(rows), _digests(rows)
    by_key = {(str(row.submission_id), row.role.value): row for row in rows}
    lines = [Row(one["line"], one["values"]) for one in preview.lines]
    counts = Counter(line.values.get(REFERENCE, "") for line in lines)
    rubric = plan_of(assignment).rubric
    titles = {criterion.key: title(criterion.title) or criterion.key for criterion in rubric}
    titles[WHOLE] = _("comment on the whole work")
    compared = []
    for line in lines:
        reference, name = line.values.get(REFERENCE, ""), line.values.get(WORK, "")
        parts = reference.split("-")
        row = by_key.get((parts[0], parts[1])) if len(parts) == 4 else None
        revision = int(parts[2]) if row is not None and parts[2].isdecimal() and len(parts[2]) < 9 else 0
        fault = _fault_of_reference(row, reference, revision, digests, name, counts[reference])
        if row is None or fault:
            compared.append(SheetLine(line.line, name, "faulty", (fault,)))
            continue
        assessment = made.get((row.submission_id, row.role))
        compared.append(_compared(line, row, assessment, revision, rubric, titles))
    return compared


def _fault_of_reference(
    row: QueueRow | None, reference: str, revision: int, digests: Mapping[int, str], name: str, times: int
) -> str:
    if row is None:
        return str(_("The reference is of no work here, or a newer version has been handed in."))
    if reference != reference_of(row, digests[row.submission_id], revision):
        return str(_("The reference was changed, or a newer version has been handed in."))
    if name.strip() != row.name.strip():
        return str(_("Reference and work do not belong together: the lines were mixed up."))
    if times > 1:
        return str(_("The same work stands in several lines."))
    if not row.is_open_to_actor:
        return str(_("This marking is somebody else’s. Nothing was saved."))
    return ""


def _compared(
    line: Row,
    row: QueueRow,
    assessment: Assessment | None,
    revision: int,
    rubric: Sequence[Criterion],
    titles: Mapping[str, str],
) -> SheetLine:
    stored = marking_of(assessment) if assessment is not None else Marking({}, {})
    marking, faults = _read(line.values, rubric, titles)
    wants_finish = line.values.get(FINISHED, "").strip().lower() in _YES
    gaps = [key for key, points in marking.scores.items() if points is None]
    if wants_finish and gaps and not faults:
        faults.append(str(_("It says finished, and %(count)s criteria have no points.", count=len(gaps))))
    total = None if gaps else sum((points for points in marking.scores.values() if points is not None), Decimal(0))
    is_same = _is_same(marking, stored)
    if is_same and (wants_finish == (row.state is QueueState.FINISHED)):
        return SheetLine(line.line, row.name, "unchanged", (), total, wants_finish, row)
    if row.state is QueueState.FINISHED and not faults:
        faults.append(str(_("This mark is finished. Change it in the marking room, and say why.")))
    if faults:
        return SheetLine(line.line, row.name, "faulty", tuple(faults), total, wants_finish, row)
    differing = _changed_since(assessment, stored, marking, revision)
    if differing:
        said = _(
            "Changed in the room since the sheet was made: %(what)s.",
            what=_(", ").join(titles.get(key, key) for key in differing),
        )
        return SheetLine(line.line, row.name, "conflict", (str(said),), total, wants_finish, row)
    return SheetLine(line.line, row.name, "accepted", (), total, wants_finish, row, marking, revision)


def _read(
    values: Mapping[str, str], rubric: Sequence[Criterion], titles: Mapping[str, str]
) -> tuple[Marking, list[str]]:
    scores: dict[str, Decimal | None] = {}
    comments: dict[str, str] = {}
    faults: list[str] = []
    for criterion in rubric:
        typed = next((cell for name, cell in values.items() if name.startswith(f"{criterion.key.lower()}:")), "")
        comments[criterion.key] = values.get(f"{criterion.key.lower()} comment", "").strip()
        scores[criterion.key] = None
        if not typed.strip():
            continue
        try:
            points = parse_points(typed)
        except ValueError as error:
            faults.append(f"{titles[criterion.key]}: {error}")
            continue
        fault = score_fault(points, criterion.maximum)
        if fault is None:
            scores[criterion.key] = points
        else:
            faults.append(f"{titles[criterion.key]}: {_score_sentence(fault)}")
    return Marking(scores, comments, values.get(WHOLE, "").strip()), faults


def _score_sentence(fault: ScoreFault) -> str:
    return str(
        {
            ScoreFault.BELOW_ZERO: _("Points cannot be below 0."),
            ScoreFault.ABOVE_MAXIMUM: _("This criterion has fewer points than that."),
            ScoreFault.NOT_HALF: _("Use whole or half points, like 7 or 7.5."),
        }[fault]
    )


def _is_same(marking: Marking, stored: Marking) -> bool:
    return marking.comment == stored.comment and all(
        marking.scores[key] == stored.scores.get(key) and marking.comments[key] == stored.comments.get(key, "")
        for key in marking.scores
    )


def _changed_since(assessment: Assessment | None, stored: Marking, marking: Marking, revision: int) -> list[str]:
    if assessment is None:
        return []
    differing = [
        score.criterion_key
        for score in assessment.scores
        if score.changed_in > revision
        and score.criterion_key in marking.scores
        and (score.points, score.comment)
        != (marking.scores[score.criterion_key], marking.comments[score.criterion_key])
    ]
    if assessment.whole_changed_in > revision and stored.comment != marking.comment:
        differing.append(WHOLE)
    return differing


def take_over_sheet(
    actor: Member, assignment: Assignment, preview_id: int, now: datetime, title: Titles = _key
) -> SheetPreview:
    """Save the lines of a sheet that can be saved, once however often it is asked for; the others stay as they are.

    The result counts the lines by what became of them, and names those that were left: number, work, why.

    Raises:
        NotAllowed: unless the actor teaches in the edition.
        NotFound: for a sheet that somebody else gave back.
    """
    require_teaching(actor)
    preview = get_sheet(actor, assignment, preview_id)
    claimed = db.session.scalar(
        update(SheetPreview)
        .where(SheetPreview.id == preview_id, SheetPreview.confirmed_at.is_(None))
        .values(confirmed_at=now)
        .returning(SheetPreview.id)
        .execution_options(synchronize_session=False)
    )
    if claimed is None:
        return preview
    result: dict[str, int] = Counter()
    left: list[tuple[int, str, list[str]]] = []
    for line in compare_sheet(actor, assignment, preview, title):
        outcome, faults = line.outcome, list(line.faults)
        if outcome == "accepted" and line.row is not None and line.marking is not None:
            try:
                saved = save_marking(
                    actor, submission_id=line.row.submission_id, marking=line.marking, revision=line.revision, now=now,
                    role=line.row.role, is_finished=line.is_finished,
                )  # fmt: skip
            except Refusal as refusal:
                outcome, faults = "faulty", [refusal.message]
            else:
                outcome = "conflict" if saved.is_conflict else "accepted"
        result[outcome] += 1
        if outcome in ("faulty", "conflict"):
            left.append((line.line, line.name, faults))
    db.session.refresh(preview)
    preview.result = dict(result) | ({"left": left} if left else {})
    return preview
