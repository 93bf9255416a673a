"""Codes and the plan of what issuing would do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.certificates.domain import (
    ALPHABET,
    CODE_LENGTH,
    Action,
    Holding,
    action_for,
    code_from,
    grouped,
    is_code,
    normalise_code,
    number_for,
)

TIERS = ("achievement", "participation")


@given(st.integers(min_value=0, max_value=32**CODE_LENGTH - 1))
def test_a_code_carries_130_bits_and_survives_being_typed(bits: int) -> None:
    code = code_from(bits)
    assert is_code(code)
    assert normalise_code(grouped(code).lower()) == code
    value = 0
    for letter in code:
        value = value * 32 + ALPHABET.index(letter)
    assert value == bits


@pytest.mark.parametrize("bits", [-1, 32**CODE_LENGTH])
def test_a_code_refuses_other_numbers_of_bits(bits: int) -> None:
    with pytest.raises(ValueError, match="130 bits"):
        code_from(bits)


def test_letters_that_look_like_figures_are_put_right() -> None:
    assert normalise_code("il0 O-o") == "11000"


def test_a_text_of_another_length_or_alphabet_is_no_code() -> None:
    assert not is_code("7" * (CODE_LENGTH - 1))
    assert not is_code("U" * CODE_LENGTH)


@pytest.mark.parametrize(
    ("earned", "pending", "held", "revoked", "action"),
    [
        ("achievement", False, None, False, Action.ISSUE),
        ("participation", False, None, False, Action.ISSUE),
        (None, False, None, False, Action.NONE),
        (None, True, None, False, Action.WAIT),
        ("achievement", False, "participation", False, Action.UPGRADE),
        ("achievement", False, "achievement", False, Action.KEEP),
        # A mark that is awaited takes nothing away.
        (None, True, "participation", False, Action.KEEP),
        # A mark lowered after issue is for a person to decide.
        ("participation", False, "achievement", False, Action.REVIEW),
        (None, False, "participation", False, Action.REVIEW),
        # A revoked certificate is never issued again by itself.
        ("achievement", False, "participation", True, Action.REVIEW),
        (None, False, "participation", True, Action.NONE),
    ],
)
def test_what_issuing_would_do(
    earned: str | None, pending: bool, held: str | None, revoked: bool, action: Action
) -> None:
    assert action_for(earned, pending, Holding(held, revoked), TIERS) is action


def test_a_kind_that_is_no_tier_is_a_bug() -> None:
    with pytest.raises(ValueError, match="not a tier"):
        action_for("gold", False, Holding(None), TIERS)


def test_numbers_count_up_within_an_edition() -> None:
    assert number_for("A9714779", "achievement", 7) == "A9714779-A-0007"
