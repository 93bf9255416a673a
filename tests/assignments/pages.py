"""What the tests of the pages do again and again: read a hidden field, send a document, hand in, mark."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

from tests.assignments.making import ESSAY

AsRole = Callable[[str], Any]
SetNow = Callable[..., None]

ESSAY_PAGE = f"/editions/R1/assignments/{ESSAY}"
PART = f"{ESSAY_PAGE}/parts/essay"


def field(page: str, name: str) -> str:
    """The value of a hidden field."""
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', page) or re.search(
        rf'value="([^"]*)"[^>]*name="{name}"', page
    )
    assert found is not None, name
    return found[1]


def submit(browser: Any, key: str = ESSAY) -> Any:
    """Hand in through the check page."""
    page = browser.get(f"/editions/R1/assignments/{key}/check").text
    return browser.post(
        f"/editions/R1/assignments/{key}/submissions",
        {"number": field(page, "number"), "digest": field(page, "digest")},
    )


def send_document(browser: Any, content: bytes, name: str, **values: str) -> Any:
    """Send a document with the essay's form, its text left empty unless given."""
    return browser.post(
        PART,
        {"body": "", "revision": "0", **values, "file": (io.BytesIO(content), name)},
        content_type="multipart/form-data",
    )


def marks(points: str = "7.5", **values: str) -> dict[str, str]:
    """The form of the marking room with the same points for each criterion."""
    return {"revision": "0", **{f"points-e{n}": points for n in range(1, 5)}, **values}
