"""The states in which pages are seldom looked at: refused, empty, too long, from right to left, in the middle of a quiz."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page
from playwright.sync_api import TimeoutError as NothingCame
from sqlalchemy import select

from lms.accounts.models import Person
from lms.core.db import db
from lms.courses.models import CourseRelease
from lms.courses.permissions import Member
from lms.surveys.services import submit_answers
from tests.assignments.making import ESSAY_OPEN, essay_of, make_group
from tests.conftest import NOW
from tests.factories import enrol, make_edition, make_person, small_course
from tests.journeys.conftest import LiveServer
from tests.journeys.keyboard import NARROW, cast_of
from tests.journeys.test_accessibility import faults_of, pages_for
from tests.quizzes.question_samples import ask_all_in
from tests.surveys.conftest import CLOSED, OPEN

pytestmark = pytest.mark.browser

SetNow = Callable[[datetime], None]
LONG_NAME = "Rakotoarimananjatovonirinafidelisoaharimalalaandriamanantenaina"
LONG_TITLE = "What people say who came back after many years and find that nobody waited for them at home " * 2
# Sends a form as somebody would who wrote nothing, whatever the browser itself would say to that.
_SEND_EMPTY = """(form) => {
  for (const field of form.querySelectorAll("input:not([type=hidden], [type=checkbox], [type=radio]), textarea")) field.value = "";
  for (const field of form.querySelectorAll("input:checked:not([type=hidden])")) field.checked = false;
  form.noValidate = true;
  form.requestSubmit(form.querySelector("button:not([type=button], [name=do])"));
}"""
_FORMS = "main form[method=post]:has(textarea, input:is([type=text], [type=email], [type=password], [type=file], [type=search], [type=date], [type=number], :not([type])))"


def _wrong(axe: Axe, page: Page, paths: Iterable[str]) -> dict[str, list[str]]:
    found = {}
    for path in paths:
        page.goto(path)
        if faults := faults_of(axe, page):
            found[path] = faults
    return found


def _speak_arabic(live: LiveServer) -> None:
    with live.database():
        for person in db.session.scalars(select(Person)):
            person.language = "ar"


def _summary_faults(page: Page) -> list[str]:
    """The title says that something is wrong, one begins at the summary of it, and each fault there leads to its field."""
    if page.locator(".error-summary").count() == 0:
        return ["no summary of what is wrong"]
    try:
        page.wait_for_function("document.activeElement.matches('.error-summary')")
        found = []
    except NothingCame:
        found = [f"one begins at {page.evaluate('document.activeElement.outerHTML.slice(0, 80)')}"]
    if not page.title().startswith("Problem: "):
        found.append(f"{page.title()} says nothing of it")
    links = page.locator(".error-summary a").evaluate_all("links => links.map((one) => one.hash.slice(1))")
    for link in links:
        target = page.locator(f"[id='{link}']")
        if target.count() != 1:
            found.append(f"{link} leads nowhere")
        elif not target.evaluate("one => { one.focus(); return document.activeElement === one; }"):
            found.append(f"{link} is no place where one can be")
    return found


@pytest.mark.parametrize("name", ["participant", "coordinator"])
def test_a_form_that_is_refused_says_what_is_wrong_to_everybody(live: LiveServer, name: str, set_now: SetNow) -> None:
    set_now(ESSAY_OPEN)
    with live.database():
        make_group(cast_of(live), "participant", ambassador="participant")
    page, axe = live.new_page(name, NARROW), Axe()
    page.add_init_script("addEventListener('submit', (event) => event.stopImmediatePropagation(), true)")
    refused, found, sent = 0, {}, set()
    for path in pages_for(live, name):
        page.goto(path)
        for number, action in enumerate(
            page.locator(_FORMS).evaluate_all(
                'forms => forms.map((one) => one.getAttribute("action") || location.pathname)'
            )
        ):
            if action in sent or action.endswith(("/sign-out", "/sessions/end", "/password")):
                continue
            sent.add(action)
            page.goto(path)
            form = page.locator(_FORMS).nth(number)
            if form.count() == 0:
                continue
            page.evaluate("() => { window.isBefore = true; }")
            with page.expect_response(lambda answer: answer.request.method == "POST") as answered:
                form.evaluate(_SEND_EMPTY)
            answer = answered.value
            if answer.status == 204 or "attachment" in answer.headers.get("content-disposition", ""):
                continue  # no page comes
            page.wait_for_function("!window.isBefore && document.readyState === 'complete'")
            if answer.status != 422:
                continue
            refused += 1
            faults = faults_of(axe, page) + _summary_faults(page)
            if faults:
                found[f"{path} {action}"] = faults
    assert found == {}
    assert refused >= {"participant": 3, "coordinator": 10}[name]


def test_an_edition_without_anybody_in_it(live: LiveServer) -> None:
    with live.database():
        release = db.session.scalars(select(CourseRelease)).one()
        edition = make_edition("R3", release, small_course(), NOW)
        enrol(db.session.get_one(Person, live.people["coordinator"]), edition, "coordinator", NOW)
    page, axe = live.new_page("coordinator", NARROW), Axe()
    pages = ("", "/people", "/groups", "/marking", "/gradebook", "/releases", "/closing", "/report", "/forums", "/forums/general",
             "/quizzes/quiz-1/attempts", "/quizzes/quiz-1/items", "/evaluation/results", "/assignments/group-work/allocation",
             "/assignments/group-work/moderation", "/search?q=nothing", "/comments", "/amendments")  # fmt: skip
    known = [path for path in (f"/editions/R3{one}" for one in pages) if page.request.get(path).status == 200]
    assert len(known) > 12
    assert _wrong(axe, page, known) == {}


def test_long_names_and_long_titles_from_right_to_left(live: LiveServer, set_now: SetNow) -> None:
    set_now(ESSAY_OPEN)
    with live.database():
        cast = cast_of(live)
        make_group(cast, "participant", "other_participant", name=LONG_NAME[:40], ambassador="participant")
        essay_of(cast, "participant", ESSAY_OPEN)
        cast.edition.title = {"en": LONG_TITLE, "fr": LONG_TITLE}
        for person in db.session.scalars(select(Person)):
            person.full_name, person.organisation = f"{LONG_NAME[:58]}{person.id:02}", LONG_TITLE[:150]
        for number in range(25):
            enrol(make_person(f"Somebody {LONG_NAME[:50]}{number:02}", NOW), cast.edition, "participant", NOW)
    _speak_arabic(live)
    axe, found = Axe(), {}
    page = live.new_page("participant", NARROW, color_scheme="dark")
    own = ("", "/modules", "/modules/m1", "/modules/m1/lessons/lesson-1", "/group", "/group/meeting", "/groups/1/discussion", "/forums",
           "/assignments/group-work/profiles", "/assignments/group-work/parts/proposal", "/assignments/final-assignment", "/results")  # fmt: skip
    found |= _wrong(axe, page, [f"/editions/R1{one}" for one in own])
    page = live.new_page("coordinator", NARROW)
    crowded = ("", "/people", "/groups", "/groups/proposal?count=3&seed=1&traits=sex&who=all", "/marking", "/marking/1", "/gradebook",
               "/gradebook/1", "/gradebook/1/quiz-1", "/gradebook/scheme", "/releases", "/closing", "/settings", "/settings/dates",
               "/quizzes/quiz-1/settings", "/assignments/final-assignment/allocation", "/agenda")  # fmt: skip
    found |= _wrong(axe, page, [f"/editions/R1{one}" for one in crowded])
    assert found == {}


def test_an_attempt_and_its_result_from_right_to_left(live: LiveServer) -> None:
    with live.database():
        edition = cast_of(live).edition
        ask_all_in(edition.id, edition.course_id, "quiz-2", NOW)
    _speak_arabic(live)
    page, axe = live.new_page("participant", NARROW, color_scheme="dark"), Axe()
    page.goto("/editions/R1/quizzes/quiz-2")
    found = []
    for button in (0, 0, 0):
        with page.expect_navigation():
            page.locator("main form button.button-primary").nth(button).click()
        found += faults_of(axe, page)
    assert found == []


def test_charts_from_right_to_left(live: LiveServer, set_now: SetNow) -> None:
    with live.database():
        edition = cast_of(live).edition
        for number in range(6):
            person = make_person(f"Answering {number}", OPEN)
            member = Member(person, edition, enrol(person, edition, "participant", OPEN))
            submit_answers(member, {"e01": str(number % 5 + 1), "e02": "na", "e03": LONG_NAME}, OPEN)
    _speak_arabic(live)
    set_now(CLOSED)
    page, axe = live.new_page("coordinator", NARROW, color_scheme="dark"), Axe()
    assert (
        _wrong(
            axe, page, ("/editions/R1/evaluation/results", "/editions/R1/report", "/editions/R1/quizzes/quiz-1/items")
        )
        == {}
    )


def test_a_page_that_is_not_there_or_not_for_one(live: LiveServer) -> None:
    page, axe = live.new_page("participant", NARROW), Axe()
    assert (
        _wrong(axe, page, ("/nothing-here", "/editions/R2", "/editions/R1/gradebook", "/certificates?code=nonsense"))
        == {}
    )
