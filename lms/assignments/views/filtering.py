"""Which part of the marking queue an address names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import request

from lms.assignments.queries.marking import QueueRow, QueueState

SHOWN = ("open", "finished", "all")
WHOSE = ("all", "mine", "unallocated")


@dataclass(frozen=True, slots=True)
class Filter:
    """What of the queue is shown: whose markings, in which state, of which assignment (``None``: of every one)."""

    whose: str = "all"
    shown: str = "all"
    key: str | None = None

    def values(self) -> dict[str, Any]:
        """What an address needs to name this filter; what holds anyway is left out."""
        named = {"whose": self.whose if self.whose != "all" else "", "show": self.shown, "assignment": self.key or ""}
        return {name: value for name, value in named.items() if value}

    def lets_through(self, row: QueueRow, person_id: int) -> bool:
        """Whether a row is shown to a person."""
        if self.whose == "mine" and row.marker_id != person_id:
            return False
        if self.whose == "unallocated" and row.marker_id is not None:
            return False
        if self.shown == "open":
            return row.state.is_waiting
        return self.shown == "all" or row.state is QueueState.FINISHED


def asked_filter(default_shown: str = "open") -> Filter:
    """The filter that the address names."""
    shown, whose = request.args.get("show", default_shown), request.args.get("whose", "all")
    return Filter(
        whose if whose in WHOSE else "all",
        shown if shown in SHOWN else default_shown,
        request.args.get("assignment") or None,
    )
