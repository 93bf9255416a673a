"""What changes grades: the scheme at creation, lines of the ledger, extensions, releases."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from lms.accounts.models import Person
from lms.core.audit import record_event
from lms.core.db import db
from lms.core.errors import NotFound, RuleViolation
from lms.core.i18n import localise
from lms.core.outbox import queue_mail
from lms.courses.documents import course_from_document, to_document
from lms.courses.domain.content import CourseContent, Text
from lms.courses.models import CourseRelease, Edition, Enrolment
from lms.courses.permissions import Member, require_coordinating, require_teaching
from lms.grading.domain.points import round_points
from lms.grading.domain.results import State
from lms.grading.domain.scheme import GradingScheme
from lms.grading.models import Extension, GradeEntry, GradeItem, SchemeVersion
from lms.grading.queries import (
    CLEARED,
    enrolments_of_group,
    get_item,
    get_items,
    get_participant,
    get_scheme,
    scheme_of,
)
from lms.grading.wording import fault_sentence

# Decisions of a coordinator: what activities post later is recorded, and does not replace them.
OVERRIDE = "override"
EXCUSE = "excuse"
_BY_HAND = frozenset({OVERRIDE, EXCUSE})
_STATES = frozenset({*State, CLEARED}) - {State.MISSING}
# Two processes may post to the same cell at once; each attempt finds the other's line and goes one further.
_TRIES = 5


def create_scheme(edition: Edition, release: CourseRelease, now: datetime) -> None:
    """Give a new edition its scheme and grade items, from the course's plan.

    Raises:
        RuleViolation: if the plan is faulty, naming every fault.
    """
    content = course_from_document(release.document)
    faults = GradingScheme.of(content.grading).faults()
    if faults:
        raise RuleViolation(" ".join(fault_sentence(fault) for fault in faults))
    db.session.add(
        SchemeVersion(edition_id=edition.id, number=1, document=to_document(content.grading), created_at=now)
    )
    due = _due_instants(content, edition)
    for position, plan in enumerate(content.grading.items, start=1):
        db.session.add(
            GradeItem(
                edition_id=edition.id,
                key=plan.key,
                kind=plan.kind,
                position=position,
                due_at=due.get(plan.key),
                released_at=now if plan.kind == "quiz" else None,
            )
        )
    db.session.flush()


def _due_instants(content: CourseContent, edition: Edition) -> dict[str, datetime]:
    moments = {quiz.key: quiz.closes for _module, quiz in content.quizzes()}
    moments |= {assignment.key: assignment.due for assignment in content.assignments}
    return {key: moment.on(edition.starts_on, edition.time_zone) for key, moment in moments.items()}


def post_deadline(*, edition_id: int, item_key: str, due_at: datetime) -> None:
    """Tell the gradebook when the work of an item is due; called by the activity whose date changes."""
    get_item(edition_id, item_key).due_at = due_at


@dataclass(frozen=True, slots=True)
class _Cell:
    """A person's place in the gradebook: where lines are written."""

    item: GradeItem
    maximum: Decimal
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
        return self.current is not None and self.current.source in _BY_HAND

    @property
    def posted(self) -> GradeEntry | None:
        """The last line that an activity posted."""
        return next((line for line in reversed(self.lines) if line.source not in _BY_HAND), None)


def _load_cell(edition_id: int, enrolment_id: int, item_key: str) -> _Cell:
    row = db.session.execute(
        select(GradeItem, SchemeVersion, Edition.closed_at)
        .join(Edition, Edition.id == GradeItem.edition_id)
        .join(SchemeVersion, SchemeVersion.edition_id == GradeItem.edition_id)
        .join(Enrolment, Enrolment.edition_id == GradeItem.edition_id)
        .where(GradeItem.edition_id == edition_id, GradeItem.key == item_key, Enrolment.id == enrolment_id)
        .order_by(SchemeVersion.number.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        raise NotFound(_("There is no such participant or graded work in this edition."))
    item, version, closed_at = row
    plan = scheme_of(version).find_item(item_key)
    if plan is None:
        raise NotFound(_("This work earns no points in this edition."))
    return _Cell(item, plan.maximum, closed_at is not None, enrolment_id, _lines(enrolment_id, item.id))


def _lines(enrolment_id: int, item_id: int) -> Sequence[GradeEntry]:
    return db.session.scalars(
        select(GradeEntry)
        .where(GradeEntry.enrolment_id == enrolment_id, GradeEntry.item_id == item_id)
        .order_by(GradeEntry.sequence)
    ).all()


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
        reason: why; required once the edition is closed.
        actor_id: the person who acted; ``None`` for the system.

    Raises:
        ValueError: if the points are out of range, or do not go with the state.
        RuleViolation: if the edition is closed and no reason is given.
        NotFound: if the edition has no such item or enrolment.
    """
    cell = _load_cell(edition_id, enrolment_id, item_key)
    values = _values(cell, state, points, is_complete, basis, source, reason)
    for _attempt in range(_TRIES):
        entry = _post(cell, values, actor_id=actor_id, now=now)
        if entry is not None:
            return entry
        cell = replace(cell, lines=_lines(cell.enrolment_id, cell.item.id))
    raise RuleViolation(_busy())


def _busy() -> str:
    return str(_("Somebody else is changing these points at this moment. Nothing was lost: try again."))


def _post(cell: _Cell, values: dict[str, Any], *, actor_id: int | None, now: datetime) -> GradeEntry | None:
    """One attempt at the next line; ``None`` where another writer was first."""
    held = cell.current if cell.is_by_hand and values["source"] not in _BY_HAND else None
    before = cell.posted if held is not None else cell.current
    if cell.current is not None and before is not None and _is_same(before, values):
        return cell.current
    if cell.edition_closed and not values["reason"]:
        raise RuleViolation(
            _("This edition is closed. Points can still change, but only with a reason. Say why, and save again.")
        )
    entry = _append(cell, values, actor_id=actor_id, now=now)
    if entry is None or held is None:
        return entry
    after = replace(cell, lines=[*cell.lines, entry])
    return _append(after, _values_of(held), actor_id=held.recorded_by_id, now=now)


def _values(
    cell: _Cell,
    state: str,
    points: Fraction | Decimal | None,
    is_complete: bool,
    basis: dict[str, Any],
    source: str,
    reason: str,
) -> dict[str, Any]:
    if state not in _STATES:
        raise ValueError(f"{state!r} is not a state of a grade entry")
    if (state == State.MARKED) != (points is not None):
        raise ValueError("points go with the state “marked”, and with no other")
    rounded = None if points is None else round_points(points)
    if rounded is not None and rounded > cell.maximum:
        raise ValueError(f"{rounded} points are more than the {cell.maximum} of {cell.item.key}")
    return {
        "state": str(state), "points": rounded, "is_complete": is_complete, "basis": basis,
        "source": source, "reason": reason.strip()[:500],
    }  # fmt: skip


def _values_of(line: GradeEntry) -> dict[str, Any]:
    return {
        "state": line.state, "points": line.points, "is_complete": line.is_complete, "basis": line.basis,
        "source": line.source, "reason": line.reason,
    }  # fmt: skip


def _is_same(line: GradeEntry, values: dict[str, Any]) -> bool:
    compared = ["state", "points", "is_complete", "basis"]
    if values["source"] in _BY_HAND:
        compared += ["source", "reason"]
    return all(getattr(line, name) == values[name] for name in compared)


def _append(cell: _Cell, values: dict[str, Any], *, actor_id: int | None, now: datetime) -> GradeEntry | None:
    """Write the line after those of the cell; ``None`` where another writer took its place in the sequence."""
    insert = sqlite.insert if db.engine.dialect.name == "sqlite" else postgresql.insert
    return db.session.scalars(
        insert(GradeEntry)
        .values(
            enrolment_id=cell.enrolment_id, item_id=cell.item.id, recorded_at=now, recorded_by_id=actor_id,
            sequence=cell.lines[-1].sequence + 1 if cell.lines else 1, **values,
        )
        .on_conflict_do_nothing(index_elements=["enrolment_id", "item_id", "sequence"])
        .returning(GradeEntry)
    ).one_or_none()  # fmt: skip


def excuse(actor: Member, *, enrolment_id: int, item_key: str, reason: str, now: datetime) -> GradeEntry:
    """Excuse a person from an item: it counts as complete, with 0 points, and the total is not re-based.

    Raises:
        NotAllowed: unless the actor coordinates the edition.
        RuleViolation: without a reason.
        NotFound: if the edition has no such participant or item.
    """
    return _decide_by_hand(
        actor, enrolment_id, item_key, reason, now, state=State.EXCUSED, points=None, is_complete=True, source=EXCUSE
    )


def override_points(
    actor: Member,
    *,
    enrolment_id: int,
    item_key: str,
    points: Fraction | Decimal,
    reason: str,
    now: datetime,
    is_complete: bool = True,
) -> GradeEntry:
    """Set a person's points in an item by hand. It holds until a coordinator changes it again.

    Args:
        points: in [0, item maximum].
        is_complete: whether the item counts as done.

    Raises:
        NotAllowed: unless the actor coordinates the edition.
        RuleViolation: without a reason, or with points out of range.
        NotFound: if the edition has no such participant or item.
    """
    plan = get_scheme(actor.edition.id)[1].find_item(item_key)
    if plan is not None and not 0 <= points <= plan.maximum:
        raise RuleViolation(_("Points for this work go from 0 to %(maximum)s.", maximum=str(plan.maximum)))
    return _decide_by_hand(
        actor, enrolment_id, item_key, reason, now,
        state=State.MARKED, points=points, is_complete=is_complete, source=OVERRIDE,
    )  # fmt: skip


def _decide_by_hand(
    actor: Member,
    enrolment_id: int,
    item_key: str,
    reason: str,
    now: datetime,
    *,
    state: State,
    points: Fraction | Decimal | None,
    is_complete: bool,
    source: str,
) -> GradeEntry:
    require_coordinating(actor)
    _require_reason(reason)
    get_participant(actor.edition.id, enrolment_id)
    entry = post_entry(
        edition_id=actor.edition.id, enrolment_id=enrolment_id, item_key=item_key, state=state, points=points,
        is_complete=is_complete, basis={}, source=source, reason=reason, actor_id=actor.person.id, now=now,
    )  # fmt: skip
    _audit(actor, f"points {source}", enrolment_id, item_key, now, points=str(entry.points), reason=reason)
    return entry


def lift_decision(actor: Member, *, enrolment_id: int, item_key: str, reason: str, now: datetime) -> GradeEntry:
    """Take back a decision made by hand: what the activity posted last counts again, or nothing if it posted nothing.

    Raises:
        NotAllowed: unless the actor coordinates the edition.
        RuleViolation: without a reason, or where nothing was decided by hand.
        NotFound: if the edition has no such participant or item.
    """
    require_coordinating(actor)
    _require_reason(reason)
    get_participant(actor.edition.id, enrolment_id)
    cell = _load_cell(actor.edition.id, enrolment_id, item_key)
    if not cell.is_by_hand:
        raise RuleViolation(_("Nothing was decided by hand here, so there is nothing to take back."))
    posted = cell.posted
    values: dict[str, Any] = {
        "state": CLEARED,
        "points": None,
        "is_complete": False,
        "basis": {},
        "source": "gradebook",
    }
    if posted is not None:
        values = _values_of(posted)
    entry = _append(cell, {**values, "reason": reason.strip()[:500]}, actor_id=actor.person.id, now=now)
    if entry is None:
        raise RuleViolation(_busy())
    _audit(actor, "decision by hand taken back", enrolment_id, item_key, now, reason=reason)
    return entry


def _require_reason(reason: str) -> None:
    if not reason.strip():
        raise RuleViolation(_("Give a reason: it stays in the history, and the participant may ask for it."))


def _audit(actor: Member, action: str, enrolment_id: int, item_key: str, now: datetime, **details: Any) -> None:
    record_event(
        action, now=now, actor_id=actor.person.id, subject_type="enrolment", subject_id=enrolment_id,
        edition_id=actor.edition.id, item=item_key, **details,
    )  # fmt: skip


def grant_extension(
    actor: Member,
    *,
    item_key: str,
    due_at: datetime,
    reason: str,
    now: datetime,
    enrolment_id: int | None = None,
    group_id: int | None = None,
) -> Extension:
    """Give one person, or one group, a later deadline on an item, and tell them by mail.

    A person's extension may be given after the edition is closed: a late essay can still earn an upgrade.

    Args:
        due_at: the new deadline, inclusive to the last instant of its minute.
        enrolment_id, group_id: exactly one of the two.

    Raises:
        NotAllowed: unless the actor coordinates the edition.
        RuleViolation: without a reason, or with a deadline that is already over.
        NotFound: if the edition has no such item, participant or group.
    """
    require_coordinating(actor)
    _require_reason(reason)
    if (enrolment_id is None) == (group_id is None):
        raise ValueError("an extension is for one person or for one group")
    if due_at <= now:
        raise RuleViolation(_("The new deadline is already over. Choose a later one."))
    item = get_item(actor.edition.id, item_key)
    people = [enrolment_id] if enrolment_id is not None else list(enrolments_of_group(group_id or 0))
    members = [get_participant(actor.edition.id, member) for member in people]
    if not members:
        raise NotFound(_("There is nobody in this group yet."))
    extension = Extension(
        item_id=item.id, enrolment_id=enrolment_id, group_id=group_id, due_at=due_at, reason=reason.strip()[:500],
        granted_at=now, granted_by_id=actor.person.id,
    )  # fmt: skip
    db.session.add(extension)
    db.session.flush()
    record_event(
        "extension granted", now=now, actor_id=actor.person.id, subject_type="extension", subject_id=extension.id,
        edition_id=actor.edition.id, item=item_key, due_at=due_at.isoformat(), reason=reason,
        enrolment_id=enrolment_id, group_id=group_id,
    )  # fmt: skip
    _tell_of_extension(actor.edition, extension, item_key, members, now)
    return extension


def _tell_of_extension(
    edition: Edition, extension: Extension, item_key: str, members: Sequence[Enrolment], now: datetime
) -> None:
    titles = _titles(edition.id)
    for member in members:
        _mail(
            "extension_granted", member.person, edition, now,
            key=f"extension:{extension.id}:{member.id}",
            item=_read_by(member.person, edition, titles[item_key]),
            due_at=extension.due_at.isoformat(),
        )  # fmt: skip


def release_items(actor: Member, *, item_keys: Collection[str], now: datetime) -> int:
    """Let participants see the marks of these items, and tell everybody who has one; return how many were told.

    Releasing again changes nothing and tells nobody twice.

    Raises:
        NotAllowed: unless the actor teaches in the edition.
        NotFound: if the edition has no such item.
    """
    require_teaching(actor)
    known = {item.key: item for item in get_items(actor.edition.id)}
    if not set(item_keys) <= known.keys():
        raise NotFound(_("This edition has no such graded work."))
    wanted = [item.id for key, item in known.items() if key in item_keys]
    released = set(
        db.session.scalars(
            update(GradeItem)
            .where(GradeItem.id.in_(wanted), GradeItem.released_at.is_(None))
            .values(released_at=now)
            .returning(GradeItem.id)
            .execution_options(synchronize_session=False)
        )
    )
    if not released:
        return 0
    items = [item for item in known.values() if item.id in released]
    for item in items:
        db.session.refresh(item)
    record_event(
        "marks released", now=now, actor_id=actor.person.id, subject_type="edition", subject_id=actor.edition.id,
        edition_id=actor.edition.id, items=[item.key for item in items],
    )  # fmt: skip
    return _tell_of_release(actor.edition, items, now)


def _tell_of_release(edition: Edition, items: Sequence[GradeItem], now: datetime) -> int:
    titles = _titles(edition.id)
    told = 0
    for person, enrolment_id, keys in _people_with_marks(items):
        told += _mail(
            "marks_released", person, edition, now,
            key=f"marks-released:{enrolment_id}:{'+'.join(str(item.id) for item in items if item.key in keys)}",
            items=[_read_by(person, edition, titles[item.key]) for item in items if item.key in keys],
        )  # fmt: skip
    return told


def _people_with_marks(items: Sequence[GradeItem]) -> list[tuple[Person, int, set[str]]]:
    newest = (
        select(GradeEntry.enrolment_id, GradeEntry.item_id, func.max(GradeEntry.sequence).label("sequence"))
        .where(GradeEntry.item_id.in_([item.id for item in items]))
        .group_by(GradeEntry.enrolment_id, GradeEntry.item_id)
        .subquery()
    )
    rows = db.session.execute(
        select(Person, Enrolment.id, GradeEntry.item_id)
        .join(Enrolment, Enrolment.person_id == Person.id)
        .join(newest, newest.c.enrolment_id == Enrolment.id)
        .join(
            GradeEntry,
            (GradeEntry.enrolment_id == newest.c.enrolment_id)
            & (GradeEntry.item_id == newest.c.item_id)
            & (GradeEntry.sequence == newest.c.sequence),
        )
        .where(GradeEntry.state == State.MARKED, Enrolment.withdrawn_at.is_(None))
        .order_by(Enrolment.id)
    )
    keys = {item.id: item.key for item in items}
    found: dict[int, tuple[Person, int, set[str]]] = {}
    for person, enrolment_id, item_id in rows:
        found.setdefault(enrolment_id, (person, enrolment_id, set()))[2].add(keys[item_id])
    return list(found.values())


def _titles(edition_id: int) -> dict[str, Text]:
    return {item.key: item.title for item in get_scheme(edition_id)[1].items}


def _read_by(person: Person, edition: Edition, text: Text) -> str:
    return localise(text, (person.language, *edition.languages)).text


def _mail(template: str, person: Person, edition: Edition, now: datetime, *, key: str, **context: Any) -> bool:
    return queue_mail(
        template, key=key, recipient=person.email, recipient_name=person.full_name, language=person.language, now=now,
        context={
            "code": edition.code, "edition": _read_by(person, edition, edition.title),
            "edition_zone": edition.time_zone, "place": edition.place, "person_zone": person.time_zone, **context,
        },
    )  # fmt: skip
