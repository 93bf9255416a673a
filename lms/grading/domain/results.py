"""What one person has in one grade item."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from lms.courses.domain.content import Text
from lms.grading.domain.points import sum_points


class State(enum.StrEnum):
    """Where an item stands. Missing is not zero, zero is not excused, and a submission waits for its mark."""

    MISSING = "missing"
    SUBMITTED = "submitted"
    MARKED = "marked"
    EXCUSED = "excused"


@dataclass(frozen=True, slots=True)
class ItemResult:
    """One person's result in one item; points are exact, in hundredths, from 0 to the maximum.

    ``is_complete`` says whether a mark counts as done: a quiz submitted, group work taken part in. ``is_due`` says
    that the time to do it is over, so that a missing item counts among what was possible so far; ``is_ruled_out`` that
    whoever marks said there is nothing to mark, for instance for who took no part in the group work.

    Raises:
        ValueError: if points and state contradict each other, or points are out of range.
    """

    key: str
    title: Text
    kind: str
    maximum: Decimal
    state: State = State.MISSING
    points: Decimal | None = None
    is_complete: bool = False
    is_required: bool = True
    is_due: bool = False
    is_ruled_out: bool = False

    def __post_init__(self) -> None:
        if (self.state is State.MARKED) != (self.points is not None):
            raise ValueError(f"{self.key}: only a marked item has points")
        if self.points is not None and not 0 <= self.points <= self.maximum:
            raise ValueError(f"{self.key}: {self.points} points of at most {self.maximum}")

    @property
    def counts_as_done(self) -> bool:
        """True for a completed mark, 0 points included, and for an excused item."""
        return self.state is State.EXCUSED or (self.state is State.MARKED and self.is_complete)

    @property
    def is_open(self) -> bool:
        """True while it could still earn points: a mark is awaited, or it can still be done.

        A quiz that is over is over; other work may be accepted late, even after the edition, for an upgrade.
        """
        if self.state is State.MISSING:
            return not self.is_ruled_out and not (self.is_due and self.kind == "quiz")
        return self.state is State.SUBMITTED

    @property
    def counts_as_possible(self) -> bool:
        """True where its maximum belongs to what was possible so far."""
        return self.state in (State.MARKED, State.EXCUSED) or (self.state is State.MISSING and self.is_due)


def total_of(results: Iterable[ItemResult]) -> Decimal:
    """The exact sum of the points shown."""
    return sum_points(result.points for result in results if result.points is not None)


def with_points(results: Iterable[ItemResult], points: Mapping[str, Decimal]) -> tuple[ItemResult, ...]:
    """The results as they would be with these items marked and complete, and every other awaited mark at nothing.

    Args:
        points: by item key.

    Raises:
        ValueError: if points are below 0 or above the item's maximum.
    """
    return tuple(_tried(result, points.get(result.key)) for result in results)


def _tried(result: ItemResult, points: Decimal | None) -> ItemResult:
    if points is not None:
        return replace(result, state=State.MARKED, points=points, is_complete=True)
    return replace(result, state=State.MISSING) if result.state is State.SUBMITTED else result
