"""The dates of quizzes on the pages of a course."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from lms.core.db import db
from lms.grading.models import Extension, GradeItem
from lms.quizzes.models import Quiz
from lms.quizzes.queries import quiz_dates
from tests.factories import Cast

CLOSES = datetime(2026, 3, 8, 22, 59, tzinfo=UTC)


def test_everybody_sees_when_the_edition_says_that_a_quiz_closes(cast: Cast, count_queries: Callable[[], Any]) -> None:
    member = cast.member("participant")
    quiz = db.session.scalars(select(Quiz).where(Quiz.edition_id == cast.edition.id, Quiz.key == "quiz-1")).one()
    quiz.closes_at = CLOSES + timedelta(days=1)
    db.session.flush()
    with count_queries() as statements:
        dates = quiz_dates(member)
    assert len(statements) == 1
    assert dates["quiz-1"].closes_at == CLOSES + timedelta(days=1)
    assert quiz_dates(cast.member("outsider"))["quiz-1"].closes_at == CLOSES
    assert quiz_dates(cast.member("administrator")) == dates


def test_a_person_with_an_extension_sees_the_later_date_and_nobody_else_does(cast: Cast, now: datetime) -> None:
    item = db.session.scalars(
        select(GradeItem).where(GradeItem.edition_id == cast.edition.id, GradeItem.key == "quiz-1")
    ).one()
    for days in (2, 3):
        db.session.add(
            Extension(
                item_id=item.id,
                enrolment_id=cast.enrolments["participant"],
                due_at=CLOSES + timedelta(days=days),
                reason="Travelling",
                granted_by_id=cast.people["coordinator"],
                granted_at=now,
            )
        )
        db.session.flush()
    assert quiz_dates(cast.member("participant"))["quiz-1"].closes_at == CLOSES + timedelta(days=3)
    for name in ("other_participant", "tutor"):
        assert quiz_dates(cast.member(name))["quiz-1"].closes_at == CLOSES


def test_the_pages_of_a_module_lead_nobody_to_a_quiz_of_other_groups(cast: Cast, as_role: Callable[[str], Any]) -> None:
    quiz = db.session.scalars(select(Quiz).where(Quiz.edition_id == cast.edition.id, Quiz.key == "quiz-1")).one()
    address = "/editions/R1/quizzes/quiz-1"
    first = f"/editions/R1/modules/{quiz.module_key}"
    lessons = re.findall(rf'{first}/lessons/[^"/]+', as_role("participant").get(first).text)
    pages = ["/editions/R1/modules", first, lessons[-1]]
    for is_for_groups in (False, True):
        quiz.for_groups = is_for_groups
        db.session.commit()
        for page in pages:
            assert (address in as_role("participant").get(page).text) is not is_for_groups, page
        assert address in as_role("tutor").get(pages[1]).text
