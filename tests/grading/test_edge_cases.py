"""The edge cases of scoring and thresholds that other systems got wrong, each by its number."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from lms.core.db import db
from lms.core.errors import RuleViolation
from lms.core.forms import parse_points
from lms.courses.domain.content import TierPlan
from lms.grading.domain.decision import certificate_for
from lms.grading.domain.points import round_points, sum_points
from lms.grading.domain.results import ItemResult, State
from lms.grading.domain.scheme import GradingScheme
from lms.grading.queries import class_results, get_item, standing_of
from lms.grading.services import excuse, override_points, post_entry
from tests.factories import Cast, small_course
from tests.grading.test_domain import ACHIEVEMENT, PARTICIPATION, TIERS, missing, results, waiting

AsRole = Callable[[str], Any]


@pytest.fixture
def post(cast: Cast, now: datetime) -> Callable[..., None]:
    def posting(key: str, points: Fraction | Decimal | None, **more: Any) -> None:
        post_entry(
            edition_id=cast.edition.id, enrolment_id=cast.enrolments["participant"], item_key=key, points=points,
            state="submitted" if points is None else "marked", actor_id=None, now=now,
            **{"is_complete": points is not None, "basis": {}, "source": "submission 1", **more},
        )  # fmt: skip

    return posting


@pytest.mark.parametrize(
    ("total", "essay", "kind"),
    [
        ("29.99", True, None), ("30.00", True, "participation"), ("59.99", True, "participation"),
        ("60.00", True, "achievement"), ("29.99", False, None), ("30.00", False, "participation"),
        ("59.99", False, "participation"), ("60.00", False, "participation"),
    ],
)  # fmt: skip
def test_edge_case_1_the_figure_shown_is_the_figure_compared(
    cast: Cast, post: Any, as_role: AsRole, now: datetime, total: str, essay: bool, kind: str | None
) -> None:
    """Edge case 1: rounded once, half up, on entering; 29.99, 30.00, 59.99 and 60.00 with and without the essay."""
    for n in range(1, 7):
        post(f"quiz-{n}", Decimal(0))
    rest = Decimal(total)
    for key, maximum in [(f"quiz-{n}", 5) for n in range(1, 7)] + [("group-work", 30)]:
        part = min(rest, Decimal(maximum))
        post(key, part)
        rest -= part
    if essay:
        post("final-assignment", rest)
    for key in ("group-work", "final-assignment"):
        get_item(cast.edition.id, key).released_at = now
    db.session.commit()
    standing = standing_of(cast.edition, cast.enrolment("participant"), released_only=False)
    assert (standing.decision.total, standing.decision.kind) == (Decimal(total), kind)
    for role, path in (("participant", "results"), ("tutor", "gradebook")):
        assert f"<strong>{total}</strong>" in as_role(role).get(f"/editions/R1/{path}").text


def test_edge_case_1_a_half_hundredth_goes_up_once_and_never_again() -> None:
    """Edge case 1: 59.995 enters as 60.00 and counts as 60; two halves that are rounded apart show what they add up to."""
    assert round_points(Decimal("59.995")) == Decimal("60.00")
    assert round_points(Decimal("59.9949999")) == Decimal("59.99")
    assert sum_points([round_points(Fraction(1, 200)), round_points(Fraction(1, 200))]) == Decimal("0.02")


def test_edge_case_2_tenths_and_thirds_sum_exactly(cast: Cast, post: Any) -> None:
    """Edge case 2: no binary floats: six quizzes of a tenth are 0.60; a third stays a third until it enters."""
    for n in range(1, 7):
        post(f"quiz-{n}", Fraction(1, 10))
    decision = standing_of(cast.edition, cast.enrolment("participant"), released_only=False).decision
    assert (decision.total, str(decision.total)) == (Decimal("0.60"), "0.60")
    thirds = sum([Fraction(10, 3) * Fraction(5, 10) for _n in range(3)], Fraction(0))
    assert (thirds, round_points(thirds)) == (5, Decimal("5.00"))
    with pytest.raises(TypeError):
        round_points(0.1)  # type: ignore[arg-type]


def test_edge_case_3_exactly_sixty_without_the_essay_is_participation_and_on_the_upgrade_list(
    cast: Cast, post: Any, now: datetime
) -> None:
    """Edge case 3: 30 + 30 + nothing."""
    from lms.certificates.domain import Action
    from lms.certificates.queries import issue_plan

    for n in range(1, 7):
        post(f"quiz-{n}", Decimal(5))
    post("group-work", Decimal(30))
    cast.edition.closed_at = now
    db.session.flush()
    (line,) = [line for line in issue_plan(cast.edition) if line.standing.name == "Participant"]
    assert (line.standing.decision.total, line.standing.decision.kind) == (Decimal("60.00"), "participation")
    assert line.action is Action.ISSUE
    assert line.standing.decision.missing == ("final-assignment",)


@pytest.mark.parametrize(
    ("total", "kind"), [("29.99", None), ("30.00", "participation"), ("59.5", "participation"), ("60", "achievement")]
)
def test_edge_case_4_there_is_no_gap_between_fifty_nine_and_sixty(total: str, kind: str | None) -> None:
    """Edge case 4: 29.99 none; 30.00 and 59.5 participation."""
    given = results("0", "0", "0")
    rest = Decimal(total)
    for place, result in enumerate(given):
        part = min(rest, result.maximum)
        given[place] = replace(result, points=part)
        rest -= part
    assert certificate_for(given, TIERS).kind == kind


def test_edge_case_5_a_zero_is_complete_and_a_wait_is_pending() -> None:
    """Edge case 5: essay marked 0 counts as 0 and is complete; handed in without a mark, the decision is pending."""
    zero = certificate_for(results("30", "30", "0"), TIERS)
    assert (zero.kind, zero.missing) == ("achievement", ())
    unmarked = certificate_for([*results("30", "30", None)[:-1], waiting("essay")], TIERS)
    assert (unmarked.kind, unmarked.is_pending, unmarked.secured) == (None, True, "participation")


def test_edge_case_6_missing_counts_nothing_and_is_never_shown_as_zero(
    cast: Cast, post: Any, as_role: AsRole, now: datetime, set_now: Any
) -> None:
    """Edge case 6: shown “missing”, never “0”; the running view shows “… of … points possible so far”."""
    post("quiz-1", Decimal("4.50"))
    post("quiz-2", Decimal(0))
    db.session.commit()
    set_now(now + timedelta(days=14))
    page = as_role("participant").get("/editions/R1/results").text
    assert "<strong>4.50</strong> of 15.00 points possible so far" in page
    assert page.count("0.00 / 5.00") == 1
    assert "Missing" in page
    (own,) = [one for one in class_results(cast.edition, now=now + timedelta(days=14)) if one.name == "Participant"]
    assert (own.result("quiz-3").state, own.result("quiz-3").points) == ("missing", None)


def test_edge_case_7_an_excuse_rebases_nothing_and_says_so(
    cast: Cast, post: Any, as_role: AsRole, now: datetime
) -> None:
    """Edge case 7: the total is not silently re-based: no item gains weight; credit is set by hand, with a reason."""
    for n in range(2, 7):
        post(f"quiz-{n}", Decimal(5))
    who: Any = {"enrolment_id": cast.enrolments["participant"], "item_key": "quiz-1", "now": now}
    excuse(cast.member("coordinator"), reason="In hospital", **who)
    db.session.commit()
    page = as_role("participant").get("/editions/R1/results").text
    assert "it counts as complete, with 0 of 5.00 points. The other work keeps its weight." in page
    assert "<strong>25.00</strong>" in page
    override_points(cast.member("coordinator"), points=Decimal("4.5"), reason="Credit for the oral exam", **who)
    standing = standing_of(cast.edition, cast.enrolment("participant"), released_only=False)
    assert standing.decision.total == Decimal("29.50")


@pytest.mark.parametrize(
    ("typed", "points"), [("8,5", "8.5"), ("8.50", "8.5"), ("٨٫٥", "8.5"), ("۸٫۵", "8.5"), (" 10 ", "10")]
)
def test_edge_case_8_commas_and_arabic_digits_are_understood(typed: str, points: str) -> None:
    """Edge case 8: “8,5” and Arabic-Indic digits are parsed."""
    assert parse_points(typed) == Decimal(points)


@pytest.mark.parametrize("typed", ["eight", "8.555", "8;5", "", "∞", "nan", "1e9"])
def test_edge_case_8_what_is_no_number_is_refused(typed: str) -> None:
    """Edge case 8: anything else is refused clearly."""
    with pytest.raises(ValueError, match=r"number|decimals"):
        parse_points(typed)


def test_edge_case_8_points_are_never_rescaled(cast: Cast, post: Any) -> None:
    """Edge case 8: the lowest total of a rubric is not stretched to 0; points are points."""
    post(
        "final-assignment", Decimal("11.50"), basis={"rubric": [{"title": "A", "points": "11.50", "maximum": "40.00"}]}
    )
    standing = standing_of(cast.edition, cast.enrolment("participant"), released_only=False)
    assert standing.result("final-assignment").points == Decimal("11.50")


def test_edge_case_9_an_edition_is_never_made_with_weights_that_do_not_add_up() -> None:
    """Edge case 9: the scheme of a course that does not add up to 100 is refused (changes: see test_scheme)."""
    scheme = GradingScheme.of(small_course().grading)
    heavy = replace(scheme.categories[0], weight=Decimal(31))
    codes = [fault.code for fault in replace(scheme, categories=(heavy, *scheme.categories[1:])).faults()]
    assert codes == ["weights_not_100", "maxima_not_weight"]


@pytest.mark.parametrize(("high", "low"), [("60", "60"), ("30", "60"), ("60", "60.01")])
def test_edge_case_10_tiers_that_overlap_or_invert_are_a_fault(high: str, low: str) -> None:
    """Edge case 10 (what issued certificates keep: see test_scheme)."""
    scheme = GradingScheme.of(small_course().grading)
    tiers = (replace(ACHIEVEMENT, minimum=Decimal(high)), replace(PARTICIPATION, minimum=Decimal(low)))
    assert "tiers_not_descending" in [fault.code for fault in replace(scheme, tiers=tiers).faults()]


@pytest.mark.parametrize("points", ["-0.01", "5.01"])
def test_edge_case_11_points_stay_between_nothing_and_the_maximum(
    cast: Cast, post: Any, now: datetime, points: str
) -> None:
    """Edge case 11: neither extra credit nor negative points: refused, not cut off."""
    with pytest.raises(ValueError):
        post("quiz-1", Decimal(points))
    with pytest.raises(RuleViolation):
        override_points(
            cast.member("coordinator"), enrolment_id=cast.enrolments["participant"], item_key="quiz-1",
            points=Decimal(points), reason="Extra", now=now,
        )  # fmt: skip


def test_edge_case_11_an_item_worth_nothing_divides_nothing(cast: Cast, as_role: AsRole, now: datetime) -> None:
    """Edge case 11: a maximum of 0 is no division error, and nobody has passed from 0 of 0."""
    nothing = ItemResult("practice", {"und": "Practice"}, "quiz", Decimal(0), is_required=False)
    tier = TierPlan("all", {"und": "All"}, Decimal(30), "all")
    for given in (nothing, replace(nothing, state=State.MARKED, points=Decimal("0.00"), is_complete=True)):
        decision = certificate_for([given, missing("essay")], (tier,))
        assert (decision.kind, decision.total) == (None, Decimal("0.00"))
    version = standing_of(cast.edition, cast.enrolment("participant"), released_only=False).version
    document = dict(version.document)
    document["items"] = [{**item, "maximum": "0"} for item in document["items"]]
    version.document = document
    db.session.commit()
    for role, path in (("participant", "results"), ("tutor", "gradebook")):
        assert as_role(role).get(f"/editions/R1/{path}").status_code == 200
