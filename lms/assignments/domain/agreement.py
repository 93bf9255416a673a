"""What two or three independent markings come to, and how well they agree. Source: docs/rules.md#two-markers."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations

from lms.courses.domain.content import Criterion

POINT = Decimal(1)
# Half a level of one criterion, four times over: what two careful readers of an essay may well lie apart.
THIRD_FROM = Decimal(5)
# Below this a share or a spread says more about chance than about markers.
FEW_PAIRS = 5


class MarkerRole(enum.StrEnum):
    """In which turn a marking is made; each is made once for a submission."""

    FIRST = "first"
    SECOND = "second"
    THIRD = "third"
    AGREED = "agreed"


# The turns in which a person marks without seeing the other markings.
BLIND = (MarkerRole.FIRST, MarkerRole.SECOND, MarkerRole.THIRD)


class SecondMarking(enum.StrEnum):
    """Which work of an assignment has a second marker."""

    NONE = "none"
    SAMPLE = "sample"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Finding:
    """What the finished totals come to.

    ``pair`` are the two markings whose mean is the agreed mark, ``None`` while one is owed. ``needs_third``: the two
    lie too far apart, and no third marking is finished.
    """

    pair: tuple[MarkerRole, MarkerRole] | None = None
    needs_third: bool = False


def compare(totals: Mapping[MarkerRole, Decimal], third_from: Decimal) -> Finding:
    """What the finished markings of one submission come to.

    Two that lie at most ``third_from`` points apart agree. Further apart, a third decides which two count: those
    closest to each other, and of two equally close pairs the one with more points.

    Args:
        totals: the finished markings' exact totals by role; an agreed mark is not asked for here.
        third_from: the largest difference, in points, that needs no third marking.
    """
    if not {MarkerRole.FIRST, MarkerRole.SECOND} <= totals.keys():
        return Finding()
    first, second = totals[MarkerRole.FIRST], totals[MarkerRole.SECOND]
    if abs(first - second) <= third_from:
        return Finding((MarkerRole.FIRST, MarkerRole.SECOND))
    if MarkerRole.THIRD not in totals:
        return Finding(needs_third=True)
    pairs = combinations(BLIND, 2)
    return Finding(min(pairs, key=lambda pair: _distance(totals[pair[0]], totals[pair[1]])))


def _distance(one: Decimal, other: Decimal) -> tuple[Decimal, Decimal]:
    return abs(one - other), -(one + other)


def agreed_scores(
    rubric: Sequence[Criterion], one: Mapping[str, Decimal | None], other: Mapping[str, Decimal | None]
) -> dict[str, Decimal]:
    """The exact mean of two complete markings, criterion by criterion.

    Half points give quarters, which fit into 0.01: nothing is rounded, and the parts add up to the mean of the totals.

    Raises:
        ValueError: if a criterion has no points in one of them.
    """
    scores = {}
    for criterion in rubric:
        pair = one.get(criterion.key), other.get(criterion.key)
        if pair[0] is None or pair[1] is None:
            raise ValueError(f"{criterion.key} has no points")
        scores[criterion.key] = (pair[0] + pair[1]) / 2
    return scores


@dataclass(frozen=True, slots=True)
class Agreement:
    """How well first and second markings agree.

    ``mean_apart`` is the mean distance and ``mean_lean`` the mean of second minus first, both in points rounded half
    up to 0.1; ``None`` below five pairs. ``exact``, ``within_one`` and ``too_far`` are counts of ``pairs``.
    """

    pairs: int
    exact: int
    within_one: int
    too_far: int
    mean_apart: Decimal | None
    mean_lean: Decimal | None


def agreement_of(pairs: Sequence[tuple[Decimal, Decimal]], third_from: Decimal) -> Agreement:
    """How well markings agree.

    Args:
        pairs: the first and the second total of each submission that has both.
        third_from: the difference beyond which a third marking is asked for.
    """
    distances = [abs(second - first) for first, second in pairs]
    leans = [second - first for first, second in pairs]
    return Agreement(
        len(pairs),
        sum(distance == 0 for distance in distances),
        sum(distance <= POINT for distance in distances),
        sum(distance > third_from for distance in distances),
        _mean(distances),
        _mean(leans),
    )


def _mean(values: Sequence[Decimal]) -> Decimal | None:
    if len(values) < FEW_PAIRS:
        return None
    mean = sum(values, Decimal(0)) / len(values)
    return mean.quantize(Decimal("0.1"), rounding="ROUND_HALF_UP")


class RoleFault(enum.StrEnum):
    """Why somebody cannot mark in a role."""

    NOT_ASKED = "not-asked"
    MARKED_BEFORE = "marked-before"
    SOMEBODY_ELSES = "somebody-elses"
    NOT_AGREED_YET = "not-agreed-yet"


def role_fault(
    role: MarkerRole,
    person_id: int,
    *,
    markers: Mapping[MarkerRole, int],
    allocated: Mapping[MarkerRole, int | None],
    is_agreed: bool,
) -> RoleFault | None:
    """Why a person cannot mark in a role, or ``None``.

    Nobody marks the same work twice. A colleague may take over a first marking, as long as it is the only one; a
    second and a third are one person's.

    Args:
        markers: who began each marking.
        allocated: whose task each marking is; ``None`` where it is owed and nobody's.
        is_agreed: whether there is an agreed mark already, which alone can be changed.
    """
    if role is MarkerRole.AGREED:
        return None if is_agreed else RoleFault.NOT_AGREED_YET
    if role is not MarkerRole.FIRST and role not in allocated:
        return RoleFault.NOT_ASKED
    other_roles = {one for one, marker in markers.items() if marker == person_id} | {
        one for one, marker in allocated.items() if marker == person_id
    }
    if other_roles - {role, MarkerRole.AGREED}:
        return RoleFault.MARKED_BEFORE
    if MarkerRole.SECOND in allocated:
        owner = allocated.get(role) or markers.get(role)
        if owner is not None and owner != person_id:
            return RoleFault.SOMEBODY_ELSES
    return None
