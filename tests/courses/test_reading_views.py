"""The pages on which one reads: outline, module, lesson, glossary; who sees them, and what they cost."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from lms.core.db import db
from lms.courses.domain.content import Reading
from lms.courses.models import LessonCompletion
from lms.courses.navigation import links_for
from lms.courses.services import mark_lesson_done
from tests.courses.reading_pages import release, text_of
from tests.factories import Cast, both, enrol, make_person

PAGES = (
    "/editions/R1/modules",
    "/editions/R1/modules/m1",
    "/editions/R1/modules/m1/lessons/lesson-1",
    "/editions/R1/glossary",
)
LESSON = "/editions/R1/modules/m1/lessons/lesson-1"
ROLES = {
    "participant": 200,
    "tutor": 200,
    "coordinator": 200,
    "administrator": 200,
    "sponsor_viewer": 403,
    "outsider": 404,
    "other_tutor": 404,
}
Browsers = Callable[[str], Any]


@pytest.mark.parametrize("url", PAGES)
@pytest.mark.parametrize(("name", "status"), ROLES.items())
def test_who_may_read(as_role: Browsers, url: str, name: str, status: int) -> None:
    assert as_role(name).get(url).status_code == status


@pytest.mark.parametrize("url", PAGES)
def test_a_stranger_is_asked_to_sign_in_and_comes_back(as_role: Browsers, url: str) -> None:
    response = as_role("stranger").get(url)
    assert response.status_code == 303
    assert response.location.endswith(f"?next={url}")


@pytest.mark.parametrize(
    "url",
    [
        "/editions/R9/modules",
        "/editions/R1/modules/m9",
        "/editions/R1/modules/m9/lessons/lesson-1",
        "/editions/R1/modules/m1/lessons/lesson-9",
    ],
)
def test_what_does_not_exist_is_not_found(as_role: Browsers, url: str) -> None:
    assert as_role("participant").get(url).status_code == 404


@pytest.mark.parametrize("url", PAGES)
def test_pages_cost_few_statements_however_many_people_there_are(
    as_role: Browsers, cast: Cast, now: datetime, count_queries: Callable[[], Any], url: str
) -> None:
    browser = as_role("participant")
    browser.get(url)
    counts = []
    for _round in range(2):
        with count_queries() as statements:
            assert browser.get(url).status_code == 200
        counts.append(len(statements))
        for number in range(10):
            enrol(make_person(f"Extra {number} {_round}", now), cast.edition, "participant", now)
    assert counts[0] == counts[1]
    # The page of a module says what taking it along costs, with the person's quiz, text, group and forum.
    assert counts[0] <= (3 if "lessons" in url or "glossary" in url else 10 if url.endswith("/m1") else 6)


def test_the_outline_tells_what_is_done_open_and_to_come(as_role: Browsers, cast: Cast, now: datetime) -> None:
    mark_lesson_done(cast.member("participant"), "m1", "lesson-1", now)
    page = as_role("participant").get("/editions/R1/modules")
    text = text_of(page)
    assert "Module 1 Module 1 1 of 2 lessons done" in text
    assert "Opens Monday 16 March, 08:00 in Turin · Monday 16 March, 09:00 in Harare · in 6 days" in text
    assert "2 lessons, about 10 minutes, and a quiz of 10 questions" in text
    assert "Go on reading: Lesson 1.2" in text
    assert f"{PAGES[0]}/m1/lessons/lesson-1" in page.text
    assert "/m3/lessons/" not in page.text


def test_the_outline_shows_minutes_and_size_of_each_lesson(as_role: Browsers) -> None:
    assert "Lesson 1.1 5 minutes · 3 kB" in text_of(as_role("participant").get("/editions/R1/modules"))


def test_the_outline_links_to_a_quiz_once_it_is_open_and_to_work_that_is_handed_in(as_role: Browsers) -> None:
    page = as_role("participant").get("/editions/R1/modules").text
    assert 'href="/editions/R1/quizzes/quiz-1"' in page
    assert 'href="/editions/R1/quizzes/quiz-3"' not in page
    assert "Group work" in page


def test_links_to_features_that_are_not_there_are_left_out(
    as_role: Browsers, app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for endpoint in [name for name in app.view_functions if name.startswith(("quizzes.", "assignments."))]:
        monkeypatch.delitem(app.view_functions, endpoint)
    from lms.courses import navigation

    kept = {name: link for name, link in navigation._links.items() if name.startswith("courses.")}
    monkeypatch.setattr(navigation, "_links", kept)
    page = as_role("participant").get("/editions/R1/modules/m1")
    assert page.status_code == 200
    assert "/quizzes/" not in page.text
    assert "Quiz 1" in page.text


def test_teachers_see_every_module_and_no_progress_of_their_own(as_role: Browsers) -> None:
    page = as_role("tutor").get("/editions/R1/modules")
    assert "/m6/lessons/lesson-1" in page.text
    assert "lessons done" not in page.text
    assert "Go on reading" not in page.text


def test_a_module_page_shows_objectives_lessons_quiz_and_reading(as_role: Browsers, cast: Cast, now: datetime) -> None:
    text = text_of(as_role("participant").get("/editions/R1/modules/m1"))
    for words in (
        "About module 1",
        "After this module you can Objective 1",
        "Lesson 1.1",
        "Quiz 1",
        "0 of 2 lessons done",
    ):
        assert words in text


def test_a_module_that_has_not_opened_shows_its_date_and_no_links_to_lessons(as_role: Browsers) -> None:
    page = as_role("participant").get("/editions/R1/modules/m3")
    assert page.status_code == 200
    assert "Opens Monday 16 March, 08:00 in Turin" in text_of(page)
    assert "Lesson 3.1" in page.text
    assert "/lessons/" not in page.text


def test_a_lesson_that_has_not_opened_answers_with_its_date_and_none_of_its_words(as_role: Browsers) -> None:
    page = as_role("participant").get("/editions/R1/modules/m3/lessons/lesson-1")
    assert page.status_code == 403
    assert "You can read it from Monday 16 March, 08:00 in Turin" in text_of(page)
    assert "Body of lesson" not in page.text


def test_teachers_read_before_participants_do_and_are_told_so(as_role: Browsers) -> None:
    page = as_role("tutor").get("/editions/R1/modules/m3/lessons/lesson-1")
    assert page.status_code == 200
    assert "Body of lesson 3.1" in page.text
    assert "Opens for participants 16 Mar, 08:00 in Turin" in text_of(page)


def test_a_lesson_opens_in_the_very_instant(
    as_role: Browsers, set_now: Callable[[datetime], None], now: datetime
) -> None:
    opens = datetime.fromisoformat("2026-03-16T08:00:00+01:00")
    set_now(opens - timedelta(microseconds=1))
    assert as_role("participant").get("/editions/R1/modules/m3/lessons/lesson-1").status_code == 403
    set_now(opens)
    assert as_role("participant").get("/editions/R1/modules/m3/lessons/lesson-1").status_code == 200


def test_a_lesson_has_one_title_its_place_and_its_terms(as_role: Browsers) -> None:
    page = as_role("participant").get(LESSON)
    assert page.text.count("<h1") == 1
    text = text_of(page)
    assert "Module 1 · Lesson 1 of 2 Lesson 1.1 5 minutes · 3 kB" in text
    assert "Terms in this lesson return Going back." in text
    assert '<a class="term" href="#return" title="Going back.">return</a>' in page.text
    assert '<dt id="return">return</dt>' in page.text
    assert "<h2>Part</h2>" in page.text


def test_marking_done_goes_on_to_the_next_lesson_then_to_the_quiz(as_role: Browsers, cast: Cast) -> None:
    browser = as_role("participant")
    response = browser.post(f"{LESSON}/done")
    assert (response.status_code, response.location) == (303, "/editions/R1/modules/m1/lessons/lesson-2")
    response = browser.post("/editions/R1/modules/m1/lessons/lesson-2/done")
    assert (response.status_code, response.location) == (303, "/editions/R1/quizzes/quiz-1")
    assert "All lessons done" in browser.get("/editions/R1/modules/m1").text


def test_after_the_last_lesson_of_a_module_without_a_quiz_one_is_back_at_the_module(
    as_role: Browsers, cast: Cast, now: datetime
) -> None:
    modules = (replace(cast.content.modules[0], quiz=None), *cast.content.modules[1:])
    release(cast, now, modules=modules)
    response = as_role("participant").post("/editions/R1/modules/m1/lessons/lesson-2/done")
    assert response.location == "/editions/R1/modules/m1"


def test_a_double_click_on_done_is_one_mark_and_no_error(as_role: Browsers) -> None:
    browser = as_role("participant")
    assert [browser.post(f"{LESSON}/done").status_code for _ in range(2)] == [303, 303]
    assert db.session.scalar(select(func.count()).select_from(LessonCompletion)) == 1


def test_done_can_be_taken_back(as_role: Browsers) -> None:
    browser = as_role("participant")
    browser.post(f"{LESSON}/done")
    assert "Mark as not done" in browser.get(LESSON).text
    response = browser.post(f"{LESSON}/not-done")
    assert (response.status_code, response.location) == (303, LESSON)
    page = browser.get(LESSON).text
    assert "Mark as not done" not in page
    assert "Mark as done and go on" in page


@pytest.mark.parametrize("name", ["tutor", "coordinator", "administrator", "sponsor_viewer"])
def test_only_participants_mark_lessons(as_role: Browsers, name: str) -> None:
    browser = as_role(name)
    assert browser.post(f"{LESSON}/done").status_code == 403
    assert browser.post(f"{LESSON}/not-done").status_code == 403
    assert "Mark as done" not in browser.get(LESSON).text


def test_somebody_of_another_edition_cannot_mark_lessons_here(as_role: Browsers) -> None:
    assert as_role("outsider").post(f"{LESSON}/done").status_code == 404


def test_marking_before_the_module_opens_is_refused_with_a_reason(as_role: Browsers) -> None:
    response = as_role("participant").post("/editions/R1/modules/m3/lessons/lesson-1/done")
    assert response.status_code == 409
    assert "has not opened yet" in response.text


def test_a_closed_edition_can_be_read_but_progress_stays(as_role: Browsers, cast: Cast, now: datetime) -> None:
    cast.edition.closed_at = now
    browser = as_role("participant")
    page = browser.get(LESSON)
    assert page.status_code == 200
    assert "Mark as done" not in page.text
    assert browser.post(f"{LESSON}/done").status_code == 409


def test_the_glossary_is_alphabetical_with_an_anchor_for_each_term(
    as_role: Browsers, cast: Cast, now: datetime
) -> None:
    terms = [
        replace(cast.content.glossary[0], key=key, term=both(word))
        for key, word in (("z", "Zone"), ("e", "École"), ("d", "Diaspora"))
    ]
    release(cast, now, glossary=(*cast.content.glossary, *terms))
    page = as_role("participant").get("/editions/R1/glossary").text
    assert re.findall(r'<div id="([a-z]+)">', page) == ["d", "e", "return", "z"]


def test_a_long_glossary_comes_in_pages(as_role: Browsers, cast: Cast, now: datetime) -> None:
    terms = [replace(cast.content.glossary[0], key=f"t-{n:02}", term=both(f"Term {n:02}")) for n in range(45)]
    release(cast, now, glossary=tuple(terms))
    participant = as_role("participant")
    first, second = (participant.get(f"/editions/R1/glossary?page={n}").text for n in (1, 2))
    assert [re.findall(r'<div id="t-(\d+)">', page)[0] for page in (first, second)] == ["00", "30"]
    assert "Page 2 of 2" in text_of(participant.get("/editions/R1/glossary?page=99"))


def test_the_glossary_is_searched_by_a_plain_form(as_role: Browsers, cast: Cast, now: datetime) -> None:
    term = replace(cast.content.glossary[0], key="e", term=both("École"), definition=both("A place."))
    release(cast, now, glossary=(*cast.content.glossary, term))
    page = as_role("participant").get("/editions/R1/glossary?q=ECOLE")
    assert re.findall(r'<div id="([a-z]+)">', page.text) == ["e"]
    assert "1 term fits “ECOLE”. Show all 2 terms" in text_of(page)
    nothing = as_role("participant").get("/editions/R1/glossary?q=%3Cscript%3E")
    assert nothing.status_code == 200
    assert "<script>" not in nothing.text.split("<main")[1].split("</main>")[0]


def test_a_course_without_a_glossary_says_so(as_role: Browsers, cast: Cast, now: datetime) -> None:
    module = cast.content.modules[0]
    release(cast, now, glossary=(), modules=(replace(module, lessons=()), *cast.content.modules[1:]))
    assert "This course has no glossary" in as_role("participant").get("/editions/R1/glossary").text


@pytest.mark.parametrize(
    ("name", "sees"), [("participant", True), ("tutor", True), ("administrator", True), ("sponsor_viewer", False)]
)
def test_modules_and_glossary_are_in_the_navigation_of_those_who_read(cast: Cast, name: str, sees: bool) -> None:
    endpoints = [link.endpoint for link in links_for(cast.member(name))]
    assert ("courses.modules" in endpoints, "courses.glossary" in endpoints) == (sees, sees)


def test_what_is_worth_reading_has_its_source_on_a_line_of_its_own(
    as_role: Browsers, cast: Cast, now: datetime
) -> None:
    module = cast.content.modules[0]
    # A title that is long and in another language is a paragraph of its own: no comma may follow it.
    law = Reading(
        {"en": "International Convention on the Protection of the Rights of All Migrant Workers and Members of Their Families"},
        both("United Nations"), 1990, both("Read Article 2."), "https://www.ohchr.org/",
    )  # fmt: skip
    release(cast, now, modules=(replace(module, reading=(law,)), *cast.content.modules[1:]))
    cast.person("participant").language = "pt"
    page = as_role("participant").get("/editions/R1/modules/m1").text
    assert re.search(r"Families</span></a></cite>\n<div class=\"meta\">.*United Nations.*, 1990</div>", page)
    assert "</cite>," not in page
