"""Who marks what, second markers, and how well they agree."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from lms.assignments.domain.agreement import MarkerRole, SecondMarking, agreement_of
from lms.assignments.domain.allocation import SampleWish
from lms.assignments.marking_forms import SampleForm, SchemeForm, ShareForm
from lms.assignments.models import Assignment
from lms.assignments.queries.assessments import scheme_of, tutors_of
from lms.assignments.queries.marking import QueueRow, marking_queue
from lms.assignments.queries.moderation import totals_by_role
from lms.assignments.queries.work import get_assignment
from lms.assignments.services.allocating import allocate, allocate_evenly, sample_for_second, set_scheme, take_on
from lms.assignments.views.blueprint import blueprint
from lms.core import clock
from lms.core.access import allow
from lms.core.db import row_number, unit_of_work
from lms.core.errors import RuleViolation
from lms.courses.access import coordinators, current_member, teachers

_PLACE = "/editions/<code>/assignments/<key>"
ROWS_A_PAGE = 50


@blueprint.get(f"{_PLACE}/allocation")
@allow(teachers)
def allocation(code: str, key: str) -> str:
    """Who marks what, piece by piece."""
    return _allocation_page(get_assignment(current_member().edition.id, key))


def _allocation_page(assignment: Assignment, form: ShareForm | None = None, fault: str = "") -> str:
    member = current_member()
    tutors = tutors_of(member.edition.id)
    rows = marking_queue(member, assignment.key)
    pages = max(1, -(-len(rows) // ROWS_A_PAGE))
    page = min(max(request.args.get("page", 1, type=int), 1), pages)
    load = {
        person.id: (
            sum(row.marker_id == person.id for row in rows),
            sum(row.marker_id == person.id and row.state.is_waiting for row in rows),
        )
        for person in tutors
    }
    return render_template(
        "assignments/marking/allocation.html",
        assignment=assignment,
        tutors=tutors,
        rows=rows[(page - 1) * ROWS_A_PAGE : page * ROWS_A_PAGE],
        page=page,
        pages=pages,
        page_address=lambda number: url_for(
            "assignments.allocation", code=member.edition.code, key=assignment.key, page=number
        ),
        load=load,
        open_rows=sum(row.marker_id is None and row.state.is_waiting for row in rows),
        form=form or ShareForm(formdata=None, markers=[person.id for person in tutors]).offer(tutors),
        fault=fault,
    )


@blueprint.post(f"{_PLACE}/allocation")
@allow(coordinators)
def share(code: str, key: str) -> Response | tuple[str, int]:
    """Share out what is nobody's yet."""
    member = current_member()
    assignment = get_assignment(member.edition.id, key)
    form = ShareForm().offer(tutors_of(member.edition.id))
    if not form.validate():
        return _allocation_page(assignment, form), 422
    with unit_of_work():
        count = allocate_evenly(member, assignment, marker_ids=form.markers.data, seed=form.seed.data, now=clock.now())
    flash(ngettext("%(num)d marking is shared out.", "%(num)d markings are shared out.", count))
    return redirect(url_for("assignments.allocation", code=code, key=key), 303)


@blueprint.post("/editions/<code>/marking/<int:submission_id>/<any(first, second, third):role>/allocation")
@allow(teachers)
def allocate_one(code: str, submission_id: int, role: str) -> Response | tuple[str, int]:
    """Give one marking to somebody; a tutor may take one that is nobody's."""
    member, now, turn = current_member(), clock.now(), MarkerRole(role)
    assignment = get_assignment(member.edition.id, request.form.get("assignment", ""))
    marker_id = request.form.get("marker", type=row_number)
    try:
        with unit_of_work():
            if not member.is_coordinating and marker_id == member.person.id:
                is_mine = take_on(member, assignment, submission_id=submission_id, role=turn, now=now)
                said = _("It is yours to mark.") if is_mine else _("A colleague was faster: it is theirs.")
            else:
                allocate(
                    member, assignment, submission_id=submission_id, role=turn, marker_id=marker_id or None, now=now
                )
                said = _("Who marks this is saved.")
    except RuleViolation as refusal:
        return _allocation_page(assignment, fault=refusal.message), refusal.status
    flash(said)
    return redirect(url_for("assignments.allocation", code=code, key=assignment.key), 303)


@blueprint.get(f"{_PLACE}/moderation")
@allow(teachers)
def moderation(code: str, key: str) -> str:
    """How the assignment is marked, which work has a second marker, and how well the markers agree."""
    return _moderation_page(get_assignment(current_member().edition.id, key))


def _moderation_page(assignment: Assignment, form: SchemeForm | None = None, sample: SampleForm | None = None) -> str:
    member = current_member()
    scheme = scheme_of(assignment.id)
    rows = marking_queue(member, assignment.key)
    totals = totals_by_role(assignment)
    pairs = [
        (found[MarkerRole.FIRST], found[MarkerRole.SECOND])
        for found in totals.values()
        if {MarkerRole.FIRST, MarkerRole.SECOND} <= found.keys()
    ]
    return render_template(
        "assignments/marking/moderation.html",
        assignment=assignment,
        scheme=scheme,
        form=form
        or SchemeForm(
            formdata=None, second=scheme.second, third_from=scheme.third_from, is_anonymous=scheme.is_anonymous
        ),
        sample=sample or SampleForm(formdata=None, count=5),
        agreement=agreement_of(pairs, scheme.third_from),
        second=[row for row in rows if row.role is MarkerRole.SECOND],
        third=[row for row in rows if row.role is MarkerRole.THIRD],
        works=len({row.submission_id for row in rows}),
        totals=_shown_totals(rows, totals) if member.is_coordinating else {},
    )


def _shown_totals(
    rows: Sequence[QueueRow], totals: dict[tuple[int | None, int | None], dict[MarkerRole, Decimal]]
) -> dict[tuple[int | None, int | None], dict[MarkerRole, Decimal]]:
    """The totals that a coordinator may read: none of work that they could still mark themselves."""
    owed = {row.owner for row in rows if row.state.is_waiting}
    return {owner: found for owner, found in totals.items() if owner not in owed}


@blueprint.post(f"{_PLACE}/moderation")
@allow(coordinators)
def save_scheme(code: str, key: str) -> Response | tuple[str, int]:
    """Say how the assignment is marked."""
    member = current_member()
    assignment = get_assignment(member.edition.id, key)
    form = SchemeForm()
    if not form.validate():
        return _moderation_page(assignment, form), 422
    try:
        with unit_of_work():
            set_scheme(
                member, assignment, second=SecondMarking(form.second.data), third_from=form.third_from.data or Decimal(0),
                is_anonymous=bool(form.is_anonymous.data), now=clock.now(),
            )  # fmt: skip
    except RuleViolation as refusal:
        form.form_errors.append(refusal.message)
        return _moderation_page(assignment, form), refusal.status
    flash(_("How this work is marked is saved."))
    return redirect(url_for("assignments.moderation", code=code, key=key), 303)


@blueprint.post(f"{_PLACE}/moderation/sample")
@allow(coordinators)
def draw(code: str, key: str) -> Response | tuple[str, int]:
    """Draw the sample that is marked a second time."""
    member = current_member()
    assignment = get_assignment(member.edition.id, key)
    form = SampleForm()
    if not form.validate():
        return _moderation_page(assignment, sample=form), 422
    wish: dict[str, Any] = {"count": form.count.data, "percent": form.percent.data}
    with unit_of_work():
        added = sample_for_second(
            member,
            assignment,
            SampleWish(
                form.seed.data,
                **wish,
                with_extremes=bool(form.with_extremes.data),
                with_borders=bool(form.with_borders.data),
            ),
            clock.now(),
        )
    flash(ngettext("%(num)d piece of work gets a second marker.", "%(num)d pieces of work get a second marker.", added))
    return redirect(url_for("assignments.moderation", code=code, key=key), 303)
