"""What single people or groups are given beyond the rule of a quiz. Only ever more, never less.

Source: docs/rules.md#accommodations.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

# Four times the time limit is more than any tutor has asked for; a larger number is a slip.
LARGEST_FACTOR = Fraction(4)
MOST_EXTRA_ATTEMPTS = 10


@dataclass(frozen=True, slots=True)
class Granted:
    """One accommodation: what the time limit is multiplied by, attempts beyond the rule's, an earlier opening.

    A later closing is an extension of the gradebook's and not told here.
    """

    time_factor: Fraction = Fraction(1)
    extra_attempts: int = 0
    opens_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for a person beyond the rule of the quiz, everything that was granted taken together."""

    time_factor: Fraction = Fraction(1)
    extra_attempts: int = 0
    opens_at: datetime | None = None

    def opens(self, general: datetime) -> datetime:
        """When the quiz opens for the person."""
        return general if self.opens_at is None else min(general, self.opens_at)


NO_TERMS = Terms()


def terms_of(granted: Iterable[Granted]) -> Terms:
    """Everything that a person and their group were granted, together.

    Each helps where it gives most, so that granting more never takes anything away: the largest factor, all extra
    attempts, the earliest opening.
    """
    all_granted = list(granted)
    openings = [one.opens_at for one in all_granted if one.opens_at is not None]
    return Terms(
        max((one.time_factor for one in all_granted), default=Fraction(1)),
        sum(one.extra_attempts for one in all_granted),
        min(openings, default=None),
    )
