"""Says how an assignment is marked and who marks what: by hand, evenly, or a second time for a sample.

Source: docs/rules.md#two-markers.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from flask_babel import gettext as _
from sqlalchemy import select

from lms.assignments.assessments import Allocation, Assessment, MarkingScheme
from lms.assignments.domain.agreement import MarkerRole, SecondMarking
from lms.assignments.domain.allocation import SampleWish, draw_sample, share_evenly
from lms.assignments.models import Assignment, Submission
from lms.assignments.queries.assessments import scheme_of, tutors_of
from lms.assignments.queries.marking import QueueRow, marking_queue
from lms.assignments.queries.moderation import first_totals, margins_of
from lms.core.audit import record_event
from lms.core.db import db
from lms.core.errors import NotFound, RuleViolation
from lms.courses.permissions import Member, require_coordinating, require_teaching

Owner = tuple[int | None, int | None]


def set_scheme(
    actor: Member,
    assignment: Assignment,
    *,
    second: SecondMarking,
    third_from: Decimal,
    is_anonymous: bool,
    now: datetime,
) -> MarkingScheme:
    """Say how an assignment is marked.

    With second markers for all, everything handed in so far gets one; what comes later gets one when it is shared out.
    Work that has a second marker already keeps it.

    Raises:
        NotAllowed: unless the actor coordinates the edition.
        RuleViolation: if names are to be hidden again after marking began, or the difference is out of range.
    """
    require_coordinating(actor)
    if third_from < 0:
        raise RuleViolation(_("Points cannot be below 0."))
    before = scheme_of(assignment.id)
    if is_anonymous and not before.is_anonymous and _has_begun(assignment):
        raise RuleViolation(
            _("Marking has begun with names, so it cannot be made anonymous any more. Nothing was changed.")
        )
    scheme = db.session.get(MarkingScheme, assignment.id)
    if scheme is None:
        scheme = MarkingScheme(assignment_id=assignment.id, code_key=secrets.token_hex(16))
        db.session.add(scheme)
    scheme.second, scheme.third_from, scheme.is_anonymous = second, third_from, is_anonymous
    db.session.flush()
    record_event(
        "marking scheme set", now=now, actor_id=actor.person.id, subject_type="assignment", subject_id=assignment.id,
        edition_id=actor.edition.id, second=second, third_from=str(third_from), anonymous=is_anonymous,
    )  # fmt: skip
    if second is SecondMarking.ALL:
        ask_for_second(actor, assignment, now)
    return scheme


def _has_begun(assignment: Assignment) -> bool:
    return (
        db.session.scalar(
            select(Assessment.id)
            .join(Submission, Submission.id == Assessment.submission_id)
            .where(Submission.assignment_id == assignment.id, Assessment.revision > 0)
            .limit(1)
        )
        is not None
    )


def ask_for_second(actor: Member, assignment: Assignment, now: datetime) -> int:
    """Give all work of an assignment a second marking that is owed; return how many got one."""
    require_coordinating(actor)
    works = _works(actor, assignment)
    return _add_second(assignment, dict.fromkeys(works, "all"), works, now)


def _works(actor: Member, assignment: Assignment) -> dict[Owner, dict[MarkerRole, QueueRow]]:
    works: dict[Owner, dict[MarkerRole, QueueRow]] = {}
    for row in marking_queue(actor, assignment.key):
        works.setdefault(row.owner, {})[row.role] = row
    return works


def _add_second(
    assignment: Assignment,
    wanted: Mapping[Owner, str],
    works: Mapping[Owner, Mapping[MarkerRole, QueueRow]],
    now: datetime,
) -> int:
    added = 0
    for owner, why in wanted.items():
        if MarkerRole.SECOND in works[owner]:
            continue
        db.session.add(
            Allocation(
                assignment_id=assignment.id, enrolment_id=owner[0], group_id=owner[1], role=MarkerRole.SECOND,
                why=why, allocated_at=now,
            )
        )  # fmt: skip
        added += 1
    db.session.flush()
    return added


def sample_for_second(actor: Member, assignment: Assignment, wish: SampleWish, now: datetime) -> int:
    """Give a sample of the work a second marking; return how many got one that had none.

    Raises:
        NotAllowed: unless the actor coordinates the edition.
    """
    require_coordinating(actor)
    works = _works(actor, assignment)
    totals = first_totals(assignment)
    margins = margins_of(actor.edition, assignment, totals, now) if wish.with_borders else {}
    chosen = draw_sample(sorted(works, key=str), totals, margins, wish)
    added = _add_second(assignment, chosen, works, now)
    record_event(
        "sample drawn for second marking", now=now, actor_id=actor.person.id, subject_type="assignment",
        subject_id=assignment.id, edition_id=actor.edition.id, seed=wish.seed, count=wish.count, percent=wish.percent,
        extremes=wish.with_extremes, borders=wish.with_borders, added=added,
    )  # fmt: skip
    return added


def allocate_evenly(
    actor: Member, assignment: Assignment, *, marker_ids: Sequence[int], seed: int, now: datetime
) -> int:
    """Share out what is nobody's yet among these tutors, and return how many markings that were.

    Where all work has two markers, what came in since gets its second one first. Nobody gets the same work twice;
    what everybody has marked already stays open.

    Raises:
        NotAllowed: unless the actor coordinates the edition.
        RuleViolation: if nobody is chosen.
        NotFound: for somebody who does not teach in the edition.
    """
    require_coordinating(actor)
    if not marker_ids:
        raise RuleViolation(_("Choose who marks. Nothing was changed."))
    _require_tutors(actor, marker_ids)
    if scheme_of(assignment.id).second == SecondMarking.ALL:
        ask_for_second(actor, assignment, now)
    works = _works(actor, assignment)
    rows = [row for roles in works.values() for row in roles.values()]
    load = Counter(row.marker_id for row in rows if row.marker_id is not None and row.state.is_waiting)
    shared = 0
    for role in (MarkerRole.FIRST, MarkerRole.SECOND, MarkerRole.THIRD):
        open_works = {
            owner: roles
            for owner, roles in works.items()
            if role in roles and roles[role].marker_id is None and roles[role].state.is_waiting
        }
        taken = {owner: {row.marker_id for row in works[owner].values()} for owner in open_works}
        given = share_evenly(sorted(open_works, key=str), marker_ids, load, seed, _is_taken(taken))
        for owner, marker_id in given.items():
            _give(assignment, owner, role, marker_id, "evenly", now)
            load[marker_id] += 1
            works[owner][role] = replace(works[owner][role], marker_id=marker_id)
        shared += len(given)
    record_event(
        "marking shared out", now=now, actor_id=actor.person.id, subject_type="assignment", subject_id=assignment.id,
        edition_id=actor.edition.id, seed=seed, markers=list(marker_ids), markings=shared,
    )  # fmt: skip
    return shared


def _is_taken(taken: Mapping[Owner, set[int | None]]) -> Callable[[Owner, int], bool]:
    return lambda owner, marker: marker in taken[owner]


def _require_tutors(actor: Member, marker_ids: Sequence[int]) -> None:
    if not set(marker_ids) <= {person.id for person in tutors_of(actor.edition.id)}:
        raise NotFound


def _give(
    assignment: Assignment, owner: Owner, role: MarkerRole, marker_id: int | None, why: str, now: datetime
) -> None:
    allocation = db.session.scalars(
        select(Allocation).where(
            Allocation.assignment_id == assignment.id,
            Allocation.enrolment_id == owner[0] if owner[0] is not None else Allocation.group_id == owner[1],
            Allocation.role == role,
        )
    ).one_or_none()
    if allocation is None:
        allocation = Allocation(
            assignment_id=assignment.id, enrolment_id=owner[0], group_id=owner[1], role=role, why=why
        )
        db.session.add(allocation)
    allocation.marker_id, allocation.allocated_at = marker_id, now
    db.session.flush()


def allocate(
    actor: Member, assignment: Assignment, *, submission_id: int, role: MarkerRole, marker_id: int | None, now: datetime
) -> bool:
    """Give one marking to somebody, or back to nobody; return whether that changed anything.

    Raises:
        NotAllowed: unless the actor coordinates the edition.
        NotFound: for a marking that is not owed, or somebody who does not teach in the edition.
        RuleViolation: if they have another marking of the same work, or if it is begun.
    """
    require_coordinating(actor)
    if marker_id is not None:
        _require_tutors(actor, [marker_id])
    rows = [row for row in marking_queue(actor, assignment.key) if row.submission_id == submission_id]
    row = next((one for one in rows if one.role is role), None)
    if row is None:
        raise NotFound
    if row.marker_id == marker_id:
        return False
    if any(one.marker_id == marker_id for one in rows if marker_id is not None and one.role is not role):
        raise RuleViolation(_("Nobody marks the same work twice: choose somebody else. Nothing was changed."))
    if row.marker_id is not None and row.state.value in ("draft", "finished") and len(rows) > 1:
        raise RuleViolation(_("%(name)s has begun this marking already. Nothing was changed.", name=row.marker))
    _give(assignment, row.owner, role, marker_id, "hand", now)
    record_event(
        "marking allocated", now=now, actor_id=actor.person.id, subject_type="submission", subject_id=submission_id,
        edition_id=actor.edition.id, role=role, marker=marker_id,
    )  # fmt: skip
    return True


def take_on(actor: Member, assignment: Assignment, *, submission_id: int, role: MarkerRole, now: datetime) -> bool:
    """Take on a marking that is nobody's yet; return whether it is the actor's now.

    Raises:
        NotAllowed: unless the actor teaches in the edition.
        NotFound: for a marking that is not owed.
        RuleViolation: if they have another marking of the same work.
    """
    require_teaching(actor)
    rows = [row for row in marking_queue(actor, assignment.key) if row.submission_id == submission_id]
    row = next((one for one in rows if one.role is role), None)
    if row is None:
        raise NotFound
    if row.marker_id is not None:
        return row.marker_id == actor.person.id
    if not row.is_open_to_actor:
        raise RuleViolation(_("Nobody marks the same work twice: choose somebody else. Nothing was changed."))
    _give(assignment, row.owner, role, actor.person.id, "hand", now)
    return True
