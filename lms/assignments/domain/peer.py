"""Who reviews whom, what reviews add up to, and what a group says of each member's contribution.

Source: docs/rules.md#peer-assessment.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import ROUND_FLOOR, Decimal
from fractions import Fraction
from statistics import median

from lms.assignments.domain.rubrics import HALF

Pair = tuple[int, int]

# What the median of a member's ratings suggests, from 1 (hardly took part) to 5 (carried the group); 3 is a fair share.
FACTORS = {1: Decimal("0.80"), 2: Decimal("0.90"), 3: Decimal("1.00"), 4: Decimal("1.05"), 5: Decimal("1.10")}
# One voice alone suggests nothing: it could be a quarrel, and everybody would know whose voice it was.
FEWEST_RATINGS = 2

# So long before the close a review that is not confirmed is taken for one that does not come.
TIME_TO_STEP_IN = timedelta(hours=48)


def stepping_in_from(opens_at: datetime, closes_at: datetime) -> datetime:
    """From when other groups are asked for reviews that do not come: two days before the close, at most a third of the time."""
    return closes_at - min(TIME_TO_STEP_IN, (closes_at - opens_at) / 3)


def _lot(seed: int, *numbers: int) -> str:
    # Drawn from the seed, so that anybody can draw again.
    return hashlib.sha256(":".join(map(str, (seed, *numbers))).encode()).hexdigest()


def missing_reviews(
    groups: Collection[int], wanted: int, asked: Collection[Pair], silent: Collection[int], seed: int
) -> list[Pair]:
    """The reviews to ask for, so that each group is reviewed by as many others as wanted.

    Nobody reviews itself, no pair is asked twice, and work is spread evenly: with nothing asked yet everybody
    reviews and is reviewed equally often. Where there are too few groups, everybody reviews everybody else.

    Args:
        groups: those that handed in: they review and are reviewed.
        wanted: reviews for each group.
        asked: reviews asked for already, as (reviewer, reviewed).
        silent: groups whose reviews do not come; what they were asked does not count, and they are asked nothing more.
        seed: draws the order.
    """
    order = sorted(groups, key=lambda group: _lot(seed, group))
    place = {group: number for number, group in enumerate(order)}
    known = set(asked)
    reviewers = [group for group in order if group not in silent]
    load = {group: sum(reviewer == group for reviewer, _reviewed in known) for group in reviewers}
    found: list[Pair] = []
    counts = {group: sum(reviewed == group and reviewer in load for reviewer, reviewed in known) for group in order}
    for _round in range(wanted):
        for reviewed in order:
            free = [one for one in reviewers if one != reviewed and (one, reviewed) not in known]
            if counts[reviewed] > _round or not free:
                continue
            # Of those with the least to do, the next around the circle: together that gives everybody the same.
            reviewer = min(free, key=lambda one: (load[one], (place[one] - place[reviewed]) % len(order)))
            known.add((reviewer, reviewed))
            found.append((reviewer, reviewed))
            load[reviewer] += 1
            counts[reviewed] += 1
    return found


def mean_step(steps: Sequence[int]) -> Fraction | None:
    """The mean of the reviews that came; those that did not come count for nothing. ``None`` without any."""
    return Fraction(sum(steps), len(steps)) if steps else None


def share_of(reviews: Sequence[Mapping[str, int]], criteria: Sequence[str], highest: int) -> Fraction | None:
    """What part of the most that reviews can say a group was given, from 0 to 1; ``None`` without any review.

    Every criterion weighs the same; the lowest step is 0 and the highest 1.
    """
    means = [mean_step([review[key] for review in reviews]) for key in criteria]
    if not criteria or any(mean is None for mean in means):
        return None
    return sum(((mean - 1) / (highest - 1) for mean in means if mean is not None), Fraction(0)) / len(criteria)


def in_lots(seed: int, reviews: Collection[int]) -> list[int]:
    """Reviews in an order that says nothing of who wrote them, and stays the same."""
    return sorted(reviews, key=lambda review: _lot(seed, -1, review))


def contribution_factor(ratings: Sequence[int]) -> Decimal | None:
    """The factor that the ratings of one member by the others suggest, from 0.80 to 1.10.

    By the median, so that one harsh or one kind voice changes little; half-way between two steps it is half-way
    between their factors. ``None`` with fewer than two ratings: missing ones lower nobody.

    Args:
        ratings: 1 to 5, never the member's own.
    """
    if len(ratings) < FEWEST_RATINGS:
        return None
    middle = Fraction(median(Fraction(rating) for rating in ratings))
    lower = int(middle)
    if middle == lower:
        return FACTORS[lower]
    return (FACTORS[lower] + FACTORS[lower + 1]) / 2


def suggested_adjustment(group_mark: Decimal, maximum: Decimal, factor: Decimal) -> Decimal:
    """The individual adjustment that a factor stands for: in half points, towards the member's favour, within bounds.

    Args:
        group_mark: the group's points, from 0 to ``maximum``.
    """
    points = group_mark * factor - group_mark
    halves = -(-points / HALF).to_integral_value(rounding=ROUND_FLOOR)
    return min(max(halves * HALF, -group_mark), maximum - group_mark)
