"""What is wrong with a pack: where, and how to mend it."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from difflib import get_close_matches


class Severity(enum.StrEnum):
    """An error keeps a pack from being imported; a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing to mend. ``file`` is relative to the pack, ``line`` counts from 1."""

    file: str
    line: int
    message: str
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        mark = "warning: " if self.severity is Severity.WARNING else ""
        return f"{self.file}:{self.line}: {mark}{self.message}"


@dataclass(slots=True)
class FaultList:
    """Collects faults while a pack is read."""

    faults: set[Fault] = field(default_factory=set)

    def error(self, file: str, line: int, message: str) -> None:
        """Note something that keeps the pack from being imported."""
        self.faults.add(Fault(file, line, message))

    def warn(self, file: str, line: int, message: str) -> None:
        """Note something that readers would notice."""
        self.faults.add(Fault(file, line, message, Severity.WARNING))

    def note(self, fault: Fault) -> None:
        """Note a fault that is ready."""
        self.faults.add(fault)

    def sorted(self) -> tuple[Fault, ...]:
        """All faults by file and line."""
        return tuple(sorted(self.faults))

    @property
    def has_errors(self) -> bool:
        """True when the pack cannot be imported."""
        return any(fault.severity is Severity.ERROR for fault in self.faults)


def did_you_mean(word: str, known: list[str]) -> str:
    """“ Did you mean “minutes”?” with a leading space, or nothing when no known word is near."""
    near = get_close_matches(word, known, n=1, cutoff=0.7)
    return f" Did you mean “{near[0]}”?" if near else ""
