"""What people typed, without the signs of Markdown and with everything that it says."""

from __future__ import annotations

import pytest

from lms.core.plain_text import on_one_line, typed_as_text


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("It is **really** _free_, ~~no~~ `yes`", "It is really free, no yes"),
        ("5 * 3 * 2 in snake_case_name", "5 * 3 * 2 in snake_case_name"),
        ("First\nsecond\n\nthird", "First\nsecond\n\nthird"),
        ("# Mine\n\ntext", "Mine\n\ntext"),
        ("Two:\n\n- one\n  more\n- two", "Two:\n\n– one\n  more\n– two"),
        ("3. three\n\n4. four\n   - below", "3. three\n4. four\n  – below"),
        ("> said\n> so\n\nNo.", "│ said\n│ so\n\nNo."),
        ("|Who|What|\n|-|-|\n|Awa|asks|\n\nEnd", "Who · What\nAwa · asks\n\nEnd"),
        ("|Who|What|\n|-|-|\n||asks|", "Who · What\nasks"),
        ("[the law](https://ilo.org/c97)", "the law (https://ilo.org/c97)"),
        ("<https://ilo.org/c97>", "https://ilo.org/c97"),
        ("<awa@office.example>", "awa@office.example"),
        ("```\na = 1\n\nb\n```", "a = 1\n\nb"),
        ("one\n\n---\n\ntwo", "one\n\ntwo"),
        ("« Retour\u00a0» ?", "« Retour\u00a0» ?"),
        ("", ""),
    ],
)
def test_a_message_in_plain_words(typed: str, said: str) -> None:
    assert typed_as_text(typed) == said


def test_one_line_keeps_what_french_keeps_together() -> None:
    assert on_one_line(" Rappel\u00a0:\r\n  3\u202f000\tfois ") == "Rappel\u00a0: 3\u202f000 fois"
