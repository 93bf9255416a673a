"""Lines of the ledger: what activities post."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ClauseElement, and_, bindparam, select

from lms.core.db import db
from lms.core.errors import NotFound, RuleViolation
from lms.core.statements import Reading, Writing, insert_into
from lms.courses.models import Edition, Enrolment
from lms.grading.domain.decision import Decision
from lms.grading.domain.points import round_points
from lms.grading.domain.results import State
from lms.grading.models import Amendment, GradeEntry, GradeItem, SchemeVersion
from lms.grading.queries import CLEARED, scheme_of_version, standing_of
from lms.grading.services.summaries import add_to_summary, weight_of
from lms.grading.wording import REASON_CODES

# Decisions of a coordinator: what activities post later is recorded, and does not replace them.
OVERRIDE = "override"
EXCUSE = "excuse"
BY_HAND = frozenset({OVERRIDE, EXCUSE})
_STATES = frozenset({*State, CLEARED}) - {State.MISSING}
# Two processes may post to the same cell at once; each attempt finds the other's line and goes one further.
_TRIES = 5


# Put together once, because every quiz that is submitted and every mark runs them.
_SCHEME_VERSION = (
    select(SchemeVersion.id)
    .where(SchemeVersion.edition_id == Edition.id)
    .order_by(SchemeVersion.number.desc())
    .limit(1)
    .correlate(Edition)
    .scalar_subquery()
)
_CELL = Reading(
    select(GradeItem, Edition.closed_at, _SCHEME_VERSION.label("scheme"), GradeEntry)
    .join(Edition, Edition.id == GradeItem.edition_id)
    .join(Enrolment, Enrolment.edition_id == GradeItem.edition_id)
    .outerjoin(GradeEntry, and_(GradeEntry.item_id == GradeItem.id, GradeEntry.enrolment_id == Enrolment.id))
    .where(
        GradeItem.edition_id == bindparam("edition_id"),
        GradeItem.key == bindparam("item_key"),
        Enrolment.id == bindparam("enrolment_id"),
    )
    .order_by(GradeEntry.sequence)
)
_LINES = Reading(
    select(GradeEntry)
    .where(GradeEntry.enrolment_id == bindparam("enrolment_id"), GradeEntry.item_id == bindparam("item_id"))
    .order_by(GradeEntry.sequence)
)


def _next_line(dialect: str) -> ClauseElement:
    """The insert of a line, nothing where its place in the sequence is taken; gives the line back."""
    table = GradeEntry.__table__
    columns = [column for column in table.c if column.name != "id"]
    statement: ClauseElement = (
        insert_into(table, dialect)
        .values({column.name: bindparam(f"new_{column.name}", type_=column.type) for column in columns})
        .on_conflict_do_nothing(index_elements=["enrolment_id", "item_id", "sequence"])
        .returning(*table.c)
    )
    return statement


_NEXT_LINE = Writing(_next_line, returning=GradeEntry)


@dataclass(frozen=True, slots=True)
class Cell:
    """A person's place in the gradebook: where lines are written."""

    item: GradeItem
    maximum: Decimal
    is_required: bool
    edition_closed: bool
    enrolment_id: int
    lines: Sequence[GradeEntry]

    @property
    def current(self) -> GradeEntry | None:
        """The line that holds."""
        return self.lines[-1] if self.lines else None

    @property
    def is_by_hand(self) -> bool:
        """Whether a coordinator's decision holds."""
        return self.current is not None and self.current.source in BY_HAND

    @property
    def posted(self) -> GradeEntry | None:
        """The last line that an activity posted."""
        return next((line for line in reversed(self.lines) if line.source not in BY_HAND), None)


def load_cell(edition_id: int, enrolment_id: int, item_key: str) -> Cell:
    place = {"edition_id": edition_id, "enrolment_id": enrolment_id, "item_key": item_key}
    rows = _CELL.rows(place)
    if not rows:
        raise NotFound(_("There is no such participant or graded work in this edition."))
    item, closed_at, scheme_id, _line = rows[0]
    plan = None if scheme_id is None else scheme_of_version(scheme_id).find_item(item_key)
    if plan is None:
        raise NotFound(_("This work earns no points in this edition."))
    lines = [row[3] for row in rows if row[3] is not None]
    return Cell(item, plan.maximum, plan.required, closed_at is not None, enrolment_id, lines)


def _lines(enrolment_id: int, item_id: int) -> Sequence[GradeEntry]:
    return [line for (line,) in _LINES.rows({"enrolment_id": enrolment_id, "item_id": item_id})]


def post_entry(
    *,
    edition_id: int,
    enrolment_id: int,
    item_key: str,
    state: str,
    points: Fraction | Decimal | None = None,
    is_complete: bool,
    basis: dict[str, Any],
    source: str,
    reason: str = "",
    reason_code: str = "",
    actor_id: int | None,
    now: datetime,
) -> GradeEntry:
    """Append a line to the ledger, and return the line that holds.

    Posting the same again changes nothing and returns the line that is there. Where a coordinator decided by hand
    (an override, an excuse), the posting is recorded and the decision is repeated after it: it still holds.
    The caller has checked that the actor may do this.

    Args:
        state: ``submitted`` (waits for a mark), ``marked``, ``excused`` or ``cleared`` (as if never handed in).
        points: exact, in [0, item maximum]; rounded half up to 0.01 here and nowhere else. Only with ``marked``.
        is_complete: whether the mark counts as done; a mark of 0 may be complete.
        basis: JSON values from which the points can be explained: ``{"right": "9", "questions": 10}`` for a quiz;
            ``{"rubric": [{"title": …, "points": "8.50", "maximum": "10.00"}], "adjustment": "-2.00"}`` for a rubric;
            ``took_part`` and ``late_by_minutes`` may stand beside either.
        source: what posts, for instance ``"quiz attempt 41"``; shown in the history.
        reason: why, in somebody's own words; required once the edition is closed, unless a code says it.
        reason_code: why, where a rule says it: one of ``wording.REASON_CODES``, read by everybody in their language.
        actor_id: the person who acted; ``None`` for the system.

    Raises:
        ValueError: if the points are out of range, or do not go with the state.
        RuleViolation: if the edition is closed and no reason is given.
        NotFound: if the edition has no such item or enrolment.
    """
    cell = load_cell(edition_id, enrolment_id, item_key)
    values = _values(cell, state, points, is_complete, basis, source, reason, reason_code)
    before = snapshot(cell)
    entry = post_line(cell, values, actor_id=actor_id, now=now)
    note_amendment(cell, before, entry)
    return entry


def post_line(cell: Cell, values: dict[str, Any], *, actor_id: int | None, now: datetime) -> GradeEntry:
    """Append a line to a cell, and return the line that holds; raises RuleViolation where others are always faster."""
    for _attempt in range(_TRIES):
        entry = _post(cell, values, actor_id=actor_id, now=now)
        if entry is not None:
            return entry
        cell = replace(cell, lines=_lines(cell.enrolment_id, cell.item.id))
    raise RuleViolation(busy())


def snapshot(cell: Cell) -> Decision | None:
    """How things stand for the person before a change to a closed edition; ``None`` while it runs."""
    return _decision(cell) if cell.edition_closed else None


def _decision(cell: Cell) -> Decision:
    edition = db.session.get_one(Edition, cell.item.edition_id)
    enrolment = db.session.get_one(Enrolment, cell.enrolment_id)
    return standing_of(edition, enrolment, released_only=False).decision


def note_amendment(cell: Cell, before: Decision | None, entry: GradeEntry) -> None:
    """Keep what a line of a closed edition changed, with its effect on the total and the certificate."""
    if before is None or (cell.current is not None and cell.current.id == entry.id):
        return
    after = _decision(cell)
    db.session.add(
        Amendment(
            edition_id=cell.item.edition_id, enrolment_id=cell.enrolment_id, entry_id=entry.id,
            total_before=before.total, total_after=after.total, status_before=before.status, status_after=after.status,
            recorded_at=entry.recorded_at, recorded_by_id=entry.recorded_by_id,
        )
    )  # fmt: skip
    db.session.flush()


def busy() -> str:
    return str(_("Somebody else is changing these points at this moment. Nothing was lost: try again."))


def _post(cell: Cell, values: dict[str, Any], *, actor_id: int | None, now: datetime) -> GradeEntry | None:
    """One attempt at the next line; ``None`` where another writer was first."""
    held = cell.current if cell.is_by_hand and values["source"] not in BY_HAND else None
    before = cell.posted if held is not None else cell.current
    if cell.current is not None and before is not None and _is_same(before, values):
        return cell.current
    if cell.edition_closed and not (values["reason"] or values["reason_code"]):
        raise RuleViolation(
            _("This edition is closed. Points can still change, but only with a reason. Say why, and save again.")
        )
    entry = append_line(cell, values, actor_id=actor_id, now=now)
    if entry is None or held is None:
        return entry
    after = replace(cell, lines=[*cell.lines, entry])
    return append_line(after, values_of(held), actor_id=held.recorded_by_id, now=now)


def _values(
    cell: Cell,
    state: str,
    points: Fraction | Decimal | None,
    is_complete: bool,
    basis: dict[str, Any],
    source: str,
    reason: str,
    reason_code: str,
) -> dict[str, Any]:
    if reason_code and reason_code not in REASON_CODES:
        raise ValueError(f"{reason_code!r} has no words")
    if state not in _STATES:
        raise ValueError(f"{state!r} is not a state of a grade entry")
    if (state == State.MARKED) != (points is not None):
        raise ValueError("points go with the state “marked”, and with no other")
    rounded = None if points is None else round_points(points)
    if rounded is not None and rounded > cell.maximum:
        raise ValueError(f"{rounded} points are more than the {cell.maximum} of {cell.item.key}")
    return {
        "state": str(state), "points": rounded, "is_complete": is_complete, "basis": basis,
        "source": source, "reason": reason.strip()[:500], "reason_code": reason_code,
    }  # fmt: skip


def values_of(line: GradeEntry) -> dict[str, Any]:
    return {
        "state": line.state, "points": line.points, "is_complete": line.is_complete, "basis": line.basis,
        "source": line.source, "reason": line.reason, "reason_code": line.reason_code,
    }  # fmt: skip


def _is_same(line: GradeEntry, values: dict[str, Any]) -> bool:
    compared = ["state", "points", "is_complete", "basis"]
    if values["source"] in BY_HAND:
        compared += ["source", "reason"]
    return all(getattr(line, name) == values[name] for name in compared)


def append_line(cell: Cell, values: dict[str, Any], *, actor_id: int | None, now: datetime) -> GradeEntry | None:
    """Write the line after those of the cell; ``None`` where another writer took its place in the sequence."""
    new = {
        **values, "enrolment_id": cell.enrolment_id, "item_id": cell.item.id, "recorded_at": now, "recorded_by_id": actor_id,
        "sequence": cell.lines[-1].sequence + 1 if cell.lines else 1,
    }  # fmt: skip
    line: GradeEntry | None = _NEXT_LINE.returned({f"new_{name}": value for name, value in new.items()})
    if line is not None:
        add_to_summary(cell.enrolment_id, weight_of(cell.current, cell.is_required), weight_of(line, cell.is_required))
    return line
