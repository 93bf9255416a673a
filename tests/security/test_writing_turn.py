"""Nobody keeps the turn to write: not by an error, not where another process holds the lock, not by a slow line."""

from __future__ import annotations

import io
import sqlite3
from contextlib import closing
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text, update
from sqlalchemy.exc import OperationalError

from lms.accounts.models import Person
from lms.core import db as database
from lms.core.db import db, unit_of_work
from lms.core.statements import Writing
from tests.factories import Cast


def write_beside(app: Flask) -> None:
    """Write in another context, as another request does; fails at once where the turn is taken."""
    with app.app_context(), unit_of_work():
        db.session.execute(update(Person).values(full_name=Person.full_name))


def write_and_fail(error: type[BaseException]) -> None:
    with unit_of_work():
        db.session.execute(text("SELECT 1"))
        raise error


@pytest.fixture
def impatient(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for a lock: who does not get it at once is refused."""
    db.session.remove()
    db.engine.dispose()
    monkeypatch.setattr(database, "_LONGEST_WAIT_SECONDS", 0)


class SlowBody(io.BytesIO):
    """A body whose bytes come as somebody's line lets them; it notes how many connections are taken meanwhile."""

    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self.taken: list[int] = []

    def _note(self) -> None:
        self.taken.append(db.engine.pool.checkedout())  # type: ignore[attr-defined]

    def read(self, size: int | None = -1, /) -> bytes:
        self._note()
        return super().read(size)

    def readinto(self, target: Any, /) -> int:
        self._note()
        return super().readinto(target)


def send(browser: Any, url: str, content: bytes, content_type: str, method: str = "POST", **headers: str) -> SlowBody:
    body = SlowBody(content)
    response = browser.open(url, method, input_stream=body, content_type=content_type, headers=headers)
    assert response.status_code < 400
    assert body.taken
    return body


def test_a_piece_of_a_file_that_comes_slowly_keeps_nobody_from_writing(cast: Cast, as_role: Any) -> None:
    browser = as_role("participant")
    place = browser.post("/uploads", headers={"Upload-Length": "5"}).headers["Location"]
    body = send(browser, place, b"12345", "application/offset+octet-stream", "PATCH", **{"Upload-Offset": "0"})
    assert set(body.taken) == {0}


@pytest.mark.parametrize("page", ["/notices/read", "/calendar/address", "/editions/R1/forums/general/subscription"])
def test_a_form_that_comes_slowly_keeps_nobody_from_writing(cast: Cast, as_role: Any, page: str) -> None:
    body = send(as_role("participant"), page, b"wanted=yes&told=all", "application/x-www-form-urlencoded")
    assert set(body.taken) == {0}


@pytest.mark.sqlite
def test_a_transaction_that_fails_gives_its_turn_back(app: Flask, cast: Cast, impatient: None) -> None:
    for error in (RuntimeError, KeyboardInterrupt):
        with app.app_context(), pytest.raises(error):
            write_and_fail(error)
        write_beside(app)


@pytest.mark.sqlite
def test_a_request_that_fails_gives_its_turn_back(
    app: Flask, cast: Cast, as_role: Any, impatient: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*given: Any, **named: Any) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr("lms.notices.views.services.mark_read", fail)
    for _time in range(3):
        assert as_role("participant").post("/notices/read").status_code == 500
    write_beside(app)


@pytest.mark.sqlite
def test_who_is_refused_the_lock_by_another_process_keeps_no_turn(app: Flask, cast: Cast, impatient: None) -> None:
    db.session.commit()
    with closing(sqlite3.connect(str(db.engine.url.database), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        for _time in range(3):
            with app.app_context(), pytest.raises(OperationalError, match="locked"), unit_of_work():
                db.session.execute(text("SELECT 1"))
        other.execute("ROLLBACK")
    write_beside(app)


@pytest.mark.sqlite
def test_a_connection_that_breaks_gives_its_turn_back(app: Flask, cast: Cast, impatient: None) -> None:
    with app.app_context():
        db.session.connection().invalidate()
        db.session.rollback()
    write_beside(app)


@pytest.mark.sqlite
def test_a_statement_of_the_driver_that_fails_gives_its_turn_back(app: Flask, cast: Cast, impatient: None) -> None:
    forbidden = Writing(update(Person.__table__).values(full_name=None))
    with app.app_context(), pytest.raises(Exception, match="NOT NULL"), unit_of_work():
        forbidden.run({})
    write_beside(app)
