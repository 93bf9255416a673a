"""In what state an edition is, and what it lacks before it can be opened."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from lms.courses.domain.content import CourseContent, GradingPlan
from lms.courses.domain.roles import Role

HUNDRED = Decimal(100)


class EditionState(enum.StrEnum):
    """What the dates say. A draft is seen by its staff only; a closed one has its certificates."""

    DRAFT = "draft"
    UPCOMING = "upcoming"
    RUNNING = "running"
    ENDED = "ended"
    CLOSED = "closed"


def state_of(
    *, opened_at: datetime | None, closed_at: datetime | None, starts_on: date, ends_on: date, today: date
) -> EditionState:
    """The state of an edition on a day of its own time zone."""
    if closed_at is not None:
        return EditionState.CLOSED
    if opened_at is None:
        return EditionState.DRAFT
    if today < starts_on:
        return EditionState.UPCOMING
    return EditionState.RUNNING if today <= ends_on else EditionState.ENDED


class LackKind(enum.StrEnum):
    """What can keep an edition from being opened."""

    NO_MODULES = "no-modules"
    WEIGHTS = "weights"
    MAXIMA = "maxima"
    NO_TITLE = "no-title"
    MODULE_OUTSIDE = "module-outside"
    NO_COORDINATOR = "no-coordinator"


@dataclass(frozen=True, slots=True)
class Lack:
    """Something that is missing: ``subject`` names a category, language or module, ``number`` what it adds up to."""

    kind: LackKind
    subject: str = ""
    number: Decimal = Decimal(0)


def lacks_of_scheme(plan: GradingPlan) -> list[Lack]:
    """What keeps a grading scheme from being used: weights must add up to 100, and maxima to their category's weight."""
    lacks = []
    total = sum((category.weight for category in plan.categories), Decimal(0))
    if total != HUNDRED:
        lacks.append(Lack(LackKind.WEIGHTS, number=total))
    for category in plan.categories:
        maxima = sum((item.maximum for item in plan.items if item.category == category.key), Decimal(0))
        if maxima != category.weight:
            lacks.append(Lack(LackKind.MAXIMA, category.key, maxima))
    return lacks


def lacks_of_edition(
    content: CourseContent,
    *,
    title: Mapping[str, str],
    languages: Sequence[str],
    roles: Sequence[str],
    opening_days: Mapping[str, date],
    starts_on: date,
    ends_on: date,
) -> list[Lack]:
    """Everything that is missing before an edition can be opened, most important first.

    Args:
        roles: the roles of those who are enrolled and have not withdrawn.
        opening_days: the day on which each module opens in the edition's time zone, by module key.
    """
    lacks = [] if content.modules else [Lack(LackKind.NO_MODULES)]
    lacks += lacks_of_scheme(content.grading)
    if Role.COORDINATOR not in roles:
        lacks.append(Lack(LackKind.NO_COORDINATOR))
    if "und" not in title:
        lacks += [Lack(LackKind.NO_TITLE, language) for language in languages if not title.get(language)]
    lacks += [
        Lack(LackKind.MODULE_OUTSIDE, key) for key, day in opening_days.items() if not starts_on <= day <= ends_on
    ]
    return lacks
