"""The evaluation of R1: when it is open, when it has closed, and a way to have people answer it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from lms.core.db import db
from lms.courses.permissions import Member
from lms.surveys.models import Survey
from lms.surveys.queries import find_survey
from lms.surveys.services import submit_answers
from tests.factories import Cast, enrol, make_person

OPEN = datetime(2026, 4, 10, 9, 0, tzinfo=UTC)
CLOSED = datetime(2026, 4, 25, 9, 0, tzinfo=UTC)
ANSWERS = {"e01": "4", "e02": "na", "e03": "The personas"}


@pytest.fixture
def survey(cast: Cast) -> Survey:
    found = find_survey(cast.edition.id)
    assert found is not None
    return found


@pytest.fixture
def have_answered(cast: Cast) -> Callable[..., list[int]]:
    """``have_answered(5)``: so many more participants who answer; returns their enrolments."""
    made = []

    def answer(people: int, given: dict[str, Any] | None = None) -> list[int]:
        enrolments = []
        for number in range(people):
            person = make_person(f"Answering {len(made)}", OPEN)
            enrolment = enrol(person, cast.edition, "participant", OPEN)
            made.append(enrolment.id)
            enrolments.append(enrolment.id)
            values = given or {"e01": str(number % 5 + 1), "e02": "5", "e03": f"Words {number}"}
            assert submit_answers(Member(person, cast.edition, enrolment), values, OPEN)
        db.session.commit()
        return enrolments

    return answer
