"""A real server and a real browser: the whole app on an SQLite file of its own, with the cast signed in at will."""

from __future__ import annotations

import secrets
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from threading import Thread
from typing import Any, TypeVar

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from sqlalchemy import Select
from werkzeug.serving import BaseWSGIServer, make_server

from config import load_config
from lms import create_app
from lms.core.db import db
from lms.courses.models import Enrolment
from lms.courses.permissions import Member
from lms.courses.queries import forget_contents
from lms.quizzes.queries import forget_versions
from tests import factories
from tests.conftest import NOW

PHONE = {"width": 360, "height": 740}
DESKTOP = {"width": 1280, "height": 900}
# A busy machine is slow, not wrong.
PATIENCE = 20_000
expect.set_options(timeout=PATIENCE)
T = TypeVar("T")


def free_port() -> int:
    """A port that stays free while its server is away: below those that the system lends to whoever asks for any."""
    while True:
        port = 20_000 + secrets.randbelow(12_000)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return port


def until(page: Page, look: Callable[[], T], wanted: T) -> None:
    """Wait until what one looks at is as wanted, while the page goes on with what it does."""
    end = time.monotonic() + PATIENCE / 1000
    while (seen := look()) != wanted and time.monotonic() < end:
        page.wait_for_timeout(50)
    assert seen == wanted


def tell_until(page: Page, event: str, place: str, words: str) -> None:
    """Tell the page of an event until it says these words: it does not listen while it is busy with what was before."""
    page.wait_for_function(
        """([event, place, words]) => {
          if (document.querySelector(place).textContent.includes(words)) return true;
          document.dispatchEvent(new Event(event, { bubbles: true }));
          return false;
        }""",
        arg=[event, place, words],
        polling=250,
    )


@dataclass
class LiveServer:
    """The app served on ``url``. ``people`` and ``enrolments`` hold the cast's ids by name."""

    app: Flask
    url: str
    browser: Browser
    people: dict[str, int]
    enrolments: dict[str, int]
    identities: dict[str, str]
    contexts: list[BrowserContext] = field(default_factory=list)
    _server: BaseWSGIServer | None = None
    _thread: Thread | None = None

    def start(self) -> None:
        """Serve, on the port of before where it was stopped."""
        port = int(self.url.rpartition(":")[2]) if self.url else free_port()
        self._server = make_server("127.0.0.1", port, self.app, threaded=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = Thread(target=self._server.serve_forever, name="live server", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Be away, as a server that was switched off."""
        if self._server is None or self._thread is None:
            return
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        self._server = self._thread = None

    def member(self, name: str) -> Member:
        """The actor to hand to a service, inside ``database()``."""
        enrolment = db.session.get_one(Enrolment, self.enrolments[name])
        return Member(enrolment.person, enrolment.edition, enrolment)

    def new_page(self, name: str | None = None, viewport: dict[str, int] | None = None, **options: Any) -> Page:
        """A page in a browser profile of its own, signed in as somebody of the cast (``None``: signed out)."""
        context = self.browser.new_context(base_url=self.url, viewport=viewport or PHONE, **options)  # type: ignore[arg-type]
        context.set_default_timeout(PATIENCE)
        self.contexts.append(context)
        page = context.new_page()
        if name is not None:
            self.sign_in(page, name)
        return page

    def sign_in(self, page: Page, name: str) -> None:
        """Plant the session cookie that the sign-in page would set; replaces whoever was signed in."""
        serializer = self.app.session_interface.get_signing_serializer(self.app)  # type: ignore[attr-defined]
        session = {"_user_id": self.identities[name], "_fresh": True, "csrf_token": secrets.token_hex(20)}
        value = serializer.dumps(session)
        page.context.add_cookies([{"name": "session", "value": value, "url": self.url}])

    def end_session(self, page: Page) -> None:
        """Let the session expire: the cookie is gone, the page stays open."""
        page.context.clear_cookies()

    @contextmanager
    def database(self) -> Iterator[None]:
        """An app context of its own, committed at the end, in which a test reads or changes what the server sees."""
        with self.app.app_context():
            yield
            db.session.commit()

    def all(self, query: Select[Any]) -> list[Any]:
        """Rows as the database holds them now."""
        with self.app.app_context():
            return list(db.session.execute(query))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One headless Chromium for all journeys; each page gets a profile of its own."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield chromium
        chromium.close()


@pytest.fixture
def live(tmp_path: Path, browser: Browser, set_now: Callable[[datetime], None]) -> Iterator[LiveServer]:
    """The app as people meet it, CSRF included; the server's clock stands where ``set_now`` puts it."""
    app = create_app(
        {
            **load_config({"LMS_INSTANCE": str(tmp_path)}),
            "SQLALCHEMY_DATABASE_URI": f"sqlite:///{tmp_path / 'journey.sqlite3'}",
            "TESTING": True,
            "PASSWORD_MEMORY_KIB": 8,
            "PASSWORD_PASSES": 1,
            "EMBEDDED_WORKER": False,
            "PUBLIC_URL": "http://localhost",
        }
    )
    forget_contents()
    forget_versions()
    with app.app_context():
        db.create_all()
        cast = factories.make_cast(NOW)
        identities = {name: cast.person(name).get_id() for name in cast.people}
    running = LiveServer(app, "", browser, dict(cast.people), dict(cast.enrolments), identities)
    running.start()
    yield running
    for context in running.contexts:
        context.close()
    running.stop()
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    forget_contents()
    forget_versions()
