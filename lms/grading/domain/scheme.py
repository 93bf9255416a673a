"""The grading scheme of an edition: what earns points, how much of the total it is, and which certificates there are.

The scheme is data. ``faults`` names everything that would make it unfair or ambiguous. Source: docs/rules.md#points.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise
from typing import Any

from lms.courses.domain.content import CategoryPlan, GradingPlan, ItemPlan, TierPlan
from lms.grading.domain.points import sum_points

WHOLE = Decimal(100)
COMPLETENESS = frozenset({"all", "more_than_half", "number"})
# Work that no activity fills: its points are set by hand or come from a sheet.
BY_HAND = "hand"
# Kinds whose maximum is free, and which a scheme may leave out: the others follow their rubric and are handed in.
FREE_KINDS = frozenset({"quiz", BY_HAND})


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a scheme: a code, the values of its sentence, and the figure at fault (``weight-`` and a key)."""

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)
    at: str = ""


@dataclass(frozen=True, slots=True)
class GradingScheme:
    """Categories with weights, items in gradebook order, tiers highest first."""

    categories: tuple[CategoryPlan, ...]
    items: tuple[ItemPlan, ...]
    tiers: tuple[TierPlan, ...]

    @classmethod
    def of(cls, plan: GradingPlan) -> GradingScheme:
        """The scheme that a course's plan describes."""
        return cls(plan.categories, plan.items, plan.tiers)

    @property
    def maximum(self) -> Decimal:
        """The most points that can be earned."""
        return sum_points(item.maximum for item in self.items)

    def find_item(self, key: str) -> ItemPlan | None:
        """The item with a key, or ``None``."""
        return next((item for item in self.items if item.key == key), None)

    def find_tier(self, key: str | None) -> TierPlan | None:
        """The tier with a key, or ``None``."""
        return next((tier for tier in self.tiers if tier.key == key), None)

    def faults(self) -> tuple[Fault, ...]:
        """Everything wrong with the scheme, in reading order; empty when it is sound."""
        return (*self._key_faults(), *self._category_faults(), *self._item_faults(), *self._tier_faults())

    def _key_faults(self) -> Iterator[Fault]:
        groups: Sequence[Sequence[CategoryPlan | ItemPlan | TierPlan]] = (self.categories, self.items, self.tiers)
        for group in groups:
            for key, count in Counter(entry.key for entry in group).items():
                if count > 1:
                    yield Fault("key_twice", {"key": key})
            yield from (Fault("title_missing", at=f"title-{entry.key}") for entry in group if not entry.title)

    def _category_faults(self) -> Iterator[Fault]:
        weights = sum_points(category.weight for category in self.categories)
        if weights != WHOLE:
            yield Fault(
                "weights_not_100", {"sum": weights}, f"weight-{self.categories[0].key}" if self.categories else ""
            )
        for category in self.categories:
            maxima = sum_points(item.maximum for item in self.items if item.category == category.key)
            if category.weight < 0:
                yield Fault("weight_negative", {"category": category.title}, f"weight-{category.key}")
            elif maxima != category.weight:
                yield Fault(
                    "maxima_not_weight",
                    {"category": category.title, "sum": maxima, "weight": category.weight},
                    f"weight-{category.key}",
                )

    def _item_faults(self) -> Iterator[Fault]:
        known = {category.key for category in self.categories}
        if not any(item.required for item in self.items):
            yield Fault("nothing_required", at=f"required-{self.items[0].key}" if self.items else "")
        for item in self.items:
            if item.category not in known:
                yield Fault("category_unknown", {"item": item.title, "key": item.category})
            if item.maximum < 0 or item.maximum != round(item.maximum, 2):
                yield Fault("maximum_not_points", {"item": item.title}, f"maximum-{item.key}")

    def _tier_faults(self) -> Iterator[Fault]:
        if not self.tiers:
            yield Fault("no_tiers")
        required = sum(item.required for item in self.items)
        for tier in self.tiers:
            if not 0 <= tier.minimum <= WHOLE:
                yield Fault(
                    "minimum_out_of_range", {"tier": tier.title, "minimum": tier.minimum}, f"minimum-{tier.key}"
                )
            if tier.completeness not in COMPLETENESS:
                yield Fault(
                    "completeness_unknown", {"tier": tier.title, "value": tier.completeness}, f"completeness-{tier.key}"
                )
            elif tier.completeness == "number" and not 1 <= (tier.number or 0) <= required:
                yield Fault("number_out_of_range", {"tier": tier.title, "count": required}, f"number-{tier.key}")
        for higher, lower in pairwise(self.tiers):
            if lower.minimum >= higher.minimum:
                yield Fault(
                    "tiers_not_descending", {"higher": higher.title, "lower": lower.title}, f"minimum-{lower.key}"
                )
            if items_needed(lower, required) > items_needed(higher, required):
                yield Fault(
                    "lower_tier_asks_more", {"higher": higher.title, "lower": lower.title}, f"completeness-{lower.key}"
                )


def items_needed(tier: TierPlan, required: int) -> int:
    """How many of the required items a tier wants complete.

    Args:
        required: how many items of the scheme are required; more than half of 8 is 5, of 7 is 4.
    """
    if tier.completeness == "all":
        return required
    if tier.completeness == "number":
        return tier.number or 0
    return required // 2 + 1
