"""The pages of a quiz with a question of every type, without a script: asked, saved, checked, reviewed, previewed."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select

from lms.core.db import db
from lms.quizzes.models import Attempt, Response
from tests.conftest import Browser
from tests.factories import Cast
from tests.quizzes.conftest import Desk
from tests.quizzes.question_samples import MATCHING, ORDERING, SAMPLES, ask_all
from tests.quizzes.question_strategies import right_values

As = Callable[[str], Browser]
FIRST = "/editions/R1/quizzes/quiz-2/attempts/1"


@pytest.fixture
def attempt(cast: Cast, desk: Desk, now: datetime) -> Attempt:
    ask_all(desk.quiz(), cast.edition.course_id, now)
    return desk.start()


def words(answer: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)).split())


def form(attempt: Attempt, answers: dict[int, list[str]], seen: str = "", **more: str) -> dict[str, Any]:
    return {"attempt": attempt.id, "seen": seen, **{f"q{n}": values for n, values in answers.items()}, **more}


def everything() -> dict[int, list[str]]:
    return {position: right_values(sample) for position, sample in enumerate(SAMPLES, start=1)}


def stored(attempt: Attempt) -> dict[int, Any]:
    return dict(
        db.session.execute(select(Response.position, Response.answer).where(Response.attempt_id == attempt.id)).all()
    )


def test_every_type_is_asked_answered_and_right_by_an_ordinary_form(as_role: As, attempt: Attempt) -> None:
    browser = as_role("participant")
    asked = browser.get(FIRST).get_data(as_text=True)
    assert asked.count("<fieldset") == 7
    assert not any(key in asked for key in (">labour<", '"counsel"', "labour:labour"))
    assert browser.post(f"{FIRST}/answers", data=form(attempt, everything(), check="1")).status_code == 303
    assert "You have answered every question." in words(browser.get(f"{FIRST}/check"))
    browser.post(f"{FIRST}/submit", data={"attempt": attempt.id})
    assert attempt.raw_score == 7
    assert "7 of 7 right" in words(browser.get(f"{FIRST}/result"))


def test_the_page_shows_what_was_answered_and_sent_back_unchanged_it_saves_nothing(
    as_role: As, attempt: Attempt, desk: Desk
) -> None:
    browser = as_role("participant")
    browser.post(f"{FIRST}/answers", data=form(attempt, everything()))
    page = browser.get(FIRST).get_data(as_text=True)
    assert page.count(" selected>") == len(MATCHING.pairs) + len(ORDERING.items)
    assert page.count(" checked>") == 4
    seen = re.search(r'name="seen" value="([^"]*)"', page)
    assert seen is not None
    # A newer answer from elsewhere is not undone by the page that was left open.
    desk.save(attempt, {3: "true"})
    shuffled = {position: list(reversed(values)) for position, values in everything().items()}
    browser.post(f"{FIRST}/answers", data=form(attempt, shuffled, seen[1].replace("&amp;", "&")))
    assert stored(attempt)[3] == {"answer": True}


def test_an_answer_is_taken_back_by_a_form_that_was_emptied(as_role: As, attempt: Attempt) -> None:
    """Edge case 22: without a script too, ticks taken away are no answer."""
    browser = as_role("participant")
    browser.post(f"{FIRST}/answers", data=form(attempt, {2: ["economic"], 7: ["return"]}))
    emptied = form(attempt, {2: [""], 7: [""]}, "2=economic&7=return")
    browser.post(f"{FIRST}/answers", data=emptied)
    assert stored(attempt) == {2: {}, 7: {}}
    assert "7 questions have no answer yet." in words(browser.get(f"{FIRST}/check"))
    assert "0 of 7 answered" in words(as_role("tutor").get("/editions/R1/quizzes/quiz-2/attempts"))


def test_what_is_only_begun_is_told_apart_from_what_is_answered(as_role: As, attempt: Attempt) -> None:
    browser = as_role("participant")
    begun = {4: right_values(MATCHING)[:1], 5: right_values(ORDERING)[:3], 6: ["1,250"]}
    browser.post(f"{FIRST}/answers", data=form(attempt, begun))
    assert "0 of 7 on the server." in words(browser.get(FIRST))
    said = words(browser.get(f"{FIRST}/check"))
    assert "4 questions have no answer yet." in said
    assert "3 answers are not whole yet." in said
    for sentence in ("1 of 3 matched.", "3 of 4 have a place.", "Write 1250 for the whole number"):
        assert sentence in said


def test_a_packet_says_which_of_its_answers_are_unfinished(as_role: As, attempt: Attempt) -> None:
    sent = {"operation": "abcdefgh-0000000001", "attempt": attempt.id, "answers": {"6": ["1,250"], "2": []}}
    answer = as_role("participant").post(f"{FIRST}/answers", json=sent, headers={"Accept": "application/json"})
    assert sorted(answer.json["saved"]) == [2, 6]
    assert answer.json["unfinished"]["2"] == ""
    assert "two ways" in answer.json["unfinished"]["6"]


def test_parts_of_questions_count_exactly_and_are_shown_in_the_readers_way(
    as_role: As, attempt: Attempt, desk: Desk, cast: Cast
) -> None:
    """Edge case 2: two thirds and a half stay exact until the points enter the ledger."""
    desk.quiz(attempts_allowed=1)
    answers = everything() | {4: right_values(MATCHING)[:2], 7: ["return"]}
    browser = as_role("participant")
    browser.post(f"{FIRST}/answers", data=form(attempt, answers))
    browser.post(f"{FIRST}/submit", data={"attempt": attempt.id})
    assert str(attempt.raw_score) == "37/6"
    said = words(browser.get(f"{FIRST}/result"))
    assert "6.17 of 7 right" in said
    assert "4.40 of 5.00 points." in said
    assert "Partly right: 0.67 of 1." in said
    assert str(desk.points()) == "4.40"
    cast.person("participant").language = "fr"
    db.session.commit()
    assert "6,17" in words(browser.get(f"{FIRST}/result"))


def test_the_preview_shows_every_answer_with_its_worth(as_role: As, attempt: Attempt) -> None:
    said = words(as_role("tutor").get("/editions/R1/quizzes/quiz-2/preview"))
    for part in (
        "Right: Labour office – Finds work",
        "Not right: Issues visas",
        "Right: 1. Counselling",
        "Right: 1,250.5 ± 0.5 km",
    ):
        assert part in said
    assert "Partly right (0.5 of 1): return" in said


def test_the_pages_are_light(as_role: As, attempt: Attempt) -> None:
    browser = as_role("participant")
    browser.post(f"{FIRST}/answers", data=form(attempt, everything()))
    asked = browser.get(FIRST).get_data()
    browser.post(f"{FIRST}/submit", data={"attempt": attempt.id})
    for page in (asked, browser.get(f"{FIRST}/result").get_data()):
        assert len(gzip.compress(page)) < 6_000
