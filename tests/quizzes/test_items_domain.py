"""The analysis of questions against values counted by hand, and its laws."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.quizzes.domain.items import FEWEST, Flag, Strength, Taken, analyse, one_decimal, percentage, thirds

ONE, NOTHING = Fraction(1), Fraction(0)
OFFERED = [("right", ONE), ("wrong", NOTHING), ("other", NOTHING)]


def people(pattern: str) -> list[Taken]:
    """One a letter, the weakest first: ``r`` chose what is right, ``w`` and ``o`` the two wrong ones, ``-`` nothing."""
    keys = {"r": ("right",), "w": ("wrong",), "o": ("other",), "-": ()}
    return [Taken(Fraction(c == "r"), Fraction(place, len(pattern)), keys[c]) for place, c in enumerate(pattern)]


def test_fifteen_answers_counted_by_hand() -> None:
    # Lower third: w w w r o; middle: r w r w r; upper third: r r r r w.
    found = analyse(people("wwwrorwrwrrrrrw"), OFFERED)
    assert (found.n, found.right, found.facility) == (15, 8, Fraction(8, 15))
    assert found.discrimination == Fraction(4, 5) - Fraction(1, 5)
    assert found.strength is Strength.CLEAR
    counts = {choice.key: (choice.everybody, choice.upper, choice.lower) for choice in found.choices}
    assert counts == {"right": (8, 4, 1), "wrong": (6, 1, 3), "other": (1, 0, 1)}
    assert found.flags == []


@pytest.mark.parametrize(
    ("pattern", "flags"),
    [
        ("rrrrrrwowowwwww", [Flag.REVERSED, Flag.WRONG_ATTRACTS]),
        ("ooooorwrwrrrrww", [Flag.WRONG_ATTRACTS]),
        ("rrrrrrrrrrrrrrr", [Flag.EASY]),
        ("wowowwowowwrorr", [Flag.HARD]),
        ("wwwrwrwrwrrrrrw", [Flag.NEVER_CHOSEN]),
    ],
)
def test_what_makes_a_question_worth_a_look(pattern: str, flags: list[Flag]) -> None:
    assert analyse(people(pattern), OFFERED).flags == flags


def test_one_person_in_a_third_of_seven_is_no_flag() -> None:
    # 6 of 7 right in the lower third, 5 of 7 in the upper: −0.14; each wrong option one more among the strongest.
    found = analyse(people("rrrrrrw" + "rwowrrw" + "rrrrrwo"), OFFERED)
    assert found.discrimination == Fraction(-1, 7)
    assert (found.strength, found.flags, found.is_weak) == (Strength.NONE, [], False)


def test_what_only_tells_little_is_not_weak() -> None:
    assert not analyse(people("r" * 15), OFFERED).is_weak


def test_too_few_answers_are_not_compared() -> None:
    found = analyse(people("wwwwrr"), OFFERED)
    assert (found.n, found.discrimination, found.strength, found.flags) == (6, None, None, [])
    assert analyse([], OFFERED).facility == 0


def test_who_answered_nothing_is_counted() -> None:
    assert analyse(people("--rw"), OFFERED).empty == 2


def test_who_ties_with_the_last_of_a_third_belongs_to_it() -> None:
    taken = [Taken(ONE, Fraction(share)) for share in (0, 0, 0, 1, 1, 1)]
    upper, lower = thirds(taken)
    assert (len(upper), len(lower)) == (3, 3)
    everybody = [Taken(ONE, NOTHING)] * 6
    assert thirds(everybody) == (everybody, everybody)
    assert thirds(everybody[:2]) == ([], [])


@pytest.mark.parametrize(
    ("share", "n", "shown"),
    [
        ("2/3", 14, None),
        ("2/3", 15, 65),
        ("14/22", 22, 65),
        ("2/3", 99, 65),
        ("2/3", 100, 67),
        ("1", 22, 100),
        ("0", 22, 0),
    ],
)
def test_a_percentage_is_no_finer_than_the_answers_allow(share: str, n: int, shown: int | None) -> None:
    assert percentage(Fraction(share), n) == shown


def test_discrimination_has_one_decimal() -> None:
    assert [one_decimal(Fraction(value, 100)) for value in (44, 45, -45, 0)] == [
        Fraction(4, 10), Fraction(5, 10), Fraction(-5, 10), 0
    ]  # fmt: skip


shares = st.fractions(0, 1, max_denominator=10)
answers = st.lists(
    st.builds(
        lambda rest, key: Taken(Fraction(key == "right"), rest, (key,)),
        shares,
        st.sampled_from(["right", "wrong", "other"]),
    ),
    max_size=40,
)


@given(answers)
def test_counts_add_up_and_figures_are_bounded(taken: list[Taken]) -> None:
    found = analyse(taken, OFFERED)
    assert sum(choice.everybody for choice in found.choices) + found.empty == found.n == len(taken)
    assert 0 <= found.facility <= 1
    assert (found.discrimination is None) == (len(taken) < FEWEST)
    assert found.discrimination is None or -1 <= found.discrimination <= 1


@given(answers, st.randoms(use_true_random=False))
def test_the_order_of_the_people_says_nothing(taken: list[Taken], random: object) -> None:
    again = list(taken)
    random.shuffle(again)  # type: ignore[attr-defined]
    assert analyse(again, OFFERED) == analyse(taken, OFFERED)


@given(answers)
def test_where_everybody_ties_nothing_is_told_apart(taken: list[Taken]) -> None:
    tied = [Taken(one.fraction, Fraction(1, 2), one.chosen) for one in taken]
    assert analyse(tied, OFFERED).discrimination in (None, 0)
