"""How the questions of a quiz do: how many are right, whether they tell the stronger from the weaker, what is chosen.

Source: docs/rules.md#item-analysis.
"""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from fractions import Fraction

# Below this a third is fewer than five people, and one of them decides what the comparison says.
FEWEST = 15
# From here on a percentage is worth its units; below, a single person moves it by more than one.
MANY = 100

EASY, HARD = Fraction(95, 100), Fraction(1, 4)
# How much more of the upper third than of the lower a question needs to tell them apart.
CLEAR, SOME = Fraction(3, 10), Fraction(1, 10)
# By how much the thirds have to differ the wrong way round: in a class of twenty one person more or less is chance.
AGAINST = Fraction(2, 10)


class Strength(enum.StrEnum):
    """What a comparison of the thirds says."""

    CLEAR = "clear"
    SOME = "some"
    NONE = "none"
    REVERSED = "reversed"


class Flag(enum.StrEnum):
    """What makes a question worth a look."""

    REVERSED = "reversed"
    WRONG_ATTRACTS = "wrong_attracts"
    HARD = "hard"
    EASY = "easy"
    NEVER_CHOSEN = "never_chosen"


@dataclass(frozen=True, slots=True)
class Taken:
    """One person's answer: what part is right, the share of the other questions that is, and what was chosen."""

    fraction: Fraction
    rest: Fraction
    chosen: tuple[Hashable, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """How many chose something: of all, of the upper third, of the lower. ``fraction`` is what it is worth."""

    key: Hashable
    fraction: Fraction
    everybody: int
    upper: int
    lower: int


@dataclass(frozen=True, slots=True)
class Analysis:
    """What is known of a version. ``discrimination`` is ``None`` with too few answers; then nobody is in a third."""

    n: int
    right: int
    facility: Fraction
    discrimination: Fraction | None
    upper: int
    lower: int
    choices: tuple[Choice, ...]
    empty: int

    @property
    def strength(self) -> Strength | None:
        """The discrimination in a word; ``None`` with too few answers."""
        if self.discrimination is None:
            return None
        if self.discrimination <= -AGAINST:
            return Strength.REVERSED
        if self.discrimination >= CLEAR:
            return Strength.CLEAR
        return Strength.SOME if self.discrimination >= SOME else Strength.NONE

    @property
    def flags(self) -> list[Flag]:
        """Why it is worth a look, the gravest first; nothing with too few answers."""
        if self.discrimination is None:
            return []
        wrong = [choice for choice in self.choices if choice.fraction <= 0]
        found = {
            Flag.REVERSED: self.strength is Strength.REVERSED,
            Flag.WRONG_ATTRACTS: any(self._attracts_the_strong(choice) for choice in wrong),
            Flag.HARD: self.facility < HARD,
            Flag.EASY: self.facility >= EASY,
            Flag.NEVER_CHOSEN: any(choice.everybody == 0 for choice in wrong) and self.facility < EASY,
        }
        return [flag for flag, holds in found.items() if holds]

    @property
    def is_weak(self) -> bool:
        """True where a flag says that something may be wrong, not only that it tells little."""
        return any(flag not in (Flag.EASY, Flag.NEVER_CHOSEN) for flag in self.flags)

    def _attracts_the_strong(self, choice: Choice) -> bool:
        return Fraction(choice.upper, self.upper) - Fraction(choice.lower, self.lower) >= AGAINST


def thirds(taken: Sequence[Taken]) -> tuple[list[Taken], list[Taken]]:
    """The upper and the lower third by the share of the other questions that is right.

    The question itself is left out, else it would agree with itself. Whoever ties with the last of a third belongs to it
    too: who is in which depends on no order. Where everybody ties, both are everybody.
    """
    size = len(taken) // 3
    if not size:
        return [], []
    shares = sorted(one.rest for one in taken)
    return [one for one in taken if one.rest >= shares[-size]], [one for one in taken if one.rest <= shares[size - 1]]


def analyse(taken: Sequence[Taken], offered: Sequence[tuple[Hashable, Fraction]]) -> Analysis:
    """How a version of a question did.

    Discrimination is the share right in the upper third less that in the lower: it can be checked by counting, and with
    a class of twenty says no less than a correlation.

    Args:
        offered: what can be chosen with what it is worth, in order; what else was chosen comes after it, often first.
    """
    n = len(taken)
    is_enough = n >= FEWEST
    upper, lower = thirds(taken) if is_enough else ([], [])
    return Analysis(
        n=n,
        right=sum(one.fraction == 1 for one in taken),
        facility=_mean(taken),
        discrimination=_mean(upper) - _mean(lower) if is_enough else None,
        upper=len(upper),
        lower=len(lower),
        choices=tuple(_choices(taken, upper, lower, offered)),
        empty=sum(not one.chosen for one in taken),
    )


def _mean(taken: Sequence[Taken]) -> Fraction:
    return sum((one.fraction for one in taken), Fraction(0)) / len(taken) if taken else Fraction(0)


def _choices(
    taken: Sequence[Taken], upper: Sequence[Taken], lower: Sequence[Taken], offered: Sequence[tuple[Hashable, Fraction]]
) -> list[Choice]:
    everybody, of_upper, of_lower = (
        Counter(key for one in some for key in one.chosen) for some in (taken, upper, lower)
    )
    worth = dict(offered)
    return [Choice(key, worth[key], everybody[key], of_upper[key], of_lower[key]) for key in worth]


def percentage(share: Fraction, n: int) -> int | None:
    """A share in percent, no finer than the number of answers allows: units from 100 answers on, fives from 15, else none."""
    if n < FEWEST:
        return None
    step = 1 if n >= MANY else 5
    return int(share * 100 / step + Fraction(1, 2)) * step


def one_decimal(discrimination: Fraction) -> Fraction:
    """Discrimination to a tenth, half away from nothing: a class of twenty does not tell more."""
    tenths = int(abs(discrimination) * 10 + Fraction(1, 2))
    return Fraction(tenths if discrimination >= 0 else -tenths, 10)
