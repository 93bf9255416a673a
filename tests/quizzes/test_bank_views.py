"""The pages of the question bank: who may open them, what they show, what a refused form keeps."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select

from lms.core.db import db
from lms.quizzes.models import Question, QuestionVersion, Quiz
from lms.quizzes.services import authoring
from tests.factories import Cast
from tests.quizzes.conftest import QUIZ, Desk
from tests.quizzes.test_bank import changed, import_again
from tests.quizzes.test_bank_authoring import KEY, author, find, save, written

BANK = "/courses/small/questions"
LIST = f"/editions/R1/quizzes/{QUIZ}/questions"
PAGES = [
    BANK, f"{BANK}/{KEY}", f"{BANK}/{KEY}/edit", "/courses/small/new-question", LIST,
    f"/editions/R1/quizzes/{QUIZ}/choose",
]  # fmt: skip
Browse = Callable[[str], Any]


def text(response: Any) -> str:
    """The page's words."""
    plain = re.sub(r"<[^>]+>", " ", response.get_data(as_text=True))
    return re.sub(r"\s+", " ", plain.replace("&#39;", "'").replace("&#34;", '"'))


def typed(**more: str) -> dict[str, str]:
    """A question with two options, as the form sends it."""
    return {
        "do": "save", "revision": "1", "stem.en": "Who decides?", "stem.fr": "Qui décide ?", "options.count": "2",
        "options.0.key": "a", "options.0.text.en": "She does", "options.0.text.fr": "Elle", "options.correct": "0",
        "options.1.key": "b", "options.1.text.en": "He does", "options.1.text.fr": "Lui", **more,
    }  # fmt: skip


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(
    ("name", "status"),
    [("coordinator", 200), ("administrator", 200), ("tutor", 403), ("participant", 403), ("sponsor_viewer", 403)],
)
def test_coordinators_and_administrators_open_the_bank(as_role: Browse, page: str, name: str, status: int) -> None:
    assert as_role(name).get(page).status_code == status


def test_who_has_no_place_in_the_course_does_not_learn_of_its_bank(as_role: Browse, cast: Cast) -> None:
    cast.enrolment("outsider").withdrawn_at = cast.edition.created_at
    assert as_role("outsider").get(BANK).status_code == 404
    assert as_role("coordinator").get("/courses/unknown/questions").status_code == 404
    assert as_role("stranger").get(BANK).status_code == 303


def test_a_coordinator_of_another_edition_sees_the_bank_but_not_this_editions_quizzes(as_role: Browse) -> None:
    browser = as_role("other_coordinator")
    page = text(browser.get(BANK))
    assert "R2" in page
    assert "R1" not in page
    assert browser.get(LIST).status_code == 404


def test_every_edition_leads_to_its_bank(as_role: Browse) -> None:
    response = as_role("coordinator").get("/editions/R1/question-bank")
    assert response.status_code == 302
    assert response.location == BANK


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", 60), ("q=STEM+of+m2-q0", 9), ("q=option+a+m3-q10", 1), ("q=(fr)", 60), ("q=100%25", 0), ("q=nothing", 0),
        ("kind=single_choice", 60), ("kind=short_text", 0), ("missing=fr", 0), ("state=archived", 0), ("state=all", 60),
        ("state=unused", 0), ("category=law", 1), ("category=law/rights", 1), ("category=la", 0), ("tag=week+1", 1),
        ("tag=week+1&q=m1-q01", 1), ("page=99", 60), ("state=nonsense&kind=nonsense&missing=%00", 60),
    ],
)  # fmt: skip
def test_the_list_is_narrowed_by_words_category_tag_type_language_and_state(
    as_role: Browse, cast: Cast, now: datetime, query: str, found: int
) -> None:
    document = db.session.scalars(select(QuestionVersion).join(Question).where(Question.key == "m1-q01")).one().document
    arranged = authoring.Written(document, "law/rights", ["week 1"])
    authoring.save_question(author(cast), "m1-q01", arranged, revision=1, is_for_open_editions=True, now=now)
    page = text(as_role("coordinator").get(f"{BANK}?{query}"))
    number = re.search(r"(\d+) questions? fits?\.|(\d+) questions Question", page) or re.search(
        r"(\d+) questions? ", page
    )
    if found:
        assert number is not None
        assert str(found) in page
    else:
        assert "No question fits" in page


def test_a_language_that_is_missing_is_found_and_shown(as_role: Browse, cast: Cast, now: datetime) -> None:
    document = {"kind": "true_false", "stem": {"en": "Only English."}, "answer": True}
    authoring.create_question(author(cast), authoring.Written(document), now=now)
    page = text(as_role("coordinator").get(f"{BANK}?missing=fr"))
    assert "1 question fits" in page
    assert "no fr" in page
    assert "No question fits" in text(as_role("coordinator").get(f"{BANK}?missing=en"))


def test_what_was_never_used_is_found(as_role: Browse, cast: Cast, desk: Desk, now: datetime) -> None:
    made = authoring.create_question(author(cast), written("Never asked?"), now=now)
    version = db.session.scalars(select(QuestionVersion).where(QuestionVersion.question_id == made.id)).one()
    browser = as_role("coordinator")
    assert "Never asked?" in text(browser.get(f"{BANK}?state=unused"))
    before = list(desk.quiz().question_version_ids)
    desk.quiz(question_version_ids=[version.id])
    desk.save(desk.start(), {1: "a"})
    desk.quiz(question_version_ids=before)
    assert "No question fits" in text(browser.get(f"{BANK}?state=unused&q=asked"))


def test_the_list_costs_the_same_whatever_stands_in_it(
    as_role: Browse, cast: Cast, now: datetime, count_queries: Any
) -> None:
    browser = as_role("coordinator")
    costs = []
    for query in ("?q=m1-q01", "?page=2"):
        browser.get(f"{BANK}{query}")
        with count_queries() as statements:
            browser.get(f"{BANK}{query}")
        costs.append(len(statements))
    assert costs[0] == costs[1] <= 12


@pytest.mark.parametrize("page", [f"{BANK}/{KEY}", f"{BANK}/{KEY}/edit", LIST])
def test_a_page_costs_the_same_however_many_versions_there_are(
    as_role: Browse, cast: Cast, now: datetime, count_queries: Any, page: str
) -> None:
    browser = as_role("coordinator")
    costs = []
    for round_ in range(2):
        browser.get(page)
        with count_queries() as statements:
            browser.get(page)
        costs.append(len(statements))
        for number in range(5 * (1 - round_)):
            save(cast, now, written=written(f"Once more {number}?"))
    assert costs[0] == costs[1] <= 12


def test_a_question_is_shown_as_asked_in_every_language_and_can_be_tried(as_role: Browse) -> None:
    browser = as_role("coordinator")
    page = browser.get(f"{BANK}/{KEY}").get_data(as_text=True)
    assert f"Stem of {KEY}?" in page
    assert f"Stem of {KEY}? (fr)" in page
    answered = text(browser.get(f"{BANK}/{KEY}?language=fr&q1=b"))
    assert "Feedback b (fr)" in answered
    assert "Answer again" in answered
    assert browser.get(f"{BANK}/{KEY}?language=xx&q1=nonsense&version=77&against=x").status_code == 200
    assert browser.get(f"{BANK}/m9-q99").status_code == 404


def test_versions_can_be_read_and_compared(as_role: Browse, cast: Cast, now: datetime) -> None:
    save(cast, now, written=written("Stem of nothing?", note="It was unclear"))
    page = as_role("coordinator").get(f"{BANK}/{KEY}?version=2&against=1").get_data(as_text=True)
    assert f"<del>{KEY}?</del>" in page
    assert "<ins>nothing?</ins>" in page
    assert "It was unclear" in page
    old = text(as_role("coordinator").get(f"{BANK}/{KEY}?version=1"))
    assert "You are looking at version 1" in old


def test_a_question_is_written_in_the_browser(as_role: Browse) -> None:
    browser = as_role("coordinator")
    response = browser.post(
        "/courses/small/new-question?kind=single_choice", typed(category="law / rights", tags="Week 1, law")
    )
    assert (response.status_code, response.location) == (303, f"{BANK}/own-1")
    page = text(browser.get(f"{BANK}/own-1"))
    assert "Who decides?" in page
    assert "law › rights" in page
    assert "week 1" in page


def test_a_refused_question_keeps_what_was_typed_and_says_what_is_wrong_where(as_role: Browse) -> None:
    response = as_role("coordinator").post(
        "/courses/small/new-question?kind=single_choice",
        typed(**{"stem.en": "", "options.correct": "", "tags": "kept"}),
    )
    page = response.get_data(as_text=True)
    assert response.status_code == 422
    assert 'href="#stem-en"' in page
    assert "Qui décide ?" in page
    assert 'value="kept"' in page
    assert db.session.scalars(select(Question.key).where(Question.key.like("own-%"))).all() == []


def test_an_option_is_added_by_an_ordinary_button_and_nothing_is_saved(as_role: Browse) -> None:
    response = as_role("coordinator").post(f"{BANK}/{KEY}/edit", typed(do="add.options"))
    page = response.get_data(as_text=True)
    assert response.status_code == 200
    assert 'name="options.2.text.en"' in page
    assert "Who decides?" in page
    assert 'data-changed="yes"' in page
    assert len(db.session.scalars(select(QuestionVersion).join(Question).where(Question.key == KEY)).all()) == 1


def test_the_preview_shows_the_draft_and_saves_nothing(as_role: Browse) -> None:
    browser = as_role("coordinator")
    piece = browser.post("/courses/small/question-preview/single_choice", typed(preview_language="fr"))
    page = piece.get_data(as_text=True)
    assert piece.status_code == 200
    assert "<html" not in page
    assert "Qui décide ?" in page
    assert 'lang="fr"' in page
    assert browser.post("/courses/small/question-preview/nothing", typed()).status_code == 404
    assert as_role("tutor").post("/courses/small/question-preview/single_choice", typed()).status_code == 403


@pytest.mark.parametrize(
    "hostile", ["<script>alert(1)</script>", "[x](javascript:alert(1))", '"><img src=x onerror=a>']
)
def test_what_is_typed_never_becomes_a_program(as_role: Browse, hostile: str) -> None:
    browser = as_role("coordinator")
    browser.post("/courses/small/new-question?kind=single_choice", typed(**{"stem.en": hostile, "category": hostile}))
    for address in (BANK, f"{BANK}/own-1", f"{BANK}/own-1/edit"):
        page = browser.get(address).get_data(as_text=True)
        assert "<script>alert" not in page
        assert 'href="javascript' not in page
        assert "<img src=x" not in page


def test_what_saving_means_stands_beside_the_button(as_role: Browse, cast: Cast, desk: Desk) -> None:
    desk.start()
    desk.sit(5, name="other_participant")
    page = text(as_role("coordinator").get(f"{BANK}/{KEY}/edit"))
    assert "attempts that keep version 1: 1 running, 1 finished" in page
    assert "Editions that others coordinate keep the version that they ask" in page


@pytest.mark.parametrize(("scope", "sentence"), [("open", "1 quiz asks it"), ("later", "No open quiz asks it yet")])
def test_saving_applies_to_open_editions_or_only_to_later_ones(as_role: Browse, scope: str, sentence: str) -> None:
    browser = as_role("coordinator")
    response = browser.post(f"{BANK}/{KEY}/edit", typed(scope=scope))
    assert (response.status_code, response.location) == (303, f"{BANK}/{KEY}")
    assert sentence in text(browser.get(response.location))


def test_edge_case_34_the_second_of_two_authors_sees_the_difference(as_role: Browse) -> None:
    """Edge case 34, for questions: nothing that either typed is lost."""
    first, second = as_role("coordinator"), as_role("administrator")
    first.post(f"{BANK}/{KEY}/edit", typed(**{"stem.en": "What the first wrote?"}))
    refused = second.post(f"{BANK}/{KEY}/edit", typed(**{"stem.en": "What the second wrote?"}))
    page = refused.get_data(as_text=True)
    assert refused.status_code == 409
    assert "<del>first </del><ins>second </ins>" in page
    assert 'name="revision" value="2"' in page
    assert "What the second wrote?</textarea>" in page
    again = second.post(f"{BANK}/{KEY}/edit", typed(**{"stem.en": "What the second wrote?", "revision": "2"}))
    assert again.status_code == 303
    stems = db.session.scalars(select(QuestionVersion).join(Question).where(Question.key == KEY)).all()
    assert len(stems) == 3


def test_a_question_is_archived_restored_copied_and_deleted(as_role: Browse) -> None:
    browser = as_role("coordinator")
    browser.post(f"{BANK}/{KEY}/archive")
    assert "Archived" in text(browser.get(f"{BANK}/{KEY}"))
    browser.post(f"{BANK}/{KEY}/restore")
    assert find(KEY).archived_at is None
    copy = browser.post(f"{BANK}/{KEY}/copies")
    assert copy.location == f"{BANK}/own-1/edit"
    assert browser.post(f"{BANK}/own-1/delete").location == BANK
    assert browser.get(f"{BANK}/own-1").status_code == 404
    refused = browser.post(f"{BANK}/{KEY}/delete")
    assert "comes from the course itself" in text(browser.get(refused.location))


@pytest.mark.parametrize("act", ["archive", "restore", "copies", "delete", "pack"])
@pytest.mark.parametrize(("name", "status"), [("tutor", 403), ("participant", 403), ("stranger", 303)])
def test_others_change_nothing(as_role: Browse, act: str, name: str, status: int) -> None:
    assert as_role(name).post(f"{BANK}/{KEY}/{act}").status_code == status
    assert find(KEY).archived_at is None


@pytest.mark.parametrize(("decision", "stem"), [("take", f"Stem of {KEY}?"), ("keep", "A better question?")])
def test_the_page_shows_what_the_pack_says_and_lets_somebody_decide(
    as_role: Browse, cast: Cast, now: datetime, decision: str, stem: str
) -> None:
    save(cast, now)
    import_again(cast, changed(cast.content), now)
    browser = as_role("coordinator")
    assert "The course has changed this question too" in text(browser.get(f"{BANK}/{KEY}"))
    browser.post(f"{BANK}/{KEY}/pack", {"decision": decision})
    page = text(browser.get(f"{BANK}/{KEY}"))
    assert "The course has changed this question too" not in page
    assert stem in page


def test_a_quiz_is_put_together_in_the_browser(as_role: Browse, desk: Desk) -> None:
    browser = as_role("coordinator")
    assert "Nobody has started this quiz" in text(browser.get(LIST))
    assert "asked already" in text(browser.get(f"/editions/R1/quizzes/{QUIZ}/choose?q=m2-q01"))
    for do, data in (
        ("add", {"question": ["m1-q01", "m1-q02"]}), ("replace.2", {"question": "m1-q03"}), ("remove.1", {}),
        ("up.2", {}), ("down.1", {}), ("newest.1", {}),
    ):  # fmt: skip
        assert browser.post(LIST, {"do": do, **data}).status_code == 303
    ids = desk.quiz().question_version_ids
    asked = [db.session.get_one(QuestionVersion, one).question.key for one in ids]
    assert asked == ["m1-q03", *(f"m2-q{n:02}" for n in range(3, 11)), "m1-q01", "m1-q02"]
    page = browser.get(f"/editions/R1/quizzes/{QUIZ}/preview").get_data(as_text=True)
    assert "Stem of m1-q03?" in page
    assert browser.post(LIST, {"do": "burn.1"}).status_code == 404
    assert browser.get("/editions/R1/quizzes/quiz-9/questions").status_code == 404


def test_what_is_only_drawn_is_told_apart_from_what_everybody_is_asked(
    as_role: Browse, cast: Cast, desk: Desk, now: datetime
) -> None:
    document = db.session.scalars(select(QuestionVersion).join(Question).where(Question.key == KEY)).one().document
    arranged = authoring.Written(document, "law")
    authoring.save_question(author(cast), KEY, arranged, revision=1, is_for_open_editions=True, now=now)
    desk.quiz(draws=[["law", 1]])
    browser = as_role("coordinator")
    assert text(browser.get(LIST)).count("drawn, not asked of everybody") == 1
    assert "draws from this category" in text(browser.get(f"{BANK}/{KEY}/edit"))


def test_a_started_quiz_says_why_it_stays_as_it_is(as_role: Browse, desk: Desk) -> None:
    desk.start()
    browser = as_role("coordinator")
    page = text(browser.get(LIST))
    assert "1 attempt has been started, so the list stays as it is" in page
    assert "Take out" not in page
    response = browser.post(LIST, {"do": "remove.1"})
    assert "Somebody has started this quiz" in text(browser.get(response.location))
    assert len(desk.quiz().question_version_ids) == 10


def test_two_for_one_place_are_refused(as_role: Browse, desk: Desk) -> None:
    browser = as_role("coordinator")
    response = browser.post(LIST, {"do": "replace.1", "question": ["m1-q01", "m1-q02"]})
    assert "Choose one question" in text(browser.get(response.location))


def test_tutors_cannot_put_a_quiz_together(as_role: Browse, desk: Desk) -> None:
    before = list(desk.quiz().question_version_ids)
    assert as_role("tutor").post(LIST, {"do": "remove.1"}).status_code == 403
    assert db.session.scalars(select(Quiz).where(Quiz.id == desk.quiz().id)).one().question_version_ids == before
