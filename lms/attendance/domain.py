"""Pure rules of live sessions: when one is coming, running or over."""

from __future__ import annotations

import enum
from datetime import datetime, timedelta

# People come early and find the door open.
DOORS_OPEN = timedelta(minutes=15)


class SessionState(enum.StrEnum):
    """Where a session stands in time."""

    COMING = "coming"
    RUNNING = "running"
    OVER = "over"


def session_state(starts_at: datetime, minutes: int, now: datetime) -> SessionState:
    """The state of a session: it runs from a quarter of an hour before its start until its last minute is over.

    Args:
        minutes: how long it lasts.
    """
    if now >= starts_at + timedelta(minutes=minutes):
        return SessionState.OVER
    return SessionState.RUNNING if now >= starts_at - DOORS_OPEN else SessionState.COMING
