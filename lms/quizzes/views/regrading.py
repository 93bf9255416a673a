"""Regrading a quiz: choose what to do, look at what it would do, apply it with a reason; what was done before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from lms.core import clock
from lms.core.access import allow
from lms.core.db import LARGEST_ID, unit_of_work
from lms.core.errors import RuleViolation
from lms.courses.access import coordinators, current_member
from lms.grading.forms import ReasonForm
from lms.grading.queries import get_scheme
from lms.quizzes.domain.regrading import Regrade, Treatment
from lms.quizzes.models import Quiz
from lms.quizzes.queries.coordinated import get_quiz
from lms.quizzes.queries.regrading import (
    PAGE_SIZE,
    Candidate,
    candidates_of,
    get_record,
    regrades_of,
    try_regrade,
)
from lms.quizzes.services.regrading import OutcomeChanged, apply_regrade
from lms.quizzes.views.blueprint import blueprint


def _chosen(values: Mapping[str, str], candidates: list[Candidate]) -> list[tuple[Candidate, Treatment]]:
    """What was chosen for which version; what cannot be decided about it is nothing."""
    wanted = [(one, values.get(f"v{one.version.id}", "")) for one in candidates]
    return [(one, Treatment(value)) for one, value in wanted if value in one.treatments]


def _wanted(values: Mapping[str, str], chosen: list[tuple[Candidate, Treatment]]) -> Regrade:
    rulings = {one.version.id: one.ruling_for(treatment) for one, treatment in chosen}
    return Regrade(rulings, nobody_loses=values.get("policy") != "computed")


@blueprint.get("/editions/<code>/quizzes/<key>/regrades")
@allow(coordinators)
def regrades(code: str, key: str) -> str:
    """What can be regraded, and what was done before; ``?question=`` comes from a question whose key was corrected."""
    quiz, values = get_quiz(current_member(), key), request.args.to_dict()
    if corrected := values.pop("question", ""):
        for one in candidates_of(quiz):
            if one.question.key == corrected and one.asked and Treatment.NEWEST in one.treatments:
                values.setdefault(f"v{one.version.id}", Treatment.NEWEST.value)
    return _choice_page(quiz, values)


def _choice_page(quiz: Quiz, values: Mapping[str, str], fault: str = "") -> str:
    candidates = candidates_of(quiz)
    return render_template(
        "quizzes/regrade/choose.html",
        quiz=quiz,
        candidates=candidates,
        chosen={one.version.id: treatment for one, treatment in _chosen(values, candidates)},
        nobody_loses=values.get("policy") != "computed",
        history=regrades_of(quiz),
        fault=fault,
    )


@blueprint.get("/editions/<code>/quizzes/<key>/regrades/trial")
@allow(coordinators)
def regrade_trial(code: str, key: str) -> Any:
    """What a regrade would do to whom; nothing is changed."""
    quiz = get_quiz(current_member(), key)
    return _trial_page(code, quiz, request.args, ReasonForm(formdata=None))


def _trial_page(code: str, quiz: Quiz, values: Mapping[str, str], form: ReasonForm) -> Any:
    member = current_member()
    chosen = _chosen(values, candidates_of(quiz))
    if not chosen:
        flash(_("Choose what is to be done with at least one question."), "error")
        return redirect(url_for(".regrades", code=code, key=quiz.key), 303)
    trial = try_regrade(member, quiz, _wanted(values, chosen))
    pages = max(1, -(-len(trial.lines) // PAGE_SIZE))
    page = min(max(1, request.args.get("page", 1, type=int)), pages)
    fields: dict[str, Any] = {f"v{one.version.id}": treatment.value for one, treatment in chosen}
    fields["policy"] = "keep" if trial.wanted.nobody_loses else "computed"
    return render_template(
        "quizzes/regrade/trial.html",
        quiz=quiz,
        trial=trial,
        rulings=chosen,
        lines=trial.lines[(page - 1) * PAGE_SIZE : page * PAGE_SIZE],
        told=sum(line.is_told for line in trial.lines),
        scheme=get_scheme(member.edition.id)[1],
        form=form,
        page=page,
        pages=pages,
        address=lambda number: url_for(".regrade_trial", code=code, key=quiz.key, page=number, **fields),
        back=url_for(".regrades", code=code, key=quiz.key, **fields),
    )


@blueprint.post("/editions/<code>/quizzes/<key>/regrades")
@allow(coordinators)
def apply(code: str, key: str) -> Any:
    """Regrade as the trial showed; where the outcome has changed since, it is shown again."""
    member, form = current_member(), ReasonForm()
    quiz = get_quiz(member, key)
    if not form.validate():
        return _refused(_trial_page(code, quiz, request.form, form), 422)
    try:
        with unit_of_work():
            regrade = apply_regrade(
                member,
                key,
                _wanted(request.form, _chosen(request.form, candidates_of(quiz))),
                number=_posted_number(),
                seal=request.form.get("seal", ""),
                reason=form.reason.data,
                now=clock.now(),
            )
            number = regrade.number
    except OutcomeChanged as changed:
        form.form_errors.append(changed.message)
        return _refused(_trial_page(code, get_quiz(member, key), request.form, form), changed.status)
    except RuleViolation as refusal:
        return _choice_page(get_quiz(member, key), request.form, refusal.message), refusal.status
    flash(_("The quiz is regraded."))
    return redirect(url_for(".regrade", code=code, key=key, number=number), 303)


def _posted_number() -> int:
    number: int = request.form.get("number", 0, type=int)
    return number if 0 < number <= LARGEST_ID else 0


def _refused(page: Any, status: int) -> Any:
    """The page with its status; where nothing is left to look at it already leads elsewhere."""
    return (page, status) if isinstance(page, str) else page


@blueprint.get("/editions/<code>/quizzes/<key>/regrades/<int:number>")
@allow(coordinators)
def regrade(code: str, key: str, number: int) -> str:
    """What a regrade did, and why."""
    quiz = get_quiz(current_member(), key)
    return render_template(
        "quizzes/regrade/record.html",
        quiz=quiz,
        record=get_record(quiz, number, request.args.get("page", 1, type=int)),
        address=lambda page: url_for(".regrade", code=code, key=key, number=number, page=page),
    )
