"""Reads of questions, quizzes, attempts and answers."""

from lms.quizzes.queries.attempts import AttemptPage, AttemptRow, late_packets, list_attempts
from lms.quizzes.queries.rules import Rule, rule_of
from lms.quizzes.queries.sittings import (
    QuizState,
    Sitting,
    deadline_of_attempt,
    get_sitting,
    get_sitting_of,
    get_sitting_with_answers,
    get_sitting_with_answers_of,
    quiz_dates,
    quiz_states,
    result_of,
)
from lms.quizzes.queries.versions import Version, find_maximum, forget_versions, get_versions

__all__ = [
    "AttemptPage",
    "AttemptRow",
    "QuizState",
    "Rule",
    "Sitting",
    "Version",
    "deadline_of_attempt",
    "find_maximum",
    "forget_versions",
    "get_sitting",
    "get_sitting_of",
    "get_sitting_with_answers",
    "get_sitting_with_answers_of",
    "get_versions",
    "late_packets",
    "list_attempts",
    "quiz_dates",
    "quiz_states",
    "result_of",
    "rule_of",
]
