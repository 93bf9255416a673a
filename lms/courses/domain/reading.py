"""Where a reader stands in a course: modules that are open, lessons that are done, and what comes next."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from lms.courses.domain.content import Lesson, Module

# What the page around a lesson weighs when it is sent, and how much its HTML adds to its words. Both measured with
# the demonstration course; a test holds them against real pages.
PAGE_FRAME_BYTES = 2600
HTML_SHARE = 1.15


@dataclass(frozen=True, slots=True)
class ModuleState:
    """A module as one reader finds it. ``number`` counts from 1; ``done`` holds keys of lessons that still exist.

    ``waits_for`` are the modules that this reader must have read first and has not.
    """

    module: Module
    number: int
    opens_at: datetime
    has_come: bool  # its day
    done: frozenset[str]
    waits_for: tuple[Module, ...] = ()

    @property
    def is_open(self) -> bool:
        """True once its day has come and nothing has to be read before."""
        return self.has_come and not self.waits_for

    @property
    def done_count(self) -> int:
        """How many lessons are done."""
        return len(self.done)

    @property
    def total(self) -> int:
        """How many lessons there are."""
        return len(self.module.lessons)

    @property
    def is_done(self) -> bool:
        """True once every lesson is done."""
        return self.done_count == self.total

    @property
    def next_lesson(self) -> Lesson | None:
        """The first lesson that is not done."""
        return next((lesson for lesson in self.module.lessons if lesson.key not in self.done), None)


def module_states_of(
    modules: Sequence[Module],
    openings: Mapping[str, datetime],
    done: Mapping[str, set[str]],
    now: datetime,
    *,
    in_order: bool = True,
) -> tuple[ModuleState, ...]:
    """The state of each module, in order.

    Args:
        in_order: whether modules wait for those that come first, as they do for participants.
        openings: when each module opens, by its key.
        done: keys of lessons marked done, by module key; may name lessons that a newer release no longer has.
    """
    return tuple(
        ModuleState(
            module,
            number,
            openings[module.key],
            now >= openings[module.key],
            frozenset(lesson.key for lesson in module.lessons if lesson.key in done.get(module.key, ())),
            tuple(one for one in modules if in_order and one.key in module.after and not _is_read(one, done)),
        )
        for number, module in enumerate(modules, start=1)
    )


def _is_read(module: Module, done: Mapping[str, set[str]]) -> bool:
    return all(lesson.key in done.get(module.key, ()) for lesson in module.lessons)


def current_module(states: Sequence[ModuleState]) -> ModuleState | None:
    """Where to go on: the first open module with something to read, else the one that opened last.

    ``None`` before anything has opened.
    """
    opened = [state for state in states if state.is_open]
    unread = next((state for state in opened if not state.is_done), None)
    return unread or max(opened, key=lambda state: state.opens_at, default=None)


def lessons_around(module: Module, key: str) -> tuple[Lesson | None, Lesson | None]:
    """The lessons before and after one, within its module."""
    keys = [lesson.key for lesson in module.lessons]
    place = keys.index(key)
    before = module.lessons[place - 1] if place else None
    after = module.lessons[place + 1] if place + 1 < len(keys) else None
    return before, after


@lru_cache(maxsize=1024)
def page_bytes(body: str) -> int:
    """Bytes that opening a lesson's page takes, compressed; an estimate without rendering it."""
    return PAGE_FRAME_BYTES + round(len(zlib.compress(body.encode())) * HTML_SHARE)
