"""The closing rush: 500 participants send their last answers and submit within a minute.

Their attempts are begun before. Within the minute each sends ten answers one by one, looks at the check page and
submits, some of them twice. At the end the database is asked whether an answer was lost or doubled.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from flask import Flask
from sqlalchemy import func, select

from bench.client import Connection
from bench.figures import report
from bench.quiz_flow import ATTEMPT, QUIZ, attempt_id_in
from bench.scene import environ_for, fresh_database, make_scene, sign_in_headers
from bench.server import serving
from lms.core.db import db
from lms.grading.models import GradeEntry
from lms.quizzes.models import Attempt, Response

PEOPLE = 500
SECONDS = 60.0
# So many at once open their attempt before the rush begins.
_AT_ONCE = 16


@dataclass
class Tally:
    """What came of the rush: the slowest answers of the server, and every answer that was not what it should be."""

    waits: list[float] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)

    def check(self, what: str, got: int, *wanted: int) -> None:
        """Note an answer with another status."""
        if got not in wanted:
            self.errors[f"{what}: {got}"] += 1


def chosen(person: int, position: int) -> str:
    """What a participant answers; anybody can work it out again."""
    return "abcd"[(person + position) % 4]


async def begin(port: int, cookie: str, token: str) -> int:
    """Start an attempt; its id."""
    async with Connection(port, cookie) as connection:
        await connection.post(f"{QUIZ}/attempts", {"csrf_token": token})
        return attempt_id_in((await connection.get(ATTEMPT)).body)


async def _finish(port: int, cookie: str, token: str, person: int, attempt: int, tally: Tally) -> None:
    started = time.perf_counter()
    async with Connection(port, cookie) as connection:
        for position in range(1, 11):
            packet = {
                "operation": f"{person:08}-{position:010}",
                "attempt": attempt,
                "answers": {str(position): [chosen(person, position)]},
            }
            saved = await connection.post_json(f"{ATTEMPT}/answers", packet, token)
            tally.check("save", saved.status, 200)
            if saved.status == 200 and json.loads(saved.body)["saved"] != [position]:
                tally.errors["save was not acknowledged"] += 1
        tally.check("check", (await connection.get(f"{ATTEMPT}/check")).status, 200)
        for _click in range(1 + (person % 5 == 0)):
            submitted = await connection.post(f"{ATTEMPT}/submit", {"csrf_token": token, "attempt": str(attempt)})
            tally.check("submit", submitted.status, 303)
        tally.check("result", (await connection.get(f"{ATTEMPT}/result")).status, 200)
    tally.waits.append(time.perf_counter() - started)


async def _rush(port: int, cookies: list[str], token: str) -> Tally:
    tally, gate, chance = Tally(), asyncio.Semaphore(_AT_ONCE), random.Random(1)

    async def begin_in_turn(person: int) -> int:
        async with gate:
            return await begin(port, cookies[person], token)

    attempts = await asyncio.gather(*(begin_in_turn(person) for person in range(PEOPLE)))

    async def take_part(person: int, after: float) -> None:
        await asyncio.sleep(after)
        try:
            await _finish(port, cookies[person], token, person, attempts[person], tally)
        except (OSError, asyncio.IncompleteReadError) as error:
            tally.errors[f"connection: {type(error).__name__}"] += 1

    # Most come late: the last quarter of the minute sees half of them.
    moments = [SECONDS * 0.9 * chance.random() ** 0.5 for _person in range(PEOPLE)]
    await asyncio.gather(*(take_part(person, after) for person, after in enumerate(moments)))
    return tally


def _count_kept(app: Flask) -> tuple[int, int, int]:
    """Submitted attempts, answers that are what was sent, and lines in the ledger."""
    with app.app_context():
        order = db.session.scalars(select(Attempt.enrolment_id).order_by(Attempt.enrolment_id)).all()
        person_of = {enrolment_id: person for person, enrolment_id in enumerate(order)}
        submitted = db.session.scalar(select(func.count(Attempt.id)).where(Attempt.submitted_at.is_not(None))) or 0
        answers = db.session.execute(
            select(Attempt.enrolment_id, Response.position, Response.answer).join(
                Response, Response.attempt_id == Attempt.id
            )
        )
        kept = sum(
            answer == {"option": chosen(person_of[enrolment_id], position)}
            for enrolment_id, position, answer in answers
        )
        entries = db.session.scalar(select(func.count(GradeEntry.id))) or 0
        db.engine.dispose()
    return submitted, kept, entries


def measure(name: str, url: str, folder: Path) -> None:
    """Print the figures for one database."""
    app = make_scene(url, folder, PEOPLE)
    cookies, token = sign_in_headers(app)
    with serving("wsgi:app", environ_for(url, folder)) as server:
        tally = asyncio.run(_rush(server.port, cookies, token))
    submitted, kept, entries = _count_kept(app)
    wrong = sum(tally.errors.values())
    waits = sorted(tally.waits)
    report(f"closing rush of {PEOPLE}: errors, {name}", wrong, "errors", "0", wrong == 0)
    for what, count in tally.errors.most_common():
        report(f"  {what}", count, "times")
    report(f"closing rush: attempts submitted once, {name}", submitted, "attempts", f"{PEOPLE}", submitted == PEOPLE)
    report(f"closing rush: answers as they were sent, {name}", kept, "answers", f"{10 * PEOPLE}", kept == 10 * PEOPLE)
    report(f"closing rush: lines in the ledger, {name}", entries, "lines", f"{PEOPLE}", entries == PEOPLE)
    if waits:
        slow = waits[int(0.95 * (len(waits) - 1))]
        report(f"closing rush: 14 requests of one person, 95 of 100 within, {name}", slow, "s")


def main() -> None:
    """Run on SQLite, and on PostgreSQL where ``BENCH_POSTGRESQL_URL`` names a server."""
    with tempfile.TemporaryDirectory() as name:
        measure("SQLite", f"sqlite:///{Path(name) / 'rush.sqlite3'}", Path(name))
    server = os.environ.get("BENCH_POSTGRESQL_URL")
    if server:
        with tempfile.TemporaryDirectory() as name:
            measure("PostgreSQL", fresh_database(server, "segin_bench_rush"), Path(name))


if __name__ == "__main__":
    main()
