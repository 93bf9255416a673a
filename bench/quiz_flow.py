"""Sixteen participants at once take a quiz: view › start › page › save ten answers › check › submit › review.

Once with the ten answers in one form, as without JavaScript, and once with each answer sent as it is chosen, as the
page's script does. Beside it, in the same run, the limit's flow with as many pages and writes (``bench.limit``). At the
end the database is asked whether an answer was lost or doubled.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
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
PEOPLE_A_SECOND = 260  # more than any machine so far has served
QUIZ = f"/editions/{CODE}/quizzes/quiz-1"
ATTEMPT = f"{QUIZ}/attempts/1"
_ATTEMPT_ID = re.compile(rb'name="attempt" value="(\d+)"')


@dataclass(frozen=True, slots=True)
class Way:
    """How answers are sent, and how near to the limit that has to be."""

    name: str
    saves: int
    limit_steps: Sequence[str]
    target: float


IN_ONE_FORM = Way("quiz flow (4 pages, 3 writes)", 1, limit.IN_ONE_FORM, 0.4)
ONE_BY_ONE = Way("quiz flow, each answer by itself (4 pages, 12 writes)", 10, limit.ONE_BY_ONE, 0.35)


async def _flow(port: int, cookie: str, token: str, way: Way) -> None:
    async with Connection(port, cookie) as connection:
        _expect(await connection.get(QUIZ), 200)
        _expect(await connection.post(f"{QUIZ}/attempts", {"csrf_token": token}), 303)
        page = _expect(await connection.get(ATTEMPT), 200)
        attempt = str(attempt_id_in(page.body))
        await _answer(connection, attempt, token, way)
        _expect(await connection.get(f"{ATTEMPT}/check"), 200)
        _expect(await connection.post(f"{ATTEMPT}/submit", {"csrf_token": token, "attempt": attempt}), 303)
        _expect(await connection.get(f"{ATTEMPT}/result"), 200)


def attempt_id_in(page: bytes) -> int:
    """The attempt that a page of questions was made for."""
    found = _ATTEMPT_ID.search(page)
    assert found is not None, page[-600:]
    return int(found[1])


async def _answer(connection: Connection, attempt: str, token: str, way: Way) -> None:
    chosen = {position: "abcd"[position % 4] for position in range(1, 11)}
    if way.saves == 1:
        form = {"csrf_token": token, "attempt": attempt, "check": "1"}
        form |= {f"q{position}": option for position, option in chosen.items()}
        _expect(await connection.post(f"{ATTEMPT}/answers", form), 303)
        return
    for position, option in chosen.items():
        packet = {
            "operation": f"device{int(attempt) % 100:02}-{position:010}",
            "attempt": int(attempt),
            "answers": {str(position): [option]},
        }
        saved = _expect(await connection.post_json(f"{ATTEMPT}/answers", packet, token), 200)
        assert json.loads(saved.body)["saved"] == [position], saved.body


def _expect(answer: Answer, status: int) -> Answer:
    assert answer.status == status, (answer.status, answer.location, answer.body[-600:])
    return answer


def measure(url: str, folder: Path, seconds: float, way: Way) -> tuple[float, dict[int, float], int, Flask]:
    """Flows a second, CPU seconds of each worker, flows done in all, and the app to look into the database with."""
    app = make_scene(url, folder, int(PEOPLE_A_SECOND * (seconds + 4)))
    cookies, token = sign_in_headers(app)
    with serving("wsgi:app", environ_for(url, folder)) as server:
        warm, _took = asyncio.run(
            run_flows(lambda number: _flow(server.port, cookies[number], token, way), at_once=AT_ONCE, seconds=3)
        )
        before = server.cpu_seconds()
        done, took = asyncio.run(
            run_flows(
                lambda number: _flow(server.port, cookies[warm + number], token, way), at_once=AT_ONCE, seconds=seconds
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


def compare(name: str, url: str, limit_url: str, folder: Path, seconds: float, way: Way) -> None:
    """Print the figures for one database and one way of sending answers."""
    bare, bare_cpu = limit.measure(limit_url, seconds, AT_ONCE, way.limit_steps)
    report(f"limit: as many bare pages and inserts, {name}", bare, "flows/s")
    ours, cpu, flows, app = measure(url, folder, seconds, way)
    report(f"{way.name}, {name}", ours, "flows/s")
    for number, used in enumerate(cpu.values(), start=1):
        report(f"  CPU of worker {number} (the limit's: {list(bare_cpu.values())[number - 1]:.1f} s)", used, "s")
    report(f"{way.name} ÷ limit, {name}", ours / bare, "", f"≥ {way.target}", ours / bare >= way.target)
    kept = check_nothing_lost(app, flows)
    report(f"flows whose answers are all there, once, {name}", flows if kept else 0, "flows", f"{flows}", kept)


def main(seconds: float = 30) -> None:
    """Run on SQLite, and on PostgreSQL where ``BENCH_POSTGRESQL_URL`` names a server."""
    server = os.environ.get("BENCH_POSTGRESQL_URL")
    for way in (IN_ONE_FORM, ONE_BY_ONE):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            url, limit_url = (f"sqlite:///{folder / file}.sqlite3" for file in ("quiz", "limit"))
            compare("SQLite", url, limit_url, folder, seconds, way)
        if server:
            with tempfile.TemporaryDirectory() as name:
                url, limit_url = (fresh_database(server, base) for base in ("segin_bench", "segin_bench_limit"))
                compare("PostgreSQL", url, limit_url, Path(name), seconds, way)


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 30)
