"""What reading a file of questions came to: every question accepted, skipped or faulty, each with its place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from lms.quizzes.exchange.pictures import Picture


def N_(message: str) -> str:  # noqa: N802  the name by which the catalogue's tools find a string translated later
    """The message itself, marked for translation where it is shown."""
    return message


@dataclass(frozen=True, slots=True)
class Sentence:
    """Something to tell a person, translated when it is shown: ``message`` holds ``%(name)s`` for each of ``values``."""

    message: str
    values: Mapping[str, str | int] = field(default_factory=dict)

    def __str__(self) -> str:
        """The sentence in English."""
        return self.message % self.values if self.values else self.message

    def __hash__(self) -> int:
        return hash((self.message, tuple(sorted(self.values.items()))))


def sentence(message: str, **values: str | int) -> Sentence:
    """A sentence with its values; the message is marked with ``N_``."""
    return Sentence(message, values)


class Refused(Exception):
    """A file that is not read at all. ``status`` is 422, or 413 for one that is too large."""

    def __init__(self, reason: Sentence, status: int = 422) -> None:
        super().__init__(str(reason))
        self.reason = reason
        self.status = status


class CannotRead(Exception):
    """One question that cannot be taken in. ``is_fault`` tells a mistake in the file from something that we do not have."""

    def __init__(self, reason: Sentence, *, is_fault: bool = False, line: int | None = None) -> None:
        super().__init__(str(reason))
        self.reason = reason
        self.is_fault = is_fault
        self.line = line


def fault(message: str, line: int | None = None, **values: str | int) -> CannotRead:
    """A mistake in the file, to raise."""
    return CannotRead(Sentence(message, values), is_fault=True, line=line)


def skip(message: str, **values: str | int) -> CannotRead:
    """Something that a question has and we do not, to raise."""
    return CannotRead(Sentence(message, values))


@dataclass(frozen=True, slots=True)
class Place:
    """Where a question stands: the file's name, inside a package the path in it, and the line, from 1."""

    file: str
    line: int | None = None

    def __str__(self) -> str:
        return self.file if self.line is None else f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Accepted:
    """A question that can be taken in; ``question`` is a value of ``lms.quizzes.questions``. ``notes`` say what is not carried over or was understood in a certain way.

    ``has_own_key`` is true where the file itself names the key, so that a question of that key in the bank is the same
    one; otherwise the key was made here from the name and the content.
    """

    name: str
    question: Any
    place: Place
    notes: tuple[Sentence, ...] = ()
    has_own_key: bool = False


@dataclass(frozen=True, slots=True)
class Skipped:
    """A question of a kind, or with a rule, that there is nothing for here."""

    name: str
    reason: Sentence
    place: Place


@dataclass(frozen=True, slots=True)
class Faulty:
    """Something in the file that is wrong; mended there, it can be taken in."""

    reason: Sentence
    place: Place
    name: str = ""


Outcome: TypeAlias = Accepted | Skipped | Faulty


@dataclass(slots=True)
class Reading:
    """All that a file holds, in its order, with the pictures that the accepted questions show, by digest."""

    outcomes: list[Outcome] = field(default_factory=list)
    pictures: dict[str, Picture] = field(default_factory=dict)

    @property
    def accepted(self) -> list[Accepted]:
        """The questions that can be taken in."""
        return [outcome for outcome in self.outcomes if isinstance(outcome, Accepted)]

    @property
    def skipped(self) -> list[Skipped]:
        """The questions that are left out."""
        return [outcome for outcome in self.outcomes if isinstance(outcome, Skipped)]

    @property
    def faulty(self) -> list[Faulty]:
        """What is wrong in the file."""
        return [outcome for outcome in self.outcomes if isinstance(outcome, Faulty)]

    def leave_out(self, error: CannotRead, name: str, place: Place) -> None:
        """Note a question that cannot be taken in."""
        if error.line is not None:
            place = Place(place.file, error.line)
        self.outcomes.append(
            Faulty(error.reason, place, name) if error.is_fault else Skipped(name, error.reason, place)
        )


def each_once(notes: Iterable[Sentence]) -> tuple[Sentence, ...]:
    """The notes in their order, none twice."""
    return tuple(dict.fromkeys(notes))
