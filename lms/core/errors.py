"""The three expected failures, each with a sentence for the person. Anything else is a bug."""

from __future__ import annotations


class Refusal(Exception):
    """An expected failure. ``message`` is already in the person's language and says what to do."""

    status = 400

    def __init__(self, message: str = "") -> None:
        super().__init__(message)
        self.message = message


class NotFound(Refusal):
    """The thing does not exist, or the person may not know that it does."""

    status = 404


class NotAllowed(Refusal):
    """The person may know of the thing but not do this to it."""

    status = 403


class RuleViolation(Refusal):
    """A rule of the course forbids it now, for anyone in this position."""

    status = 409
