"""Pure rules of live sessions: when one is coming, running or over, who was there, and whom a line of a sheet means."""

from __future__ import annotations

import enum
import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

# People come early and find the door open.
DOORS_OPEN = timedelta(minutes=15)


class SessionState(enum.StrEnum):
    """Where a session stands in time."""

    COMING = "coming"
    RUNNING = "running"
    OVER = "over"
    CANCELLED = "cancelled"


def session_state(starts_at: datetime, minutes: int, now: datetime) -> SessionState:
    """The state of a session: it runs from a quarter of an hour before its start until its last minute is over.

    Args:
        minutes: how long it lasts.
    """
    if now >= starts_at + timedelta(minutes=minutes):
        return SessionState.OVER
    return SessionState.RUNNING if now >= starts_at - DOORS_OPEN else SessionState.COMING


@dataclass(frozen=True, slots=True)
class Record:
    """What is known of one person in one session; each part comes from elsewhere, and none overwrites another.

    ``joined_at``: when they went in by their own link. ``minutes``: what the sheets of the meeting say. ``by_hand``:
    what somebody who was there said.
    """

    joined_at: datetime | None = None
    minutes: int | None = None
    by_hand: bool | None = None


NOTHING = Record()


def was_present(record: Record, minimum_minutes: int) -> bool | None:
    """Whether somebody was there; ``None`` where nothing is known.

    What was said by hand holds. Else the minutes of the meeting's sheet decide, against the session's minimum; else who
    went in by their own link was there.
    """
    if record.by_hand is not None:
        return record.by_hand
    if record.minutes is not None:
        return record.minutes >= minimum_minutes
    return True if record.joined_at is not None else None


class How(enum.StrEnum):
    """How a line of a sheet was tied to a participant."""

    ADDRESS = "address"  # certain
    NAME = "name"  # one person has this name: proposed, and taken only if ticked
    NAMESAKES = "namesakes"  # several have it: somebody must say which
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class SheetLine:
    """A join as the meeting's sheet states it. ``minutes`` are whole, rounded down; instants may be unknown."""

    line: int
    name: str
    email: str
    minutes: int
    joined_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Visitor:
    """Everything a sheet says of one name and address: the joins of somebody whose line broke are added up."""

    name: str
    email: str
    minutes: int
    lines: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """A participant as the matching needs them; both keys are folded."""

    enrolment_id: int
    name_key: str
    email_key: str


@dataclass(frozen=True, slots=True)
class Match:
    """A visitor and whom the line means. ``enrolment_ids`` holds one for a match, all of them for namesakes."""

    visitor: Visitor
    how: How
    enrolment_ids: tuple[int, ...]


def visitors_of(lines: Iterable[SheetLine]) -> list[Visitor]:
    """The lines of a sheet by person, in the order in which they first come.

    Lines belong together by address; without one, by name.
    """
    found: dict[tuple[str, str], Visitor] = {}
    for line in lines:
        key = ("", fold(line.email)) if line.email else (folded_name(line.name), "")
        before = found.get(key)
        found[key] = Visitor(
            before.name if before else line.name,
            line.email,
            line.minutes + (before.minutes if before else 0),
            (*(before.lines if before else ()), line.line),
        )
    return list(found.values())


def match_visitors(visitors: Sequence[Visitor], people: Collection[Known]) -> list[Match]:
    """Whom each visitor is, as far as that can be known: by address, else by a name that only one person has.

    A name is never enough where two have it, nor where that person is in the sheet by their address already.
    """
    by_email = {one.email_key: one.enrolment_id for one in people}
    by_name: dict[str, list[int]] = {}
    for one in people:
        by_name.setdefault(folded_name(one.name_key), []).append(one.enrolment_id)
    certain = {by_email[fold(one.email)] for one in visitors if fold(one.email) in by_email}
    return [_match(visitor, by_email, by_name, certain) for visitor in visitors]


def _match(
    visitor: Visitor, by_email: Mapping[str, int], by_name: Mapping[str, Sequence[int]], certain: Collection[int]
) -> Match:
    if fold(visitor.email) in by_email:
        return Match(visitor, How.ADDRESS, (by_email[fold(visitor.email)],))
    named = tuple(by_name.get(folded_name(visitor.name), ()))
    if len(named) > 1:
        return Match(visitor, How.NAMESAKES, named)
    if named and named[0] not in certain:
        return Match(visitor, How.NAME, named)
    return Match(visitor, How.NOBODY, ())


def fold(text: str) -> str:
    """An address as it is compared."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text.strip()).casefold())


def folded_name(name: str) -> str:
    """A name as it is compared: without accents, capitals, what stands in brackets, and in any order of its parts."""
    bare = re.sub(r"[(\[（].*?[)\]）]", " ", name)
    letters = unicodedata.normalize("NFKD", bare.casefold())
    words = re.findall(r"\w+", "".join(one for one in letters if not unicodedata.combining(one)))
    return " ".join(sorted(words))


_CLOCK = re.compile(r"(?:(\d+)\s*h(?:ours?|rs?)?)?\s*(?:(\d+)\s*m(?:in(?:utes?)?)?)?\s*(?:(\d+)\s*s(?:ec(?:onds?)?)?)?")


def minutes_in(text: str) -> int | None:
    """Whole minutes of a duration as meeting tools write it: ``47``, ``1:02:30``, ``1h 2m 30s``; ``None`` where it is none."""
    text = text.strip().casefold().replace("\u00a0", " ").replace("\u202f", " ")
    if re.fullmatch(r"\d{1,5}(?:[.,]\d+)?", text):
        return int(float(text.replace(",", ".")))
    if match := re.fullmatch(r"(\d{1,3}):(\d{2})(?::(\d{2}))?", text):
        hours, minutes, _seconds = match.groups()
        return 60 * int(hours) + int(minutes)
    match = _CLOCK.fullmatch(text)
    if not text or match is None:
        return None
    hours, minutes, _seconds = (int(part or 0) for part in match.groups())
    return 60 * hours + minutes


_DAY_FIRST = ("%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m/%d/%Y", "%m/%d/%y")
_DAYS = ("%Y-%m-%d", "%Y/%m/%d", *_DAY_FIRST)
_TIMES = ("%H:%M:%S", "%H:%M", "%I:%M:%S %p", "%I:%M %p")


def readings_of_moment(text: str) -> list[datetime]:
    """Every wall-clock time, without a zone, that a text can mean: 03/04/2026 is read in both ways."""
    text = " ".join(text.replace(",", " ").replace("T", " ").replace("\u202f", " ").split())
    found = []
    for day in _DAYS:
        for at in _TIMES:
            try:
                found.append(datetime.strptime(text, f"{day} {at}"))
            except ValueError:
                continue
    return found
