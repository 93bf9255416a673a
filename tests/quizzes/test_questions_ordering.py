"""Ordering: places by key, whole or in parts, saved before it is finished."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.quizzes.questions import TYPES
from tests.quizzes.question_samples import ORDERING
from tests.quizzes.question_strategies import questions_of_type

KIND = TYPES["ordering"]
KEYS = ("counsel", "plan", "start", "follow")


@pytest.mark.parametrize(
    ("places", "part", "whole"),
    [
        ((1, 2, 3, 4), Fraction(1), 1),
        ((1, 2, 4, 3), Fraction(1, 2), 0),
        ((4, 3, 2, 1), Fraction(0), 0),
        ((2, 3, 4, 1), Fraction(0), 0),
        ((1, 1, 1, 1), Fraction(0), 0),
        ((1, 2, 2, 4), Fraction(1, 2), 0),
        ((1,), Fraction(1, 4), 0),
        ((), Fraction(0), 0),
    ],
)
def test_what_places_earn_by_either_marking(places: tuple[int, ...], part: Fraction, whole: int) -> None:
    answer = {"places": dict(zip(KEYS, places, strict=False))}
    assert KIND.grade(ORDERING, answer) == part
    assert KIND.grade(replace(ORDERING, marking="all_or_nothing"), answer) == whole


@pytest.mark.parametrize(
    ("places", "sentence"),
    [
        ((1, 2, 3, 4), ""),
        ((4, 3, 2, 1), ""),
        ((1, 2), "2 of 4 have a place."),
        ((1, 2, 2, 4), "Place 2 is taken more than once."),
    ],
)
def test_an_answer_says_what_is_missing(places: tuple[int, ...], sentence: str) -> None:
    assert KIND.missing(ORDERING, {"places": dict(zip(KEYS, places, strict=False))}) == sentence


@given(st.data())
def test_exchanging_two_items_so_that_one_comes_right_never_costs(data: st.DataObject) -> None:
    question = replace(data.draw(questions_of_type("ordering")), marking="proportional")
    keys = KIND.option_keys(question)
    order = data.draw(st.permutations(keys))
    place = data.draw(st.integers(0, len(keys) - 1))
    better = list(order)
    other = better.index(keys[place])
    better[place], better[other] = better[other], better[place]

    def grade(sequence: list[str]) -> Fraction:
        return KIND.grade(question, {"places": {key: n for n, key in enumerate(sequence, start=1)}})

    assert grade(better) >= grade(list(order))


def test_items_that_read_the_same_are_a_problem_for_the_author() -> None:
    """Edge case 21: by key they differ, but nobody could put them in order."""
    same = replace(ORDERING, items=(ORDERING.items[0], replace(ORDERING.items[1], text=ORDERING.items[0].text)))
    assert {one.path for one in KIND.problems(same)} == {("items", 1, "text")}
