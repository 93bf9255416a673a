"""The settings of a quiz: three presets, what deviates from them, and what cannot be.

Source: docs/rules.md#quizzes.
"""

from __future__ import annotations

import enum
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from lms.quizzes.domain.sitting import REVIEWS, Review, shuffled

MOST_ATTEMPTS = 20
LONGEST_LIMIT_MINUTES = 1440


@dataclass(frozen=True, slots=True)
class Draw:
    """So many questions, drawn anew for each attempt, from a category of the course's bank."""

    category: str
    count: int


@dataclass(frozen=True, slots=True)
class Settings:
    """What a coordinator decides about a quiz, besides its questions. ``group_ids`` are asked only with ``for_groups``."""

    opens_at: datetime
    closes_at: datetime
    time_limit_minutes: int | None
    attempts_allowed: int
    counting: str
    review: Review
    shuffle_questions: bool
    shuffle_options: bool
    draws: tuple[Draw, ...] = ()
    for_groups: bool = False
    group_ids: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Preset:
    """What a kind of quiz is like, as far as a preset can say it."""

    time_limit_minutes: int | None
    attempts_allowed: int
    counting: str
    review: Review
    shuffle_questions: bool
    shuffle_options: bool


PRESETS: Mapping[str, Preset] = {
    "practice": Preset(None, MOST_ATTEMPTS, "best", REVIEWS["at_once"], True, True),
    "weekly": Preset(None, 2, "best", REVIEWS["after_submit"], False, True),
    "exam": Preset(60, 1, "best", REVIEWS["after_close"], True, True),
}


def preset_like(time_limit_minutes: int | None, attempts_allowed: int, review: Review) -> str:
    """The key of the preset that a quiz of a course pack resembles most."""
    if time_limit_minutes is not None and attempts_allowed == 1:
        return "exam"
    return "practice" if review == PRESETS["practice"].review else "weekly"


def deviations(settings: Settings, preset: Preset) -> list[str]:
    """Names of the settings that differ from a preset, in the order in which the page shows them."""
    differing = [field.name for field in fields(Preset) if getattr(settings, field.name) != getattr(preset, field.name)]
    if "counting" in differing and settings.attempts_allowed == 1:
        differing.remove("counting")  # with one attempt it says nothing
    return differing


class Fault(enum.StrEnum):
    """Why settings cannot be saved."""

    CLOSES_FIRST = "closes_first"
    COUNTING_HELD = "counting_held"
    NO_GROUP = "no_group"
    NO_QUESTION = "no_question"
    TOO_FEW_TO_DRAW = "too_few_to_draw"
    DRAWN_TWICE = "drawn_twice"


def faults_of(
    settings: Settings,
    *,
    fixed_questions: int,
    pools: Mapping[str, int],
    counting_held: str | None,
) -> list[Fault]:
    """What is wrong with settings; empty where nothing is.

    Args:
        fixed_questions: how many questions every attempt asks.
        pools: how many questions each category of the bank can give, those that every attempt asks left out.
        counting_held: the rule under which attempts were finished already, ``None`` while there are none. Changing it
            would change points behind people's backs.
    """
    categories = [draw.category for draw in settings.draws]
    found = {
        Fault.CLOSES_FIRST: settings.closes_at <= settings.opens_at,
        Fault.COUNTING_HELD: counting_held is not None and settings.counting != counting_held,
        Fault.NO_GROUP: settings.for_groups and not settings.group_ids,
        Fault.NO_QUESTION: fixed_questions + sum(draw.count for draw in settings.draws) == 0,
        Fault.TOO_FEW_TO_DRAW: any(draw.count > pools.get(draw.category, 0) for draw in settings.draws),
        Fault.DRAWN_TWICE: len(categories) != len(set(categories)),
    }
    return [fault for fault, is_there in found.items() if is_there]


def draws_from(stored: Sequence[Sequence[object]]) -> tuple[Draw, ...]:
    """The draws of a quiz as it stores them: ``[[category, count], …]``."""
    return tuple(Draw(str(category), int(str(count))) for category, count in stored)


def drawn(draw: Draw, pool: Collection[int], seed: str) -> list[int]:
    """Question versions for one attempt; every question of the pool is as likely as any other.

    Args:
        pool: ids of question versions; their order does not matter.
        seed: the same seed draws the same.

    Raises:
        ValueError: if the pool has too few.
    """
    if len(pool) < draw.count:
        raise ValueError(f"{draw.count} questions of {draw.category!r} are wanted, {len(pool)} are there")
    order = shuffled([str(version_id) for version_id in sorted(pool)], f"{seed} {draw.category}")
    return [int(version_id) for version_id in order[: draw.count]]
