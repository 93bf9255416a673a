"""The pages on which work is marked."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from lms.assignments.models import Submission
from lms.core.db import db
from lms.grading.services import release_items
from tests.assignments.making import (
    ESSAY,
    ESSAY_OPEN,
    ESSAY_TOO_LATE,
    GROUP_OPEN,
    TEAMWORK,
    docx,
    essay_of,
    finish,
    make_group,
    teamwork_of,
    words,
)
from tests.assignments.pages import ESSAY_PAGE, PART, AsRole, SetNow, field, marks, send_document, submit
from tests.factories import Cast


def test_the_queue_shows_the_oldest_first_with_counts_and_filters(
    essay_open: None, cast: Cast, as_role: AsRole
) -> None:
    first = essay_of(cast, "other_participant", ESSAY_OPEN - timedelta(days=1))
    essay_of(cast, "participant", ESSAY_OPEN)
    browser = as_role("tutor")
    page = browser.get("/editions/R1/marking").text
    assert "2 pieces of work wait for you." in page
    assert page.index(">Other Participant<") < page.index(">Participant<")
    finish(cast, first, ESSAY_OPEN)
    page = browser.get("/editions/R1/marking").text
    assert "1 piece of work waits for you." in page
    assert "Other Participant" not in page
    assert "Other Participant" in browser.get("/editions/R1/marking?show=finished").text
    assert "Participant" not in browser.get(f"/editions/R1/marking?assignment={TEAMWORK}").text.split("<main")[1]
    assert browser.get("/editions/R1/marking?assignment=nothing").status_code == 404


def test_a_tutor_reads_the_document_in_place_and_finishes_the_mark(
    essay_open: None, cast: Cast, as_role: AsRole
) -> None:
    send_document(as_role("participant"), docx("An uploaded essay on return"), "essay.docx")
    submit(as_role("participant"))
    submission = db.session.scalars(select(Submission)).one()
    address = f"/editions/R1/marking/{submission.id}"
    browser = as_role("tutor")
    page = browser.get(address).text
    assert "An uploaded essay on return" in page
    assert "Criterion e1" in page
    done = browser.post(address, marks("8", **{"comment-e1": "Clear", "then": "finish"}))
    assert done.status_code == 303
    assert "32.00" in browser.get(address).text
    assert "Clear" in browser.get(address).text


def test_a_draft_may_be_partial_and_a_finished_mark_may_not(essay_open: None, cast: Cast, as_role: AsRole) -> None:
    submission = essay_of(cast, "participant", ESSAY_OPEN)
    address = f"/editions/R1/marking/{submission.id}"
    browser = as_role("tutor")
    assert browser.post(address, {"revision": "0", "points-e1": "7,5", "then": "draft"}).status_code == 303
    answer = browser.post(address, {"revision": "1", "points-e1": "7,5", "then": "finish"})
    assert answer.status_code == 422
    assert "Give points here before you finish" in answer.text
    assert 'value="7,5"' in answer.text


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("10.5", "fewer points than that"),
        ("-1", "cannot be below 0"),
        ("7.3", "whole or half points"),
        ("7.25", "whole or half points"),
        ("eight", "is not a number"),
    ],
)
def test_points_outside_the_rubric_are_refused_clearly(
    essay_open: None, cast: Cast, as_role: AsRole, typed: str, message: str
) -> None:
    """Edge case 8: more than 10, less than 0 and what is no number are refused in words, with what was typed."""
    submission = essay_of(cast, "participant", ESSAY_OPEN)
    answer = as_role("tutor").post(f"/editions/R1/marking/{submission.id}", marks(**{"points-e2": typed}))
    assert answer.status_code == 422
    assert message in answer.text
    assert f'value="{typed}"' in answer.text


@pytest.mark.parametrize("typed", ["8,5", "8.5", "٨٫٥"])
def test_points_may_be_typed_as_people_write_them(essay_open: None, cast: Cast, as_role: AsRole, typed: str) -> None:
    """Edge case 8: “8,5” with a comma and Arabic-Indic digits are read."""
    submission = essay_of(cast, "participant", ESSAY_OPEN)
    browser = as_role("tutor")
    assert browser.post(f"/editions/R1/marking/{submission.id}", marks(typed, then="finish")).status_code == 303
    assert "34.00" in browser.get(f"/editions/R1/marking/{submission.id}").text


def test_two_tutors_at_once_see_each_others_marks_and_lose_nothing(
    essay_open: None, cast: Cast, as_role: AsRole
) -> None:
    submission = essay_of(cast, "participant", ESSAY_OPEN)
    address = f"/editions/R1/marking/{submission.id}"
    as_role("tutor").post(address, marks("6", then="draft", **{"comment-e1": "Too broad"}))
    second = as_role("coordinator").post(address, marks("9", then="draft", **{"comment-e1": "Very clear"}))
    assert second.status_code == 409
    assert "Two markings" in second.text
    assert "Tutor gave:" in second.text
    assert "Too broad" in second.text
    assert "Very clear</textarea>" in second.text.replace("\r\n", "")
    assert 'value="9"' in second.text
    kept = as_role("coordinator").post(address, marks("9", then="draft", revision=field(second.text, "revision")))
    assert kept.status_code == 303


def test_the_marking_script_saves_drafts(essay_open: None, cast: Cast, as_role: AsRole) -> None:
    submission = essay_of(cast, "participant", ESSAY_OPEN)
    address = f"/editions/R1/marking/{submission.id}"
    accept = {"Accept": "application/json"}
    answer = as_role("tutor").post(address, {"revision": "0", "points-e1": "7"}, headers=accept)
    assert answer.json["revision"] == 1
    assert as_role("coordinator").post(address, {"revision": "0", "points-e1": "8"}, headers=accept).status_code == 409
    assert as_role("tutor").post(address, {"revision": "1", "points-e1": "11"}, headers=accept).status_code == 422


def test_a_finished_mark_changes_only_with_a_reason(essay_open: None, cast: Cast, as_role: AsRole) -> None:
    submission = essay_of(cast, "participant", ESSAY_OPEN)
    address = f"/editions/R1/marking/{submission.id}"
    browser = as_role("tutor")
    browser.post(address, marks("7", then="finish"))
    refused = browser.post(address, marks("8", then="finish", revision="1", **{"comment-e1": "On second reading"}))
    assert refused.status_code == 409
    assert "Say why it changes" in refused.text
    assert "On second reading" in refused.text
    changed = browser.post(address, marks("8", then="finish", revision="1", change_reason="added up wrongly"))
    assert changed.status_code == 303


def test_work_is_given_back_with_a_reason_and_can_be_handed_in_again(
    cast: Cast, as_role: AsRole, set_now: SetNow
) -> None:
    submission = essay_of(cast, "participant", ESSAY_OPEN)
    set_now(ESSAY_TOO_LATE + timedelta(days=1))
    address = f"/editions/R1/marking/{submission.id}"
    assert as_role("tutor").post(f"{address}/reopening", {"reason": " "}).status_code == 422
    assert as_role("tutor").post(f"{address}/reopening", {"reason": "Half is missing"}).status_code == 303
    browser = as_role("participant")
    assert "Half is missing" in browser.get(ESSAY_PAGE).text
    assert "given back to you" in browser.get("/editions/R1").text
    browser.post(PART, {"body": words(1800), "revision": "1"})
    assert submit(browser).status_code == 303
    assert "given back to you" not in browser.get("/editions/R1").text
    page = as_role("tutor").get(address).text
    assert "There is a newer version" in page
    assert "<bdi>Participant</bdi></h1>" in page
    assert "Finish this mark" not in page
    assert as_role("tutor").post(address, marks("7", then="finish")).status_code == 409


def test_next_and_previous_lead_through_the_queue(essay_open: None, cast: Cast, as_role: AsRole) -> None:
    ids = [
        essay_of(cast, name, ESSAY_OPEN + timedelta(minutes=minute)).id
        for minute, name in enumerate(("participant", "other_participant", "third_participant"))
    ]
    page = as_role("tutor").get(f"/editions/R1/marking/{ids[1]}").text
    assert f'rel="prev" href="/editions/R1/marking/{ids[0]}"' in page
    assert f'rel="next" href="/editions/R1/marking/{ids[2]}"' in page
    assert "2 of 3, oldest first" in page


def test_once_marks_are_finished_the_next_step_is_to_release_them(
    essay_open: None, cast: Cast, as_role: AsRole
) -> None:
    submission = essay_of(cast, "participant", ESSAY_OPEN)
    browser = as_role("tutor")
    assert "Release finished marks" not in browser.get("/editions/R1/marking").text
    finish(cast, submission, ESSAY_OPEN)
    page = browser.get("/editions/R1/marking").text
    assert "1 finished mark is not released" in page
    assert f'href="/editions/R1/releases?item={ESSAY}"' in page
    release_items(cast.member("tutor"), item_keys=[ESSAY], now=ESSAY_OPEN)
    assert "not released" not in browser.get("/editions/R1/marking").text


def test_the_queue_stands_at_the_side_with_what_is_done_of_each(essay_open: None, cast: Cast, as_role: AsRole) -> None:
    names = ("participant", "other_participant", "third_participant")
    first, second, third = (essay_of(cast, name, ESSAY_OPEN) for name in names)
    finish(cast, first, ESSAY_OPEN)
    browser = as_role("tutor")
    browser.post(f"/editions/R1/marking/{second.id}", {"revision": "0", "points-e1": "7", "then": "draft"})
    queue = browser.get(f"/editions/R1/marking/{third.id}").text.split('<ol class="queue">')[1].split("</ol>")[0]
    assert [queue.index(word) for word in ("is-finished", "is-draft", "is-waiting")] == sorted(
        queue.index(word) for word in ("is-finished", "is-draft", "is-waiting")
    )
    assert f'href="/editions/R1/marking/{third.id}" aria-current="page"' in queue


def test_a_fault_names_its_criterion(essay_open: None, cast: Cast, as_role: AsRole) -> None:
    submission = essay_of(cast, "participant", ESSAY_OPEN)
    address, sent = f"/editions/R1/marking/{submission.id}", {"revision": "0", "points-e2": "7.25"}
    assert "Criterion e2: Use whole or half points" in as_role("tutor").post(address, sent).text
    said = as_role("tutor").post(address, sent, headers={"Accept": "application/json"}).json["error"]
    assert said.startswith("Not saved yet. Criterion e2: ")


def test_enter_in_a_field_saves_and_never_finishes(essay_open: None, cast: Cast, as_role: AsRole) -> None:
    submission = essay_of(cast, "participant", ESSAY_OPEN)
    form = as_role("tutor").get(f"/editions/R1/marking/{submission.id}").text.split("data-marking")[1]
    assert form.index('name="then" value="draft"') < form.index('name="then" value="finish"')


def test_after_finishing_comes_the_next_that_waits(essay_open: None, cast: Cast, as_role: AsRole) -> None:
    first = essay_of(cast, "participant", ESSAY_OPEN)
    second = essay_of(cast, "other_participant", ESSAY_OPEN)
    browser = as_role("tutor")
    answer = browser.post(f"/editions/R1/marking/{first.id}", marks(then="finish"))
    assert answer.location.endswith(f"/marking/{second.id}")
    assert browser.post(f"/editions/R1/marking/{second.id}", marks(then="finish")).location.endswith("/marking")


def test_who_took_part_is_said_per_member(cast: Cast, as_role: AsRole, set_now: SetNow) -> None:
    set_now(GROUP_OPEN)
    make_group(cast, "participant", "other_participant", ambassador="participant")
    submission = teamwork_of(cast, "participant", GROUP_OPEN)
    mine, other = cast.enrolments["participant"], cast.enrolments["other_participant"]
    address = f"/editions/R1/marking/{submission.id}"
    points = {f"points-g{n}": "8" for n in range(1, 4)}
    browser = as_role("tutor")
    refused = browser.post(address, {"revision": "0", **points, f"took-{mine}": "y", f"adjust-{mine}": "-2"})
    assert refused.status_code == 422
    assert "Say why this person’s mark differs" in refused.text
    sent = {"revision": "0", **points, f"took-{mine}": "y", f"adjust-{mine}": "-2", f"reason-{mine}": "one part only"}
    assert browser.post(address, {**sent, "then": "finish"}).status_code == 303
    page = browser.get(address).text
    assert f'id="took-{other}"' in page
    assert "one part only" in page
