"""The demonstration: the figures of the published report come out of it, and one of everything can be seen."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from flask import Flask
from sqlalchemy import func, select

from lms.assignments.models import Assignment, Submission
from lms.certificates.models import Certificate
from lms.core.db import db
from lms.courses.models import Edition
from lms.demo.loading import is_empty, load_demonstration
from lms.grading.models import Amendment, GradeEntry
from lms.grading.queries import Standing, class_results
from lms.grading.services.summaries import wrong_summaries
from lms.quizzes.models import Accommodation, Quiz
from lms.quizzes.regrade_models import QuizRegrade
from tests.conftest import _empty

LOADED_AT = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def demonstration(shared_app: Flask) -> Iterator[Flask]:
    """The demonstration, loaded once for these tests, which only read it."""
    with shared_app.app_context():
        load_demonstration("http://localhost", LOADED_AT)
        db.session.commit()
        yield shared_app
    _empty(shared_app)


def edition(code: str) -> Edition:
    return db.session.scalars(select(Edition).where(Edition.code == code)).one()


def standings(code: str) -> list[Standing]:
    return class_results(edition(code))


def test_a_loaded_database_is_no_longer_empty(demonstration: Flask) -> None:
    assert not is_empty()


def test_the_closed_edition_has_the_figures_of_the_published_report(demonstration: Flask) -> None:
    everybody = standings("A9714779")
    quizzes = [
        sum((result.points or Decimal(0) for result in one.results if result.kind == "quiz"), Decimal(0))
        for one in everybody
    ]
    assert len(everybody) == 22
    assert round(sum(quizzes, Decimal(0)) / 22, 1) == Decimal("25.3")
    assert sum(points > sum(quizzes, Decimal(0)) / 22 for points in quizzes) == 9
    issued = Counter(
        db.session.scalars(select(Certificate.kind).where(Certificate.edition_id == edition("A9714779").id))
    )
    assert issued == Counter(one.decision.kind for one in everybody if one.decision.kind)
    assert issued == {"achievement": 13, "participation": 8}
    samm = Counter(one.decision.kind for one in everybody if "SAMM" in one.sponsors)
    assert samm == {"achievement": 5, "participation": 4}


def test_a_mark_changed_after_the_closing_is_an_amendment_and_leaves_the_totals_as_published(
    demonstration: Flask,
) -> None:
    first, second = db.session.scalars(select(Amendment).order_by(Amendment.id)).all()
    assert first.edition_id == edition("A9714779").id
    assert (second.total_after, second.status_after) == (first.total_before, first.status_before)
    assert first.total_after == first.total_before - 1


def test_one_essay_came_late_and_its_mark_says_what_that_cost(demonstration: Flask) -> None:
    late = [
        line.points
        for line in db.session.scalars(select(GradeEntry).where(GradeEntry.state == "marked"))
        if line.basis.get("late_by_minutes")
    ]
    assert late == [Decimal("27.00")]


def test_the_essays_are_as_long_as_essays_are_some_short_and_some_long(demonstration: Flask) -> None:
    """Nine of fourteen once stood close below the most that is allowed, which no class writes."""
    essays = (
        select(Submission.word_count)
        .join(Assignment, Assignment.id == Submission.assignment_id)
        .where(Assignment.edition_id == edition("A9714779").id, Assignment.kind == "individual")
    )
    counts = sorted(db.session.scalars(essays))
    assert len(counts) == 14
    assert 1500 <= counts[0] < 1650
    assert 2300 < counts[-1] <= 2500
    assert sum(count > 1990 for count in counts) <= 7
    assert all(later - earlier < 250 for earlier, later in itertools.pairwise(counts)), counts


def test_the_running_edition_shows_an_accommodation_and_a_regrade(demonstration: Flask) -> None:
    running = edition("REINT-2").id
    given = select(Accommodation).join(Quiz, Quiz.id == Accommodation.quiz_id).where(Quiz.edition_id == running)
    assert [one.extra_attempts for one in db.session.scalars(given)] == [1]
    (regrade,) = db.session.scalars(
        select(QuizRegrade).join(Quiz, Quiz.id == QuizRegrade.quiz_id).where(Quiz.edition_id == running)
    ).all()
    assert regrade.counts["gain"] > 0
    assert regrade.counts["lose"] == 0


@pytest.mark.parametrize("code", ["A9714779", "REINT-2"])
def test_the_sums_kept_with_the_ledger_are_right(demonstration: Flask, code: str) -> None:
    assert db.session.scalar(select(func.count(GradeEntry.id)))
    assert wrong_summaries(edition(code)) == []
