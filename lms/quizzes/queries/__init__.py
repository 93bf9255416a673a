"""Reads of questions, quizzes, attempts and answers."""

from lms.quizzes.queries.attempts import AttemptPage, AttemptRow, list_attempts
from lms.quizzes.queries.sittings import (
    QuizState,
    Sitting,
    deadline_of_attempt,
    get_sitting,
    get_sitting_with_answers,
    late_positions,
    quiz_dates,
    quiz_states,
    result_of,
)
from lms.quizzes.queries.versions import Version, find_maximum, forget_versions, get_versions

__all__ = [
    "AttemptPage",
    "AttemptRow",
    "QuizState",
    "Sitting",
    "Version",
    "deadline_of_attempt",
    "find_maximum",
    "forget_versions",
    "get_sitting",
    "get_sitting_with_answers",
    "get_versions",
    "late_positions",
    "list_attempts",
    "quiz_dates",
    "quiz_states",
    "result_of",
]
