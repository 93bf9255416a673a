"""Who marks what: an even share, and a sample that anybody can draw again. Source: docs/rules.md#two-markers.

A seed is a number that a person writes down; the same seed and the same work give the same result on every machine.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)

# How near to a certificate's minimum a total has to lie to be looked at twice, in points.
BORDER = Decimal(2)


def drawn(keys: Collection[Key], seed: int, label: str = "") -> list[Key]:
    """The keys in an order drawn by lot from the seed."""
    return sorted(keys, key=lambda key: hashlib.sha256(f"{seed}:{label}:{key}".encode()).digest())


def share_evenly(
    works: Collection[Key],
    markers: Sequence[int],
    load: Mapping[int, int],
    seed: int,
    is_barred: Callable[[Key, int], bool] = lambda work, marker: False,
) -> dict[Key, int]:
    """Give each work a marker, so that in the end everybody has as nearly as possible the same number.

    Args:
        works: what nobody has yet, in any order.
        markers: who may be given some.
        load: how many each has already; missing is 0.
        seed: decides who gets which, never how many.
        is_barred: whether a marker may not have a work, because they marked it before. A work that everybody is
            barred from is left out.
    """
    counts = {marker: load.get(marker, 0) for marker in markers}
    turn = {marker: place for place, marker in enumerate(drawn(markers, seed, "marker"))}
    shared: dict[Key, int] = {}
    for work in drawn(works, seed, "work"):
        free = [marker for marker in counts if not is_barred(work, marker)]
        if free:
            chosen = min(free, key=lambda marker: (counts[marker], turn[marker]))
            counts[chosen] += 1
            shared[work] = chosen
    return shared


@dataclass(frozen=True, slots=True)
class SampleWish:
    """What a sample is to hold. Exactly one of ``count`` and ``percent`` says how many are drawn by lot."""

    seed: int
    count: int | None = None
    percent: int | None = None
    with_extremes: bool = False
    with_borders: bool = False

    def __post_init__(self) -> None:
        if (self.count is None) == (self.percent is None):
            raise ValueError("a sample is so many pieces of work or so many per cent")


def draw_sample(
    works: Sequence[Key], totals: Mapping[Key, Decimal], margins: Mapping[Key, Decimal], wish: SampleWish
) -> dict[Key, str]:
    """The works to be marked a second time, each with why: ``extreme``, ``border`` or ``sample``.

    The lot comes on top of extremes and borders and never draws those twice. A share of the works is rounded up, so
    that a wish for some gives at least one.

    Args:
        totals: first marks, where they are finished; the lowest and the highest are the extremes.
        margins: how far each person's points lie from the nearest minimum of a certificate, where that is known.
    """
    chosen: dict[Key, str] = {}
    if wish.with_extremes and totals:
        lowest, highest = min(totals.values()), max(totals.values())
        chosen |= {work: "extreme" for work in works if totals.get(work) in (lowest, highest)}
    if wish.with_borders:
        near = [work for work in works if work in margins and abs(margins[work]) <= BORDER]
        chosen |= {work: "border" for work in near if work not in chosen}
    if wish.count is not None:
        count = wish.count
    else:
        assert wish.percent is not None
        count = -(-len(works) * wish.percent // 100)
    rest = [work for work in works if work not in chosen]
    return chosen | dict.fromkeys(drawn(rest, wish.seed, "sample")[:count], "sample")
