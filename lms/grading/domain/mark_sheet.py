"""What a sheet of marks would do, cell by cell. Source: docs/rules.md#marks-from-a-sheet."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from lms.grading.domain.results import ItemResult


class Outcome(enum.StrEnum):
    """What happens to a line or a cell of a sheet. A line's is the gravest of its cells'."""

    CHANGED = "changed"
    SAME = "same"
    CONFLICT = "conflict"  # changed in the gradebook since the sheet was made
    FAULTY = "faulty"


@dataclass(frozen=True, slots=True)
class CellPlan:
    """What a sheet does to one mark. ``before`` and ``after`` are points; ``words`` are what stands there instead.

    ``fault`` is ``word``, ``number`` or ``range``; ``typed`` is the cell as it was read.
    """

    result: ItemResult
    outcome: Outcome
    typed: str
    after: Decimal | None = None
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Holder:
    """Whom a line belongs to: results in gradebook order, and the number of lines that each item has by now."""

    enrolment_id: int
    name: str
    results: Sequence[ItemResult]
    lines: Mapping[str, int]


def lines_at(revision: str, keys: Sequence[str]) -> Mapping[str, int] | None:
    """How many lines each item had when the sheet was made; ``None`` where it does not say, or says it of other items."""
    numbers = revision.removeprefix("r").split(".")
    if not revision.startswith("r") or len(numbers) != len(keys) or not all(part.isdecimal() for part in numbers):
        return None
    return dict(zip(keys, map(int, numbers), strict=True))


def plan_cell(
    result: ItemResult, typed: str, points: Decimal | None, *, is_word: bool, is_stale: bool
) -> CellPlan | None:
    """What one cell does; ``None`` for an empty one, which leaves everything as it is.

    Args:
        typed: the cell as it was read.
        points: the number in it, ``None`` where there is none.
        is_word: whether it says in words what the gradebook says of a result like this one.
        is_stale: whether the mark was changed after the sheet was made.
    """
    if not typed:
        return None
    if is_word:
        return CellPlan(result, Outcome.SAME, typed)
    if points is None:
        return CellPlan(result, Outcome.FAULTY, typed, fault="number")
    if not 0 <= points <= result.maximum:
        return CellPlan(result, Outcome.FAULTY, typed, fault="range")
    if points == result.points:
        return CellPlan(result, Outcome.SAME, typed, points)
    return CellPlan(result, Outcome.CONFLICT if is_stale else Outcome.CHANGED, typed, points)
