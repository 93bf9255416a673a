"""The page of a quiz's questions: first attempts only, n beside everything, the way to the editor."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from fractions import Fraction
from typing import Any

import pytest

from lms.core.db import db
from lms.core.errors import NotAllowed
from lms.quizzes.models import Response
from lms.quizzes.queries.items import items_of
from tests.factories import Cast, enrol, make_person
from tests.quizzes.conftest import QUIZ, Desk

PAGE = f"/editions/R1/quizzes/{QUIZ}/items"


def crowd(desk: Desk, cast: Cast, now: datetime, size: int) -> None:
    """So many more who sat the quiz, the first with one right answer, the next with two, and so on."""
    for number in range(1, size + 1):
        name = f"person-{number}"
        person = make_person(f"Person {number}", now)
        cast.people[name], cast.enrolments[name] = person.id, enrol(person, cast.edition, "participant", now).id
        desk.sit(min(number, 10), name=name)


def test_the_first_attempt_of_each_person_is_counted_and_the_rest_leaves_the_question_out(
    desk: Desk, cast: Cast
) -> None:
    desk.sit(1), desk.sit(10)
    found = items_of(cast.member("tutor"), desk.quiz())
    assert (found.people, found.editions, len(found.items)) == (1, 1, 10)
    first, second = found.items[:2]
    assert (first.place, first.answers[0].fraction, first.answers[0].rest) == (1, 1, 0)
    assert (second.answers[0].fraction, second.answers[0].rest) == (0, Fraction(1, 9))


def test_staff_try_outs_are_left_out(desk: Desk, cast: Cast) -> None:
    desk.sit(5)
    cast.person("participant").is_test_account = True
    assert items_of(cast.member("tutor"), desk.quiz()).people == 0


@pytest.mark.parametrize("name", ["participant", "sponsor_viewer"])
def test_only_those_who_teach_see_it(desk: Desk, cast: Cast, name: str) -> None:
    with pytest.raises(NotAllowed):
        items_of(cast.member(name), desk.quiz())


def test_too_few_answers_are_said_and_no_percentage_is_shown(as_role: Callable[[str], Any], desk: Desk) -> None:
    desk.sit(3)
    said = as_role("tutor").get(PAGE).get_data(as_text=True)
    assert "too few answers (n = 1)" in said
    assert "1 of 1" in said
    assert "By the strongest" not in said
    assert "about" not in said


def test_with_enough_answers_thirds_are_compared_and_a_coordinator_finds_the_editor(
    as_role: Callable[[str], Any], desk: Desk, cast: Cast, now: datetime
) -> None:
    crowd(desk, cast, now, 16)
    said = as_role("coordinator").get(PAGE).get_data(as_text=True)
    assert "By the strongest" in said
    assert "Nearly everybody has it right" in said
    assert "/courses/small/questions/m2-q01/edit" in said
    assert "m2-q01/edit" not in as_role("tutor").get(PAGE).get_data(as_text=True)
    assert as_role("coordinator").get(f"{PAGE}?scope=course").status_code == 200


def test_it_takes_the_same_statements_for_few_and_many(
    as_role: Callable[[str], Any], desk: Desk, cast: Cast, now: datetime, count_queries: Callable[[], Any]
) -> None:
    desk.sit(3)
    browser = as_role("tutor")
    browser.get(PAGE)
    with count_queries() as few:
        browser.get(PAGE)
    crowd(desk, cast, now, 5)
    with count_queries() as many:
        browser.get(PAGE)
    assert len(many) == len(few)


def test_without_an_attempt_the_page_says_so(as_role: Callable[[str], Any], desk: Desk) -> None:
    assert "Nobody has finished this quiz yet" in as_role("tutor").get(PAGE).get_data(as_text=True)


def test_a_quiz_that_is_not_there(as_role: Callable[[str], Any]) -> None:
    assert as_role("tutor").get("/editions/R1/quizzes/nothing/items").status_code == 404


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_file_says_the_same(as_role: Callable[[str], Any], desk: Desk, kind: str) -> None:
    desk.sit(3)
    answer = as_role("tutor").get(f"{PAGE}/export.{kind}")
    assert answer.status_code == 200
    assert f"questions-R1-{QUIZ}.{kind}" in answer.headers["Content-Disposition"]
    if kind == "csv":
        assert "too few answers (n = 1)" in answer.get_data(as_text=True)


def test_what_was_written_is_shown_as_text(as_role: Callable[[str], Any], desk: Desk) -> None:
    """An answer that belongs to nothing, from before an option was taken out, breaks nothing."""
    attempt = desk.sit(3)
    response = db.session.get_one(Response, (attempt.id, 1))
    response.answer = {"option": "<b>gone</b>"}
    db.session.flush()
    page = as_role("tutor").get(PAGE)
    assert page.status_code == 200
    assert "<b>gone</b>" not in page.get_data(as_text=True)
