"""What would change the decision: which items are still open, and how many points they need."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from lms.courses.domain.content import TierPlan
from lms.grading.domain.decision import Reason, certificate_for
from lms.grading.domain.points import NOTHING, sum_points
from lms.grading.domain.results import ItemResult, State, total_of
from lms.grading.domain.scheme import items_needed


def ways_up(results: Sequence[ItemResult], tiers: Sequence[TierPlan], withdrawn: bool = False) -> tuple[Reason, ...]:
    """What each tier above the one already secured still needs, the nearest tier first.

    Args:
        results: one per grade item, in gradebook order; items without a mark are taken as still open.
        tiers: the edition's tiers, highest first.
    """
    if withdrawn:
        return ()
    decision = certificate_for(results, tiers)
    above = []
    for check in decision.tiers:
        if check.tier.key == decision.secured:
            break
        above.append(check.tier)
    return tuple(reason for tier in reversed(above) for reason in _way_to(tier, results, decision.total))


def least_points(results: Sequence[ItemResult], tier: TierPlan, item_key: str) -> Decimal | None:
    """The fewest points of one open item with which a tier can still be earned, everything else open done for full points.

    Exact: this many are enough, and 0.01 less are not. ``None`` where no number of points in it is enough.

    Args:
        results: one per grade item, in gradebook order.
        item_key: of an item that is open.

    Raises:
        StopIteration: if there is no such open item.
    """
    item = next(result for result in results if result.key == item_key and result.is_open)
    still_open = [result for result in results if result.is_open]
    required = [result for result in results if result.is_required]
    done = sum(result.counts_as_done or result.is_open for result in required)
    others = sum_points(result.maximum for result in still_open if result is not item)
    least = max(NOTHING, tier.minimum - total_of(results) - others)
    reachable = done >= items_needed(tier, len(required)) and least <= item.maximum
    return least if reachable else None


def _way_to(tier: TierPlan, results: Sequence[ItemResult], total: Decimal) -> Iterator[Reason]:
    still_open = [result for result in results if result.is_open]
    required = [result for result in results if result.is_required]
    open_required = [result for result in required if result.is_open]
    blocked = [result.title for result in required if not result.is_open and not result.counts_as_done]
    more_items = items_needed(tier, len(required)) - sum(result.counts_as_done for result in required)
    possible = sum_points(result.maximum for result in still_open)
    short = max(NOTHING, tier.minimum - total)
    if more_items > len(open_required):
        yield Reason("way_closed_incomplete", {"tier": tier.title, "items": tuple(blocked)})
        return
    if short > possible:
        yield Reason("way_closed_points", {"tier": tier.title, "minimum": tier.minimum, "most": total + possible})
        return
    params = {"tier": tier.title, "points": short, "possible": possible}
    if len(still_open) == 1:
        yield Reason("way_one_item", {**params, "item": still_open[0].title})
    elif tier.completeness == "all":
        yield Reason("way_all_items", {**params, "items": tuple(result.title for result in open_required)})
    else:
        yield Reason("way_some_items", {**params, "count": max(0, more_items)})
    if len(still_open) > 1:
        yield from _at_least(tier, results, still_open)
    missing = [result for result in open_required if result.state is State.MISSING]
    if tier.completeness == "all" and missing:
        heaviest = max(missing, key=lambda result: result.maximum)
        most = total + possible - heaviest.maximum
        yield Reason("most_without", {"tier": tier.title, "item": heaviest.title, "most": most})


def _at_least(tier: TierPlan, results: Sequence[ItemResult], still_open: Sequence[ItemResult]) -> Iterator[Reason]:
    """What no full points elsewhere can make up for: the least that an open item must bring, where that is above 0."""
    for item in still_open:
        least = least_points(results, tier, item.key)
        if least:
            yield Reason(
                "way_at_least",
                {"tier": tier.title, "item": item.title, "points": least, "possible": item.maximum},
            )
