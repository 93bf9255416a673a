"""Several options: marked whole or in parts, and never for ticking nothing or everything."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.quizzes.questions import TYPES, MultipleChoiceQuestion, Option
from tests.quizzes.question_strategies import questions_of_type

MULTIPLE = TYPES["multiple_choice"]
SAME = {"en": "The same words"}
QUESTION = MultipleChoiceQuestion(
    "q", {"en": "?"}, tuple(Option(key, SAME, SAME, key in "abc") for key in "abcde"), "proportional"
)
WHOLE = replace(QUESTION, marking="all_or_nothing")


def grade(question: MultipleChoiceQuestion, ticked: str) -> Fraction:
    return MULTIPLE.grade(question, MULTIPLE.read_answer(question, list(ticked)))


@pytest.mark.parametrize(
    ("ticked", "part", "whole"),
    [
        ("abc", Fraction(1), 1),
        ("ab", Fraction(2, 3), 0),
        ("a", Fraction(1, 3), 0),
        ("abd", Fraction(1, 3), 0),
        ("abcd", Fraction(2, 3), 0),
        ("ade", Fraction(0), 0),
        ("de", Fraction(0), 0),
        ("", Fraction(0), 0),
        ("abcde", Fraction(0), 0),
    ],
)
def test_what_ticks_earn_by_either_marking(ticked: str, part: Fraction, whole: int) -> None:
    """Edge cases 21 and 22: options by key although they read the same; nothing and everything earn nothing."""
    assert grade(QUESTION, ticked) == part
    assert grade(WHOLE, ticked) == whole


def test_an_answer_that_was_taken_back_is_empty() -> None:
    assert MULTIPLE.read_answer(QUESTION, []) == {}
    assert MULTIPLE.read_answer(QUESTION, [""]) == {}
    assert MULTIPLE.values_of(QUESTION, {}) == []


@given(st.data())
def test_ticking_everything_or_nothing_never_scores(data: st.DataObject) -> None:
    question = data.draw(questions_of_type("multiple_choice"))
    keys = MULTIPLE.option_keys(question)
    assert MULTIPLE.grade(question, MULTIPLE.read_answer(question, list(keys))) == 0
    assert MULTIPLE.grade(question, {}) == 0


@given(st.data())
def test_one_more_right_tick_never_costs_and_one_more_wrong_tick_never_pays(data: st.DataObject) -> None:
    question = replace(data.draw(questions_of_type("multiple_choice")), marking="proportional")
    right = [option.key for option in question.options if option.correct]
    wrong = [option.key for option in question.options if not option.correct]
    ticked = data.draw(st.lists(st.sampled_from(right), unique=True))
    ticked += data.draw(st.lists(st.sampled_from(wrong), unique=True))

    def earned(*more: str) -> Fraction:
        return MULTIPLE.grade(question, {"options": [*ticked, *more]})

    for key in set(right) - set(ticked):
        # The last tick of all is the one that says: I ticked everything.
        assert earned(key) >= earned() or len(ticked) + 1 == len(question.options)
    for key in set(wrong) - set(ticked):
        assert earned(key) <= earned()


def test_an_author_marks_at_least_one_right_and_leaves_one_wrong() -> None:
    none = replace(QUESTION, options=tuple(replace(option, correct=False) for option in QUESTION.options))
    every = replace(QUESTION, options=tuple(replace(option, correct=True) for option in QUESTION.options))
    assert [str(one.sentence) for one in MULTIPLE.problems(none)] == ["No option is correct: mark at least one."]
    assert [str(one.sentence) for one in MULTIPLE.problems(every)] == ["Every option is correct: add one that is not."]
    assert list(MULTIPLE.problems(QUESTION)) == []
