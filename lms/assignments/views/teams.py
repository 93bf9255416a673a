"""A participant's group and its work, and the same page read by those who teach."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from lms.assignments.domain.forming import sign_up_state
from lms.assignments.domain.groups import speakers, votes_for
from lms.assignments.domain.texts import counted_words
from lms.assignments.forms import SubmitForm
from lms.assignments.models import Draft, Group
from lms.assignments.permissions import unseen_assignments
from lms.assignments.queries.groups import get_group, group_of, members_of, nominations_in
from lms.assignments.queries.sign_up import find_sign_up
from lms.assignments.queries.submissions import drafts_of
from lms.assignments.queries.work import Standing, get_assignment, plan_of, standings
from lms.assignments.queries.workspace import talk_of
from lms.assignments.services.groups import WrongNumber, choose_profiles, nominate
from lms.assignments.services.submissions import ChangedSinceCheck, check_work, submit_work
from lms.assignments.views.blueprint import blueprint
from lms.assignments.views.sign_up import no_group_page
from lms.core import clock
from lms.core.access import allow
from lms.core.db import unit_of_work
from lms.core.markdown import count_words
from lms.courses.access import current_member, participants, teachers


@blueprint.get("/editions/<code>/group")
@allow(participants)
def group(code: str) -> str:
    """My group: who is in it, who speaks for it, and its work."""
    member = current_member()
    own = group_of(member.own_enrolment.id)
    if own is None:
        return no_group_page()
    sign_up = find_sign_up(member.edition.id)
    may_leave = sign_up is not None and sign_up_state(sign_up.opens_at, sign_up.closes_at, clock.now()) == "open"
    values = _group_values(own, member.own_enrolment.id)
    has_handed_in = any(standing.handed_in for standing in values["standings"])
    return render_template(
        "assignments/group.html",
        sign_up=sign_up,
        may_leave=may_leave and not has_handed_in,
        talk=talk_of(own.id),
        **values,
    )


def _group_values(group: Group, enrolment_id: int | None) -> dict[str, Any]:
    now = clock.now()
    members = members_of(group.id)
    member_ids = {member.id for member in members}
    nominations = nominations_in(group.id)
    found = standings(group.edition_id, enrolment_id=enrolment_id, group_id=group.id, now=now, kind="group")
    return {
        "group": group,
        "members": members,
        "speakers": speakers(group.ambassador_id, group.deputy_id, member_ids),
        "votes": votes_for(nominations, member_ids),
        "own_vote": nominations.get(enrolment_id) if enrolment_id is not None else None,
        "own_id": enrolment_id,
        "standings": found,
        "drafts": {standing.assignment.id: _drafts(standing) for standing in found},
        "words_of": words_of,
    }


def _drafts(standing: Standing) -> dict[str, Draft]:
    return drafts_of(standing.assignment.id, standing.owner) if standing.owner is not None else {}


def words_of(draft: Draft | None) -> int:
    """Words that count of a draft."""
    return 0 if draft is None else counted_words(count_words(draft.body), draft.file_words)


@blueprint.post("/editions/<code>/group/nomination")
@allow(participants)
def nominate_ambassador(code: str) -> Response:
    """Name a member of my group as ambassador."""
    nominee_id = request.form.get("nominee", type=int) or 0
    with unit_of_work():
        is_elected = nominate(current_member(), nominee_id=nominee_id, now=clock.now())
    if is_elected:
        flash(_("Your choice is saved. More than half of the group agree, so your group has its ambassador."))
    else:
        flash(_("Your choice is saved. You can change it at any time."))
    return redirect(url_for("assignments.group", code=code), 303)


@blueprint.get("/editions/<code>/assignments/<key>/profiles")
@allow(participants)
def profiles(code: str, key: str) -> Response | str:
    """The returnees that my group can work on, with their stories."""
    own = group_of(current_member().own_enrolment.id)
    if own is None:
        return redirect(url_for("assignments.group", code=code), 303)
    return _profiles_page(own, key, own.profile_keys)


def _profiles_page(group: Group, key: str, chosen: list[str], fault: str = "") -> str:
    plan = plan_of(get_assignment(group.edition_id, key))
    return render_template("assignments/profiles.html", group=group, plan=plan, chosen=chosen, fault=fault)


@blueprint.post("/editions/<code>/assignments/<key>/profiles")
@allow(participants)
def save_profiles(code: str, key: str) -> Response | tuple[str, int]:
    """Choose the returnees that my group works on."""
    member = current_member()
    chosen = request.form.getlist("profile")
    try:
        with unit_of_work():
            choose_profiles(member, assignment_key=key, profile_keys=chosen, now=clock.now())
    except WrongNumber as fault:
        own = group_of(member.own_enrolment.id)
        assert own is not None
        return _profiles_page(own, key, chosen, fault.message), 422
    flash(_("Your group’s profiles are saved."))
    return redirect(url_for("assignments.group", code=code), 303)


@blueprint.get("/editions/<code>/groups/<int:group_id>")
@allow(teachers)
def group_work(code: str, group_id: int) -> str:
    """A group's work in progress, to read; handed in here where the group has nobody left to do it."""
    group = get_group(current_member().edition.id, group_id)
    values = _group_values(group, None)
    # Beside the names of the group, what it writes would tell whose work a code stands for.
    unseen = unseen_assignments(current_member())
    values["standings"] = [one for one in values["standings"] if one.assignment.id not in unseen]
    now = clock.now()
    checks = {
        standing.assignment.id: check_work(standing, now) for standing in values["standings"] if standing.may_write
    }
    forms = {
        assignment_id: SubmitForm(formdata=None, number=check.standing.next_number, digest=check.digest)
        for assignment_id, check in checks.items()
    }
    return render_template("assignments/group_work.html", checks=checks, forms=forms, **values)


@blueprint.post("/editions/<code>/groups/<int:group_id>/assignments/<key>/submissions")
@allow(teachers)
def submit_for_group(code: str, group_id: int, key: str) -> Response:
    """Hand in for a group that has neither ambassador nor deputy."""
    form = SubmitForm()
    back = url_for("assignments.group_work", code=code, group_id=group_id)
    if not form.validate():
        return redirect(back, 303)
    try:
        with unit_of_work():
            submission = submit_work(
                current_member(),
                assignment_key=key,
                number=form.number.data,
                digest=form.digest.data,
                now=clock.now(),
                group_id=group_id,
            )
            submission_id = submission.id
    except ChangedSinceCheck as change:
        flash(change.message, "warning")
        return redirect(back, 303)
    return redirect(url_for("assignments.receipt", code=code, submission_id=submission_id), 303)
