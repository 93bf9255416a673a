"""Passages in common: found, placed, shown to staff alone, never judged."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from lms.assignments.domain import similarity
from lms.assignments.domain.similarity import Comparison, excerpt, words_of
from lms.assignments.jobs import run_similarity
from lms.assignments.models import Assignment
from lms.assignments.records import SimilaritySearch, SimilarPair
from lms.assignments.services.similarity import ask_search, claim_search
from lms.core.db import db
from lms.core.errors import NotAllowed, NotFound, RuleViolation
from tests.assignments.making import ESSAY, ESSAY_OPEN, assignment, essay_of, hand_in, words, write
from tests.factories import Cast

SHARED = "people who come home bring more with them than they took away when they left"
ADDRESS = f"/editions/R1/assignments/{ESSAY}/similarity"


def found(left: str, right: str, task: str = "") -> list[str]:
    """The shared passages as the left author wrote them."""
    comparison = Comparison({1: left, 2: right}, task)
    return [
        excerpt(left, words_of(left), first, size)
        for _one, _other, passages in comparison.compare(comparison.pairs)
        for first, _second, size in passages
    ]


def test_a_passage_is_found_wherever_it_stands_and_however_it_is_written() -> None:
    left = f"One two three. {SHARED}. Four five six."
    right = f"Alpha beta. {SHARED.upper()}! Gamma."
    assert found(left, right) == [SHARED]


def test_passages_that_changed_places_are_both_found() -> None:
    other = "the cost of a journey home is paid long before the day on which it begins"
    assert sorted(found(f"{SHARED}. {other}.", f"{other}; {SHARED}.")) == sorted([SHARED, other])


@pytest.mark.parametrize("quoted", ["“{}”", "« {} »", '"{}"', "> {}"])
def test_what_is_quoted_is_left_out(quoted: str) -> None:
    assert found(f"He said:\n{quoted.format(SHARED)}\nand left.", f"She read {SHARED} there.") == []


def test_what_the_task_says_is_left_out() -> None:
    assert found(f"a b {SHARED} c", f"d e {SHARED} f", task=f"Explain why {SHARED}.") == []


def test_eight_words_in_common_are_nothing_and_nine_are_a_passage() -> None:
    nine = SHARED.split()[:9]
    assert found(" ".join(["x", *nine[:8], "y"]), " ".join(["p", *nine[:8], "q"])) == []
    assert found(" ".join(["x", *nine, "y"]), " ".join(["p", *nine, "q"])) == [" ".join(nine)]


alphabet = st.lists(st.sampled_from("abcdefgh"), max_size=60).map(" ".join)


@given(alphabet, alphabet)
def test_every_passage_stands_in_both_texts_and_none_overlaps(left: str, right: str) -> None:
    comparison = Comparison({1: left, 2: right})
    mine, theirs = words_of(left), words_of(right)
    for _one, _other, passages in comparison.compare(comparison.pairs):
        for first, second, size in passages:
            assert size >= similarity.SHORTEST_PASSAGE
            assert mine.forms[first : first + size] == theirs.forms[second : second + size]
        for place in (0, 1):
            taken = [word for passage in passages for word in range(passage[place], passage[place] + passage[2])]
            assert len(taken) == len(set(taken))


def test_the_work_is_bounded_even_if_everybody_hands_in_the_same() -> None:
    same = words(200)
    assert len(Comparison(dict.fromkeys(range(100), same)).pairs) <= similarity.MOST_PAIRS


# The search


@pytest.fixture
def class_of_three(cast: Cast) -> Cast:
    task = assignment(cast)
    task.document = {**task.document, "similarity": True}
    essay_of(cast, "participant", ESSAY_OPEN, f"First thoughts. {SHARED}. An end of my own.")
    essay_of(cast, "other_participant", ESSAY_OPEN, f"Another beginning; {SHARED}, and so on.")
    essay_of(cast, "third_participant", ESSAY_OPEN, words(50))
    db.session.commit()
    return cast


def search(cast: Cast, app: Flask) -> SimilaritySearch:
    ask_search(cast.member("tutor"), assignment_key=ESSAY, now=ESSAY_OPEN)
    db.session.commit()
    run_similarity(app)
    return db.session.scalars(select(SimilaritySearch)).one()


def test_a_search_runs_in_the_background_and_keeps_pairs_with_their_passages(class_of_three: Cast, app: Flask) -> None:
    done = search(class_of_three, app)
    assert done.finished_at is not None
    assert (done.submissions, done.pairs_to_compare, done.pairs_compared) == (3, 1, 1)
    pair = db.session.scalars(select(SimilarPair)).one()
    assert pair.shared_words == len(SHARED.split())


def test_only_the_version_that_counts_is_compared(class_of_three: Cast, app: Flask) -> None:
    write(class_of_three, "participant", words(80), ESSAY_OPEN)
    hand_in(class_of_three, "participant", ESSAY_OPEN)
    db.session.commit()
    search(class_of_three, app)
    pairs = db.session.scalars(select(SimilarPair)).all()
    assert all(pair.shared_words != len(SHARED.split()) for pair in pairs)


def test_one_search_at_a_time_and_one_process_for_each(class_of_three: Cast, app: Flask) -> None:
    tutor = class_of_three.member("tutor")
    first = ask_search(tutor, assignment_key=ESSAY, now=ESSAY_OPEN)
    assert ask_search(tutor, assignment_key=ESSAY, now=ESSAY_OPEN).id == first.id
    assert claim_search(ESSAY_OPEN) == first.id
    assert claim_search(ESSAY_OPEN) is None


def test_it_is_off_until_a_coordinator_wants_it(cast: Cast) -> None:
    with pytest.raises(RuleViolation, match="switched off"):
        ask_search(cast.member("tutor"), assignment_key=ESSAY, now=ESSAY_OPEN)


@pytest.mark.parametrize(("name", "refusal"), [("participant", NotAllowed), ("other_tutor", NotFound)])
def test_nobody_else_asks_for_it(class_of_three: Cast, name: str, refusal: type[Exception]) -> None:
    if name == "other_tutor":  # the other edition has the same assignment, where the search is off
        refusal = RuleViolation
    with pytest.raises(refusal):
        ask_search(class_of_three.member(name), assignment_key=ESSAY, now=ESSAY_OPEN)


def test_edge_case_35_who_marks_without_names_sees_no_pairs(class_of_three: Cast) -> None:
    """Edge case 35: whose texts share words would tell whose they are."""
    from lms.assignments.assessments import MarkingScheme
    from lms.assignments.queries.assessments import default_scheme

    task = db.session.scalars(select(Assignment).where(Assignment.id == assignment(class_of_three).id)).one()
    scheme: MarkingScheme = default_scheme(task.id)
    scheme.is_anonymous, scheme.code_key = True, "secret"
    db.session.add(scheme)
    db.session.commit()
    with pytest.raises(NotAllowed):
        ask_search(class_of_three.member("tutor"), assignment_key=ESSAY, now=ESSAY_OPEN)
    assert ask_search(class_of_three.member("coordinator"), assignment_key=ESSAY, now=ESSAY_OPEN).id


# Pages


def test_pairs_and_passages_are_read_side_by_side_without_a_verdict(
    class_of_three: Cast, as_role: Any, set_now: Any, app: Flask
) -> None:
    set_now(ESSAY_OPEN)
    tutor = as_role("tutor")
    assert "Search for passages in common" in tutor.get(ADDRESS).text
    assert tutor.post(ADDRESS).status_code == 303
    assert "The search begins in a moment" in tutor.get(ADDRESS).text
    run_similarity(app)
    page = tutor.get(ADDRESS).text
    assert "This is not a verdict." in page
    assert "Other Participant" in page
    pair = db.session.scalars(select(SimilarPair)).one()
    shown = tutor.get(f"{ADDRESS}/{pair.id}").text
    assert "This is not a verdict." in shown
    assert shown.count(SHARED) == 2
    assert tutor.get(f"{ADDRESS}/99999").status_code == 404
    participant = as_role("participant")
    assert participant.get(ADDRESS).status_code == 403
    assert participant.post(ADDRESS).status_code == 403
    assert participant.get(f"{ADDRESS}/{pair.id}").status_code == 403


def test_participants_are_told_beforehand_and_where_it_is_off_the_page_says_how_to_switch_it_on(
    class_of_three: Cast, as_role: Any, set_now: Any
) -> None:
    set_now(ESSAY_OPEN)
    assert "Staff may compare" in as_role("participant").get(f"/editions/R1/assignments/{ESSAY}/task").text
    task = assignment(class_of_three)
    task.document = {**task.document, "similarity": False}
    db.session.commit()
    page = as_role("tutor").get(ADDRESS)
    assert page.status_code == 200
    assert "A coordinator switches it on" in page.text
    assert f"/editions/R1/settings/assignments/{ESSAY}#similarity" in as_role("coordinator").get(ADDRESS).text
    assert as_role("tutor").post(ADDRESS).status_code == 409


def test_a_list_of_pairs_costs_the_same_however_long_it_is(
    class_of_three: Cast, as_role: Any, set_now: Any, app: Flask, count_queries: Any
) -> None:
    set_now(ESSAY_OPEN)
    search(class_of_three, app)
    tutor = as_role("tutor")
    tutor.get(ADDRESS)
    with count_queries() as few:
        tutor.get(ADDRESS)
    one = db.session.scalars(select(SimilarPair)).one()
    for right in db.session.scalars(select(SimilarPair.right_id)).all():
        db.session.add(
            SimilarPair(
                search_id=one.search_id, left_id=right, right_id=one.left_id, shared_words=9, left_words=20,
                right_words=20, passages=[[0, 0, 9]],
            )
        )  # fmt: skip
    db.session.commit()
    with count_queries() as many:
        tutor.get(ADDRESS)
    assert len(many) == len(few) <= 8
