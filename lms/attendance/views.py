"""The agenda of an edition."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _

from lms.attendance.domain import session_state
from lms.attendance.forms import SessionForm
from lms.attendance.queries import get_session, sessions_of
from lms.attendance.services import change_session
from lms.core import clock
from lms.core.access import allow
from lms.core.db import unit_of_work
from lms.courses.access import coordinators, current_member, learners_and_teachers

blueprint = Blueprint("attendance", __name__)


@blueprint.get("/editions/<code>/agenda")
@allow(learners_and_teachers)
def agenda(code: str) -> str:
    """When the edition meets, on the reader's clock too, and where one joins."""
    now = clock.now()
    sessions = [(s, session_state(s.starts_at, s.minutes, now)) for s in sessions_of(current_member().edition)]
    return render_template("attendance/agenda.html", sessions=sessions)


@blueprint.route("/editions/<code>/agenda/<key>", methods=["GET", "POST"])
@allow(coordinators)
def session(code: str, key: str) -> Any:
    """Move a session or say where one joins it."""
    member = current_member()
    found = get_session(member.edition, key)
    local = found.starts_at.astimezone(ZoneInfo(member.edition.time_zone))
    form = SessionForm(data={"day": local.date(), "at": local.time(), "minutes": found.minutes, "link": found.link})
    if not form.validate_on_submit():
        page = render_template("attendance/session.html", form=form, session=found)
        return (page, 422) if form.is_submitted() else page
    with unit_of_work():
        change_session(
            member,
            key,
            day=form.day.data,
            at=form.at.data,
            minutes=form.minutes.data,
            link=form.link.data or "",
            now=clock.now(),
        )
    flash(_("The session is changed. Participants see it on the agenda from now on."))
    return redirect(url_for(".agenda", code=code), 303)
