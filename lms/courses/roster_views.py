"""The people of an edition: who is in it, one by one and from a list."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from lms.accounts.corrections import find_asked_address
from lms.core import clock
from lms.core.access import allow
from lms.core.db import unit_of_work
from lms.core.errors import RuleViolation
from lms.core.sheets import CSV_MEDIA_TYPE, XLSX_MEDIA_TYPE, SheetFault, write_csv, write_xlsx
from lms.core.web import interface_language
from lms.courses import correcting, enrolling, roster_import
from lms.courses.access import coordinators, current_member
from lms.courses.domain.roles import Role
from lms.courses.domain.roster import Outcome
from lms.courses.forms import CorrectionForm, ImportForm, PersonForm, PlaceForm, ReasonForm
from lms.courses.hooks import remarks_on
from lms.courses.models import Enrolment
from lms.courses.roster import (
    SORTS,
    STATUSES,
    RosterFilter,
    get_enrolment,
    get_history,
    get_preview,
    get_roster,
    list_sponsors,
    status_of,
)
from lms.courses.wording import ACTION_NAMES, COLUMN_NAMES, OUTCOME_NAMES, fault_sentence

blueprint = Blueprint("roster", __name__)

Page = str | tuple[str, int] | AnyResponse


def _filter() -> RosterFilter:
    asked = request.args
    sort = asked.get("sort", "name")
    return RosterFilter(
        words=asked.get("q", ""),
        role=asked.get("role", ""),
        sponsor=asked.get("sponsor", ""),
        status=asked.get("status", "") if asked.get("status") in STATUSES else "",
        sort=sort if sort in SORTS else "name",
        descending=asked.get("direction") == "descending",
        page=asked.get("page", 1, type=int),
    )


@blueprint.get("/editions/<code>/people")
@allow(coordinators)
def people(code: str) -> Page:
    """Everybody in the edition, searched, filtered, sorted."""
    wanted = _filter()
    return render_template(
        "editions/people.html",
        found=get_roster(current_member(), wanted),
        wanted=wanted,
        sponsors=list_sponsors(),
        status_of=status_of,
        is_narrowed=bool(wanted.words or wanted.role or wanted.sponsor or wanted.status),
    )


@blueprint.route("/editions/<code>/people/new", methods=["GET", "POST"])
@allow(coordinators)
def enrol(code: str) -> Page:
    """Enrols one person and sends them an invitation."""
    member = current_member()
    spoken = member.edition.languages
    own = member.person.language
    form = PersonForm(language=own if own in spoken else spoken[0])
    form.offer(list_sponsors())
    if not form.validate_on_submit():
        return render_template("editions/enrol.html", form=form), 422 if form.is_submitted() else 200
    with unit_of_work():
        enrolment, is_new = enrolling.enrol_by_address(
            member,
            form.email.data,
            form.full_name.data,
            role=Role(form.role.data),
            sponsors=form.sponsors.data or [],
            profile=form.profile(),
            languages=current_app.config["INTERFACE_LANGUAGES"],
            now=clock.now(),
        )
        name, enrolment_id = enrolment.person.full_name, enrolment.id
    if is_new:
        flash(_("%(name)s is enrolled. A letter is on its way to them.", name=name))
    else:
        flash(_("%(name)s was in this edition already. Nothing was changed.", name=name), "info")
    return redirect(url_for("roster.person", code=code, enrolment_id=enrolment_id), 303)


def _person_page(enrolment: Enrolment, status: int = 200, **forms: Any) -> Page:
    place_form = forms.get("place_form")
    if place_form is None:
        codes = [sponsor.code for sponsor in enrolment.sponsors]
        place_form = PlaceForm(formdata=None, role=enrolment.role, sponsors=codes)
        place_form.offer(list_sponsors())
    return render_template(
        "editions/person.html",
        enrolment=enrolment,
        person=enrolment.person,
        status=status_of(enrolment),
        history=get_history(enrolment),
        action_names=ACTION_NAMES,
        place_form=place_form,
        reason_form=forms.get("reason_form") or ReasonForm(formdata=None),
        link=forms.get("link"),
        can_correct=correcting.can_correct(current_member().person, enrolment.person),
        asked=find_asked_address(
            enrolment.person, clock.now(), for_administrator=current_member().person.is_administrator
        ),
        remarks=remarks_on(enrolment),
    ), status


@blueprint.get("/editions/<code>/people/<int:enrolment_id>")
@allow(coordinators)
def person(code: str, enrolment_id: int) -> Page:
    """One person's place in the edition, its history, and what can be changed."""
    return _person_page(get_enrolment(current_member(), enrolment_id))


def _to_person(code: str, enrolment_id: int) -> AnyResponse:
    return redirect(url_for("roster.person", code=code, enrolment_id=enrolment_id), 303)


@blueprint.post("/editions/<code>/people/<int:enrolment_id>/place")
@allow(coordinators)
def change_place(code: str, enrolment_id: int) -> Page:
    """Change somebody's role and sponsors."""
    member = current_member()
    enrolment = get_enrolment(member, enrolment_id)
    form = PlaceForm()
    form.offer(list_sponsors())
    if not form.validate_on_submit():
        return _person_page(enrolment, 422, place_form=form)
    with unit_of_work():
        enrolling.change_place(
            member, enrolment_id, role=Role(form.role.data), sponsors=form.sponsors.data or [], now=clock.now()
        )
    flash(_("Role and sponsors are saved."))
    return _to_person(code, enrolment_id)


def _say_what_was_done(done: correcting.Corrected) -> None:
    if not done.is_changed:
        flash(_("Nothing was different, so nothing was changed."), "info")
        return
    flash(_("The details are corrected."))
    if done.asked_email:
        flash(
            _("A link is on its way to %(email)s. Until it is opened, the old address counts.", email=done.asked_email),
            "info",
        )


@blueprint.route("/editions/<code>/people/<int:enrolment_id>/details", methods=["GET", "POST"])
@allow(coordinators)
def correct(code: str, enrolment_id: int) -> Page:
    """Corrects somebody's name, organisation, country or address, with the reason for the record."""
    member = current_member()
    enrolment = get_enrolment(member, enrolment_id)
    form = CorrectionForm(obj=enrolment.person)
    if not correcting.can_correct(member.person, enrolment.person):
        return _to_person(code, enrolment_id)  # the person's page says why
    if form.validate_on_submit():
        try:
            with unit_of_work():
                done = correcting.correct_person(
                    member, enrolment_id, form.details(), form.email.data, form.reason.data, clock.now()
                )
        except RuleViolation as refusal:
            form.email.errors = (refusal.message,)
        else:
            _say_what_was_done(done)
            return _to_person(code, enrolment_id)
    page = render_template("editions/correct.html", form=form, enrolment=enrolment, person=enrolment.person)
    return page, 422 if form.is_submitted() else 200


@blueprint.post("/editions/<code>/people/<int:enrolment_id>/asked-address/withdrawal")
@allow(coordinators)
def withdraw_address(code: str, enrolment_id: int) -> Page:
    """End the link that was sent to a new address."""
    with unit_of_work():
        email = correcting.withdraw_asked_address(current_member(), enrolment_id, clock.now())
    if email:
        flash(_("The link sent to %(email)s no longer opens anything. The address stays as it was.", email=email))
    else:
        flash(_("No new address waits here any more."), "info")
    return _to_person(code, enrolment_id)


@blueprint.post("/editions/<code>/people/<int:enrolment_id>/withdrawal")
@allow(coordinators)
def withdraw(code: str, enrolment_id: int) -> Page:
    """Take somebody out of the edition, with a reason; the page that follows offers to take them back."""
    member = current_member()
    enrolment = get_enrolment(member, enrolment_id)
    form = ReasonForm()
    if not form.validate_on_submit():
        return _person_page(enrolment, 422, reason_form=form)
    with unit_of_work():
        enrolling.withdraw(member, enrolment_id, form.reason.data, clock.now())
    flash(_("%(name)s is withdrawn. Their work and marks are kept.", name=enrolment.person.full_name))
    return _to_person(code, enrolment_id)


@blueprint.post("/editions/<code>/people/<int:enrolment_id>/return")
@allow(coordinators)
def take_back(code: str, enrolment_id: int) -> Page:
    """Give somebody their place back."""
    with unit_of_work():
        enrolment = enrolling.take_back(current_member(), enrolment_id, clock.now())
        name = enrolment.person.full_name
    flash(_("%(name)s is in the edition again, with all their work and marks.", name=name))
    return _to_person(code, enrolment_id)


@blueprint.post("/editions/<code>/people/<int:enrolment_id>/invitation")
@allow(coordinators)
def invite_again(code: str, enrolment_id: int) -> Page:
    """Send another invitation."""
    with unit_of_work():
        enrolment = enrolling.invite_again(current_member(), enrolment_id, clock.now())
        email = enrolment.person.email
    flash(_("Another invitation is on its way to %(email)s.", email=email))
    return _to_person(code, enrolment_id)


@blueprint.post("/editions/<code>/people/<int:enrolment_id>/invitation-link")
@allow(coordinators)
def invitation_link(code: str, enrolment_id: int) -> Page:
    """Show a fresh invitation link once, to hand over by another way; it is stored nowhere, so there is no redirect."""
    member = current_member()
    with unit_of_work():
        secret = enrolling.make_invitation_link(member, enrolment_id, clock.now())
    link = current_app.config["PUBLIC_URL"] + url_for("accounts.invitation", secret=secret)
    return _person_page(get_enrolment(member, enrolment_id), link=link)


# From a list


@blueprint.route("/editions/<code>/people/import", methods=["GET", "POST"])
@allow(coordinators)
def upload(code: str) -> Page:
    """Takes the file; what it would do is shown before anything is done."""
    form = ImportForm()
    if not form.validate_on_submit():
        return render_template("editions/import.html", form=form), 422 if form.is_submitted() else 200
    file = form.file.data
    try:
        with unit_of_work():
            preview = roster_import.preview_list(
                current_member(),
                file.read(roster_import.MAX_BYTES + 1),
                file.filename or "",
                current_app.config["INTERFACE_LANGUAGES"],
                clock.now(),
            )
            preview_id = preview.id
    except SheetFault as fault:
        form.file.errors = (str(fault),)
        return render_template("editions/import.html", form=form), 422
    return redirect(url_for("roster.preview", code=code, preview_id=preview_id), 303)


@blueprint.get("/editions/<code>/people/import/template.<any(csv, xlsx):form>")
@allow(coordinators)
def template(code: str, form: str) -> Response:
    """The table to fill in."""
    sheet = roster_import.template_sheet(current_member().edition)
    content, kind = (
        (write_csv(sheet, interface_language()), CSV_MEDIA_TYPE)
        if form == "csv"
        else (write_xlsx([sheet]), XLSX_MEDIA_TYPE)
    )
    response = Response(content, content_type=kind)
    response.headers.set("Content-Disposition", "attachment", filename=f"people-{code}.{form}")
    return response


@blueprint.get("/editions/<code>/people/import/<int:preview_id>")
@allow(coordinators)
def preview(code: str, preview_id: int) -> Page:
    """What the list would do, line by line; after it was carried out, what it did."""
    member = current_member()
    kept = get_preview(member, preview_id)
    if kept.confirmed_at is not None:
        return render_template("editions/import_result.html", preview=kept, outcomes=OUTCOME_NAMES)
    plans = roster_import.plans_of(member, kept)
    counts = {outcome: sum(plan.outcome == outcome for plan in plans) for outcome in Outcome}
    return render_template(
        "editions/import_preview.html",
        preview=kept,
        plans=plans,
        counts=counts,
        outcomes=OUTCOME_NAMES,
        column_names=COLUMN_NAMES,
        fault_sentence=fault_sentence,
    )


@blueprint.post("/editions/<code>/people/import/<int:preview_id>")
@allow(coordinators)
def confirm(code: str, preview_id: int) -> Page:
    """Carry the list out, once."""
    with unit_of_work():
        roster_import.confirm_list(current_member(), preview_id, current_app.config["INTERFACE_LANGUAGES"], clock.now())
    return redirect(url_for("roster.preview", code=code, preview_id=preview_id), 303)
