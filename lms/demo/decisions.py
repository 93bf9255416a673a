"""What was decided out of the ordinary: more for one person, a question regraded, lateness, a mark after closing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from lms.assignments.queries.work import get_assignment
from lms.assignments.services.tasks import change_task, settings_of
from lms.core.db import db
from lms.courses.domain.content import LatePolicy
from lms.demo.script import Cast
from lms.grading.services import lift_decision, override_points
from lms.quizzes.domain.accommodations import Granted
from lms.quizzes.domain.regrading import Regrade, Ruling, Treatment
from lms.quizzes.models import Question, QuestionVersion, Quiz
from lms.quizzes.queries.regrading import try_regrade
from lms.quizzes.services.accommodations import grant_accommodation
from lms.quizzes.services.regrading import apply_regrade

ESSAY = "final-assignment"


def charge_lateness(cast: Cast, rule: Mapping[str, Any]) -> None:
    """Let each day by which an essay is late cost points, before anybody has handed in."""
    settings = settings_of(get_assignment(cast.edition.id, ESSAY))
    late = LatePolicy(
        "penalty", Decimal(rule["points_per_day"]), maximum=Decimal(rule["at_most"]), days=rule["until_days"]
    )
    change_task(
        cast.member("coordinator"), assignment_key=ESSAY, settings=replace(settings, late=late), now=cast.at(2, 10)
    )


def give_more(cast: Cast, entry: Mapping[str, Any]) -> None:
    """Give one person another attempt at a quiz."""
    grant_accommodation(
        cast.member("coordinator"),
        entry["quiz"],
        Granted(extra_attempts=entry["extra_attempts"]),
        reason=entry["reason"].strip(),
        now=cast.at(entry["granted_on_day"], 10),
        enrolment_id=cast.enrolments[entry["person"]].id,
    )


def regrade_question(cast: Cast, entry: Mapping[str, Any]) -> None:
    """Give everybody the points of a question that could be understood in two ways."""
    coordinator = cast.member("coordinator")
    quiz = db.session.scalars(select(Quiz).where(Quiz.edition_id == cast.edition.id, Quiz.key == entry["quiz"])).one()
    version = db.session.scalars(
        select(QuestionVersion)
        .join(Question, Question.id == QuestionVersion.question_id)
        .where(Question.key == entry["question"], QuestionVersion.id.in_(quiz.question_version_ids))
    ).one()
    wanted = Regrade({version.id: Ruling(Treatment.FULL)})
    trial = try_regrade(coordinator, quiz, wanted)
    apply_regrade(
        coordinator, quiz.key, wanted, number=trial.number, seal=trial.seal, reason=entry["reason"].strip(),
        now=cast.at(entry["on_day"], 9),
    )  # fmt: skip


def amend(cast: Cast, entry: Mapping[str, Any]) -> None:
    """Change a mark after the closing, and take the change back the day after: what was published stands."""
    coordinator = cast.member("coordinator")
    cell: Any = {"enrolment_id": cast.enrolments[entry["person"]].id, "item_key": ESSAY}
    override_points(
        coordinator, points=Decimal(str(entry["points"])), reason=entry["reason"].strip(),
        now=cast.at(entry["on_day"], 11), **cell,
    )  # fmt: skip
    lift_decision(
        coordinator, reason=entry["taken_back_because"].strip(), now=cast.at(entry["on_day"] + 1, 9, 30), **cell
    )
