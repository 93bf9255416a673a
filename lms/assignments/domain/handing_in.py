"""When work may be written and handed in. Source: docs/rules.md#assignments."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime

from lms.assignments.domain.lateness import is_still_accepted
from lms.courses.domain.content import LatePolicy
from lms.courses.domain.schedule import has_passed


class Window(enum.StrEnum):
    """What one may do with an assignment now."""

    NOT_OPEN = "not-open"
    ON_TIME = "on-time"
    LATE = "late"
    HANDED_IN = "handed-in"
    CLOSED = "closed"

    @property
    def is_open(self) -> bool:
        """True while one may write and hand in."""
        return self in (Window.ON_TIME, Window.LATE)


@dataclass(frozen=True, slots=True)
class LastSubmission:
    """What matters of the latest submission for handing in once more."""

    is_finished: bool
    is_reopened: bool


def submission_window(
    *,
    opens_at: datetime,
    due_at: datetime,
    late: LatePolicy,
    is_extended: bool,
    is_edition_closed: bool,
    last: LastSubmission | None,
    now: datetime,
) -> Window:
    """What one may do with an assignment at an instant.

    One may hand in again until the deadline while nothing is marked, and whenever a tutor reopened the work. Late
    work is a first submission only: it never takes the place of one that came on time. Once the edition is closed
    only an extension that still runs, or a tutor, opens the way.

    Args:
        due_at: the deadline that holds for this person or group, extension included.
        late: what becomes of work after its deadline.
        is_extended: whether ``due_at`` is an extension.
        last: the latest submission, or ``None``.
    """
    if now < opens_at:
        return Window.NOT_OPEN
    passed = has_passed(due_at, now)
    if last is not None and last.is_reopened:
        return Window.LATE if passed else Window.ON_TIME
    if last is not None and (last.is_finished or passed):
        return Window.HANDED_IN
    if is_edition_closed and (passed or not is_extended):
        return Window.HANDED_IN if last is not None else Window.CLOSED
    if not passed:
        return Window.ON_TIME
    return Window.LATE if is_still_accepted(late, due_at, now) else Window.CLOSED


class Phase(enum.StrEnum):
    """Where a person stands with an assignment, for task lists."""

    NOT_OPEN = "not-open"
    NO_GROUP = "no-group"
    OPEN = "open"
    LATE = "late"
    REOPENED = "reopened"
    HANDED_IN = "handed-in"
    MARKED = "marked"
    CLOSED = "closed"


def phase_of(window: Window, *, last: LastSubmission | None, is_released: bool, is_group_missing: bool) -> Phase:
    """Where a person stands: what was handed in comes first, then what can still be done."""
    if last is not None:
        if last.is_reopened:
            return Phase.REOPENED
        return Phase.MARKED if last.is_finished and is_released else Phase.HANDED_IN
    if window is Window.NOT_OPEN:
        return Phase.NOT_OPEN
    if is_group_missing:
        return Phase.NO_GROUP
    return {Window.ON_TIME: Phase.OPEN, Window.LATE: Phase.LATE}.get(window, Phase.CLOSED)
