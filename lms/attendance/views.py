"""The agenda of an edition, the way into its sessions, and who was there."""

from __future__ import annotations

from string import punctuation
from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, current_app, flash, g, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from lms.attendance import attending, sheets
from lms.attendance.appointments import appointment_of
from lms.attendance.domain import How, SessionState, was_present
from lms.attendance.forms import SessionForm, SheetForm
from lms.attendance.queries import agenda_of, attenders_of, get_session, get_sheet, state_of
from lms.attendance.services import cancel_session, change_session, reinstate_session
from lms.core import clock
from lms.core.access import allow, anyone
from lms.core.calendars import MEDIA_TYPE, write_calendar
from lms.core.db import row_number, unit_of_work
from lms.core.errors import RuleViolation
from lms.core.sheets import SheetFault
from lms.courses.access import coordinators, current_member, learners_and_teachers, teachers
from lms.courses.models import Enrolment

blueprint = Blueprint("attendance", __name__)


@blueprint.get("/editions/<code>/agenda")
@allow(learners_and_teachers)
def agenda(code: str) -> str:
    """When the edition meets, on the reader's clock too, where one joins, and whether one was there."""
    member, now = current_member(), clock.now()
    enrolment_id = member.own_enrolment.id if member.is_participant else None
    agenda = agenda_of(member.edition, enrolment_id)
    sessions = [(one, state_of(one, now)) for one, _record in agenda]
    own = {one.id: was_present(record, one.minimum_minutes) for one, record in agenda}
    tokens = {one.id: attending.join_token(one.id, enrolment_id) for one, _record in agenda if enrolment_id}
    return render_template("attendance/agenda.html", sessions=sessions, own=own, tokens=tokens)


@blueprint.route("/editions/<code>/agenda/<key>", methods=["GET", "POST"])
@allow(coordinators)
def session(code: str, key: str) -> Any:
    """Move a session, say where one joins it and what belongs to it."""
    member = current_member()
    found = get_session(member.edition, key)
    form = SessionForm.for_session(found, member.edition.time_zone)
    if form.validate_on_submit():
        try:
            with unit_of_work():
                change_session(
                    member, key, day=form.day.data, at=form.at.data, minutes=form.minutes.data,
                    particulars=form.particulars(), now=clock.now(),
                )  # fmt: skip
        except RuleViolation as refusal:
            if member.edition.closed_at is not None:
                raise
            form.minimum_minutes.errors = (refusal.message,)
        else:
            flash(_("The session is changed. Participants see it on the agenda from now on."))
            return redirect(url_for(".agenda", code=code), 303)
    page = render_template("attendance/session.html", form=form, session=found, state=state_of(found, clock.now()))
    return (page, 422) if form.is_submitted() else page


@blueprint.post("/editions/<code>/agenda/<key>/cancellation")
@allow(coordinators)
def cancel(code: str, key: str) -> Any:
    """Say that a session does not take place, or that it does after all."""
    member = current_member()
    with unit_of_work():
        if request.form.get("takes_place") == "yes":
            reinstate_session(member, key, clock.now())
            sentence = _("The session takes place again. Participants get a letter in a few minutes.")
        else:
            cancel_session(member, key, clock.now())
            sentence = _("The session is cancelled. Participants get a letter in a few minutes.")
    flash(sentence)
    return redirect(url_for(".agenda", code=code), 303)


@blueprint.get("/editions/<code>/agenda/<key>.ics")
@allow(learners_and_teachers)
def calendar_file(code: str, key: str) -> Response:
    """The session as a file that any calendar takes."""
    member = current_member()
    found = get_session(member.edition, key)
    enrolment_id = member.own_enrolment.id if member.is_participant else None
    appointment = appointment_of(found, member.edition, enrolment_id, current_app.config["PUBLIC_URL"])
    response = Response(write_calendar([appointment], name=code, stamped_at=clock.now()), content_type=MEDIA_TYPE)
    response.headers.set("Content-Disposition", "attachment", filename=f"{code}-{key}.ics")
    return response


def _speak_to(enrolment: Enrolment) -> None:
    """Make the page in the language of whoever a link names, signed in or not."""
    g.language = enrolment.person.language
    g.edition_languages = tuple(enrolment.edition.languages)


@blueprint.route("/join/<token>", methods=["GET", "POST"])
@allow(anyone)
def join(token: str) -> Any:
    """The way into a session under one's own name, signed in or not.

    Opening the address records nothing, since mail programmes look at links by themselves; the button does.
    """
    found, enrolment = attending.read_join_token(token)
    _speak_to(enrolment)
    if request.method == "POST":
        with unit_of_work():
            attending.join_session(token, clock.now())
        # Not straight to the meeting: browsers follow no form to another site under our policy.
        return redirect(url_for(".joined", token=token), 303)
    return render_template(
        "attendance/join.html", session=found, state=state_of(found, clock.now()), token=token,
        edition_held=enrolment.edition, person=enrolment.person,
    )  # fmt: skip


@blueprint.get("/join/<token>/meeting")
@allow(anyone)
def joined(token: str) -> Any:
    """On the way to the meeting, which opens by itself."""
    found, enrolment = attending.read_join_token(token)
    _speak_to(enrolment)
    is_open = state_of(found, clock.now()) is SessionState.RUNNING
    if not is_open:
        return redirect(url_for(".join", token=token), 303)
    page = make_response(render_template("attendance/joined.html", session=found, edition_held=enrolment.edition))
    if found.link:
        # A header takes no other letters; browsers read them back from this, in the name of a site too.
        page.headers["Refresh"] = f"0; url={quote(found.link, safe=punctuation)}"
    return page


@blueprint.route("/editions/<code>/agenda/<key>/attendance", methods=["GET", "POST"])
@allow(teachers)
def attendance(code: str, key: str) -> Any:
    """Who was there; what is known of it can be corrected by hand."""
    member = current_member()
    found = get_session(member.edition, key)
    if request.method == "POST":
        said = {"present": True, "absent": False, "": None}
        by_hand = {
            number: said.get(value) for name, value in request.form.items() if (number := _who(name)) is not None
        }
        with unit_of_work():
            count = attending.set_attendance(member, key, by_hand, clock.now())
        told = ngettext("%(num)d line is changed.", "%(num)d lines are changed.", count)
        flash(told if count else _("Nothing was different, so nothing was changed."))
        return redirect(url_for(".attendance", code=code, key=key), 303)
    return render_template(
        "attendance/attendance.html", session=found, state=state_of(found, clock.now()), people=attenders_of(found)
    )


@blueprint.route("/editions/<code>/agenda/<key>/attendance/import", methods=["GET", "POST"])
@allow(teachers)
def upload(code: str, key: str) -> Any:
    """Take the meeting's list; what it would do is shown before anything is done."""
    member = current_member()
    found = get_session(member.edition, key)
    form = SheetForm()
    if form.validate_on_submit():
        file = form.file.data
        try:
            with unit_of_work():
                content = file.read(sheets.MAX_BYTES + 1)
                sheet_id = sheets.preview_sheet(member, key, content, file.filename or "", clock.now()).id
        except SheetFault as fault:
            form.file.errors = (str(fault),)
        else:
            return redirect(url_for(".sheet", code=code, key=key, sheet_id=sheet_id), 303)
    page = render_template("attendance/import.html", form=form, session=found, state=state_of(found, clock.now()))
    return (page, 422) if form.is_submitted() else page


@blueprint.route("/editions/<code>/agenda/<key>/attendance/import/<int:sheet_id>", methods=["GET", "POST"])
@allow(teachers)
def sheet(code: str, key: str, sheet_id: int) -> Any:
    """What the list says of whom, line by line; confirmed here."""
    member = current_member()
    found = get_session(member.edition, key)
    kept = get_sheet(found, sheet_id)
    if request.method == "POST":
        with unit_of_work():
            counts = sheets.confirm_sheet(member, key, sheet_id, _chosen(), clock.now())
        flash(
            ngettext(
                "The list is taken in: the minutes of %(num)d person are kept.",
                "The list is taken in: the minutes of %(num)d people are kept.",
                counts["people"],
            )
        )
        return redirect(url_for(".attendance", code=code, key=key), 303)
    if kept.confirmed_at is not None:
        return redirect(url_for(".attendance", code=code, key=key), 303)
    matches, people = sheets.matches_of(member, found, kept)
    return render_template(
        "attendance/sheet.html", session=found, sheet=kept, matches=list(enumerate(matches)), people=people, how=How
    )


def _who(field: str) -> int | None:
    """The number in the name of a field such as ``who-12``; ``None`` for any other field."""
    return _number(field[4:]) if field.startswith("who-") else None


def _number(text: str) -> int | None:
    try:
        return row_number(text)
    except ValueError:
        return None


def _chosen() -> dict[int, int]:
    """Whom somebody ticked or picked, by the visitor's place."""
    return {
        place: chosen
        for name, value in request.form.items()
        if (place := _who(name)) is not None and (chosen := _number(value)) is not None
    }
