"""Pure rules of certificates: codes that cannot be guessed but can be typed, and what issuing would do to each person.

Source: docs/rules.md#certificates.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

# Crockford's alphabet: no I, L, O or U, so a code survives being read aloud and typed on a phone.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 26  # 26 × 5 bits = 130 bits
_LOOKALIKES = str.maketrans({"I": "1", "L": "1", "O": "0"})


def code_from(random_bits: int) -> str:
    """The code that stands for 130 random bits.

    Raises:
        ValueError: if the number needs more bits.
    """
    if not 0 <= random_bits < 32**CODE_LENGTH:
        raise ValueError("a code stands for 130 bits")
    letters = []
    for _ in range(CODE_LENGTH):
        random_bits, index = divmod(random_bits, 32)
        letters.append(ALPHABET[index])
    return "".join(reversed(letters))


def normalise_code(typed: str) -> str:
    """A typed code as it is stored: upper case, without hyphens and blanks, look-alikes put right."""
    kept = "".join(character for character in typed.upper() if character.isalnum())
    return kept.translate(_LOOKALIKES)


def is_code(text: str) -> bool:
    """True if the text has the form of a stored code."""
    return len(text) == CODE_LENGTH and all(character in ALPHABET for character in text)


def grouped(code: str) -> str:
    """A code in groups that can be read aloud: ``7KQ4M-…``."""
    return "-".join(code[start : start + 5] for start in range(0, len(code), 5))


class Action(enum.StrEnum):
    """What issuing now would do for one person."""

    ISSUE = "issue"  # a first certificate
    UPGRADE = "upgrade"  # a higher one, which replaces the one that stands
    KEEP = "keep"  # has what was earned
    REVIEW = "review"  # has more than the marks now give: a person decides, nothing is taken away by itself
    WAIT = "wait"  # something is still to be marked
    NONE = "none"  # earned none


@dataclass(frozen=True, slots=True)
class Holding:
    """The certificate that a person has now, if any."""

    kind: str | None
    is_revoked: bool = False


def action_for(earned: str | None, is_pending: bool, holding: Holding, tiers: Sequence[str]) -> Action:
    """What issuing would do for a person.

    Args:
        earned: the tier that the decision gives, or ``None``.
        is_pending: True while the decision waits for a mark; what a person already has is kept meanwhile.
        holding: what the person has; one that was revoked is never issued again by itself.
        tiers: tier keys, highest first.

    Raises:
        ValueError: if ``earned`` or what is held is not a tier.
    """
    rank: Mapping[str, int] = {tier: position for position, tier in enumerate(tiers)}
    for kind in (earned, holding.kind):
        if kind is not None and kind not in rank:
            raise ValueError(f"{kind!r} is not a tier of this edition")
    if holding.is_revoked:
        return Action.REVIEW if earned is not None else Action.NONE
    if holding.kind is None:
        return Action.WAIT if is_pending else Action.NONE if earned is None else Action.ISSUE
    if is_pending or earned == holding.kind:
        return Action.KEEP
    if earned is None or rank[earned] > rank[holding.kind]:
        return Action.REVIEW
    return Action.UPGRADE


def number_for(edition_code: str, kind: str, ordinal: int) -> str:
    """The number printed on a certificate: edition, initial of the kind, running number in the edition."""
    return f"{edition_code}-{kind[0].upper()}-{ordinal:04}"
