"""Somebody at a keyboard: goes on by Tab, presses Enter, Space and the arrows, types, and sees at each stop where they are."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Locator, Page
from sqlalchemy import select

from lms.core.db import db
from lms.courses.models import Edition, Sponsor
from tests.factories import Cast, small_course
from tests.journeys.conftest import LiveServer

NARROW = {"width": 320, "height": 640}

# No page has more places to stop at on the way to one of them.
STOPS = 150
# Nor has a list more to choose from.
CHOICES = 30
# The element that has the focus is named, marked, on the screen and under nothing else: a bar that stays, a head of a table.
_LOOK = """(wanted) => {
  const here = document.activeElement, fault = (what) => [`${here.outerHTML.slice(0, 160)} ${what}`, false];
  const isThere = here === wanted || (wanted && here.type === "radio" && here.name === wanted.name && here.form === wanted.form);
  if (here === document.body || here === document.documentElement) return ["", false];
  if (here.tagName === "MAIN") return ["", isThere];
  const all = [...here.getClientRects()].filter((one) => one.width && one.height);
  if (!all.length) return fault("has no place on the page");
  const seen = all.map((one) => ({
    left: Math.max(one.left, 0), right: Math.min(one.right, innerWidth), top: Math.max(one.top, 0), bottom: Math.min(one.bottom, innerHeight),
  })).filter((one) => one.right - one.left > 2 && one.bottom - one.top > 2);
  if (!seen.length) return fault("has the focus outside the screen");
  const style = getComputedStyle(here);
  const marks = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  if (!marks) return fault("does not show that it has the focus");
  const under = (x, y) => {
    const top = document.elementFromPoint(x, y);
    return top && (here.contains(top) || top.contains(here) || [...(here.labels || [])].some((label) => label.contains(top)));
  };
  const [one] = seen, points = [[0.5, 0.5], [0.1, 0.15], [0.9, 0.85]];
  const hidden = points.filter(([x, y]) => !under(one.left + x * (one.right - one.left), one.top + y * (one.bottom - one.top)));
  // Of what fills half the screen, a part may lie under a bar: the line where one writes does not.
  if (hidden.length > (here.getBoundingClientRect().height > innerHeight / 2 ? 2 : 0)) return fault(`is covered in ${hidden.length} of 3 points`);
  return ["", isThere];
}"""


class Keyboard:
    """A person without a mouse in front of a page. Every stop on the way is looked at."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def skip(self) -> None:
        """Over what every page begins with: the first stop is the way to the content, unless the page opened further down."""
        if "#" in self.page.url:
            return
        self.press("Tab")
        assert self._focused("a.skip"), "the first stop is not the way to the content"
        self.press("Enter")
        assert self.page.evaluate("document.activeElement.id") == "main"

    def to(self, role: Any, name: str | re.Pattern[str]) -> Locator:
        """Go on to the one thing of this role and name."""
        return self.to_this(self.page.get_by_role(role, name=name, exact=isinstance(name, str)))

    def to_this(self, target: Locator) -> Locator:
        """Go on to this; choices of one question are one stop."""
        wanted = target.element_handle()
        for _stop in range(STOPS):
            self.press("Tab")
            fault, is_there = self.page.evaluate(_LOOK, wanted)
            assert not fault, f"{self.page.url}: {fault}"
            if is_there:
                return target
        raise AssertionError(f"{self.page.url}: no way by keyboard to {target}")

    def look(self) -> None:
        """Be sure that where one is can be seen."""
        fault, _is_there = self.page.evaluate(_LOOK, None)
        assert not fault, f"{self.page.url}: {fault}"

    def press(self, *keys: str) -> None:
        """These keys, where one is."""
        for key in keys:
            self.page.keyboard.press(key)

    def follow(self, role: str, name: str | re.Pattern[str]) -> None:
        """Go to a link or button that leads to another page, and press it."""
        self.follow_this(self.page.get_by_role(role, name=name, exact=isinstance(name, str)))  # type: ignore[arg-type]

    def follow_this(self, target: Locator) -> None:
        """Go to this, which leads to another page, and press it."""
        self.to_this(target)
        with self.page.expect_navigation():
            self.press("Enter")

    def unfold(self, label: str | re.Pattern[str]) -> None:
        """Go to what is folded together under these words, and open it."""
        self.to_this(self.page.locator("summary").filter(has_text=label))
        self.press("Enter")

    def write(self, name: str | re.Pattern[str], text: str) -> None:
        """Go to a box and write into it, in place of what stands there."""
        self.to("textbox", name)
        self.press("Control+A")
        self.page.keyboard.type(text)

    def tick(self, name: str | re.Pattern[str]) -> None:
        """Go to a box and tick it."""
        assert not self.to("checkbox", name).is_checked()
        self.press("Space")

    def pick(self, target: Locator) -> None:
        """Go to the choices among which this is one, and on to it by the arrows."""
        self.to_this(target)
        self.press("Space")
        for _step in range(10):
            if target.is_checked():
                return
            self.press("ArrowDown")
        raise AssertionError(f"no way by the arrows to {target}")

    def choose(self, name: str | re.Pattern[str], label: str) -> None:
        """Go to a list of choices and down it to one that begins like this."""
        target = self.to("combobox", name)
        self.press("Home")
        for _step in range(CHOICES):
            if target.evaluate("one => one.selectedOptions[0].text.trim()").startswith(label):
                return
            self.press("ArrowDown")
        raise AssertionError(f"no way by the arrows to {label}")

    def _focused(self, selector: str) -> bool:
        return bool(self.page.evaluate("selector => document.activeElement.matches(selector)", selector))


def at(
    live: LiveServer, path: str, name: str | None = "participant", viewport: dict[str, int] | None = None
) -> Keyboard:
    """Somebody of the cast on a page, with the hands on the keyboard; the screen is the narrowest unless asked otherwise."""
    page = live.new_page(name, viewport or NARROW)
    page.goto(path)
    return Keyboard(page)


def cast_of(live: LiveServer) -> Cast:
    """The cast, inside ``live.database()``."""
    one, other = (db.session.scalars(select(Edition).where(Edition.code == code)).one() for code in ("R1", "R2"))
    sponsor = db.session.scalars(select(Sponsor)).one()
    return Cast(one, other, small_course(), sponsor, live.people, live.enrolments)
