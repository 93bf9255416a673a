"""A module taken along: read without a network, worked on, and gone when somebody else has the phone."""

from __future__ import annotations

from playwright.sync_api import Page, expect
from sqlalchemy import func, select

from lms.courses.models import LessonCompletion
from tests.journeys.conftest import PHONE, LiveServer
import pytest

pytestmark = pytest.mark.browser

MODULE = "/editions/R1/modules/m1"


def keep(page: Page) -> None:
    """Keep the first module on this device."""
    page.goto(MODULE)
    page.get_by_role("button", name="Keep for offline reading").click()
    expect(page.locator("[data-keep]")).to_have_attribute("data-state", "kept")


def stores(page: Page) -> list[str]:
    return page.evaluate("caches.keys().then((names) => names.filter((name) => name.startsWith('segin:')))")


def test_a_kept_module_opens_without_a_network_and_says_from_when_it_is(live: LiveServer) -> None:
    page = live.new_page("participant", PHONE)
    keep(page)
    page.context.set_offline(True)
    page.goto(MODULE)
    expect(page.get_by_text("No network: this is the page as it was on")).to_be_visible()
    page.locator("ul.tasks a").first.click()
    expect(page.locator("article h1")).to_be_visible()
    page.context.set_offline(False)
    page.reload()
    expect(page.locator("article h1")).to_be_visible()
    expect(page.get_by_text("No network: this is the page as it was on")).to_have_count(0)
