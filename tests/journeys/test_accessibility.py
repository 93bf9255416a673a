"""Every page that a role can reach passes axe on a narrow phone in light and on a desktop in dark colours, and is clear to who hears it."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.conftest import Browser
from tests.journeys.conftest import LiveServer
from tests.spoken import spoken, stumbles
from tests.walk import pages_of

STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Only what is wrong is written down: on long pages the rest is most of the work.
OPTIONS = {"runOnly": {"type": "tag", "values": STANDARDS}, "resultTypes": ["violations"]}
SCREENS = (({"width": 320, "height": 640}, "light"), ({"width": 1280, "height": 900}, "dark"))

# Where each begins, and the addresses that are theirs to look at: what others see alike is looked at once.
WALKS = {
    "stranger": (["/sign-in", "/certificates"], "/"),
    "participant": (["/editions/R1"], "/"),
    "tutor": (["/editions/R1"], "/editions/R1/marking"),
    "coordinator": (["/editions/R1"], "/editions/"),
    "sponsor_viewer": (["/editions/R1"], "/editions/"),
    "administrator": (["/", "/administration", "/people", "/design"], "/"),
}


def pages_for(live: LiveServer, name: str) -> list[str]:
    """The addresses that are this role's to look at."""
    browser = Browser(live.app, live.identities.get(name))
    starts, within = WALKS[name]
    with live.app.app_context():
        found = list(pages_of(live.app, browser.get, starts).values())
    if name == "administrator":
        found = [path for path in found if not path.startswith("/editions/")]
    return [path for path in found if path.startswith(within) or path == starts[0]]


def faults_of(axe: Axe, page: Page) -> list[str]:
    """What axe finds on a page, what a listener would stumble over, and whether it is wider than the screen."""
    report: Any = axe.run(page, options=OPTIONS)
    found = [
        f"{violation['id']}: {violation['nodes'][0]['html'][:160]} ({len(violation['nodes'])})"
        for violation in report.response["violations"]
    ]
    found += stumbles(spoken(page))
    if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
        found.append("wider than the screen")
    return found


@pytest.mark.parametrize("name", WALKS)
def test_every_page_is_accessible_and_fits_the_screen(live: LiveServer, name: str) -> None:
    paths = pages_for(live, name)
    assert paths
    axe = Axe()
    faults: dict[str, list[str]] = {}
    for viewport, scheme in SCREENS:
        page = live.new_page(None if name == "stranger" else name, viewport, color_scheme=scheme)
        refused: list[str] = []
        page.on("console", lambda message, log=refused: log.append(message.text) if message.type == "error" else None)
        for path in paths:
            page.goto(path)
            found = faults_of(axe, page)
            if found or refused:
                faults[f"{path} at {viewport['width']}, {scheme}"] = found + refused
                refused.clear()
    assert faults == {}
