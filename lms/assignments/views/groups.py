"""Where coordinators make groups, place people in them, and name ambassadors."""

from __future__ import annotations

import secrets

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from lms.assignments.domain.forming import USUAL_TRAITS, sign_up_state
from lms.assignments.forms import GroupForm, GroupNameForm
from lms.assignments.group_forms import ProposalForm, SignUpForm, sign_up_form
from lms.assignments.queries.groups import (
    get_group,
    groups_in,
    groups_with_submissions,
    members_of,
    placed_participants,
)
from lms.assignments.queries.sign_up import find_sign_up
from lms.assignments.services.groups import (
    Move,
    create_group,
    move_people,
    remove_group,
    update_group,
)
from lms.assignments.views.blueprint import blueprint
from lms.core import clock
from lms.core.access import allow
from lms.core.db import unit_of_work
from lms.courses.access import coordinators, current_member

USUAL_NUMBER_OF_GROUPS = 3


@blueprint.get("/editions/<code>/groups")
@allow(coordinators)
def groups(code: str) -> str:
    """All groups with their people, and who is in none."""
    return show_groups()


def show_groups(
    new: GroupNameForm | None = None,
    proposing: ProposalForm | None = None,
    changed: tuple[int, GroupForm] | None = None,
    signing_up: SignUpForm | None = None,
) -> str:
    """The page of all groups, with a form that was refused in its place."""
    edition = current_member().edition
    people = placed_participants(edition.id)
    found = groups_in(edition.id)
    members = {group.id: [placed.enrolment for placed in people if placed.group_id == group.id] for group in found}
    forms = {
        group.id: GroupForm(
            formdata=None, name=group.name, ambassador=group.ambassador_id or 0, deputy=group.deputy_id or 0
        ).offer(members[group.id])
        for group in found
    }
    if changed is not None:
        forms[changed[0]] = changed[1]
    handed_in = groups_with_submissions(edition.id)
    count = len([group for group in found if group.id not in handed_in]) or USUAL_NUMBER_OF_GROUPS
    sign_up = find_sign_up(edition.id)
    return render_template(
        "assignments/groups.html",
        groups=found,
        people=people,
        members=members,
        forms=forms,
        changed=None if changed is None else changed[1],
        without=[placed for placed in people if placed.group_id is None],
        handed_in=handed_in,
        new=new or GroupNameForm(formdata=None),
        proposing=proposing
        or ProposalForm(formdata=None, count=count, traits=list(USUAL_TRAITS), seed=1 + secrets.randbelow(9999)),
        signing_up=signing_up or sign_up_form(edition, sign_up, -(-len(people) // count) or 6, count),
        sign_up=sign_up,
        sign_up_state=None if sign_up is None else sign_up_state(sign_up.opens_at, sign_up.closes_at, clock.now()),
    )


def _back(code: str) -> Response:
    return redirect(url_for("assignments.groups", code=code), 303)


@blueprint.post("/editions/<code>/groups")
@allow(coordinators)
def create(code: str) -> Response | tuple[str, int]:
    """Make an empty group."""
    form = GroupNameForm()
    if not form.validate():
        return show_groups(new=form), 422
    with unit_of_work():
        create_group(current_member(), name=form.name.data, now=clock.now())
    flash(_("“%(name)s” is there. Put people into it below.", name=form.name.data))
    return _back(code)


@blueprint.post("/editions/<code>/groups/people")
@allow(coordinators)
def move(code: str) -> Response:
    """Put people where the form says, as far as they changed."""
    moves = []
    for name, value in request.form.items():
        enrolment_id = number_in(name[7:]) if name.startswith("person-") else None
        if enrolment_id is None:
            continue
        was = request.form.get(f"was-{enrolment_id}", "")
        if value != was:
            moves.append(Move(enrolment_id, number_in(was), number_in(value)))
    with unit_of_work():
        elsewhere = move_people(current_member(), moves, now=clock.now())
    if elsewhere:
        flash(
            _(
                "Somebody else has just moved %(names)s. They stay where they are now; the rest is saved.",
                names=_(", ").join(elsewhere),
            ),
            "warning",
        )
    else:
        flash(_("The groups are saved."))
    return _back(code)


def number_in(text: str) -> int | None:
    """The row that a field of a form names, or ``None``."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


@blueprint.post("/editions/<code>/groups/<int:group_id>")
@allow(coordinators)
def update(code: str, group_id: int) -> Response | tuple[str, int]:
    """Rename a group and name its ambassador and deputy."""
    member = current_member()
    group = get_group(member.edition.id, group_id)
    form = GroupForm().offer(members_of(group_id))
    if not form.validate():
        return show_groups(changed=(group_id, form)), 422
    with unit_of_work():
        update_group(
            member,
            group,
            name=form.name.data,
            ambassador_id=form.ambassador.data or None,
            deputy_id=form.deputy.data or None,
            now=clock.now(),
        )
    flash(_("“%(name)s” is saved.", name=form.name.data))
    return _back(code)


@blueprint.post("/editions/<code>/groups/<int:group_id>/removal")
@allow(coordinators)
def remove(code: str, group_id: int) -> Response:
    """Remove a group that is empty."""
    member = current_member()
    with unit_of_work():
        remove_group(member, get_group(member.edition.id, group_id), now=clock.now())
    flash(_("The empty group is removed."))
    return _back(code)
