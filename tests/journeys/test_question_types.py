"""Every type of question is answered by keyboard on a narrow phone, saved as one goes, and passes axe everywhere."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Route, expect
from sqlalchemy import select

from lms.core.db import db
from lms.courses.models import Edition
from lms.quizzes.models import Response
from tests.conftest import NOW
from tests.journeys.conftest import LiveServer, until
from tests.quizzes.question_samples import ask_all_in

pytestmark = pytest.mark.browser

QUIZ = "/editions/R1/quizzes/quiz-2"
NARROW = {"width": 320, "height": 640}
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture
def page(live: LiveServer) -> Page:
    """An attempt at a quiz with a question of every type."""
    with live.database():
        edition = db.session.scalars(select(Edition).where(Edition.code == "R1")).one()
        ask_all_in(edition.id, edition.course_id, "quiz-2", NOW)
    page = live.new_page("participant", NARROW)
    page.goto(QUIZ)
    page.get_by_role("button", name="Start the quiz").click()
    expect(page.locator("fieldset.question")).to_have_count(7)
    return page


def faults(page: Page) -> list[str]:
    report: Any = Axe().run(page, options={"runOnly": {"type": "tag", "values": STANDARDS}})
    found = [f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in report.response["violations"]]
    if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
        found.append("wider than the screen")
    return found


def answers(live: LiveServer) -> dict[int, Any]:
    return dict(live.all(select(Response.position, Response.answer).order_by(Response.position)))


def expect_status(page: Page, text: str) -> None:
    expect(page.locator("#quiz-status")).to_contain_text(text)


def answer_everything(page: Page) -> None:
    page.locator('[name="q1"][value="free"]').check()
    page.get_by_label("Economic").check()
    page.get_by_label("Social").check()
    page.get_by_label("False").check()
    page.get_by_label("Labour office").select_option(label="Finds work")
    page.get_by_label("Health centre").select_option(label="Treats")
    page.get_by_label("Vocational school").select_option(label="Trains")
    for place, item in enumerate(("Counselling", "Reintegration plan", "Starting a business", "Follow-up visit")):
        page.get_by_label(item, exact=True).select_option(index=place + 1)
    page.locator("#q6-text").fill("1 250,5 km")
    page.locator("#q7-text").fill("Retour  volontaire")
    page.locator("#q7-text").blur()


def test_every_type_is_asked_checked_and_reviewed_without_a_fault_at_320_pixels(live: LiveServer, page: Page) -> None:
    assert faults(page) == []
    answer_everything(page)
    expect_status(page, "All 7 answers are on the server.")
    assert faults(page) == []
    page.get_by_role("button", name="Check and submit").click()
    expect(page.get_by_text("You have answered every question.")).to_be_visible()
    assert faults(page) == []
    page.get_by_role("button", name="Submit my answers").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("7 of 7 right")
    assert faults(page) == []
    teacher = live.new_page("tutor", NARROW)
    teacher.goto(f"{QUIZ}/preview")
    assert faults(teacher) == []


def test_what_is_only_begun_is_on_the_server_and_told_as_unfinished(live: LiveServer, page: Page) -> None:
    page.get_by_label("Labour office").select_option(label="Treats")
    expect(page.locator("#q4-note")).to_have_text("1 of 3 matched.")
    expect_status(page, "0 of 7 on the server.")
    page.locator("#q6-text").fill("1,250")
    page.locator("#q6-text").blur()
    expect(page.locator("#q6-note")).to_contain_text("Write 1250 for the whole number, 1,2500 for the decimal.")
    assert answers(live)[4] == {"pairs": {"labour": "clinic"}}
    assert answers(live)[6] == {"text": "1,250"}
    assert faults(page) == []
    page.get_by_role("button", name="Check and submit").click()
    expect(page.get_by_text("2 answers are not whole yet.")).to_be_visible()
    expect(page.get_by_text("1 of 3 matched.")).to_be_visible()
    assert faults(page) == []
    page.get_by_role("button", name="Submit my answers").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("0 of 7 right")
    assert faults(page) == []


def test_an_order_is_made_by_keyboard_and_each_move_is_announced(live: LiveServer, page: Page) -> None:
    question = page.locator("#q5")
    for _step in range(3):
        question.get_by_role("button", name="Move up: Follow-up visit").focus()
        page.keyboard.press("Enter")
    expect(question.get_by_role("button", name="Move up: Follow-up visit")).to_be_focused()
    expect(question.get_by_role("status").first).to_have_text("Follow-up visit: place 1 of 4.")
    expect(question.locator("li").first).to_contain_text("Follow-up visit")
    until(page, lambda: answers(live).get(5, {}).get("places", {}).get("follow"), 1)
    expect_status(page, "1 of 7 on the server.")
    assert sorted(answers(live)[5]["places"].values()) == [1, 2, 3, 4]
    question.get_by_label("Follow-up visit", exact=True).select_option(index=2)
    expect(page.locator("#q5-note")).to_have_text("Place 2 is taken more than once.")
    expect_status(page, "0 of 7 on the server.")


def test_ticks_taken_away_and_text_emptied_take_the_answers_back(live: LiveServer, page: Page) -> None:
    """Edge case 22: who takes every tick away has not answered."""
    page.get_by_label("Economic").check()
    page.locator("#q7-text").fill("return")
    page.locator("#q7-text").blur()
    expect_status(page, "2 of 7 on the server.")
    page.get_by_label("Economic").uncheck()
    page.locator("#q7-text").fill("")
    page.locator("#q7-text").blur()
    expect_status(page, "0 of 7 on the server.")
    assert answers(live) == {2: {}, 7: {}}


def test_answers_of_every_type_wait_on_the_device_and_stand_there_again(live: LiveServer, page: Page) -> None:
    address = page.url
    page.context.route("**/answers", lambda route: route.abort())
    answer_everything(page)
    expect_status(page, "0 of 7 on the server, 7 on this device, unsent.")
    page.goto(address)
    expect(page.get_by_label("Economic")).to_be_checked()
    expect(page.get_by_label("Health centre").locator("option:checked")).to_have_text("Treats")
    expect(page.get_by_label("Starting a business", exact=True).locator("option:checked")).to_have_text("3")
    expect(page.locator("#q6-text")).to_have_value("1 250,5 km")
    page.context.unroute("**/answers")
    page.reload()
    expect_status(page, "All 7 answers are on the server.")
    assert answers(live)[5] == {"places": {"counsel": 1, "plan": 2, "start": 3, "follow": 4}}


def test_what_was_answered_before_the_script_came_is_sent_when_it_comes(live: LiveServer, page: Page) -> None:
    held: list[Route] = []
    page.context.route("**/static/quiz.js*", lambda route: held.append(route))
    page.reload(wait_until="commit")
    until(page, lambda: len(held), 1)
    page.get_by_label("Economic").check()
    page.get_by_label("Labour office").select_option(label="Finds work")
    page.locator("#q7-text").fill("return")
    page.locator("#q7-text").blur()
    assert answers(live) == {}
    held[0].continue_()
    expect_status(page, "2 of 7 on the server.")
    expect(page.locator("#q4-note")).to_have_text("1 of 3 matched.")
    assert answers(live)[7] == {"text": "return"}


def test_an_attempt_that_is_only_opened_again_sends_nothing(live: LiveServer, page: Page) -> None:
    answer_everything(page)
    expect_status(page, "All 7 answers are on the server.")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.reload()
    expect_status(page, "All 7 answers are on the server.")
    assert sent == []
