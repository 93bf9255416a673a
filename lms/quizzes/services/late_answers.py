"""Accepting answers that came too late: a tutor's decision with a reason, never made by itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from lms.core.audit import record_event
from lms.core.db import db
from lms.core.errors import NotFound, RuleViolation
from lms.courses.permissions import Member, require_teaching
from lms.grading.queries import get_participant
from lms.grading.services import post_entry
from lms.grading.services.decisions import require_reason
from lms.grading.services.notices import notify, read_by
from lms.quizzes.domain import counted, points_of
from lms.quizzes.models import Attempt, LatePacket, Quiz, Response
from lms.quizzes.queries import find_maximum, get_versions, result_of
from lms.quizzes.queries.regrade_scores import score_of
from lms.quizzes.queries.sittings import SCHEME_VERSION


def accept_late_answers(
    actor: Member, packet_id: int, *, reason: str, now: datetime, with_all_that_wait: bool = False
) -> Attempt:
    """Let answers that came too late count: they are graded, the attempt's score and its points follow.

    Where an answer that arrived in time stood in the place of a late one, it stays with the packet. What was accepted
    from a packet that arrived later is not undone by an earlier one. The participant is told by mail, with the reason.

    Args:
        with_all_that_wait: also what else came too late for the same attempt and was not accepted yet. A phone that
            finds its line again sends each answer by itself: it is one decision, and one letter.

    Raises:
        NotAllowed: unless the actor teaches in the edition.
        NotFound: if the edition has no such packet.
        RuleViolation: without a reason, or where they were accepted before.
    """
    require_teaching(actor)
    require_reason(reason)
    row = db.session.execute(
        select(LatePacket, Attempt, Quiz)
        .join(Attempt, Attempt.id == LatePacket.attempt_id)
        .join(Quiz, Quiz.id == Attempt.quiz_id)
        .where(LatePacket.id == packet_id, Quiz.edition_id == actor.edition.id)
        .with_for_update(of=Attempt)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise NotFound
    packet, attempt, quiz = row
    if packet.accepted_at is not None:
        raise RuleViolation(_("These answers were accepted before. Nothing was changed."))
    packets = _all_that_wait(attempt) if with_all_that_wait else [packet]
    before = result_of(attempt)
    for one in packets:
        one.replaced = _write(attempt, one)
        one.accepted_at, one.accepted_by_id = now, actor.person.id
        one.accepted_reason = reason.strip()[:500]
        db.session.flush()
    score = score_of(attempt)
    attempt.raw_score, attempt.counted_questions = score.right, score.counted_of(len(attempt.layout))
    db.session.flush()
    post_counted(actor, quiz, attempt.enrolment_id, reason=reason, now=now)
    positions = _positions(packets)
    record_event(
        "late answers accepted", now=now, actor_id=actor.person.id, subject_type="attempt", subject_id=attempt.id,
        edition_id=actor.edition.id, quiz=quiz.key, packet=packet.id, packets=len(packets), positions=positions,
        right=[str(before.right), str(attempt.raw_score)], reason=reason,
    )  # fmt: skip
    _tell(actor, packet, positions, attempt, quiz, now)
    return attempt


def _all_that_wait(attempt: Attempt) -> Sequence[LatePacket]:
    """What came too late for the attempt and nobody accepted, in the order in which it arrived."""
    return db.session.scalars(
        select(LatePacket)
        .where(LatePacket.attempt_id == attempt.id, LatePacket.accepted_at.is_(None))
        .order_by(LatePacket.id)
    ).all()


def _positions(packets: Sequence[LatePacket]) -> list[str]:
    return sorted({position for packet in packets for position in packet.answers}, key=int)


def _write(attempt: Attempt, packet: LatePacket) -> dict[str, Any]:
    """Put the packet's answers into the attempt; return what stood in their places, ``None`` where nothing did."""
    versions = get_versions(version_id for version_id, _order in attempt.layout)
    stored = {
        response.position: response
        for response in db.session.scalars(select(Response).where(Response.attempt_id == attempt.id))
    }
    replaced: dict[str, Any] = {}
    for position, answer in packet.answers.items():
        version = versions[attempt.layout[int(position) - 1][0]]
        response = stored.get(int(position))
        if response is not None and response.saved_at > packet.received_at:
            continue
        replaced[position] = None if response is None else response.answer
        if response is None:
            response = Response(attempt_id=attempt.id, position=int(position), question_version_id=version.id)
            db.session.add(response)
        response.answer, response.saved_at = answer, packet.received_at
        response.operation_id = packet.operation_id or ""
        response.fraction = version.kind.grade(version.content, answer)
    return replaced


def post_counted(actor: Member, quiz: Quiz, enrolment_id: int, *, reason: str, now: datetime) -> None:
    """Post the points of the attempt that counts, after results have changed; nothing for a quiz without points."""
    attempts = db.session.scalars(
        select(Attempt).where(
            Attempt.quiz_id == quiz.id, Attempt.enrolment_id == enrolment_id, Attempt.submitted_at.is_not(None)
        )
    ).all()
    result = counted((result_of(attempt) for attempt in attempts), quiz.counting)
    scheme_id = db.session.scalar(select(SCHEME_VERSION).select_from(Quiz).where(Quiz.id == quiz.id))
    maximum = find_maximum(scheme_id, quiz.item_key)
    if result is None or maximum is None:
        return
    attempt = next(attempt for attempt in attempts if attempt.number == result.number)
    post_entry(
        edition_id=quiz.edition_id, enrolment_id=enrolment_id, item_key=quiz.item_key, state="marked",
        points=points_of(result, maximum), is_complete=True,
        basis={"attempt": result.number, "right": str(result.right), "questions": result.questions},
        source=f"quiz attempt {attempt.id}", reason=reason, actor_id=actor.person.id, now=now,
    )  # fmt: skip


def _tell(
    actor: Member, packet: LatePacket, positions: Sequence[str], attempt: Attempt, quiz: Quiz, now: datetime
) -> None:
    person = get_participant(actor.edition.id, attempt.enrolment_id).person
    notify(
        "late_answers_accepted", person, actor.edition, now, key=f"late packet:{packet.id}",
        quiz=read_by(person, actor.edition, quiz.title), quiz_key=quiz.key, number=attempt.number,
        positions=", ".join(positions), count=len(positions), reason=packet.accepted_reason,
    )  # fmt: skip
