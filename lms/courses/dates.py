"""The dates of everything in an edition: read in one list, changed there, and moved together with its first day."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from flask_babel import get_locale
from flask_babel import gettext as _

from lms.core.audit import record_event
from lms.core.errors import RuleViolation
from lms.core.i18n import localise
from lms.courses.domain.schedule import shifted
from lms.courses.editions import module_openings, set_module_openings, update_settings
from lms.courses.hooks import Dated, read_dates, write_dates
from lms.courses.permissions import Member, require_coordinating, require_running

Instants = tuple[datetime, datetime | None]
DatesHook = Callable[[Member, datetime], None]

# By feature name, so that building the app twice in a process registers nothing twice.
_on_change: dict[str, DatesHook] = {}


def on_dates_changed(feature: str, hook: DatesHook) -> None:
    """Call the hook, in the changing transaction, after dates of an edition were changed for everybody."""
    _on_change[feature] = hook


def set_dates(actor: Member, instants: Mapping[tuple[str, str], Instants], now: datetime) -> int:
    """Change when quizzes, assignments, sessions and the evaluation open and close; return how many changed.

    Attempts that have begun keep the deadline they were begun under, and extensions stay as they were given.

    Args:
        instants: opening and closing by feature and key, as ``read_dates`` gives them; what is left out stays.

    Raises:
        NotAllowed: unless the actor coordinates the edition.
        RuleViolation: where it is closed, or something would close before it opens; nothing is changed then.
    """
    require_coordinating(actor)
    require_running(actor.edition)
    changes: dict[str, Any] = {}
    for feature, one in read_dates(actor.edition):
        opens_at, closes_at = instants.get((feature, one.key), (one.opens_at, one.closes_at))
        if (opens_at, closes_at) == (one.opens_at, one.closes_at):
            continue
        if closes_at is not None and closes_at <= opens_at:
            title = localise(one.title, (get_locale().language, *actor.edition.languages)).text
            raise RuleViolation(_("“%(title)s” would close before it opens. Nothing was changed.", title=title))
        changed = replace(one, opens_at=opens_at, closes_at=closes_at)
        write_dates(actor.edition, feature, changed)
        changes[f"{feature} {one.key}"] = [_plain(one), _plain(changed)]
    if changes:
        for hook in _on_change.values():
            hook(actor, now)
        record_event(
            "dates changed", now=now, actor_id=actor.person.id, subject_type="edition", subject_id=actor.edition.id,
            edition_id=actor.edition.id, changes=changes,
        )  # fmt: skip
    return len(changes)


def _plain(one: Dated) -> list[str]:
    return [one.opens_at.isoformat(), *([one.closes_at.isoformat()] if one.closes_at else [])]


def change_settings(actor: Member, values: Mapping[str, Any], *, moves_dates: bool, now: datetime) -> int:
    """Change an edition's settings and, if wanted, move everything in it with its first day; return by how many days.

    A last day that was left as it was moves too, so that the edition keeps its length.

    Raises:
        NotAllowed, RuleViolation: as ``update_settings``.
    """
    require_coordinating(actor)
    edition = actor.edition
    days = (values["starts_on"] - edition.starts_on).days if moves_dates else 0
    if days and values["ends_on"] == edition.ends_on:
        values = {**values, "ends_on": edition.ends_on + timedelta(days=days)}
    update_settings(actor, values, now)
    if days:
        _move(actor, days, now)
    return days


def _move(actor: Member, days: int, now: datetime) -> None:
    edition = actor.edition
    openings = module_openings(edition)
    set_module_openings(actor, {key: shifted(at, days, edition.time_zone) for key, at in openings.items()}, now)
    moved = {
        (feature, one.key): (
            shifted(one.opens_at, days, edition.time_zone),
            shifted(one.closes_at, days, edition.time_zone) if one.closes_at else None,
        )
        for feature, one in read_dates(edition)
    }
    set_dates(actor, moved, now)
