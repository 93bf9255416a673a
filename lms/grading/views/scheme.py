"""The scheme of an edition: what it is, a change tried on the class, and its versions."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from lms.core import clock
from lms.core.access import allow
from lms.core.db import unit_of_work
from lms.core.errors import RuleViolation
from lms.courses.access import coordinators, current_member
from lms.grading.forms import SchemeDraft, SchemeForm
from lms.grading.queries import get_scheme
from lms.grading.queries.schemes import scheme_versions
from lms.grading.queries.simulation import Simulation, simulate
from lms.grading.services.scheme_changes import change_scheme
from lms.grading.views.blueprint import blueprint

Answer = Response | str | tuple[str, int]
SHOWN_CHANGES = 50


@blueprint.get("/editions/<code>/gradebook/scheme")
@allow(coordinators)
def scheme(code: str) -> str:
    """The scheme in force, ready to be changed, and the versions before it."""
    version, in_force = get_scheme(current_member().edition.id)
    return _page(SchemeDraft.of(in_force), SchemeForm(formdata=None, based_on=version.number))


@blueprint.post("/editions/<code>/gradebook/scheme")
@allow(coordinators)
def save_scheme(code: str) -> Answer:
    """Try a change on the class; save it once it was tried and has a reason."""
    member = current_member()
    _version, in_force = get_scheme(member.edition.id)
    form, draft = SchemeForm(), SchemeDraft.read(in_force, request.form)
    simulation = None
    if not draft.faults:
        simulation = simulate(member.edition, draft.scheme)
        draft = draft.with_faults(simulation.faults)
    if draft.faults:
        return _page(draft, form), 422
    if request.form.get("action") != "save" or form.simulated.data != draft.digest:
        return _page(draft, form, simulation)
    if not form.validate():
        return _page(draft, form, simulation), 422
    try:
        with unit_of_work():
            version, done = change_scheme(
                member, scheme=draft.scheme, based_on=form.based_on.data, reason=form.reason.data, now=clock.now()
            )
            number, people = version.number, len(done.tier_changes)
    except RuleViolation as refusal:
        form.form_errors.append(refusal.message)
        return _page(draft, form, simulation), refusal.status
    flash(
        _(
            "Version %(number)s of the scheme holds from now on. People who change certificate: %(people)s.",
            number=number,
            people=people,
        )
    )
    return redirect(url_for(".scheme", code=code), 303)


def _page(draft: SchemeDraft, form: SchemeForm, simulation: Simulation | None = None) -> str:
    return render_template(
        "grading/scheme.html",
        draft=draft,
        form=form,
        simulation=simulation,
        shown_changes=SHOWN_CHANGES,
        versions=scheme_versions(current_member().edition.id),
    )
