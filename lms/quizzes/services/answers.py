"""Answers of an attempt: read, graded and kept; those that come too late are kept beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import String, and_, bindparam, case, func, literal_column, not_, or_, select

from lms.core.db import db
from lms.core.errors import RuleViolation
from lms.core.statements import Writing, insert_into
from lms.quizzes.models import Attempt, LatePacket, Response
from lms.quizzes.queries import deadline_of_attempt, get_versions

# Characters of an operation id that name the device; the rest is a number that only grows.
DEVICE_LENGTH = 8


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of a packet: positions that are on the server, and positions that came too late to count."""

    attempt: Attempt
    saved: Sequence[int]
    late: Sequence[int]
    # Of those saved: what was taken back (empty) or is only begun, with what it still needs.
    unfinished: Mapping[int, str] = field(default_factory=dict)


def read_answers(attempt: Attempt, answers: Mapping[int, Sequence[str]]) -> dict[int, dict[str, Any]]:
    """The answers by position as they are stored; raises RuleViolation if one does not belong to its question."""
    layout = attempt.layout
    versions = get_versions(version_id for version_id, _order in layout)
    documents = {}
    try:
        for position, values in answers.items():
            if not 1 <= position <= len(layout):
                raise ValueError(f"there is no question {position}")
            version = versions[layout[position - 1][0]]
            documents[position] = version.kind.read_answer(version.content, values)
    except ValueError as error:
        raise RuleViolation(
            _(
                "One of these answers does not belong to its question. Nothing was saved. Reload the page and choose again."
            )
        ) from error
    return documents


def unfinished_of(attempt: Attempt, documents: Mapping[int, dict[str, Any]]) -> dict[int, str]:
    """Of some answers those that are empty or only begun, with what each still needs."""
    layout = attempt.layout
    versions = get_versions(layout[position - 1][0] for position in documents)
    rest = {}
    for position, answer in documents.items():
        version = versions[layout[position - 1][0]]
        missing = version.kind.missing(version.content, answer)
        if missing or not answer:
            rest[position] = missing
    return rest


def keep_answers(attempt: Attempt, documents: Mapping[int, dict[str, Any]], operation_id: str, now: datetime) -> None:
    """Keep the answers, graded at once under the versions that the attempt is sat under, which never change."""
    layout, attempt_id = attempt.layout, attempt.id
    versions = get_versions(layout[position - 1][0] for position in documents)
    rows = []
    for position, answer in documents.items():
        version = versions[layout[position - 1][0]]
        rows.append(
            {
                "attempt_id": attempt_id,
                "position": position,
                "question_version_id": version.id,
                "answer": answer,
                "saved_at": now,
                "operation_id": operation_id,
                "fraction": version.kind.grade(version.content, answer),
            }
        )
    if rows:
        _KEEP.run_all(rows)


def _upsert_statement(dialect: str) -> Any:
    """Insert or replace an answer."""
    table = Response.__table__
    given = ("attempt_id", "position", "question_version_id", "answer", "saved_at", "operation_id", "fraction")
    answer = {name: bindparam(name, type_=table.c[name].type) for name in given}
    insert = insert_into(table, dialect).values(answer | {"displaced": ""})
    new, old = insert.excluded, Response.__table__.c
    # Spelled out: as parameters, what never changes would be bound anew for each answer.
    one, device, most, nothing = (literal_column(text, String) for text in ("1", str(DEVICE_LENGTH), "400", "''"))
    is_other_device = func.substr(old.operation_id, one, device) != func.substr(new.operation_id, one, device)
    # An older packet of the same device, sent again on its way here, must not undo a newer answer; nor may one whose
    # answer another device has replaced since.
    is_newer = or_(
        new.operation_id == nothing,
        and_(is_other_device, not_(old.displaced.contains(new.operation_id))),
        and_(not_(is_other_device), old.operation_id < new.operation_id),
    )
    changes = {name: new[name] for name in ("answer", "saved_at", "operation_id", "fraction")}
    changes["displaced"] = case(
        (
            and_(is_other_device, old.operation_id != nothing),
            func.substr(old.operation_id + literal_column("' '") + old.displaced, one, most),
        ),
        else_=old.displaced,
    )
    return insert.on_conflict_do_update(index_elements=["attempt_id", "position"], set_=changes, where=is_newer)


_KEEP = Writing(_upsert_statement)


def keep_late(attempt: Attempt, documents: Mapping[int, dict[str, Any]], operation_id: str, now: datetime) -> Saved:
    """Tell what had arrived in time, after all, from what did not; keep the latter beside the attempt."""
    query = select(Response.position, Response.answer).where(Response.attempt_id == attempt.id)
    stored: dict[int, dict[str, Any]] = dict(db.session.execute(query).all())
    late = {position: answer for position, answer in documents.items() if stored.get(position) != answer}
    saved = [position for position in documents if position not in late]
    if late:
        closed = attempt.submitted_at or now
        db.session.execute(
            insert_into(LatePacket, db.engine.dialect.name)
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
