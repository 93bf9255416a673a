"""One person and one item: how the points came about, and what a coordinator may decide."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from lms.core import clock
from lms.core.access import allow
from lms.core.db import unit_of_work
from lms.core.errors import NotFound, RuleViolation
from lms.core.forms import Form
from lms.courses.access import coordinators, current_member, teachers
from lms.courses.models import Enrolment
from lms.grading import services
from lms.grading.forms import ExtensionForm, PointsForm, ReasonForm
from lms.grading.queries import get_participant, history, standing_of
from lms.grading.queries.deadlines import extensions_of
from lms.grading.views.blueprint import blueprint

Answer = Response | str | tuple[str, int]


@blueprint.get("/editions/<code>/gradebook/<int:enrolment_id>/<item_key>")
@allow(teachers)
def cell(code: str, enrolment_id: int, item_key: str) -> str:
    """The history of somebody's points in an item."""
    return _page(_participant(enrolment_id), item_key, {})


@blueprint.post("/editions/<code>/gradebook/<int:enrolment_id>/<item_key>/points")
@allow(coordinators)
def set_points(code: str, enrolment_id: int, item_key: str) -> Answer:
    """Set the points by hand."""
    form = PointsForm(prefix="points-")
    return _decide(
        form, enrolment_id, item_key, _("The points are set."),
        lambda **who: services.override_points(
            points=form.chosen(), is_complete=form.is_complete.data, reason=form.reason.data, **who
        ),
    )  # fmt: skip


@blueprint.post("/editions/<code>/gradebook/<int:enrolment_id>/<item_key>/excuse")
@allow(coordinators)
def excuse(code: str, enrolment_id: int, item_key: str) -> Answer:
    """Excuse the person from the item."""
    form = ReasonForm(prefix="excuse-")
    return _decide(
        form, enrolment_id, item_key, _("The person is excused from this work."),
        lambda **who: services.excuse(reason=form.reason.data, **who),
    )  # fmt: skip


@blueprint.post("/editions/<code>/gradebook/<int:enrolment_id>/<item_key>/decision")
@allow(coordinators)
def lift_decision(code: str, enrolment_id: int, item_key: str) -> Answer:
    """Take back what was decided by hand."""
    form = ReasonForm(prefix="lift-")
    return _decide(
        form, enrolment_id, item_key, _("The decision made by hand is taken back."),
        lambda **who: services.lift_decision(reason=form.reason.data, **who),
    )  # fmt: skip


@blueprint.post("/editions/<code>/gradebook/<int:enrolment_id>/<item_key>/extension")
@allow(coordinators)
def extend(code: str, enrolment_id: int, item_key: str) -> Answer:
    """Give the person a later deadline."""
    form = ExtensionForm(prefix="extension-")
    zone = current_member().edition.time_zone
    return _decide(
        form, enrolment_id, item_key, _("The deadline is extended, and the person is told by mail."),
        lambda **who: services.grant_extension(due_at=form.due_at(zone), reason=form.reason.data, **who),
    )  # fmt: skip


def _participant(enrolment_id: int) -> Enrolment:
    return get_participant(current_member().edition.id, enrolment_id)


def _decide(form: Form, enrolment_id: int, item_key: str, done: str, act: Callable[..., Any]) -> Answer:
    """Validate, act once, and go back to the cell; a refused form is shown again with what was typed."""
    member, enrolment = current_member(), _participant(enrolment_id)
    if not form.validate():
        return _page(enrolment, item_key, {form._prefix: form}), 422
    try:
        with unit_of_work():
            act(actor=member, enrolment_id=enrolment_id, item_key=item_key, now=clock.now())
    except RuleViolation as refusal:
        form.form_errors.append(refusal.message)
        return _page(enrolment, item_key, {form._prefix: form}), refusal.status
    flash(done)
    return redirect(
        url_for("grading.cell", code=member.edition.code, enrolment_id=enrolment_id, item_key=item_key), 303
    )


def _page(enrolment: Enrolment, item_key: str, forms: dict[str, Form]) -> str:
    member = current_member()
    standing = standing_of(member.edition, enrolment, released_only=False, now=clock.now())
    if item_key not in standing.items or standing.scheme.find_item(item_key) is None:
        raise NotFound(_("This edition has no such graded work."))
    result = standing.result(item_key)
    faulty = next(iter(forms.values()), None)
    return render_template(
        "grading/cell.html",
        standing=standing,
        item=standing.items[item_key],
        result=result,
        history=history(enrolment.id, item_key),
        extensions=extensions_of(standing.items[item_key].id, enrolment.id),
        decided_by_hand=item_key in standing.entries
        and standing.entries[item_key].source in (services.OVERRIDE, services.EXCUSE),
        faulty=faulty,
        points_form=forms.get("points-") or PointsForm(formdata=None, prefix="points-", points=result.points),
        excuse_form=forms.get("excuse-") or ReasonForm(formdata=None, prefix="excuse-"),
        lift_form=forms.get("lift-") or ReasonForm(formdata=None, prefix="lift-"),
        extension_form=forms.get("extension-") or ExtensionForm(formdata=None, prefix="extension-"),
    )
