"""Gradebook (12 items) and report of an edition with 22 and with 2,000 participants: queries, time, bytes."""

from __future__ import annotations

import copy
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
from lms.grading.models import GradeEntry, GradeItem, SchemeVersion
from lms.grading.queries import class_results, get_scheme
from lms.grading.services.summaries import sum_up

SIZES = (22, 2000)
ITEMS = 12
PAGES = {
    "gradebook, first page": "gradebook",
    "gradebook, highest totals first": "gradebook?sort=total&direction=descending",
    "gradebook, best in the essay first": "gradebook?sort=final-assignment&direction=descending",
    "gradebook, one certificate": "gradebook?status=participation",
    "gradebook as CSV": "gradebook/export.csv",
    "gradebook as XLSX": "gradebook/export.xlsx",
    "report": "report",
}
# A page of the gradebook may take three times as long as that of a class of 22, and weigh 40 KB; the rest grows in line.
FLAT = frozenset(name for name in PAGES if name.startswith("gradebook,"))
MOST_TIMES = 3
MOST_KILOBYTES = 40
RUNS = 7


def _twelve_items() -> None:
    """Four quizzes more, so that the gradebook has twelve items; the quizzes share their weight anew."""
    version, _scheme = get_scheme(db.session.scalars(select(Edition.id)).one())
    document = copy.deepcopy(version.document)
    quizzes = [item for item in document["items"] if item["kind"] == "quiz"]
    for number in range(1, ITEMS - len(document["items"]) + 1):
        quizzes.append({**quizzes[0], "key": f"extra-{number}", "title": {"en": f"Extra quiz {number}"}})
        db.session.add(
            GradeItem(
                edition_id=version.edition_id, key=f"extra-{number}", kind="quiz", position=100 + number,
                released_at=version.created_at,
            )
        )  # fmt: skip
    for item in quizzes:
        item["maximum"] = str(Decimal(30) / len(quizzes))
    document["items"] = quizzes + [item for item in document["items"] if item["kind"] != "quiz"]
    db.session.add(
        SchemeVersion(edition_id=version.edition_id, number=2, document=document, created_at=version.created_at)
    )
    db.session.flush()


def _mark_everybody(app: Flask) -> None:
    """A mark in every item for every participant, straight into the ledger."""
    chance = random.Random(1)
    now = datetime.now(UTC)
    with app.app_context(), unit_of_work():
        _twelve_items()
        edition = db.session.scalars(select(Edition)).one()
        people = db.session.scalars(select(Enrolment.id).where(Enrolment.role == Role.PARTICIPANT.value)).all()
        items = db.session.execute(select(GradeItem.id, GradeItem.key)).all()
        most = {item.key: int(item.maximum * 2) for item in get_scheme(edition.id)[1].items}
        db.session.execute(
            insert(GradeEntry),
            [
                {
                    "enrolment_id": person, "item_id": item, "sequence": 1, "state": "marked",
                    "points": Decimal(chance.randint(0, most[key])) / 2, "is_complete": True, "basis": {},
                    "source": "bench", "recorded_at": now,
                }
                for person in people
                for item, key in items
            ],
        )  # fmt: skip
        sum_up(edition)


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
    """Statements, the fastest of some runs in seconds (what else the machine does is not meant), and bytes compressed."""
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
    return len(statements), min(times), len(brotli.compress(answer.data, quality=5))


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
        most = MOST_TIMES if name in FLAT else growth
        report(
            f"{name}: times as long for {growth:.0f} times as many",
            time_many / time_few,
            "",
            f"≤ {most:.0f}",
            time_many <= most * time_few,
        )
        kilobytes = weight / 1024
        if name in FLAT:
            report(f"{name}: compressed", kilobytes, "KB", f"≤ {MOST_KILOBYTES}", kilobytes <= MOST_KILOBYTES)
        else:
            report(f"{name}: compressed, {many:,} people", kilobytes, "KB")
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
    return min(times)


if __name__ == "__main__":
    main()
