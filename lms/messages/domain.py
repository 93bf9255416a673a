"""Whom a letter to several people goes to: pure choice by what is known of each."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from lms.courses.domain.content import Text

# Work that is not done and whose time is over, whichever it is.
OVERDUE = "overdue"
# Keys of work, codes of sponsors and all else that people are chosen by are shorter.
LONGEST_VALUE = 80
# The choice of people who are in no group.
NO_GROUP = "none"


class Presence(enum.StrEnum):
    """How a participant has been seen lately."""

    BEHIND = "behind"  # missed something that is closed, or is quiet
    QUIET = "quiet"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class OpenWork:
    """Work that is open, or was, and that somebody has not done. ``due_at`` is an instant in ISO form, empty for work without a deadline."""

    key: str
    title: Text = field(hash=False)
    due_at: str
    is_overdue: bool


@dataclass(frozen=True, slots=True)
class Candidate:
    """What is known of a participant when a letter looks for its people; ``outcome`` as a decision's ``status``."""

    enrolment_id: int
    open_work: tuple[OpenWork, ...]
    outcome: str
    sponsors: tuple[str, ...]
    language: str
    group_id: int | None
    is_quiet: bool
    has_signed_in: bool

    @property
    def is_behind(self) -> bool:
        """Whether they missed something that is closed, or are quiet."""
        return self.is_quiet or any(work.is_overdue for work in self.open_work)


@dataclass(frozen=True, slots=True)
class Audience:
    """Whom a letter is for; an empty field asks for nothing, and somebody must fit all that are not.

    ``work`` is the key of something that is not done, or ``OVERDUE``; ``group`` a group's number or ``NO_GROUP``.
    """

    work: str = ""
    presence: str = ""
    outcome: str = ""
    sponsor: str = ""
    group: str = ""
    language: str = ""

    @property
    def is_everybody(self) -> bool:
        """Whether it asks for nothing."""
        return self == Audience()

    def to_document(self) -> dict[str, str]:
        """What it asks for, as the record of the letter keeps it."""
        return {name: value for name, value in asdict(self).items() if value}


def audience_from(values: Mapping[str, Any]) -> Audience:
    """The audience of a document or of an address; what it does not know is left out, and so is what nothing is called."""
    said = {one.name: str(values.get(one.name) or "") for one in fields(Audience)}
    return Audience(**{name: value for name, value in said.items() if len(value) <= LONGEST_VALUE})


def belongs(candidate: Candidate, audience: Audience) -> bool:
    """Whether a letter to this audience goes to somebody."""
    return (
        _has_left(candidate, audience.work)
        and _is_seen(candidate, audience.presence)
        and audience.outcome in ("", candidate.outcome)
        and (not audience.sponsor or audience.sponsor in candidate.sponsors)
        and audience.group in ("", NO_GROUP if candidate.group_id is None else str(candidate.group_id))
        and audience.language in ("", candidate.language)
    )


def _has_left(candidate: Candidate, work: str) -> bool:
    if not work:
        return True
    return any(one.is_overdue if work == OVERDUE else one.key == work for one in candidate.open_work)


def _is_seen(candidate: Candidate, presence: str) -> bool:
    if presence == Presence.BEHIND:
        return candidate.is_behind
    if presence == Presence.QUIET:
        return candidate.is_quiet
    if presence == Presence.NEVER:
        return not candidate.has_signed_in
    return not presence


def chosen(candidates: Sequence[Candidate], audience: Audience) -> list[Candidate]:
    """Those to whom a letter to this audience goes, in the order given."""
    return [candidate for candidate in candidates if belongs(candidate, audience)]
