"""Counts tries, so that passwords and certificate codes cannot be guessed by the thousand."""

from __future__ import annotations

from flask import Flask, current_app
from limits import parse
from limits.storage import storage_from_string
from limits.strategies import MovingWindowRateLimiter


def init_throttle(app: Flask) -> None:
    """Open the counters named by ``THROTTLE_URL``: ``memory://`` counts per process, ``redis://…`` for all."""
    app.extensions["throttle"] = MovingWindowRateLimiter(storage_from_string(app.config["THROTTLE_URL"]))


def is_throttled(limit: str, *key: str) -> bool:
    """Count one try and tell whether it is one too many.

    Args:
        limit: for instance ``"10 per 15 minutes"``.
        key: what is counted: a purpose and an address, for instance ``"sign-in", "amina@example.org"``.
    """
    return not current_app.extensions["throttle"].hit(parse(limit), *key)
