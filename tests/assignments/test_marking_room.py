"""The marking room: each criterion saved for itself, who else is there, comments kept, work shared out, its weight."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from lms.assignments.assessments import Allocation, Assessment, BankComment
from lms.assignments.domain.agreement import MarkerRole
from lms.assignments.domain.allocation import SampleWish, draw_sample, share_evenly
from lms.assignments.models import GroupMember, Submission, SubmissionMember
from lms.assignments.services.marking import save_criterion
from lms.core.db import db
from lms.core.errors import NotFound, RuleViolation
from tests.assignments.making import (
    ESSAY,
    ESSAY_OPEN,
    GROUP_OPEN,
    assignment,
    essay_of,
    finish,
    make_group,
    teamwork_of,
    words,
)
from tests.factories import Cast, enrol, make_person

JSON = {"Accept": "application/json"}
PLACE = f"/editions/R1/assignments/{ESSAY}"


@pytest.fixture
def essay(cast: Cast, set_now: Any) -> Submission:
    """An essay that waits."""
    set_now(ESSAY_OPEN)
    return essay_of(cast, "participant", ESSAY_OPEN)


def criterion(cast: Cast, essay: Submission, name: str, key: str, points: str, revision: int, comment: str = "") -> Any:
    return save_criterion(
        cast.member(name), submission_id=essay.id, role=MarkerRole.FIRST, criterion_key=key, points=Decimal(points),
        comment=comment, revision=revision, now=ESSAY_OPEN,
    )  # fmt: skip


# Each criterion for itself


def test_two_tutors_on_two_criteria_are_in_nobodys_way(cast: Cast, essay: Submission) -> None:
    """Edge case 34: two tutors mark at once, and both marks stand."""
    assert not criterion(cast, essay, "tutor", "e1", "7", 0).is_conflict
    assert not criterion(cast, essay, "coordinator", "e2", "8.5", 0).is_conflict
    one = db.session.scalars(select(Assessment)).one()
    assert {score.criterion_key: score.points for score in one.scores} == {"e1": Decimal(7), "e2": Decimal("8.5")}


def test_on_the_same_criterion_the_later_is_told_and_nothing_is_lost(
    cast: Cast, essay: Submission, as_role: Any
) -> None:
    """Edge case 34: an optimistic revision; the second sees the difference."""
    criterion(cast, essay, "tutor", "e1", "6", 0, "Too broad")
    address = f"/editions/R1/marking/{essay.id}/first/criteria/e1"
    sent = {"points": "9", "comment": "Very clear", "revision": "0"}
    answer = as_role("coordinator").post(address, sent, headers=JSON)
    assert answer.status_code == 409
    assert answer.json["theirs"] == {"points": "6.00", "comment": "Too broad"}
    assert "Tutor changed this criterion" in answer.json["error"]
    page = as_role("coordinator").post(
        f"/editions/R1/marking/{essay.id}",
        {"revision": "0", "points-e1": "9", "comment-e1": "Very clear", "then": "draft"},
    )
    assert page.status_code == 409
    assert "Too broad" in page.text
    assert "Very clear" in page.text


def test_a_save_tells_what_somebody_else_changed_meanwhile(cast: Cast, essay: Submission, as_role: Any) -> None:
    criterion(cast, essay, "coordinator", "e2", "8", 0, "Theirs")
    address = f"/editions/R1/marking/{essay.id}/first/criteria/e1"
    answer = as_role("tutor").post(address, {"points": "7,5", "comment": "", "revision": "0"}, headers=JSON)
    assert answer.status_code == 200
    assert answer.json["others"] == {"e2": {"points": "8.00", "comment": "Theirs"}}


@pytest.mark.parametrize("typed", ["10.5", "-1", "7.3", "eight", "8;5"])
def test_a_criterion_out_of_range_is_refused_and_nothing_stored(
    cast: Cast, essay: Submission, as_role: Any, typed: str
) -> None:
    """Edge case 8: above 10, below 0 and what is no half point are refused clearly."""
    address = f"/editions/R1/marking/{essay.id}/first/criteria/e1"
    answer = as_role("tutor").post(address, {"points": typed, "revision": "0"}, headers=JSON)
    assert answer.status_code in (409, 422)
    assert answer.json["error"]
    assert db.session.scalars(select(Assessment)).all() == []


def test_a_finished_mark_is_not_changed_in_passing(cast: Cast, essay: Submission) -> None:
    finish(cast, essay, ESSAY_OPEN)
    with pytest.raises(RuleViolation, match="finished"):
        criterion(cast, essay, "tutor", "e1", "9", 1)
    with pytest.raises(NotFound):
        criterion(cast, essay, "tutor", "nothing", "9", 1)


@pytest.mark.parametrize("role", ["participant", "outsider", "other_tutor", "sponsor_viewer"])
def test_the_scripts_addresses_are_closed_to_everybody_else(essay: Submission, as_role: Any, role: str) -> None:
    browser = as_role(role)
    place = f"/editions/R1/marking/{essay.id}/first"
    assert browser.post(f"{place}/criteria/e1", {"points": "5"}, headers=JSON).status_code in (403, 404)
    assert browser.post(f"{place}/presence", headers=JSON).status_code in (403, 404)
    assert browser.get("/editions/R1/comments").status_code in (403, 404)
    assert browser.get(f"{PLACE}/allocation").status_code in (403, 404)
    assert browser.get(f"{PLACE}/moderation").status_code in (403, 404)
    assert browser.get(f"/editions/R1/marking/{essay.id}/documents/0").status_code in (403, 404)


# Who else is there


def test_a_second_tutor_is_told_who_opened_the_marking_and_when(
    cast: Cast, essay: Submission, as_role: Any, set_now: Any
) -> None:
    address = f"/editions/R1/marking/{essay.id}"
    assert as_role("tutor").post(f"{address}/first/presence", headers=JSON).json == {"present": []}
    set_now(ESSAY_OPEN + timedelta(minutes=2))
    # At what time, on one's own clock: a sentence that counts the minutes would be read out again each minute.
    assert "Tutor opened this marking at 11:00." in as_role("coordinator").get(address).text
    assert "opened this marking" not in as_role("tutor").get(address).text
    set_now(ESSAY_OPEN + timedelta(minutes=10))
    assert "opened this marking" not in as_role("coordinator").get(address).text


# Comments kept


def test_a_written_comment_is_kept_with_the_draft_and_offered_again(
    cast: Cast, essay: Submission, as_role: Any
) -> None:
    address = f"/editions/R1/marking/{essay.id}"
    sent = {"revision": "0", "points-e1": "7", "comment-e1": "Say what you will do", "then": "keep-e1"}
    assert as_role("tutor").post(address, sent).status_code == 303
    kept = db.session.scalars(select(BankComment)).one()
    assert (kept.text, kept.criterion_key) == ({"en": "Say what you will do"}, "e1")
    other = essay_of(cast, "other_participant", ESSAY_OPEN)
    assert 'data-text="Say what you will do"' in as_role("coordinator").get(f"/editions/R1/marking/{other.id}").text


def test_a_comment_has_several_languages_and_can_be_changed_and_taken_out(cast: Cast, as_role: Any) -> None:
    browser = as_role("tutor")
    assert browser.post("/editions/R1/comments", {"criterion": ""}).status_code == 409
    sent = {"text-en": "Clear", "text-fr": "Clair", "criterion": "e1", "is_shared": "y"}
    for _twice in range(2):
        assert browser.post("/editions/R1/comments", sent).status_code == 303
    kept = db.session.scalars(select(BankComment)).one()
    assert kept.text == {"en": "Clear", "fr": "Clair"}
    assert "Clear" in as_role("other_tutor").get("/editions/R2/comments").text
    address = f"/editions/R1/comments/{kept.id}"
    assert browser.post(address, {"text-en": "Very clear", "criterion": "e1"}).status_code == 303
    assert as_role("other_tutor").get(f"/editions/R2/comments/{kept.id}").status_code == 404
    assert browser.post(address, {"then": "remove"}).status_code == 303
    assert browser.get(address).status_code == 404


# Sharing out


@given(
    works=st.lists(st.integers(), max_size=30, unique=True),
    load=st.lists(st.integers(0, 5), min_size=1, max_size=5),
    seed=st.integers(0, 100),
)
def test_shares_differ_by_one_at_most_unless_somebody_had_more_before(
    works: list[int], load: list[int], seed: int
) -> None:
    markers = list(range(len(load)))
    before = dict(enumerate(load))
    shared = share_evenly(works, markers, before, seed)
    assert shared.keys() == set(works)
    assert shared == share_evenly(list(reversed(works)), markers, before, seed)
    after = {marker: before[marker] + sum(one == marker for one in shared.values()) for marker in markers}
    given_some = [marker for marker in markers if after[marker] > before[marker]]
    assert all(after[marker] <= min(after.values()) + 1 for marker in given_some)


def test_nobody_is_given_what_they_marked_before() -> None:
    assert share_evenly([1, 2], [7], {}, 1, lambda work, marker: work == 1) == {2: 7}


@given(st.integers(0, 40), st.integers(0, 100), st.integers(0, 50))
def test_a_sample_is_as_large_as_asked_and_the_same_for_the_same_number(size: int, percent: int, seed: int) -> None:
    works = list(range(size))
    chosen = draw_sample(works, {}, {}, SampleWish(seed, percent=percent))
    assert len(chosen) == -(-size * percent // 100)
    assert chosen == draw_sample(works, {}, {}, SampleWish(seed, percent=percent))


def test_extremes_and_borders_come_on_top_of_the_lot() -> None:
    totals = {work: Decimal(10 + work) for work in range(10)}
    margins = {4: Decimal("-1.5"), 5: Decimal(2), 6: Decimal("2.5")}
    wish = SampleWish(1, count=2, with_extremes=True, with_borders=True)
    chosen = draw_sample(list(range(10)), totals, margins, wish)
    assert {work: why for work, why in chosen.items() if why != "sample"} == {
        0: "extreme", 9: "extreme", 4: "border", 5: "border"
    }  # fmt: skip
    assert len(chosen) == 6


def test_a_coordinator_shares_out_draws_a_sample_and_a_tutor_takes_what_is_left(
    cast: Cast, essay: Submission, as_role: Any
) -> None:
    essay_of(cast, "other_participant", ESSAY_OPEN)
    browser = as_role("coordinator")
    assert browser.post(f"{PLACE}/allocation", {"seed": "1"}).status_code == 422
    tutor = str(cast.people["tutor"])
    assert browser.post(f"{PLACE}/allocation", {"seed": "1", "markers": [tutor]}).status_code == 303
    assert len(db.session.scalars(select(Allocation).where(Allocation.marker_id == cast.people["tutor"])).all()) == 2
    assert "Mine (2)" in as_role("tutor").get("/editions/R1/marking?whose=mine").text
    assert browser.post(f"{PLACE}/moderation/sample", {"seed": "1"}).status_code == 422
    assert browser.post(f"{PLACE}/moderation/sample", {"seed": "1", "count": "1"}).status_code == 303
    second = db.session.scalars(select(Allocation).where(Allocation.role == "second")).one()
    owner = db.session.scalars(select(Submission).where(Submission.enrolment_id == second.enrolment_id)).one()
    address = f"/editions/R1/marking/{owner.id}/second/allocation"
    refused = browser.post(address, {"assignment": ESSAY, "marker": tutor})
    assert refused.status_code == 409
    assert "Nobody marks the same work twice" in refused.text
    given_to = {"assignment": ESSAY, "marker": str(cast.people["coordinator"])}
    assert browser.post(address, given_to).status_code == 303
    assert as_role("tutor").post(f"{PLACE}/allocation", {"seed": "1", "markers": [tutor]}).status_code == 403


def test_how_work_is_marked_is_set_by_coordinators(cast: Cast, essay: Submission, as_role: Any) -> None:
    address = f"{PLACE}/moderation"
    assert as_role("tutor").post(address, {"second": "all", "third_from": "5"}).status_code == 403
    browser = as_role("coordinator")
    assert browser.post(address, {"second": "all", "third_from": "-1"}).status_code == 422
    assert browser.post(address, {"second": "all", "third_from": "4,5"}).status_code == 303
    page = as_role("tutor").get(address).text
    assert "all work" in page


def test_the_filter_stays_from_one_work_to_the_next(cast: Cast, essay: Submission, as_role: Any) -> None:
    second = essay_of(cast, "other_participant", ESSAY_OPEN + timedelta(minutes=1))
    page = as_role("tutor").get(f"/editions/R1/marking/{essay.id}?whose=unallocated&show=open").text
    assert f'rel="next" href="/editions/R1/marking/{second.id}?whose=unallocated&amp;show=open"' in page
    assert "2 left" in page
    points = {f"points-e{n}": "8" for n in range(1, 5)}
    done = as_role("tutor").post(
        f"/editions/R1/marking/{essay.id}?whose=unallocated&show=open", {"revision": "0", **points, "then": "finish"}
    )
    assert done.location.endswith(f"/marking/{second.id}?whose=unallocated&show=open")


def test_points_stand_in_the_tutors_own_way_of_writing(cast: Cast, essay: Submission, as_role: Any) -> None:
    criterion(cast, essay, "tutor", "e1", "8", 0)
    cast.person("tutor").language = "fr"
    assert 'value="8,00"' in as_role("tutor").get(f"/editions/R1/marking/{essay.id}").text


# Weight


def test_the_room_of_22_costs_at_most_15_statements(
    cast: Cast, essay: Submission, as_role: Any, count_queries: Any
) -> None:
    criterion(cast, essay, "tutor", "e1", "8", 0)
    address = f"/editions/R1/marking/{essay.id}"

    def cost() -> int:
        browser = as_role("tutor")
        with count_queries() as statements:
            assert browser.get(address).status_code == 200
        return len(statements)

    few = cost()
    task = assignment(cast)
    for number in range(21):
        enrolment = enrol(make_person(f"Somebody {number}", ESSAY_OPEN), cast.edition, "participant", ESSAY_OPEN)
        db.session.add(
            Submission(
                assignment_id=task.id, enrolment_id=enrolment.id, number=1, submitted_at=ESSAY_OPEN,
                word_count=1, digest="0" * 64,
            )
        )  # fmt: skip
        db.session.add(BankComment(
            course_id=cast.edition.course_id, edition_id=cast.edition.id, criterion_key="e1",
            text={"en": words(5)}, created_at=ESSAY_OPEN,
        ))  # fmt: skip
    db.session.flush()
    assert cost() == few
    assert few <= 15


def test_the_room_of_group_work_costs_the_same_for_three_and_twelve_members(
    cast: Cast, as_role: Any, set_now: Any, count_queries: Any
) -> None:
    set_now(GROUP_OPEN)
    group = make_group(cast, "participant", "other_participant", "third_participant", ambassador="participant")
    submission = teamwork_of(cast, "participant", GROUP_OPEN)
    address = f"/editions/R1/marking/{submission.id}"

    def cost() -> int:
        browser = as_role("tutor")
        with count_queries() as statements:
            page = browser.get(address)
        assert page.status_code == 200
        assert "Who took part" in page.text
        return len(statements)

    few = cost()
    for number in range(9):
        enrolment = enrol(make_person(f"Member {number}", GROUP_OPEN), cast.edition, "participant", GROUP_OPEN)
        db.session.add(GroupMember(group_id=group.id, enrolment_id=enrolment.id, joined_at=GROUP_OPEN))
        if number % 2:
            db.session.add(SubmissionMember(submission_id=submission.id, enrolment_id=enrolment.id))
        make_group(cast, name=f"Group number {number}")
    db.session.flush()
    assert cost() == few
    assert few <= 17
