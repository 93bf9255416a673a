"""What a regrade does to certificates that were issued: it names them, and takes nothing away."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from lms.certificates import services
from lms.certificates.models import Certificate
from lms.core.db import db, unit_of_work
from lms.grading.services import post_entry
from lms.quizzes.domain.regrading import Regrade, Ruling, Treatment
from lms.quizzes.models import Quiz
from lms.quizzes.queries.regrading import try_regrade
from lms.quizzes.services.regrading import apply_regrade
from tests.factories import Cast
from tests.quizzes.conftest import QUIZ, Desk


def test_a_certificate_that_a_regrade_would_change_is_flagged_and_stands(
    cast: Cast, now: datetime, as_role: Callable[[str], Any]
) -> None:
    """Edge cases 19 and 43: lowered after issue, it is the coordinator who decides; never silently revoked."""
    coordinator = cast.member("coordinator")
    Desk(cast, now).sit(1)
    others = {f"quiz-{n}": "0" for n in (1, 3, 4)} | {"group-work": "29.50"}
    for key, points in others.items():
        post_entry(
            edition_id=cast.edition.id, enrolment_id=cast.enrolments["participant"], item_key=key, state="marked",
            points=Decimal(points), is_complete=True, basis={}, source="test", actor_id=None, now=now,
        )  # fmt: skip
    db.session.commit()
    with unit_of_work():
        services.close_edition(actor=coordinator, now=now)
    with unit_of_work():
        services.issue_certificates(actor=coordinator, public_url="https://segin.example", now=now, most=9)
    certificate = db.session.scalars(select(Certificate)).one()
    quiz = db.session.scalars(select(Quiz).where(Quiz.edition_id == cast.edition.id, Quiz.key == QUIZ)).one()
    wanted = Regrade({quiz.question_version_ids[0]: Ruling(Treatment.EXCLUDED)}, nobody_loses=False)
    trial = try_regrade(coordinator, quiz, wanted)
    assert [line.certificate for line in trial.lines if line.differs_from_certificate] == [
        ("participation", certificate.number)
    ]
    with unit_of_work():
        apply_regrade(coordinator, QUIZ, wanted, number=1, seal=trial.seal, reason="a faulty question", now=now)
    assert db.session.scalars(select(Certificate)).one().state == "stands"
    page = as_role("coordinator").get("/editions/R1/closing").get_data(as_text=True)
    assert "Certificates that need your decision" in page
    assert certificate.number in as_role("coordinator").get("/editions/R1/closing?show=review").get_data(as_text=True)
