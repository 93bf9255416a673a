"""The database: the declarative base, the types that carry the house rules, and the only commit."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from json import JSONDecoder
from pathlib import Path
from select import POLLIN, poll
from threading import Lock
from typing import Any

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import JSON, DateTime, Dialect, Engine, Integer, MetaData, String, TypeDecorator, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DisconnectionError, OperationalError
from sqlalchemy.orm import DeclarativeBase, registry

CENT = Decimal("0.01")
# The largest number by which a row can be known; a larger one in an address or a form is nobody's.
LARGEST_ID = 2**31 - 1


def row_number(text: str) -> int:
    """A whole number of an address or a form as a database takes it; raises ValueError for any other."""
    number = int(text)
    if not 0 <= number <= LARGEST_ID:
        raise ValueError(text)
    return number


NAMING = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant, stored in UTC. A naive value is refused: nobody could say what it meant."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Points(TypeDecorator[Decimal]):
    """Exact points with two decimals, stored as whole hundredths. A third decimal is refused, never rounded here."""

    impl = Integer
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        if value is None:
            return None
        hundredths = Decimal(value) * 100
        if hundredths != hundredths.to_integral_value():
            raise ValueError(f"{value} has more than two decimals: round it before it is stored")
        return int(hundredths)

    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:
        return None if value is None else (Decimal(value) / 100).quantize(CENT)


class ExactFraction(TypeDecorator[Fraction]):
    """A part of a mark before it becomes points: thirds stay thirds. Stored as ``numerator/denominator``."""

    impl = String(40)
    cache_ok = True

    def process_bind_param(self, value: Fraction | None, dialect: Dialect) -> str | None:
        return None if value is None else str(Fraction(value))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Fraction | None:
        return None if value is None else _read_fraction(value)


# A quiz reads ten of them at once, and nearly all are 0 or 1.
_read_fraction = lru_cache(maxsize=256)(Fraction)


class Base(DeclarativeBase):
    """The declarative base. ``list`` and ``dict`` columns are JSON documents, replaced whole, never mutated."""

    registry = registry(
        metadata=MetaData(naming_convention=NAMING),
        type_annotation_map={
            datetime: UtcDateTime(),
            Decimal: Points(),
            Fraction: ExactFraction(),
            dict[str, Any]: JSON(),
            dict[str, str]: JSON(),
            list[Any]: JSON(),
            list[str]: JSON(),
        },
    )


db = SQLAlchemy(model_class=Base)

# Transactions take SQLite's write lock when they begin: a transaction that reads first and then upgrades would fail
# or lose updates under concurrency. Only safe (GET) requests begin deferred, so that readers never wait for a writer.
_BEGIN_WRITING = "BEGIN IMMEDIATE"
_begin_statement: ContextVar[str] = ContextVar("begin_statement", default=_BEGIN_WRITING)
_LONGEST_WAIT_SECONDS = 10
_DONE = 1  # what libpq answers to a command without rows: PGRES_COMMAND_OK


def read_only_request(read_only: bool) -> None:
    """Say whether the transactions that begin in this request only read."""
    _begin_statement.set("BEGIN" if read_only else _BEGIN_WRITING)


def is_read_only() -> bool:
    """Whether the transactions of this request only read."""
    return _begin_statement.get() == "BEGIN"


def init_database(app: Flask) -> None:
    """Bind the session to the app and teach the database its manners."""
    is_sqlite = app.config["SQLALCHEMY_DATABASE_URI"].startswith("sqlite")
    if is_sqlite:
        # SQLite's documents are text; ``json.loads`` would ask each time whether they are bytes.
        options = app.config.get("SQLALCHEMY_ENGINE_OPTIONS", {})
        app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {**options, "json_deserializer": JSONDecoder().decode}
    db.init_app(app)
    path = make_url(app.config["SQLALCHEMY_DATABASE_URI"]).database
    if path and is_sqlite:
        Path(path).parent.mkdir(parents=True, exist_ok=True)  # SQLite makes the file, not its folder
    with app.app_context():
        (_teach_sqlite if is_sqlite else _teach_postgresql)(db.engine)


def _teach_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def connect(connection: Any, record: Any) -> None:
        connection.isolation_level = None  # the driver must not begin transactions behind our back
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=NORMAL")
        # Pages are read from memory that the processes share: after each write of another they would be fetched anew.
        cursor.execute("PRAGMA mmap_size=268435456")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute(f"PRAGMA busy_timeout={_LONGEST_WAIT_SECONDS * 1000}")
        cursor.close()

    turn = _Turn()

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        statement = _begin_statement.get()
        if statement == _BEGIN_WRITING:
            turn.take(connection.info)
        # Past the layers: they would make a statement of it, at the price of one that reads something.
        try:
            connection.connection.driver_connection.execute(statement)
        except sqlite3.OperationalError as error:  # what the layers would have made of it
            raise OperationalError(statement, None, error) from error

    @event.listens_for(engine, "checkin")
    def checkin(connection: Any, record: Any) -> None:
        turn.give_back(record.info)


def _teach_postgresql(engine: Engine) -> None:
    """Begin and end transactions in place of the driver.

    It would begin one for a single read too. And at each rollback, which is how a page that only reads ends, it throws away
    the statements that the server has prepared: the server would plan them anew for every page. No page changes the
    schema, so they stay good.
    """

    @event.listens_for(engine, "connect")
    def connect(connection: Any, record: Any) -> None:
        connection.autocommit = True

    @event.listens_for(engine, "checkout")
    def checkout(connection: Any, record: Any, proxy: Any) -> None:
        # A server that went away has said so on the line, or closed it: that is seen without asking the server, and the
        # pool connects anew before anybody's form is in between.
        line = poll()
        if not connection.closed:
            line.register(connection.fileno(), POLLIN)
        if connection.closed or line.poll(0):
            raise DisconnectionError("the server has ended this connection")

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        driver = connection.connection.driver_connection
        try:
            # Past the driver's layers; where that fails, they say why.
            if driver.pgconn.exec_(b"BEGIN").status != _DONE:
                driver.execute("BEGIN")
        except engine.dialect.loaded_dbapi.Error as error:
            raise OperationalError("BEGIN", None, error) from error

    @event.listens_for(engine, "rollback")
    def rollback(connection: Any) -> None:
        # A connection that is broken is found to be so, and thrown away, when the driver is asked to roll back next.
        with suppress(engine.dialect.loaded_dbapi.Error):
            connection.connection.driver_connection.pgconn.exec_(b"ROLLBACK")


class _Turn:
    """Whose turn it is among the threads of this process to write.

    SQLite has one writer. Who has to wait for it sleeps, tries again, and sleeps longer: a thread that waits here is woken
    as soon as the one before it has committed. Between processes SQLite's own lock decides, which is also what protects the data.
    """

    def __init__(self) -> None:
        self._lock = Lock()

    def take(self, holder: dict[Any, Any]) -> None:
        """Wait for one's turn, though never longer than for SQLite itself."""
        if "turn" not in holder and self._lock.acquire(timeout=_LONGEST_WAIT_SECONDS):
            holder["turn"] = True

    def give_back(self, holder: dict[Any, Any]) -> None:
        """End one's turn, once the connection goes back to the pool, after its commit."""
        if holder.pop("turn", False):
            self._lock.release()


_AFTER = "after commit"


@contextmanager
def unit_of_work() -> Iterator[None]:
    """The transaction of a view or command: commits on leaving, rolls back when anything is raised.

    The only place in the code that commits.
    """
    db.session.info.pop(_AFTER, None)  # of a transaction that was given up
    try:
        yield
        db.session.commit()
    except BaseException:
        db.session.rollback()
        raise
    for act in db.session.info.pop(_AFTER, ()):
        act()


def after_commit(act: Callable[[], object]) -> None:
    """Do something that no rollback could undo once the unit of work has committed, and not at all where it fails."""
    db.session.info.setdefault(_AFTER, []).append(act)
