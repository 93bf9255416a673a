"""The practical limit: a bare Flask app on the same server, workers, ORM and database, with none of our work.

A page is one read by an index and a template of 3 kB; a write is one insert and a commit. The limit's flow has as many
pages and writes as ours. Run by ``bench.quiz_flow``; ``python -m bench.limit`` alone prints its rate on SQLite.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from flask import Flask, render_template, request
from jinja2 import DictLoader
from sqlalchemy import Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from bench.client import Connection, run_flows
from bench.figures import report
from bench.server import serving
from lms.core.db import Base, db, init_database, read_only_request

PAGE = "<!doctype html><html lang='en'><title>{{ thing.name }}</title><h1>{{ thing.name }}</h1><p>{{ thing.body }}</p></html>"


class Thing(Base):
    """Something to read and to write."""

    __tablename__ = "bench_things"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    key: Mapped[str] = mapped_column(String(20), index=True)
    name: Mapped[str] = mapped_column(String(80))
    body: Mapped[str] = mapped_column(String(4000))


def create_app() -> Flask:
    """The bare app; the database is named by ``BENCH_DATABASE_URL``."""
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["BENCH_DATABASE_URL"]
    app.jinja_loader = DictLoader({"thing.html": PAGE})
    init_database(app)

    @app.before_request
    def begin() -> None:
        read_only_request(request.method == "GET")

    @app.get("/things/<key>")
    def show(key: str) -> str:
        thing = db.session.scalars(db.select(Thing).where(Thing.key == key)).one()
        return render_template("thing.html", thing=thing)

    @app.post("/things")
    def add() -> str:
        db.session.add(Thing(key="new", name=request.form["name"], body="answer"))
        db.session.commit()
        return "kept"

    return app


def prepare(url: str) -> None:
    """Make the bare app's table anew, with a hundred things in it."""
    os.environ["BENCH_DATABASE_URL"] = url
    app = create_app()
    with app.app_context():
        Thing.__table__.drop(db.engine, checkfirst=True)  # type: ignore[attr-defined]
        Thing.__table__.create(db.engine)  # type: ignore[attr-defined]
        db.session.add_all(Thing(key=f"key-{n}", name=f"Thing {n}", body="word " * 600) for n in range(100))
        db.session.commit()
        db.engine.dispose()


# As many pages and writes as ours, in the same order: all answers in one form, or each by itself.
IN_ONE_FORM = ("page", "write", "page", "write", "page", "write", "page")
ONE_BY_ONE = ("page", "write", "page", *("write",) * 10, "page", "write", "page")


async def _flow(port: int, steps: Sequence[str], number: int) -> None:
    async with Connection(port) as connection:
        for step in steps:
            if step == "page":
                answer = await connection.get(f"/things/key-{number % 100}")
            else:
                answer = await connection.post("/things", {"name": "x"})
            assert answer.status == 200, answer


def measure(
    url: str, seconds: float, at_once: int = 16, steps: Sequence[str] = IN_ONE_FORM
) -> tuple[float, dict[int, float]]:
    """Flows a second of the bare app, and the CPU seconds of each worker."""
    prepare(url)

    async def flow(number: int) -> None:
        await _flow(server.port, steps, number)

    with serving("bench.limit:create_app()", {"BENCH_DATABASE_URL": url}) as server:
        asyncio.run(run_flows(flow, at_once=at_once, seconds=2))
        before = server.cpu_seconds()
        done, took = asyncio.run(run_flows(flow, at_once=at_once, seconds=seconds))
        after = server.cpu_seconds()
    return done / took, {pid: after[pid] - before.get(pid, 0) for pid in after}


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        rate, cpu = measure(f"sqlite:///{Path(folder) / 'limit.sqlite3'}", 10)
    report("limit: bare flow (4 pages, 3 inserts), SQLite", rate, "flows/s")
    for number, used in enumerate(cpu.values(), start=1):
        report(f"  worker {number} CPU", used, "s")
