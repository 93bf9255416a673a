"""The rules of regrading: what an attempt is worth after each decision."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.quizzes.domain.regrading import Asked, Regrade, Ruling, Score, Treatment, in_force, score_under, settled

ONE, NOTHING = Fraction(1), Fraction(0)
FULL, EXCLUDED, AS_ASKED = (Ruling(Treatment(name)) for name in ("full", "excluded", "as_asked"))
UNDER_9 = Ruling(Treatment.NEWEST, 9)
# Version 1 right, 2 wrong, 3 wrong but right under version 9.
ASKED = [Asked(1, ONE), Asked(2, NOTHING), Asked(3, NOTHING, {9: ONE})]


@pytest.mark.parametrize(
    ("rulings", "score"),
    [
        ({}, Score(ONE, 3)),
        ({2: FULL}, Score(Fraction(2), 3)),
        ({2: EXCLUDED}, Score(ONE, 2)),
        ({1: EXCLUDED}, Score(NOTHING, 2)),
        ({3: UNDER_9}, Score(Fraction(2), 3)),
        ({2: EXCLUDED, 3: UNDER_9}, Score(Fraction(2), 2)),
        ({2: AS_ASKED, 7: FULL}, Score(ONE, 3)),
        # Nothing is left to count: full marks, not nothing.
        ({1: EXCLUDED, 2: EXCLUDED, 3: EXCLUDED}, Score(Fraction(3), 3)),
    ],
)
def test_what_an_attempt_earns_under_rulings(rulings: dict[int, Ruling], score: Score) -> None:
    assert score_under(ASKED, rulings) == score


def test_nobody_loses_keeps_the_better_and_of_equals_what_stood() -> None:
    assert settled(ASKED, [Regrade({1: EXCLUDED})]) == Score(ONE, 3)
    assert settled(ASKED, [Regrade({1: EXCLUDED}, nobody_loses=False)]) == Score(NOTHING, 2)


def test_a_later_regrade_adds_to_the_rulings_or_takes_their_place() -> None:
    assert settled(ASKED, [Regrade({2: FULL}), Regrade({3: UNDER_9})]) == Score(Fraction(3), 3)
    assert settled(ASKED, [Regrade({2: FULL}), Regrade({2: AS_ASKED}, nobody_loses=False)]) == Score(ONE, 3)


def test_what_was_taken_back_is_not_in_force() -> None:
    assert in_force([Regrade({1: FULL, 2: FULL}), Regrade({1: AS_ASKED})]) == {2: FULL}


def test_a_version_to_mark_under_goes_with_newest_only() -> None:
    with pytest.raises(ValueError, match="newest"):
        Ruling(Treatment.NEWEST)
    with pytest.raises(ValueError, match="newest"):
        Ruling(Treatment.FULL, 3)


parts = st.fractions(0, 1, max_denominator=6)
attempts = st.lists(
    st.builds(lambda key, part, other: Asked(key, part, {9: other}), st.integers(1, 5), parts, parts),
    min_size=1,
    max_size=8,
)
rulings = st.dictionaries(st.integers(1, 5), st.sampled_from([FULL, EXCLUDED, AS_ASKED, UNDER_9]), max_size=5)
histories = st.lists(st.builds(Regrade, rulings, st.booleans()), max_size=4)


@given(attempts, histories)
def test_a_result_lies_between_nothing_and_everything(asked: list[Asked], history: list[Regrade]) -> None:
    score = settled(asked, history)
    assert 0 <= score.right <= score.questions
    assert 1 <= score.questions <= len(asked)


@given(attempts, histories, rulings)
def test_by_a_regrade_by_which_nobody_loses_nobody_loses(
    asked: list[Asked], history: list[Regrade], more: dict[int, Ruling]
) -> None:
    assert settled(asked, [*history, Regrade(more)]).share >= settled(asked, history).share


@given(attempts, histories)
def test_the_same_regrade_again_changes_nothing(asked: list[Asked], history: list[Regrade]) -> None:
    assert settled(asked, [*history, *history[-1:]]) == settled(asked, history)


@given(attempts, histories)
def test_taking_everything_back_as_computed_gives_the_first_result(asked: list[Asked], history: list[Regrade]) -> None:
    back = Regrade(dict.fromkeys(range(1, 6), AS_ASKED), nobody_loses=False)
    assert settled(asked, [*history, back]) == score_under(asked, {})


@given(attempts, st.sets(st.integers(1, 5)))
def test_full_marks_never_lower_a_result(asked: list[Asked], versions: set[int]) -> None:
    full = dict.fromkeys(versions, FULL)
    assert score_under(asked, full).share >= score_under(asked, {}).share
