"""A coordinator writes a question: the preview follows what is typed, and nothing typed is lost by leaving."""

from __future__ import annotations

import pytest
from playwright.sync_api import Dialog, expect
from sqlalchemy import func, select

from lms.quizzes.models import QuestionVersion
from tests.journeys.conftest import DESKTOP, PHONE, LiveServer

pytestmark = pytest.mark.browser

EDITOR = "/courses/small/questions/m2-q01/edit"


def test_the_preview_follows_what_is_typed_in_the_language_that_one_looks_at(live: LiveServer) -> None:
    page = live.new_page("coordinator", DESKTOP)
    page.goto(EDITOR)
    page.locator('[name="stem.en"]').fill("Who **really** decides?")
    preview = page.locator("#preview")
    expect(preview.locator("strong").first).to_have_text("really")
    page.locator('[name="options.1.text.fr"]').fill("Personne d’autre")
    page.get_by_label("Français").and_(page.locator("[name=preview_language]")).check()
    expect(preview).to_contain_text("Personne d’autre")
    assert live.all(select(func.count()).select_from(QuestionVersion)) == [(60,)]


def test_leaving_with_something_unsaved_asks_first_and_saving_does_not(live: LiveServer) -> None:
    page = live.new_page("coordinator", DESKTOP)
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    page.goto(EDITOR)
    page.locator('[name="stem.en"]').fill("Who decides now?")
    page.get_by_role("link", name="Leave without saving").click()
    page.get_by_role("button", name="Add an option").click()
    expect(page.locator('[name="options.4.text.en"]')).to_be_focused()
    expect(page.locator('[name="stem.en"]')).to_have_value("Who decides now?")
    page.locator('[name="options.4.text.en"]').fill("Nobody")
    page.get_by_role("button", name="Save the question").click()
    expect(page.get_by_text("Saved as version 2")).to_be_visible()
    assert asked == ["beforeunload"]


def test_a_question_is_written_on_a_phone_without_scripts(live: LiveServer) -> None:
    page = live.new_page("coordinator", PHONE, java_script_enabled=False)
    page.goto("/courses/small/new-question?kind=numerical")
    page.locator('[name="stem.en"]').fill("How many kilometres?")
    page.locator('[name="answers.0.value"]').fill("12,5")
    page.get_by_role("button", name="Add a unit").click()
    page.locator('[name="units.0.symbol"]').fill("km")
    page.get_by_role("button", name="Preview").last.click()
    expect(page.locator("#preview")).to_contain_text("How many kilometres?")
    page.get_by_role("button", name="Save the question").click()
    expect(page.get_by_role("heading", name="Question own-1")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
