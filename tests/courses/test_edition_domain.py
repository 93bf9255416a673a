"""The state of an edition, and what it lacks before it can be opened."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from lms.courses.domain.editions import EditionState, Lack, LackKind, lacks_of_edition, lacks_of_scheme, state_of
from tests.factories import small_course

FIRST, LAST = date(2026, 3, 2), date(2026, 4, 10)
MOMENT = datetime(2026, 2, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("opened", "closed", "today", "state"),
    [
        (None, None, date(2026, 3, 10), EditionState.DRAFT),
        (MOMENT, None, date(2026, 3, 1), EditionState.UPCOMING),
        (MOMENT, None, FIRST, EditionState.RUNNING),
        (MOMENT, None, LAST, EditionState.RUNNING),
        (MOMENT, None, date(2026, 4, 11), EditionState.ENDED),
        (MOMENT, MOMENT, date(2026, 3, 10), EditionState.CLOSED),
    ],
)
def test_the_state_follows_from_the_dates(opened, closed, today, state) -> None:
    assert state_of(opened_at=opened, closed_at=closed, starts_on=FIRST, ends_on=LAST, today=today) == state


def lacks(**changes: Any) -> list[Lack]:
    content = changes.pop("content", small_course())
    values = {
        "title": {"en": "Course", "fr": "Cours"},
        "languages": ("en", "fr"),
        "roles": ("coordinator", "participant"),
        "opening_days": {"m1": FIRST, "m6": LAST},
        "starts_on": FIRST,
        "ends_on": LAST,
    }
    return lacks_of_edition(content, **{**values, **changes})


def test_a_whole_edition_lacks_nothing() -> None:
    assert lacks() == []


def test_weights_that_do_not_add_up_to_a_hundred_keep_an_edition_closed() -> None:
    plan = small_course().grading
    heavier = replace(plan, categories=(replace(plan.categories[0], weight=Decimal("30.01")), *plan.categories[1:]))
    assert Lack(LackKind.WEIGHTS, number=Decimal("100.01")) in lacks_of_scheme(heavier)
    assert Lack(LackKind.MAXIMA, "quizzes", Decimal(30)) in lacks_of_scheme(heavier)
    assert lacks_of_scheme(plan) == []


def test_each_thing_that_is_missing_is_named() -> None:
    assert lacks(roles=("tutor",)) == [Lack(LackKind.NO_COORDINATOR)]
    assert lacks(title={"en": "Course"}) == [Lack(LackKind.NO_TITLE, "fr")]
    assert lacks(title={"und": "Course"}) == []
    assert lacks(opening_days={"m1": date(2026, 3, 1)}) == [Lack(LackKind.MODULE_OUTSIDE, "m1")]
    assert lacks(opening_days={"m6": date(2026, 4, 11)}) == [Lack(LackKind.MODULE_OUTSIDE, "m6")]
    assert lacks(content=replace(small_course(), modules=())) == [Lack(LackKind.NO_MODULES)]
