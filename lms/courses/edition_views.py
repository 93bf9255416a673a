"""Making and setting up editions."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from lms.accounts.access import current_person
from lms.core import clock
from lms.core.access import allow
from lms.core.db import unit_of_work
from lms.core.errors import RuleViolation
from lms.courses import dates, editions, sponsoring
from lms.courses.access import coordinators, current_member, edition_makers
from lms.courses.date_forms import dates_form
from lms.courses.forms import (
    EditionForm,
    JoinForm,
    ReasonForm,
    SettingsForm,
    SponsorForm,
    module_dates_form,
    settings_form,
)
from lms.courses.hooks import read_dates
from lms.courses.queries import get_content
from lms.courses.roster import list_coordinated, list_courses, list_sponsors
from lms.courses.wording import STATE_NAMES, edition_state

blueprint = Blueprint("editions", __name__)

Page = str | tuple[str, int] | Response


@blueprint.get("/administration")
@allow(edition_makers)
def administration() -> Page:
    """The courses that can be taught and the editions of them."""
    now = clock.now()
    lines = [
        (edition, participants, *STATE_NAMES[edition_state(edition, now)])
        for edition, participants in list_coordinated(current_person())
    ]
    courses = [(course, get_content(course.release_id)) for course in list_courses()]
    return render_template("editions/administration.html", lines=lines, courses=courses)


@blueprint.route("/administration/editions/new", methods=["GET", "POST"])
@allow(edition_makers)
def create() -> Page:
    """Makes an edition of a course; whoever makes it coordinates it."""
    person = current_person()
    form = EditionForm.for_courses(list_courses(), person.time_zone)
    if not form.validate_on_submit():
        return render_template("editions/create.html", form=form), 422 if form.is_submitted() else 200
    try:
        with unit_of_work():
            edition = editions.create_edition(person, form.release_id.data, form.plan(), clock.now())
            code = edition.code
    except RuleViolation as refusal:
        form.form_errors.append(refusal.message)
        return render_template("editions/create.html", form=form), 422
    flash(_("The edition %(code)s is made. Check its dates, enrol people, then open it.", code=code))
    return redirect(url_for("editions.settings", code=code), 303)


def _settings_page(form: SettingsForm, status: int = 200) -> Page:
    edition, now = current_member().edition, clock.now()
    return render_template(
        "editions/settings.html",
        form=form,
        state=STATE_NAMES[edition_state(edition, now)],
        missing=[] if edition.opened_at else editions.missing_for(edition),
        reason_form=ReasonForm(formdata=None),
    ), status


@blueprint.route("/editions/<code>/settings", methods=["GET", "POST"])
@allow(coordinators)
def settings(code: str) -> Page:
    """Title, dates, place and zone, and whether the participants see the edition."""
    member = current_member()
    form = settings_form(member.edition)
    if not form.validate_on_submit():
        return _settings_page(form, 422 if form.is_submitted() else 200)
    with unit_of_work():
        days = dates.change_settings(member, form.values(), moves_dates=form.moves_dates.data, now=clock.now())
    flash(_("The settings are saved."))
    if days:
        flash(ngettext("Everything moved by %(num)s day.", "Everything moved by %(num)s days.", abs(days)))
    return redirect(url_for("editions.settings", code=code), 303)


@blueprint.post("/editions/<code>/opening")
@allow(coordinators)
def open_edition(code: str) -> Page:
    """Let the participants see the edition."""
    with unit_of_work():
        editions.open_edition(current_member(), clock.now())
    flash(_("The edition is open: its participants see it now."))
    return redirect(url_for("editions.settings", code=code), 303)


@blueprint.post("/editions/<code>/reopening")
@allow(coordinators)
def reopen_edition(code: str) -> Page:
    """Open a closed edition again, with a reason for the record."""
    form = ReasonForm()
    if not form.validate_on_submit():
        raise RuleViolation(_("Write the reason in a few words. The edition is still closed."))
    with unit_of_work():
        editions.reopen_edition(current_member(), form.reason.data, clock.now())
    flash(_("The edition is open again. Certificates that were issued stay as they are."))
    return redirect(url_for("editions.settings", code=code), 303)


@blueprint.route("/editions/<code>/settings/modules", methods=["GET", "POST"])
@allow(coordinators)
def module_dates(code: str) -> Page:
    """When each module opens, all in one table."""
    member = current_member()
    modules = get_content(member.edition.release_id).modules
    form = module_dates_form(member.edition, modules, editions.module_openings(member.edition))
    if not form.validate_on_submit():
        page = render_template("editions/module_dates.html", form=form, modules={m.key: m for m in modules})
        return page, 422 if form.is_submitted() else 200
    with unit_of_work():
        changed = editions.set_module_openings(member, form.instants(member.edition), clock.now())
    said = ngettext("%(num)s date is changed.", "%(num)s dates are changed.", changed)
    flash(said if changed else _("Nothing was different, so nothing was changed."))
    return redirect(url_for("editions.module_dates", code=code), 303)


@blueprint.route("/editions/<code>/settings/dates", methods=["GET", "POST"])
@allow(coordinators)
def activity_dates(code: str) -> Page:
    """When quizzes, assignments, live sessions and the evaluation open and close, all in one table."""
    member = current_member()
    form = dates_form(member.edition, read_dates(member.edition))
    if not form.validate_on_submit():
        return render_template("editions/dates.html", form=form), 422 if form.is_submitted() else 200
    with unit_of_work():
        changed = dates.set_dates(member, form.instants(member.edition), clock.now())
    said = ngettext("The dates of %(num)s thing are changed.", "The dates of %(num)s things are changed.", changed)
    flash(said if changed else _("Nothing was different, so nothing was changed."))
    return redirect(url_for("editions.activity_dates", code=code), 303)


@blueprint.route("/editions/<code>/settings/sponsors", methods=["GET", "POST"])
@allow(coordinators)
def sponsors(code: str) -> Page:
    """Who can finance participants, and a form to add another."""
    form = SponsorForm()
    if form.validate_on_submit():
        try:
            with unit_of_work():
                sponsoring.add_sponsor(current_member(), form.code.data, form.name.data, clock.now())
        except RuleViolation as refusal:
            form.code.errors = (refusal.message,)
        else:
            flash(_("%(name)s is added. Name it beside each person that it finances.", name=form.name.data))
            return redirect(url_for("editions.sponsors", code=code), 303)
    page = render_template("editions/sponsors.html", form=form, lines=sponsoring.list_sponsor_lines(current_member()))
    return page, 422 if form.is_submitted() else 200


def _sponsor_page(sponsor_id: int, status: int = 200, **forms: SponsorForm | JoinForm) -> Page:
    member = current_member()
    sponsor = sponsoring.get_sponsor(member, sponsor_id)
    lines = sponsoring.list_sponsor_lines(member)
    join_form = forms.get("join_form") or JoinForm(formdata=None)
    join_form.offer([line.sponsor for line in lines if line.sponsor.id != sponsor_id])
    return render_template(
        "editions/sponsor.html",
        sponsor=sponsor,
        places=next(line.places for line in lines if line.sponsor.id == sponsor_id),
        can_change=sponsoring.can_change(member, sponsor),
        form=forms.get("form") or SponsorForm(formdata=None, obj=sponsor),
        join_form=join_form,
    ), status


@blueprint.route("/editions/<code>/settings/sponsors/<int:sponsor_id>", methods=["GET", "POST"])
@allow(coordinators)
def sponsor(code: str, sponsor_id: int) -> Page:
    """One sponsor: rename it, and the ways to be rid of it."""
    if request.method == "GET":
        return _sponsor_page(sponsor_id)
    form = SponsorForm()
    if not form.validate_on_submit():
        return _sponsor_page(sponsor_id, 422, form=form)
    try:
        with unit_of_work():
            sponsoring.rename_sponsor(current_member(), sponsor_id, form.code.data, form.name.data, clock.now())
    except RuleViolation as refusal:
        form.code.errors = (refusal.message,)
        return _sponsor_page(sponsor_id, 422, form=form)
    flash(_("The sponsor is saved."))
    return redirect(url_for("editions.sponsors", code=code), 303)


@blueprint.post("/editions/<code>/settings/sponsors/<int:sponsor_id>/join")
@allow(coordinators)
def join_sponsor(code: str, sponsor_id: int) -> Page:
    """Let another sponsor stand wherever this one stands."""
    form = JoinForm()
    form.offer([one for one in list_sponsors() if one.id != sponsor_id])
    if not form.validate_on_submit():
        return _sponsor_page(sponsor_id, 422, join_form=form)
    try:
        with unit_of_work():
            other = sponsoring.join_sponsors(current_member(), sponsor_id, form.into.data, clock.now())
            name = other.name
    except RuleViolation as refusal:
        form.into.errors = (refusal.message,)
        return _sponsor_page(sponsor_id, 422, join_form=form)
    flash(_("The two are one now: %(name)s.", name=name))
    return redirect(url_for("editions.sponsors", code=code), 303)


@blueprint.post("/editions/<code>/settings/sponsors/<int:sponsor_id>/deletion")
@allow(coordinators)
def delete_sponsor(code: str, sponsor_id: int) -> Page:
    """Delete a sponsor that finances nobody."""
    with unit_of_work():
        name = sponsoring.delete_sponsor(current_member(), sponsor_id, clock.now())
    flash(_("%(name)s is deleted.", name=name))
    return redirect(url_for("editions.sponsors", code=code), 303)
