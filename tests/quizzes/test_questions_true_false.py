"""A statement that is true or false."""

from __future__ import annotations

from dataclasses import replace

from lms.quizzes.questions import TYPES
from tests.quizzes.question_samples import STATEMENT

KIND = TYPES["true_false"]


def test_only_what_it_is_earns() -> None:
    assert KIND.grade(STATEMENT, KIND.read_answer(STATEMENT, ["false"])) == 1
    assert KIND.grade(STATEMENT, KIND.read_answer(STATEMENT, ["true"])) == 0
    assert KIND.grade(replace(STATEMENT, answer=True), {"answer": True}) == 1


def test_false_is_an_answer_and_no_answer_is_not_false() -> None:
    """Edge case 22."""
    assert KIND.values_of(STATEMENT, {"answer": False}) == ["false"]
    assert KIND.grade(STATEMENT, {}) == 0


def test_true_and_false_are_never_shuffled() -> None:
    assert KIND.option_keys(STATEMENT) == ()
