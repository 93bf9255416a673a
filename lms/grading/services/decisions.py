"""What a coordinator decides by hand about one person and one item: excuse, override, and taking either back."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from flask_babel import gettext as _

from lms.core.audit import record_event
from lms.core.errors import RuleViolation
from lms.courses.permissions import Member, require_coordinating
from lms.grading.domain.results import State
from lms.grading.models import GradeEntry
from lms.grading.queries import CLEARED, TAKEN_BACK, get_participant, get_scheme
from lms.grading.services.ledger import (
    EXCUSE,
    OVERRIDE,
    append_line,
    busy,
    load_cell,
    note_amendment,
    post_entry,
    snapshot,
    values_of,
)
from lms.grading.services.notices import tell_of_first_marks


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

    Whose first mark it is in work that is released is told by mail; a correction sends nothing.

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
    entry = _decide_by_hand(
        actor, enrolment_id, item_key, reason, now,
        state=State.MARKED, points=points, is_complete=is_complete, source=OVERRIDE,
    )  # fmt: skip
    tell_of_first_marks(actor.edition, {item_key: [enrolment_id]}, now)
    return entry


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
    require_reason(reason)
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
    require_reason(reason)
    get_participant(actor.edition.id, enrolment_id)
    cell = load_cell(actor.edition.id, enrolment_id, item_key)
    if not cell.is_by_hand:
        raise RuleViolation(_("Nothing was decided by hand here, so there is nothing to take back."))
    posted = cell.posted
    values: dict[str, Any] = {
        "state": CLEARED,
        "points": None,
        "is_complete": False,
        "basis": {},
        "source": TAKEN_BACK,
    }
    if posted is not None:
        if posted.points is not None and posted.points > cell.maximum:
            raise RuleViolation(_("What was marked before is above today's maximum. Set the points instead."))
        values = values_of(posted)
    values |= {"reason": reason.strip()[:500], "reason_code": "taken_back"}
    before = snapshot(cell)
    entry = append_line(cell, values, actor_id=actor.person.id, now=now)
    if entry is None:
        raise RuleViolation(busy())
    note_amendment(cell, before, entry)
    _audit(actor, "decision by hand taken back", enrolment_id, item_key, now, reason=reason)
    return entry


def require_reason(reason: str) -> None:
    if not reason.strip():
        raise RuleViolation(_("Give a reason: it stays in the history, and the participant may ask for it."))


def _audit(actor: Member, action: str, enrolment_id: int, item_key: str, now: datetime, **details: Any) -> None:
    record_event(
        action, now=now, actor_id=actor.person.id, subject_type="enrolment", subject_id=enrolment_id,
        edition_id=actor.edition.id, item=item_key, **details,
    )  # fmt: skip
