"""The server is killed in the middle of a quiz and the browser closed: what was chosen is there when both are back."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import select

from config import load_config
from lms import create_app
from lms.core.db import db
from lms.courses.queries import forget_contents
from lms.quizzes.models import Attempt, Quiz, Response
from lms.quizzes.queries import forget_versions
from tests import factories
from tests.conftest import NOW
from tests.journeys.conftest import free_port, tell_until

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parent.parent.parent
ATTEMPT = "/editions/R1/quizzes/quiz-2/attempts/1"


@dataclass
class Campus:
    """The app in a process of its own, on a real clock, that can be killed and started again on the same port."""

    app: Flask
    folder: Path
    port: int
    identities: dict[str, str]
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start the server and wait until it answers."""
        command = [
            sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{self.port}", "--workers", "1", "--threads", "4",
            "--config", "python:bench.gunicorn_settings", "--log-level", "error", "wsgi:app",
        ]  # fmt: skip
        environ = {
            "LMS_INSTANCE": str(self.folder),
            "LMS_DATABASE_URL": self.app.config["SQLALCHEMY_DATABASE_URI"],
            "LMS_EMBEDDED_WORKER": "0",
        }
        self.process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environ}, start_new_session=True)
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                # The port is open before the worker has read the app: wait for a page.
                urllib.request.urlopen(f"{self.url}/sign-in", timeout=30).close()
            except OSError:
                time.sleep(0.1)
            else:
                return
        raise RuntimeError("the server did not start")

    def kill(self) -> None:
        """Kill the server and its worker, without a chance to tidy up."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def cookie(self, name: str) -> dict[str, object]:
        """The cookie of somebody who signed in and may close their browser."""
        serializer = self.app.session_interface.get_signing_serializer(self.app)  # type: ignore[attr-defined]
        value = serializer.dumps({"_user_id": self.identities[name], "_fresh": True, "csrf_token": "c" * 40})
        return {"name": "session", "value": value, "url": self.url, "expires": time.time() + 86400}

    def answers(self) -> dict[int, str]:
        """What the database holds."""
        with self.app.app_context():
            rows = db.session.execute(select(Response.position, Response.answer)).all()
            db.session.remove()
        return {position: answer["option"] for position, answer in rows}

    def attempts(self) -> int:
        """How many attempts there are."""
        with self.app.app_context():
            found = len(db.session.scalars(select(Attempt.id)).all())
            db.session.remove()
        return found


@pytest.fixture
def campus(tmp_path: Path) -> Iterator[Campus]:
    """Quiz 2 is open now, on the real clock of the other process."""
    settings = load_config({"LMS_INSTANCE": str(tmp_path)})
    url = f"sqlite:///{tmp_path / 'survives.sqlite3'}"
    app = create_app({**settings, "SQLALCHEMY_DATABASE_URI": url, "EMBEDDED_WORKER": False})
    forget_contents()
    forget_versions()
    today = datetime.now(UTC)
    with app.app_context():
        db.create_all()
        cast = factories.make_cast(NOW)
        window = {"opens_at": today - timedelta(days=1), "closes_at": today + timedelta(days=1)}
        db.session.execute(Quiz.__table__.update().where(Quiz.__table__.c.key == "quiz-2").values(window))  # type: ignore[attr-defined]
        identities = {name: cast.person(name).get_id() for name in cast.people}
        db.session.commit()
        db.engine.dispose()
    running = Campus(app, tmp_path, free_port(), identities)
    running.start()
    yield running
    running.kill()
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    forget_contents()
    forget_versions()


def open_browser(browser: Browser, profile: Path, campus: Campus) -> BrowserContext:
    """A browser with a profile on disk, as it is closed and opened again on a phone."""
    context = browser.browser_type.launch_persistent_context(
        str(profile), executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"],
        base_url=campus.url, viewport={"width": 360, "height": 740},
    )  # fmt: skip
    context.set_default_timeout(30_000)
    return context


def choose(page: Page, position: int, option: str) -> None:
    page.locator(f'input[name="q{position}"][value="{option}"]').check()


def test_answers_outlive_a_killed_server_and_a_closed_browser(campus: Campus, browser: Browser, tmp_path: Path) -> None:
    """Edge cases 13, 15 and 24: what was acknowledged is there, the rest is told truthfully and sent once."""
    profile = tmp_path / "profile"
    context = open_browser(browser, profile, campus)
    context.add_cookies([campus.cookie("participant")])  # type: ignore[list-item]
    page = context.pages[0]
    page.goto("/editions/R1/quizzes/quiz-2")
    page.get_by_role("button", name="Start the quiz").click()
    for position in (1, 2, 3):
        choose(page, position, "a")
    status = page.locator("#quiz-status")
    expect(status).to_contain_text("3 of 10 on the server.")
    campus.kill()
    choose(page, 3, "b")
    choose(page, 4, "c")
    expect(status).to_contain_text("2 of 10 on the server, 2 on this device, unsent. No connection")
    assert campus.answers() == {1: "a", 2: "a", 3: "a"}
    context.close()
    campus.start()
    context = open_browser(browser, profile, campus)
    page = context.pages[0]
    page.goto(ATTEMPT)
    expect(page.locator("#quiz-status")).to_contain_text("4 of 10 on the server.")
    expect(page.locator('input[name="q4"][value="c"]')).to_be_checked()
    assert campus.answers() == {1: "a", 2: "a", 3: "b", 4: "c"}
    assert campus.attempts() == 1
    # Somebody else on the same phone sees nothing of it.
    context.add_cookies([campus.cookie("other_participant")])  # type: ignore[list-item]
    page.goto("/editions/R1/quizzes/quiz-2")
    page.get_by_role("button", name="Start the quiz").click()
    expect(page.locator("#quiz-status")).to_have_text("0 of 10 on the server.")
    expect(page.locator("input:checked")).to_have_count(0)
    context.close()


def test_an_answer_whose_receipt_was_lost_does_not_undo_a_newer_one_of_another_device(
    campus: Campus, browser: Browser, tmp_path: Path
) -> None:
    phone = open_browser(browser, tmp_path / "phone", campus)
    phone.add_cookies([campus.cookie("participant")])  # type: ignore[list-item]
    page = phone.pages[0]
    page.goto("/editions/R1/quizzes/quiz-2")
    page.get_by_role("button", name="Start the quiz").click()

    def lose_receipt(route: object) -> None:
        route.fetch()  # type: ignore[attr-defined]  # the server has it, the phone never learns
        route.abort()  # type: ignore[attr-defined]

    page.context.route("**/answers", lose_receipt)
    choose(page, 1, "a")
    expect(page.locator("#quiz-status")).to_contain_text("1 on this device, unsent. No connection")
    assert campus.answers() == {1: "a"}
    desk = browser.new_context(base_url=campus.url)
    desk.add_cookies([campus.cookie("participant")])  # type: ignore[list-item]
    other = desk.new_page()
    other.goto(ATTEMPT)
    with other.expect_response("**/answers") as reply:
        choose(other, 1, "b")
    assert reply.value.json()["saved"] == [1]
    assert campus.answers() == {1: "b"}
    page.context.unroute("**/answers")
    tell_until(page, "online", "#quiz-status", "1 of 10 on the server.")
    assert campus.answers() == {1: "b"}
    desk.close()
    phone.close()
