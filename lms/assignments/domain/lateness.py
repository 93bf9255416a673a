"""What lateness costs: a pure, exact function of the minutes, the policy and the item. Source: docs/rules.md#late-work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from lms.courses.domain.content import LatePolicy
from lms.courses.domain.schedule import minutes_late

MINUTES_PER_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class Penalty:
    """Points that lateness costs. ``days`` have begun since the deadline; ``points`` is what they cost together.

    ``is_capped`` where the days would cost more than the most that lateness may cost.
    """

    days: int
    per_day: Decimal
    points: Decimal
    is_capped: bool = False


def days_late(minutes: int) -> int:
    """Days of 24 hours that have begun since the deadline: 0 in time, 1 from the first minute, 2 after 24 hours."""
    return -(-minutes // MINUTES_PER_DAY)


def penalty_for(policy: LatePolicy, minutes: int, item_maximum: Decimal) -> Penalty | None:
    """What lateness costs, exactly; ``None`` where it costs nothing.

    Args:
        minutes: by which the work is late, 0 in time.
        item_maximum: points of the grade item, of which a percentage is taken.
    """
    days = days_late(minutes)
    if policy.policy != "penalty" or days == 0:
        return None
    whole = Decimal(1) if policy.unit == "points" else item_maximum / 100
    per_day = policy.per_day * whole
    cost = per_day * days
    most = item_maximum if policy.maximum is None else min(policy.maximum * whole, item_maximum)
    return Penalty(days, per_day, min(cost, most), cost > most) if cost else None


def points_left(points: Decimal, penalty: Penalty | None) -> Decimal:
    """The points that remain of a mark; never below 0."""
    return points if penalty is None else max(points - penalty.points, Decimal(0))


def is_still_accepted(policy: LatePolicy, due_at: datetime, now: datetime) -> bool:
    """True while a first submission is taken after its deadline."""
    if policy.policy == "closed":
        return False
    return policy.days is None or minutes_late(due_at, now) <= policy.days * MINUTES_PER_DAY
