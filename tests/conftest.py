"""Shared fixtures: an app on its own database, two whole editions with a fixed cast, a client for each role."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import settings
from sqlalchemy import create_engine, event, text

from config import load_config
from lms import create_app
from lms.core import clock
from lms.core.db import Base, db, read_only_request
from lms.courses.queries import forget_contents
from lms.courses.questions import add_question_kinds
from lms.quizzes.queries import forget_versions
from lms.quizzes.questions import TYPES
from tests import factories

# A law is no less true on a busy machine.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

# Packs are read without an app too.
add_question_kinds(TYPES.values())

# Tuesday of the second week of both editions: modules 1 and 2 are open, quiz 1 is closed, quiz 2 is open.
NOW = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave to each run what belongs to its database; on PostgreSQL a journey, with a file of its own, would be the same again."""
    if os.environ.get("TEST_DATABASE_URL"):
        own = [item for item in items if "journeys" in item.path.parts or item.get_closest_marker("sqlite")]
    else:
        own = [item for item in items if item.get_closest_marker("postgresql")]
    if len(own) < len(items):  # asked for by name, they run
        config.hook.pytest_deselected(items=own)
        items[:] = [item for item in items if item not in own]


def make_database_url(worker: str, tmp: Path) -> str:
    """An SQLite file, or a database of this worker's own on the server named by TEST_DATABASE_URL."""
    server = os.environ.get("TEST_DATABASE_URL")
    if not server:
        return f"sqlite:///{tmp / 'test.sqlite3'}"
    name = f"segin_test_{worker}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    engine.dispose()
    return f"{server.rpartition('/')[0]}/{name}"


@pytest.fixture(scope="session")
def database_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    return make_database_url(os.environ.get("PYTEST_XDIST_WORKER", "main"), tmp_path_factory.mktemp("database"))


@pytest.fixture(scope="session")
def shared_app(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    app = create_app(
        {
            **load_config({"LMS_INSTANCE": str(tmp_path_factory.mktemp("instance"))}),
            "SQLALCHEMY_DATABASE_URI": database_url,
            "TESTING": True,
            "PASSWORD_MEMORY_KIB": 8,
            "PASSWORD_PASSES": 1,
            "EMBEDDED_WORKER": False,
            "PUBLIC_URL": "http://localhost",
            "WTF_CSRF_ENABLED": False,
        }
    )
    with app.app_context():
        db.create_all()
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def _empty(app: Flask) -> None:
    with app.app_context():
        db.session.remove()
        with db.engine.begin() as connection:
            # Foreign keys are not asked while everything goes; a TRUNCATE would cost a file for every table and test.
            if connection.dialect.name == "postgresql":
                connection.execute(text("SET LOCAL session_replication_role = replica"))
            else:
                connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
            for table in reversed(Base.metadata.sorted_tables):
                connection.execute(table.delete())
    forget_contents()
    forget_versions()


@pytest.fixture
def app(shared_app: Flask) -> Iterator[Flask]:
    """The app with an empty database, inside an app context."""
    shared_app.extensions["throttle"].storage.reset()
    read_only_request(read_only=False)  # the last page of the test before was perhaps one that only looks
    with shared_app.app_context():
        yield shared_app
    _empty(shared_app)


@pytest.fixture
def set_now(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """Set the instant that views and commands see."""

    def set_to(instant: datetime) -> None:
        monkeypatch.setattr(clock, "now", lambda: instant)

    set_to(NOW)
    return set_to


@pytest.fixture
def now(set_now: Callable[[datetime], None]) -> datetime:
    """The clock stands at NOW."""
    return NOW


@pytest.fixture
def cast(app: Flask, now: datetime) -> factories.Cast:
    """Two whole editions (R1 and R2) and everybody in them."""
    return factories.make_cast(now)


class Browser:
    """A test client, signed in as somebody. Each request has a context and a database session of its own.

    What the test itself changed is committed before a request, and read anew after it.
    """

    def __init__(self, app: Flask, identity: str | None) -> None:
        self.app = app
        self.client: FlaskClient = app.test_client()
        if identity is not None:
            with app.app_context(), self.client.session_transaction() as session:
                session["_user_id"] = identity
                session["_fresh"] = True

    def open(self, url: str, method: str, **kwargs: Any) -> Any:
        db.session.commit()
        with self.app.app_context():
            response = self.client.open(url, method=method, **kwargs)
        db.session.expire_all()
        return response

    def get(self, url: str, **kwargs: Any) -> Any:
        return self.open(url, "GET", **kwargs)

    def post(self, url: str, data: Any = None, **kwargs: Any) -> Any:
        return self.open(url, "POST", data=None if "json" in kwargs else data or {}, **kwargs)


@pytest.fixture
def as_role(app: Flask, cast: factories.Cast) -> Callable[[str], Browser]:
    """A browser for somebody of the cast by name, for instance ``as_role("tutor")``; ``"stranger"`` is signed out."""

    def browser(name: str) -> Browser:
        identity = None if name == "stranger" else cast.person(name).get_id()
        return Browser(app, identity)

    return browser


@pytest.fixture
def count_queries(app: Flask) -> Callable[[], Any]:
    """``with count_queries() as statements: …`` collects the SQL statements, transaction control left out."""

    @contextmanager
    def counting() -> Iterator[list[str]]:
        statements: list[str] = []

        def before(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
            if not statement.startswith(("BEGIN", "SAVEPOINT", "RELEASE", "PRAGMA")):
                statements.append(statement)

        event.listen(db.engine, "before_cursor_execute", before)
        try:
            yield statements
        finally:
            event.remove(db.engine, "before_cursor_execute", before)

    return counting
