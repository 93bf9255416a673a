"""Changing the scheme: faults at their fields, a trial on the class, a new version, amendments after closing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from lms.core.audit import AuditEvent
from lms.core.db import db
from lms.core.errors import NotAllowed, RuleViolation
from lms.grading.domain.decision import certificate_for
from lms.grading.domain.scheme import GradingScheme
from lms.grading.domain.simulation import Given, change_faults, decision_under, points_under
from lms.grading.models import Amendment, SchemeVersion
from lms.grading.queries import class_results, get_scheme, history, scheme_of, standing_of
from lms.grading.queries.simulation import simulate
from lms.grading.scheme_forms import SchemeDraft
from lms.grading.services import lift_decision, override_points, post_entry
from lms.grading.services.scheme_changes import change_scheme
from lms.grading.services.summaries import wrong_summaries
from tests.factories import Cast, small_course
from tests.grading.test_domain import any_results

AsRole = Callable[[str], Any]
PATH = "/editions/R1/gradebook/scheme"
SCHEME = GradingScheme.of(small_course().grading)


def with_minima(scheme: GradingScheme, high: str, low: str) -> GradingScheme:
    top, bottom = scheme.tiers
    return replace(scheme, tiers=(replace(top, minimum=Decimal(high)), replace(bottom, minimum=Decimal(low))))


def with_maxima(scheme: GradingScheme, **maxima: str) -> GradingScheme:
    wanted = {key.replace("_", "-"): Decimal(value) for key, value in maxima.items()}
    return replace(
        scheme, items=tuple(replace(item, maximum=wanted.get(item.key, item.maximum)) for item in scheme.items)
    )


@pytest.fixture
def marks(cast: Cast, now: datetime) -> Cast:
    """The participant has 9 of 10 in two quizzes, 25 in group work and 25 in the essay; the other 20 in group work."""

    def post(name: str, key: str, points: Fraction, **more: Any) -> None:
        post_entry(
            edition_id=cast.edition.id, enrolment_id=cast.enrolments[name], item_key=key, state="marked", points=points,
            is_complete=True, actor_id=None, now=now, **{"basis": {}, "source": "submission 1", **more},
        )  # fmt: skip

    for n in range(1, 7):
        post(
            "participant",
            f"quiz-{n}",
            Fraction(9, 2),
            basis={"right": "9", "questions": 10},
            source=f"quiz attempt {n}",
        )
    for name, key, points in (
        ("participant", "group-work", 25),
        ("participant", "final-assignment", 25),
        ("other_participant", "group-work", 20),
    ):
        post(name, key, Fraction(points))
    db.session.commit()
    return cast


def change(cast: Cast, scheme: GradingScheme, now: datetime, *, role: str = "coordinator", **more: Any) -> Any:
    return change_scheme(
        cast.member(role), scheme=scheme, now=now, **{"based_on": 1, "reason": "Decided by the council", **more}
    )


# The rule


@pytest.mark.parametrize(
    ("points", "basis", "maximum", "expected"),
    [
        ("4.50", {"right": "9", "questions": 10}, "4", "3.60"),
        ("1.67", {"right": "10/3", "questions": 10}, "4", "1.33"),
        ("1.67", {"right": "10/3", "questions": 10}, "5", "1.67"),
        ("20.00", {"rubric": []}, "40", "20.00"),
        ("20.00", {"right": "3", "questions": 0}, "40", "20.00"),
        (None, {"right": "9", "questions": 10}, "4", None),
    ],
)
def test_right_answers_are_counted_anew_and_other_points_are_points(
    points: str | None, basis: dict[str, Any], maximum: str, expected: str | None
) -> None:
    given_points = None if points is None else Decimal(points)
    assert points_under(given_points, basis, Decimal(maximum)) == (None if expected is None else Decimal(expected))


@given(any_results())
def test_under_the_same_scheme_everything_is_decided_the_same(results: Any) -> None:
    scheme = GradingScheme(
        (),
        tuple(replace(SCHEME.items[0], key=r.key, maximum=r.maximum, required=r.is_required) for r in results),
        SCHEME.tiers,
    )
    assert decision_under(Given(results, {}), scheme) == certificate_for(results, SCHEME.tiers)
    assert decision_under(Given(results, {}, is_withdrawn=True), scheme).status == "withdrawn"


@given(any_results(), st.integers(0, 100), st.integers(0, 100))
def test_a_lower_threshold_never_takes_a_certificate_away(results: Any, high: int, lower: int) -> None:
    scheme = GradingScheme(
        (), tuple(replace(SCHEME.items[0], key=r.key, maximum=r.maximum) for r in results), SCHEME.tiers
    )
    minimum = Decimal(min(high, lower))
    before = decision_under(
        Given(results, {}), replace(scheme, tiers=(replace(SCHEME.tiers[0], minimum=Decimal(high)),))
    )
    after = decision_under(Given(results, {}), replace(scheme, tiers=(replace(SCHEME.tiers[0], minimum=minimum),)))
    assert before.secured is None or after.secured == before.secured


def test_a_rubric_holds_its_maximum_and_no_mark_is_cut_off(marks: Cast, now: datetime) -> None:
    override_points(
        marks.member("coordinator"), enrolment_id=marks.enrolments["other_participant"], item_key="quiz-1",
        points=Decimal("4.50"), reason="Power cut", now=now,
    )  # fmt: skip
    faults = simulate(marks.edition, with_maxima(SCHEME, group_work="35", quiz_1="4", quiz_2="6")).faults
    assert [(fault.code, fault.at) for fault in faults] == [
        ("marks_above_maximum", "maximum-quiz-1"), ("maximum_of_rubric", "maximum-group-work"),
    ]  # fmt: skip
    assert faults[0].params["points"] == Decimal("4.50")
    assert change_faults(SCHEME, with_maxima(SCHEME, quiz_1="4.5"), []) == ()
    assert simulate(marks.edition, with_maxima(SCHEME, quiz_1="4.5", quiz_2="5.5")).faults == ()


# The service


def test_edge_case_9_weights_change_after_marks_with_a_trial_who_changes_and_a_record(
    marks: Cast, now: datetime
) -> None:
    """Edge case 9: weight change after marks: dry run, who changes tier, audit."""
    changed = with_maxima(SCHEME, quiz_1="4", quiz_2="6")
    trial = simulate(marks.edition, changed)
    assert trial.changes == []  # 9 of 10 in both: what one loses the other gains
    raised = with_minima(SCHEME, "80", "30")
    assert [
        (one.standing.name, one.before.status, one.after.status) for one in simulate(marks.edition, raised).tier_changes
    ] == [("Participant", "achievement", "participation")]
    assert (
        db.session.scalars(select(SchemeVersion).where(SchemeVersion.edition_id == marks.edition.id)).one().number == 1
    )
    change(marks, changed, now)
    version, in_force = get_scheme(marks.edition.id)
    assert (version.number, version.reason, in_force) == (2, "Decided by the council", changed)
    standing = standing_of(marks.edition, marks.enrolment("participant"), released_only=False)
    assert [standing.result(key).points for key in ("quiz-1", "quiz-2")] == [Decimal("3.60"), Decimal("5.40")]
    newest, oldest = history(standing.enrolment.id, "quiz-1")
    assert (newest[0].reason_code, newest[0].points, oldest[0].points) == (
        "scheme_changed",
        Decimal("3.60"),
        Decimal("4.50"),
    )
    assert wrong_summaries(marks.edition) == []
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "grading scheme changed")).one()
    assert (event.details["number"], event.details["reason"]) == (2, "Decided by the council")


def test_what_lies_under_a_decision_by_hand_is_counted_anew_too(marks: Cast, now: datetime) -> None:
    who: Any = {"enrolment_id": marks.enrolments["participant"], "item_key": "quiz-1", "now": now}
    override_points(marks.member("coordinator"), points=Decimal(2), reason="Copied", **who)
    change(marks, with_maxima(SCHEME, quiz_1="4", quiz_2="6"), now)
    standing = standing_of(marks.edition, marks.enrolment("participant"), released_only=False)
    assert standing.result("quiz-1").points == Decimal("2.00")
    assert lift_decision(marks.member("coordinator"), reason="A mistake", **who).points == Decimal("3.60")


def test_what_counts_as_required_changes_the_sums_of_everybody(marks: Cast, now: datetime) -> None:
    items = tuple(replace(item, required=item.kind != "quiz") for item in SCHEME.items)
    change(marks, replace(SCHEME, items=items), now)
    assert wrong_summaries(marks.edition) == []


@pytest.mark.parametrize(
    ("scheme", "more", "said"),
    [
        (with_minima(SCHEME, "80", "30"), {"reason": " "}, "Give a reason"),
        (with_minima(SCHEME, "80", "30"), {"based_on": 7}, "another version meanwhile"),
        (SCHEME, {}, "Nothing is different"),
        (with_minima(SCHEME, "30", "60"), {}, "must need fewer points"),
        (with_minima(SCHEME, "60", "60"), {}, "must need fewer points"),
        (with_maxima(SCHEME, quiz_1="4"), {}, "earns 29.00 points, its weight is 30"),
        (with_maxima(SCHEME, group_work="29", quiz_1="6"), {}, "follows the rubric"),
    ],
)
def test_edge_case_10_gaps_overlaps_and_inversions_are_refused(
    marks: Cast, now: datetime, scheme: GradingScheme, more: dict[str, Any], said: str
) -> None:
    """Edge case 10: two thresholds edited to overlap or invert are refused."""
    with pytest.raises(RuleViolation) as refused:
        change(marks, scheme, now, **more)
    assert said in refused.value.message
    assert get_scheme(marks.edition.id)[0].number == 1


@pytest.mark.parametrize("role", ["participant", "tutor", "sponsor_viewer"])
def test_only_coordinators_change_the_scheme(marks: Cast, now: datetime, role: str) -> None:
    with pytest.raises(NotAllowed):
        change(marks, with_minima(SCHEME, "80", "30"), now, role=role)


def test_after_closing_a_new_scheme_is_an_amendment_for_whom_it_concerns(marks: Cast, now: datetime) -> None:
    marks.edition.closed_at = now
    change(marks, with_minima(SCHEME, "80", "30"), now + timedelta(days=1))
    (line,) = db.session.scalars(select(Amendment)).all()
    assert (line.enrolment_id, line.status_before, line.status_after) == (
        marks.enrolments["participant"], "achievement", "participation",
    )  # fmt: skip
    assert line.recorded_by_id == marks.people["coordinator"]


def test_after_closing_a_change_of_points_is_an_amendment_with_its_effect(marks: Cast, now: datetime) -> None:
    coordinator = marks.member("coordinator")
    who: Any = {"enrolment_id": marks.enrolments["participant"], "item_key": "final-assignment"}
    override_points(coordinator, points=Decimal(24), reason="Before closing", now=now, **who)
    marks.edition.closed_at = now
    override_points(coordinator, points=Decimal(5), reason="Copied from a book", now=now + timedelta(days=2), **who)
    lift_decision(coordinator, reason="It was their own book", now=now + timedelta(days=3), **who)
    first, second = db.session.scalars(select(Amendment).order_by(Amendment.id)).all()
    assert (first.total_before, first.total_after) == (Decimal("76.00"), Decimal("57.00"))
    assert (first.status_before, first.status_after) == ("achievement", "participation")
    assert (second.total_after, second.status_after) == (Decimal("77.00"), "achievement")
    assert first.entry_id != second.entry_id


def test_posting_the_same_again_after_closing_amends_nothing(marks: Cast, now: datetime) -> None:
    marks.edition.closed_at = now
    post_entry(
        edition_id=marks.edition.id, enrolment_id=marks.enrolments["other_participant"], item_key="group-work",
        state="marked", points=Fraction(20), is_complete=True, basis={}, source="submission 1", actor_id=None, now=now,
    )  # fmt: skip
    assert db.session.scalars(select(Amendment)).all() == []


# The pages


def typed(scheme: GradingScheme = SCHEME, **changes: str) -> dict[str, str]:
    fields = {name: value for name, value in SchemeDraft.of(scheme).typed.items() if value}
    return {
        **fields,
        "based_on": "1",
        "reason": "",
        **{name.replace("__", "-"): value for name, value in changes.items()},
    }


def test_a_change_is_tried_on_the_class_then_saved_with_a_reason(as_role: AsRole, marks: Cast) -> None:
    browser = as_role("coordinator")
    assert "Version 1" in browser.get(PATH).text
    data = typed(**{"minimum-achievement": "80"})
    tried = browser.post(PATH, {**data, "action": "simulate"})
    assert tried.status_code == 200
    assert "1 person changes certificate" in tried.text
    assert "Certificate of Achievement → <strong>Certificate of Participation</strong>" in tried.text
    assert get_scheme(marks.edition.id)[0].number == 1
    digest = tried.text.split('name="simulated" value="')[1].split('"')[0]
    unsaid = browser.post(PATH, {**data, "action": "save", "simulated": digest})
    assert (unsaid.status_code, "Give a reason" in unsaid.text, "1 person changes" in unsaid.text) == (422, True, True)
    other = browser.post(
        PATH, {**data, "minimum-achievement": "90", "action": "save", "simulated": digest, "reason": "x"}
    )
    assert (other.status_code, get_scheme(marks.edition.id)[0].number) == (200, 1)
    saved = browser.post(PATH, {**data, "action": "save", "simulated": digest, "reason": "The council"})
    assert saved.status_code == 303
    page = browser.get(PATH).text
    assert "Version 2" in page
    assert "The council" in page
    stale = browser.post(PATH, {**typed(**{"minimum-achievement": "70"}), "action": "simulate"})
    digest = stale.text.split('name="simulated" value="')[1].split('"')[0]
    late = browser.post(
        PATH, {**typed(**{"minimum-achievement": "70"}), "action": "save", "simulated": digest, "reason": "y"}
    )
    assert (late.status_code, "another version meanwhile" in late.text) == (409, True)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("minimum-participation", "60", "must need fewer points"),
        ("minimum-participation", "75", "must need fewer points"),
        ("minimum-achievement", "101", "a number from 0 to 100"),
        ("minimum-achievement", "sixty", "is not a number"),
        ("weight-quizzes", "31", "must add up to 100"),
        ("maximum-quiz-1", "4", "must be equal"),
        ("maximum-quiz-1", "-1", "must be 0 or more"),
        ("completeness-participation", "number", "from 1 to 8"),
        ("maximum-group-work", "29", "must be equal"),
    ],
)
def test_a_fault_is_said_at_its_field_and_what_was_typed_stays(
    as_role: AsRole, marks: Cast, field: str, value: str, said: str
) -> None:
    refused = as_role("coordinator").post(PATH, {**typed(**{field: value}), "action": "save", "reason": "Because"})
    assert refused.status_code == 422
    assert said in refused.text
    assert "-error" in refused.text
    assert f'value="{value}"' in refused.text
    assert get_scheme(marks.edition.id)[0].number == 1


def test_a_decimal_comma_is_understood(as_role: AsRole, marks: Cast) -> None:
    tried = as_role("coordinator").post(PATH, {**typed(**{"minimum-achievement": "59,5"}), "action": "simulate"})
    assert (tried.status_code, "0 people change certificate" in tried.text) == (200, True)


@pytest.mark.parametrize(("role", "status"), [("tutor", 403), ("participant", 403), ("other_coordinator", 404)])
def test_the_scheme_is_for_coordinators_of_the_edition(as_role: AsRole, role: str, status: int) -> None:
    assert as_role(role).get(PATH).status_code == status
    assert as_role(role).post(PATH, typed()).status_code == status


def test_amendments_are_listed_with_author_reason_and_effect(
    as_role: AsRole, marks: Cast, now: datetime, set_now: Any, count_queries: Any
) -> None:
    address = "/editions/R1/gradebook/amendments"
    assert "Nothing was changed after closing" in as_role("tutor").get(address).text
    marks.edition.closed_at = now
    set_now(now + timedelta(days=1))
    override_points(
        marks.member("coordinator"), enrolment_id=marks.enrolments["participant"], item_key="final-assignment",
        points=Decimal(5), reason="Copied from a book", now=now + timedelta(days=1),
    )  # fmt: skip
    db.session.commit()
    browser = as_role("tutor")
    page = browser.get(address).text
    for words in (
        "Copied from a book",
        "Coordinator",
        "77.00 → <strong>57.00</strong>",
        # The arrow points on from the figure before it, whatever the direction of the title.
        "<bdi>Final\u00a0assignment</bdi></a> · 25.00 → <strong>5.00</strong>",
    ):
        assert words in page
    change(marks, with_minima(SCHEME, "50", "30"), now + timedelta(days=2))
    with count_queries() as statements:
        page = browser.get(address).text
    assert "Version 2 of the grading scheme" in page
    assert len(statements) <= 8
    assert "Amendments" in browser.get("/editions/R1/gradebook").text
    assert as_role("participant").get(address).status_code == 403
    assert as_role("other_tutor").get(address).status_code == 404


def test_edge_case_10_an_issued_certificate_keeps_the_version_it_was_decided_by(
    marks: Cast, now: datetime, as_role: AsRole
) -> None:
    """Edge case 10: threshold change after issue: existing certificates keep their rule version."""
    from lms.certificates.models import Certificate
    from lms.certificates.services import close_edition, issue_certificates

    coordinator = marks.member("coordinator")
    close_edition(actor=coordinator, now=now)
    issue_certificates(actor=coordinator, public_url="http://localhost", now=now, most=50)
    db.session.commit()
    trial = as_role("coordinator").post(PATH, {**typed(**{"minimum-achievement": "80"}), "action": "simulate"}).text
    assert "A certificate was issued: Certificate of Achievement. It stays as it is." in trial
    change(marks, with_minima(SCHEME, "80", "30"), now + timedelta(days=1))
    kept = db.session.scalars(
        select(Certificate).where(Certificate.enrolment_id == marks.enrolments["participant"])
    ).one()
    version = db.session.get_one(SchemeVersion, kept.scheme_version_id)
    assert (kept.kind, version.number, scheme_of(version).tiers[0].minimum) == ("achievement", 1, Decimal(60))
    (standing,) = [one for one in class_results(marks.edition) if one.name == "Participant"]
    assert standing.decision.status == "participation"
    page = as_role("tutor").get("/editions/R1/gradebook/amendments").text
    assert "Differs from the marks" in page
