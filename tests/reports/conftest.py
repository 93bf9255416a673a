"""Edition A9714779 in rows: 22 participants whose points, certificates and answers give the printed figures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from lms.certificates.models import Certificate
from lms.core.db import db
from lms.core.files import StoredFile
from lms.courses.domain.content import CourseContent, SurveyPlan, SurveyQuestion
from lms.courses.domain.schedule import Moment
from lms.courses.models import Edition, Enrolment, Sponsor
from lms.grading.models import GradeEntry, GradeItem
from lms.grading.queries import class_results, get_scheme
from lms.surveys.models import SurveyParticipation, SurveyReturn
from lms.surveys.queries import find_survey
from tests.factories import both, enrol, make_edition, make_person, make_release, small_course
from tests.surveys.evaluation_of_2022 import ROWS

THEN = datetime(2022, 10, 20, 9, 0, tzinfo=UTC)
AFTERWARDS = datetime(2023, 1, 9, 9, 0, tzinfo=UTC)

# Quiz points, active in group work, essay handed in, financed by SAMM: 22 people, 556.0 points of quizzes together.
PEOPLE = (
    *[(Decimal("29.0"), True, True, True)] * 5,
    *[(Decimal("22.5"), True, False, True)] * 4,
    *[(Decimal("29.0"), True, True, False)] * 4,
    *[(Decimal("22.5"), True, True, False)] * 4,
    (Decimal("25.0"), True, True, False),
    *[(Decimal("22.5"), True, False, False)] * 2,
    *[(Decimal("22.5"), False, False, False)] * 2,
)


def course_of_2022() -> CourseContent:
    """The small course with the thirteen questions of the real evaluation."""
    questions = [SurveyQuestion(f"e{n:02}", "scale", both(row.question)) for n, row in enumerate(ROWS, start=1)]
    questions.append(SurveyQuestion("e14", "open", both("What was most useful?")))
    plan = SurveyPlan(
        "evaluation", both("Evaluation"), both("Please answer"), Moment(36, 8, 0), Moment(54, 23, 59), tuple(questions)
    )
    return replace(small_course("reintegration"), evaluation=plan)


def quiz_marks(total: Decimal) -> list[Decimal]:
    """Six marks of at most five points that add up to a total."""
    marks = []
    for _quiz in range(6):
        marks.append(min(Decimal(5), total - sum(marks, Decimal(0))))
    return marks


def mark(enrolment: Enrolment, item: GradeItem, points: Decimal | None, *, is_complete: bool = True) -> None:
    """A line of the ledger; without points, work that waits for its mark."""
    db.session.add(
        GradeEntry(
            enrolment_id=enrolment.id, item_id=item.id, sequence=1, state="submitted" if points is None else "marked",
            points=points, is_complete=is_complete and points is not None, basis={}, source="test", recorded_at=THEN,
        )
    )  # fmt: skip


def items_of(edition: Edition) -> dict[str, GradeItem]:
    """The edition's grade items by key."""
    return {item.key: item for item in db.session.scalars(select(GradeItem).where(GradeItem.edition_id == edition.id))}


def take_part(
    edition: Edition, people: Any = PEOPLE, sponsor: Sponsor | None = None, name: str = "Invented"
) -> list[Enrolment]:
    """Enrol people who have these results."""
    items = items_of(edition)
    enrolments = []
    for number, (quizzes, active, essay, financed) in enumerate(people, start=1):
        person = make_person(f"{name} {edition.code} {number}", THEN, country="ZM" if financed else "")
        enrolment = enrol(person, edition, "participant", THEN, (sponsor,) if financed and sponsor else ())
        enrolments.append(enrolment)
        for quiz, points in enumerate(quiz_marks(quizzes), start=1):
            mark(enrolment, items[f"quiz-{quiz}"], points)
        mark(enrolment, items["group-work"], Decimal(25 if active else 0), is_complete=active)
        if essay:
            mark(enrolment, items["final-assignment"], Decimal(30))
    db.session.flush()
    return enrolments


def certify(edition: Edition) -> None:
    """Give everybody the certificate that their results earn."""
    version, _scheme = get_scheme(edition.id)
    file = StoredFile(
        key=f"file-{edition.code}",
        name="c.pdf",
        media_type="application/pdf",
        size_bytes=1,
        sha256="0" * 64,
        stored_at=THEN,
    )
    db.session.add(file)
    db.session.flush()
    for standing in class_results(edition):
        kind = standing.decision.kind
        if kind is not None:
            number = f"{edition.code}-{standing.enrolment.id}"
            db.session.add(
                Certificate(
                    edition_id=edition.id, enrolment_id=standing.enrolment.id, sequence=1, kind=kind, number=number,
                    code=number, language="en", printed={}, decision={}, scheme_version_id=version.id, file_id=file.id,
                    issued_at=AFTERWARDS,
                )
            )  # fmt: skip
    db.session.flush()


def answer_evaluation(edition: Edition, enrolments: list[Enrolment]) -> None:
    """Thirteen returns with the counts of the real evaluation."""
    survey = find_survey(edition.id)
    assert survey is not None
    columns = [[number for number, count in enumerate(row.counts, start=1) for _ in range(count)] for row in ROWS]
    for number, enrolment in enumerate(enrolments[:13]):
        answers = {f"e{question:02}": column[number] for question, column in enumerate(columns, start=1)}
        db.session.add(SurveyParticipation(survey_id=survey.id, enrolment_id=enrolment.id))
        db.session.add(SurveyReturn(key=f"{number:032x}", survey_id=survey.id, answers=answers))
    db.session.flush()


@pytest.fixture
def edition_of_2022(app: Flask, set_now: Callable[[datetime], None]) -> Edition:
    """The real edition, closed, its certificates issued, its evaluation answered; the clock stands in 2023."""
    set_now(AFTERWARDS)
    content = course_of_2022()
    release = make_release(content, THEN)
    edition = make_edition("A9714779", release, content, THEN, date(2022, 10, 24), closed_at=AFTERWARDS)
    sponsor = Sponsor(code="SAMM", name="SAMM project")
    db.session.add(sponsor)
    db.session.flush()
    enrolments = take_part(edition, sponsor=sponsor)
    certify(edition)
    answer_evaluation(edition, enrolments)
    db.session.commit()
    return edition
