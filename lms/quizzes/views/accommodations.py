"""Who has been given more than the rule of a quiz, and the forms that give and withdraw it."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from lms.core import clock
from lms.core.access import allow
from lms.core.db import unit_of_work
from lms.core.errors import NotFound, RuleViolation
from lms.courses.access import coordinators, current_member, teachers
from lms.grading.forms import ReasonForm
from lms.grading.queries import get_participant
from lms.grading.queries.groups import group_names
from lms.quizzes.models import Quiz
from lms.quizzes.queries import get_sitting
from lms.quizzes.queries.accommodations import MOST_FOUND, accommodations_of, find_people, list_accommodations
from lms.quizzes.services.accommodations import grant_accommodation, withdraw_accommodation
from lms.quizzes.setting_forms import AccommodationForm
from lms.quizzes.views.blueprint import blueprint

Answer = Response | str | tuple[str, int]


@blueprint.get("/editions/<code>/quizzes/<key>/accommodations")
@allow(coordinators)
def accommodations(code: str, key: str) -> str:
    """Everything granted in a quiz, what was withdrawn too, and the way to grant more."""
    return _list(get_sitting(current_member(), key).quiz, ReasonForm(formdata=None))


def _list(quiz: Quiz, form: ReasonForm, faulty: int = 0) -> str:
    member, words = current_member(), request.args.get("q", "").strip()[:80]
    page = list_accommodations(member, quiz, request.args.get("page", 1, type=int))
    return render_template(
        "quizzes/accommodations.html",
        quiz=quiz,
        page=page,
        form=form,
        faulty=faulty,
        words=words,
        found=find_people(member, words) if words else [],
        most_found=MOST_FOUND,
        groups=group_names(member.edition.id),
        address=lambda number: url_for(".accommodations", code=member.edition.code, key=quiz.key, page=number),
    )


@blueprint.route("/editions/<code>/quizzes/<key>/accommodations/people/<int:enrolment_id>", methods=["GET", "POST"])
@allow(coordinators)
def grant_to_person(code: str, key: str, enrolment_id: int) -> Answer:
    """Give one person more than the rule of the quiz does."""
    person = get_participant(current_member().edition.id, enrolment_id).person
    return _grant(code, key, person.full_name, enrolment_id=enrolment_id)


@blueprint.route("/editions/<code>/quizzes/<key>/accommodations/groups/<int:group_id>", methods=["GET", "POST"])
@allow(coordinators)
def grant_to_group(code: str, key: str, group_id: int) -> Answer:
    """Give a group more than the rule of the quiz does."""
    name = dict(group_names(current_member().edition.id)).get(group_id)
    if name is None:
        raise NotFound(_("This edition has no such group."))
    return _grant(code, key, name, group_id=group_id)


def _grant(code: str, key: str, name: str, **whom: int) -> Answer:
    member, form = current_member(), AccommodationForm()
    quiz = get_sitting(member, key).quiz
    status = 200
    if form.is_submitted():
        status = 422
        if form.validate():
            granted, closes_at = form.granted(member.edition)
            try:
                with unit_of_work():
                    grant_accommodation(
                        member, key, granted, closes_at=closes_at, reason=form.reason.data, now=clock.now(), **whom
                    )
            except RuleViolation as refusal:
                form.form_errors.append(refusal.message)
                status = refusal.status
            else:
                flash(_("It is granted, and told by mail. An attempt that is open has its new end already."))
                return redirect(url_for(".accommodations", code=code, key=key), 303)
    return render_template("quizzes/grant.html", quiz=quiz, form=form, name=name, is_group="group_id" in whom), status


@blueprint.post("/editions/<code>/quizzes/<key>/accommodations/<int:accommodation_id>/withdrawal")
@allow(coordinators)
def withdraw(code: str, key: str, accommodation_id: int) -> Answer:
    """Take back what was granted, with a reason."""
    form = ReasonForm()
    quiz = get_sitting(current_member(), key).quiz
    if not form.validate():
        return _list(quiz, form, accommodation_id), 422
    with unit_of_work():
        withdraw_accommodation(current_member(), accommodation_id, reason=form.reason.data, now=clock.now())
    flash(_("It is withdrawn. An attempt that is open keeps its end."))
    return redirect(url_for(".accommodations", code=code, key=key), 303)


@blueprint.get("/editions/<code>/people/<int:enrolment_id>/accommodations")
@allow(teachers)
def accommodations_of_person(code: str, enrolment_id: int) -> Any:
    """What a participant was given in all quizzes of the edition, by their group too."""
    member = current_member()
    enrolment = get_participant(member.edition.id, enrolment_id)
    return render_template(
        "quizzes/accommodations_of_person.html",
        enrolment=enrolment,
        rows=accommodations_of(member, enrolment_id),
    )
