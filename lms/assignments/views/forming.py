"""Where a coordinator looks at a proposal of balanced groups before it is saved, and lets people choose themselves."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from lms.accounts.forms import ORGANISATION_TYPES, SEXES
from lms.accounts.places import city_of, country_name
from lms.assignments.domain.forming import USUAL_TRAITS
from lms.assignments.group_forms import AgreementForm, ProposalForm, SignUpForm
from lms.assignments.services.forming import Proposal, adjusted, make_groups, propose_groups, save_proposal
from lms.assignments.services.sign_up import remove_sign_up, save_sign_up
from lms.assignments.views.blueprint import blueprint
from lms.assignments.views.groups import number_in, show_groups
from lms.core import clock
from lms.core.access import allow
from lms.core.db import unit_of_work
from lms.core.errors import RuleViolation
from lms.core.i18n import LANGUAGE_NAMES
from lms.core.web import interface_language
from lms.courses.access import coordinators, current_member
from lms.courses.wording import COLUMN_NAMES


def another_number() -> int:
    """A number for a draw that is short enough to be read out."""
    return 1 + secrets.randbelow(9999)


def _asked(values: MultiDict[str, str]) -> ProposalForm:
    form = ProposalForm(formdata=values)
    if "traits" not in values and "who" not in values:  # the page before the first choice
        form.traits.data = list(USUAL_TRAITS)
    return form


def _proposal(form: ProposalForm) -> Proposal:
    return propose_groups(
        current_member(),
        count=form.count.data,
        traits=form.traits.data or (),
        seed=form.seed.data,
        is_everybody=form.who.data == "everybody",
    )


@blueprint.get("/editions/<code>/groups/proposal")
@allow(coordinators)
def proposal(code: str) -> str | tuple[str, int] | Response:
    """Who would be in which group, and how even that is; nothing is saved yet. Without numbers, where they are chosen."""
    if not request.args:
        return redirect(url_for("assignments.groups", code=code, _anchor="propose"), 303)
    form = _asked(request.args)
    if not form.validate():
        return show_groups(proposing=form), 422
    try:
        return _page(form, _proposal(form))
    except RuleViolation as refusal:
        form.form_errors.append(refusal.message)
        return show_groups(proposing=form), refusal.status


def _page(form: ProposalForm, found: Proposal, agreement: AgreementForm | None = None) -> str:
    return render_template(
        "assignments/proposal.html",
        form=form,
        proposal=found,
        balance=found.balance,
        agreement=agreement or AgreementForm(formdata=None),
        another=another_number(),
        trait_names=COLUMN_NAMES,
        value_name=value_name,
    )


def value_name(trait: str, value: str) -> str:
    """A value of a trait as people call it."""
    if not value:
        return str(_("not stated"))
    named: Mapping[str, Any] = {"sex": SEXES, "organisation_type": ORGANISATION_TYPES, "language": LANGUAGE_NAMES}
    if trait == "country":
        return country_name(value, interface_language())
    if trait == "time_zone":
        return city_of(value, interface_language())
    return str(named.get(trait, {}).get(value, value))


@blueprint.post("/editions/<code>/groups/proposal")
@allow(coordinators)
def save_groups(code: str) -> Response | str | tuple[str, int]:
    """Look at the balance with people moved by hand, or save the groups."""
    form = _asked(request.form)
    if not form.validate():
        return show_groups(proposing=form), 422
    found = adjusted(_proposal(form), _places())
    agreement = AgreementForm()
    if request.form.get("then") != "save":
        return _page(form, found, agreement)
    if found.moves and not agreement.agree.data:
        agreement.agree.errors = [_("Say that these people may leave their group, then save.")]
        return _page(form, found, agreement), 422
    with unit_of_work():
        placed, elsewhere = save_proposal(
            current_member(), found, _seen_places(), is_move_agreed=bool(agreement.agree.data), now=clock.now()
        )
    flash(
        ngettext(
            "%(num)d person was placed with draw number %(seed)s. You can still move anybody.",
            "%(num)d people were placed with draw number %(seed)s. You can still move anybody.",
            placed,
            seed=found.seed,
        )
    )
    if elsewhere:
        flash(
            _("Somebody else has just moved %(names)s. They stay where they are now.", names=_(", ").join(elsewhere)),
            "warning",
        )
    return redirect(url_for("assignments.groups", code=code), 303)


def _places() -> dict[int, str]:
    """Where the form puts each person."""
    found = {}
    for name, value in request.form.items():
        enrolment_id = number_in(name.removeprefix("place-")) if name.startswith("place-") else None
        if enrolment_id is not None:
            found[enrolment_id] = value
    return found


def _seen_places() -> dict[int, int | None]:
    """Where each person was when the page was made."""
    found = {}
    for name, value in request.form.items():
        enrolment_id = number_in(name.removeprefix("was-")) if name.startswith("was-") else None
        if enrolment_id is not None:
            found[enrolment_id] = number_in(value)
    return found


@blueprint.post("/editions/<code>/groups/sign-up")
@allow(coordinators)
def set_sign_up(code: str) -> Response | tuple[str, int]:
    """Let participants choose their group between two instants."""
    form, member, now = SignUpForm(), current_member(), clock.now()
    if not form.validate():
        return show_groups(signing_up=form), 422
    opens_at, closes_at = form.instants(member.edition)
    with unit_of_work():
        made = make_groups(member, form.groups.data, now)
        save_sign_up(member, opens_at=opens_at, closes_at=closes_at, capacity=form.capacity.data, now=now)
    flash(_("Participants can choose their group in this time."))
    if made:
        flash(ngettext("%(num)d empty group was made.", "%(num)d empty groups were made.", made))
    return redirect(url_for("assignments.groups", code=code), 303)


@blueprint.post("/editions/<code>/groups/sign-up/removal")
@allow(coordinators)
def unset_sign_up(code: str) -> Response:
    """Let nobody choose any more."""
    with unit_of_work():
        remove_sign_up(current_member(), now=clock.now())
    flash(_("Participants choose no group any more. Everybody stays where they are."))
    return redirect(url_for("assignments.groups", code=code), 303)
