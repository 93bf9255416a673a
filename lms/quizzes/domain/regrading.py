"""The rules of regrading: what an attempt is worth after the key of a question was mended, or a question was voided.

Source: docs/rules.md#regrading.
"""

from __future__ import annotations

import enum
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any


class Treatment(enum.StrEnum):
    """What becomes of the answers to a version of a question.

    ``as_asked`` they are marked under the version that was asked, as at first · ``newest`` under another version of the
    question · ``full`` everybody has full marks · ``excluded`` the question no longer counts.
    """

    AS_ASKED = "as_asked"
    NEWEST = "newest"
    FULL = "full"
    EXCLUDED = "excluded"


VOIDING = frozenset({Treatment.FULL, Treatment.EXCLUDED})


@dataclass(frozen=True, slots=True)
class Ruling:
    """What becomes of the answers to one version. ``version_id`` is the one to mark under, only with ``newest``."""

    treatment: Treatment
    version_id: int | None = None

    def __post_init__(self) -> None:
        if (self.treatment is Treatment.NEWEST) != (self.version_id is not None):
            raise ValueError("a version to mark under goes with “newest”, and with no other")


@dataclass(frozen=True, slots=True)
class Regrade:
    """Rulings by the version that was asked, made together. ``nobody_loses``: an attempt keeps the better result."""

    rulings: Mapping[int, Ruling]
    nobody_loses: bool = True


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of an attempt: the version that was asked, what it earned, and what other versions would give."""

    version_id: int
    fraction: Fraction
    under: Mapping[int, Fraction] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Score:
    """Right answers, parts of questions exact, and how many questions they are counted over."""

    right: Fraction
    questions: int

    @property
    def share(self) -> Fraction:
        """The part of the attempt that is right, from 0 to 1."""
        return self.right / self.questions if self.questions else Fraction(0)

    def counted_of(self, asked: int) -> int | None:
        """Over how many of the questions asked it is counted, as an attempt keeps it: ``None`` for all."""
        return None if self.questions == asked else self.questions


def score_under(asked: Sequence[Asked], rulings: Mapping[int, Ruling]) -> Score:
    """What an attempt earns under these rulings, in exact fractions.

    An excluded question leaves the sum and the count. Where nothing would be left to count, every question has full
    marks instead: nobody is to stand at 0 because all that they were asked was faulty.
    """
    ruled = [(one, rulings.get(one.version_id)) for one in asked]
    kept = [(one, ruling) for one, ruling in ruled if ruling is None or ruling.treatment is not Treatment.EXCLUDED]
    if not kept:
        return Score(Fraction(len(asked)), len(asked))
    return Score(sum((_earned(one, ruling) for one, ruling in kept), Fraction(0)), len(kept))


def _earned(one: Asked, ruling: Ruling | None) -> Fraction:
    if ruling is not None and ruling.treatment is Treatment.FULL:
        return Fraction(1)
    if ruling is not None and ruling.version_id is not None:
        return one.under[ruling.version_id]
    return one.fraction


def settled(asked: Sequence[Asked], history: Iterable[Regrade]) -> Score:
    """What an attempt is worth after every regrade of its quiz, in their order.

    A pure function of the answers and the regrades: attempts that end after a regrade, and answers that are accepted
    later, come out by the same rule as those that were there. Each regrade adds its rulings to those before it, or takes
    their place; one by which nobody loses keeps the better of what stood and what it computes, of equals what stood.
    """
    rulings: dict[int, Ruling] = {}
    score = score_under(asked, rulings)
    for regrade in history:
        rulings |= regrade.rulings
        computed = score_under(asked, rulings)
        if not regrade.nobody_loses or computed.share > score.share:
            score = computed
    return score


def in_force(history: Iterable[Regrade]) -> dict[int, Ruling]:
    """The rulings that hold, by the version that was asked; those that were taken back are left out."""
    rulings: dict[int, Ruling] = {}
    for regrade in history:
        rulings |= regrade.rulings
    return {key: ruling for key, ruling in rulings.items() if ruling.treatment is not Treatment.AS_ASKED}


def seal_of(facts: Any) -> str:
    """A short word that stands for what a dry run showed: another outcome has another."""
    return hashlib.sha256(json.dumps(facts, default=str, separators=(",", ":")).encode()).hexdigest()[:32]
