"""Texts of questions: Markdown where the author used it, and a line of text where a line was written."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.core import markdown
from lms.quizzes.question_texts import question_html


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("Who decides?", "Who decides?"),
        ("Elle n’a pas 5 < 6 & 7", "Elle n’a pas 5 &lt; 6 &amp; 7"),
        ("It is **her** choice", "It is <strong>her</strong> choice"),
        ("*Not* she", "<em>Not</em> she"),
        ("1. January", "1. January"),
        ("- 5", "- 5"),
        ("+ 5", "+ 5"),
        ("# 3", "# 3"),
        ("> 100", "&gt; 100"),
        ("---", "---"),
        ("***", "***"),
        ("1990.", "1990."),
        ("::: note", "::: note"),
        ("[a]: b", "[a]: b"),
        ("One.\n\nTwo.", "One.<br><br>Two."),
        ("[here](https://example.org)", '<a href="https://example.org">here</a>'),
    ],
)  # fmt: skip
def test_a_line_stays_a_line(typed: str, shown: str) -> None:
    assert str(question_html(typed)) == shown


def test_lists_and_tables_are_shown_where_they_were_written() -> None:
    assert "<li>one</li>" in question_html("Which?\n\n- one\n- two")
    assert "<table>" in question_html("| a | b |\n|---|---|\n| 1 | 2 |")


def test_a_picture_that_is_kept_here_is_drawn_and_no_other() -> None:
    digest = "ab" * 32
    assert f'src="/question-pictures/{digest}"' in question_html(f"![A map](picture:{digest})")
    assert "<img" not in question_html("![x](https://example.org/x.png)")


@pytest.mark.parametrize(
    "hostile", ["<script>alert(1)</script>", "[x](javascript:alert(1))", "<img src=x onerror=a>", "**<b onclick=a>**"]
)
def test_what_is_typed_never_becomes_a_program(hostile: str) -> None:
    shown = question_html(hostile)
    assert not re.search(r"<(script|img|b)\b", shown)
    assert 'href="javascript' not in shown


@given(
    st.text("ab 12.)-+#*>:=_é", min_size=1, max_size=20).filter(
        lambda text: text.strip() and "*" not in text and "_" not in text
    )
)
def test_a_line_without_marks_of_emphasis_is_read_as_it_was_typed(typed: str) -> None:
    shown = html.unescape(re.sub(r"<[^>]+>", "", str(question_html(typed))))
    assert " ".join(shown.split()) == " ".join(typed.split())


def test_nothing_in_a_question_is_filled_in_since_its_html_is_kept_for_every_edition(monkeypatch) -> None:
    monkeypatch.setattr(markdown, "_filler", lambda text: text.replace("{{edition.code}}", "R1"))
    assert "R1" in markdown.render_markdown("In **{{edition.code}}**")
    assert question_html("In **{{edition.code}}**") == "In <strong>{{edition.code}}</strong>"
