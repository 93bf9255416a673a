"""The figures of the activity report, from participants without names."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from lms.grading.domain.results import ItemResult, State
from lms.reports.domain import Participant, figures_by_sponsor, figures_of

TIERS = ("achievement", "participation")


def result(kind: str, points: str | None, *, complete: bool = True, state: State | None = None) -> ItemResult:
    if points is None:
        return ItemResult(kind, {}, kind, Decimal(40), state or State.MISSING)
    return ItemResult(kind, {}, kind, Decimal(40), State.MARKED, Decimal(points), complete)


def participant(*results: ItemResult, **values) -> Participant:
    return Participant(
        **{
            "sponsors": (), "organisation_type": "", "country": "", "sex": "", "results": results,
            "decision": "none", "certificate": "none", **values,
        }
    )  # fmt: skip


def quiz_takers(*points: str | None) -> list[Participant]:
    return [participant(result("quiz", value)) for value in points]


def test_a_missing_quiz_counts_as_nothing_in_the_average_over_all() -> None:
    figures = figures_of(quiz_takers("20.00", "10.00", None), TIERS)
    assert (figures.participants, figures.quiz_average) == (3, Decimal("10.0"))


def test_the_average_has_one_decimal_and_a_half_goes_up() -> None:
    assert figures_of(quiz_takers("25.25"), TIERS).quiz_average == Decimal("25.3")
    assert figures_of(quiz_takers("25.24"), TIERS).quiz_average == Decimal("25.2")


def test_ties_with_the_average_are_not_above_it() -> None:
    assert figures_of(quiz_takers("10.00", "10.00"), TIERS).quiz_above_average == 0


def test_above_means_above_the_mean_before_it_was_rounded() -> None:
    # The mean is 25.2666…, shown as 25.3: 25.30 is above it, although it equals what is shown; 25.25 is not.
    figures = figures_of(quiz_takers("25.30", "25.25", "25.25"), TIERS)
    assert (figures.quiz_average, figures.quiz_above_average) == (Decimal("25.3"), 1)


def test_points_of_all_quizzes_are_added_and_other_work_is_not() -> None:
    person = participant(result("quiz", "4.50"), result("quiz", "5.00"), result("group", "30.00"))
    assert person.quiz_points == Decimal("9.50")


def test_active_in_group_work_is_a_marked_entry_that_counts_as_done() -> None:
    people = [
        participant(result("group", "0.00")),
        participant(result("group", "12.00", complete=False)),
        participant(result("group", None, state=State.SUBMITTED)),
        participant(result("group", None)),
    ]
    assert figures_of(people, TIERS).group_active == 1


def test_essays_handed_in_count_whether_marked_or_waiting() -> None:
    people = [
        participant(result("individual", "0.00")),
        participant(result("individual", None, state=State.SUBMITTED)),
        participant(result("individual", "0.00", complete=False)),
        participant(result("individual", None)),
        participant(result("individual", None, state=State.EXCUSED)),
    ]
    assert figures_of(people, TIERS).essays_submitted == 2


def test_certificates_and_decisions_name_every_tier_even_without_people() -> None:
    figures = figures_of([participant(decision="pending")], TIERS)
    assert figures.certificates == {"achievement": 0, "participation": 0, "none": 1}
    assert figures.decisions == {"achievement": 0, "participation": 0, "none": 0, "pending": 1}


def test_what_was_not_stated_is_counted_and_stands_last() -> None:
    people = [participant(), participant(), participant(sex="male"), participant(sex="female"), participant(sex="male")]
    assert figures_of(people, TIERS).by_sex == (("male", 2), ("female", 1), ("", 2))


def test_somebody_with_two_sponsors_counts_in_both_and_once_in_the_total() -> None:
    people = [participant(sponsors=("EU", "SAMM")), participant(sponsors=("SAMM",)), participant()]
    parts = figures_by_sponsor(people, TIERS)
    assert {code: part.participants for code, part in parts.items()} == {"EU": 1, "SAMM": 2}
    assert figures_of(people, TIERS).participants == 3


def test_nobody_gives_no_average_rather_than_zero() -> None:
    figures = figures_of([], TIERS)
    assert (figures.quiz_average, figures.quiz_above_average) == (None, 0)


@given(st.lists(st.integers(0, 3000), min_size=1, max_size=60), st.sampled_from(["", "ZM", "ZW"]))
def test_breakdowns_add_up_and_somebody_is_never_above_everybody(hundredths: list[int], country: str) -> None:
    people = [
        participant(result("quiz", str(Decimal(value) / 100)), country=country if place % 2 else "")
        for place, value in enumerate(hundredths)
    ]
    figures = figures_of(people, TIERS)
    for pairs in (figures.by_country, figures.by_sex, figures.by_organisation_type):
        assert sum(count for _value, count in pairs) == len(people)
    assert sum(figures.certificates.values()) == sum(figures.decisions.values()) == len(people)
    assert figures.quiz_above_average < len(people)
    assert abs(Fraction(figures.quiz_average) - Fraction(sum(hundredths), 100 * len(people))) <= Fraction(1, 20)
