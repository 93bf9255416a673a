"""The links of an edition, by role. Each feature adds its own, so the page frame need not know the features."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lms.courses.permissions import Member


@dataclass(frozen=True, slots=True)
class Link:
    """A link of the edition's navigation. ``label`` is lazily translated; ``is_for`` tells for whom it stands."""

    position: int
    label: Any
    endpoint: str
    is_for: Callable[[Member], bool]


_links: dict[str, Link] = {}


def add_link(position: int, label: Any, endpoint: str, is_for: Callable[[Member], bool]) -> None:
    """Add a link to every edition page; ``endpoint`` takes the edition's code and nothing else.

    Positions: 10 overview, 20 modules, 30 group and assignments, 40 results, 50 marking, 60 gradebook, 70 people,
    80 evaluation, 85 certificates, 90 report, 95 settings.
    """
    _links[endpoint] = Link(position, label, endpoint, is_for)


def links_for(member: Member) -> list[Link]:
    """The links that a member sees, in order."""
    return sorted((link for link in _links.values() if link.is_for(member)), key=lambda link: link.position)


def link_of(endpoint: str) -> Link:
    """The link to an endpoint that was added."""
    return _links[endpoint]
