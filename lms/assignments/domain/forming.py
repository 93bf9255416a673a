"""How groups come about: what is balanced, how even a proposal is, and when people may choose for themselves.

Source: docs/rules.md#groups.
"""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from lms.courses.domain.schedule import has_passed

# What groups can be mixed by, in the order in which it is offered.
TRAITS = ("sex", "country", "language", "organisation_type", "organisation", "time_zone")
USUAL_TRAITS = ("sex", "country", "organisation_type")


@dataclass(frozen=True, slots=True)
class BalanceRow:
    """How many people with one value of a trait are in each group. An empty ``value`` is not stated."""

    trait: str
    value: str
    counts: tuple[int, ...]

    @property
    def total(self) -> int:
        """How many people that are."""
        return sum(self.counts)

    @property
    def is_even(self) -> bool:
        """True where no group has two more of them than another: nothing is more even than that."""
        return max(self.counts) - min(self.counts) <= 1


def balance_rows(groups: Sequence[Sequence[Mapping[str, str]]], traits: Sequence[str]) -> list[BalanceRow]:
    """The table of group by value, the commonest value of each trait first, what is not stated last.

    Values that one person alone has are left out: they are as even as can be wherever that person is.

    Args:
        groups: for each group the traits of its people, by name of the trait.
        traits: those that are balanced.
    """
    rows = []
    for trait in traits:
        counts = [Counter(person.get(trait, "") for person in group) for group in groups]
        together = sum(counts, Counter[str]())
        values = sorted(together, key=lambda value: (value == "", -together[value], value))
        rows += [
            BalanceRow(trait, value, tuple(count[value] for count in counts)) for value in values if together[value] > 1
        ]
    return rows


class SignUpState(enum.StrEnum):
    """Whether people may choose their group now."""

    UPCOMING = "upcoming"
    OPEN = "open"
    CLOSED = "closed"


def sign_up_state(opens_at: datetime, closes_at: datetime, now: datetime) -> SignUpState:
    """Whether people may choose their group; the closing is met until the last instant of its minute."""
    if now < opens_at:
        return SignUpState.UPCOMING
    return SignUpState.CLOSED if has_passed(closes_at, now) else SignUpState.OPEN
