"""The marking room and the queue of an edition with 22 and with 500 essays: as many queries, and the time they take."""

from __future__ import annotations

import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import brotli
from flask import Flask
from sqlalchemy import insert, select

from bench.classes import counting
from bench.figures import report
from bench.scene import CODE, make_scene
from lms.accounts.models import Person
from lms.assignments.models import Assignment, Submission, SubmissionPart
from lms.core.db import db, unit_of_work
from lms.courses.domain.roles import Role
from lms.courses.models import Enrolment

SIZES = (22, 500)
RUNS = 5
MOST_STATEMENTS = 15


def _hand_everything_in(app: Flask) -> int:
    """An essay of 1,800 words for every participant; returns one of the submissions."""
    now = datetime.now(UTC)
    with app.app_context(), unit_of_work():
        task = db.session.scalars(select(Assignment).where(Assignment.kind == "individual")).one()
        people = db.session.scalars(select(Enrolment.id).where(Enrolment.role == Role.PARTICIPANT.value)).all()
        db.session.execute(
            insert(Submission),
            [
                {
                    "assignment_id": task.id, "enrolment_id": person, "number": 1, "submitted_at": now,
                    "late_by_minutes": 0, "word_count": 1800, "digest": "0" * 64, "reopened_reason": "",
                }
                for person in people
            ],
        )  # fmt: skip
        ids = db.session.scalars(select(Submission.id)).all()
        part = str(task.document["deliverables"][0]["key"])
        db.session.execute(
            insert(SubmissionPart),
            [
                {
                    "submission_id": one,
                    "position": 0,
                    "deliverable_key": part,
                    "body": "a word " * 900,
                    "word_count": 1800,
                }
                for one in ids
            ],
        )
        return int(ids[len(ids) // 2])


def _measure(app: Flask, path: str) -> tuple[int, float, int]:
    """Statements, the median of some runs in seconds, and the page's compressed size in bytes."""
    with app.app_context():
        identity = db.session.scalars(select(Person).where(Person.is_administrator)).one().get_id()
    client = app.test_client()
    with client.session_transaction() as session:
        session["_user_id"] = identity
    times = []
    for _run in range(RUNS):
        with app.app_context(), counting() as statements:
            started = time.perf_counter()
            answer = client.get(f"/editions/{CODE}/{path}")
            times.append(time.perf_counter() - started)
            assert answer.status_code == 200, answer.status
    return len(statements), sorted(times)[RUNS // 2], len(brotli.compress(answer.data, quality=5))


def main() -> None:
    """Print the figures."""
    figures: dict[str, dict[int, tuple[int, float, int]]] = {"marking room": {}, "marking queue": {}}
    for size in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            app = make_scene(f"sqlite:///{Path(folder) / 'marking.sqlite3'}", Path(folder), size)
            submission_id = _hand_everything_in(app)
            figures["marking room"][size] = _measure(app, f"marking/{submission_id}")
            figures["marking queue"][size] = _measure(app, "marking")
            with app.app_context():
                db.engine.dispose()
    few, many = SIZES
    for name, by_size in figures.items():
        (queries_few, time_few, weight), (queries_many, time_many, _weight) = by_size[few], by_size[many]
        report(
            f"{name}: queries with {few} essays",
            queries_few,
            "queries",
            f"≤ {MOST_STATEMENTS}",
            queries_few <= MOST_STATEMENTS,
        )
        report(
            f"{name}: queries with {many} essays",
            queries_many,
            "queries",
            f"= {queries_few} with {few}",
            queries_many == queries_few,
        )
        report(f"{name}: time with {few} essays", 1000 * time_few, "ms")
        report(f"{name}: time with {many} essays", 1000 * time_many, "ms")
        report(f"{name}: compressed, {few} essays", weight / 1024, "KB")


if __name__ == "__main__":
    main()
