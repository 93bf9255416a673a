"""A module taken along: read without a network, worked on, and gone when somebody else has the phone."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Dialog, Page, expect
from sqlalchemy import func, select

from lms.courses.models import LessonCompletion
from lms.forums.models import Post
from lms.forums.services.posting import open_topic, reply
from lms.offline.models import TakenOperation
from lms.quizzes.models import Attempt, Response
from tests.conftest import NOW
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


def ask_to_sign_out(page: Page) -> None:
    page.locator("details.account summary").click()
    page.get_by_role("button", name="Sign out").click()


def sign_out(page: Page) -> None:
    ask_to_sign_out(page)
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


def test_the_keyboard_is_where_it_was_while_a_module_is_kept_and_beside_what_was_removed(live: LiveServer) -> None:
    page = live.new_page("participant", PHONE)
    page.goto(MODULE)
    box = page.locator("[data-keep]")
    fetches, removes = page.get_by_role("button", name=re.compile("Keep for|Fetch what")), box.get_by_role("button", name="Remove from")  # fmt: skip
    fetches.focus()
    for state in ("kept", "none", "kept"):
        page.evaluate(
            """() => {
              window.left = [];
              document.querySelector("[data-keep]").addEventListener("focusout", ({ target }) => window.left.push(target.textContent));
            }"""
        )
        page.keyboard.press("Enter")
        expect(box).to_have_attribute("data-state", state)
        expect(fetches).to_be_focused()
        if state == "kept":
            assert page.evaluate("window.left") == []
            removes.focus()
    page.goto("/offline")
    page.get_by_role("button", name="Remove").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Kept on this device")).to_be_focused()


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


def test_without_a_network_nobody_is_signed_out_and_nothing_is_taken_away(live: LiveServer) -> None:
    page = live.new_page("participant", PHONE)
    keep(page)
    page.context.set_offline(True)
    ask_to_sign_out(page)
    expect(page.get_by_text("No network, so nothing was done.")).to_be_visible()
    page.goto(LESSON)
    expect(page.get_by_text(NO_NETWORK)).to_be_visible()
    # A line that only seems to be there.
    page.context.set_offline(False)
    page.goto("/editions/R1")
    live.stop()
    ask_to_sign_out(page)
    expect(page.get_by_text("No network, so nothing was done.")).to_be_visible()
    assert pages_in_stores(page)
    live.start()
    page.goto("/editions/R1")
    expect(page.get_by_role("heading", level=1).first).to_be_visible()
    assert "/sign-in" not in page.url


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
    page.goto(LESSON)
    expect(page.locator("article h1")).to_have_count(0)
    expect(page.get_by_role("heading", name="There is no network")).to_be_visible()


def test_once_the_sign_in_page_was_shown_nothing_kept_is_shown_before_its_owner_is_back(live: LiveServer) -> None:
    page = live.new_page("participant", PHONE)
    keep(page)
    live.end_session(page)
    page.goto("/sign-in")
    page.context.set_offline(True)
    page.goto(LESSON)
    expect(page.get_by_text("Nothing of it is on this device.")).to_be_visible()
    expect(page.locator("article h1")).to_have_count(0)
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
    expect(page.get_by_text("No network, so nothing was done. What you typed is still here.")).to_be_visible()
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
    expect(page.get_by_text("Your topic is there.")).to_be_visible()
    assert [row[0] for row in live.all(select(Post.body))] == ["Written on the bus."]
    page.goto("/editions/R1/forums/general/new")
    expect(page.get_by_label("Your message")).to_have_value("")


TOPIC = {"title": "Papers from abroad", "body": "Who checks a certificate from another country?"}


def topic_in_the_forum_of_the_module(live: LiveServer) -> int:
    """A topic that somebody else has begun; its id."""
    with live.database():
        return open_topic(live.member("other_participant"), forum_key="module-m1", now=NOW, **TOPIC).id


def test_the_forum_of_a_kept_module_is_read_and_answered_without_a_server(live: LiveServer) -> None:
    topic_id = topic_in_the_forum_of_the_module(live)
    page = live.new_page("participant", PHONE)
    keep(page)
    live.stop()
    page.context.set_offline(True)
    page.goto("/editions/R1/forums/module-m1")
    expect(page.get_by_text(NO_NETWORK)).to_be_visible()
    page.get_by_role("link", name="Papers from abroad").click()
    expect(page.get_by_text(TOPIC["body"])).to_be_visible()
    page.get_by_label("Your reply").fill("The chamber of trades does.")
    page.get_by_role("button", name="Send my reply").click()
    waits = page.get_by_text("Waits for a network: Your reply to “Papers from abroad”.")
    expect(waits).to_be_visible()
    page.goto(MODULE)
    expect(waits).to_be_visible()
    page.goto("/editions/R1/group")
    expect(page.get_by_role("heading", name="There is no network")).to_be_visible()
    page.context.set_offline(False)  # the phone has a line again, and the server is still away
    page.reload()
    expect(waits).to_be_visible()
    live.start()
    page.reload()
    expect(page.get_by_text(re.compile("^Sent: "))).to_be_visible()
    page.reload()
    assert [row[0] for row in live.all(select(Post.body).where(Post.topic_id == topic_id).order_by(Post.id))] == [
        TOPIC["body"],
        "The chamber of trades does.",
    ]


def test_a_reply_to_one_message_of_a_kept_topic_answers_that_message(live: LiveServer) -> None:
    topic_id = topic_in_the_forum_of_the_module(live)
    with live.database():
        first = reply(live.member("tutor"), topic_id=topic_id, body="It depends.", now=NOW).id
    page = live.new_page("participant", PHONE)
    keep(page)
    page.context.set_offline(True)
    page.goto(f"/editions/R1/forums/topics/{topic_id}")
    page.locator(f"#post-{first}").get_by_role("link", name="Reply").click()
    expect(page.locator("form.write p.answers")).to_contain_text("In answer to")
    page.get_by_label("Your reply").fill("On what?")
    page.get_by_role("button", name="Send my reply").click()
    expect(page.get_by_text("Waits for a network")).to_be_visible()
    page.context.set_offline(False)
    expect(page.locator("article.post", has_text="On what?")).to_be_visible()  # the page shows it by itself
    expect(page.get_by_text("Waits for a network")).to_have_count(0)
    assert live.all(select(Post.parent_id).where(Post.body == "On what?")) == [(first,)]


def test_what_is_new_in_a_kept_module_is_fetched_without_its_lessons(live: LiveServer) -> None:
    page = live.new_page("participant", PHONE)
    keep(page)
    topic_id = topic_in_the_forum_of_the_module(live)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(urlsplit(request.url).path))
    with page.expect_response(f"**/forums/topics/{topic_id}"):
        page.get_by_role("button", name="Fetch what is new").click()
    expect(page.locator("[data-keep]")).to_have_attribute("data-state", "kept")
    assert not [path for path in asked if "/lessons/" in path]


def test_without_a_network_and_with_nothing_kept_the_app_says_so_in_the_language_of_the_phone(live: LiveServer) -> None:
    page = live.new_page(None, PHONE, locale="ar")
    page.goto("/sign-in")
    page.wait_for_function("navigator.serviceWorker.ready.then(() => 1)")
    page.reload()
    live.stop()
    page.goto("/")
    expect(page.get_by_role("heading", name="لا شبكة")).to_be_visible()
    assert page.locator("html").get_attribute("dir") == "rtl"
    live.start()
    page.locator("a").click()
    expect(page.locator("[name=email]")).to_be_visible()


def test_signing_out_everywhere_warns_of_what_is_unsent_and_empties_the_device(live: LiveServer) -> None:
    page = live.new_page("participant", PHONE)
    keep(page)
    page.evaluate(f"localStorage.setItem('segin:unsent:{live.people['participant']}:draft', '[1, \"x\"]')")
    page.goto("/profile")
    asked: list[str] = []

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.accept() if len(asked) > 1 else dialog.dismiss()

    page.on("dialog", answer)
    page.get_by_role("button", name="Sign out on every device").click()
    assert "/profile" in page.url
    assert pages_in_stores(page)
    page.get_by_role("button", name="Sign out on every device").click()
    page.wait_for_url("**/sign-in")
    assert len(asked) == 2
    assert pages_in_stores(page) == []
    assert page.evaluate("Object.keys(localStorage)") == []


def test_who_signs_out_takes_nothing_with_them_that_somebody_else_has_not_sent(live: LiveServer) -> None:
    page = live.new_page("participant", PHONE)
    keep(page)
    theirs = f"segin:unsent:{live.people['other_participant']}:draft"
    page.evaluate(f"localStorage.setItem('{theirs}', '[1, \"x\"]')")
    page.goto(MODULE)
    sign_out(page)
    assert pages_in_stores(page) == []
    assert page.evaluate("Object.keys(localStorage)") == [theirs]
