"""One option of several: graded by its key."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given

from lms.quizzes.questions import TYPES, ChoiceQuestion, Option
from tests.quizzes.question_strategies import questions_of_type

SINGLE = TYPES["single_choice"]
SAME = {"en": "The same words"}
QUESTION = ChoiceQuestion("q", {"en": "?"}, (Option("a", SAME, SAME), Option("b", SAME, SAME, correct=True)))


@given(questions_of_type("single_choice"))
def test_exactly_one_option_earns_the_question(question: Any) -> None:
    grades = [SINGLE.grade(question, SINGLE.read_answer(question, [key])) for key in SINGLE.option_keys(question)]
    assert sorted(grades) == [Fraction(0)] * (len(grades) - 1) + [Fraction(1)]


def test_options_with_the_same_text_are_told_apart() -> None:
    """Edge case 21."""
    assert SINGLE.grade(QUESTION, {"option": "a"}) == 0
    assert SINGLE.grade(QUESTION, {"option": "b"}) == 1


@pytest.mark.parametrize("values", [[], ["z"], ["a", "b"], [""]])
def test_what_is_no_option_is_no_answer(values: list[str]) -> None:
    with pytest.raises(ValueError):
        SINGLE.read_answer(QUESTION, values)


def test_options_are_shown_in_the_order_of_the_attempt() -> None:
    shown: Any = SINGLE.present(QUESTION, ["b", "a"], lambda said: (said or {}).get("en", ""))  # type: ignore[arg-type]
    assert [option.key for option in shown.options] == ["b", "a"]
