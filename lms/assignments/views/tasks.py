"""Pages on which coordinators set the rules of assignments, and staff decide about lateness."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from lms.assignments.models import Submission
from lms.assignments.permissions import visible_submissions
from lms.assignments.queries.lateness import lateness_of
from lms.assignments.queries.submissions import get_submission
from lms.assignments.queries.work import get_assignment, list_assignments, plan_of
from lms.assignments.services.lateness import decide_penalty
from lms.assignments.services.tasks import adopt_assignment, change_task, has_submissions, offered_plans, settings_of
from lms.assignments.task_forms import TaskForm, WaiverForm, task_form
from lms.assignments.views.blueprint import blueprint
from lms.core import clock
from lms.core.access import allow
from lms.core.db import unit_of_work
from lms.core.errors import RuleViolation
from lms.courses.access import coordinators, current_member, teachers
from lms.grading.queries import get_scheme

Page = str | tuple[str, int] | Response


@blueprint.get("/editions/<code>/settings/assignments")
@allow(coordinators)
def tasks(code: str) -> str:
    """The edition's assignments with their rules, and those that a newer release of the course offers."""
    member = current_member()
    graded = {item.key for item in get_scheme(member.edition.id)[1].items}
    found = [(task, plan_of(task)) for task in list_assignments(member.edition.id)]
    return render_template("assignments/tasks.html", tasks=found, offered=offered_plans(member), graded=graded)


@blueprint.post("/editions/<code>/settings/assignments/<key>/adoption")
@allow(coordinators)
def adopt(code: str, key: str) -> Response:
    """Take an assignment over from a newer release."""
    with unit_of_work():
        adopt_assignment(current_member(), assignment_key=key, now=clock.now())
    flash(_("The assignment is part of this edition now. Check its dates and rules."))
    return redirect(url_for("assignments.settings", code=code, key=key), 303)


@blueprint.route("/editions/<code>/settings/assignments/<key>", methods=["GET", "POST"])
@allow(coordinators)
def settings(code: str, key: str) -> Page:
    """Dates, length, what may be handed in, and what becomes of late work."""
    member = current_member()
    form = task_form(member.edition, settings_of(get_assignment(member.edition.id, key)))
    if not form.validate_on_submit():
        return _settings_page(key, form, 422 if form.is_submitted() else 200)
    try:
        with unit_of_work():
            change_task(member, assignment_key=key, settings=form.settings(member.edition), now=clock.now())
    except RuleViolation as refusal:
        form.form_errors.append(refusal.message)
        return _settings_page(key, form, refusal.status)
    flash(_("The rules of this work are saved."))
    return redirect(url_for("assignments.settings", code=code, key=key), 303)


def _settings_page(key: str, form: TaskForm, status: int) -> tuple[str, int]:
    task = get_assignment(current_member().edition.id, key)
    return render_template(
        "assignments/settings.html", form=form, task=task, plan=plan_of(task), is_fixed=has_submissions(task)
    ), status


@blueprint.get("/editions/<code>/submissions/<int:submission_id>/lateness")
@allow(teachers)
def lateness(code: str, submission_id: int) -> str:
    """How late a submission is, what that costs, and who decided about it."""
    return _lateness_page(_submission(submission_id), WaiverForm(formdata=None))


@blueprint.post("/editions/<code>/submissions/<int:submission_id>/lateness")
@allow(teachers)
def decide_lateness(code: str, submission_id: int) -> Page:
    """Waive what lateness costs, or let it count again."""
    submission, form = _submission(submission_id), WaiverForm()
    is_waived = request.form.get("then") == "waive"
    if not form.validate():
        return _lateness_page(submission, form), 422
    with unit_of_work():
        decide_penalty(
            current_member(), submission_id=submission_id, is_waived=is_waived, reason=form.reason.data, now=clock.now()
        )
    flash(_("What lateness costs is waived.") if is_waived else _("Lateness counts again."))
    return redirect(url_for("assignments.lateness", code=code, submission_id=submission_id), 303)


def _submission(submission_id: int) -> Submission:
    member = current_member()
    return get_submission(member.edition.id, submission_id, visible_submissions(member))


def _lateness_page(submission: Submission, form: WaiverForm) -> str:
    edition = current_member().edition
    return render_template(
        "assignments/lateness.html",
        submission=submission,
        plan=plan_of(submission.assignment),
        lateness=lateness_of(edition.id, submission),
        form=form,
    )
