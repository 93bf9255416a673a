"""The server is killed (-9) at a random moment of a rush, and started again, twenty times.

Participants save answers over and over. What the server acknowledged must be there afterwards: for each question the
answer acknowledged last, or one that was sent after it and whose acknowledgement the kill cut off.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from flask import Flask
from sqlalchemy import select

from bench.client import Connection
from bench.figures import report
from bench.quiz_flow import ATTEMPT
from bench.rush import begin
from bench.scene import environ_for, fresh_database, make_scene, sign_in_headers
from bench.server import Server, serving
from lms.core.db import db
from lms.quizzes.models import Response

KILLS = 20
PEOPLE = 24
# The kill comes after so many acknowledged saves, at random, and at the latest after these seconds.
FEWEST, MOST, PATIENCE = 20, 400, 20.0


class Ledger:
    """What each participant sent and what was acknowledged, by attempt and question."""

    def __init__(self) -> None:
        self.acknowledged: dict[tuple[int, int], str] = {}
        # Sent after the last acknowledgement; may or may not have arrived.
        self.open: dict[tuple[int, int], set[str]] = {}
        self.saves = 0
        # Answers of the server that are no acknowledgement, by status.
        self.refused: Counter[int] = Counter()

    def missing(self, app: Flask) -> int:
        """How many acknowledged answers are not in the database."""
        with app.app_context():
            rows = db.session.execute(select(Response.attempt_id, Response.position, Response.answer)).all()
            db.engine.dispose()
        stored = {(attempt, position): answer["option"] for attempt, position, answer in rows}
        return sum(
            stored.get(place) != option and stored.get(place) not in self.open.get(place, ())
            for place, option in self.acknowledged.items()
        )


async def _save_until_cut_off(
    port: int, cookie: str, token: str, person: int, attempt: int, numbers: itertools.count[int], ledger: Ledger
) -> None:
    chance = random.Random()
    try:
        async with Connection(port, cookie) as connection:
            while True:
                position, option, number = chance.randint(1, 10), chance.choice("abcd"), next(numbers)
                place = (attempt, position)
                ledger.open.setdefault(place, set()).add(option)
                packet = {
                    "operation": f"{person:08}-{number:010}", "attempt": attempt, "answers": {str(position): [option]}
                }  # fmt: skip
                answer = await connection.post_json(f"{ATTEMPT}/answers", packet, token)
                if answer.status == 200:
                    ledger.acknowledged[place] = option
                    ledger.open[place] = set()
                    ledger.saves += 1
                else:
                    ledger.refused[answer.status] += 1
    except (OSError, asyncio.IncompleteReadError):
        return  # the server was killed under this request


async def _rush_into_kill(
    server: Server, cookies: list[str], token: str, attempts: list[int], numbers: itertools.count[int], ledger: Ledger
) -> None:
    people = [
        asyncio.create_task(
            _save_until_cut_off(server.port, cookies[person], token, person, attempts[person], numbers, ledger)
        )
        for person in range(PEOPLE)
    ]
    wanted, until = ledger.saves + random.randint(FEWEST, MOST), time.monotonic() + PATIENCE
    while ledger.saves < wanted and time.monotonic() < until:
        await asyncio.sleep(0.005)
    for pid in [server.process.pid, *server.workers()]:
        os.kill(pid, signal.SIGKILL)
    await asyncio.wait(people, timeout=30)


async def _begin_all(port: int, cookies: list[str], token: str) -> list[int]:
    return [await begin(port, cookies[person], token) for person in range(PEOPLE)]


def measure(name: str, url: str, folder: Path, kills: int = KILLS) -> None:
    """Print the figures for one database."""
    app = make_scene(url, folder, PEOPLE)
    cookies, token = sign_in_headers(app)
    ledger, numbers, lost = Ledger(), itertools.count(1), 0
    attempts: list[int] = []
    for _kill in range(kills):
        with serving("wsgi:app", environ_for(url, folder)) as server:
            attempts = attempts or asyncio.run(_begin_all(server.port, cookies, token))
            asyncio.run(_rush_into_kill(server, cookies, token, attempts, numbers, ledger))
        lost += ledger.missing(app)
    report(f"server killed in a rush, {name}", kills, "times", f"{kills}", True)
    report(f"answers acknowledged meanwhile, {name}", ledger.saves, "answers")
    refused = ledger.refused.total()
    report(f"answers of the server that were no acknowledgement, {name}", refused, "answers", "0", refused == 0)
    for status, count in sorted(ledger.refused.items()):
        report(f"  status {status}", count, "times")
    report(f"acknowledged answers that are not there, {name}", lost, "answers", "0", lost == 0)


def main(kills: int = KILLS) -> None:
    """Run on SQLite, and on PostgreSQL where ``BENCH_POSTGRESQL_URL`` names a server."""
    with tempfile.TemporaryDirectory() as name:
        measure("SQLite", f"sqlite:///{Path(name) / 'killed.sqlite3'}", Path(name), kills)
    server = os.environ.get("BENCH_POSTGRESQL_URL")
    if server:
        with tempfile.TemporaryDirectory() as name:
            measure("PostgreSQL", fresh_database(server, "segin_bench_killed"), Path(name), kills)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else KILLS)
