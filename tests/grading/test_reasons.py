"""Every reason with every value of its sentence: what the words of a result are made from, in full."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from lms.courses.domain.content import TierPlan
from lms.grading.domain.decision import Condition, Reason, TierCheck, certificate_for
from lms.grading.domain.mark_sheet import Outcome, lines_at, plan_cell
from lms.grading.domain.points import round_points, sum_points
from lms.grading.domain.prospects import least_points, ways_up
from lms.grading.domain.results import ItemResult, State, with_points
from lms.grading.domain.scheme import Fault, GradingScheme, items_needed
from lms.grading.domain.simulation import Given, change_faults, decision_under, points_under
from tests.factories import small_course
from tests.grading.test_domain import (
    ACHIEVEMENT,
    MAXIMA,
    PARTICIPATION,
    QUIZZES,
    TIERS,
    marked,
    missing,
    results,
    waiting,
)

D = Decimal
THREE_PIECES = replace(PARTICIPATION, completeness="number", number=3)
NUMBER_TIERS = (ACHIEVEMENT, THREE_PIECES)
EXCUSED_ESSAY = replace(missing("essay"), state=State.EXCUSED)
LOST = [replace(missing(key), is_due=True) for key in QUIZZES]
SCHEME = GradingScheme.of(small_course().grading)

# The keys of a situation's items, in their order.
SIX_QUIZZES = tuple(f"quiz-{number}" for number in range(1, 7))
ALL = (*SIX_QUIZZES, "group", "essay")
ALL_BUT_GROUP = (*SIX_QUIZZES, "essay")
ALL_BUT_ESSAY = (*SIX_QUIZZES, "group")
FROM_QUIZ_3 = ALL[2:]

SITUATIONS: dict[str, tuple[Sequence[ItemResult], tuple[TierPlan, ...]]] = {
    "everything": (results("30", "30", "40"), TIERS),
    "no essay, 60": (results("30", "30", None), TIERS),
    "no essay, 51.30": (results("25.30", "26.00", None), TIERS),
    "two quizzes": (
        [marked("quiz-1", "5"), marked("quiz-2", "4.5"), *[missing(key) for key in list(MAXIMA)[2:]]],
        TIERS,
    ),
    "points, too little work": (
        [*[missing(key) for key in QUIZZES], marked("group", "20"), marked("essay", "15")],
        TIERS,
    ),
    "waiting essay": ([*results("20", "15", None)[:-1], waiting("essay")], TIERS),
    "all waiting": ([waiting(key) for key in MAXIMA], TIERS),
    "excused essay": ([*results("30", "20", None)[:-1], EXCUSED_ESSAY], TIERS),
    "number": (results("3", "10", None), NUMBER_TIERS),
    "number met": (results("12", "20", None), NUMBER_TIERS),
    "number short": ([*[missing(key) for key in QUIZZES], marked("group", "30"), missing("essay")], NUMBER_TIERS),
    "nothing": ([missing(key) for key in MAXIMA], TIERS),
    "lost": ([*LOST, marked("group", "0", complete=False), missing("essay")], TIERS),
    "poor": ([*[marked(key, "0") for key in QUIZZES], marked("group", "0"), missing("essay")], TIERS),
    "one quiz and the essay to come": ([missing("quiz-1"), *results("25.30", "26.00", None)[1:]], TIERS),
}

# By situation: the reasons of the decision, then what would change it. A title is the key of its item.
EXPECTED: dict[str, tuple[list[Any], list[Any]]] = {
    "everything": (
        [
            (
                "earned_all",
                {
                    "tier": "Achievement",
                    "total": D("100.00"),
                    "minimum": D("60"),
                    "done": 8,
                    "needed": 8,
                    "count": 8,
                    "items": (),
                },
            )
        ],
        [],
    ),
    "no essay, 60": (
        [
            (
                "earned_more_than_half",
                {
                    "tier": "Participation",
                    "total": D("60.00"),
                    "minimum": D("30"),
                    "done": 7,
                    "needed": 5,
                    "count": 8,
                    "items": ("essay",),
                },
            ),
            (
                "only_incomplete_all",
                {
                    "tier": "Achievement",
                    "total": D("60.00"),
                    "minimum": D("60"),
                    "short": D("0.00"),
                    "done": 7,
                    "needed": 8,
                    "count": 8,
                    "items": ("essay",),
                },
            ),
        ],
        [
            ("way_one_item", {"tier": "Achievement", "points": D("0.00"), "possible": D("40.00"), "item": "essay"}),
            ("most_without", {"tier": "Achievement", "item": "essay", "most": D("60.00")}),
        ],
    ),
    "no essay, 51.30": (
        [
            (
                "earned_more_than_half",
                {
                    "tier": "Participation",
                    "total": D("51.30"),
                    "minimum": D("30"),
                    "done": 7,
                    "needed": 5,
                    "count": 8,
                    "items": ("essay",),
                },
            ),
            (
                "both_short_all",
                {
                    "tier": "Achievement",
                    "total": D("51.30"),
                    "minimum": D("60"),
                    "short": D("8.70"),
                    "done": 7,
                    "needed": 8,
                    "count": 8,
                    "items": ("essay",),
                },
            ),
        ],
        [
            ("way_one_item", {"tier": "Achievement", "points": D("8.70"), "possible": D("40.00"), "item": "essay"}),
            ("most_without", {"tier": "Achievement", "item": "essay", "most": D("51.30")}),
        ],
    ),
    "two quizzes": (
        [
            ("nothing_earned", {"total": D("9.50")}),
            (
                "both_short_more_than_half",
                {
                    "tier": "Participation",
                    "total": D("9.50"),
                    "minimum": D("30"),
                    "short": D("20.50"),
                    "done": 2,
                    "needed": 5,
                    "count": 8,
                    "items": FROM_QUIZ_3,
                },
            ),
            (
                "both_short_all",
                {
                    "tier": "Achievement",
                    "total": D("9.50"),
                    "minimum": D("60"),
                    "short": D("50.50"),
                    "done": 2,
                    "needed": 8,
                    "count": 8,
                    "items": FROM_QUIZ_3,
                },
            ),
        ],
        [
            ("way_some_items", {"tier": "Participation", "points": D("20.50"), "possible": D("90.00"), "count": 3}),
            (
                "way_all_items",
                {"tier": "Achievement", "points": D("50.50"), "possible": D("90.00"), "items": FROM_QUIZ_3},
            ),
            ("way_at_least", {"tier": "Achievement", "item": "essay", "points": D("0.50"), "possible": D("40")}),
            ("most_without", {"tier": "Achievement", "item": "essay", "most": D("59.50")}),
        ],
    ),
    "points, too little work": (
        [
            ("nothing_earned", {"total": D("35.00")}),
            (
                "only_incomplete_more_than_half",
                {
                    "tier": "Participation",
                    "total": D("35.00"),
                    "minimum": D("30"),
                    "short": D("0.00"),
                    "done": 2,
                    "needed": 5,
                    "count": 8,
                    "items": SIX_QUIZZES,
                },
            ),
            (
                "both_short_all",
                {
                    "tier": "Achievement",
                    "total": D("35.00"),
                    "minimum": D("60"),
                    "short": D("25.00"),
                    "done": 2,
                    "needed": 8,
                    "count": 8,
                    "items": SIX_QUIZZES,
                },
            ),
        ],
        [
            ("way_some_items", {"tier": "Participation", "points": D("0.00"), "possible": D("30.00"), "count": 3}),
            (
                "way_all_items",
                {"tier": "Achievement", "points": D("25.00"), "possible": D("30.00"), "items": SIX_QUIZZES},
            ),
            ("most_without", {"tier": "Achievement", "item": "quiz-1", "most": D("60.00")}),
        ],
    ),
    "waiting essay": (
        [
            ("waiting", {"items": ("essay",)}),
            ("secured", {"tier": "Participation", "total": D("35.00")}),
            (
                "both_short_all",
                {
                    "tier": "Achievement",
                    "total": D("35.00"),
                    "minimum": D("60"),
                    "short": D("25.00"),
                    "done": 7,
                    "needed": 8,
                    "count": 8,
                    "items": ("essay",),
                },
            ),
        ],
        [("way_one_item", {"tier": "Achievement", "points": D("25.00"), "possible": D("40.00"), "item": "essay"})],
    ),
    "all waiting": (
        [
            ("waiting", {"items": ALL}),
            (
                "both_short_more_than_half",
                {
                    "tier": "Participation",
                    "total": D("0.00"),
                    "minimum": D("30"),
                    "short": D("30.00"),
                    "done": 0,
                    "needed": 5,
                    "count": 8,
                    "items": ALL,
                },
            ),
            (
                "both_short_all",
                {
                    "tier": "Achievement",
                    "total": D("0.00"),
                    "minimum": D("60"),
                    "short": D("60.00"),
                    "done": 0,
                    "needed": 8,
                    "count": 8,
                    "items": ALL,
                },
            ),
        ],
        [
            ("way_some_items", {"tier": "Participation", "points": D("30.00"), "possible": D("100.00"), "count": 5}),
            ("way_all_items", {"tier": "Achievement", "points": D("60.00"), "possible": D("100.00"), "items": ALL}),
        ],
    ),
    "excused essay": (
        [
            (
                "earned_more_than_half",
                {
                    "tier": "Participation",
                    "total": D("50.00"),
                    "minimum": D("30"),
                    "done": 8,
                    "needed": 5,
                    "count": 8,
                    "items": (),
                },
            ),
            (
                "only_points_short",
                {
                    "tier": "Achievement",
                    "total": D("50.00"),
                    "minimum": D("60"),
                    "short": D("10.00"),
                    "done": 8,
                    "needed": 8,
                    "count": 8,
                    "items": (),
                },
            ),
            ("excused", {"item": "essay", "maximum": D("40")}),
        ],
        [("way_closed_points", {"tier": "Achievement", "minimum": D("60"), "most": D("50.00")})],
    ),
    "number": (
        [
            ("nothing_earned", {"total": D("13.00")}),
            (
                "only_points_short",
                {
                    "tier": "Participation",
                    "total": D("13.00"),
                    "minimum": D("30"),
                    "short": D("17.00"),
                    "done": 7,
                    "needed": 3,
                    "count": 8,
                    "items": ("essay",),
                },
            ),
            (
                "both_short_all",
                {
                    "tier": "Achievement",
                    "total": D("13.00"),
                    "minimum": D("60"),
                    "short": D("47.00"),
                    "done": 7,
                    "needed": 8,
                    "count": 8,
                    "items": ("essay",),
                },
            ),
        ],
        [
            ("way_one_item", {"tier": "Participation", "points": D("17.00"), "possible": D("40.00"), "item": "essay"}),
            ("way_closed_points", {"tier": "Achievement", "minimum": D("60"), "most": D("53.00")}),
        ],
    ),
    "number met": (
        [
            (
                "earned_number",
                {
                    "tier": "Participation",
                    "total": D("32.00"),
                    "minimum": D("30"),
                    "done": 7,
                    "needed": 3,
                    "count": 8,
                    "items": ("essay",),
                },
            ),
            (
                "both_short_all",
                {
                    "tier": "Achievement",
                    "total": D("32.00"),
                    "minimum": D("60"),
                    "short": D("28.00"),
                    "done": 7,
                    "needed": 8,
                    "count": 8,
                    "items": ("essay",),
                },
            ),
        ],
        [
            ("way_one_item", {"tier": "Achievement", "points": D("28.00"), "possible": D("40.00"), "item": "essay"}),
            ("most_without", {"tier": "Achievement", "item": "essay", "most": D("32.00")}),
        ],
    ),
    "number short": (
        [
            ("nothing_earned", {"total": D("30.00")}),
            (
                "only_incomplete_number",
                {
                    "tier": "Participation",
                    "total": D("30.00"),
                    "minimum": D("30"),
                    "short": D("0.00"),
                    "done": 1,
                    "needed": 3,
                    "count": 8,
                    "items": ALL_BUT_GROUP,
                },
            ),
            (
                "both_short_all",
                {
                    "tier": "Achievement",
                    "total": D("30.00"),
                    "minimum": D("60"),
                    "short": D("30.00"),
                    "done": 1,
                    "needed": 8,
                    "count": 8,
                    "items": ALL_BUT_GROUP,
                },
            ),
        ],
        [
            ("way_some_items", {"tier": "Participation", "points": D("0.00"), "possible": D("70.00"), "count": 2}),
            (
                "way_all_items",
                {"tier": "Achievement", "points": D("30.00"), "possible": D("70.00"), "items": ALL_BUT_GROUP},
            ),
            ("most_without", {"tier": "Achievement", "item": "essay", "most": D("60.00")}),
        ],
    ),
    "nothing": (
        [
            ("nothing_earned", {"total": D("0.00")}),
            (
                "both_short_more_than_half",
                {
                    "tier": "Participation",
                    "total": D("0.00"),
                    "minimum": D("30"),
                    "short": D("30.00"),
                    "done": 0,
                    "needed": 5,
                    "count": 8,
                    "items": ALL,
                },
            ),
            (
                "both_short_all",
                {
                    "tier": "Achievement",
                    "total": D("0.00"),
                    "minimum": D("60"),
                    "short": D("60.00"),
                    "done": 0,
                    "needed": 8,
                    "count": 8,
                    "items": ALL,
                },
            ),
        ],
        [
            ("way_some_items", {"tier": "Participation", "points": D("30.00"), "possible": D("100.00"), "count": 5}),
            ("way_all_items", {"tier": "Achievement", "points": D("60.00"), "possible": D("100.00"), "items": ALL}),
            ("most_without", {"tier": "Achievement", "item": "essay", "most": D("60.00")}),
        ],
    ),
    "lost": (
        [
            ("nothing_earned", {"total": D("0.00")}),
            (
                "both_short_more_than_half",
                {
                    "tier": "Participation",
                    "total": D("0.00"),
                    "minimum": D("30"),
                    "short": D("30.00"),
                    "done": 0,
                    "needed": 5,
                    "count": 8,
                    "items": ALL,
                },
            ),
            (
                "both_short_all",
                {
                    "tier": "Achievement",
                    "total": D("0.00"),
                    "minimum": D("60"),
                    "short": D("60.00"),
                    "done": 0,
                    "needed": 8,
                    "count": 8,
                    "items": ALL,
                },
            ),
        ],
        [
            ("way_closed_incomplete", {"tier": "Participation", "items": ALL_BUT_ESSAY}),
            ("way_closed_incomplete", {"tier": "Achievement", "items": ALL_BUT_ESSAY}),
        ],
    ),
    "poor": (
        [
            ("nothing_earned", {"total": D("0.00")}),
            (
                "only_points_short",
                {
                    "tier": "Participation",
                    "total": D("0.00"),
                    "minimum": D("30"),
                    "short": D("30.00"),
                    "done": 7,
                    "needed": 5,
                    "count": 8,
                    "items": ("essay",),
                },
            ),
            (
                "both_short_all",
                {
                    "tier": "Achievement",
                    "total": D("0.00"),
                    "minimum": D("60"),
                    "short": D("60.00"),
                    "done": 7,
                    "needed": 8,
                    "count": 8,
                    "items": ("essay",),
                },
            ),
        ],
        [
            ("way_one_item", {"tier": "Participation", "points": D("30.00"), "possible": D("40.00"), "item": "essay"}),
            ("way_closed_points", {"tier": "Achievement", "minimum": D("60"), "most": D("40.00")}),
        ],
    ),
    "one quiz and the essay to come": (
        [
            (
                "earned_more_than_half",
                {
                    "tier": "Participation",
                    "total": D("47.08"),
                    "minimum": D("30"),
                    "done": 6,
                    "needed": 5,
                    "count": 8,
                    "items": ("quiz-1", "essay"),
                },
            ),
            (
                "both_short_all",
                {
                    "tier": "Achievement",
                    "total": D("47.08"),
                    "minimum": D("60"),
                    "short": D("12.92"),
                    "done": 6,
                    "needed": 8,
                    "count": 8,
                    "items": ("quiz-1", "essay"),
                },
            ),
        ],
        [
            (
                "way_all_items",
                {"tier": "Achievement", "points": D("12.92"), "possible": D("45.00"), "items": ("quiz-1", "essay")},
            ),
            ("way_at_least", {"tier": "Achievement", "item": "essay", "points": D("7.92"), "possible": D("40")}),
            ("most_without", {"tier": "Achievement", "item": "essay", "most": D("52.08")}),
        ],
    ),
}


def _plain(reasons: Sequence[Reason]) -> list[tuple[str, dict[str, Any]]]:
    def value(one: Any) -> Any:
        if isinstance(one, dict):
            return one["und"]
        return tuple(map(value, one)) if isinstance(one, tuple) else one

    return [(reason.code, {name: value(one) for name, one in reason.params.items()}) for reason in reasons]


@pytest.mark.parametrize("situation", SITUATIONS)
def test_each_situation_has_its_reasons_and_ways_with_all_their_figures(situation: str) -> None:
    given, tiers = SITUATIONS[situation]
    reasons, ways = EXPECTED[situation]
    assert _plain(certificate_for(given, tiers).reasons) == reasons
    assert _plain(ways_up(given, tiers)) == ways


def test_each_condition_says_what_there_is_and_what_is_needed() -> None:
    achievement, participation = certificate_for(results("30", "30", None), TIERS).tiers
    counts = {"done": 7, "count": 8, "items": ({"und": "essay"},)}
    assert achievement == TierCheck(
        ACHIEVEMENT,
        Condition(Reason("points", {"total": D("60.00"), "minimum": D(60)}), True),
        Condition(Reason("complete_all", {**counts, "needed": 8}), False),
    )
    assert participation.completeness == Condition(Reason("complete_more_than_half", {**counts, "needed": 5}), True)
    assert (
        certificate_for(results("30", "30", None), NUMBER_TIERS).tiers[1].completeness.reason.code == "complete_number"
    )


def test_what_is_not_required_is_missing_from_no_list_and_closes_no_way() -> None:
    given = [replace(result, is_required=result.key != "essay") for result in results("30", "25", None)]
    decision = certificate_for(given, TIERS)
    assert (decision.missing, decision.kind) == ((), "participation")
    (way,) = ways_up(given, TIERS)
    assert (way.code, way.params["points"]) == ("way_one_item", D("5.00"))
    lost = [
        replace(result, is_required=result.key != "quiz-1") for result in [*LOST[:1], *results("30", "25", None)[1:]]
    ]
    assert [way.code for way in ways_up(lost, TIERS)] == ["way_one_item", "most_without"]
    assert least_points(lost, ACHIEVEMENT, "essay") == D("10.00")


def test_a_decision_says_plainly_whether_it_is_pending_or_withdrawn() -> None:
    for given, withdrawn, status in (
        (results("30", "30", "40"), False, "achievement"),
        (results("0", None, None), False, "none"),
        ([*results("30", "30", None)[:-1], waiting("essay")], False, "pending"),
        ([*results("30", "30", None)[:-1], waiting("essay")], True, "withdrawn"),
    ):
        decision = certificate_for(given, TIERS, withdrawn)
        assert (decision.status, decision.is_withdrawn, decision.is_pending) == (status, withdrawn, status == "pending")
    assert certificate_for(results("0", None, None), TIERS, True).reasons == (Reason("withdrawn"),)


# What is wrong with a scheme


def test_each_fault_names_its_figures_and_its_field() -> None:
    quizzes, group, essay = SCHEME.categories
    first = SCHEME.items[0]
    top, low = SCHEME.tiers

    def of(**changes: Any) -> list[Fault]:
        return list(replace(SCHEME, **changes).faults())

    light = replace(quizzes, weight=D(29))
    assert of(categories=(light, group, essay)) == [
        Fault("weights_not_100", {"sum": D("99.00")}, "weight-quizzes"),
        Fault("maxima_not_weight", {"category": quizzes.title, "sum": D("30.00"), "weight": D(29)}, "weight-quizzes"),
    ]
    negative = (replace(quizzes, weight=D(-1)), replace(group, weight=D(61)), essay)
    assert of(categories=negative)[0] == Fault("weight_negative", {"category": quizzes.title}, "weight-quizzes")
    assert of(categories=(), items=(), tiers=()) == [
        Fault("weights_not_100", {"sum": D("0.00")}), Fault("nothing_required"), Fault("no_tiers"),
    ]  # fmt: skip
    assert Fault("key_twice", {"key": "quiz-1"}) in of(items=(first, first))
    stray = replace(first, category="nowhere")
    assert Fault("category_unknown", {"item": first.title, "key": "nowhere"}) in of(items=(stray, *SCHEME.items[1:]))
    fine = replace(first, maximum=D("4.995"))
    assert Fault("maximum_not_points", {"item": first.title}, "maximum-quiz-1") in of(items=(fine, *SCHEME.items[1:]))
    below = replace(first, maximum=D("-0.01"))
    assert Fault("maximum_not_points", {"item": first.title}, "maximum-quiz-1") in of(items=(below, *SCHEME.items[1:]))
    nothing = replace(first, maximum=D(0))
    assert "maximum_not_points" not in {fault.code for fault in of(items=(nothing, *SCHEME.items[1:]))}
    optional = tuple(replace(item, required=False) for item in SCHEME.items)
    assert Fault("nothing_required", at="required-quiz-1") in of(items=optional)
    for minimum in ("-0.01", "100.01"):
        assert Fault("minimum_out_of_range", {"tier": top.title, "minimum": D(minimum)}, "minimum-achievement") in of(
            tiers=(replace(top, minimum=D(minimum)), low)
        )
    for minimum in ("0", "100"):
        assert of(tiers=(replace(top, minimum=D(minimum)),)) == []
    odd = replace(top, completeness="most")
    assert of(tiers=(odd,)) == [
        Fault("completeness_unknown", {"tier": top.title, "value": "most"}, "completeness-achievement")
    ]
    for number in (None, 0, 9):
        some = replace(top, completeness="number", number=number)
        assert of(tiers=(some,)) == [
            Fault("number_out_of_range", {"tier": top.title, "count": 8}, "number-achievement")
        ]
    for number in (1, 8):
        assert of(tiers=(replace(top, completeness="number", number=number),)) == []
    titles = {"higher": top.title, "lower": low.title}
    for minimum in ("60", "60.01"):
        assert of(tiers=(top, replace(low, minimum=D(minimum)))) == [
            Fault("tiers_not_descending", titles, "minimum-participation")
        ]
    assert of(tiers=(top, replace(low, minimum=D("59.99")))) == []
    swapped = (replace(top, completeness="more_than_half"), replace(low, completeness="all"))
    assert of(tiers=swapped) == [Fault("lower_tier_asks_more", titles, "completeness-participation")]
    assert of(tiers=(replace(top, completeness="more_than_half"), low)) == []


def test_a_number_that_is_not_named_asks_for_nothing() -> None:
    assert items_needed(replace(ACHIEVEMENT, completeness="number", number=None), 8) == 0
    assert items_needed(THREE_PIECES, 8) == 3


# Points


def test_what_is_no_point_is_refused_with_a_sentence() -> None:
    with pytest.raises(TypeError, match=r"^points are exact: use Fraction or Decimal$"):
        round_points(0.1)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"^-1 points: points are never negative$"):
        round_points(-1)
    assert (str(round_points(0)), str(round_points(Fraction(1, 3))), str(sum_points([]))) == ("0.00", "0.33", "0.00")
    with pytest.raises(ValueError, match=r"^essay: only a marked item has points$"):
        replace(missing("essay"), state=State.MARKED)
    with pytest.raises(ValueError, match=re.escape("essay: 41 points of at most 40")):
        marked("essay", "41")


def test_trying_points_leaves_other_awaited_marks_missing_and_everything_else_as_it_is() -> None:
    given = [waiting("quiz-1"), waiting("quiz-2"), missing("group"), EXCUSED_ESSAY]
    tried = with_points(given, {"quiz-2": D("2.5")})
    assert [result.state for result in tried] == [State.MISSING, State.MARKED, State.MISSING, State.EXCUSED]
    assert (tried[1].points, tried[1].is_complete) == (D("2.5"), True)


# Another scheme, and a sheet


def test_right_answers_are_counted_anew_and_nothing_else() -> None:
    quiz = {"right": "10/3", "questions": 10}
    assert points_under(D("1.67"), quiz, D(4)) == D("1.33")
    for basis in ({}, {"right": "9"}, {"right": "9", "questions": 0}, {"questions": 10}):
        assert points_under(D("4.50"), basis, D(4)) == D("4.50")
    assert points_under(None, quiz, D(4)) is None


def _scheme(**maxima: str) -> GradingScheme:
    items = tuple(
        replace(item, maximum=D(maxima.get(item.key.replace("-", "_"), item.maximum))) for item in SCHEME.items
    )
    return replace(SCHEME, items=items)


def _given(*given: ItemResult, **bases: dict[str, Any]) -> Given:
    return Given(given, {key.replace("_", "-"): basis for key, basis in bases.items()})


def test_marks_above_a_new_maximum_are_named_with_the_highest() -> None:
    title = SCHEME.items[0].title
    four = _scheme(quiz_1="4")
    one, other = marked("quiz-1", "4.5"), marked("quiz-1", "4.75")
    everybody = [_given(one), _given(other), _given(missing("quiz-1")), _given(marked("quiz-1", "4.25"))]
    fault = Fault("marks_above_maximum", {"item": title, "maximum": D(4), "points": D("4.75")}, "maximum-quiz-1")
    assert change_faults(SCHEME, four, everybody) == (fault,)
    counted = _given(other, quiz_1={"right": "9.5", "questions": 10})
    assert change_faults(SCHEME, four, [counted, _given(marked("quiz-1", "4"))]) == ()
    assert change_faults(SCHEME, SCHEME, everybody) == ()
    rubric = Fault(
        "maximum_of_rubric",
        {"item": {"en": "Group work", "fr": "Group work (fr)"}, "maximum": D(30)},
        "maximum-group-work",
    )
    assert change_faults(SCHEME, _scheme(quiz_1="4", group_work="31"), [_given(one)])[1] == rubric


def test_only_what_has_another_maximum_is_counted_anew() -> None:
    basis = {"right": "9", "questions": 10}
    given = _given(marked("quiz-1", "4"), marked("quiz-2", "4"), quiz_1=basis, quiz_2=basis)
    items = tuple(replace(item, required=item.key == "quiz-1") for item in _scheme(quiz_1="4").items[:2])
    decision = decision_under(given, replace(SCHEME, items=items))
    assert decision.total == D("7.60")
    assert decision.tiers[0].completeness.reason.params["count"] == 1
    with pytest.raises(ValueError):
        decision_under(_given(marked("quiz-1", "4.5")), replace(SCHEME, items=items))


@pytest.mark.parametrize(
    ("typed", "points", "is_word", "is_stale", "outcome", "after", "fault"),
    [
        ("Excused", None, True, True, Outcome.SAME, None, ""),
        ("five", None, False, True, Outcome.FAULTY, None, "number"),
        ("-0.01", "-0.01", False, False, Outcome.FAULTY, None, "range"),
        ("5.01", "5.01", False, False, Outcome.FAULTY, None, "range"),
        ("5", "5", False, False, Outcome.CHANGED, "5", ""),
        ("0", "0", False, False, Outcome.CHANGED, "0", ""),
        ("4", "4.00", False, True, Outcome.SAME, "4.00", ""),
        ("3", "3", False, True, Outcome.CONFLICT, "3", ""),
    ],
)
def test_a_cell_of_a_sheet_stays_changes_conflicts_or_is_refused(
    typed: str, points: str | None, is_word: bool, is_stale: bool, outcome: Outcome, after: str | None, fault: str
) -> None:
    number = None if points is None else D(points)
    plan = plan_cell(marked("quiz-1", "4"), typed, number, is_word=is_word, is_stale=is_stale)
    assert plan is not None
    assert (plan.outcome, plan.after, plan.fault, plan.typed) == (
        outcome,
        None if after is None else D(after),
        fault,
        typed,
    )
    assert plan.result == marked("quiz-1", "4")
    assert plan_cell(marked("quiz-1", "4"), "", None, is_word=False, is_stale=False) is None


def test_a_revision_counts_the_lines_of_the_same_items_or_says_nothing() -> None:
    assert lines_at("r1.0.12", ["a", "b", "c"]) == {"a": 1, "b": 0, "c": 12}
    for revision in ("", "1.0.12", "r1.0", "r1.0.12.3", "r1.0.x", "r1..2", "rr1.0.12"):
        assert lines_at(revision, ["a", "b", "c"]) is None


# The edges


def test_exactly_all_that_is_open_is_still_enough() -> None:
    given = results("10", "10", None)
    assert least_points(given, ACHIEVEMENT, "essay") == D("40.00")
    assert [way.code for way in ways_up(given, TIERS)][-2:] == ["way_one_item", "most_without"]
    assert least_points(results("10", "9.99", None), ACHIEVEMENT, "essay") is None


def test_where_only_points_are_short_no_more_work_is_asked_for() -> None:
    given = [*results("6", None, None)[:-2], missing("group"), missing("essay")]
    low, _high = ways_up(given, TIERS)[:2]
    assert (low.code, low.params["count"], low.params["points"]) == ("way_some_items", 0, D("24.00"))


def test_a_scheme_finds_its_items_and_tiers_by_key_or_nothing() -> None:
    assert SCHEME.find_item("quiz-2") == SCHEME.items[1]
    assert SCHEME.find_tier("participation") == SCHEME.tiers[1]
    assert (SCHEME.find_item("quiz-9"), SCHEME.find_tier("gold"), SCHEME.find_tier(None)) == (None, None, None)


def test_a_category_may_weigh_nothing_or_half_a_point_and_a_maximum_may_have_decimals() -> None:
    quizzes, group, essay = SCHEME.categories
    for weight in ("0", "0.5"):
        light = replace(SCHEME, categories=(replace(quizzes, weight=D(weight)), group, essay))
        assert [fault.code for fault in light.faults()] == ["weights_not_100", "maxima_not_weight"]
    for maximum in ("4.5", "4.55"):
        items = (replace(SCHEME.items[0], maximum=D(maximum)), *SCHEME.items[1:])
        assert [fault.code for fault in replace(SCHEME, items=items).faults()] == ["maxima_not_weight"]


def test_a_mark_of_nothing_and_a_small_one_fit_under_a_small_maximum() -> None:
    small = _scheme(quiz_1="0.5", quiz_2="0.75")
    assert change_faults(SCHEME, small, []) == ()
    assert change_faults(SCHEME, small, [_given(marked("quiz-1", "0"), marked("quiz-2", "0.75"))]) == ()
    high = [_given(missing("quiz-1"), marked("quiz-2", "0.76"))]
    assert [fault.at for fault in change_faults(SCHEME, small, high)] == ["maximum-quiz-2"]
    (fault,) = change_faults(SCHEME, replace(SCHEME, items=SCHEME.items[:-1]), [])
    assert (fault.code, fault.params, fault.at) == ("item_handed_in", {"item": SCHEME.items[-1].title}, "")


def test_who_has_left_gets_nothing_under_any_scheme() -> None:
    given = Given(results("30", "30", "40"), {}, is_withdrawn=True)
    items = tuple(
        replace(item, key=result.key, maximum=result.maximum)
        for item, result in zip(SCHEME.items, given.results, strict=True)
    )
    assert decision_under(given, replace(SCHEME, items=items)).status == "withdrawn"
    assert decision_under(replace(given, is_withdrawn=False), replace(SCHEME, items=items)).status == "achievement"
