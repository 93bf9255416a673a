"""Entities read past the session, for the pages that participants open most: those only look.

Measured: loading an entity through a session costs three times as much as reading its row, for every page and every
entity, because the session must notice and write what is changed. What is read here is detached: a relationship raises,
and a change is never written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import Select, inspect
from sqlalchemy.orm import Mapper
from sqlalchemy.orm.attributes import instance_state

from lms.core.db import db, is_read_only


class Reading:
    """A statement on entities that is run as one on their tables; put together once, for the life of the process."""

    def __init__(self, statement: Select[*tuple[Any, ...]]) -> None:
        self._entities_statement = statement

    def rows(self, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """The rows, with detached entities where the statement selects entities; ``None`` for one that a join misses."""
        statement, parts = self._plan
        session = db.session()
        if not is_read_only():
            session.flush()  # as the session does before it loads entities: what was changed in it is read
        return [tuple([part(row) for part in parts]) for row in session.execute(statement, values)]

    @cached_property
    def _plan(self) -> tuple[Select[Any], list[Callable[[Sequence[Any]], Any]]]:
        # The statement that the ORM makes of ours; it keeps the order of what was selected.
        state: Any = self._entities_statement.compile().compile_state
        statement: Select[Any] = state.statement
        parts: list[Callable[[Sequence[Any]], Any]] = []
        place = 0
        for description in self._entities_statement.column_descriptions:
            if description["expr"] is description["entity"]:
                part = _entity(inspect(description["entity"]), place)
                parts.append(part)
                place += part.width
            else:
                parts.append(_Value(place))
                place += 1
        assert place == len(statement.selected_columns), "a statement with columns that the entities do not have"
        return statement, parts


@dataclass(frozen=True, slots=True)
class _Value:
    place: int

    def __call__(self, row: Sequence[Any]) -> Any:
        return row[self.place]


@dataclass(frozen=True, slots=True)
class _Entity:
    """How to make an entity of its columns in a row; the first is its key, as in every table that is read so."""

    model: type[Any]
    new: Callable[[], Any]
    names: Sequence[str]
    place: int
    stop: int

    @property
    def width(self) -> int:
        return self.stop - self.place

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
