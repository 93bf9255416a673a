"""How an edition's instants are shown: in the edition's zone, in the reader's own, and how far away."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from flask import g
from flask_babel import format_timedelta
from flask_babel import gettext as _
from markupsafe import Markup

from lms.core import clock
from lms.core.web import moment_filter


def place_of(time_zone: str, place: str = "") -> str:
    """The city by which people know a zone: the edition's place, else the zone's own city."""
    return place or time_zone.rpartition("/")[2].replace("_", " ")


def distance(instant: datetime) -> str:
    """“in 2 days”, “3 hours ago”."""
    return str(format_timedelta(instant - clock.now(), granularity="minute", add_direction=True, threshold=1.2))


def deadline(instant: datetime, form: str = "long", relative: bool = True) -> Markup:
    """An instant on both clocks: “Friday 2 December, 23:59 in Turin · Saturday 3 December, 00:59 in Harare · in 2 days”.

    The second clock is left out where both show the same.
    """
    edition, person = g.member.edition, g.member.person
    shown = [
        _(
            "%(moment)s in %(place)s",
            moment=moment_filter(instant, edition.time_zone, form),
            place=place_of(edition.time_zone, edition.place),
        )
    ]
    if (
        instant.astimezone(ZoneInfo(edition.time_zone)).utcoffset()
        != instant.astimezone(ZoneInfo(person.time_zone)).utcoffset()
    ):
        shown.append(
            _(
                "%(moment)s in %(place)s",
                moment=moment_filter(instant, person.time_zone, form),
                place=place_of(person.time_zone),
            )
        )
    if relative:
        shown.append(distance(instant))
    return Markup('<time datetime="{}" class="deadline">{}</time>').format(
        instant.isoformat(), Markup(" · ").join(Markup("<span>{}</span>").format(part) for part in shown)
    )
