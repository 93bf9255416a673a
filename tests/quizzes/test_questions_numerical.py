"""Numbers as people write them: read where there is one reading, told where there are two."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.quizzes.questions import TYPES, NumericalAnswer, Unit
from lms.quizzes.questions.written_numbers import Ambiguous, Unreadable, read_number, split_words
from tests.quizzes.question_samples import NUMBER

KIND = TYPES["numerical"]


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("1234,5", "1234.5"), ("1 234,5", "1234.5"), ("1\u00a0234,5", "1234.5"), ("1\u202f234,5", "1234.5"),
        ("1,234.5", "1234.5"), ("1.234,5", "1234.5"), ("1'234.5", "1234.5"), ("1’234,5", "1234.5"),
        ("١٢٣٤٫٥", "1234.5"), ("١٬٢٣٤٫٥", "1234.5"), ("۱۲", "12"), ("\u200f١٢", "12"), ("１２", "12"),
        ("1 234", "1234"), ("1,234,567", "1234567"), ("1.234.567", "1234567"), ("0,234", "0.234"), ("0.234", "0.234"),
        (".5", "0.5"), (",5", "0.5"), ("12.", "12"), ("-3", "-3"), ("−3,5", "-3.5"), ("+7", "7"), ("1234.567", "1234.567"),
        ("1,2345", "1.2345"), ("1 234\u00a0567", "1234567"), ("12,34", "12.34"), ("007", "7"),
    ],
)  # fmt: skip
def test_a_number_with_one_reading_is_read(typed: str, number: str) -> None:
    assert read_number(typed) == Decimal(number)


@pytest.mark.parametrize(
    ("typed", "whole", "decimal"),
    [
        ("1,234", "1234", "1,2340"),
        ("1.234", "1234", "1.2340"),
        ("-12,345", "-12345", "-12,3450"),
        ("١,٢٣٤", "1234", "1,2340"),
        ("−1,234", "-1234", "-1,2340"),
    ],
)
def test_a_number_with_two_readings_is_never_guessed(typed: str, whole: str, decimal: str) -> None:
    with pytest.raises(Ambiguous) as refused:
        read_number(typed)
    assert (refused.value.whole, refused.value.decimal) == (whole, decimal)
    assert (refused.value.typed, str(refused.value)) == (typed, typed)
    assert read_number(whole) != read_number(decimal)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "abc",
        "1e5",
        "10²",
        "1/2",
        "1.2.3",
        "12 34",
        "1,23,456",
        "1,234,56",
        "0,123,456",
        "--1",
        "1-2",
        "½",
        "٫",
        "-",
        "1,23 4",
        "1.5'6",
        "1'234 567",
        "1'234٬567",
    ],
)
def test_what_is_no_number_is_refused(typed: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read_number(typed)
    assert str(refused.value) == typed


@pytest.mark.parametrize(
    ("typed", "number", "words"),
    [("5 km", "5", "km"), ("km 5", "5", "km"), ("5", "5", ""), ("-2,5 °C", "-2,5", "°C"), (" 12. h ", "12.", "h")],
)
def test_words_beside_a_number_are_told_apart_from_it(typed: str, number: str, words: str) -> None:
    assert split_words(typed) == (number, words)


@pytest.mark.parametrize("typed", ["about 5 km", "many", ""])
def test_words_on_both_sides_or_no_number_are_refused(typed: str) -> None:
    with pytest.raises(Unreadable) as refused:
        split_words(typed)
    assert str(refused.value) == typed


@given(st.decimals(-(10**9), 10**9, places=4), st.sampled_from(".,"))
def test_what_is_written_without_thousands_is_read_as_it_is(number: Decimal, mark: str) -> None:
    assert read_number(f"{number:f}".replace(".", mark)) == number


@given(st.text(max_size=60))
def test_nothing_that_can_be_typed_breaks_it(typed: str) -> None:
    answer = KIND.read_answer(NUMBER, [typed])
    assert 0 <= KIND.grade(NUMBER, answer) <= 1
    assert isinstance(KIND.missing(NUMBER, answer), str)


def grade(typed: str) -> Fraction:
    return KIND.grade(NUMBER, KIND.read_answer(NUMBER, [typed]))


@pytest.mark.parametrize(
    ("typed", "part"),
    [
        ("1250,5", Fraction(1)), ("1250", Fraction(1)), ("1251 km", Fraction(1)), ("1251,01", Fraction(0)),
        ("1250500 m", Fraction(1)), ("km 1250,5", Fraction(1)), ("1250,5 KM", Fraction(1)), ("1200", Fraction(1, 2)),
        ("1250 miles", Fraction(0)), ("1,250", Fraction(0)), ("about 1250 km", Fraction(0)),
    ],
)  # fmt: skip
def test_a_number_is_compared_in_the_unit_of_the_answers_both_ends_of_the_tolerance_included(
    typed: str, part: Fraction
) -> None:
    assert grade(typed) == part


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("1250", ""), ("1,250", "Write 1250 for the whole number, 1,2500 for the decimal."),
        ("many", "not a number"), ("5 miles", "“miles” is none of the units here: km, m."),
    ],
)  # fmt: skip
def test_a_number_that_cannot_be_read_is_kept_and_told_how_to_write(typed: str, words: str) -> None:
    answer = KIND.read_answer(NUMBER, [typed])
    assert answer == {"text": typed}
    assert words in KIND.missing(NUMBER, answer)
    assert bool(KIND.missing(NUMBER, answer)) == bool(words)


def test_a_unit_that_is_required_must_be_written() -> None:
    strict = replace(NUMBER, unit_required=True)
    assert KIND.grade(strict, {"text": "1250"}) == 0
    assert KIND.missing(strict, {"text": "1250"}) == "Write the unit too: km, m."
    assert KIND.grade(strict, {"text": "1250 km"}) == 1


def test_of_the_answers_that_fit_the_best_one_counts_wherever_it_stands() -> None:
    wide = NumericalAnswer("wide", Decimal(1250), Decimal(100), Fraction(1, 4))
    assert KIND.grade(replace(NUMBER, answers=(wide, *NUMBER.answers)), {"text": "1250"}) == 1


def test_an_author_is_told_what_to_mend() -> None:
    broken = replace(
        NUMBER,
        answers=(NumericalAnswer("a", Decimal(1), Decimal(-1), Fraction(3, 2)),),
        units=(Unit("km"), Unit("km"), Unit("m", Decimal(0))),
    )
    assert [problem.path for problem in KIND.problems(broken)] == [
        ("answers",), ("answers", 0, "fraction"), ("answers", 0, "tolerance"), ("units", 1, "symbol"), ("units", 2, "factor"),
    ]  # fmt: skip
    assert [p.path for p in KIND.problems(replace(NUMBER, units=(), unit_required=True))] == [("unit_required",)]
