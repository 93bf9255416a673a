"""How an edition's instants are shown: in the edition's zone, in the reader's own, and how far away."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from flask import g
from flask_babel import format_timedelta, get_locale
from flask_babel import gettext as _
from markupsafe import Markup

from lms.accounts.models import Person
from lms.accounts.places import city_of
from lms.core import clock
from lms.core.web import interface_language, moment_filter
from lms.courses.models import Edition

# Below so many minutes a unit is spoken in. Each begins with two of it, so that “1 day” never stands above “30 hours”; weeks
# are left out, because eleven days are not two of them.
_DAY = 24 * 60
_SPOKEN_BELOW = {"minute": 2 * 60, "hour": 48 * 60, "day": 60 * 24 * 60, "month": 24 * 30 * 24 * 60}


def place_of(time_zone: str, place: str = "") -> str:
    """The city by which people know a zone: the edition's place, else the zone's own city, in the reader's language."""
    if place not in ("", city_of(time_zone, "en")):
        return place
    return city_of(time_zone, interface_language())


def language_in_words(code: str) -> str:
    """A language inside a sentence, as the reader's language calls it: “French”, “français”."""
    locale = get_locale()
    return str(locale.languages.get(code, code)) if locale else code


def distance(instant: datetime) -> str:
    """“in 2 days”, “30 hours ago”: what is further away never reads as nearer.

    Days are those of the calendar: a Friday evening is “in 4 days” from Monday morning on, not in 5 because it is late.
    """
    now = clock.now()
    minutes = round((instant - now).total_seconds() / 60)
    if abs(minutes) >= _SPOKEN_BELOW["hour"]:
        minutes = (instant.astimezone(UTC).date() - now.astimezone(UTC).date()).days * _DAY
    return _distance(interface_language(), minutes)


@lru_cache(maxsize=4096)
def _distance(language: str, minutes: int) -> str:
    if minutes == 0:
        return str(_("just now"))
    unit = next((unit for unit, limit in _SPOKEN_BELOW.items() if abs(minutes) < limit), "year")
    # No unit reaches the threshold, so the one that was chosen is taken.
    return str(format_timedelta(timedelta(minutes=minutes), granularity=unit, threshold=math.inf, add_direction=True))


def deadline(instant: datetime, form: str = "long", relative: bool = True) -> Markup:
    """An instant on both clocks: “Friday 2 December, 23:59 in Turin · Saturday 3 December, 00:59 in Harare · in 2 days”.

    The second clock is left out where both show the same.
    """
    member, now = g.member, clock.now()
    edition, person = member.edition, member.person
    clocks = _on_both_clocks(
        interface_language(),
        instant,
        form,
        *(edition.time_zone, edition.place, now.astimezone(ZoneInfo(edition.time_zone)).year),
        *(person.time_zone, now.astimezone(ZoneInfo(person.time_zone)).year),
    )
    after = (
        Markup("\N{NO-BREAK SPACE}· <span>{}</span></time>").format(distance(instant))
        if relative
        else Markup("</time>")
    )
    return clocks + after


def clocks(instant: datetime, edition: Edition, person: Person, form: str = "long") -> Markup:
    """An instant on both clocks where no member of an edition opens the page."""
    now = clock.now()
    return _on_both_clocks(
        interface_language(),
        instant,
        form,
        *(edition.time_zone, edition.place, now.astimezone(ZoneInfo(edition.time_zone)).year),
        *(person.time_zone, now.astimezone(ZoneInfo(person.time_zone)).year),
    ) + Markup("</time>")


@lru_cache(maxsize=2048)
def _on_both_clocks(
    language: str, instant: datetime, form: str, zone: str, place: str, year: int, own_zone: str, own_year: int
) -> Markup:
    """The instant in the edition's zone and in the reader's own, in an element that is left open.

    Args:
        year: the one that runs in the edition's zone, because others are named; ``own_year`` likewise.
    """
    clocks = [(zone, place)]
    if instant.astimezone(ZoneInfo(zone)).utcoffset() != instant.astimezone(ZoneInfo(own_zone)).utcoffset():
        clocks.append((own_zone, ""))
    shown = [
        _("%(moment)s in %(place)s", moment=moment_filter(instant, zone, form), place=place_of(zone, place))
        for zone, place in clocks
    ]
    return Markup('<time datetime="{}" class="deadline">{}').format(
        instant.isoformat(timespec="seconds"),
        Markup("\N{NO-BREAK SPACE}· ").join(Markup("<span>{}</span>").format(part) for part in shown),
    )
