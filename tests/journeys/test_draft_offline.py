"""The essay on a line that breaks: what is typed is kept, the page says where it is, and nothing of two texts is lost."""

from __future__ import annotations

import io
import random
import re
import threading
import zipfile
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select
from werkzeug.serving import make_server

from lms.assignments.models import Draft, DraftVersion
from tests.assignments.making import ESSAY, ESSAY_OPEN, docx
from tests.journeys.conftest import PHONE, LiveServer, free_port, until

pytestmark = pytest.mark.browser

PAGE = f"/editions/R1/assignments/{ESSAY}"


@pytest.fixture(autouse=True)
def _essay_open(set_now: Callable[[datetime], None]) -> None:
    set_now(ESSAY_OPEN)


def texts(live: LiveServer) -> list[str]:
    return [row[0] for row in live.all(select(Draft.body))]


def say(page: Page, words: str) -> None:
    expect(page.locator("[data-status]")).to_contain_text(words)


def test_a_text_typed_without_a_line_is_kept_and_sent_when_it_is_back(live: LiveServer) -> None:
    page = live.new_page("participant", PHONE)
    page.goto(PAGE)
    page.context.set_offline(True)
    page.locator("textarea").fill("People come home with plans.")
    say(page, "Kept on this device at")
    say(page, "not on the server yet")
    assert texts(live) == []
    page.context.set_offline(False)
    say(page, "Saved on the server at")
    assert texts(live) == ["People come home with plans."]


def test_a_line_that_is_away_is_tried_again_no_sooner_than_it_said(live: LiveServer) -> None:
    """It was: every five seconds, which costs who pays for each try."""
    page = live.new_page("participant", PHONE)
    page.add_init_script(
        "const real = fetch; self.tries = 0; self.fetch = (...all) => { tries += /parts/.test(all[0]); return real(...all); };"
    )
    page.context.route("**/parts/**", lambda route: route.abort())
    page.clock.install(time=ESSAY_OPEN)
    page.goto(PAGE)
    page.clock.pause_at(ESSAY_OPEN + timedelta(hours=1))
    page.locator("textarea").fill("People come home with plans.")
    page.clock.run_for(3_000)
    say(page, "not on the server yet")
    page.clock.run_for(14_000)
    assert page.evaluate("tries") == 1
    page.clock.run_for(2_000)
    assert page.evaluate("tries") == 2


def test_with_the_server_killed_and_the_browser_closed_the_text_is_there_and_sent(
    live: LiveServer, tmp_path: Path
) -> None:
    server = make_server("127.0.0.1", free_port(), live.app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    port, url = server.server_port, f"http://127.0.0.1:{server.server_port}"
    first = live.new_page("participant", PHONE)
    cookies = first.context.cookies(live.url)
    options = {"executable_path": "/usr/bin/chromium", "args": ["--no-sandbox", "--disable-gpu"], "viewport": PHONE}
    chromium = live.browser.browser_type
    context = chromium.launch_persistent_context(str(tmp_path / "profile"), **options)
    context.add_cookies([{"name": one["name"], "value": one["value"], "url": url} for one in cookies])
    page = context.new_page()
    page.goto(url + PAGE)
    server.shutdown()
    server.server_close()
    page.locator("textarea").fill("Written while the server was down.")
    say(page, "Kept on this device at")
    context.close()  # the whole browser
    assert texts(live) == []
    server = make_server("127.0.0.1", port, live.app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    context = chromium.launch_persistent_context(str(tmp_path / "profile"), **options)
    context.add_cookies([{"name": one["name"], "value": one["value"], "url": url} for one in cookies])
    page = context.new_page()
    page.goto(url + PAGE)
    expect(page.locator("textarea")).to_have_value("Written while the server was down.")
    say(page, "Saved on the server at")
    context.close()
    server.shutdown()
    server.server_close()
    assert texts(live) == ["Written while the server was down."]


def test_a_text_kept_here_and_a_newer_one_on_the_server_are_both_shown_and_neither_is_lost(live: LiveServer) -> None:
    phone, desk = live.new_page("participant", PHONE), live.new_page("participant")
    phone.goto(PAGE)
    phone.context.set_offline(True)
    phone.locator("textarea").fill("The text from the phone.")
    say(phone, "Kept on this device")
    desk.goto(PAGE)
    desk.locator("textarea").fill("The text from the desk.")
    desk.get_by_role("button", name="Save", exact=True).click()
    say(desk, "Saved on the server")
    phone.context.set_offline(False)
    say(phone, "Nothing is lost: save to see both texts.")
    phone.get_by_role("button", name="Save", exact=True).click()
    expect(phone.get_by_role("heading", name="Two texts")).to_be_visible()
    expect(phone.locator(".theirs")).to_contain_text("The text from the desk.")
    expect(phone.locator("textarea")).to_have_value("The text from the phone.")
    phone.get_by_role("button", name="Save", exact=True).click()
    say(phone, "Saved on the server")
    assert texts(live) == ["The text from the phone."]
    assert "The text from the desk." in [row[0] for row in live.all(select(DraftVersion.body))]


def test_who_leaves_the_page_of_two_texts_is_asked_again_and_overwrites_nobody(live: LiveServer) -> None:
    phone, desk = live.new_page("participant", PHONE), live.new_page("participant")
    phone.goto(PAGE)
    phone.context.set_offline(True)
    phone.locator("textarea").fill("The text from the phone.")
    say(phone, "Kept on this device")
    desk.goto(PAGE)
    desk.locator("textarea").fill("The text from the desk.")
    desk.get_by_role("button", name="Save", exact=True).click()
    say(desk, "Saved on the server")
    phone.context.set_offline(False)
    say(phone, "Nothing is lost: save to see both texts.")
    phone.get_by_role("button", name="Save", exact=True).click()
    expect(phone.get_by_role("heading", name="Two texts")).to_be_visible()
    phone.on("dialog", lambda dialog: dialog.accept())
    phone.goto("/editions/R1")
    phone.goto(PAGE)
    expect(phone.locator("textarea")).to_have_value("The text from the phone.")
    say(phone, "Nothing is lost: save to see both texts.")
    assert texts(live) == ["The text from the desk."]
    phone.get_by_role("button", name="Save", exact=True).click()
    expect(phone.locator(".theirs")).to_contain_text("The text from the desk.")
    phone.get_by_role("button", name="Save", exact=True).click()
    say(phone, "Saved on the server")
    assert texts(live) == ["The text from the phone."]
    assert phone.evaluate("Object.keys(localStorage).filter((key) => key.includes('unsent'))") == []


def test_signing_out_warns_of_a_text_that_is_only_here_and_then_leaves_nothing(live: LiveServer) -> None:
    page = live.new_page("participant", PHONE)
    page.goto(PAGE)
    page.context.route("**/parts/**", lambda route: route.abort())
    page.locator("textarea").fill("Only on this phone.")
    say(page, "Kept on this device")
    asked: list[str] = []

    def refuse(dialog) -> None:  # type: ignore[no-untyped-def]
        asked.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", refuse)
    page.evaluate("document.querySelector('form[action$=\"/sign-out\"]').requestSubmit()")
    assert any("only on this device" in message for message in asked)
    kept = "Object.keys(localStorage).filter((key) => key.startsWith('segin:unsent:')).length"
    assert page.evaluate(kept) == 1
    page.remove_listener("dialog", refuse)
    page.on("dialog", lambda dialog: dialog.accept())
    page.evaluate("document.querySelector('form[action$=\"/sign-out\"]').requestSubmit()")
    page.wait_for_function(f"{kept} === 0")


def test_another_person_on_the_same_phone_sees_nothing_of_it(live: LiveServer) -> None:
    page = live.new_page("participant", PHONE)
    page.goto(PAGE)
    page.context.set_offline(True)
    page.locator("textarea").fill("Amina's private text.")
    say(page, "Kept on this device")
    page.context.set_offline(False)
    page.context.route("**/parts/**", lambda route: route.abort())
    other = page.context.new_page()
    live.sign_in(other, "other_participant")
    other.goto(PAGE)
    expect(other.locator("textarea")).to_have_value("")


def test_a_new_sign_in_in_another_window_lets_the_text_go_through(live: LiveServer) -> None:
    page = live.new_page("participant", PHONE)
    page.goto(PAGE)
    live.end_session(page)
    page.locator("textarea").fill("Typed after the session ended.")
    say(page, "Your sign-in has ended.")
    say(page, "Kept on this device")
    live.sign_in(page, "participant")
    page.locator("textarea").press_sequentially(" And more.")
    until(page, lambda: texts(live), ["Typed after the session ended. And more."])
    say(page, "Saved on the server")


def test_edge_case_28_an_upload_that_dies_loses_nothing_typed_and_says_so(live: LiveServer) -> None:
    """Edge case 28: the text is saved, the page says so, and the same button sends the document again."""
    page = live.new_page("participant", PHONE)
    page.goto(PAGE)
    page.locator("textarea").fill("The text beside the document.")
    sent = {"name": "مقال.docx", "mimeType": "application/zip", "buffer": docx("words of the document")}
    page.set_input_files('input[type="file"]', sent)

    def break_uploads(route) -> None:  # type: ignore[no-untyped-def]
        document = b'name="then"' in (route.request.post_data_buffer or b"")
        route.abort("connectionreset") if document else route.continue_()

    page.context.route("**/parts/**", break_uploads)
    page.get_by_role("button", name="Save and check before handing in").click()
    say(page, "The document did not arrive")
    expect(page.locator("textarea")).to_have_value("The text beside the document.")
    assert texts(live) == ["The text beside the document."]
    page.context.unroute("**/parts/**")
    page.get_by_role("button", name="Save and check before handing in").click()
    expect(page).to_have_url(re.compile("/check$"))
    expect(page.get_by_text("مقال.docx")).to_be_visible()


def test_a_document_that_is_refused_leaves_the_text_saved(live: LiveServer) -> None:
    page = live.new_page("participant", PHONE)
    page.goto(PAGE)
    page.locator("textarea").fill("My text stays.")
    page.set_input_files(
        'input[type="file"]', {"name": "essay.docx", "mimeType": "application/zip", "buffer": b"no document"}
    )
    page.get_by_role("button", name="Save", exact=True).click()
    say(page, "This is not a Word")
    assert texts(live) == ["My text stays."]


def test_a_large_document_goes_on_where_the_line_broke(live: LiveServer) -> None:
    page = live.new_page("participant", PHONE)
    page.goto(PAGE)
    document = io.BytesIO(docx("words of the document"))
    with zipfile.ZipFile(document, "a") as archive:
        archive.writestr("word/media/picture.bin", random.Random(1).randbytes(400_000))
    page.set_input_files(
        'input[type="file"]', {"name": "مقال.docx", "mimeType": "application/zip", "buffer": document.getvalue()}
    )
    pieces: list[str] = []

    def break_the_third(route) -> None:  # type: ignore[no-untyped-def]
        if route.request.method != "PATCH":
            return route.continue_()
        pieces.append(route.request.headers["upload-offset"])
        return route.abort("connectionreset") if len(pieces) == 3 else route.continue_()

    page.context.route("**/uploads/**", break_the_third)
    page.get_by_role("button", name="Save and check before handing in").click()
    say(page, "The document did not arrive")
    page.get_by_role("button", name="Save and check before handing in").click()
    expect(page).to_have_url(re.compile("/check$"))
    expect(page.get_by_text("مقال.docx")).to_be_visible()
    assert pieces[2] == pieces[3]
    assert len(set(pieces)) == len(pieces) - 1


@pytest.mark.parametrize("padding", [0, 400_000], ids=["in one piece", "in pieces"])
def test_a_document_that_meets_a_newer_text_is_sent_once_and_attached_after_both_were_seen(
    live: LiveServer, padding: int
) -> None:
    phone, desk = live.new_page("participant", PHONE), live.new_page("participant")
    for page in (phone, desk):
        page.goto(PAGE)
    desk.locator("textarea").fill("The text from the desk.")
    desk.get_by_role("button", name="Save", exact=True).click()
    say(desk, "Saved on the server")
    document = io.BytesIO(docx("words of the document"))
    with zipfile.ZipFile(document, "a") as archive:
        archive.writestr("word/media/picture.bin", random.Random(1).randbytes(padding))
    phone.set_input_files(
        'input[type="file"]', {"name": "مقال.docx", "mimeType": "application/zip", "buffer": document.getvalue()}
    )
    pieces: list[str] = []
    phone.context.on("request", lambda one: pieces.append(one.method) if one.method == "PATCH" else None)
    phone.locator("textarea").fill("The text from the phone.")
    phone.get_by_role("button", name="Save", exact=True).click()
    expect(phone.get_by_role("heading", name="Two texts")).to_be_visible()
    expect(phone.get_by_role("checkbox", name="Attach مقال.docx")).to_be_checked()
    phone.get_by_role("button", name="Save", exact=True).click()
    expect(phone.get_by_text("4 words read in it")).to_be_visible()
    assert texts(live) == ["The text from the phone."]
    assert len(pieces) == (4 if padding else 0)
    assert phone.evaluate("Object.keys(localStorage).filter((key) => key.includes('|'))") == []


def test_on_the_page_that_shows_two_texts_nothing_is_sent_by_itself(live: LiveServer) -> None:
    """It was: each word typed there put the other's text away before one had decided."""
    phone, desk = live.new_page("participant", PHONE), live.new_page("participant")
    phone.clock.install()
    for page in (phone, desk):
        page.goto(PAGE)
    desk.locator("textarea").fill("The text from the desk.")
    desk.get_by_role("button", name="Save", exact=True).click()
    say(desk, "Saved on the server")
    phone.locator("textarea").fill("The text from the phone.")
    phone.clock.run_for(5000)
    say(phone, "Nothing is lost: save to see both texts.")
    phone.get_by_role("button", name="Save", exact=True).click()
    expect(phone.get_by_role("heading", name="Two texts")).to_be_visible()
    sent: list[str] = []
    phone.context.on("request", lambda request: sent.append(f"{request.method} {request.url}"))
    phone.locator("textarea").fill("The text from the phone, and the desk's.")
    phone.clock.run_for(60_000)
    assert not [one for one in sent if one.startswith("POST")]
    phone.get_by_role("button", name="Save", exact=True).click()
    say(phone, "Saved on the server")
    assert texts(live) == ["The text from the phone, and the desk's."]
