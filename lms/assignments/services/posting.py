"""What a marking says, and what each person gets of it in the gradebook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _

from lms.assignments.domain.rubrics import Part, member_mark, rubric_maximum, rubric_total
from lms.assignments.models import Submission
from lms.courses.domain.content import Criterion
from lms.courses.domain.schedule import minutes_late
from lms.courses.models import Enrolment
from lms.courses.permissions import Member
from lms.grading.queries import extended_deadline
from lms.grading.services import post_entry


@dataclass(frozen=True, slots=True)
class Marking:
    """What a tutor says of a submission. ``parts`` is by enrolment and empty for an individual assignment."""

    scores: Mapping[str, Decimal | None]
    comments: Mapping[str, str]
    comment: str = ""
    parts: Mapping[int, Part] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who may get a group's mark. ``elsewhere`` names the other group whose mark they already have."""

    enrolment: Enrolment
    was_on_roster: bool
    elsewhere: str | None

    @property
    def needs_reason(self) -> bool:
        """True where giving this person the mark is an exception that has to be explained."""
        return not self.was_on_roster or self.elsewhere is not None


def post_marks(
    actor: Member,
    submission: Submission,
    rubric: Sequence[Criterion],
    before: Marking,
    marking: Marking,
    candidates: Sequence[Candidate],
    *,
    reason: str,
    now: datetime,
) -> None:
    """Post what each person gets of a finished marking. The absent get nothing; who has another group's mark keeps it.

    Args:
        rubric: the criteria in force, each with points in ``marking``.
        before: the marking as it was, so that an inclusion which is taken back is cleared.
        reason: why a finished mark changes; empty the first time.
    """
    total, maximum = rubric_total(rubric, marking.scores), rubric_maximum(rubric)
    assert total is not None
    poster = _Poster(actor, submission, reason, now)
    criteria = [
        {
            "key": criterion.key,
            "title": dict(criterion.title),
            "points": f"{marking.scores[criterion.key]:.2f}",
            "maximum": f"{criterion.maximum:.2f}",
        }
        for criterion in rubric
    ]
    basis: dict[str, Any] = {"rubric": criteria, "adjustment": None, "late_by_minutes": _late_by(actor, submission)}
    if submission.enrolment_id is not None:
        poster.marked(submission.enrolment_id, total, basis)
    for candidate in candidates:
        enrolment_id = candidate.enrolment.id
        part = marking.parts[enrolment_id]
        points = member_mark(total, maximum, part)
        earlier = before.parts.get(enrolment_id)
        if points is not None:
            adjustment = f"{part.adjustment:.2f}" if part.adjustment else None
            said = {"adjustment": adjustment, "adjustment_reason": part.reason, "took_part": True}
            poster.marked(enrolment_id, points, basis | said)
        elif candidate.elsewhere is None and (candidate.was_on_roster or (earlier and earlier.took_part)):
            poster.absent(enrolment_id, part.reason)


def _late_by(actor: Member, submission: Submission) -> int:
    """Minutes by the deadline that holds now: an extension granted after handing in counts too."""
    task = submission.assignment
    extended = extended_deadline(
        actor.edition.id, task.item_key, enrolment_id=submission.enrolment_id, group_id=submission.group_id
    )
    return minutes_late(extended or task.due_at, submission.submitted_at)


@dataclass(frozen=True, slots=True)
class _Poster:
    """Posts the marks of one submission."""

    actor: Member
    submission: Submission
    reason: str
    now: datetime

    def marked(self, enrolment_id: int, points: Decimal, basis: dict[str, Any]) -> None:
        self._post(enrolment_id, "marked", points, True, basis, self.reason)

    def absent(self, enrolment_id: int, reason: str) -> None:
        said = self.reason or reason or _("did not take part in the group work")
        self._post(enrolment_id, "cleared", None, False, {"took_part": False}, said)

    def _post(
        self,
        enrolment_id: int,
        state: str,
        points: Decimal | None,
        is_complete: bool,
        basis: dict[str, Any],
        reason: str,
    ) -> None:
        is_closed = self.actor.edition.closed_at is not None
        post_entry(
            edition_id=self.actor.edition.id, enrolment_id=enrolment_id,
            item_key=self.submission.assignment.item_key, state=state, points=points, is_complete=is_complete,
            basis=basis, source=f"submission {self.submission.id}",
            reason=reason or (_("late submission marked after closing") if is_closed else ""),
            actor_id=self.actor.person.id, now=self.now,
        )  # fmt: skip
