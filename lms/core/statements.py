"""Statements that are put together and compiled once, and run on the driver's own cursor; entities that are only looked at.

For the pages that participants open most. Measured: the layers between a statement and the driver cost ten times what
SQLite takes for it, and an entity that a session watches three times as much as its row. The types of columns convert
what goes in and comes out, and listeners for ``before_cursor_execute`` are told, as everywhere else.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from typing import Any

from sqlalchemy import JSON, ClauseElement, Dialect, PoolProxiedConnection, Select, inspect
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Mapper
from sqlalchemy.orm.attributes import instance_state
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

from lms.core.db import db, is_read_only

Convert = Callable[[Any], Any]
Values = Mapping[str, Any]
_CONNECTION = "connection of the transaction"


def insert_into(target: Any, dialect: str) -> Any:
    """An insert that can say what happens on conflict; both databases spell it the same."""
    return (sqlite if dialect == "sqlite" else postgresql).insert(target)


class _Text:
    """A statement as a driver takes it: its text, and how values become its parameters."""

    def __init__(self, statement: ClauseElement, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        assert isinstance(compiled, SQLCompiler)
        assert not compiled.literal_execute_params, "a statement that is different for every list of values"
        assert not compiled.post_compile_params, "a statement that is different for every list of values"
        assert not getattr(compiled, "prefetch", None), "a column whose default is not among the values"
        self.text = str(compiled)
        types = {name: bind.type for bind, name in compiled.bind_names.items()}
        constants = {name: bind.value for bind, name in compiled.bind_names.items() if not bind.required}
        converters = {name: convert for name in types if (convert := _converter(types[name], dialect)) is not None}
        self.constants = {
            name: converters[name](value) if name in converters else value for name, value in constants.items()
        }
        self.converters = [(name, convert) for name, convert in converters.items() if name not in constants]
        self.in_order = None if compiled.positiontup is None else _in_order(compiled.positiontup)

    def parameters(self, values: Values) -> Any:
        """The parameters for one run; in order for SQLite, named for PostgreSQL."""
        converted = {**values, **self.constants}
        for name, convert in self.converters:
            converted[name] = convert(converted[name])
        return converted if self.in_order is None else self.in_order(converted)


def _in_order(names: Sequence[str]) -> Callable[[Values], Any]:
    if len(names) > 1:
        return itemgetter(*names)
    return lambda values: [values[name] for name in names]  # an itemgetter of one name gives no sequence


def _converter(type_: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    return type_.dialect_impl(dialect).bind_processor(dialect)


class _Statement(ABC):
    """What reading and writing have in common: a text for each kind of database, made when it is first needed."""

    def __init__(self) -> None:
        self._texts: dict[str, _Text] = {}

    @abstractmethod
    def _clause(self, dialect: str) -> ClauseElement:
        """What to run, as this kind of database words it."""

    def _text(self, dialect: Dialect) -> _Text:
        text = self._texts.get(dialect.name)
        if text is None:
            text = self._texts[dialect.name] = _Text(self._clause(dialect.name), dialect)
        return text

    def _run(self, values: Values | Sequence[Values], *, many: bool = False) -> tuple[Any, Dialect]:
        """The driver's cursor after the statement has run in the transaction of the request, and the kind of database."""
        session = db.session()
        if not is_read_only():
            session.flush()  # as the session does before it loads entities: what was changed in it is seen
        # A session goes a long way to its connection each time; it is the same until the transaction ends and closes it.
        # In a savepoint it must be asked: that is when it sets the savepoint.
        connection = None if session.in_nested_transaction() else session.info.get(_CONNECTION)
        if connection is None or connection.closed:
            connection = session.info[_CONNECTION] = session.connection()
        return self._execute(connection, connection.connection, values, many), connection.dialect

    def _execute(
        self, told: Any, connection: PoolProxiedConnection, values: Values | Sequence[Values], many: bool
    ) -> Any:
        """The driver's cursor after the statement has run on this connection, with the listeners of ``told`` told."""
        dialect = told.dialect
        text = self._text(dialect)
        parameters: Any = [text.parameters(one) for one in values] if many else text.parameters(values)  # type: ignore[arg-type]
        cursor = None
        try:
            cursor = connection.cursor()
            for listener in told.dispatch.before_cursor_execute:
                listener(told, cursor, text.text, parameters, None, many)
            if many:
                cursor.executemany(text.text, parameters)
            else:
                cursor.execute(text.text, parameters)
        except dialect.loaded_dbapi.Error as error:
            if cursor is not None:
                cursor.close()
            raise DBAPIError.instance(
                text.text, parameters, error, dialect.loaded_dbapi.Error, dialect=dialect
            ) from error
        return cursor


class Reading(_Statement):
    """A select on entities and columns, run as one on their tables."""

    def __init__(self, statement: Select[*tuple[Any, ...]]) -> None:
        super().__init__()
        self._entities_statement = statement
        self._table_statement: Select[Any] | None = None
        self._rows: dict[str, _Rows] = {}

    def _clause(self, dialect: str) -> ClauseElement:
        if self._table_statement is None:
            # The statement that the ORM makes of ours; it keeps the order of what was selected.
            state: Any = self._entities_statement.compile().compile_state
            self._table_statement = state.statement
        return self._table_statement

    def rows(self, values: Values, *, beforehand: bool = False) -> list[tuple[Any, ...]]:
        """The rows, with detached entities where the statement selects entities; ``None`` for one that a join misses.

        Args:
            values: by the names of the statement's parameters.
            beforehand: read before the transaction of a request that writes begins, so that nobody has to wait for this.
        """
        if (beforehand or is_read_only()) and not _is_in_transaction():
            return self._look(values)
        cursor, dialect = self._run(values)
        found = cursor.fetchall()
        rows = self._reader(dialect, cursor)
        cursor.close()
        return [rows.read(row) for row in found]

    def _look(self, values: Values) -> list[tuple[Any, ...]]:
        """The rows, read by themselves: what only looks needs no session and no transaction, at no time of its life.

        Where the database was started anew, the first to ask finds a connection that is broken, and takes a new one.
        """
        engine = db.engine
        for is_last in (False, True):
            connection = engine.raw_connection()
            try:
                cursor = self._execute(engine, connection, values, many=False)
                found = cursor.fetchall()
                rows = self._reader(engine.dialect, cursor)
                break
            except DBAPIError as error:
                if is_last or not _is_broken(engine.dialect, error, connection):
                    raise
                connection.invalidate(error)
                engine.dispose()  # the others in the pool are as old
            finally:
                connection.close()
        return [rows.read(row) for row in found]

    def _reader(self, dialect: Dialect, cursor: Any) -> _Rows:
        rows = self._rows.get(dialect.name)
        if rows is None:
            parts = [
                one["expr"] if one["expr"] is one["entity"] else None
                for one in self._entities_statement.column_descriptions
            ]
            types = [column.type for column in self._table_statement.selected_columns]  # type: ignore[union-attr]
            rows = self._rows[dialect.name] = _Rows(parts, types, cursor.description, dialect)
        return rows


def _is_in_transaction() -> bool:
    sessions = db.session.registry
    return sessions.has() and sessions().in_transaction()


def _is_broken(dialect: Dialect, error: DBAPIError, connection: Any) -> bool:
    driver_error: Any = error.orig
    return dialect.is_disconnect(driver_error, connection.driver_connection, None)


class Writing(_Statement):
    """An insert, update or delete on a table.

    Args:
        statement: the statement, or what makes it for the name of a database where each needs its own.
        returning: the model whose columns the statement gives back, all of them and in order, where it does.
    """

    def __init__(
        self, statement: ClauseElement | Callable[[str], ClauseElement], returning: type[Any] | None = None
    ) -> None:
        super().__init__()
        self._statement = statement
        self._returning = returning
        self._rows: dict[str, _Rows] = {}

    def _clause(self, dialect: str) -> ClauseElement:
        return self._statement if isinstance(self._statement, ClauseElement) else self._statement(dialect)

    def run(self, values: Values) -> None:
        """Run it once."""
        self._run(values)[0].close()

    def run_all(self, values: Sequence[Values]) -> None:
        """Run it for each of these."""
        self._run(values, many=True)[0].close()

    def returned(self, values: Values) -> Any:
        """Run it once; the row that it gives back as a detached entity, ``None`` where it wrote none."""
        assert self._returning is not None
        cursor, dialect = self._run(values)
        row = cursor.fetchone()
        rows = self._rows.get(dialect.name)
        if rows is None:
            types = [attribute.columns[0].type for attribute in inspect(self._returning).column_attrs]
            rows = self._rows[dialect.name] = _Rows([self._returning], types, cursor.description, dialect)
        cursor.close()
        return None if row is None else rows.read(row)[0]


class _Rows:
    """How rows of the driver become values and entities."""

    def __init__(
        self, models: Iterable[type[Any] | None], types: Sequence[TypeEngine[Any]], description: Any, dialect: Dialect
    ) -> None:
        self.parts: list[Callable[[Sequence[Any]], Any]] = []
        place = 0
        for model in models:
            if model is None:
                self.parts.append(_Value(place))
                place += 1
            else:
                part = _entity(inspect(model), place)
                self.parts.append(part)
                place = part.stop
        assert place == len(types), "a statement with columns that the entities do not have"
        converters = [
            type_.dialect_impl(dialect).result_processor(dialect, column[1])
            for type_, column in zip(types, description, strict=True)
        ]
        # The same instants and fractions are read again and again; a document is made anew, because it could be changed.
        self.converters = [
            (at, convert if isinstance(type_, JSON) else lru_cache(maxsize=1024)(convert))
            for at, (convert, type_) in enumerate(zip(converters, types, strict=True))
            if convert is not None
        ]

    def read(self, row: Sequence[Any]) -> tuple[Any, ...]:
        values = list(row)
        for at, convert in self.converters:
            values[at] = convert(values[at])
        return tuple([part(values) for part in self.parts])


@dataclass(frozen=True, slots=True)
class _Value:
    place: int

    def __call__(self, row: Sequence[Any]) -> Any:
        return row[self.place]


@dataclass(frozen=True, slots=True)
class _Entity:
    """How to make an entity of its columns in a row; the first is its key, as in every table that is read so.

    It is detached: a relationship that was not read raises, and a change to it is never written.
    """

    model: type[Any]
    new: Callable[[], Any]
    names: Sequence[str]
    place: int
    stop: int

    def __call__(self, row: Sequence[Any]) -> Any:
        key = row[self.place]
        if key is None:
            return None
        entity = self.new()
        entity.__dict__.update(zip(self.names, row[self.place : self.stop], strict=True))
        instance_state(entity).key = (self.model, (key,), None)  # it stands for a row: detached, not new
        return entity


def _entity(mapper: Mapper[Any], place: int) -> _Entity:
    names = [attribute.key for attribute in mapper.column_attrs]
    return _Entity(mapper.class_, mapper.class_manager.new_instance, names, place, place + len(names))
