"""What people type, shown safely: Markdown where they used it, every line break kept."""

from __future__ import annotations

import pytest

from lms.core.markdown import render_typed


def test_every_line_break_is_kept() -> None:
    assert render_typed("First\nsecond\n\nthird") == "<p>First<br>\nsecond</p>\n<p>third</p>\n"


def test_an_indented_line_is_a_paragraph_not_a_program() -> None:
    assert render_typed("    My text.") == "<p>My text.</p>\n"


def test_a_heading_stands_below_those_of_the_page() -> None:
    assert render_typed("# Mine") == "<h3>Mine</h3>\n"
    assert render_typed("### Mine") == "<h4>Mine</h4>\n"


@pytest.mark.parametrize(
    "attack",
    ["<script>alert(1)</script>", "[x](javascript:alert(1))", '<img src=x onerror="alert(1)">', "![x](//e.org)"],
)
def test_nothing_typed_becomes_a_script_or_fetches_a_picture(attack: str) -> None:
    html = render_typed(attack)
    assert "<script" not in html
    assert "<img" not in html
    assert 'href="javascript' not in html
