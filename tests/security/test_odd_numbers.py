"""Numbers beyond those of any row, where an address or a form carries one: answered with a page, and nothing is lost."""

from __future__ import annotations

from typing import Any

import pytest

from lms.assignments.queries.peer import reviews_in
from lms.assignments.records import SimilaritySearch
from lms.assignments.services.peer_rounds import ask_for_reviews
from lms.core.db import LARGEST_ID, db, row_number
from tests.assignments.making import ESSAY, ESSAY_OPEN, GROUP_OPEN, assignment, essay_of, make_group, teamwork_of
from tests.assignments.test_peer import CRITERIA, DURING, PEER, with_peer
from tests.factories import Cast

BEYOND = ["9" * 25, "-" + "9" * 25, str(LARGEST_ID + 1)]


@pytest.mark.parametrize("text", [*BEYOND, "-1", "", "x", "1.5"])
def test_only_what_a_row_can_be_called_is_its_number(text: str) -> None:
    assert row_number("0") == 0
    assert row_number(str(LARGEST_ID)) == LARGEST_ID
    with pytest.raises(ValueError):
        row_number(text)


@pytest.mark.parametrize("number", BEYOND)
def test_the_gradebook_of_a_group_that_cannot_be_is_a_page(cast: Cast, as_role: Any, number: str) -> None:
    browser = as_role("coordinator")
    for page in ("gradebook", "gradebook/export.csv", "gradebook/export.xlsx"):
        assert browser.get(f"/editions/R1/{page}?group={number}").status_code == 200, page


@pytest.mark.parametrize("number", BEYOND)
def test_a_mark_and_its_marker_with_such_a_number_are_answered(
    cast: Cast, as_role: Any, set_now: Any, number: str
) -> None:
    set_now(ESSAY_OPEN)
    place = f"/editions/R1/marking/{essay_of(cast, 'participant', ESSAY_OPEN).id}/first"
    sent = {"revision": number, "points": "1", "comment": "", "assignment": ESSAY, "marker": number}
    browser = as_role("coordinator")
    key = assignment(cast).document["rubric"][0]["key"]
    assert browser.post(f"{place}/criteria/{key}", sent).status_code == 200
    assert browser.post(place, sent).status_code in (303, 409)
    assert browser.post(f"{place}/allocation", sent).status_code == 303


@pytest.mark.parametrize("number", BEYOND)
def test_a_review_with_such_a_revision_is_not_saved_over_another(
    cast: Cast, as_role: Any, set_now: Any, number: str
) -> None:
    one = with_peer(cast)
    make_group(cast, "participant", name="One", ambassador="participant")
    make_group(cast, "third_participant", name="Two", ambassador="third_participant")
    for name in ("participant", "third_participant"):
        teamwork_of(cast, name, GROUP_OPEN)
    ask_for_reviews(one, DURING)
    set_now(DURING)
    review = next(review for review in reviews_in(one.assignment_id) if review.reviewer.name == "One")
    address, browser = f"{PEER}/reviews/{review.id}", as_role("participant")
    said = {f"step-{key}": "4" for key in CRITERIA}
    assert browser.post(address, {**said, "revision": "0"}).status_code == 303
    assert browser.post(address, {**said, "revision": number, "comment": "over it"}).status_code == 409
    db.session.refresh(review)
    assert review.comment == ""


@pytest.mark.parametrize("number", BEYOND)
def test_a_page_of_passages_that_cannot_be_is_a_page(cast: Cast, as_role: Any, number: str) -> None:
    task = assignment(cast)
    task.document = {**task.document, "similarity": True}
    db.session.add(SimilaritySearch(assignment_id=task.id, asked_at=ESSAY_OPEN, finished_at=ESSAY_OPEN))
    db.session.flush()
    address = f"/editions/R1/assignments/{ESSAY}/similarity"
    assert as_role("tutor").get(f"{address}?page={number}").status_code == 200
