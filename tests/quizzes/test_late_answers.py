"""Answers that came too late: kept, flagged, and counted only when somebody who teaches says so."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from sqlalchemy import select

from lms.core.db import db
from lms.core.errors import NotAllowed, NotFound, RuleViolation
from lms.core.outbox import OutboxMessage
from lms.grading.models import GradeEntry
from lms.quizzes.domain import GRACE
from lms.quizzes.models import Attempt, LatePacket
from lms.quizzes.services.late_answers import accept_late_answers
from tests.factories import Cast
from tests.quizzes.conftest import Desk

MINUTE = timedelta(minutes=1)


@pytest.fixture
def late(desk: Desk) -> LatePacket:
    """An attempt closed by time with question 1 right and 2 wrong; 2 right and 3 right came two minutes late."""
    desk.quiz(time_limit_minutes=30)
    attempt = desk.start()
    desk.save(attempt, {1: "a", 2: "b"})
    desk.save(attempt, {2: "a", 3: "a"}, operation="aaaaaaaa-0000000009", at=desk.now + 32 * MINUTE)
    assert desk.points() == Decimal("0.50")
    return db.session.scalars(select(LatePacket)).one()


def test_a_packet_three_seconds_late_counts_and_one_after_the_grace_is_kept(desk: Desk) -> None:
    """Edge case 14: accepted within the documented grace; later it is stored, flagged and not counted by itself."""
    desk.quiz(time_limit_minutes=30)
    attempt, end = desk.start(), desk.now + 30 * MINUTE
    assert desk.save(attempt, {1: "a"}, at=end + timedelta(seconds=3)).saved == [1]
    assert desk.save(attempt, {2: "a"}, at=end + GRACE).late == [2]
    packet = db.session.scalars(select(LatePacket)).one()
    assert (packet.answers, packet.accepted_at) == ({"2": {"option": "a"}}, None)
    assert db.session.get_one(Attempt, attempt.id).raw_score == 1


def test_accepted_answers_count_in_score_and_ledger_and_what_stood_there_is_kept(
    desk: Desk, cast: Cast, late: LatePacket
) -> None:
    accept_late_answers(cast.member("tutor"), late.id, reason="the line was down", now=desk.now)
    assert db.session.get_one(Attempt, late.attempt_id).raw_score == Fraction(3)
    assert desk.points() == Decimal("1.50")
    assert late.replaced == {"2": {"option": "b"}, "3": None}
    line = db.session.scalars(select(GradeEntry).order_by(GradeEntry.sequence.desc())).first()
    assert line is not None
    assert (line.reason, line.recorded_by_id) == ("the line was down", cast.person("tutor").id)


def test_the_participant_is_told_with_the_reason(desk: Desk, cast: Cast, late: LatePacket, as_role) -> None:
    accept_late_answers(cast.member("tutor"), late.id, reason="the line was down", now=desk.now)
    mail = db.session.scalars(select(OutboxMessage).where(OutboxMessage.template == "late_answers_accepted")).one()
    assert (mail.recipient, mail.context["reason"]) == (cast.person("participant").email, "the line was down")
    page = as_role("participant").get("/editions/R1/quizzes/quiz-2/attempts/1/result").get_data(as_text=True)
    assert "the line was down" in page


def test_it_needs_a_reason_and_happens_once(desk: Desk, cast: Cast, late: LatePacket) -> None:
    with pytest.raises(RuleViolation, match="reason"):
        accept_late_answers(cast.member("tutor"), late.id, reason=" ", now=desk.now)
    accept_late_answers(cast.member("tutor"), late.id, reason="ok", now=desk.now)
    with pytest.raises(RuleViolation, match="accepted before"):
        accept_late_answers(cast.member("tutor"), late.id, reason="ok", now=desk.now)


@pytest.mark.parametrize("name", ["participant", "sponsor_viewer"])
def test_only_those_who_teach_accept(desk: Desk, cast: Cast, late: LatePacket, name: str) -> None:
    with pytest.raises(NotAllowed):
        accept_late_answers(cast.member(name), late.id, reason="ok", now=desk.now)


def test_the_packet_of_another_edition_is_not_there(desk: Desk, cast: Cast, late: LatePacket) -> None:
    with pytest.raises(NotFound):
        accept_late_answers(cast.member("other_tutor"), late.id, reason="ok", now=desk.now)


def test_an_earlier_packet_accepted_later_does_not_undo_a_newer_answer(
    desk: Desk, cast: Cast, late: LatePacket
) -> None:
    attempt = db.session.get_one(Attempt, late.attempt_id)
    desk.save(attempt, {3: "b"}, operation="aaaaaaaa-0000000010", at=desk.now + 40 * MINUTE)
    newer = db.session.scalars(select(LatePacket).where(LatePacket.id != late.id)).one()
    accept_late_answers(cast.member("tutor"), newer.id, reason="ok", now=desk.now)
    accept_late_answers(cast.member("tutor"), late.id, reason="ok", now=desk.now)
    assert desk.answers(attempt) == {1: "a", 2: "a", 3: "b"}


def test_a_worse_attempt_that_improves_becomes_the_best(desk: Desk, cast: Cast, late: LatePacket) -> None:
    desk.quiz(time_limit_minutes=None)
    desk.sit(2)
    assert desk.points() == Decimal("1.00")
    accept_late_answers(cast.member("tutor"), late.id, reason="ok", now=desk.now)
    assert desk.points() == Decimal("1.50")


def test_the_page_of_an_attempt_asks_for_the_reason_again_and_then_accepts(
    as_role, cast: Cast, late: LatePacket
) -> None:
    page = f"/editions/R1/quizzes/quiz-2/people/{cast.enrolments['participant']}/attempts/1"
    tutor = as_role("tutor")
    said = tutor.get(page).get_data(as_text=True)
    assert "Came too late" in said
    assert "keeps the questions, versions and language" in said
    assert tutor.post(f"{page}/late-answers/{late.id}", {"reason": ""}).status_code == 422
    assert tutor.post(f"{page}/late-answers/{late.id}", {"reason": "power cut"}).status_code == 303
    assert "power cut" in tutor.get(page).get_data(as_text=True)


def test_one_decision_accepts_all_that_waits_for_an_attempt_and_sends_one_letter(
    desk: Desk, as_role, cast: Cast, late: LatePacket
) -> None:
    """A phone that finds its line again sends each answer by itself: nobody types seven reasons, or gets seven mails."""
    attempt = db.session.get_one(Attempt, late.attempt_id)
    for position in (4, 5):
        desk.save(attempt, {position: "a"}, operation=f"bbbbbbbb-000000000{position}", at=desk.now + 33 * MINUTE)
    page = f"/editions/R1/quizzes/quiz-2/people/{cast.enrolments['participant']}/attempts/1"
    tutor = as_role("tutor")
    assert "3 late packets wait" in tutor.get(page).get_data(as_text=True)
    refused = tutor.post(f"{page}/late-answers/{late.id}", {"reason": "", "which": "all"})
    assert refused.status_code == 422
    assert tutor.post(f"{page}/late-answers/{late.id}", {"reason": "power cut", "which": "all"}).status_code == 303
    assert db.session.get_one(Attempt, late.attempt_id).raw_score == Fraction(5)
    assert desk.points() == Decimal("2.50")
    assert all(packet.accepted_reason == "power cut" for packet in db.session.scalars(select(LatePacket)))
    mail = db.session.scalars(select(OutboxMessage).where(OutboxMessage.template == "late_answers_accepted")).one()
    assert mail.context["positions"] == "2, 3, 4, 5"
    assert "late packets wait" not in tutor.get(page).get_data(as_text=True)
    said = as_role("participant").get("/editions/R1/quizzes/quiz-2/attempts/1/result").get_data(as_text=True)
    assert "Your answers to questions 2, 3, 4, 5 came too late." in said
    assert said.count("power cut") == 1


def test_who_was_late_reads_that_it_does_not_count_yet_and_who_can_accept_it(as_role, late: LatePacket) -> None:
    said = as_role("participant").get("/editions/R1/quizzes/quiz-2/attempts/1/result").get_data(as_text=True)
    assert "Too late were the answers to questions 2, 3." in said
    assert "They are kept: your tutor can see them, and can accept them." in said
