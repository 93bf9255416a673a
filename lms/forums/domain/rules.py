"""When a post may still be changed, and whom the mail about one reaches, and how."""

from __future__ import annotations

from datetime import datetime, timedelta

from lms.notices.domain import DEFAULTS, Category, Delivery

# The same words by the same person within this time are one message, sent by a second tap of the button.
SAME_MESSAGE_WITHIN = timedelta(minutes=2)

# A choice and when it was made; ``None`` where nothing was chosen.
Choice = tuple[Delivery, datetime] | None


def is_editable(posted_at: datetime, now: datetime, editable_for: timedelta) -> bool:
    """Whether a post is young enough to be changed by its author."""
    return now - posted_at < editable_for


def delivery_here(*choices: Choice) -> Delivery:
    """How mail about an edition's posts reaches somebody: by the latest of their choices, else once a day.

    Args:
        choices: what they chose for discussions everywhere, also by the link in a mail, and for this edition.
    """
    made = [choice for choice in choices if choice is not None]
    return max(made, key=lambda choice: choice[1])[0] if made else DEFAULTS[Category.DISCUSSIONS]


def delivery_when_addressed(usual: Delivery) -> Delivery:
    """How a post reaches somebody to whom it is addressed: at once, unless they want no mail."""
    return Delivery.AT_ONCE if usual is Delivery.DAILY else usual


def is_told(of_topic: bool | None, of_forum: bool | None, *, is_opening: bool) -> bool:
    """Whether somebody is told of a post.

    Args:
        of_topic: what they said of its topic; ``None`` for nothing. Whoever writes in one says yes.
        of_forum: what they said of its forum; ``None`` for nothing, which stands for new topics only.
        is_opening: whether the post begins a topic.
    """
    if of_topic is not None:
        return of_topic
    return is_opening if of_forum is None else of_forum
