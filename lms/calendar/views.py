"""A person's own dates, and the address at which their calendar programme reads them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, current_app, flash, g, redirect, render_template, request, url_for
from flask_babel import force_locale, ngettext
from flask_babel import gettext as _

from lms.accounts.access import current_person, signed_in
from lms.accounts.models import Person
from lms.attendance.appointments import identity
from lms.attendance.attending import join_token
from lms.attendance.queries import sessions_of
from lms.calendar import services
from lms.calendar.domain import Kind, OwnDate, by_week, monday_of
from lms.calendar.queries import addresses_in, find_feed, my_places, own_dates
from lms.calendar.wording import summary_of
from lms.core import clock
from lms.core.access import allow, anyone
from lms.core.calendars import MEDIA_TYPE, Appointment, write_calendar
from lms.core.db import unit_of_work
from lms.core.outbox import is_given_up, stuck_letters, try_again
from lms.courses.access import coordinators, current_member

blueprint = Blueprint("calendar", __name__)


@blueprint.get("/calendar")
@allow(signed_in)
def index() -> str:
    """All dates of the person, week by week on their own clock; those of the past where asked for."""
    person, now = current_person(), clock.now()
    places = my_places(person)
    today = now.astimezone(ZoneInfo(person.time_zone)).date()
    dates = [one for member in places for one in own_dates(member, now)]
    first = monday_of(today)
    shows_all = request.args.get("show") == "all"
    weeks = [week for week in by_week(dates, person.time_zone) if shows_all or week[0] >= first]
    feed = find_feed(person.id)
    return render_template(
        "calendar/index.html",
        weeks=weeks,
        editions={member.edition.id: member.edition for member in places},
        languages=tuple(dict.fromkeys(language for member in places for language in member.edition.languages)),
        this_week=first,
        next_week=first + timedelta(days=7),
        today=today,
        shows_all=shows_all,
        has_dates=bool(dates),
        address=None if feed is None or not feed.is_open else _address_of(person, feed),
        kinds=Kind,
    )


def _address_of(person: Person, feed: Any) -> str:
    return str(current_app.config["PUBLIC_URL"] + url_for(".feed", token=services.feed_token(person, feed)))


@blueprint.post("/calendar/address")
@allow(signed_in)
def renew() -> Any:
    """Make an address for the calendar, or another in its place; or none."""
    person = current_person()
    with unit_of_work():
        if request.form.get("wanted") == "no":
            services.close_feed(person, clock.now())
            sentence = _("Your calendar can no longer be read from outside.")
        else:
            services.renew_feed(person, clock.now())
            sentence = _("Here is your calendar’s address. One given before leads nowhere from now on.")
    flash(sentence)
    return redirect(url_for(".index", _anchor="address"), 303)


@blueprint.get("/calendar/<token>.ics")
@allow(anyone)
def feed(token: str) -> Response:
    """A person's dates as their calendar programme reads them, in their language; it does not sign in."""
    person = services.reader_of(token)
    now = clock.now()
    g.language = person.language
    with force_locale(person.language):
        appointments = [
            appointment
            for member in my_places(person)
            for appointment in _appointments(person, member, own_dates(member, now))
        ]
        content = write_calendar(appointments, name=_("My courses"), stamped_at=now)
    response = Response(content, content_type=MEDIA_TYPE)
    response.headers.set("Content-Disposition", "inline", filename="segin.ics")
    response.headers["Cache-Control"] = "private, max-age=900"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _appointments(person: Person, member: Any, dates: list[OwnDate]) -> list[Appointment]:
    public_url = current_app.config["PUBLIC_URL"]
    g.edition_languages = tuple(member.edition.languages)
    session_ids = {one.key: one for one in sessions_of(member.edition)}
    found = []
    for one in dates:
        way_in = ""
        name: tuple[object, ...] = (one.kind.value, one.feature, one.edition_id, one.key)
        if one.kind is Kind.SESSION:
            session = session_ids[one.key]
            name = ("session", session.id)  # as in the file of the session alone
            token = join_token(session.id, member.enrolment.id) if member.is_participant else ""
            way_in = public_url + url_for("attendance.join", token=token) if token else session.link
        found.append(
            Appointment(
                uid=identity(public_url, *name),
                summary=f"{summary_of(one)} ({one.code})",
                starts_at=one.starts_at,
                ends_at=one.ends_at,
                sequence=one.sequence,
                url=public_url + url_for(one.endpoint, **one.place),
                location=way_in,
                is_cancelled=one.is_cancelled,
                is_deadline=one.kind is not Kind.SESSION,
            )
        )
    return found


@blueprint.route("/editions/<code>/letters", methods=["GET", "POST"])
@allow(coordinators)
def letters(code: str) -> Any:
    """The letters to people of the edition that did not leave, and why; they can be tried anew."""
    stuck = stuck_letters(addresses_in(current_member().edition))
    if request.method == "POST":
        with unit_of_work():
            count = try_again(stuck, clock.now())
        flash(ngettext("%(num)d letter is tried again.", "%(num)d letters are tried again.", count))
        return redirect(url_for(".letters", code=code), 303)
    return render_template("notices/letters.html", letters=stuck, is_given_up=is_given_up)
