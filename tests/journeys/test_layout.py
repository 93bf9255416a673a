"""What stands where: nothing covers a button, long words take no room from titles, one head for all pages."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page
from sqlalchemy import select

from lms.accounts.models import Person
from lms.core.db import db
from tests.conftest import NOW
from tests.journeys.conftest import DESKTOP, PHONE, LiveServer
from tests.journeys.keyboard import cast_of
from tests.quizzes.question_samples import ask_all_in

pytestmark = pytest.mark.browser

_AT_THE_FOOT = """button => {
  scrollBy({ top: button.getBoundingClientRect().bottom - innerHeight, behavior: "instant" });
  const box = button.getBoundingClientRect();
  return document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2) === button;
}"""


def _speak(live: LiveServer, language: str) -> None:
    with live.database():
        for person in db.session.scalars(select(Person)):
            person.language = language


def _edges(page: Page, selector: str) -> list[float]:
    """Where elements begin from above, each place once."""
    return sorted(set(page.locator(selector).evaluate_all("all => all.map((one) => one.getBoundingClientRect().top)")))


def test_the_bar_of_a_quiz_never_covers_its_buttons(live: LiveServer) -> None:
    with live.database():
        edition = cast_of(live).edition
        ask_all_in(edition.id, edition.course_id, "quiz-2", NOW)
    page = live.new_page("participant", PHONE)
    page.goto("/editions/R1/quizzes/quiz-2")
    page.locator("main form button.button-primary").click()
    button = page.locator("button[name=check]")
    button.wait_for()
    page.wait_for_load_state()
    assert page.locator("#quiz-sync").evaluate("bar => getComputedStyle(bar).position") == "sticky"
    assert button.evaluate(_AT_THE_FOOT)


def test_a_long_word_about_a_task_stands_below_its_title_on_a_phone(live: LiveServer) -> None:
    _speak(live, "pt")
    page = live.new_page("participant", PHONE)
    page.goto("/editions/R1")
    task = page.locator(".task:has(.status:text-is('ainda não aberto'))").first
    title, status = task.locator(".task-title"), task.locator(".status")
    bottom = title.evaluate("title => title.getBoundingClientRect().bottom")
    assert status.evaluate("status => status.getBoundingClientRect().top") >= bottom
    short = page.locator(".task:has(.status:text-is('por fazer'))").first
    assert short.locator(".status").evaluate("status => status.getBoundingClientRect().top") < short.locator(
        ".task-title"
    ).evaluate("title => title.getBoundingClientRect().bottom")


@pytest.mark.parametrize("language", ["en", "fr", "pt"])
def test_a_coordinators_parts_of_an_edition_stand_in_one_row(live: LiveServer, language: str) -> None:
    _speak(live, language)
    page = live.new_page("coordinator", DESKTOP)
    page.goto("/editions/R1/people")
    assert page.locator(".edition-nav li").count() > 13
    assert len(_edges(page, ".edition-nav li")) == 1


def test_the_head_of_a_wide_page_is_that_of_every_page(live: LiveServer) -> None:
    page = live.new_page("coordinator", {"width": 1600, "height": 900})
    places = []
    for path in ("people", "gradebook"):
        page.goto(f"/editions/R1/{path}")
        places.append([page.locator(one).bounding_box() for one in (".brand", ".account", ".edition-name")])
    assert places[0] == places[1]


def test_a_date_is_read_whole_in_a_card(live: LiveServer) -> None:
    page = live.new_page("coordinator", PHONE)
    page.goto("/editions/R1/settings/dates")
    widths = page.locator(".data input[type^=datetime]").evaluate_all("all => all.map((one) => one.clientWidth)")
    assert len(widths) > 5
    assert min(widths) > 180
