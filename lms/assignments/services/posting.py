"""What a marking says, and what each person gets of it in the gradebook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _

from lms.assignments.domain.lateness import points_left
from lms.assignments.domain.rubrics import HUNDREDTH, Part, member_mark, rubric_maximum, rubric_total
from lms.assignments.models import Submission
from lms.assignments.queries.lateness import Lateness, lateness_of
from lms.assignments.queries.work import is_graded
from lms.assignments.services.lateness import penalty_basis
from lms.courses.domain.content import Criterion
from lms.courses.domain.schedule import minutes_late
from lms.courses.models import Enrolment
from lms.courses.permissions import Member
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
    if not is_graded(submission.assignment):
        return
    total, maximum = rubric_total(rubric, marking.scores, HUNDREDTH), rubric_maximum(rubric)
    assert total is not None
    criteria = [
        {
            "key": criterion.key,
            "title": dict(criterion.title),
            "points": f"{marking.scores[criterion.key]:.2f}",
            "maximum": f"{criterion.maximum:.2f}",
        }
        for criterion in rubric
    ]
    lateness = lateness_of(actor.edition.id, submission)
    late_by = minutes_late(lateness.due_at, submission.submitted_at)
    basis: dict[str, Any] = {"rubric": criteria, "adjustment": None, "late_by_minutes": late_by}
    poster = _Poster(actor, submission, reason, now, lateness)
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


@dataclass(frozen=True, slots=True)
class _Poster:
    """Posts the marks of one submission."""

    actor: Member
    submission: Submission
    reason: str
    now: datetime
    lateness: Lateness

    def marked(self, enrolment_id: int, points: Decimal, basis: dict[str, Any]) -> None:
        """Post a mark, less what lateness costs; how it came about stands beside it."""
        left = points_left(points, self.lateness.counted)
        self._post(enrolment_id, "marked", left, True, basis | penalty_basis(self.lateness, points), self.reason)

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
            reason=reason, reason_code="late_after_closing" if is_closed and not reason else "",
            actor_id=self.actor.person.id, now=self.now,
        )  # fmt: skip
