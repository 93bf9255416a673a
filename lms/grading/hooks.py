"""What activities do when somebody gets a later deadline, marks that they hold back, and work that may earn points.

They add themselves when the app is built, so that ``grading`` need not know them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from lms.courses.domain.content import Text
from lms.courses.permissions import Member


@dataclass(frozen=True, slots=True)
class Work:
    """Work of an activity that a grading scheme may take in; ``key`` is that of its grade item, ``kind`` as in the plan.

    ``maximum`` is what its rubric is worth; ``None`` where the scheme is free to say.
    """

    key: str
    kind: str
    title: Text
    due_at: datetime | None
    maximum: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Arrival:
    """Work of a newer release that an edition has not; ``release`` is its number, ``endpoint`` the page that adds it."""

    title: Text
    release: int
    endpoint: str


# Edition, key of the grade item, enrolments of the people concerned, now.
ExtensionHook = Callable[[int, str, Collection[int], datetime], object]
Offer = Callable[[int], Sequence[Work]]
Announcer = Callable[[Member], Sequence[Arrival]]
HeldCount = Callable[[int], dict[str, int]]
HeldPost = Callable[[Member, Collection[str], datetime], None]

# By feature name, so that building the app twice in a process registers nothing twice.
_on_extension: dict[str, ExtensionHook] = {}
_held: dict[str, tuple[HeldCount, HeldPost]] = {}
_offers: dict[str, Offer] = {}
_announcers: dict[str, Announcer] = {}


def on_extension_granted(feature: str, hook: ExtensionHook) -> None:
    """Call the hook, in the granting transaction, with each later deadline."""
    _on_extension[feature] = hook


def extension_granted(edition_id: int, item_key: str, enrolment_ids: Collection[int], now: datetime) -> None:
    """Tell the activities."""
    for hook in _on_extension.values():
        hook(edition_id, item_key, enrolment_ids, now)


def hold_marks(feature: str, count: HeldCount, post: HeldPost) -> None:
    """Ask the feature how many finished marks it holds, by item of an edition, and to post them at the release."""
    _held[feature] = count, post


def held_marks(edition_id: int) -> dict[str, int]:
    """Finished marks that wait for the release outside the gradebook, by item."""
    counts: dict[str, int] = {}
    for count, _post in _held.values():
        for key, number in count(edition_id).items():
            counts[key] = counts.get(key, 0) + number
    return counts


def post_held_marks(actor: Member, item_keys: Collection[str], now: datetime) -> None:
    """Put the held marks of these items into the gradebook."""
    for _count, post in _held.values():
        post(actor, item_keys, now)


def offer_work(feature: str, offer: Offer) -> None:
    """Ask the feature which work of an edition may earn points from now on: nobody has been marked in it yet."""
    _offers[feature] = offer


def offered_work(edition_id: int) -> list[Work]:
    """Work that may earn points from now on, whether the scheme has it or not."""
    return [work for offer in _offers.values() for work in offer(edition_id)]


def announce_work(feature: str, announcer: Announcer) -> None:
    """Ask the feature what a newer release of the course has, and the coordinator's edition has not taken in."""
    _announcers[feature] = announcer


def announced_work(member: Member) -> list[Arrival]:
    """Work that came with a newer release and is no part of the member's edition: it does not count there."""
    return [arrival for announcer in _announcers.values() for arrival in announcer(member)]
