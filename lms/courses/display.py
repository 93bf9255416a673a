"""How an edition's instants are shown: in the edition's zone, in the reader's own, and how far away."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale
from flask import g
from flask_babel import format_timedelta
from flask_babel import gettext as _
from markupsafe import Markup

from lms.accounts.models import Person
from lms.core import clock
from lms.core.i18n import RIGHT_TO_LEFT
from lms.core.web import interface_language, moment_filter
from lms.courses.models import Edition


def place_of(time_zone: str, place: str = "") -> str:
    """The city by which people know a zone: the edition's place, else the zone's own city, in the reader's letters."""
    city = time_zone.rpartition("/")[2].replace("_", " ")
    if place not in ("", city):
        return place
    language = interface_language()
    return _city(time_zone, language) or city if language in RIGHT_TO_LEFT else city


@lru_cache(maxsize=512)
def _city(time_zone: str, language: str) -> str:
    return str(Locale.parse(language).time_zones.get(time_zone, {}).get("city", ""))


def distance(instant: datetime) -> str:
    """“in 2 days”, “3 hours ago”."""
    return _distance(interface_language(), round((instant - clock.now()).total_seconds() / 60))


@lru_cache(maxsize=4096)
def _distance(language: str, minutes: int) -> str:
    if minutes == 0:
        return str(_("just now"))
    distance = timedelta(minutes=minutes)
    return str(format_timedelta(distance, granularity="minute", add_direction=True, threshold=1.2))


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
    after = Markup(" · <span>{}</span></time>").format(distance(instant)) if relative else Markup("</time>")
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
        Markup(" · ").join(Markup("<span>{}</span>").format(part) for part in shown),
    )
