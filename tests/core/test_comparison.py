"""What changed between two texts: nothing of either is lost, and what changed is told word by word."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.core.comparison import Change, Passage, Piece, compare_in_context, compare_lines, compare_words

texts = st.one_of(
    st.text("ab \n\t\u2028é", max_size=60),
    st.lists(st.sampled_from(["people", "come", "home ", " with", "\n", "\n\n", "plans"]), max_size=30).map(" ".join),
)


def read(pieces: list[Piece], left_out: Change) -> str:
    return "".join(piece.text for piece in pieces if piece.change is not left_out)


def pieces_of(passages: list[Passage]) -> list[Piece]:
    return [piece for passage in passages for piece in passage.pieces]


@given(texts, texts)
def test_without_what_is_new_it_is_the_old_text_and_without_what_is_gone_the_new_one(old: str, new: str) -> None:
    for pieces in (compare_words(old, new), pieces_of(compare_lines(old, new))):
        assert read(pieces, Change.NEW) == old
        assert read(pieces, Change.GONE) == new


@given(texts)
def test_equal_texts_have_no_differences(text: str) -> None:
    assert all(passage.is_same for passage in compare_lines(text, text))
    assert compare_in_context(text, text) == ([None] if text else [])


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("same", "same", [("same", "same")]),
        ("Who pays the fee?", "Who pays the whole fee?", [("same", "Who pays the "), ("new", "whole "), ("same", "fee?")]),
        ("one two", "one three", [("same", "one "), ("gone", "two"), ("new", "three")]),
        ("a\nb", "a", [("same", "a"), ("gone", "\nb")]),
        ("a", "a\nb", [("same", "a"), ("new", "\nb")]),
        ("  indented", "indented", [("gone", "  "), ("same", "indented")]),
        ("", "all new", [("new", "all new")]),
    ],
)  # fmt: skip
def test_what_differs_is_told_word_by_word(old: str, new: str, expected: list[tuple[str, str]]) -> None:
    assert [(str(piece.change), piece.text) for piece in compare_words(old, new)] == expected


def test_a_changed_word_is_shown_in_its_line_and_the_rest_is_left_out() -> None:
    before = "One.\nTwo.\nShe wants to sew.\nFour.\nFive.\nSix."
    shown = compare_in_context(before, before.replace("sew", "teach"))
    assert shown[0] is None
    assert shown[-1] is None
    found = [piece for passage in shown if passage is not None for piece in passage.pieces]
    assert [piece for piece in found if piece.change is not Change.SAME] == [
        Piece(Change.GONE, "sew."),
        Piece(Change.NEW, "teach."),
    ]
    assert len(shown) == 5


def test_two_very_long_lines_are_compared_as_a_whole() -> None:
    long = " ".join(f"word{number}" for number in range(3000))
    (passage,) = compare_lines(long, long.upper())
    assert passage.pieces == (Piece(Change.GONE, long), Piece(Change.NEW, long.upper()))


def test_two_texts_of_very_many_lines_are_compared_as_a_whole() -> None:
    long = "\n".join(f"line{number}" for number in range(3000))
    (passage,) = compare_lines(long, long.upper())
    assert read(list(passage.pieces), Change.NEW) == long
    assert read(list(passage.pieces), Change.GONE) == long.upper()
