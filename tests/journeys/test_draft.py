"""The essay on a phone: one press of a button is enough, whatever was typed or chosen before it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from io import BytesIO

import docx
import pytest
from playwright.sync_api import expect

from tests.assignments.making import ESSAY, ESSAY_OPEN
from tests.journeys.conftest import PHONE, LiveServer

pytestmark = pytest.mark.browser

PAGE = f"/editions/R1/assignments/{ESSAY}"


@pytest.fixture(autouse=True)
def _essay_open(set_now: Callable[[datetime], None]) -> None:
    set_now(ESSAY_OPEN)


def test_a_document_is_sent_at_the_first_press_with_nothing_typed(live: LiveServer) -> None:
    page = live.new_page("participant", PHONE)
    page.goto(PAGE)
    document = BytesIO()
    written = docx.Document()
    written.add_paragraph("People come home with more than they left with.")
    written.save(document)
    page.set_input_files(
        'input[type="file"]', {"name": "essay.docx", "mimeType": "application/zip", "buffer": document.getvalue()}
    )
    page.get_by_role("button", name="Save and check before handing in").click()
    expect(page.get_by_text("essay.docx")).to_be_visible()


def test_a_text_typed_a_moment_ago_is_saved_and_checked_at_the_first_press(live: LiveServer) -> None:
    page = live.new_page("participant", PHONE)
    page.goto(PAGE)
    page.locator("textarea").fill("People come home with more than they left with.")
    page.get_by_role("button", name="Save and check before handing in").click()
    expect(page.get_by_text("9 words.")).to_be_visible()


def test_without_a_connection_the_text_stays_and_the_page_says_so(live: LiveServer) -> None:
    page = live.new_page("participant", PHONE)
    page.goto(PAGE)
    page.context.set_offline(True)
    page.locator("textarea").fill("People come home.")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("[data-status]")).to_contain_text("No connection")
    expect(page.locator("textarea")).to_have_value("People come home.")


def test_a_document_that_is_too_large_is_told_before_it_is_sent(live: LiveServer) -> None:
    page = live.new_page("participant", PHONE)
    page.goto(PAGE)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    large = {"name": "essay.pdf", "mimeType": "application/pdf", "buffer": bytes(10 * 1024 * 1024 + 1)}
    page.set_input_files('input[type="file"]', large)
    assert "too large" in page.locator('input[type="file"]').evaluate("(field) => field.validationMessage")
    page.get_by_role("button", name="Save and check before handing in").click()
    expect(page.locator('input[type="file"]')).to_be_visible()
    assert sent == []
    page.set_input_files('input[type="file"]', {**large, "buffer": b"%PDF-"})
    assert page.locator('input[type="file"]').evaluate("(field) => field.validity.valid")
