"""Work that recurs: features register it here; a worker process, or a thread of an embedded server, runs it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import click
from flask import Flask

from lms.core.current import this_app

log = logging.getLogger(__name__)

Job = Callable[[Flask], object]


@dataclass(frozen=True, slots=True)
class Recurring:
    """A job and the seconds between two runs. Every job must be safe to run in several processes at once."""

    name: str
    run: Job
    every_seconds: int


def register_job(app: Flask, name: str, run: Job, every_seconds: int) -> None:
    """Add recurring work to the app."""
    app.extensions.setdefault("jobs", []).append(Recurring(name, run, every_seconds))


def run_due_jobs(app: Flask, last_run: dict[str, float], monotonic: float) -> None:
    """Run each job whose interval has passed; a failing job is logged and does not stop the others."""
    for job in app.extensions.get("jobs", []):
        if monotonic - last_run.get(job.name, float("-inf")) < job.every_seconds:
            continue
        last_run[job.name] = monotonic
        try:
            job.run(app)
        except Exception:
            log.exception("job %s failed", job.name)


def run_forever(app: Flask, stop: threading.Event) -> None:
    """Run the jobs until told to stop."""
    last_run: dict[str, float] = {}
    while not stop.is_set():
        run_due_jobs(app, last_run, time.monotonic())
        stop.wait(2)


def start_embedded_worker(app: Flask) -> threading.Thread:
    """Run the jobs in a thread of this server process: a small installation needs no second service."""
    thread = threading.Thread(target=run_forever, args=(app, threading.Event()), name="jobs", daemon=True)
    thread.start()
    return thread


@click.command("worker")
def worker_command() -> None:
    """Run the recurring jobs (mail, expired attempts) until interrupted."""

    app = this_app()  # a thread needs the app, not its proxy
    click.echo("Working. Stop with Ctrl+C.")
    run_forever(app, threading.Event())
