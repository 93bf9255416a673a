"""What lateness costs: told beforehand, taken from the mark, waivable, and dropped when more time is given."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from lms.assignments.domain.lateness import Penalty, days_late, is_still_accepted, penalty_for, points_left
from lms.assignments.domain.rubrics import Part
from lms.assignments.records import PenaltyDecision
from lms.assignments.services.lateness import decide_penalty
from lms.assignments.services.submissions import reopen_submission
from lms.assignments.services.tasks import adopt_assignment, change_task, offered_plans, settings_of
from lms.assignments.wording import late_cost
from lms.core.audit import AuditEvent
from lms.core.db import db
from lms.core.errors import NotAllowed, NotFound, RuleViolation
from lms.core.outbox import OutboxMessage
from lms.courses.documents import from_document, to_document
from lms.courses.domain.content import AssignmentPlan, LatePolicy
from lms.grading.services import grant_extension, override_points
from tests.assignments.making import (
    ESSAY,
    ESSAY_DUE,
    ESSAY_OPEN,
    ESSAY_TOO_LATE,
    GROUP_OPEN,
    GROUP_TOO_LATE,
    TEAMWORK,
    assignment,
    essay_of,
    finish,
    hand_in,
    ledger,
    make_group,
    teamwork_of,
    words,
    write,
)
from tests.factories import Cast

ONE_A_DAY = LatePolicy("penalty", Decimal(1))
FORTY = Decimal(40)
# Two days before group work opens.
GROUP_BEFORE = datetime(2026, 3, 7, 9, 0, tzinfo=UTC)
TWO_DAYS_LATE = ESSAY_TOO_LATE + timedelta(hours=30)


def late_rule(cast: Cast, policy: LatePolicy, key: str = ESSAY) -> None:
    """Give an assignment of R1 this rule."""
    task = assignment(cast, key)
    task.document = {**task.document, "late": to_document(policy)}
    db.session.flush()


# The pure rule


@pytest.mark.parametrize(
    ("minutes", "days"), [(0, 0), (1, 1), (120, 1), (1440, 1), (1441, 2), (2880, 2), (2881, 3), (14400, 10)]
)
def test_a_day_counts_from_its_first_minute_to_its_last(minutes: int, days: int) -> None:
    assert days_late(minutes) == days


@pytest.mark.parametrize(
    ("policy", "minutes", "expected"),
    [
        (LatePolicy("accept"), 3000, None),
        (LatePolicy("closed"), 3000, None),
        (ONE_A_DAY, 0, None),
        (ONE_A_DAY, 1, Penalty(1, Decimal(1), Decimal(1))),
        (ONE_A_DAY, 2880, Penalty(2, Decimal(1), Decimal(2))),
        (LatePolicy("penalty", Decimal("2.5"), "percent"), 1441, Penalty(2, Decimal(1), Decimal(2))),
        (LatePolicy("penalty", Decimal(2), maximum=Decimal(5)), 5000, Penalty(4, Decimal(2), Decimal(5), True)),
        (LatePolicy("penalty", Decimal(2), maximum=Decimal(8)), 5000, Penalty(4, Decimal(2), Decimal(8))),
        (LatePolicy("penalty", Decimal(50), "percent"), 5000, Penalty(4, Decimal(20), FORTY, True)),
    ],
)
def test_what_lateness_costs_of_forty_points(policy: LatePolicy, minutes: int, expected: Penalty | None) -> None:
    assert penalty_for(policy, minutes, FORTY) == expected


hundredths = st.integers(0, 4000).map(lambda number: Decimal(number) / 100)


@given(hundredths, hundredths.filter(bool), st.none() | hundredths, st.integers(0, 100_000), st.integers(0, 100_000))
def test_lateness_never_earns_points_and_never_costs_more_than_there_are(
    mark: Decimal, per_day: Decimal, most: Decimal | None, sooner: int, more: int
) -> None:
    policy = LatePolicy("penalty", per_day, maximum=most)
    earlier = points_left(mark, penalty_for(policy, sooner, FORTY))
    later = points_left(mark, penalty_for(policy, sooner + more, FORTY))
    assert 0 <= later <= earlier <= mark
    if most is not None:
        assert later >= mark - most


@pytest.mark.parametrize(("minutes", "accepted"), [(0, True), (1, True), (4320, True), (4321, False)])
def test_work_is_taken_for_so_many_days_and_no_longer(minutes: int, accepted: bool) -> None:
    # The stated minute itself is in time, so the first late minute begins one minute after it.
    now = ESSAY_DUE + timedelta(minutes=minutes)
    assert is_still_accepted(LatePolicy("accept", days=3), ESSAY_DUE, now) is accepted


@given(
    st.sampled_from(["accept", "penalty", "closed"]),
    hundredths,
    st.sampled_from(["points", "percent"]),
    st.none() | hundredths,
    st.none() | st.integers(1, 365),
)
def test_a_policy_survives_being_kept(
    policy: str, per_day: Decimal, unit: str, most: Decimal | None, days: int | None
) -> None:
    kept = LatePolicy(policy, per_day, unit, most, days)
    assert from_document(LatePolicy, to_document(kept)) == kept


def test_a_policy_of_one_word_is_kept_as_that_word_as_releases_have_it() -> None:
    assert to_document(LatePolicy("closed")) == "closed"
    assert from_document(LatePolicy, "accept") == LatePolicy()


# The ledger


def test_edge_case_26_late_work_is_kept_with_its_minutes_and_costs_what_the_rule_says(cast: Cast) -> None:
    """Edge case 26: stored with its lateness in minutes, shown as late, and only the rule's penalty is taken."""
    late_rule(cast, ONE_A_DAY)
    submission = essay_of(cast, "participant", TWO_DAYS_LATE)
    assert submission.late_by_minutes == 30 * 60 + 1
    finish(cast, submission, TWO_DAYS_LATE, "8")
    line = ledger(cast, "participant")[-1]
    assert line.points == Decimal("30.00")
    assert line.basis["late_by_minutes"] == 1801
    assert line.basis["penalty"] == {
        "days": 2, "per_day": "1", "points": "2", "capped": False, "before": "32", "waived": None,
    }  # fmt: skip


def test_edge_case_26_without_a_penalty_in_the_rule_lateness_costs_nothing(cast: Cast) -> None:
    """Edge case 26: a penalty only where one is configured."""
    submission = essay_of(cast, "participant", TWO_DAYS_LATE)
    finish(cast, submission, TWO_DAYS_LATE, "8")
    line = ledger(cast, "participant")[-1]
    assert (line.points, line.basis["late_by_minutes"]) == (Decimal("32.00"), 1801)
    assert "penalty" not in line.basis


def test_edge_case_26_work_after_the_deadline_never_takes_the_place_of_what_came_in_time(cast: Cast) -> None:
    """Edge case 26: the version that came in time, marked or not, is never overwritten by a late one."""
    late_rule(cast, ONE_A_DAY)
    on_time = essay_of(cast, "participant", ESSAY_OPEN)
    finish(cast, on_time, ESSAY_OPEN, "8")
    with pytest.raises(RuleViolation):
        write(cast, "participant", words(1700), TWO_DAYS_LATE)
    with pytest.raises(RuleViolation):
        hand_in(cast, "participant", TWO_DAYS_LATE)
    assert ledger(cast, "participant")[-1].points == Decimal("32.00")


def test_work_that_a_tutor_gave_back_costs_no_more_than_its_first_version(cast: Cast) -> None:
    late_rule(cast, ONE_A_DAY)
    first = essay_of(cast, "participant", ESSAY_OPEN)
    reopen_submission(cast.member("tutor"), submission_id=first.id, reason="Sources", now=TWO_DAYS_LATE)
    second = essay_of(cast, "participant", TWO_DAYS_LATE, words(1800))
    finish(cast, second, TWO_DAYS_LATE, "8")
    assert ledger(cast, "participant")[-1].points == Decimal("32.00")
    assert "penalty" not in ledger(cast, "participant")[-1].basis


def test_a_mark_never_falls_below_zero(cast: Cast) -> None:
    late_rule(cast, LatePolicy("penalty", Decimal(30)))
    submission = essay_of(cast, "participant", TWO_DAYS_LATE)
    finish(cast, submission, TWO_DAYS_LATE, "0.5")
    assert ledger(cast, "participant")[-1].points == Decimal("0.00")
    assert ledger(cast, "participant")[-1].is_complete


def test_late_group_work_costs_each_member_and_the_absent_nothing(cast: Cast) -> None:
    late_rule(cast, ONE_A_DAY, TEAMWORK)
    make_group(cast, "participant", "other_participant", "third_participant", ambassador="participant")
    submission = teamwork_of(cast, "participant", GROUP_TOO_LATE)
    parts = {
        cast.enrolments["participant"]: Part(True, Decimal(0), ""),
        cast.enrolments["other_participant"]: Part(True, Decimal("-2"), "Came late to all meetings"),
        cast.enrolments["third_participant"]: Part(False, Decimal(0), ""),
    }
    finish(cast, submission, GROUP_TOO_LATE, "8", parts=parts)
    assert ledger(cast, "participant", TEAMWORK)[-1].points == Decimal("23.00")
    assert ledger(cast, "other_participant", TEAMWORK)[-1].points == Decimal("21.00")
    assert ledger(cast, "third_participant", TEAMWORK)[-1].points is None


# Extensions


def test_edge_case_27_more_time_given_afterwards_drops_the_penalty_and_says_so(cast: Cast) -> None:
    """Edge case 27: recomputed, the penalty dropped, and the ledger says why."""
    late_rule(cast, ONE_A_DAY)
    submission = essay_of(cast, "participant", TWO_DAYS_LATE)
    finish(cast, submission, TWO_DAYS_LATE, "8")
    lines = len(ledger(cast, "participant"))
    now = TWO_DAYS_LATE + timedelta(hours=1)
    grant_extension(
        cast.member("coordinator"), item_key=ESSAY, due_at=now + timedelta(days=1), reason="No electricity",
        now=now, enrolment_id=cast.enrolments["participant"],
    )  # fmt: skip
    history = ledger(cast, "participant")
    assert len(history) == lines + 1
    assert (history[-2].points, history[-1].points) == (Decimal("30.00"), Decimal("32.00"))
    assert "penalty" not in history[-1].basis
    assert (history[-1].reason, history[-1].reason_code) == ("", "deadline_extended")
    assert history[-1].recorded_by_id == cast.people["coordinator"]


def test_edge_case_27_more_time_for_a_group_drops_it_for_each_member(cast: Cast) -> None:
    """Edge case 27: for group work, each member's."""
    late_rule(cast, ONE_A_DAY, TEAMWORK)
    group = make_group(cast, "participant", "other_participant", ambassador="participant")
    submission = teamwork_of(cast, "participant", GROUP_TOO_LATE)
    finish(cast, submission, GROUP_TOO_LATE, "8")
    grant_extension(
        cast.member("coordinator"), item_key=TEAMWORK, due_at=GROUP_TOO_LATE + timedelta(days=1), reason="Flood",
        now=GROUP_TOO_LATE, group_id=group.id,
    )  # fmt: skip
    for name in ("participant", "other_participant"):
        assert [line.points for line in ledger(cast, name, TEAMWORK)][-2:] == [Decimal("23.00"), Decimal("24.00")]


def test_edge_case_27_points_set_by_hand_hold_when_more_time_is_given(cast: Cast) -> None:
    """Edge case 27: what a coordinator decided by hand still holds."""
    late_rule(cast, ONE_A_DAY)
    submission = essay_of(cast, "participant", TWO_DAYS_LATE)
    finish(cast, submission, TWO_DAYS_LATE, "8")
    coordinator = cast.member("coordinator")
    override_points(
        coordinator, enrolment_id=cast.enrolments["participant"], item_key=ESSAY, points=Decimal(35),
        reason="Board decision", now=TWO_DAYS_LATE,
    )  # fmt: skip
    grant_extension(
        coordinator, item_key=ESSAY, due_at=TWO_DAYS_LATE + timedelta(days=2), reason="Illness",
        now=TWO_DAYS_LATE, enrolment_id=cast.enrolments["participant"],
    )  # fmt: skip
    assert [line.points for line in ledger(cast, "participant")][-2:] == [Decimal("32.00"), Decimal("35.00")]


def test_a_shorter_extension_leaves_what_is_still_late(cast: Cast) -> None:
    late_rule(cast, ONE_A_DAY)
    submission = essay_of(cast, "participant", ESSAY_TOO_LATE + timedelta(days=3))
    finish(cast, submission, ESSAY_TOO_LATE + timedelta(days=3), "8")
    assert ledger(cast, "participant")[-1].points == Decimal("28.00")
    grant_extension(
        cast.member("coordinator"), item_key=ESSAY, due_at=ESSAY_DUE + timedelta(days=2), reason="Illness",
        now=ESSAY_DUE + timedelta(days=1), enrolment_id=cast.enrolments["participant"],
    )  # fmt: skip
    assert ledger(cast, "participant")[-1].points == Decimal("30.00")


# Waivers


def test_a_tutor_waives_what_lateness_costs_with_a_reason_and_takes_it_back(cast: Cast) -> None:
    late_rule(cast, ONE_A_DAY)
    submission = essay_of(cast, "participant", TWO_DAYS_LATE)
    finish(cast, submission, TWO_DAYS_LATE, "8")
    tutor = cast.member("tutor")
    decide_penalty(tutor, submission_id=submission.id, is_waived=True, reason="Flooded road", now=TWO_DAYS_LATE)
    line = ledger(cast, "participant")[-1]
    assert (line.points, line.reason) == (Decimal("32.00"), "Flooded road")
    assert line.basis["penalty"]["waived"] == "Flooded road"
    decide_penalty(tutor, submission_id=submission.id, is_waived=False, reason="It was dry", now=TWO_DAYS_LATE)
    assert ledger(cast, "participant")[-1].points == Decimal("30.00")
    decisions = db.session.scalars(select(PenaltyDecision.is_waived).order_by(PenaltyDecision.id)).all()
    assert list(decisions) == [True, False]
    events = db.session.scalars(select(AuditEvent.action).where(AuditEvent.action.contains("late penalty"))).all()
    assert list(events) == ["late penalty waived", "late penalty restored"]


def test_a_waiver_before_the_marking_holds_for_the_mark(cast: Cast) -> None:
    late_rule(cast, ONE_A_DAY)
    submission = essay_of(cast, "participant", TWO_DAYS_LATE)
    decide_penalty(
        cast.member("coordinator"), submission_id=submission.id, is_waived=True, reason="Ill", now=TWO_DAYS_LATE
    )
    finish(cast, submission, TWO_DAYS_LATE, "8")
    assert ledger(cast, "participant")[-1].points == Decimal("32.00")


@pytest.mark.parametrize(("name", "refusal"), [("participant", NotAllowed), ("other_tutor", NotFound)])
def test_nobody_else_waives(cast: Cast, name: str, refusal: type[Exception]) -> None:
    late_rule(cast, ONE_A_DAY)
    submission = essay_of(cast, "participant", TWO_DAYS_LATE)
    with pytest.raises(refusal):
        decide_penalty(cast.member(name), submission_id=submission.id, is_waived=True, reason="x", now=TWO_DAYS_LATE)


@pytest.mark.parametrize(("now", "reason"), [(TWO_DAYS_LATE, "  "), (ESSAY_OPEN, "Kindness")])
def test_a_waiver_needs_a_reason_and_something_to_waive(cast: Cast, now: datetime, reason: str) -> None:
    late_rule(cast, ONE_A_DAY)
    submission = essay_of(cast, "participant", now)
    with pytest.raises(RuleViolation):
        decide_penalty(cast.member("tutor"), submission_id=submission.id, is_waived=True, reason=reason, now=now)


# The rules of an assignment


def changed(cast: Cast, **values: Any) -> Any:
    from dataclasses import replace

    return replace(settings_of(assignment(cast)), **values)


def test_a_coordinator_changes_the_rule_until_somebody_hands_in(cast: Cast) -> None:
    coordinator = cast.member("coordinator")
    change_task(coordinator, assignment_key=ESSAY, settings=changed(cast, late=ONE_A_DAY), now=ESSAY_OPEN)
    assert settings_of(assignment(cast)).late == ONE_A_DAY
    essay_of(cast, "participant", ESSAY_OPEN)
    with pytest.raises(RuleViolation, match="handed in under the present rule"):
        change_task(coordinator, assignment_key=ESSAY, settings=changed(cast, late=LatePolicy()), now=ESSAY_OPEN)
    change_task(coordinator, assignment_key=ESSAY, settings=changed(cast, similarity=True), now=ESSAY_OPEN)
    assert settings_of(assignment(cast)).similarity


def test_a_later_deadline_for_everybody_gives_points_back(cast: Cast) -> None:
    late_rule(cast, ONE_A_DAY)
    submission = essay_of(cast, "participant", TWO_DAYS_LATE)
    finish(cast, submission, TWO_DAYS_LATE, "8")
    settings = changed(cast, due_at=ESSAY_DUE + timedelta(days=5))
    change_task(cast.member("coordinator"), assignment_key=ESSAY, settings=settings, now=TWO_DAYS_LATE)
    line = ledger(cast, "participant")[-1]
    assert (line.points, line.reason_code) == (Decimal("32.00"), "deadline_moved")


@pytest.mark.parametrize("name", ["tutor", "participant"])
def test_only_coordinators_change_rules(cast: Cast, name: str) -> None:
    with pytest.raises(NotAllowed):
        change_task(cast.member(name), assignment_key=ESSAY, settings=changed(cast, files=False), now=ESSAY_OPEN)


def test_an_assignment_of_a_newer_release_is_offered_and_taken_over_once(cast: Cast) -> None:
    coordinator = cast.member("coordinator")
    assert list(offered_plans(coordinator)) == []
    task = assignment(cast)
    plan = from_document(AssignmentPlan, task.document)
    db.session.delete(task)
    db.session.flush()
    assert [one.key for one in offered_plans(coordinator)] == [plan.key]
    adopted = adopt_assignment(coordinator, assignment_key=ESSAY, now=ESSAY_OPEN)
    assert adopt_assignment(coordinator, assignment_key=ESSAY, now=ESSAY_OPEN).id == adopted.id
    assert list(offered_plans(coordinator)) == []
    assert adopted.due_at == ESSAY_DUE
    with pytest.raises(NotFound):
        adopt_assignment(coordinator, assignment_key="nothing", now=ESSAY_OPEN)
    with pytest.raises(NotAllowed):
        adopt_assignment(cast.member("tutor"), assignment_key=ESSAY, now=ESSAY_OPEN)


def test_work_that_earns_no_points_is_handed_in_and_marked_all_the_same(cast: Cast) -> None:
    task = assignment(cast)
    task.item_key = task.key = "reflection"
    task.document = {**task.document, "key": "reflection"}
    db.session.flush()
    write(cast, "participant", words(1600), ESSAY_OPEN, key="reflection")
    submission = hand_in(cast, "participant", ESSAY_OPEN, key="reflection")
    finish(cast, submission, ESSAY_OPEN, "8")
    assert ledger(cast, "participant") == []


# Pages


ESSAY_PAGE = f"/editions/R1/assignments/{ESSAY}"


@pytest.fixture
def at_cost(cast: Cast) -> Cast:
    late_rule(cast, LatePolicy("penalty", Decimal(1), maximum=Decimal(5), days=7))
    db.session.commit()
    return cast


def test_the_rule_is_read_beforehand_on_the_task(at_cost: Cast, as_role: Any, set_now: Any) -> None:
    set_now(ESSAY_OPEN)
    page = as_role("participant").get(f"{ESSAY_PAGE}/task").text
    assert "Each day late that has begun costs 1.00 point, at most 5.00 points altogether." in page
    assert "After 7 days nothing is accepted any more." in page
    assert "10 April" in page


def test_the_rule_stands_beside_the_deadline_where_the_essay_is_written(
    at_cost: Cast, as_role: Any, set_now: Any
) -> None:
    set_now(ESSAY_OPEN)
    page = as_role("participant").get(ESSAY_PAGE).text
    assert "Each day late that has begun costs 1.00 point, at most 5.00 points altogether." in page


def test_who_hands_in_late_reads_what_it_costs_before_and_after(at_cost: Cast, as_role: Any, set_now: Any) -> None:
    now = ESSAY_TOO_LATE + timedelta(hours=2)
    write(at_cost, "participant", words(1600), now)
    db.session.commit()
    set_now(now)
    browser = as_role("participant")
    page = browser.get(f"{ESSAY_PAGE}/check").text
    assert "You are 2 hours late: this costs 1.00 point." in page
    fields = dict(re.findall(r'name="(number|digest)"[^>]*value="([^"]+)"', page))
    receipt = browser.post(f"{ESSAY_PAGE}/submissions", fields).headers["Location"]
    assert "Lateness of 1 day costs 1.00 point, taken from the mark." in browser.get(receipt).text
    mail = db.session.scalars(
        select(OutboxMessage).where(
            OutboxMessage.template == "submission_receipt", OutboxMessage.recipient == "participant@example.org"
        )
    ).one()
    assert mail.context["penalty"] == {"days": 1, "points": "1"}


@pytest.mark.parametrize(
    ("minutes", "said"),
    [
        (59, "You are 59 minutes late: this costs 1.00 point."),
        (24 * 60, "You are 24 hours late: this costs 1.00 point."),
        (24 * 60 + 1, "You are 24 hours late, which counts as 2 days: this costs 2.00 points."),
        (2 * 24 * 60, "You are 2 days late: this costs 2.00 points."),
        (2 * 24 * 60 + 1, "You are 3 days late: this costs 3.00 points."),
    ],
)
def test_days_late_are_the_days_that_cost_points(app: Flask, minutes: int, said: str) -> None:
    """“2 days late” stood beside the cost of three: the sentence counted whole days, the rule those that have begun."""
    with app.test_request_context("/"):
        assert late_cost(minutes, penalty_for(ONE_A_DAY, minutes, Decimal(40))) == said


def test_who_hands_in_late_reads_in_the_results_how_the_mark_came_about(
    at_cost: Cast, as_role: Any, set_now: Any
) -> None:
    submission = essay_of(at_cost, "participant", TWO_DAYS_LATE)
    finish(at_cost, submission, TWO_DAYS_LATE, "8")
    db.session.commit()
    set_now(TWO_DAYS_LATE)
    page = as_role("tutor").get(f"/editions/R1/gradebook/{at_cost.enrolments['participant']}/{ESSAY}").text
    assert "Late: 32.00 − 2 days × 1.00 = 30.00" in page


def test_waiving_on_the_page(at_cost: Cast, as_role: Any, set_now: Any) -> None:
    submission = essay_of(at_cost, "participant", TWO_DAYS_LATE)
    finish(at_cost, submission, TWO_DAYS_LATE, "8")
    db.session.commit()
    set_now(TWO_DAYS_LATE)
    page = f"/editions/R1/submissions/{submission.id}/lateness"
    tutor = as_role("tutor")
    assert "Waive 2.00 points" in tutor.get(page).text
    refused = tutor.post(page, {"then": "waive", "reason": " "})
    assert refused.status_code == 422
    assert "Give a reason" in refused.text
    assert tutor.post(page, {"then": "waive", "reason": "Flooded road"}).status_code == 303
    shown = tutor.get(page).text
    assert "2.00 points, waived" in shown
    assert "Flooded road" in shown
    assert ledger(at_cost, "participant")[-1].points == Decimal("32.00")
    assert as_role("participant").get(page).status_code == 403
    assert tutor.get("/editions/R1/submissions/99999/lateness").status_code == 404


def form_of(page: str) -> dict[str, str]:
    """What the settings form would send unchanged."""
    fields = dict(re.findall(r'<input[^>]*name="([a-z_]+)"[^>]*value="([^"]*)"', page))
    return {name: value for name, value in fields.items() if name not in ("policy", "texts", "files", "similarity")}


def test_the_rules_are_changed_on_their_page_and_read_as_participants_do(
    cast: Cast, as_role: Any, set_now: Any
) -> None:
    set_now(ESSAY_OPEN)
    address = f"/editions/R1/settings/assignments/{ESSAY}"
    coordinator = as_role("coordinator")
    form = form_of(coordinator.get(address).text) | {"texts": "y", "files": "y"}
    refused = coordinator.post(address, form | {"policy": "penalty", "per_day": ""})
    assert refused.status_code == 422
    assert "Say what each day late costs." in refused.text
    sent = form | {"policy": "penalty", "per_day": "2,5", "unit": "percent", "maximum": "10", "days": "3"}
    assert coordinator.post(address, sent).status_code == 303
    page = coordinator.get(address).text
    assert "costs 2.5 % of the points (1.00 point), at most 4.00 points altogether." in page
    assert "After 3 days nothing is accepted any more." in page
    assert as_role("tutor").get(address).status_code == 403
    assert coordinator.get("/editions/R1/settings/assignments/nothing").status_code == 404


def test_after_the_first_submission_the_page_keeps_the_late_rule(at_cost: Cast, as_role: Any, set_now: Any) -> None:
    essay_of(at_cost, "participant", ESSAY_OPEN)
    db.session.commit()
    set_now(ESSAY_OPEN)
    address = f"/editions/R1/settings/assignments/{ESSAY}"
    coordinator = as_role("coordinator")
    page = coordinator.get(address).text
    assert "so this rule stays as it is" in page
    sent = form_of(page) | {"policy": "closed", "texts": "y", "files": "y"}
    refused = coordinator.post(address, sent)
    assert refused.status_code == 409
    assert "handed in under the present rule" in refused.text


def test_the_list_of_assignments_offers_what_is_new(cast: Cast, as_role: Any, set_now: Any) -> None:
    set_now(ESSAY_OPEN)
    db.session.delete(assignment(cast))
    db.session.commit()
    coordinator = as_role("coordinator")
    page = coordinator.get("/editions/R1/settings/assignments").text
    assert "New in the course" in page
    assert coordinator.post(f"/editions/R1/settings/assignments/{ESSAY}/adoption").status_code == 303
    assert "New in the course" not in coordinator.get("/editions/R1/settings/assignments").text
    assert coordinator.post("/editions/R1/settings/assignments/nothing/adoption").status_code == 404


def test_the_receipt_of_an_older_version_says_that_a_newer_one_counts(cast: Cast, as_role: Any, set_now: Any) -> None:
    first = essay_of(cast, "participant", ESSAY_OPEN)
    second = essay_of(cast, "participant", ESSAY_OPEN + timedelta(hours=1), words(1700))
    db.session.commit()
    set_now(ESSAY_OPEN + timedelta(hours=2))
    browser = as_role("participant")
    page = browser.get(f"/editions/R1/submissions/{first.id}").text
    assert "A newer version counts" in page
    assert f"/submissions/{second.id}" in page
    assert "A newer version counts" not in browser.get(f"/editions/R1/submissions/{second.id}").text


def test_a_group_reads_the_rule_beforehand_where_it_works_and_where_it_writes(
    cast: Cast, as_role: Any, set_now: Any
) -> None:
    """Edge case 26: what lateness costs is said before anybody is late."""
    late_rule(cast, LatePolicy("penalty", Decimal(1), days=7), TEAMWORK)
    make_group(cast, "participant", ambassador="participant")
    db.session.commit()
    for moment in (GROUP_BEFORE, GROUP_OPEN):
        set_now(moment)
        assert "Each day late that has begun costs 1.00 point." in as_role("participant").get("/editions/R1/group").text
    part = as_role("participant").get(f"/editions/R1/assignments/{TEAMWORK}/parts/proposal").text
    assert "Each day late that has begun costs 1.00 point." in part
