"""The gradebook under the fingers: the arrow keys, the search, a phone."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import DESKTOP, LiveServer

pytestmark = pytest.mark.browser


def _focused(page: Any) -> str:
    return str(page.evaluate("document.activeElement.getAttribute('href') || document.activeElement.id"))


def test_a_tutor_walks_the_gradebook_by_the_arrow_keys(live: LiveServer) -> None:
    page = live.new_page("tutor", DESKTOP)
    page.goto("/editions/R1/gradebook")
    rows = page.locator("[data-grid] tbody tr")
    names = [rows.nth(n).locator("th a").get_attribute("href") for n in range(3)]
    assert page.locator("[data-grid] tbody a[tabindex='0']").count() == 1
    rows.nth(0).locator("th a").focus()
    page.keyboard.press("ArrowDown")
    assert _focused(page) == names[1]
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert _focused(page) == f"{names[1]}/quiz-2"
    page.keyboard.press("End")
    assert _focused(page) == f"{names[1]}/final-assignment"
    page.keyboard.press("ArrowRight")
    assert _focused(page) == f"{names[1]}/final-assignment"
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{names[0]}/final-assignment")
    page.go_back()
    assert page.locator("[data-grid] tbody a[tabindex='0']").get_attribute("href") == f"{names[0]}/final-assignment"
    # Outside the table the key is nobody's: who speaks to the machine would press it in the middle of a word.
    page.locator("h1").click()
    page.keyboard.press("/")
    assert _focused(page) != "q"
    page.locator("[data-grid] tbody a[tabindex='0']").focus()
    page.keyboard.press("/")
    assert _focused(page) == "q"
    page.keyboard.type("third")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=third**")
    expect(rows).to_have_count(1)


def test_on_a_phone_nothing_is_wider_than_the_screen(live: LiveServer) -> None:
    page = live.new_page("tutor")
    page.goto("/editions/R1/gradebook")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.locator("[data-grid] a[href$='/quiz-2']").first.is_visible()


def test_without_scripts_every_figure_is_a_link(live: LiveServer) -> None:
    page = live.new_page("tutor", DESKTOP, java_script_enabled=False)
    page.goto("/editions/R1/gradebook")
    assert page.locator("[data-grid] tbody a[tabindex]").count() == 0
    page.fill("#q", "third")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("[data-grid] tbody tr")).to_have_count(1)
