"""The rules of docs/rules.md as tables, and the laws that hold for any results."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.courses.domain.content import CategoryPlan, ItemPlan, TierPlan
from lms.grading.domain.decision import Decision, certificate_for
from lms.grading.domain.points import round_points, sum_points
from lms.grading.domain.prospects import least_points, ways_up
from lms.grading.domain.results import ItemResult, State, total_of, with_points
from lms.grading.domain.scheme import GradingScheme, items_needed
from tests.factories import small_course

TITLE = {"und": "Title"}
ACHIEVEMENT = TierPlan("achievement", {"und": "Achievement"}, Decimal(60), "all")
PARTICIPATION = TierPlan("participation", {"und": "Participation"}, Decimal(30), "more_than_half")
TIERS = (ACHIEVEMENT, PARTICIPATION)
QUIZZES = [f"quiz-{n}" for n in range(1, 7)]
MAXIMA = {**dict.fromkeys(QUIZZES, Decimal(5)), "group": Decimal(30), "essay": Decimal(40)}


def missing(key: str) -> ItemResult:
    return ItemResult(key, {"und": key}, "quiz", MAXIMA[key])


def marked(key: str, points: str | Decimal, complete: bool = True) -> ItemResult:
    return replace(missing(key), state=State.MARKED, points=Decimal(points), is_complete=complete)


def waiting(key: str) -> ItemResult:
    return replace(missing(key), state=State.SUBMITTED)


def results(quizzes: str, group: str | None, essay: str | None) -> list[ItemResult]:
    """Six quizzes, as equal as hundredths allow, that sum to ``quizzes``; ``None`` is missing."""
    each, rest = divmod(int(Decimal(quizzes) * 100), 6)
    made = [marked(key, Decimal(each + (n < rest)) / 100) for n, key in enumerate(QUIZZES)]
    for key, value in (("group", group), ("essay", essay)):
        made.append(missing(key) if value is None else marked(key, value))
    return made


def codes(decision: Decision) -> list[str]:
    return [reason.code for reason in decision.reasons]


# Points


@pytest.mark.parametrize(
    ("exact", "expected"),
    [
        (Fraction(1, 3), "0.33"),
        (Fraction(2, 3), "0.67"),
        (Decimal("59.994"), "59.99"),
        (Decimal("59.995"), "60.00"),
        (Fraction(1, 200), "0.01"),
        (Decimal("0.0049"), "0.00"),
        (Decimal("2.675"), "2.68"),
        (5, "5.00"),
    ],
)
def test_points_are_rounded_half_up_to_the_hundredth(exact: Fraction | Decimal | int, expected: str) -> None:
    assert str(round_points(exact)) == expected


def test_negative_points_are_refused() -> None:
    with pytest.raises(ValueError):
        round_points(Fraction(-1, 2))


def test_a_float_is_refused_because_it_is_rarely_what_was_meant() -> None:
    with pytest.raises(TypeError):
        round_points(0.1)  # type: ignore[arg-type]


def test_ten_tenths_sum_to_exactly_one() -> None:
    assert sum_points([Decimal("0.1")] * 10) == Decimal("1.00")


# The certificate


@pytest.mark.parametrize(
    ("quizzes", "group", "essay", "kind"),
    [
        # with the essay: everything complete
        ("10.00", "10.00", "9.99", None),
        ("10.00", "10.00", "10.00", "participation"),
        ("29.99", "20.00", "10.00", "participation"),
        ("30.00", "20.00", "10.00", "achievement"),
        ("30.00", "19.50", "10.00", "participation"),
        ("30.00", "30.00", "40.00", "achievement"),
        ("30.00", "30.00", "0.00", "achievement"),
        # without it: points alone never decide
        ("10.00", "19.99", None, None),
        ("10.00", "20.00", None, "participation"),
        ("29.99", "30.00", None, "participation"),
        ("30.00", "30.00", None, "participation"),
        # most of the work, but too few points; enough points, but not most of the work
        ("0.00", "0.00", "0.00", None),
        ("30.00", None, None, "participation"),
    ],
)
def test_the_table_of_certificates(quizzes: str, group: str | None, essay: str | None, kind: str | None) -> None:
    assert certificate_for(results(quizzes, group, essay), TIERS).kind == kind


def test_sixty_points_without_the_essay_is_participation_and_says_what_is_missing() -> None:
    decision = certificate_for(results("30", "30", None), TIERS)
    assert (decision.kind, decision.total, decision.missing) == ("participation", Decimal("60.00"), ("essay",))
    assert codes(decision) == ["earned_more_than_half", "only_incomplete_all"]
    assert decision.reasons[1].params["items"] == ({"und": "essay"},)


def test_half_of_the_work_is_not_most_of_it() -> None:
    four = [marked(key, "5") for key in QUIZZES[:3]] + [missing(key) for key in QUIZZES[3:]]
    four += [marked("group", "30"), missing("essay")]
    decision = certificate_for(four, TIERS)
    assert decision.total == Decimal("45.00")
    assert decision.kind is None
    assert codes(decision) == ["nothing_earned", "only_incomplete_more_than_half", "both_short_all"]
    five = [*four[:3], marked("quiz-4", "0"), *four[4:]]
    assert certificate_for(five, TIERS).kind == "participation"


def test_an_essay_marked_zero_is_complete() -> None:
    decision = certificate_for(results("30", "30", "0"), TIERS)
    assert (decision.kind, decision.total) == ("achievement", Decimal("60.00"))


def test_a_submission_without_a_mark_keeps_the_decision_pending() -> None:
    given = [*results("30", "30", None)[:-1], waiting("essay")]
    decision = certificate_for(given, TIERS)
    assert (decision.kind, decision.is_pending, decision.secured) == (None, True, "participation")
    assert decision.waiting == ("essay",)
    assert decision.missing == ()
    assert codes(decision)[:2] == ["waiting", "secured"]


def test_a_withdrawn_person_gets_nothing_even_with_all_points_or_waiting_marks() -> None:
    for owned in (results("30", "30", "40"), [waiting(key) for key in MAXIMA]):
        decision = certificate_for(owned, TIERS, withdrawn=True)
        assert (decision.kind, decision.is_pending, decision.secured) == (None, False, None)
        assert codes(decision) == ["withdrawn"]


def test_an_excused_item_is_complete_with_no_points_and_the_total_is_not_rebased() -> None:
    excused = [*results("30", "30", None)[:-1], replace(missing("essay"), state=State.EXCUSED)]
    decision = certificate_for(excused, TIERS)
    assert (decision.kind, decision.total) == ("achievement", Decimal("60.00"))
    assert decision.possible_so_far == Decimal("100.00")
    assert "excused" in codes(decision)
    assert certificate_for([*results("30", "29.99", None)[:-1], excused[-1]], TIERS).kind == "participation"


def test_group_work_without_taking_part_does_not_count_as_done() -> None:
    given = [*results("30", None, "40")[:-2], marked("group", "0", complete=False), marked("essay", "40")]
    decision = certificate_for(given, TIERS)
    assert (decision.kind, decision.total) == ("participation", Decimal("70.00"))


def test_an_item_that_is_not_required_counts_for_no_condition() -> None:
    formative = ItemResult("peer", TITLE, "individual", Decimal(0), is_required=False)
    decision = certificate_for([*results("30", "30", "40"), formative], TIERS)
    assert decision.kind == "achievement"
    assert decision.missing == ()


def test_a_tier_may_ask_for_a_number_of_items() -> None:
    three = replace(PARTICIPATION, completeness="number", number=3)
    given = [*results("10", None, None)[:2], *(missing(key) for key in QUIZZES[2:]), marked("group", "30")]
    given.append(missing("essay"))
    decision = certificate_for(given, (ACHIEVEMENT, three))
    assert decision.kind == "participation"
    assert codes(decision)[0] == "earned_number"


def test_possible_so_far_leaves_out_what_is_not_due_and_counts_what_was_missed() -> None:
    given = [marked("quiz-1", "4"), replace(missing("quiz-2"), is_due=True), *(missing(k) for k in QUIZZES[2:])]
    decision = certificate_for([*given, waiting("group"), missing("essay")], TIERS)
    assert decision.possible_so_far == Decimal("10.00")


def test_points_above_the_maximum_below_zero_or_without_a_mark_are_refused() -> None:
    for state, points in ((State.MARKED, "5.01"), (State.MARKED, "-0.01"), (State.MISSING, "1")):
        with pytest.raises(ValueError):
            replace(missing("quiz-1"), state=state, points=Decimal(points))
    with pytest.raises(ValueError):
        replace(missing("quiz-1"), state=State.MARKED)


# What would change it


def test_the_essay_needs_exactly_what_is_short() -> None:
    ways = ways_up(results("25.30", "26.00", None), TIERS)
    assert [way.code for way in ways] == ["way_one_item", "most_without"]
    assert (ways[0].params["points"], ways[0].params["possible"]) == (Decimal("8.70"), Decimal("40.00"))
    reached = with_points(results("25.30", "26.00", None), {"essay": Decimal("8.70")})
    assert certificate_for(reached, TIERS).kind == "achievement"
    short = with_points(results("25.30", "26.00", None), {"essay": Decimal("8.69")})
    assert certificate_for(short, TIERS).kind == "participation"


def test_without_the_essay_the_most_is_exactly_sixty() -> None:
    ways = ways_up([missing(key) for key in MAXIMA], TIERS)
    assert [way.code for way in ways] == ["way_some_items", "way_all_items", "most_without"]
    assert least_points([missing(key) for key in MAXIMA], ACHIEVEMENT, "essay") == Decimal("0.00")
    assert ways[-1].params["most"] == Decimal("60.00")


def test_with_several_things_open_each_says_what_the_others_cannot_make_up_for() -> None:
    """51.30 without the essay and one quiz to come: the essay needs 3.70 even with a full quiz, 8.70 without points in it."""
    owned = [*results("25.30", "26.00", None)]
    owned[0] = missing("quiz-1")
    total = total_of(owned)
    least = Decimal(60) - total - Decimal(5)
    ways = ways_up(owned, TIERS)
    assert [way.code for way in ways] == ["way_all_items", "way_at_least", "most_without"]
    assert ways[1].params == {
        "tier": ACHIEVEMENT.title,
        "item": {"und": "essay"},
        "points": least,
        "possible": Decimal(40),
    }
    assert least_points(owned, ACHIEVEMENT, "quiz-1") == Decimal("0.00")


def test_no_number_of_points_is_enough_where_a_certificate_is_out_of_reach() -> None:
    poor = results("0", "10", None)
    assert least_points(poor, ACHIEVEMENT, "essay") is None
    absent = [*results("30", None, None)[:-2], marked("group", "0", complete=False), missing("essay")]
    assert least_points(absent, ACHIEVEMENT, "essay") is None
    assert least_points(absent, PARTICIPATION, "essay") == Decimal("0.00")
    with pytest.raises(StopIteration):
        least_points(results("30", "30", "40"), ACHIEVEMENT, "essay")


def test_with_enough_points_only_handing_in_is_missing() -> None:
    for owned in (results("30", "30", None), [missing("quiz-1"), *results("30", "30", "40")[1:]]):
        (way,) = [way for way in ways_up(owned, TIERS) if way.code == "way_one_item"]
        assert way.params["points"] == Decimal("0.00")


def test_what_can_no_longer_be_reached_is_said() -> None:
    nothing_left = [marked(key, "0") for key in MAXIMA]
    assert [way.code for way in ways_up(nothing_left, TIERS)] == ["way_closed_points", "way_closed_points"]
    absent = [*results("30", None, "40")[:-2], marked("group", "0", complete=False), marked("essay", "40")]
    assert [way.code for way in ways_up(absent, TIERS)] == ["way_closed_incomplete"]


def test_nothing_is_above_the_highest_certificate_and_nothing_is_promised_to_the_withdrawn() -> None:
    assert ways_up(results("30", "30", "40"), TIERS) == ()
    assert ways_up(results("30", "30", None), TIERS, withdrawn=True) == ()


def test_trying_points_counts_other_awaited_marks_as_nothing() -> None:
    given = [*results("30", None, None)[:-2], waiting("group"), missing("essay")]
    decision = certificate_for(with_points(given, {"essay": Decimal(40)}), TIERS)
    assert (decision.is_pending, decision.kind, decision.total) == (False, "participation", Decimal("70.00"))


# Laws

POINTS = {key: st.integers(0, int(maximum * 100)) for key, maximum in MAXIMA.items()}


@st.composite
def any_results(draw: st.DrawFn, states: tuple[State, ...] = tuple(State)) -> tuple[ItemResult, ...]:
    made = []
    for key in MAXIMA:
        state = draw(st.sampled_from(states))
        if state is State.MARKED:
            points = Decimal(draw(POINTS[key])) / 100
            made.append(marked(key, points, draw(st.booleans())))
        else:
            made.append(replace(missing(key), state=state, is_due=draw(st.booleans())))
    return tuple(made)


def rank(kind: str | None) -> int:
    return {None: 0, "participation": 1, "achievement": 2}[kind]


@given(any_results((State.MISSING, State.MARKED, State.EXCUSED)), st.sampled_from(list(MAXIMA)), st.data())
def test_more_points_never_give_a_lower_certificate(
    given_results: tuple[ItemResult, ...], key: str, data: st.DataObject
) -> None:
    before = certificate_for(given_results, TIERS)
    result = next(r for r in given_results if r.key == key)
    if result.state is State.EXCUSED:
        return
    least = int((result.points or Decimal(0)) * 100)
    more = Decimal(data.draw(st.integers(least, int(result.maximum * 100)))) / 100
    after = certificate_for(with_points(given_results, {key: more}), TIERS)
    assert rank(after.kind) >= rank(before.kind)


@given(any_results())
def test_the_total_is_the_exact_sum_of_what_is_shown_and_never_more_than_possible(
    given_results: tuple[ItemResult, ...],
) -> None:
    decision = certificate_for(given_results, TIERS)
    assert decision.total == sum((r.points for r in given_results if r.points is not None), Decimal(0))
    assert decision.total == total_of(reversed(given_results))
    assert Decimal(0) <= decision.total <= decision.possible_so_far <= Decimal(100)
    assert -decision.total.as_tuple().exponent == 2


@given(any_results())
def test_what_is_secured_holds_whatever_the_awaited_marks_are(given_results: tuple[ItemResult, ...]) -> None:
    decision = certificate_for(given_results, TIERS)
    awaited = {r.key: Decimal(0) for r in given_results if r.state is State.SUBMITTED}
    worst = certificate_for(with_points(given_results, awaited), TIERS)
    assert rank(worst.kind) >= rank(decision.secured)
    if not decision.is_pending:
        assert decision.kind == decision.secured


@given(any_results((State.MISSING, State.MARKED)))
def test_a_way_up_leads_where_it_says(given_results: tuple[ItemResult, ...]) -> None:
    everything = {r.key: r.maximum for r in given_results if r.is_open}
    best = certificate_for(with_points(given_results, everything), TIERS).kind
    now = certificate_for(given_results, TIERS).kind
    open_ways = [
        way for way in ways_up(given_results, TIERS) if way.code in ("way_one_item", "way_all_items", "way_some_items")
    ]
    assert len(open_ways) == rank(best) - rank(now)


@given(any_results((State.MISSING, State.SUBMITTED, State.MARKED, State.EXCUSED)), st.sampled_from(TIERS), st.data())
def test_the_stated_minimum_is_enough_and_a_hundredth_less_is_not(
    given_results: tuple[ItemResult, ...], tier: TierPlan, data: st.DataObject
) -> None:
    still_open = [result for result in given_results if result.is_open]
    if not still_open:
        return
    item = data.draw(st.sampled_from(still_open))
    best = {result.key: result.maximum for result in still_open}

    def earned_with(points: Decimal) -> bool:
        tried = with_points(given_results, {**best, item.key: points})
        return certificate_for(tried, (tier,)).kind is not None

    least = least_points(given_results, tier, item.key)
    if least is None:
        assert not earned_with(item.maximum)
        return
    assert earned_with(least)
    assert least == 0 or not earned_with(least - Decimal("0.01"))


@given(any_results((State.MISSING, State.MARKED, State.EXCUSED)))
def test_a_sentence_about_one_open_item_states_the_exact_minimum(given_results: tuple[ItemResult, ...]) -> None:
    titles = {tier.title["und"]: tier for tier in TIERS}
    for way in ways_up(given_results, TIERS):
        if way.code != "way_one_item":
            continue
        (item,) = [result for result in given_results if result.is_open]
        assert way.params["points"] == least_points(given_results, titles[way.params["tier"]["und"]], item.key)


# The scheme


def scheme() -> GradingScheme:
    return GradingScheme.of(small_course().grading)


def fault_codes(changed: GradingScheme) -> list[str]:
    return [fault.code for fault in changed.faults()]


def test_the_scheme_of_the_course_is_sound_and_has_a_hundred_points() -> None:
    assert scheme().faults() == ()
    assert scheme().maximum == Decimal(100)


def test_weights_that_do_not_add_to_a_hundred_are_named() -> None:
    heavy = replace(
        scheme(), categories=(*scheme().categories[:2], CategoryPlan("final-assignment", TITLE, Decimal(41)))
    )
    assert fault_codes(heavy) == ["weights_not_100", "maxima_not_weight"]


def test_tiers_that_overlap_or_invert_are_named() -> None:
    same = replace(scheme(), tiers=(ACHIEVEMENT, replace(PARTICIPATION, minimum=Decimal(60))))
    assert fault_codes(same) == ["tiers_not_descending"]
    inverted = replace(scheme(), tiers=(PARTICIPATION, ACHIEVEMENT))
    assert fault_codes(inverted) == ["tiers_not_descending", "lower_tier_asks_more"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"tiers": ()}, "no_tiers"),
        ({"tiers": (replace(ACHIEVEMENT, minimum=Decimal(101)),)}, "minimum_out_of_range"),
        ({"tiers": (replace(ACHIEVEMENT, completeness="some"),)}, "completeness_unknown"),
        ({"tiers": (replace(ACHIEVEMENT, completeness="number", number=9),)}, "number_out_of_range"),
        ({"tiers": (ACHIEVEMENT, replace(PARTICIPATION, key="achievement"))}, "key_twice"),
    ],
)
def test_faults_of_tiers_are_named(change: dict[str, object], code: str) -> None:
    assert fault_codes(replace(scheme(), **change)) == [code]  # type: ignore[arg-type]


def test_faults_of_items_are_named() -> None:
    stray = ItemPlan("stray", "nowhere", "quiz", TITLE, Decimal("0.001"))
    assert fault_codes(replace(scheme(), items=(*scheme().items, stray))) == ["category_unknown", "maximum_not_points"]
    optional = tuple(replace(item, required=False) for item in scheme().items)
    assert "nothing_required" in fault_codes(replace(scheme(), items=optional))


@pytest.mark.parametrize(("required", "needed"), [(8, 5), (7, 4), (1, 1), (2, 2)])
def test_more_than_half_is_more_than_half(required: int, needed: int) -> None:
    assert items_needed(PARTICIPATION, required) == needed
