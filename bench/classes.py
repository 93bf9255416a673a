"""Gradebook and report of an edition with 22 and with 2,000 participants: as many queries, time that grows in line."""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import brotli
from flask import Flask
from sqlalchemy import event, insert, select

from bench.figures import report
from bench.scene import CODE, make_scene
from lms.accounts.models import Person
from lms.core.db import db, unit_of_work
from lms.courses.domain.roles import Role
from lms.courses.models import Edition, Enrolment
from lms.grading.models import GradeEntry, GradeItem
from lms.grading.queries import class_results

SIZES = (22, 2000)
PAGES = {"gradebook, first page": "gradebook", "gradebook as CSV": "gradebook/export.csv", "report": "report"}
RUNS = 5


def _mark_everybody(app: Flask) -> None:
    """A mark in every item for every participant, straight into the ledger."""
    chance = random.Random(1)
    now = datetime.now(UTC)
    with app.app_context(), unit_of_work():
        people = db.session.scalars(select(Enrolment.id).where(Enrolment.role == Role.PARTICIPANT.value)).all()
        items = db.session.execute(select(GradeItem.id, GradeItem.kind)).all()
        most = {"quiz": 10, "group": 60, "individual": 80}
        db.session.execute(
            insert(GradeEntry),
            [
                {
                    "enrolment_id": person, "item_id": item, "sequence": 1, "state": "marked",
                    "points": Decimal(chance.randint(0, most[kind])) / 2, "is_complete": True, "basis": {},
                    "source": "bench", "recorded_at": now,
                }
                for person in people
                for item, kind in items
            ],
        )  # fmt: skip


@contextmanager
def counting() -> Iterator[list[str]]:
    """The statements that run inside, transaction control left out."""
    statements: list[str] = []

    def before(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA", "SAVEPOINT", "RELEASE")):
            statements.append(statement)

    event.listen(db.engine, "before_cursor_execute", before)
    try:
        yield statements
    finally:
        event.remove(db.engine, "before_cursor_execute", before)


def _measure(app: Flask, path: str) -> tuple[int, float, int]:
    """Statements, the median of some runs in seconds, and the page's compressed size in bytes."""
    with app.app_context():
        administrator = db.session.scalars(select(Person).where(Person.is_administrator)).one()
        identity = administrator.get_id()
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
    figures: dict[str, dict[int, tuple[int, float, int]]] = {name: {} for name in PAGES}
    standings: dict[int, float] = {}
    for size in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            app = make_scene(f"sqlite:///{Path(folder) / 'class.sqlite3'}", Path(folder), size)
            _mark_everybody(app)
            for name, path in PAGES.items():
                figures[name][size] = _measure(app, path)
            standings[size] = _time_standings(app)
    few, many = SIZES
    growth = many / few
    for name, by_size in figures.items():
        (queries_few, time_few, _bytes), (queries_many, time_many, weight) = by_size[few], by_size[many]
        report(
            f"{name}: queries with {many:,} people",
            queries_many,
            "queries",
            f"= {queries_few} with {few}",
            queries_many == queries_few,
        )
        report(f"{name}: time with {few} people", 1000 * time_few, "ms")
        report(f"{name}: time with {many:,} people", 1000 * time_many, "ms")
        report(
            f"{name}: times as long for {growth:.0f} times as many",
            time_many / time_few,
            "",
            f"≤ {growth:.0f}",
            time_many <= growth * time_few,
        )
        report(f"{name}: compressed, {many:,} people", weight / 1024, "KB")
    report(f"everybody's standing, {many:,} people", 1000 * standings[many], "ms")
    report(
        "everybody's standing: times as long",
        standings[many] / standings[few],
        "",
        f"≤ {growth:.0f}",
        standings[many] <= growth * standings[few],
    )


def _time_standings(app: Flask) -> float:
    with app.app_context():
        edition = db.session.scalars(select(Edition).where(Edition.code == CODE)).one()
        times = []
        for _run in range(RUNS):
            db.session.expunge_all()
            started = time.perf_counter()
            class_results(edition)
            times.append(time.perf_counter() - started)
        db.session.remove()
        db.engine.dispose()
    return sorted(times)[RUNS // 2]


if __name__ == "__main__":
    main()
