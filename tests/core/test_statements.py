"""Statements that are compiled once: what they read, when they begin a transaction, and what they survive."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import bindparam, select, text
from sqlalchemy.exc import DBAPIError

from lms.accounts.models import Person
from lms.core.db import db, read_only_request
from lms.core.statements import Reading, Writing
from tests.factories import Cast

NAMES = Reading(select(Person.full_name).where(Person.email_key == bindparam("email")))


@pytest.fixture(autouse=True)
def writing() -> None:
    """Where nothing else is said, the request may write; another test's page may have said so last."""
    read_only_request(False)


@pytest.fixture
def looking(app: Flask) -> Any:
    """A request that only looks."""
    with app.test_request_context():
        read_only_request(True)
        yield
        read_only_request(False)


def name_of(email: str, **options: bool) -> str:
    return str(NAMES.rows({"email": email}, **options)[0][0])


def break_idle_connections() -> None:
    """As when the database was started anew: the pool holds only connections that lead nowhere."""
    db.engine.dispose()
    held = [db.engine.raw_connection() for _ in range(3)]
    drivers = [connection.driver_connection for connection in held]
    for connection in held:
        connection.close()
    for driver in drivers:
        driver.close()  # type: ignore[union-attr]


def test_who_only_looks_needs_neither_session_nor_transaction(cast: Cast, looking: None) -> None:
    person = cast.person("participant")
    email, name = person.email_key, person.full_name
    db.session.remove()
    assert name_of(email) == name
    assert not db.session.registry.has()
    assert db.engine.pool.checkedout() == 0  # type: ignore[attr-defined]


def test_what_a_session_has_changed_is_seen_in_its_own_transaction(cast: Cast, app: Flask) -> None:
    person = cast.person("participant")
    person.full_name = "Changed and not yet kept"
    assert name_of(person.email_key) == "Changed and not yet kept"
    assert name_of(person.email_key, beforehand=True) == "Changed and not yet kept"
    db.session.rollback()


def test_a_request_that_writes_can_look_before_its_transaction_begins(cast: Cast, app: Flask) -> None:
    person = cast.person("participant")
    email, name = person.email_key, person.full_name
    db.session.commit()
    assert name_of(email, beforehand=True) == name
    assert not db.session().in_transaction()
    assert name_of(email) == name
    assert db.session().in_transaction()


def test_a_database_that_was_started_anew_is_noticed_by_nobody_who_looks(cast: Cast, looking: None) -> None:
    person = cast.person("participant")
    email, name = person.email_key, person.full_name
    db.session.remove()
    break_idle_connections()
    assert name_of(email) == name


def test_a_database_that_stays_away_is_a_failure_of_the_database(
    cast: Cast, looking: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    db.session.remove()
    connect: Callable[[], Any] = db.engine.raw_connection

    def broken() -> Any:
        connection = connect()
        connection.driver_connection.close()
        return connection

    monkeypatch.setattr(db.engine, "raw_connection", broken)
    with pytest.raises(DBAPIError):
        name_of("anybody@segin.example")
    assert db.engine.pool.checkedout() == 0  # type: ignore[attr-defined]


def test_what_is_written_is_gone_when_its_transaction_is_rolled_back(cast: Cast, app: Flask) -> None:
    person = cast.person("participant")
    email, name = person.email_key, person.full_name
    db.session.commit()
    writing = Writing(text("UPDATE people SET full_name = 'Nobody'"))
    writing.run({})
    assert name_of(email) == "Nobody"
    db.session.rollback()
    assert name_of(email) == name


def test_what_is_written_after_a_savepoint_goes_with_it(cast: Cast, app: Flask) -> None:
    person = cast.person("participant")
    email, name = person.email_key, person.full_name
    db.session.commit()
    assert name_of(email) == name
    savepoint = db.session.begin_nested()
    Writing(text("UPDATE people SET full_name = 'Nobody'")).run({})
    savepoint.rollback()
    assert name_of(email) == name
