"""When one may answer, what is kept, what may be shown, and figures that are exact."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.courses.domain.content import SurveyQuestion
from lms.surveys.domain import (
    LONGEST_ANSWER,
    MINIMUM_RETURNS,
    NOT_APPLICABLE,
    ScaleSummary,
    Visibility,
    Window,
    clean_answers,
    half_up,
    percentage,
    summarise,
    visibility,
    window,
)
from tests.surveys.evaluation_of_2022 import ROWS

OPENS = datetime(2022, 11, 28, 7, 0, tzinfo=UTC)
CLOSES = datetime(2022, 12, 16, 22, 59, tzinfo=UTC)


def scale(key: str, *, not_applicable: bool = False) -> SurveyQuestion:
    return SurveyQuestion(key, "scale", {"en": f"{key}?"}, not_applicable)


def open_question(key: str) -> SurveyQuestion:
    return SurveyQuestion(key, "open", {"en": f"{key}?"})


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.question[:40])
def test_the_real_evaluation_recomputes_exactly_from_its_counts(row) -> None:
    figures = ScaleSummary("e", {"en": row.question}, row.counts)
    assert figures.n == 13
    assert figures.average == Decimal(row.average)
    assert figures.share_4_5 == Decimal(row.share_4_5)


def test_shares_of_the_real_evaluation_may_add_up_to_100_1() -> None:
    totals = [sum(ScaleSummary("e", {}, row.counts).shares) for row in ROWS]
    assert totals.count(Decimal("100.1")) == 6


def test_the_share_of_4_and_5_comes_from_the_counts_and_not_from_two_rounded_shares() -> None:
    figures = ScaleSummary("e", {}, (1, 1, 0, 4, 7))
    assert figures.shares[3:] == (Decimal("30.8"), Decimal("53.8"))
    assert figures.share_4_5 == Decimal("84.6")
    uneven = ScaleSummary("e", {}, (1, 0, 0, 1, 1))
    assert sum(uneven.shares[3:]) == Decimal("66.6")
    assert uneven.share_4_5 == Decimal("66.7")


@pytest.mark.parametrize(
    ("value", "places", "expected"),
    [
        (Fraction(5, 2), 0, "3"),
        (Fraction(1, 8), 2, "0.13"),
        (Fraction(125, 1000), 2, "0.13"),
        (Fraction(5565, 220), 1, "25.3"),
        (Fraction(2525, 100), 1, "25.3"),
        (Fraction(25249, 1000), 1, "25.2"),
        (Fraction(0), 1, "0.0"),
        (Fraction(4), 2, "4.00"),
    ],
)
def test_a_half_is_rounded_upwards_once(value: Fraction, places: int, expected: str) -> None:
    assert str(half_up(value, places)) == expected


def test_a_percentage_of_nobody_is_no_figure() -> None:
    assert percentage(0, 0) is None


@given(st.lists(st.integers(0, 400), min_size=5, max_size=5))
def test_averages_lie_on_the_scale_and_shares_are_within_half_a_tenth(counts: list[int]) -> None:
    figures = ScaleSummary("e", {}, tuple(counts))
    if figures.n == 0:
        assert figures.average is None
        assert figures.share_4_5 is None
        assert figures.shares == (None,) * 5
        return
    assert 1 <= figures.average <= 5
    assert 0 <= figures.share_4_5 <= 100
    for count, share in zip(counts, figures.shares, strict=True):
        assert abs(Fraction(share) - Fraction(100 * count, figures.n)) <= Fraction(1, 20)


def test_not_applicable_and_blanks_are_outside_n() -> None:
    questions = [scale("a", not_applicable=True)]
    returns = {"k1": {"a": 5}, "k2": {"a": NOT_APPLICABLE}, "k3": {}}
    (figures,) = summarise(questions, returns).scales
    assert (figures.n, figures.not_applicable, figures.average) == (1, 1, Decimal("5.00"))


def test_a_survey_without_answers_has_no_figures_rather_than_zeros() -> None:
    summary = summarise([scale("a"), open_question("b")], {})
    assert summary.scales[0].average is None
    assert summary.texts[0].answers == ()


def test_open_answers_stand_in_an_order_of_their_own_for_each_question() -> None:
    questions = [open_question(f"o{n}") for n in range(6)]
    returns = {f"{n:032x}": {q.key: f"person {n}" for q in questions} for n in range(12)}
    orders = {question.answers for question in summarise(questions, returns).texts}
    assert len(orders) == 6
    assert {frozenset(order) for order in orders} == {frozenset(f"person {n}" for n in range(12))}


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (OPENS - timedelta(microseconds=1), Window.NOT_YET),
        (OPENS, Window.OPEN),
        (CLOSES, Window.OPEN),
        (CLOSES.replace(second=59, microsecond=999999), Window.OPEN),
        (CLOSES + timedelta(minutes=1), Window.CLOSED),
    ],
)
def test_a_survey_is_open_until_the_last_instant_of_its_closing_minute(at: datetime, expected: Window) -> None:
    assert window(OPENS, CLOSES, at) == expected


@pytest.mark.parametrize(
    ("returns", "at", "expected"),
    [
        (13, CLOSES, Visibility.STILL_OPEN),
        (MINIMUM_RETURNS - 1, CLOSES + timedelta(minutes=1), Visibility.TOO_FEW),
        (MINIMUM_RETURNS, CLOSES + timedelta(minutes=1), Visibility.SHOWN),
        (0, CLOSES + timedelta(minutes=1), Visibility.TOO_FEW),
    ],
)
def test_answers_are_shown_only_after_closing_and_only_from_five_people(
    returns: int, at: datetime, expected: Visibility
) -> None:
    assert visibility(returns, CLOSES, at) == expected


def test_answers_are_kept_as_numbers_and_tidy_words_without_blanks() -> None:
    questions = [scale("a"), scale("b", not_applicable=True), scale("c"), open_question("d"), open_question("e")]
    given_values = {"a": "4", "b": "na", "c": "", "d": " Two\r\nlines \x00", "e": "  ", "stranger": "x"}
    assert clean_answers(questions, given_values) == {"a": 4, "b": "na", "d": "Two\nlines"}


@pytest.mark.parametrize("value", ["0", "6", "4.5", "-1", "na", "five", "４"])
def test_a_value_that_is_none_of_the_choices_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="no answer"):
        clean_answers([scale("a")], {"a": value})


def test_an_open_answer_may_be_as_long_as_told_and_not_longer() -> None:
    question = open_question("a")
    assert len(clean_answers([question], {"a": "x" * LONGEST_ANSWER})["a"]) == LONGEST_ANSWER
    with pytest.raises(ValueError, match="longer"):
        clean_answers([question], {"a": "x" * (LONGEST_ANSWER + 1)})
