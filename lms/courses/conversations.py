"""Where else the people of an edition talk, and what is said there: features beside the forums add themselves.

So that a page can lead to every conversation, and a search find it, without one feature knowing the other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lms.courses.permissions import Member


@dataclass(frozen=True, slots=True)
class Place:
    """A conversation that the actor may read: what people call it, where it is, and how much is said there."""

    name: str
    endpoint: str
    values: Mapping[str, Any]
    messages: int
    last_at: datetime | None


@dataclass(frozen=True, slots=True)
class Said:
    """One message of such a conversation, in Markdown. ``author`` is empty for somebody who has left."""

    place: str
    author: str
    body: str
    said_at: datetime
    endpoint: str
    values: Mapping[str, Any]


PlacesReader = Callable[[Member], Sequence[Place]]
SaidReader = Callable[[Member], Sequence[Said]]

_places: dict[str, tuple[PlacesReader, SaidReader]] = {}


def add_conversations(feature: str, places: PlacesReader, said: SaidReader) -> None:
    """Add a feature's conversations. Both readers answer with what the actor may read, and with nothing else.

    Args:
        said: the latest messages first, up to a number that the feature sets.
    """
    _places[feature] = (places, said)


def conversations_of(actor: Member) -> list[Place]:
    """The conversations beside the forums that the actor may read."""
    return [place for places, _said in _places.values() for place in places(actor)]


def said_beside(actor: Member) -> list[Said]:
    """What was said in them lately, the latest first within each feature."""
    return [one for _places_of, said in _places.values() for one in said(actor)]
