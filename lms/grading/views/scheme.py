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
from lms.grading.domain.simulation import may_leave
from lms.grading.hooks import announced_work, offered_work
from lms.grading.queries import get_scheme
from lms.grading.queries.schemes import scheme_versions, used_item_keys
from lms.grading.queries.simulation import Simulation, issued_kinds, simulate
from lms.grading.scheme_forms import Ground, SchemeDraft, SchemeForm, changed_by
from lms.grading.services.scheme_changes import change_scheme
from lms.grading.views.blueprint import blueprint

Answer = Response | str | tuple[str, int]
SHOWN_CHANGES = 50


@blueprint.get("/editions/<code>/gradebook/scheme")
@allow(coordinators)
def scheme(code: str) -> str:
    """The scheme in force, ready to be changed, and the versions before it."""
    ground = _ground()
    return _page(ground, SchemeDraft.of(ground.scheme), SchemeForm(formdata=None, based_on=ground.number))


def _ground() -> Ground:
    edition = current_member().edition
    version, in_force = get_scheme(edition.id)
    return Ground(in_force, version.number, edition.languages, offered_work(edition.id))


@blueprint.post("/editions/<code>/gradebook/scheme")
@allow(coordinators)
def save_scheme(code: str) -> Answer:
    """Add something or take it out; try a change on the class; save it once it was tried and has a reason."""
    member, ground, form = current_member(), _ground(), SchemeForm()
    if "do" in request.form:
        fields, focus = changed_by(request.form.to_dict(), request.form["do"], ground)
        return _page(ground, SchemeDraft.read(ground, fields).without_faults(), form, focus=focus)
    draft = SchemeDraft.read(ground, request.form)
    simulation = None
    if not draft.faults:
        simulation = simulate(member.edition, draft.scheme)
        draft = draft.with_faults(simulation.faults)
    if draft.faults:
        return _page(ground, draft, form), 422
    if request.form.get("action") != "save" or form.simulated.data != draft.digest:
        return _page(ground, draft, form, simulation)
    if not form.validate():
        return _page(ground, draft, form, simulation), 422
    try:
        with unit_of_work():
            version, done = change_scheme(
                member, scheme=draft.scheme, based_on=form.based_on.data, reason=form.reason.data, now=clock.now()
            )
            number, people = version.number, len(done.tier_changes)
    except RuleViolation as refusal:
        form.form_errors.append(refusal.message)
        return _page(ground, draft, form, simulation), refusal.status
    flash(
        _(
            "Version %(number)s of the scheme holds from now on. People who change certificate: %(people)s.",
            number=number,
            people=people,
        )
    )
    return redirect(url_for(".scheme", code=code), 303)


def _page(
    ground: Ground, draft: SchemeDraft, form: SchemeForm, simulation: Simulation | None = None, focus: str = ""
) -> str:
    edition = current_member().edition
    used, issued, added = used_item_keys(edition.id), issued_kinds(edition.id), ground.added(draft.scheme)
    return render_template(
        "grading/scheme.html",
        draft=draft,
        form=form,
        simulation=simulation,
        shown_changes=SHOWN_CHANGES,
        versions=scheme_versions(edition.id),
        focus=focus,
        added=added,
        may_go={item.key for item in draft.scheme.items if item.key in added or may_leave(item, used)}
        | {tier.key for tier in draft.scheme.tiers if tier.key not in issued},
        offered=ground.still_offered(draft.scheme),
        arrivals=announced_work(current_member()),
        languages=ground.languages,
    )
