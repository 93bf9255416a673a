"""How a part of a mark becomes points. Source: docs/rules.md#points."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction

CENT = Decimal("0.01")
NOTHING = Decimal("0.00")


def round_points(value: Fraction | Decimal | int) -> Decimal:
    """Points rounded half up to 0.01: the one rounding, done when they enter the ledger.

    Args:
        value: exact and not negative; a float is refused, because it is rarely the number that was meant.

    Raises:
        ValueError: if it is negative.
        TypeError: if it is a float.
    """
    if isinstance(value, float):
        raise TypeError("points are exact: use Fraction or Decimal")
    exact = Fraction(value)
    if exact < 0:
        raise ValueError(f"{value} points: points are never negative")
    hundredths = (200 * exact.numerator + exact.denominator) // (2 * exact.denominator)
    return (Decimal(hundredths) / 100).quantize(CENT)


def sum_points(parts: Iterable[Decimal]) -> Decimal:
    """The exact sum of points, always with two decimals."""
    return sum(parts, NOTHING).quantize(CENT)
