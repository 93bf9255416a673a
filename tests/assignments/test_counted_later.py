"""An assignment that a newer release brought into a running edition: shown in the scheme as not counted, and taken in."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from lms.assignments.models import Assignment
from lms.assignments.queries.assessments import find_item
from lms.assignments.queries.work import plan_of
from lms.assignments.services.setup import make_assignment
from lms.core.db import db
from lms.core.errors import RuleViolation
from lms.courses.domain.content import CategoryPlan, ItemPlan
from lms.grading.domain.scheme import GradingScheme
from lms.grading.hooks import announced_work, offered_work
from lms.grading.queries import get_scheme
from lms.grading.scheme_forms import SchemeDraft
from lms.grading.services.scheme_changes import change_scheme
from tests.assignments.making import ESSAY, ESSAY_OPEN, assignment, essay_of
from tests.factories import Cast

PATH = "/editions/R1/gradebook/scheme"


@pytest.fixture
def extra(cast: Cast) -> Assignment:
    """A short essay of five points that the edition took over from a newer release."""
    plan = plan_of(assignment(cast))
    short = replace(
        plan, key="extra", title={"en": "A short essay"}, rubric=(replace(plan.rubric[0], maximum=Decimal(5)),)
    )
    task = make_assignment(cast.edition, short, get_scheme(cast.edition.id)[1])
    db.session.commit()
    return task


def counting(cast: Cast, points: str = "5") -> GradingScheme:
    """The scheme with the short essay in the place of a quiz."""
    scheme = get_scheme(cast.edition.id)[1]
    quizzes, *rest = scheme.categories
    kept = tuple(item for item in scheme.items if item.key != "quiz-6")
    return GradingScheme(
        (replace(quizzes, weight=quizzes.weight - 5), *rest, CategoryPlan("category-2-1", {"en": "Short"}, Decimal(5))),
        (*kept, ItemPlan("extra", "category-2-1", "individual", {"en": "A short essay"}, Decimal(points), True)),
        scheme.tiers,
    )


def test_it_is_offered_with_what_its_rubric_is_worth_until_somebody_hands_in(cast: Cast, extra: Assignment) -> None:
    offered = {work.key: work for work in offered_work(cast.edition.id)}
    assert (offered["extra"].kind, offered["extra"].maximum) == ("individual", Decimal(5))
    essay_of(cast, "participant", ESSAY_OPEN)
    assert {"extra", ESSAY} & {work.key for work in offered_work(cast.edition.id)} == {"extra"}


def test_the_page_says_that_it_is_not_counted_and_adds_it_at_the_worth_of_its_rubric(
    cast: Cast, extra: Assignment, as_role: Any
) -> None:
    browser = as_role("coordinator")
    page = browser.get(PATH).text
    assert "Not counted" in page
    assert "Its rubric is worth 5.00 points." in page
    typed = SchemeDraft.of(get_scheme(cast.edition.id)[1]).typed
    added = browser.post(PATH, {**typed, "based_on": "1", "reason": "", "do": "add-item.extra"}).text
    assert 'type="hidden" name="maximum-extra" value="5' in added
    assert "Its rubric is worth" not in added
    # Whatever a form says, the rubric decides.
    forged = {**typed, "items": f"{typed['items']} extra", "maximum-extra": "50", "based_on": "1", "reason": ""}
    assert 'name="maximum-extra" value="50"' not in browser.post(PATH, forged).text


def test_once_taken_in_its_marks_have_their_place_in_the_gradebook(cast: Cast, extra: Assignment) -> None:
    change_scheme(cast.member("coordinator"), scheme=counting(cast), based_on=1, reason="New work", now=ESSAY_OPEN)
    db.session.commit()
    item = find_item(cast.edition.id, extra)
    assert item is not None
    assert (item.kind, item.due_at, item.released_at) == ("individual", extra.due_at, None)


def test_it_is_worth_what_its_rubric_is_worth(cast: Cast, extra: Assignment) -> None:
    scheme = counting(cast, "4")
    scheme = replace(
        scheme,
        categories=(
            replace(scheme.categories[0], weight=scheme.categories[0].weight + 1),
            *scheme.categories[1:-1],
            replace(scheme.categories[-1], weight=Decimal(4)),
        ),
        items=tuple(replace(item, maximum=Decimal(6)) if item.key == "quiz-1" else item for item in scheme.items),
    )
    with pytest.raises(RuleViolation, match="marked by a rubric"):
        change_scheme(cast.member("coordinator"), scheme=scheme, based_on=1, reason="New work", now=ESSAY_OPEN)


def test_what_the_course_has_and_the_edition_has_not_is_named_with_the_way_to_take_it_in(
    cast: Cast, as_role: Any
) -> None:
    coordinator = cast.member("coordinator")
    assert announced_work(coordinator) == []
    db.session.delete(assignment(cast))
    db.session.commit()
    (arrival,) = announced_work(coordinator)
    assert (arrival.release, arrival.endpoint) == (1, "assignments.tasks")
    page = as_role("coordinator").get(PATH).text
    assert "New in release 1 of the course." in page
    assert "/editions/R1/settings/assignments" in page
    cast.edition.closed_at = ESSAY_OPEN
    assert announced_work(coordinator) == []
