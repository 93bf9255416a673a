"""Which certificate the results earn, and why. Source: docs/rules.md#certificates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from lms.courses.domain.content import TierPlan
from lms.grading.domain.points import sum_points
from lms.grading.domain.results import ItemResult, State, total_of
from lms.grading.domain.scheme import items_needed


@dataclass(frozen=True, slots=True)
class Reason:
    """A sentence before it is put into a language: a code, and points, counts and texts as its values."""

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing that a tier asks for, and whether the results have it."""

    reason: Reason
    is_met: bool


@dataclass(frozen=True, slots=True)
class TierCheck:
    """A tier with its conditions: its points first, then its completeness."""

    tier: TierPlan
    points: Condition
    completeness: Condition

    @property
    def conditions(self) -> tuple[Condition, Condition]:
        """Both, in the order in which they are shown."""
        return (self.points, self.completeness)

    @property
    def is_met(self) -> bool:
        """True where the tier is earned."""
        return self.points.is_met and self.completeness.is_met


@dataclass(frozen=True, slots=True)
class Decision:
    """The highest certificate that the results earn, with everything that was weighed.

    ``kind`` is a tier's key; ``None`` with ``is_pending`` while a mark is awaited. ``secured`` is the tier that holds
    whatever the awaited marks will be; it equals ``kind`` where nothing is awaited. ``missing`` and ``waiting`` are
    item keys in gradebook order; ``missing`` has required items only.
    """

    kind: str | None
    is_pending: bool
    is_withdrawn: bool
    secured: str | None
    total: Decimal
    possible_so_far: Decimal
    missing: tuple[str, ...]
    waiting: tuple[str, ...]
    reasons: tuple[Reason, ...]
    tiers: tuple[TierCheck, ...]

    @property
    def status(self) -> str:
        """The decision as one key: a tier's, or ``withdrawn``, ``pending`` or ``none``."""
        if self.is_withdrawn:
            return "withdrawn"
        return "pending" if self.is_pending else self.kind or "none"


def certificate_for(results: Sequence[ItemResult], tiers: Sequence[TierPlan], withdrawn: bool = False) -> Decision:
    """The highest certificate that the results earn, with the reasons.

    Points alone never decide: without the final assignment the maximum is exactly the threshold of the Certificate of
    Achievement, so completeness is a condition of its own. In order: withdrawn, none; something unmarked, pending;
    the highest tier with both conditions met; else none. An excused item is complete with 0 points: the total is
    never re-based. Source: docs/rules.md#certificates.

    Args:
        results: one per grade item of the edition, in gradebook order.
        tiers: the edition's tiers, highest first.
        withdrawn: whether the person has left the edition.
    """
    total = total_of(results)
    checks = tuple(_check(tier, results, total) for tier in tiers)
    waiting = [result for result in results if result.state is State.SUBMITTED]
    best = None if withdrawn else next((check for check in checks if check.is_met), None)
    secured = None if best is None else best.tier.key
    is_pending = bool(waiting) and not withdrawn
    return Decision(
        kind=None if is_pending else secured,
        is_pending=is_pending,
        is_withdrawn=withdrawn,
        secured=secured,
        total=total,
        possible_so_far=sum_points(result.maximum for result in results if result.counts_as_possible),
        missing=tuple(result.key for result in results if result.state is State.MISSING and result.is_required),
        waiting=tuple(result.key for result in waiting),
        reasons=(Reason("withdrawn"),) if withdrawn else tuple(_reasons(results, checks, best, total)),
        tiers=checks,
    )


def _check(tier: TierPlan, results: Sequence[ItemResult], total: Decimal) -> TierCheck:
    required = [result for result in results if result.is_required]
    done = sum(result.counts_as_done for result in required)
    needed = items_needed(tier, len(required))
    undone = tuple(result.title for result in required if not result.counts_as_done)
    points = Reason("points", {"total": total, "minimum": tier.minimum})
    completeness = Reason(
        f"complete_{tier.completeness}",
        {"done": done, "needed": needed, "count": len(required), "items": undone},
    )
    return TierCheck(tier, Condition(points, total >= tier.minimum), Condition(completeness, done >= needed))


def _reasons(
    results: Sequence[ItemResult], checks: Sequence[TierCheck], best: TierCheck | None, total: Decimal
) -> Iterator[Reason]:
    waiting = tuple(result.title for result in results if result.state is State.SUBMITTED)
    if waiting:
        yield Reason("waiting", {"items": waiting})
        if best is not None:
            yield Reason("secured", {"tier": best.tier.title, "total": total})
    elif best is None:
        yield Reason("nothing_earned", {"total": total})
    else:
        asked = best.completeness.reason
        yield Reason(
            f"earned_{best.tier.completeness}",
            {"tier": best.tier.title, "total": total, "minimum": best.tier.minimum, **asked.params},
        )
    for check in reversed(checks[: len(checks) if best is None else checks.index(best)]):
        yield _why_not(check, total)
    for result in results:
        if result.state is State.EXCUSED:
            yield Reason("excused", {"item": result.title, "maximum": result.maximum})


def _why_not(check: TierCheck, total: Decimal) -> Reason:
    params = {
        "tier": check.tier.title,
        "total": total,
        "minimum": check.tier.minimum,
        "short": max(Decimal("0.00"), check.tier.minimum - total),
        **check.completeness.reason.params,
    }
    if check.points.is_met:
        return Reason(f"only_incomplete_{check.tier.completeness}", params)
    if check.completeness.is_met:
        return Reason("only_points_short", params)
    return Reason(f"both_short_{check.tier.completeness}", params)
