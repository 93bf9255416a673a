"""What a participant does next: pure choice among the things that are open.

Source: docs/rules.md#next-step.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from lms.courses.domain.content import Text

# With less time than this left, a quiz comes before the reading that prepares it.
HURRY = timedelta(hours=24)
# The note of work that a tutor gave back to be changed.
GIVEN_BACK = "given-back"


class TaskKind(enum.StrEnum):
    """What kind of thing a task is; the page puts the verb to it."""

    LESSON = "lesson"
    QUIZ = "quiz"
    GROUP = "group"
    ASSIGNMENT = "assignment"
    SURVEY = "survey"


class TaskState(enum.StrEnum):
    """Where the person stands with it."""

    LATER = "later"  # not open yet
    OPEN = "open"  # can be done now
    RUNNING = "running"  # begun, and its time runs
    OPTIONAL = "optional"  # done, and may be improved
    BLOCKED = "blocked"  # needs somebody else first
    DONE = "done"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to do. ``due_at`` is ``None`` for what has no deadline; ``opens_at`` matters while it is ``later``.

    ``endpoint`` and ``values`` say where it is done; ``module_key`` ties lessons and quizzes of a week together.
    """

    kind: TaskKind
    title: Text
    state: TaskState
    endpoint: str
    values: dict[str, Any] = field(hash=False)
    due_at: datetime | None = None
    opens_at: datetime | None = None
    module_key: str = ""
    note: str = ""


def next_task(tasks: Sequence[Task], now: datetime) -> Task | None:
    """The one thing to do now, or ``None`` when everything that is open is done.

    An attempt whose time runs comes first. Else the open task with the nearest deadline; but while there is time, the
    lessons of a quiz's module come before the quiz. Without deadlines, the first lesson that is not done.
    """
    running = [task for task in tasks if task.state is TaskState.RUNNING]
    if running:
        return min(running, key=_nearest)
    open_tasks = [task for task in tasks if task.state is TaskState.OPEN]
    dated = [task for task in open_tasks if task.due_at is not None]
    lessons = [task for task in open_tasks if task.kind is TaskKind.LESSON]
    if not dated:
        return lessons[0] if lessons else None
    first = min(dated, key=_nearest)
    if first.kind is TaskKind.QUIZ and first.due_at is not None and first.due_at - now > HURRY:
        reading = next((lesson for lesson in lessons if lesson.module_key == first.module_key), None)
        return reading or first
    if first.due_at is not None and first.due_at - now > timedelta(days=7) and lessons:
        return lessons[0]
    return first


def _nearest(task: Task) -> datetime:
    assert task.due_at is not None
    return task.due_at


def week_of(starts_on: date, ends_on: date, today: date) -> tuple[int, int]:
    """The week of an edition that a day falls in, from 1, and how many weeks it has; 0 before the start."""
    weeks = (ends_on - starts_on).days // 7 + 1
    if today < starts_on:
        return 0, weeks
    return min((today - starts_on).days // 7 + 1, weeks), weeks
