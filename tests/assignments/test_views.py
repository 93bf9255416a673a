"""Who may open which page of group work, assignments and marking, and what the pages cost."""

from __future__ import annotations

from typing import Any

import pytest

from lms.assignments.models import GroupMember, Submission
from lms.core.db import db
from tests.assignments.making import ESSAY_OPEN, GROUP_OPEN, TEAMWORK, assignment, essay_of, make_group, teamwork_of
from tests.assignments.pages import ESSAY_PAGE, PART, AsRole, SetNow, marks
from tests.factories import Cast, enrol, make_person

# Who may see what


@pytest.mark.parametrize("role", ["participant", "sponsor_viewer", "outsider", "other_tutor"])
def test_marking_is_closed_to_everybody_else(essay_open: None, cast: Cast, as_role: AsRole, role: str) -> None:
    submission = essay_of(cast, "participant", ESSAY_OPEN)
    expected = 404 if role in ("outsider", "other_tutor") else 403
    browser = as_role(role)
    assert browser.get("/editions/R1/marking").status_code == expected
    assert browser.get(f"/editions/R1/marking/{submission.id}").status_code == expected
    assert browser.post(f"/editions/R1/marking/{submission.id}", marks()).status_code == expected
    assert browser.post(f"/editions/R1/marking/{submission.id}/reopening", {"reason": "x"}).status_code == expected


def test_a_submission_of_another_edition_is_missing(essay_open: None, cast: Cast, as_role: AsRole) -> None:
    submission = essay_of(cast, "participant", ESSAY_OPEN)
    assert as_role("other_tutor").get(f"/editions/R2/marking/{submission.id}").status_code == 404
    assert as_role("other_tutor").get(f"/editions/R2/submissions/{submission.id}").status_code == 404
    assert as_role("other_participant").get(f"/editions/R1/submissions/{submission.id}").status_code == 404
    assert as_role("tutor").get(f"/editions/R1/submissions/{submission.id}").status_code == 200


@pytest.mark.parametrize("role", ["participant", "tutor", "sponsor_viewer"])
def test_groups_are_made_by_coordinators_alone(cast: Cast, as_role: AsRole, role: str) -> None:
    browser = as_role(role)
    assert browser.get("/editions/R1/groups").status_code == 403
    assert browser.post("/editions/R1/groups", {"name": "x"}).status_code == 403
    assert browser.post("/editions/R1/groups/people", {}).status_code == 403
    assert browser.get("/editions/R1/groups/proposal?count=3&seed=1").status_code == 403
    assert browser.post("/editions/R1/groups/proposal", {"count": "3", "seed": "1"}).status_code == 403
    assert browser.post("/editions/R1/groups/sign-up").status_code == 403


@pytest.mark.parametrize("role", ["tutor", "coordinator", "sponsor_viewer", "administrator"])
def test_writing_is_for_participants_alone(essay_open: None, cast: Cast, as_role: AsRole, role: str) -> None:
    browser = as_role(role)
    assert browser.post(PART, {"body": "x", "revision": "0"}).status_code == 403
    assert browser.get("/editions/R1/group").status_code == 403
    assert browser.post(f"{ESSAY_PAGE}/submissions", {"number": "1", "digest": "x"}).status_code == 403


def test_a_stranger_signs_in_first(cast: Cast, as_role: AsRole) -> None:
    assert "/sign-in" in as_role("stranger").get(ESSAY_PAGE).location


# Weight


def _pages(cast: Cast) -> list[str]:
    return [
        "/editions/R1/group",
        "/editions/R1/assignments",
        ESSAY_PAGE,
        f"{ESSAY_PAGE}/check",
        f"{ESSAY_PAGE}/task",
        f"/editions/R1/assignments/{TEAMWORK}/profiles",
        f"{PART}/history",
        f"/editions/R1/assignments/{TEAMWORK}/parts/proposal",
        f"/editions/R1/assignments/{TEAMWORK}/check",
    ]


def test_participant_pages_cost_a_constant_and_small_number_of_statements(
    cast: Cast, as_role: AsRole, set_now: SetNow, count_queries: Any
) -> None:
    set_now(GROUP_OPEN)
    group = make_group(cast, "participant", "other_participant", ambassador="participant")
    teamwork_of(cast, "participant", GROUP_OPEN)
    submission = essay_of(cast, "participant", ESSAY_OPEN)
    browser = as_role("participant")
    pages = [*_pages(cast), f"/editions/R1/submissions/{submission.id}"]

    def cost() -> dict[str, int]:
        counted: dict[str, int] = {}
        for page in pages:
            with count_queries() as statements:
                assert browser.get(page).status_code == 200, page
            counted[page] = len(statements)
        return counted

    few = cost()
    for number in range(20):
        enrolment = enrol(make_person(f"Somebody {number}", GROUP_OPEN), cast.edition, "participant", GROUP_OPEN)
        db.session.add(GroupMember(group_id=group.id, enrolment_id=enrolment.id, joined_at=GROUP_OPEN))
    db.session.flush()
    assert cost() == few
    assert max(few.values()) <= 12, few


def test_teacher_pages_cost_a_constant_number_of_statements(
    cast: Cast, as_role: AsRole, set_now: SetNow, count_queries: Any
) -> None:
    set_now(ESSAY_OPEN)
    submission = essay_of(cast, "participant", ESSAY_OPEN)
    pages = [
        ("tutor", "/editions/R1/marking"),
        ("tutor", f"/editions/R1/marking/{submission.id}"),
        ("coordinator", "/editions/R1/groups"),
    ]

    def cost() -> list[int]:
        counted = []
        for role, page in pages:
            browser = as_role(role)
            with count_queries() as statements:
                assert browser.get(page).status_code == 200
            counted.append(len(statements))
        return counted

    make_group(cast, "participant", name="First")
    few = cost()
    task = assignment(cast)
    for number in range(20):
        enrolment = enrol(make_person(f"Somebody {number}", ESSAY_OPEN), cast.edition, "participant", ESSAY_OPEN)
        db.session.add(
            Submission(
                assignment_id=task.id, enrolment_id=enrolment.id, number=1, submitted_at=ESSAY_OPEN,
                word_count=1, digest="0" * 64,
            )
        )  # fmt: skip
        make_group(cast, name=f"Group number {number}")
    db.session.flush()
    assert cost() == few
