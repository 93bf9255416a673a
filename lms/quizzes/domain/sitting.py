"""The rules of a sitting: when it may start and must end, what counts, what is shown afterwards.

Source: docs/rules.md#quizzes.
"""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from lms.courses.domain.schedule import has_passed, last_instant_after

# Answers on their way when time runs out still count if they arrive within this; docs/rules.md#quizzes.
GRACE = timedelta(seconds=30)


class DeadlineBy(enum.StrEnum):
    """What ends an attempt: the quiz closing for this person, or the time limit."""

    WINDOW = "window"
    LIMIT = "limit"


@dataclass(frozen=True, slots=True)
class Deadline:
    """When an attempt ends. A window ends with the last instant of the minute ``at``; a limit ends exactly ``at``."""

    at: datetime
    by: DeadlineBy

    @property
    def cutoff(self) -> datetime:
        """The first instant that is too late."""
        return last_instant_after(self.at) if self.by is DeadlineBy.WINDOW else self.at

    def is_over(self, now: datetime) -> bool:
        """True from the first instant that is too late."""
        return now >= self.cutoff

    def accepts(self, received_at: datetime) -> bool:
        """True while what arrives still counts: until the grace after the end is over."""
        return received_at < self.cutoff + GRACE

    def seconds_late(self, received_at: datetime) -> int:
        """Whole seconds by which something misses the end, at least 1 if it does, else 0."""
        return int((received_at - self.cutoff).total_seconds()) + 1 if self.is_over(received_at) else 0

    def finish_at(self, now: datetime) -> datetime:
        """When an attempt that is finished now counts as finished: never later than its deadline."""
        return self.at if self.is_over(now) else now


def deadline_of(
    started_at: datetime, window_end: datetime, limit_minutes: int | None, time_factor: Fraction | None = None
) -> Deadline:
    """The earlier of the window's end and the time limit; the window where both end together.

    Args:
        time_factor: by what the limit is multiplied for this person, ``None`` for 1; part of a second is a whole one.
    """
    window = Deadline(window_end, DeadlineBy.WINDOW)
    if limit_minutes is None:
        return window
    limit = Deadline(started_at + timedelta(seconds=limit_seconds(limit_minutes, time_factor)), DeadlineBy.LIMIT)
    return limit if limit.cutoff < window.cutoff else window


def limit_seconds(limit_minutes: int, time_factor: Fraction | None = None) -> int:
    """The time limit as it holds for a person, in whole seconds, rounded up."""
    return -int(-(limit_minutes * 60 * (time_factor or 1)) // 1)


class State(enum.StrEnum):
    """Where a person stands with a quiz.

    ``upcoming`` not open yet · ``open`` may be started · ``running`` an attempt is open · ``expired`` its time is over
    and it is about to be closed · ``again`` finished, and may be tried again · ``done`` finished, no further attempt ·
    ``missed`` closed without an attempt.
    """

    UPCOMING = "upcoming"
    OPEN = "open"
    RUNNING = "running"
    EXPIRED = "expired"
    AGAIN = "again"
    DONE = "done"
    MISSED = "missed"


STARTABLE = frozenset({State.OPEN, State.AGAIN})


def state_of(
    *,
    opens_at: datetime,
    closes_at: datetime,
    attempts_allowed: int,
    finished: int,
    running: Deadline | None,
    now: datetime,
) -> State:
    """Where a person stands with a quiz.

    Args:
        closes_at: the minute in which the window ends for this person, an extension included.
        finished: how many attempts the person has submitted or had closed.
        running: the deadline of the open attempt, ``None`` without one.
    """
    if running is not None:
        return State.EXPIRED if running.is_over(now) else State.RUNNING
    may_start = opens_at <= now and not has_passed(closes_at, now) and finished < attempts_allowed
    if finished:
        return State.AGAIN if may_start else State.DONE
    if may_start:
        return State.OPEN
    return State.UPCOMING if now < opens_at else State.MISSED


@dataclass(frozen=True, slots=True)
class Result:
    """A finished attempt: its number and how many of its questions are right (parts of questions stay exact)."""

    number: int
    right: Fraction
    questions: int

    @property
    def share(self) -> Fraction:
        """The part of the quiz that is right, from 0 to 1."""
        return self.right / self.questions if self.questions else Fraction(0)


def counted(results: Iterable[Result], counting: str) -> Result | None:
    """The result that counts; ``None`` without any.

    Args:
        counting: ``best`` (of equals the first), ``last`` or ``first``.
    """
    in_order = sorted(results, key=lambda result: result.number)
    if not in_order:
        return None
    if counting == "best":
        return max(in_order, key=lambda result: result.share)
    return in_order[-1] if counting == "last" else in_order[0]


def points_of(result: Result, maximum: Decimal) -> Fraction:
    """The exact points of a result; the ledger rounds them. Right answers over questions, times the item's maximum."""
    return result.share * Fraction(maximum)


class Shown(enum.StrEnum):
    """What the page of a finished attempt shows of each question."""

    CHOICE = "choice"  # what was chosen
    JUDGED = "judged"  # whether it was right, with the feedback on it
    EVERYTHING = "everything"  # the right answer too


@dataclass(frozen=True, slots=True)
class Review:
    """What is shown of a finished attempt, by phase.

    ``submitted`` while the person may still try again · ``used_up`` after their last attempt, the quiz still open ·
    ``closed`` once the window is over for them.
    """

    submitted: Shown
    used_up: Shown
    closed: Shown

    @classmethod
    def of(cls, submitted: str, used_up: str, closed: str) -> Review:
        """From the three words as they are stored."""
        return cls(Shown(submitted), Shown(used_up), Shown(closed))

    @property
    def phases(self) -> tuple[Shown, Shown, Shown]:
        """In the order in which a person meets them."""
        return self.submitted, self.used_up, self.closed


# A course pack names the whole policy with one word.
REVIEWS: Mapping[str, Review] = {
    "at_once": Review(Shown.EVERYTHING, Shown.EVERYTHING, Shown.EVERYTHING),
    # While a further attempt is possible the right answers are kept back: else the next one would measure nothing.
    "after_submit": Review(Shown.JUDGED, Shown.EVERYTHING, Shown.EVERYTHING),
    "after_close": Review(Shown.CHOICE, Shown.CHOICE, Shown.EVERYTHING),
    "never": Review(Shown.CHOICE, Shown.CHOICE, Shown.CHOICE),
}


def shown_of(review: Review, attempts_left: int, closes_at: datetime, now: datetime) -> Shown:
    """What is shown for a finished attempt.

    Args:
        attempts_left: attempts that the person may still make while the quiz is open.
        closes_at: the minute in which the quiz closes for this person.
    """
    if has_passed(closes_at, now):
        return review.closed
    return review.submitted if attempts_left else review.used_up


def shuffled(keys: Sequence[str], seed: str) -> list[str]:
    """The keys in an order that depends on nothing but the seed."""
    return sorted(keys, key=lambda key: hashlib.sha256(f"{seed} {key}".encode()).digest())


def changed_answers(seen: Mapping[int, Sequence[str]], sent: Mapping[int, Sequence[str]]) -> dict[int, list[str]]:
    """What the person changed on a page: answers sent that differ from what the page showed when it was opened.

    A form left open in a second tab sends all its answers; those nobody touched there must not undo newer ones. The
    order of the fields of one question says nothing.
    """
    return {
        position: list(values) for position, values in sent.items() if sorted(values) != sorted(seen.get(position, ()))
    }
