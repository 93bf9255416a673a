"""Messages that were put together to cost much are read, searched and shown at about the price of any others."""

from __future__ import annotations

import pytest

from lms.core.markdown import render_markdown, render_typed
from lms.forums.domain.searching import plain

LONGEST = 10_000


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[a [b](c)", "[a b"), ("![a ![b](c)", "![a b"), ("[a](b[c](d)", "[a](bc"), ("[^a [^1] x", "[^a x"),
        ("[" * LONGEST, "[" * LONGEST), ("[^" * (LONGEST // 2), "[^" * (LONGEST // 2)),
    ],
    ids=["link", "picture", "address", "note", "ten thousand links", "five thousand notes"],
)  # fmt: skip
def test_what_never_closes_is_looked_for_no_further_than_the_next_opening(text: str, words: str) -> None:
    assert plain(text) == words


@pytest.mark.parametrize("columns", [20, 100, 1000])
@pytest.mark.parametrize("render", [render_typed, render_markdown])
def test_a_table_of_empty_lines_does_not_grow_to_a_page_that_no_phone_can_load(render, columns: int) -> None:
    table = "|a" * columns + "|\n" + "|-" * columns + "|\n" + "|\n" * LONGEST
    assert len(render(table[:LONGEST])) < 100_000


@pytest.mark.parametrize("render", [render_typed, render_markdown])
def test_a_table_with_some_cells_left_out_is_still_whole(render) -> None:
    html = render("|a|b|c|\n|-|-|-|\n" + "|x|\n" * 100)
    assert html.count("<tr>") == 101
    assert html.count("</td>") == 300
