"""A module taken along: read without a network, worked on, and gone when somebody else has the phone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import func, select

from lms.courses.models import LessonCompletion
from lms.forums.models import Post
from lms.offline.models import TakenOperation
from lms.quizzes.models import Attempt, Response
from tests.journeys.conftest import PHONE, LiveServer

pytestmark = pytest.mark.browser

MODULE = "/editions/R1/modules/m1"
LESSON = f"{MODULE}/lessons/lesson-1"
NO_NETWORK = re.compile(r"No network\. Page of .*\d{4}, \d")


def keep(page: Page, module: str = MODULE) -> None:
    """Keep a module on this device."""
    page.goto(module)
    page.get_by_role("button", name="Keep for offline reading").click()
    expect(page.locator("[data-keep]")).to_have_attribute("data-state", "kept")


def stores(page: Page) -> list[str]:
    """The names of the stores that hold somebody's pages on this device."""
    names = "caches.keys().then((names) => names.filter((name) => name.startsWith('segin:')))"
    return list(page.evaluate(names))


def pages_in_stores(page: Page) -> list[str]:
    """The addresses of all pages of people that this device holds."""
    found = page.evaluate(
        """async () => {
          const all = [];
          for (const name of await caches.keys()) {
            for (const request of await (await caches.open(name)).keys()) all.push(new URL(request.url).pathname);
          }
          return all;
        }"""
    )
    return [path for path in found if not path.startswith("/static/") and not path.startswith("/offline/")]


def sign_out(page: Page) -> None:
    page.locator("details.account summary").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in")


def test_a_kept_module_opens_without_a_network_and_says_from_when_it_is(live: LiveServer) -> None:
    page = live.new_page("participant", PHONE)
    keep(page)
    page.context.set_offline(True)
    page.goto(MODULE)
    expect(page.get_by_text(NO_NETWORK)).to_be_visible()
    page.locator("ul.tasks a").first.click()
    expect(page.locator("article h1")).to_be_visible()
    page.get_by_role("link", name="Glossary").click()
    expect(page.get_by_role("heading", name="Glossary")).to_be_visible()
    page.context.set_offline(False)
    page.goto(LESSON)
    expect(page.locator("article h1")).to_be_visible()
    expect(page.get_by_text(NO_NETWORK)).to_have_count(0)


def test_a_page_that_is_not_kept_is_told_honestly_with_what_is(live: LiveServer) -> None:
    page = live.new_page("participant", PHONE)
    keep(page)
    page.context.set_offline(True)
    page.goto("/editions/R1/results")
    expect(page.get_by_role("heading", name="There is no network")).to_be_visible()
    page.locator("[data-device] ul.tasks a").first.click()
    expect(page).to_have_url(re.compile(f"{MODULE}$"))
    expect(page.get_by_text(NO_NETWORK)).to_be_visible()


def test_what_is_kept_stands_in_a_list_and_goes_from_there(live: LiveServer) -> None:
    page = live.new_page("participant", PHONE)
    keep(page)
    page.goto("/offline")
    row = page.locator("[data-device] li.task")
    expect(row).to_have_count(1)
    expect(row).to_contain_text(re.compile(r"about \d+ kB · .*\d{4}"))
    row.get_by_role("button", name="Remove").click()
    expect(row).to_have_count(0)
    expect(page.get_by_role("heading", name="No module is kept yet")).to_be_visible()
    assert [path for path in pages_in_stores(page) if path.startswith("/editions/")] == []


def test_signing_out_empties_the_device(live: LiveServer) -> None:
    page = live.new_page("participant", PHONE)
    keep(page)
    page.goto(MODULE)
    sign_out(page)
    assert pages_in_stores(page) == []
    assert page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('segin:kept:'))") == []


def test_on_a_shared_phone_the_next_person_meets_nothing_of_the_last(live: LiveServer) -> None:
    page = live.new_page("participant", PHONE)
    keep(page)
    mine = stores(page)
    # The last person never signed out: their session is simply replaced.
    live.sign_in(page, "other_participant")
    page.goto("/editions/R1")
    expect(page.locator("main h1")).to_be_visible()
    page.wait_for_function("async (mine) => !(await caches.keys()).includes(mine)", arg=mine[0])
    assert [path for path in pages_in_stores(page) if path.startswith("/editions/")] == []
    page.context.set_offline(True)
    with pytest.raises(Exception, match=r"ERR_FAILED"):
        page.goto(LESSON)


def test_once_the_sign_in_page_was_shown_nothing_kept_is_shown_before_its_owner_is_back(live: LiveServer) -> None:
    page = live.new_page("participant", PHONE)
    keep(page)
    live.end_session(page)
    page.goto("/sign-in")
    page.context.set_offline(True)
    with pytest.raises(Exception, match=r"ERR_FAILED|ERR_INTERNET_DISCONNECTED"):
        page.goto(LESSON)
    page.context.set_offline(False)
    live.sign_in(page, "participant")
    page.goto("/editions/R1")
    page.context.set_offline(True)
    page.goto(LESSON)
    expect(page.get_by_text(NO_NETWORK)).to_be_visible()


def test_a_lesson_marked_done_without_a_network_is_told_and_sent_once(live: LiveServer) -> None:
    page = live.new_page("participant", PHONE)
    keep(page)
    page.context.set_offline(True)
    page.goto(LESSON)
    page.get_by_role("button", name="Mark as done and go on").click()
    expect(page.get_by_text("Waits for a network")).to_be_visible()
    page.goto(MODULE)
    expect(page.get_by_text("Waits for a network")).to_be_visible()
    assert live.all(select(func.count()).select_from(LessonCompletion))[0][0] == 0
    page.context.set_offline(False)
    expect(page.get_by_text(re.compile("^Sent: "))).to_be_visible()
    assert live.all(select(func.count()).select_from(LessonCompletion))[0][0] == 1
    assert live.all(select(func.count()).select_from(TakenOperation))[0][0] == 1


def test_a_form_that_cannot_wait_stays_as_it_was_typed(live: LiveServer) -> None:
    page = live.new_page("participant", PHONE)
    keep(page)
    page.goto("/profile")
    page.locator("#organisation").fill("Bureau de Bamako")
    page.context.set_offline(True)
    page.locator("main form").first.evaluate("form => form.requestSubmit()")
    expect(page.get_by_text("No network: not sent. What you typed is still here.")).to_be_visible()
    expect(page.locator("#organisation")).to_have_value("Bureau de Bamako")


def test_an_open_quiz_goes_on_without_a_network(live: LiveServer) -> None:
    page = live.new_page("participant", PHONE)
    page.goto("/editions/R1/quizzes/quiz-2")
    page.get_by_role("button", name="Start the quiz").click()
    expect(page.locator("fieldset.question")).to_have_count(10)
    address = page.url
    keep(page, "/editions/R1/modules/m2")
    page.context.set_offline(True)
    page.goto(address)
    page.locator('input[name="q3"][value="b"]').check()
    expect(page.locator("#quiz-status")).to_contain_text("1 on this device, unsent")
    page.context.set_offline(False)
    expect(page.locator("#quiz-status")).to_contain_text("1 of 10 on the server.")
    assert [row[0] for row in live.all(select(Response.position).join(Attempt))] == [3]


def test_a_new_version_of_the_site_renews_what_is_kept_and_loses_none_of_it(
    live: LiveServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = live.new_page("participant", PHONE)
    keep(page)
    monkeypatch.setattr("lms.offline.views.build_of", lambda app: "another")
    page.context.set_offline(True)
    page.goto(LESSON)
    expect(page.locator("article h1")).to_be_visible()
    page.context.set_offline(False)
    with page.expect_response("**/modules/m1/offline"):
        page.goto(MODULE)
    expect(page.locator("[data-keep]")).to_have_attribute("data-state", "kept")


def test_a_line_that_breaks_while_keeping_is_told_and_what_came_does_not_come_again(live: LiveServer) -> None:
    page = live.new_page("participant", PHONE)
    page.goto(MODULE)
    page.context.route("**/lessons/lesson-2", lambda route: route.abort("connectionreset"))
    page.get_by_role("button", name="Keep for offline reading").click()
    expect(page.get_by_text("The connection broke.")).to_be_visible()
    page.context.unroute("**/lessons/lesson-2")
    again: list[str] = []
    page.on("request", lambda request: again.append(Path(request.url).name))
    page.get_by_role("button", name="Keep for offline reading").click()
    expect(page.locator("[data-keep]")).to_have_attribute("data-state", "kept")
    assert "lesson-2" in again
    assert "lesson-1" not in again


def test_a_message_written_without_a_network_waits_and_is_posted_once(live: LiveServer) -> None:
    page = live.new_page("participant", PHONE)
    page.goto("/editions/R1/forums/general/new")
    page.context.set_offline(True)
    page.get_by_label("What it is about").fill("Papers")
    page.get_by_label("Your message").fill("Written on the bus.")
    page.get_by_role("button", name="Send my message").click()
    expect(page.get_by_text("Waits for a network: Your new topic.")).to_be_visible()
    expect(page.get_by_label("Your message")).to_have_value("")
    page.context.set_offline(False)
    expect(page.get_by_text(re.compile("^Sent: "))).to_be_visible()
    assert [row[0] for row in live.all(select(Post.body))] == ["Written on the bus."]
    page.goto("/editions/R1/forums/general/new")
    expect(page.get_by_label("Your message")).to_have_value("")
