"""What changes a sitting: an attempt starts, answers are saved, it is submitted or its time runs out."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from flask_babel import gettext as _
from sqlalchemy import (
    ClauseElement,
    Integer,
    bindparam,
    select,
    update,
)
from sqlalchemy.orm.attributes import set_committed_value

from lms.core.db import db
from lms.core.errors import NotFound, RuleViolation
from lms.core.i18n import best_language
from lms.core.statements import Reading, Writing, insert_into
from lms.courses.models import Edition
from lms.courses.permissions import Member, require_participant
from lms.grading.services import post_entry
from lms.quizzes.domain import GRACE, STARTABLE, Result, State, counted, deadline_of, points_of
from lms.quizzes.domain.regrading import Score
from lms.quizzes.models import Attempt, Quiz, Response
from lms.quizzes.queries import Sitting, deadline_of_attempt, find_maximum, get_sitting, result_of
from lms.quizzes.queries.regrade_scores import HAS_REGRADES, score_of
from lms.quizzes.queries.sittings import SCHEME_VERSION
from lms.quizzes.services.answers import Saved, keep_answers, keep_late, read_answers, unfinished_of
from lms.quizzes.services.layout import lay_out

log = logging.getLogger(__name__)

# Put together once, as in the queries: these run for every answer.
_HELD = (
    select(Attempt, Quiz, Edition.closed_at, SCHEME_VERSION.label("scheme"))
    .join(Quiz, Quiz.id == Attempt.quiz_id)
    .join(Edition, Edition.id == Quiz.edition_id)
    .execution_options(populate_existing=True)
)
_OWN = Reading(
    _HELD.where(
        Quiz.edition_id == bindparam("edition_id"),
        Attempt.enrolment_id == bindparam("enrolment_id", type_=Integer),
        Attempt.id == bindparam("attempt_id"),
    ).with_for_update(of=Attempt)
)
# Read once the attempt is held, so that a regrade which was applied meanwhile is seen.
_FRACTIONS = Reading(
    select(Response.fraction, HAS_REGRADES.label("has_regrades"))
    .select_from(Attempt)
    .outerjoin(Response, Response.attempt_id == Attempt.id)
    .where(Attempt.id == bindparam("attempt_id"))
)
_ATTEMPTS = Attempt.__table__.c
_CLOSE = Writing(
    update(Attempt.__table__)  # type: ignore[arg-type]
    .where(_ATTEMPTS.id == bindparam("attempt_id"))
    .values(
        {
            name: bindparam(f"new_{name}", type_=_ATTEMPTS[name].type)
            for name in ("submitted_at", "finished_by", "raw_score", "counted_questions")
        }
    )
)


def _start_statement(dialect: str) -> ClauseElement:
    """Insert an attempt and give it back; nothing where another tab was first."""
    given = (
        "quiz_id", "enrolment_id", "number", "language", "layout", "started_at", "deadline_at", "deadline_by",
        "time_limit_minutes", "time_factor",
    )  # fmt: skip
    statement: ClauseElement = (
        insert_into(Attempt.__table__, dialect)
        .values({name: bindparam(f"new_{name}", type_=_ATTEMPTS[name].type) for name in given})
        .on_conflict_do_nothing()
        .returning(*_ATTEMPTS)
    )
    return statement


_START = Writing(_start_statement, returning=Attempt)


def start_attempt(actor: Member, quiz_key: str, *, now: datetime) -> Attempt:
    """Start an attempt at a quiz, or return the one that is open: there is never a second one beside it.

    Copies the rule in force: the questions in their versions, the order of options, the language, the time limit, the
    deadline with the person's extension and accommodations.

    Raises:
        NotFound: if the edition has no such quiz.
        NotAllowed: unless the actor is a participant.
        RuleViolation: if it may not be started now, saying why.
    """
    enrolment = require_participant(actor)
    sitting = get_sitting(actor, quiz_key)
    if sitting.running is not None:
        if deadline_of_attempt(sitting.running).accepts(now):
            return sitting.running
        submit_attempt(actor, sitting.running.id, now=now)
        sitting = get_sitting(actor, quiz_key)
    quiz = sitting.quiz
    _require_startable(sitting, now)
    factor = sitting.terms.time_factor
    deadline = deadline_of(now, sitting.closes_at, quiz.time_limit_minutes, factor)
    number = len(sitting.attempts) + 1
    values = {
        "new_quiz_id": quiz.id,
        "new_enrolment_id": enrolment.id,
        "new_number": number,
        "new_language": best_language([actor.person.language], actor.edition.languages),
        "new_layout": lay_out(quiz, actor.edition.course_id, f"{enrolment.id} {quiz.id} {number}"),
        "new_started_at": now,
        "new_deadline_at": deadline.at,
        "new_deadline_by": deadline.by,
        "new_time_limit_minutes": quiz.time_limit_minutes,
        "new_time_factor": None if factor == 1 else factor,
    }
    return _START.returned(values) or _attempt_of_other_tab(actor, quiz_key)


def _require_startable(sitting: Sitting, now: datetime) -> None:
    state = sitting.state(now)
    if state in STARTABLE:
        return
    if state is State.UPCOMING:
        raise RuleViolation(_("This quiz is not open yet. Come back on the day it opens."))
    if len(sitting.finished) >= sitting.attempts_allowed:
        raise RuleViolation(_("You have used all your attempts at this quiz. Your results are safe."))
    raise RuleViolation(
        _("This quiz is closed. What you submitted before is safe. If something kept you away, ask your coordinator.")
    )


def _attempt_of_other_tab(actor: Member, quiz_key: str) -> Attempt:
    """The attempt that another request of the same person started in the same instant."""
    running = get_sitting(actor, quiz_key).running
    if running is None:
        raise RuleViolation(_("This quiz was started and submitted in another window. Open it again to go on."))
    return running


def save_answers(
    actor: Member,
    attempt_id: int,
    answers: Mapping[int, Sequence[str]],
    *,
    operation_id: str = "",
    now: datetime,
) -> Saved:
    """Save answers of an attempt; the last that arrives for a question holds.

    A packet that comes again changes nothing, not even after a newer one of the same device. What comes after the
    attempt was closed, or later than the grace, is kept beside it and does not count.

    Args:
        answers: values by question position, counted from 1, as a form sends them.
        operation_id: ``<device>-<number>`` with eight characters and a number that only grows; empty for a form.

    Raises:
        NotFound: if the actor has no such attempt.
        NotAllowed: unless the actor is a participant.
        RuleViolation: if an answer does not belong to its question.
    """
    held = _hold_attempt(actor, attempt_id)
    attempt = held.attempt
    documents = read_answers(attempt, answers)
    if attempt.submitted_at is None and deadline_of_attempt(attempt).accepts(now):
        keep_answers(attempt, documents, operation_id, now)
        return Saved(attempt, list(documents), [], unfinished_of(attempt, documents))
    if attempt.submitted_at is None:
        _finish(held, by="time", actor_id=None, now=now)
    return keep_late(attempt, documents, operation_id, now)


@dataclass(frozen=True, slots=True)
class _Held:
    """An attempt that nobody else changes until this transaction ends, with what finishing it takes.

    It is written by statements, not through the session; the entity follows.
    """

    attempt: Attempt
    quiz: Quiz
    edition_closed_at: datetime | None
    scheme_id: int | None


def _hold_attempt(actor: Member, attempt_id: int) -> _Held:
    """Hold the actor's own attempt; raises NotFound.

    A page names its attempt by id, so that one left open on a shared device cannot answer for the next person.
    """
    own = {"edition_id": actor.edition.id, "enrolment_id": require_participant(actor).id, "attempt_id": attempt_id}
    rows = _OWN.rows(own)
    if not rows:
        raise NotFound(_("There is no such attempt of yours. If somebody else uses this device, sign in again."))
    return _Held(*rows[0])


def submit_attempt(actor: Member, attempt_id: int, *, now: datetime) -> Attempt:
    """Submit an attempt, grade it and post its points; again, it changes nothing and returns the same.

    After the deadline and its grace the attempt is closed as at its deadline, with what had arrived.

    Raises:
        NotFound: if the actor has no such attempt.
        NotAllowed: unless the actor is a participant.
    """
    held = _hold_attempt(actor, attempt_id)
    if held.attempt.submitted_at is None:
        in_time = deadline_of_attempt(held.attempt).accepts(now)
        _finish(held, by="person" if in_time else "time", actor_id=actor.person.id, now=now)
    return held.attempt


def close_expired_attempts(now: datetime, limit: int = 200) -> int:
    """Close attempts whose deadline and grace are over, as at their deadline; return how many.

    Safe in several processes: each takes attempts that no other holds. One that fails does not stop the others.
    """
    rows = db.session.execute(
        _HELD.where(Attempt.submitted_at.is_(None), Attempt.deadline_at <= now - GRACE)
        .order_by(Attempt.deadline_at)
        .limit(limit)
        .with_for_update(of=Attempt, skip_locked=True)
    ).all()
    closed = 0
    for held in (_Held(*row) for row in rows):
        if deadline_of_attempt(held.attempt).accepts(now):
            continue  # a window lasts to the end of its minute, which the query does not know
        try:
            with db.session.begin_nested():
                _finish(held, by="time", actor_id=None, now=now)
            closed += 1
        except Exception:
            log.exception("attempt %s could not be closed", held.attempt.id)
            db.session.expire(held.attempt)
    return closed


def _finish(held: _Held, *, by: str, actor_id: int | None, now: datetime) -> None:
    attempt = held.attempt
    rows = _FRACTIONS.rows({"attempt_id": attempt.id})
    right = sum((fraction for fraction, _regraded in rows if fraction), Fraction(0))
    score = Score(right, len(attempt.layout))
    if rows[0][1]:
        score = score_of(attempt)
    finished = {
        "submitted_at": deadline_of_attempt(attempt).finish_at(now),
        "finished_by": by,
        "raw_score": score.right,
        "counted_questions": score.counted_of(len(attempt.layout)),
    }
    _CLOSE.run({"attempt_id": attempt.id, **{f"new_{name}": value for name, value in finished.items()}})
    for name, value in finished.items():
        set_committed_value(attempt, name, value)
    _post_points(held, actor_id, now)


def _post_points(held: _Held, actor_id: int | None, now: datetime) -> None:
    """Post this attempt's points if it is the one that counts; otherwise what was posted before stands."""
    attempt, quiz = held.attempt, held.quiz
    result = result_of(attempt)
    if counted([*_earlier_results(attempt), result], quiz.counting) != result:
        return
    maximum = find_maximum(held.scheme_id, quiz.item_key)
    if maximum is None:
        return  # a quiz for practice earns no points
    post_entry(
        edition_id=quiz.edition_id,
        enrolment_id=attempt.enrolment_id,
        item_key=quiz.item_key,
        state="marked",
        points=points_of(result, maximum),
        is_complete=True,
        basis={"attempt": attempt.number, "right": str(result.right), "questions": result.questions},
        source=f"quiz attempt {attempt.id}",
        reason_code="" if held.edition_closed_at is None else "quiz_after_closing",
        actor_id=actor_id,
        now=now,
    )


def _earlier_results(attempt: Attempt) -> list[Result]:
    if attempt.number == 1:
        return []
    query = select(Attempt).where(
        Attempt.quiz_id == attempt.quiz_id,
        Attempt.enrolment_id == attempt.enrolment_id,
        Attempt.id != attempt.id,
        Attempt.submitted_at.is_not(None),
    )
    return [result_of(earlier) for earlier in db.session.scalars(query)]
