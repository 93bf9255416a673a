"""What a participant does next."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from lms.home.domain import Task, TaskKind, TaskState, next_task, week_of

NOW = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)


def task(
    kind: TaskKind, state: TaskState = TaskState.OPEN, *, due_in_hours: int | None = None, module: str = ""
) -> Task:
    due = None if due_in_hours is None else NOW + timedelta(hours=due_in_hours)
    values: dict[str, Any] = {}
    return Task(kind, {"en": kind.value}, state, "x", values, due, None, module)


LESSON = task(TaskKind.LESSON, module="m2")


def test_a_running_attempt_comes_before_everything() -> None:
    running = task(TaskKind.QUIZ, TaskState.RUNNING, due_in_hours=40)
    assert next_task([LESSON, task(TaskKind.GROUP, due_in_hours=1), running], NOW) is running


def test_while_there_is_time_the_lessons_come_before_their_quiz() -> None:
    quiz = task(TaskKind.QUIZ, due_in_hours=48, module="m2")
    assert next_task([quiz, LESSON], NOW) is LESSON


def test_in_a_hurry_the_quiz_comes_before_its_lessons() -> None:
    quiz = task(TaskKind.QUIZ, due_in_hours=24, module="m2")
    assert next_task([quiz, LESSON], NOW) is quiz


def test_lessons_of_another_module_do_not_hold_a_quiz_back() -> None:
    quiz = task(TaskKind.QUIZ, due_in_hours=48, module="m1")
    assert next_task([LESSON, quiz], NOW) is quiz


def test_the_nearest_deadline_wins() -> None:
    near, far = task(TaskKind.GROUP, due_in_hours=30), task(TaskKind.SURVEY, due_in_hours=31)
    assert next_task([far, near], NOW) is near


def test_a_deadline_more_than_a_week_away_leaves_time_for_reading() -> None:
    essay = task(TaskKind.ASSIGNMENT, due_in_hours=24 * 8)
    assert next_task([essay, LESSON], NOW) is LESSON
    assert next_task([essay], NOW) is essay


@pytest.mark.parametrize(
    "state", [TaskState.LATER, TaskState.DONE, TaskState.OPTIONAL, TaskState.MISSED, TaskState.BLOCKED]
)
def test_what_cannot_or_need_not_be_done_is_never_next(state: TaskState) -> None:
    assert next_task([task(TaskKind.QUIZ, state, due_in_hours=5)], NOW) is None


@pytest.mark.parametrize(
    ("today", "week"),
    [
        (date(2022, 10, 23), 0),
        (date(2022, 10, 24), 1),
        (date(2022, 10, 30), 1),
        (date(2022, 10, 31), 2),
        (date(2022, 12, 2), 6),
        (date(2023, 1, 1), 6),
    ],
)
def test_weeks_of_the_real_edition(today: date, week: int) -> None:
    assert week_of(date(2022, 10, 24), date(2022, 12, 2), today) == (week, 6)
