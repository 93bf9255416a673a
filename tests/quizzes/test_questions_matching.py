"""Matching: by key, whole or in parts, saved before it is finished."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.quizzes.questions import TYPES, Distractor, Pair
from tests.factories import both
from tests.quizzes.question_samples import MATCHING
from tests.quizzes.question_strategies import questions_of_type, right_values, values

KIND = TYPES["matching"]


@pytest.mark.parametrize(
    ("made", "part", "whole"),
    [
        ({"labour": "labour", "clinic": "clinic", "school": "school"}, Fraction(1), 1),
        ({"labour": "labour", "clinic": "clinic"}, Fraction(2, 3), 0),
        ({"labour": "clinic", "clinic": "clinic", "school": "clinic"}, Fraction(1, 3), 0),
        ({"labour": "nobody"}, Fraction(0), 0),
        ({"gone": "labour", "labour": "gone"}, Fraction(0), 0),
        ({}, Fraction(0), 0),
    ],
)
def test_what_matches_earn_by_either_marking(made: dict[str, str], part: Fraction, whole: int) -> None:
    assert KIND.grade(MATCHING, {"pairs": made}) == part
    assert KIND.grade(replace(MATCHING, marking="all_or_nothing"), {"pairs": made}) == whole


def test_pairs_with_the_same_right_side_share_it() -> None:
    """Edge case 21: two right sides that read the same are one, so that nobody has to guess which is meant."""
    shared = replace(MATCHING, pairs=(*MATCHING.pairs, Pair("centre", both("Training centre"), both("Trains"))))
    assert KIND.option_keys(shared) == ["labour", "clinic", "school", "nobody"]
    made = {"labour": "labour", "clinic": "clinic", "school": "school", "centre": "school"}
    assert KIND.grade(shared, {"pairs": made}) == 1
    assert KIND.grade(shared, {"pairs": {**made, "school": "centre"}}) == 1, "kept under another version's key"


def test_a_begun_answer_is_kept_and_says_what_is_missing() -> None:
    begun = KIND.read_answer(MATCHING, right_values(MATCHING)[:2])
    assert begun == {"pairs": {"labour": "labour", "clinic": "clinic"}}
    assert KIND.missing(MATCHING, begun) == "2 of 3 matched."


@given(st.data())
def test_one_more_right_pair_never_costs(data: st.DataObject) -> None:
    question = data.draw(questions_of_type("matching"))
    made = KIND.read_answer(question, data.draw(values(question))).get("pairs", {})
    right = KIND.read_answer(question, right_values(question))["pairs"]
    for key, side in right.items():
        assert KIND.grade(question, {"pairs": {**made, key: side}}) >= KIND.grade(question, {"pairs": made})


def test_an_author_is_told_of_what_cannot_be_told_apart() -> None:
    twice = replace(MATCHING, distractors=(Distractor("x", {"en": "finds work", "fr": "Autre"}),))
    assert [(one.path, str(one.sentence)) for one in KIND.problems(twice)] == [
        (("distractors", 0, "text"), "“finds work” can be chosen twice: write two that can be told apart.")
    ]
    same = replace(MATCHING, pairs=tuple(replace(p, right=both("X")) for p in MATCHING.pairs), distractors=())
    assert ["nothing to match" in str(one.sentence) for one in KIND.problems(same)] == [True]
    taken = replace(MATCHING, distractors=(Distractor("labour", both("Other")),))
    assert any(one.path == ("distractors", 0, "key") for one in KIND.problems(taken))
