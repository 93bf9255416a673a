"""Pure rules of notices: their categories, how each reaches a person, and when the daily digest is due."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo


class Category(enum.StrEnum):
    """What a notice is about; people say of each category how it reaches them."""

    REMINDERS = "reminders"
    CHANGES = "changes"  # dates that moved, sessions
    RESULTS = "results"
    DISCUSSIONS = "discussions"
    ANNOUNCEMENTS = "announcements"
    TEACHING = "teaching"  # for those who teach or coordinate
    # Receipts, certificates and whatever else somebody must have: always by mail at once, with nothing to switch off.
    NECESSARY = "necessary"


class Delivery(enum.StrEnum):
    """How the notices of a category reach a person; in the page they always stand."""

    AT_ONCE = "at-once"
    DAILY = "daily"
    PAGE = "page"


# In the order of the page of preferences.
CHOSEN = (
    Category.REMINDERS,
    Category.CHANGES,
    Category.RESULTS,
    Category.ANNOUNCEMENTS,
    Category.DISCUSSIONS,
    Category.TEACHING,
)
DEFAULTS: Mapping[Category, Delivery] = {
    **dict.fromkeys(Category, Delivery.AT_ONCE),
    Category.DISCUSSIONS: Delivery.DAILY,
}
# What the link in the daily digest stops: everything that comes in it.
DIGEST = "digest"
DIGEST_HOUR = 7


def delivery_for(category: Category, chosen: Mapping[Category, Delivery]) -> Delivery:
    """How a category reaches somebody who made these choices; what is necessary comes by mail whatever they chose."""
    if category is Category.NECESSARY:
        return Delivery.AT_ONCE
    return chosen.get(category, DEFAULTS[category])


def after_unsubscribing(what: str, chosen: Mapping[Category, Delivery]) -> dict[Category, Delivery]:
    """The choices of somebody who wants no more mail of a category, or no more digests.

    Args:
        what: a category that can be chosen, or ``DIGEST``.

    Raises:
        ValueError: for anything else.
    """
    now_held = {category: delivery_for(category, chosen) for category in CHOSEN}
    if what == DIGEST:
        return {
            category: Delivery.PAGE if delivery is Delivery.DAILY else delivery
            for category, delivery in now_held.items()
        }
    category = Category(what)
    if category not in now_held:
        raise ValueError(what)
    return {**now_held, category: Delivery.PAGE}


def last_digest_at(now: datetime, zone: str) -> datetime:
    """The latest instant at which a digest was due on a person's clock: what was noticed before it goes into it.

    Seven in the morning, every day; in a zone whose clock jumps over it, the instant that the jump leads to.
    """
    local = now.astimezone(ZoneInfo(zone))
    due = local.replace(hour=DIGEST_HOUR, minute=0, second=0, microsecond=0, fold=0)
    if due.astimezone(now.tzinfo) > now:
        due = (local - timedelta(days=1)).replace(hour=DIGEST_HOUR, minute=0, second=0, microsecond=0, fold=0)
    return due.astimezone(now.tzinfo)
