"""Answers as forms and packets carry them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from lms.quizzes.forms import Packet, posted_answers, posted_seen, read_packet, seen_field

answers = st.dictionaries(
    st.integers(1, 999), st.lists(st.text("abcdefgh-", min_size=1), min_size=1, max_size=3), max_size=12
)


def test_only_answer_fields_are_read() -> None:
    form = MultiDict([("q1", "a"), ("q12", "b"), ("q0", "x"), ("qq", "x"), ("csrf_token", "t")])
    assert posted_answers(form) == {1: ["a"], 12: ["b"]}


def test_a_field_that_was_emptied_takes_its_answer_back() -> None:
    form = MultiDict([("q3", ""), ("q4", ""), ("q4", "b"), ("q5", "  ")])
    assert posted_answers(form) == {3: [], 4: ["b"], 5: []}


@given(answers)
def test_what_a_page_showed_comes_back_as_it_was(shown: dict[int, list[str]]) -> None:
    assert posted_seen(MultiDict({"seen": seen_field(shown)})) == shown


def test_a_form_without_the_field_has_shown_nothing() -> None:
    assert posted_seen(MultiDict({"seen": "x=a&=b"})) == {}


def test_a_packet_names_its_operation_and_its_attempt() -> None:
    document = {"operation": "abcdefgh-0000000007", "attempt": 41, "answers": {"3": ["b"]}}
    assert read_packet(document) == Packet("abcdefgh-0000000007", 41, {3: ["b"]})


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        {"answers": {}},
        {"operation": "abcdefgh-7", "attempt": 1, "answers": {}},
        {"operation": "abcdefgh-0000000007", "answers": {}},
        {"operation": "abcdefgh-0000000007", "attempt": "1", "answers": {}},
        {"operation": "abcdefgh-0000000007", "attempt": 1, "answers": []},
        {"operation": "abcdefgh-0000000007", "attempt": 1, "answers": {"x": ["a"]}},
        {"operation": "abcdefgh-0000000007", "attempt": 1, "answers": {"1": "a"}},
        {"operation": "abcdefgh-0000000007", "attempt": 1, "answers": {"1": [1]}},
        {"operation": "abcdefgh-0000000007", "attempt": 1, "answers": {"1": None}},
    ],
)
def test_anything_else_is_no_packet(document: Any) -> None:
    with pytest.raises(ValueError):
        read_packet(document)
