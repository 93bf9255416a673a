"""What a rubric adds up to, and what each member of a group gets of it. Source: docs/rules.md#marking."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from lms.courses.domain.content import Criterion

HALF = Decimal("0.5")
# The mean of two markings has quarters; it is set to the hundredth.
HUNDREDTH = Decimal("0.01")


class ScoreFault(enum.StrEnum):
    """Why points cannot stand."""

    BELOW_ZERO = "below-zero"
    ABOVE_MAXIMUM = "above-maximum"
    NOT_HALF = "not-half"


def is_half_step(points: Decimal) -> bool:
    """True for whole and half points."""
    return points % HALF == 0


def score_fault(points: Decimal, maximum: Decimal, step: Decimal = HALF) -> ScoreFault | None:
    """Why a criterion's points cannot stand, or ``None``: they run from 0 to the maximum in steps of half a point.

    Args:
        step: the smallest difference; an agreed mark, being a mean, is finer.
    """
    if points < 0:
        return ScoreFault.BELOW_ZERO
    if points > maximum:
        return ScoreFault.ABOVE_MAXIMUM
    return None if points % step == 0 else ScoreFault.NOT_HALF


def rubric_maximum(rubric: Sequence[Criterion]) -> Decimal:
    """Points when every criterion is full."""
    return sum((criterion.maximum for criterion in rubric), Decimal(0))


def check_rubric(rubric: Sequence[Criterion], item_maximum: Decimal) -> None:
    """Raise ValueError unless a full rubric is worth exactly what the grade item is: marks are never rescaled."""
    total = rubric_maximum(rubric)
    if total != item_maximum:
        raise ValueError(f"the rubric adds up to {total} points, the grade item to {item_maximum}")


def rubric_total(
    rubric: Sequence[Criterion], scores: Mapping[str, Decimal | None], step: Decimal = HALF
) -> Decimal | None:
    """The exact sum of a complete rubric; ``None`` while a criterion has no points, for that is a draft.

    Args:
        step: the smallest difference that points may have.

    Raises:
        ValueError: if points stand outside their criterion's bounds.
    """
    total = Decimal(0)
    for criterion in rubric:
        points = scores.get(criterion.key)
        if points is None:
            return None
        if score_fault(points, criterion.maximum, step) is not None:
            raise ValueError(f"{points} points on {criterion.key}")
        total += points
    return total


@dataclass(frozen=True, slots=True)
class Part:
    """What a tutor says of one member. ``needs_reason``: giving this member the mark has to be explained."""

    took_part: bool
    adjustment: Decimal
    reason: str
    needs_reason: bool = False


class PartFault(enum.StrEnum):
    """Why what is said of a member cannot stand."""

    ADJUSTMENT_UNEXPLAINED = "adjustment-unexplained"
    INCLUSION_UNEXPLAINED = "inclusion-unexplained"
    NOT_HALF = "not-half"
    ABSENT_ADJUSTED = "absent-adjusted"
    BELOW_ZERO = "below-zero"
    ABOVE_MAXIMUM = "above-maximum"


def part_fault(part: Part, group_mark: Decimal | None, maximum: Decimal) -> PartFault | None:
    """Why what is said of a member cannot stand, or ``None``.

    Args:
        group_mark: the group's points; ``None`` while the rubric has a gap.
        maximum: points of a full rubric.
    """
    if not is_half_step(part.adjustment):
        return PartFault.NOT_HALF
    if part.took_part and part.adjustment:
        # What goes beyond is refused, never cut off: the tutor would believe in points that nobody gets.
        lowest, highest = (group_mark, group_mark) if group_mark is not None else (maximum, Decimal(0))
        if lowest + part.adjustment < 0:
            return PartFault.BELOW_ZERO
        if highest + part.adjustment > maximum:
            return PartFault.ABOVE_MAXIMUM
    if not part.took_part:
        return PartFault.ABSENT_ADJUSTED if part.adjustment else None
    if part.reason.strip():
        return None
    if part.needs_reason:
        return PartFault.INCLUSION_UNEXPLAINED
    return PartFault.ADJUSTMENT_UNEXPLAINED if part.adjustment else None


def member_mark(group_mark: Decimal, maximum: Decimal, part: Part) -> Decimal | None:
    """A member's points: the group's mark with the adjustment, within 0 and the maximum; ``None`` for the absent.

    An adjustment that goes beyond is refused when it is said; one that a later change of the group's mark pushes out
    of bounds ends at the bound.
    """
    if not part.took_part:
        return None
    return min(max(group_mark + part.adjustment, Decimal(0)), maximum)
