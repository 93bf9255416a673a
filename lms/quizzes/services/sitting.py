"""What changes a sitting: an attempt starts, answers are saved, it is submitted or its time runs out."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from functools import lru_cache
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Executable, Integer, bindparam, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm.attributes import set_committed_value

from lms.core.db import db
from lms.core.errors import NotFound, RuleViolation
from lms.core.i18n import best_language
from lms.courses.models import Edition
from lms.courses.permissions import Member, require_participant
from lms.grading.services import post_entry
from lms.quizzes.domain import GRACE, STARTABLE, Result, State, counted, deadline_of, points_of, shuffled
from lms.quizzes.models import Attempt, LatePacket, Quiz, Response
from lms.quizzes.queries import Sitting, deadline_of_attempt, find_maximum, get_sitting, get_versions, result_of
from lms.quizzes.queries.sittings import SCHEME_VERSION

log = logging.getLogger(__name__)

# Characters of an operation id that name the device; the rest is a number that only grows.
DEVICE_LENGTH = 8

# Put together once, as in the queries: these run for every answer.
_HELD = (
    select(Attempt, Quiz, Edition.closed_at, SCHEME_VERSION.label("scheme"))
    .join(Quiz, Quiz.id == Attempt.quiz_id)
    .join(Edition, Edition.id == Quiz.edition_id)
    .execution_options(populate_existing=True)
)
_OWN = (
    _HELD.where(
        Quiz.edition_id == bindparam("edition_id"),
        Attempt.enrolment_id == bindparam("enrolment_id", type_=Integer),
        Attempt.id == bindparam("attempt_id"),
    )
).with_for_update(of=Attempt)
_FRACTIONS = select(Response.fraction).where(Response.attempt_id == bindparam("attempt_id"))
_ATTEMPTS = Attempt.__table__.c
_CLOSE = (
    update(Attempt.__table__)  # type: ignore[arg-type]
    .where(_ATTEMPTS.id == bindparam("attempt_id"))
    .values(
        {
            name: bindparam(f"new_{name}", type_=_ATTEMPTS[name].type)
            for name in ("submitted_at", "finished_by", "raw_score")
        }
    )
)


def _insert(target: Any, dialect: str) -> Any:
    """An insert that can say what happens on conflict; both databases spell it the same."""
    return (sqlite if dialect == "sqlite" else postgresql).insert(target)


def start_attempt(actor: Member, quiz_key: str, *, now: datetime) -> Attempt:
    """Start an attempt at a quiz, or return the one that is open: there is never a second one beside it.

    Copies the rule in force: the questions in their versions, the order of options, the language, the deadline with
    the person's extension.

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
    quiz = sitting.quiz
    _require_startable(sitting, now)
    deadline = deadline_of(now, sitting.closes_at, quiz.time_limit_minutes)
    number = len(sitting.attempts) + 1
    values = {
        "new_quiz_id": quiz.id,
        "new_enrolment_id": enrolment.id,
        "new_number": number,
        "new_language": best_language([actor.person.language], actor.edition.languages),
        "new_layout": _lay_out(quiz, f"{enrolment.id} {quiz.id} {number}"),
        "new_started_at": now,
        "new_deadline_at": deadline.at,
        "new_deadline_by": deadline.by,
    }
    started = db.session.scalars(_start_statement(db.engine.dialect.name), values).one_or_none()
    return started or _attempt_of_other_tab(actor, quiz_key)


@lru_cache
def _start_statement(dialect: str) -> Executable:
    """Insert an attempt and give it back; nothing where another tab was first."""
    given = ("quiz_id", "enrolment_id", "number", "language", "layout", "started_at", "deadline_at", "deadline_by")
    attempt = (
        _insert(Attempt, dialect)
        .values({name: bindparam(f"new_{name}", type_=_ATTEMPTS[name].type) for name in given})
        .on_conflict_do_nothing()
        .returning(Attempt)
    )
    return select(Attempt).from_statement(attempt)


def _require_startable(sitting: Sitting, now: datetime) -> None:
    state = sitting.state(now)
    if state in STARTABLE:
        return
    if state is State.UPCOMING:
        raise RuleViolation(_("This quiz is not open yet. Come back on the day it opens."))
    if len(sitting.finished) >= sitting.quiz.attempts_allowed:
        raise RuleViolation(_("You have used all your attempts at this quiz. Your results are safe."))
    raise RuleViolation(
        _("This quiz is closed. What you submitted before is safe. If something kept you away, ask your coordinator.")
    )


def _lay_out(quiz: Quiz, seed: str) -> list[list[Any]]:
    layout = []
    versions = get_versions(quiz.question_version_ids)
    for version_id in quiz.question_version_ids:
        version = versions[version_id]
        keys = version.kind.option_keys(version.content)
        layout.append([version_id, shuffled(keys, f"{seed} {version_id}") if quiz.shuffle_options else list(keys)])
    return layout


def _attempt_of_other_tab(actor: Member, quiz_key: str) -> Attempt:
    """The attempt that another request of the same person started in the same instant."""
    running = get_sitting(actor, quiz_key).running
    if running is None:
        raise RuleViolation(_("This quiz was started and submitted in another window. Open it again to go on."))
    return running


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of a packet: positions that are on the server, and positions that came too late to count."""

    attempt: Attempt
    saved: Sequence[int]
    late: Sequence[int]


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
    documents = _read_answers(attempt, answers)
    if attempt.submitted_at is None and deadline_of_attempt(attempt).accepts(now):
        _upsert(attempt, documents, operation_id, now)
        return Saved(attempt, list(documents), [])
    if attempt.submitted_at is None:
        _finish(held, by="time", actor_id=None, now=now)
    return _keep_late(attempt, documents, operation_id, now)


@dataclass(frozen=True, slots=True)
class _Held:
    """An attempt that nobody else changes until this transaction ends, with what finishing it takes."""

    attempt: Attempt
    quiz: Quiz
    edition_closed_at: datetime | None
    scheme_id: int | None


def _hold_attempt(actor: Member, attempt_id: int) -> _Held:
    """Hold the actor's own attempt; raises NotFound.

    A page names its attempt by id, so that one left open on a shared device cannot answer for the next person.
    """
    own = {"edition_id": actor.edition.id, "enrolment_id": require_participant(actor).id, "attempt_id": attempt_id}
    row = db.session.execute(_OWN, own).one_or_none()
    if row is None:
        raise NotFound(_("There is no such attempt of yours. If somebody else uses this device, sign in again."))
    return _Held(*row)


def _read_answers(attempt: Attempt, answers: Mapping[int, Sequence[str]]) -> dict[int, dict[str, Any]]:
    versions = get_versions(version_id for version_id, _order in attempt.layout)
    documents = {}
    try:
        for position, values in answers.items():
            if not 1 <= position <= len(attempt.layout):
                raise ValueError(f"there is no question {position}")
            version = versions[attempt.layout[position - 1][0]]
            documents[position] = version.kind.read_answer(version.content, values)
    except ValueError as error:
        raise RuleViolation(
            _(
                "One of these answers does not belong to its question. Nothing was saved. Reload the page and choose again."
            )
        ) from error
    return documents


def _upsert(attempt: Attempt, documents: Mapping[int, dict[str, Any]], operation_id: str, now: datetime) -> None:
    """Keep the answers, graded at once under the versions that the attempt is sat under, which never change."""
    versions = get_versions(version_id for version_id, _order in attempt.layout)
    rows = []
    for position, answer in documents.items():
        version = versions[attempt.layout[position - 1][0]]
        rows.append(
            {
                "attempt_id": attempt.id,
                "position": position,
                "question_version_id": version.id,
                "answer": answer,
                "saved_at": now,
                "operation_id": operation_id,
                "fraction": version.kind.grade(version.content, answer),
            }
        )
    if rows:
        db.session.execute(_upsert_statement(db.engine.dialect.name), rows)


@lru_cache
def _upsert_statement(dialect: str) -> Any:
    """Insert or replace answers; the same for every packet, so that it is put together and compiled once."""
    insert = _insert(Response.__table__, dialect)
    new, old = insert.excluded, Response.__table__.c
    # An older packet of the same device, sent again on its way here, must not undo a newer answer.
    is_newer = or_(
        new.operation_id == "",
        func.substr(old.operation_id, 1, DEVICE_LENGTH) != func.substr(new.operation_id, 1, DEVICE_LENGTH),
        old.operation_id < new.operation_id,
    )
    changes = {name: new[name] for name in ("answer", "saved_at", "operation_id", "fraction")}
    return insert.on_conflict_do_update(index_elements=["attempt_id", "position"], set_=changes, where=is_newer)


def _keep_late(attempt: Attempt, documents: Mapping[int, dict[str, Any]], operation_id: str, now: datetime) -> Saved:
    """Tell what had arrived in time, after all, from what did not; keep the latter beside the attempt."""
    query = select(Response.position, Response.answer).where(Response.attempt_id == attempt.id)
    stored: dict[int, dict[str, Any]] = dict(db.session.execute(query).all())
    late = {position: answer for position, answer in documents.items() if stored.get(position) != answer}
    saved = [position for position in documents if position not in late]
    if late:
        closed = attempt.submitted_at or now
        db.session.execute(
            _insert(LatePacket, db.engine.dialect.name)
            .values(
                attempt_id=attempt.id,
                operation_id=operation_id or None,
                answers={str(position): answer for position, answer in late.items()},
                received_at=now,
                late_by_seconds=deadline_of_attempt(attempt).seconds_late(now) or int((now - closed).total_seconds()),
            )
            .on_conflict_do_nothing()
        )
    return Saved(attempt, saved, list(late))


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
    fractions = db.session.scalars(_FRACTIONS, {"attempt_id": attempt.id})
    finished = {
        "submitted_at": deadline_of_attempt(attempt).finish_at(now),
        "finished_by": by,
        "raw_score": sum((fraction or Fraction(0) for fraction in fractions), Fraction(0)),
    }
    db.session.execute(_CLOSE, {"attempt_id": attempt.id, **{f"new_{name}": value for name, value in finished.items()}})
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
        reason="" if held.edition_closed_at is None else _("The quiz was finished after the edition was closed."),
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
