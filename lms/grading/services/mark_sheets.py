"""Marks from a sheet: read and kept for a look first, then set once, with what was changed meanwhile left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from flask_babel import force_locale, gettext
from sqlalchemy import delete, select, update

from lms.accounts.domain import email_key, name_key
from lms.core.audit import record_event
from lms.core.db import db
from lms.core.errors import NotFound
from lms.core.files import label_of
from lms.core.forms import parse_points
from lms.core.sheets import SheetFault, read_rows
from lms.courses.permissions import Member, require_coordinating
from lms.grading.domain.mark_sheet import CellPlan, Holder, Outcome, lines_at, plan_cell
from lms.grading.domain.results import ItemResult, State
from lms.grading.domain.scheme import GradingScheme
from lms.grading.models import GradeEntry, MarkSheet
from lms.grading.queries import class_results, get_scheme
from lms.grading.services.decisions import require_reason
from lms.grading.services.ledger import OVERRIDE, post_entry
from lms.grading.services.notices import tell_of_first_marks
from lms.grading.wording import cell_fault, state_label

MAX_LINES = 2000
MAX_BYTES = 1024 * 1024
# Names and marks wait here unconfirmed no longer than somebody might come back to them.
KEPT_UNCONFIRMED = timedelta(days=1)
# Ordered by gravity: a line is as bad as its worst cell.
_GRAVITY = (Outcome.FAULTY, Outcome.CONFLICT, Outcome.CHANGED, Outcome.SAME)


def _(message: str, **values: Any) -> str:
    return str(gettext(message, **values))


@dataclass(frozen=True, slots=True)
class LinePlan:
    """What a line of a sheet does now. ``fault`` says why a whole line is left out.

    ``holder`` is ``None`` then, and for who has left the edition and has nothing new.
    """

    number: int
    email: str
    holder: Holder | None
    cells: Sequence[CellPlan]
    fault: str = ""

    @property
    def outcome(self) -> Outcome:
        """The gravest of what its cells do."""
        if self.fault:
            return Outcome.FAULTY
        found = {cell.outcome for cell in self.cells}
        return next((outcome for outcome in _GRAVITY if outcome in found), Outcome.SAME)


def preview_marks(
    actor: Member, content: bytes, file_name: str, reason: str, languages: Sequence[str], now: datetime
) -> MarkSheet:
    """Read a CSV or XLSX file of marks and keep its lines for a look; no mark is changed.

    Args:
        languages: those that the interface speaks: the names of the columns are understood in each.

    Raises:
        NotAllowed: unless the actor coordinates the edition.
        RuleViolation: without a reason.
        SheetFault: where the file is no table, is too large, or has no column of addresses or none of marks.
    """
    require_coordinating(actor)
    require_reason(reason)
    if len(content) > MAX_BYTES:
        raise SheetFault(_("The file is larger than 1 MB. Save the sheet alone, without pictures, and try again."))
    rows = read_rows(content, max_rows=MAX_LINES)
    if not rows:
        raise SheetFault(_("The sheet is empty: nothing stands under the names of the columns."))
    scheme = get_scheme(actor.edition.id)[1]
    columns, unused = _columns(list(rows[0].values), scheme, languages)
    if "email" not in columns.values():
        raise SheetFault(_("There is no column “E-mail”. Take the sheet that the gradebook gives, and fill it in."))
    if not any(target.startswith("item:") for target in columns.values()):
        raise SheetFault(
            _("There is no column with the name of a piece of work. Take the sheet that the gradebook gives.")
        )
    lines = [
        {"number": row.line, **{columns[name]: value for name, value in row.values.items() if name in columns}}
        for row in rows
    ]
    old = MarkSheet.confirmed_at.is_(None) & (MarkSheet.created_at < now - KEPT_UNCONFIRMED)
    db.session.execute(delete(MarkSheet).where(old))
    sheet = MarkSheet(
        edition_id=actor.edition.id, created_by_id=actor.person.id, created_at=now, file_name=label_of(file_name),
        reason=reason.strip()[:500], lines=lines, unused=unused, result={},
    )  # fmt: skip
    db.session.add(sheet)
    db.session.flush()
    return sheet


def _columns(
    header: Sequence[str], scheme: GradingScheme, languages: Sequence[str]
) -> tuple[dict[str, str], list[str]]:
    """What each column of the header is for, and the names of the points that nothing is done with."""
    known: dict[str, str] = {"email": "email"}
    derived: set[str] = set()
    for language in languages:
        with force_locale(language):
            known |= {_("E-mail").lower(): "email", _("Name").lower(): "name", _("Revision").lower(): "revision"}
            derived |= {_(word).lower() for word in ("Sponsors", "Total", "Possible so far", "Certificate", "Reason")}
    for item in scheme.items:
        for name in (item.key, *item.title.values()):
            known[name.strip().lower()] = f"item:{item.key}"
    columns = {name: known[name] for name in header if name in known}
    return columns, [name for name in header if name and name not in known and name not in derived]


def get_sheet(actor: Member, sheet_id: int) -> MarkSheet:
    """A sheet that was uploaded to the actor's edition; raises NotAllowed or NotFound."""
    require_coordinating(actor)
    sheet = db.session.scalars(
        select(MarkSheet).where(MarkSheet.id == sheet_id, MarkSheet.edition_id == actor.edition.id)
    ).one_or_none()
    if sheet is None:
        raise NotFound
    return sheet


def plans_of(actor: Member, sheet: MarkSheet, languages: Sequence[str]) -> list[LinePlan]:
    """What setting the marks of a sheet would do now, line by line; a constant number of statements."""
    require_coordinating(actor)
    holders: dict[str, tuple[Holder, bool]] = {}
    for standing in class_results(actor.edition, include_test_accounts=True):
        lines = {key: standing.entries[key].sequence if key in standing.entries else 0 for key in standing.items}
        holder = Holder(standing.enrolment.id, standing.name, standing.results, lines)
        holders[standing.enrolment.person.email_key] = (holder, standing.is_withdrawn)
    seen: set[str] = set()
    plans = []
    for line in sheet.lines:
        key = email_key(line.get("email", ""))
        plans.append(_plan_line(line, holders.get(key), key in seen, languages))
        seen.add(key)
    return plans


def _plan_line(
    line: Mapping[str, Any], found: tuple[Holder, bool] | None, is_second: bool, languages: Sequence[str]
) -> LinePlan:
    number, email = int(line["number"]), str(line.get("email", ""))
    fault = _line_fault(line, found, is_second)
    if fault or found is None:
        return LinePlan(number, email, None, (), fault)
    holder = found[0]
    at_export = lines_at(str(line.get("revision", "")), list(holder.lines))
    cells = []
    for result in holder.results:
        typed = str(line.get(f"item:{result.key}", "")).strip()
        is_stale = bool(line.get("revision")) and (
            at_export is None or at_export[result.key] != holder.lines[result.key]
        )
        number_typed = _number(typed)
        is_word = number_typed is None and _says(typed, result, languages)
        cell = plan_cell(result, typed, number_typed, is_word=is_word, is_stale=is_stale)
        if cell is not None:
            cells.append(cell)
    if found[1]:
        # The gradebook's sheet has people who left, too: their lines are a fault only where somebody wrote in them.
        is_written_in = any(cell.outcome is not Outcome.SAME for cell in cells)
        return LinePlan(number, email, None, (), _("This person has left the edition.") if is_written_in else "")
    return LinePlan(number, email, holder, cells)


def _line_fault(line: Mapping[str, Any], found: tuple[Holder, bool] | None, is_second: bool) -> str:
    if not line.get("email"):
        return _("There is no address.")
    if found is None:
        return _("Nobody with this address takes part in the edition.")
    if is_second:
        return _("This address stands in the sheet twice. The first line counts.")
    holder = found[0]
    name = str(line.get("name", ""))
    if name and name_key(name) != name_key(holder.name):
        return _("The address is that of %(name)s, and the line names somebody else.", name=holder.name)
    return ""


def _number(typed: str) -> Decimal | None:
    try:
        return parse_points(typed)
    except ValueError:
        return None


def _says(typed: str, result: ItemResult, languages: Sequence[str]) -> bool:
    """Whether a cell says in words what the gradebook says: what was exported and left alone.

    The same missing work was “still to do” when the sheet was made before its deadline.
    """
    if result.state is State.MARKED or not typed:
        return False
    for language in languages:
        with force_locale(language):
            words = {state_label(replace(result, is_due=is_due)).casefold() for is_due in (False, True)}
            if typed.casefold() in words:
                return True
    return False


def set_marks(actor: Member, sheet_id: int, languages: Sequence[str], now: datetime) -> MarkSheet:
    """Set the marks of a sheet by hand, with its reason; a second time changes nothing.

    Cells with faults, and those that were changed since the sheet was made, are left out and do not stop the others.

    Raises:
        NotAllowed, NotFound: unless the actor coordinates the edition and it has this sheet.
    """
    sheet = get_sheet(actor, sheet_id)
    taken = db.session.scalar(
        update(MarkSheet)
        .where(MarkSheet.id == sheet.id, MarkSheet.confirmed_at.is_(None))
        .values(confirmed_at=now)
        .returning(MarkSheet.id)
        .execution_options(synchronize_session=False)
    )
    db.session.refresh(sheet)
    if taken is None:
        return sheet
    plans = plans_of(actor, sheet, languages)
    done: Counter[str] = Counter()
    left_out = []
    changed: dict[str, list[int]] = {}
    for plan in sorted(plans, key=lambda one: 0 if one.holder is None else one.holder.enrolment_id):
        if plan.fault:
            done[Outcome.FAULTY] += 1
            left_out.append([plan.number, plan.fault])
        for cell in plan.cells:
            done[cell.outcome] += 1
            if cell.outcome is Outcome.CHANGED:
                changed.setdefault(cell.result.key, []).append(_set(actor, sheet, plan, cell, now).enrolment_id)
            elif cell.outcome is not Outcome.SAME:
                left_out.append([plan.number, cell_fault(cell)])
    sheet.result = {"counts": dict(done), "left_out": sorted(left_out)}
    sheet.lines = []
    tell_of_first_marks(actor.edition, changed, now)
    record_event(
        "marks set from a sheet", now=now, actor_id=actor.person.id, subject_type="mark_sheet", subject_id=sheet.id,
        edition_id=actor.edition.id, file=sheet.file_name, reason=sheet.reason, counts=dict(done),
    )  # fmt: skip
    return sheet


def _set(actor: Member, sheet: MarkSheet, plan: LinePlan, cell: CellPlan, now: datetime) -> GradeEntry:
    assert plan.holder is not None
    return post_entry(
        edition_id=actor.edition.id, enrolment_id=plan.holder.enrolment_id, item_key=cell.result.key,
        state=State.MARKED, points=cell.after, is_complete=True, basis={"sheet": sheet.id, "line": plan.number},
        source=OVERRIDE, reason=sheet.reason, reason_code="sheet", actor_id=actor.person.id, now=now,
    )  # fmt: skip
