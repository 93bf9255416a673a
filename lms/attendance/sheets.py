"""Taking in the list that a meeting tool makes: read and kept for a look first, then carried out once."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from sqlalchemy import delete, update

from lms.attendance.attending import keep_minutes, require_begun
from lms.attendance.domain import (
    How,
    Known,
    Match,
    SheetLine,
    Visitor,
    fold,
    match_visitors,
    minutes_in,
    readings_of_moment,
    visitors_of,
)
from lms.attendance.models import AttendanceSheet, LiveSession
from lms.attendance.queries import Attender, attenders_of, find_confirmed_sheet, get_session, get_sheet
from lms.core.audit import record_event
from lms.core.db import db
from lms.core.errors import NotFound, RuleViolation
from lms.core.files import label_of
from lms.core.i18n import localise
from lms.core.sheets import SheetFault, read_cells
from lms.courses.permissions import Member, require_running, require_teaching

MAX_BYTES = 1024 * 1024
MAX_LINES = 5000
# Names and addresses wait here unconfirmed no longer than somebody might come back to them.
KEPT_UNCONFIRMED = timedelta(days=1)

# What the columns of Zoom, Teams, Meet and BigBlueButton are called, in English, French and Portuguese; the first that
# fits holds.
_COLUMNS = {
    "email": re.compile(r"mail|\(upn\)|courriel"),
    "minutes": re.compile(r"duration|dur[ée]e|dura[çc][ãa]o|\bminut[eo]s\b"),
    "joined": re.compile(r"\bjoin|arriv|rejoin|\bentrée|entrada|première participation|primeira participação"),
    "left": re.compile(r"\bleave|\bleft\b|sortie|départ|quitt|sa[íi]da"),
    # The title of a meeting, or how many took part in it, names nobody.
    "name": re.compile(r"^(?!.*(?:meeting|réunion|reunião|country|pays|país)).*\b(?:name|nom|nome)\b|^participante?$"),
}


def preview_sheet(actor: Member, key: str, content: bytes, file_name: str, now: datetime) -> AttendanceSheet:
    """Read a meeting's list and keep it for a look; nobody is marked present.

    Raises:
        NotAllowed: unless the actor teaches in the edition.
        NotFound: if the edition has no such session.
        RuleViolation: before the session begins, if it was cancelled, or if the edition is closed.
        SheetFault: where the file is no such list, is of another day, or was taken in before.
    """
    require_teaching(actor)
    require_running(actor.edition)
    session = get_session(actor.edition, key)
    require_begun(session, now)
    if len(content) > MAX_BYTES:
        raise SheetFault(_("The file is larger than 1 MB. Save the list alone, without pictures, and try again."))
    digest = hashlib.sha256(content).hexdigest()
    _refuse_duplicate(actor, session, digest)
    lines, moments = _read(content)
    _refuse_other_day(actor, session, moments, now)
    db.session.execute(
        delete(AttendanceSheet).where(
            AttendanceSheet.confirmed_at.is_(None), AttendanceSheet.created_at < now - KEPT_UNCONFIRMED
        )
    )
    visitors = [
        {"name": one.name, "email": one.email, "minutes": one.minutes, "lines": list(one.lines)}
        for one in visitors_of(lines)
    ]
    sheet = AttendanceSheet(
        session_id=session.id, created_by_id=actor.person.id, created_at=now, file_name=label_of(file_name),
        digest=digest, visitors=visitors, result={},
    )  # fmt: skip
    db.session.add(sheet)
    db.session.flush()
    return sheet


def _refuse_duplicate(actor: Member, session: LiveSession, digest: str) -> None:
    before = find_confirmed_sheet(actor.edition, digest)
    if before is None:
        return
    _sheet, other = before
    if other.id == session.id:
        raise SheetFault(_("This very file was taken in for this session already. Nothing is missing."))
    title = localise(other.title, (actor.person.language, *actor.edition.languages)).text
    raise SheetFault(_("This very file was taken in for another session already: “%(title)s”.", title=title))


def _refuse_other_day(
    actor: Member, session: LiveSession, moments: Sequence[Sequence[datetime]], now: datetime
) -> None:
    """A sheet names no time zone, and may be read day first or month first: one reading near the session will do."""
    readable = [readings for readings in moments if readings]
    day = session.starts_at.astimezone(ZoneInfo(actor.edition.time_zone)).date()
    if not readable or any(abs((one.date() - day).days) <= 1 for readings in readable for one in readings):
        return
    if all(one.date() > now.date() + timedelta(days=1) for readings in readable for one in readings):
        raise SheetFault(_("The list is of a day that has not come yet. Look at the dates in it."))
    raise SheetFault(_("The list is of another day than the session. Look whether it is the right file."))


def _read(content: bytes) -> tuple[list[SheetLine], list[list[datetime]]]:
    rows = read_cells(content, max_lines=MAX_LINES)
    for at, (_line, cells) in enumerate(rows):
        columns = _columns_of(cells)
        if "name" in columns and ("minutes" in columns or {"joined", "left"} <= columns.keys()):
            return _lines_under(rows[at + 1 :], columns)
    raise SheetFault(
        _("No line names the columns. The list needs a column with names, and one with how long each person was there.")
    )


def _columns_of(cells: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for place, cell in enumerate(cells):
        title = cell.casefold()
        meaning = next((one for one, pattern in _COLUMNS.items() if pattern.search(title)), None)
        if meaning is not None:
            found.setdefault(meaning, place)
    return found


def _lines_under(
    rows: Sequence[tuple[int, list[str]]], columns: Mapping[str, int]
) -> tuple[list[SheetLine], list[list[datetime]]]:
    lines: list[SheetLine] = []
    moments: list[list[datetime]] = []
    for number, cells in rows:
        if len([cell for cell in cells if cell]) == 1 and lines:
            break  # the title of the next table of the same file, with the same joins one by one
        values = {name: cells[place] if place < len(cells) else "" for name, place in columns.items()}
        if not values["name"] and not values.get("email"):
            continue
        moments.append(readings_of_moment(values.get("joined", "")))
        lines.append(SheetLine(number, values["name"], values.get("email", ""), _minutes_of(values, number)))
    if not lines:
        raise SheetFault(_("The list is empty: nothing stands under the names of the columns."))
    return lines, moments


def _minutes_of(values: Mapping[str, str], line: int) -> int:
    minutes = minutes_in(values.get("minutes", ""))
    if minutes is None:
        joined, left = readings_of_moment(values.get("joined", "")), readings_of_moment(values.get("left", ""))
        if joined and left and left[0] >= joined[0]:
            minutes = int((left[0] - joined[0]).total_seconds() // 60)
    if minutes is None or minutes > 24 * 60:
        raise SheetFault(_("Line %(line)s does not say how long the person was there.", line=line))
    return minutes


def matches_of(actor: Member, session: LiveSession, sheet: AttendanceSheet) -> tuple[list[Match], dict[int, Attender]]:
    """Whom each visitor of a sheet is, as far as that can be known, and the participants by enrolment.

    Raises:
        NotAllowed: unless the actor teaches in the edition.
    """
    require_teaching(actor)
    people = {one.enrolment.id: one for one in attenders_of(session)}
    known = [
        Known(one.enrolment.id, one.enrolment.person.full_name, fold(one.enrolment.person.email))
        for one in people.values()
    ]
    visitors = [Visitor(one["name"], one["email"], one["minutes"], tuple(one["lines"])) for one in sheet.visitors]
    return match_visitors(visitors, known), people


def confirm_sheet(actor: Member, key: str, sheet_id: int, chosen: Mapping[int, int], now: datetime) -> dict[str, int]:
    """Take a sheet in: keep the minutes of everybody it names, and forget the rest. Return the counts.

    Doing it again changes nothing. The minutes of one person under several names are added up.

    Args:
        chosen: by the visitor's place in the sheet, the enrolment that somebody ticked or picked. What was matched by
            address needs none.

    Raises:
        NotAllowed: unless the actor teaches in the edition.
        NotFound: for an unknown sheet or person.
        RuleViolation: where the same file was confirmed meanwhile, or the edition is closed.
    """
    require_teaching(actor)
    session = get_session(actor.edition, key)
    sheet = get_sheet(session, sheet_id)
    if sheet.confirmed_at is not None:
        return dict(sheet.result)
    require_running(actor.edition)
    if find_confirmed_sheet(actor.edition, sheet.digest) is not None:
        raise RuleViolation(_("This very file was taken in already. Nothing was changed."))
    matches, people = matches_of(actor, session, sheet)
    minutes: dict[int, int] = {}
    left_out = 0
    for place, match in enumerate(matches):
        enrolment_id = match.enrolment_ids[0] if match.how is How.ADDRESS else chosen.get(place)
        if enrolment_id is None:
            left_out += 1
            continue
        if enrolment_id not in people:
            raise NotFound
        minutes[enrolment_id] = minutes.get(enrolment_id, 0) + match.visitor.minutes
    # Two clicks of the same moment: one of them takes it in.
    taken = db.session.scalar(
        update(AttendanceSheet)
        .where(AttendanceSheet.id == sheet.id, AttendanceSheet.confirmed_at.is_(None))
        .values(confirmed_at=now)
        .returning(AttendanceSheet.id)
        .execution_options(synchronize_session=False)
    )
    db.session.refresh(sheet)
    if taken is None:
        return dict(sheet.result)
    keep_minutes(session, minutes)
    present = sum(number >= session.minimum_minutes for number in minutes.values())
    result = {"people": len(minutes), "present": present, "left_out": left_out}
    sheet.result, sheet.visitors = result, []
    record_event(
        "attendance sheet taken in", now=now, actor_id=actor.person.id, subject_type="live session",
        subject_id=session.id, edition_id=actor.edition.id, key=key, file=sheet.file_name, **result,
    )  # fmt: skip
    return result
