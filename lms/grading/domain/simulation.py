"""What another scheme would make of results: whose points, totals and certificates change. Source: docs/rules.md#points."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from lms.grading.domain.decision import Decision, certificate_for
from lms.grading.domain.points import round_points
from lms.grading.domain.results import ItemResult, State
from lms.grading.domain.scheme import Fault, GradingScheme


@dataclass(frozen=True, slots=True)
class Given:
    """What one person has: results in gradebook order, and the raw marks behind them by item key."""

    results: Sequence[ItemResult]
    bases: Mapping[str, Mapping[str, Any]]
    is_withdrawn: bool = False


def points_under(points: Decimal | None, basis: Mapping[str, Any], maximum: Decimal) -> Decimal | None:
    """A mark under another maximum: right answers are counted anew from the raw marks, other points stay as given.

    Args:
        points: the mark as it stands, ``None`` where there is none.
        basis: the raw marks: ``right`` (an exact fraction) and ``questions`` of a quiz; anything else is kept.
    """
    if points is None or "right" not in basis or not basis.get("questions"):
        return points
    return round_points(Fraction(str(basis["right"])) * Fraction(maximum) / int(basis["questions"]))


def decision_under(given: Given, scheme: GradingScheme) -> Decision:
    """The decision that a scheme with the same items would give.

    Raises:
        ValueError: if a mark is above its new maximum; ``marks_above`` names those beforehand.
    """
    plans = {item.key: item for item in scheme.items}
    moved = tuple(_moved(result, given.bases, plans[result.key]) for result in given.results)
    return certificate_for(moved, scheme.tiers, given.is_withdrawn)


def _moved(result: ItemResult, bases: Mapping[str, Mapping[str, Any]], plan: Any) -> ItemResult:
    points = result.points
    if plan.maximum != result.maximum:
        points = points_under(points, bases.get(result.key, {}), plan.maximum)
    return replace(result, maximum=plan.maximum, is_required=plan.required, points=points)


def change_faults(before: GradingScheme, after: GradingScheme, everybody: Iterable[Given]) -> tuple[Fault, ...]:
    """What forbids going from one scheme to another: maxima that a rubric holds, and marks above their new maximum."""
    faults = []
    highest = _highest_kept(everybody)
    for old, new in zip(before.items, after.items, strict=True):
        if old.maximum == new.maximum:
            continue
        values = {"item": old.title, "maximum": old.maximum}
        if old.kind != "quiz":
            faults.append(Fault("maximum_of_rubric", values, f"maximum-{old.key}"))
        elif highest.get(old.key, new.maximum) > new.maximum:
            values |= {"points": highest[old.key], "maximum": new.maximum}
            faults.append(Fault("marks_above_maximum", values, f"maximum-{old.key}"))
    return tuple(faults)


def _highest_kept(everybody: Iterable[Given]) -> dict[str, Decimal]:
    """The highest mark of each item that would keep its points under another maximum."""
    highest: dict[str, Decimal] = {}
    for given in everybody:
        for result in given.results:
            if result.state is not State.MARKED or "right" in given.bases.get(result.key, {}):
                continue
            highest[result.key] = max(highest.get(result.key, Decimal(0)), result.points or Decimal(0))
    return highest
