"""Where a participant who is in no group sees what happens next, and chooses a group while that is open."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from lms.assignments.domain.forming import SignUpState, sign_up_state
from lms.assignments.queries.groups import coordinators_of
from lms.assignments.queries.sign_up import find_sign_up, offers
from lms.assignments.queries.work import standings
from lms.assignments.services.sign_up import GroupFull, join_group, leave_group
from lms.assignments.views.blueprint import blueprint
from lms.assignments.views.groups import number_in
from lms.core import clock
from lms.core.access import allow
from lms.core.db import unit_of_work
from lms.core.errors import NotFound
from lms.courses.access import current_member, participants


def no_group_page(fault: str = "") -> str:
    """What happens next for somebody in no group, and the groups that they can join now."""
    member, now = current_member(), clock.now()
    sign_up = find_sign_up(member.edition.id)
    state = None if sign_up is None else sign_up_state(sign_up.opens_at, sign_up.closes_at, now)
    is_open = sign_up is not None and state is SignUpState.OPEN
    return render_template(
        "assignments/no_group.html",
        standings=standings(member.edition.id, enrolment_id=member.own_enrolment.id, now=now, kind="group"),
        coordinators=coordinators_of(member.edition.id),
        sign_up=sign_up,
        state=state,
        offers=offers(member.edition.id, sign_up.capacity) if is_open and sign_up is not None else [],
        fault=fault,
    )


@blueprint.post("/editions/<code>/group/membership")
@allow(participants)
def join(code: str) -> Response | tuple[str, int]:
    """Take a place in a group."""
    group_id = number_in(request.form.get("group", ""))
    if group_id is None:
        raise NotFound
    try:
        with unit_of_work():
            name = join_group(current_member(), group_id, now=clock.now()).name
    except GroupFull as full:
        return no_group_page(full.message), full.status
    flash(_("You are in “%(name)s” now.", name=name))
    return redirect(url_for("assignments.group", code=code), 303)


@blueprint.post("/editions/<code>/group/membership/removal")
@allow(participants)
def leave(code: str) -> Response:
    """Give one's place up."""
    with unit_of_work():
        leave_group(current_member(), now=clock.now())
    flash(_("You have left the group. Choose another one below."))
    return redirect(url_for("assignments.group", code=code), 303)
