"""What another scheme would make of results: whose points, totals and certificates change. Source: docs/rules.md#points.

Work may come and go with a scheme; what has a mark stays.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from lms.courses.domain.content import ItemPlan
from lms.grading.domain.decision import Decision, certificate_for
from lms.grading.domain.points import round_points
from lms.grading.domain.results import ItemResult, State
from lms.grading.domain.scheme import FREE_KINDS, Fault, GradingScheme


@dataclass(frozen=True, slots=True)
class Given:
    """What one person has: results in gradebook order, and the raw marks behind them by item key.

    ``is_over``: the edition is closed, so that work which a scheme adds would be missing at once.
    """

    results: Sequence[ItemResult]
    bases: Mapping[str, Mapping[str, Any]]
    is_withdrawn: bool = False
    is_over: bool = False


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
    """The decision that a scheme would give: work that it adds is missing, work that it leaves out counts no more.

    Raises:
        ValueError: if a mark is above its new maximum; ``change_faults`` names those beforehand.
    """
    known = {result.key: result for result in given.results}
    moved = tuple(_moved(known.get(plan.key), plan, given) for plan in scheme.items)
    return certificate_for(moved, scheme.tiers, given.is_withdrawn)


def _moved(result: ItemResult | None, plan: ItemPlan, given: Given) -> ItemResult:
    if result is None:
        return ItemResult(
            plan.key, plan.title, plan.kind, plan.maximum, is_required=plan.required, is_due=given.is_over
        )
    points = result.points
    if plan.maximum != result.maximum:
        points = points_under(points, given.bases.get(result.key, {}), plan.maximum)
    return replace(result, maximum=plan.maximum, is_required=plan.required, points=points)


def change_faults(
    before: GradingScheme,
    after: GradingScheme,
    everybody: Iterable[Given],
    *,
    used: Collection[str] = (),
    issued: Collection[str] = (),
) -> tuple[Fault, ...]:
    """What forbids going from one scheme to another.

    That is: a maximum that a rubric holds, a mark above its new maximum, work taken out that has marks or that people
    hand in, a kind of certificate taken out that somebody has.

    Args:
        used: keys of the work that anybody has a line of the ledger for.
        issued: keys of the tiers that certificates were issued for.
    """
    return (
        *_maximum_faults(before, after, everybody),
        *_left_out_faults(before, after, used),
        *(
            Fault("tier_issued", {"tier": tier.title})
            for tier in before.tiers
            if tier.key in issued and after.find_tier(tier.key) is None
        ),
    )


def _maximum_faults(before: GradingScheme, after: GradingScheme, everybody: Iterable[Given]) -> Iterator[Fault]:
    highest = _highest_kept(everybody)
    for old in before.items:
        new = after.find_item(old.key)
        if new is None or old.maximum == new.maximum:
            continue
        values = {"item": old.title, "maximum": old.maximum}
        if old.kind not in FREE_KINDS:
            yield Fault("maximum_of_rubric", values, f"maximum-{old.key}")
        elif highest.get(old.key, new.maximum) > new.maximum:
            values |= {"points": highest[old.key], "maximum": new.maximum}
            yield Fault("marks_above_maximum", values, f"maximum-{old.key}")


def _left_out_faults(before: GradingScheme, after: GradingScheme, used: Collection[str]) -> Iterator[Fault]:
    for old in before.items:
        if after.find_item(old.key) is None and not may_leave(old, used):
            yield Fault("item_used" if old.key in used else "item_handed_in", {"item": old.title})


def may_leave(item: ItemPlan, used: Collection[str]) -> bool:
    """Whether a scheme may leave a piece of work out: nobody has anything in it, and none is handed in for it.

    A quiz that the scheme leaves out goes on as practice.

    Args:
        used: keys of the work that anybody has a line of the ledger for.
    """
    return item.key not in used and item.kind in FREE_KINDS


def _highest_kept(everybody: Iterable[Given]) -> dict[str, Decimal]:
    """The highest mark of each item that would keep its points under another maximum."""
    highest: dict[str, Decimal] = {}
    for given in everybody:
        for result in given.results:
            if result.state is not State.MARKED or "right" in given.bases.get(result.key, {}):
                continue
            highest[result.key] = max(highest.get(result.key, Decimal(0)), result.points or Decimal(0))
    return highest
