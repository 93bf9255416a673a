"""What differs between two releases of a course, in words for whoever imports one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from lms.courses.domain.content import CourseContent, Module

# Compared entry by entry below, not as a whole.
_LISTS = frozenset({"modules", "glossary", "agenda", "assignments", "evaluation", "grading"})
_MODULE_LISTS = frozenset({"lessons", "quiz"})


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: ``kind`` is added, removed, changed or moved; ``subject`` says what, by its keys."""

    kind: str
    subject: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.subject}"


def changes_between(old: CourseContent, new: CourseContent) -> tuple[Change, ...]:
    """The differences in the order of the course; none where the two are equal."""
    return tuple(_course_changes(old, new))


def _course_changes(old: CourseContent, new: CourseContent) -> Iterator[Change]:
    yield from _fact_changes("course", old, new, _LISTS)
    yield from _whole("grading scheme", old.grading, new.grading)
    yield from _entries("module", old.modules, new.modules, compare=False)
    for module in new.modules:
        before = old.module(module.key)
        if before is not None:
            yield from _module_changes(before, module)
    yield from _entries("assignment", old.assignments, new.assignments)
    yield from _entries("glossary term", old.glossary, new.glossary)
    yield from _entries("live session", old.agenda, new.agenda)
    yield from _whole("evaluation", old.evaluation, new.evaluation)


def _module_changes(old: Module, new: Module) -> Iterator[Change]:
    yield from _fact_changes(f"module {new.key}", old, new, _MODULE_LISTS)
    yield from _entries(f"lesson {new.key}/", old.lessons, new.lessons)
    if old.quiz is None or new.quiz is None:
        yield from _whole(f"quiz of {new.key}", old.quiz, new.quiz)
        return
    yield from _fact_changes(f"quiz {new.quiz.key}", old.quiz, new.quiz, frozenset({"questions"}))
    yield from _entries(f"question {new.quiz.key}/", old.quiz.questions, new.quiz.questions)


def _fact_changes(subject: str, old: Any, new: Any, left_out: frozenset[str]) -> Iterator[Change]:
    names = [field.name for field in fields(new) if field.name not in left_out]
    differing = [name for name in names if getattr(old, name) != getattr(new, name)]
    if differing:
        yield Change("changed", f"{subject} ({', '.join(differing)})")


def _whole(subject: str, old: Any, new: Any) -> Iterator[Change]:
    if old != new:
        yield Change("added" if old is None else "removed" if new is None else "changed", subject)


def _entries(subject: str, old: Sequence[Any], new: Sequence[Any], compare: bool = True) -> Iterator[Change]:
    before, after = _by_key(old), _by_key(new)
    name = subject if subject.endswith("/") else f"{subject} "
    for key, entry in after.items():
        if key not in before:
            yield Change("added", f"{name}{key}")
        elif compare and before[key] != entry:
            yield Change("changed", f"{name}{key}")
    for key in before:
        if key not in after:
            yield Change("removed", f"{name}{key}")
    kept = [key for key in before if key in after]
    if kept != [key for key in after if key in before]:
        yield Change("moved", f"the order of {subject.rstrip('/ ')}s")


def _by_key(entries: Iterable[Any]) -> Mapping[str, Any]:
    return {entry.key: entry for entry in entries}
