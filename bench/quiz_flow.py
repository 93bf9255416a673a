"""Sixteen participants at once take a quiz: view › start › page › save ten answers › check › submit › review.

Beside it, in the same run, the limit's flow with as many pages and writes (``bench.limit``). At the end the database
is asked whether an answer was lost or doubled.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
import tempfile
from pathlib import Path

from flask import Flask
from sqlalchemy import func, select

from bench import limit
from bench.client import Answer, Connection, run_flows
from bench.figures import report
from bench.scene import CODE, environ_for, fresh_database, make_scene, sign_in_headers
from bench.server import serving
from lms.core.db import db
from lms.grading.models import GradeEntry
from lms.quizzes.models import Attempt, Response

AT_ONCE = 16
TARGET = 0.4
PEOPLE_A_SECOND = 260  # more than any machine so far has served
QUIZ = f"/editions/{CODE}/quizzes/quiz-1"
ATTEMPT = f"{QUIZ}/attempts/1"
_ATTEMPT_ID = re.compile(rb'name="attempt" value="(\d+)"')


async def _flow(port: int, cookie: str, token: str) -> None:
    async with Connection(port, cookie) as connection:
        _expect(await connection.get(QUIZ), 200)
        _expect(await connection.post(f"{QUIZ}/attempts", {"csrf_token": token}), 303)
        page = _expect(await connection.get(ATTEMPT), 200)
        found = _ATTEMPT_ID.search(page.body)
        assert found is not None
        form = {"csrf_token": token, "attempt": found[1].decode()}
        answers = {f"q{position}": "abcd"[position % 4] for position in range(1, 11)}
        _expect(await connection.post(f"{ATTEMPT}/answers", {**form, **answers, "check": "1"}), 303)
        _expect(await connection.get(f"{ATTEMPT}/check"), 200)
        _expect(await connection.post(f"{ATTEMPT}/submit", form), 303)
        _expect(await connection.get(f"{ATTEMPT}/result"), 200)


def _expect(answer: Answer, status: int) -> Answer:
    assert answer.status == status, (answer.status, answer.location, answer.body[-600:])
    return answer


def measure(url: str, folder: Path, seconds: float) -> tuple[float, dict[int, float], int, Flask]:
    """Flows a second, CPU seconds of each worker, flows done in all, and the app to look into the database with."""
    app = make_scene(url, folder, int(PEOPLE_A_SECOND * (seconds + 4)))
    cookies, token = sign_in_headers(app)
    with serving("wsgi:app", environ_for(url, folder)) as server:
        warm, _took = asyncio.run(
            run_flows(lambda number: _flow(server.port, cookies[number], token), at_once=AT_ONCE, seconds=3)
        )
        before = server.cpu_seconds()
        done, took = asyncio.run(
            run_flows(
                lambda number: _flow(server.port, cookies[warm + number], token), at_once=AT_ONCE, seconds=seconds
            )
        )
        after = server.cpu_seconds()
    cpu = {pid: after[pid] - before.get(pid, 0) for pid in after}
    return done / took, cpu, warm + done, app


def check_nothing_lost(app: Flask, flows: int) -> bool:
    """True if each flow left one submitted attempt, ten answers and one line in the ledger, and nothing else did."""
    with app.app_context():
        attempts = db.session.scalar(select(func.count(Attempt.id)).where(Attempt.submitted_at.is_not(None)))
        running = db.session.scalar(select(func.count(Attempt.id)).where(Attempt.submitted_at.is_(None)))
        responses = db.session.scalar(select(func.count()).select_from(Response))
        entries = db.session.scalar(select(func.count(GradeEntry.id)))
        db.engine.dispose()
    return (attempts, running, responses, entries) == (flows, 0, 10 * flows, flows)


def compare(name: str, url: str, limit_url: str, folder: Path, seconds: float) -> None:
    """Print the figures for one database."""
    bare, bare_cpu = limit.measure(limit_url, seconds, AT_ONCE)
    report(f"limit: bare flow (4 pages, 3 inserts), {name}", bare, "flows/s")
    ours, cpu, flows, app = measure(url, folder, seconds)
    report(f"quiz flow (4 pages, 3 writes), {name}", ours, "flows/s")
    for number, used in enumerate(cpu.values(), start=1):
        report(f"  CPU of worker {number} (the limit's: {list(bare_cpu.values())[number - 1]:.1f} s)", used, "s")
    report(f"quiz flow ÷ limit, {name}", ours / bare, "", f"≥ {TARGET}", ours / bare >= TARGET)
    kept = check_nothing_lost(app, flows)
    report(f"flows whose answers are all there, once, {name}", flows if kept else 0, "flows", f"{flows}", kept)


def main(seconds: float = 30) -> None:
    """Run on SQLite, and on PostgreSQL where ``BENCH_POSTGRESQL_URL`` names a server."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        compare(
            "SQLite", f"sqlite:///{folder / 'quiz.sqlite3'}", f"sqlite:///{folder / 'limit.sqlite3'}", folder, seconds
        )
    server = os.environ.get("BENCH_POSTGRESQL_URL")
    if server:
        with tempfile.TemporaryDirectory() as name:
            url, limit_url = fresh_database(server, "segin_bench"), fresh_database(server, "segin_bench_limit")
            compare("PostgreSQL", url, limit_url, Path(name), seconds)


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 30)
