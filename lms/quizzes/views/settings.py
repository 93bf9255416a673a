"""The quizzes of an edition in one list, and the settings of each, as participants will read them."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from lms.core import clock
from lms.core.access import allow
from lms.core.db import unit_of_work
from lms.core.errors import RuleViolation
from lms.courses.access import coordinators, current_member, teachers
from lms.grading.queries.groups import group_names
from lms.quizzes.domain import NO_TERMS, PRESETS, Settings, deviations, limit_seconds
from lms.quizzes.models import Quiz
from lms.quizzes.queries import Rule, get_sitting
from lms.quizzes.queries.attempts import count_attempts
from lms.quizzes.queries.overview import list_quizzes
from lms.quizzes.queries.pools import pools_of, without_categories
from lms.quizzes.services.adopting import adopt_quiz, list_offers
from lms.quizzes.services.settings import change_settings, faults_in, settings_of
from lms.quizzes.setting_forms import SettingsForm, settings_form
from lms.quizzes.views.blueprint import blueprint
from lms.quizzes.wording import setting_names


@blueprint.get("/editions/<code>/quizzes")
@allow(teachers)
def index(code: str) -> str:
    """All quizzes of the edition, and those that a newer release of the course offers."""
    member = current_member()
    return render_template(
        "quizzes/index.html",
        quizzes=list_quizzes(member),
        offers=list_offers(member.edition) if member.is_coordinating else [],
        at=clock.now(),
    )


@blueprint.post("/editions/<code>/quizzes")
@allow(coordinators)
def adopt(code: str) -> Response:
    """Give the edition a quiz of the newest release, and go on to its settings."""
    with unit_of_work():
        quiz = adopt_quiz(current_member(), request.form.get("key", ""), clock.now())
        key = quiz.key
    flash(_("The quiz is added. Look at its dates and settings: they are those of the course."))
    return redirect(url_for(".settings", code=code, key=key), 303)


@blueprint.route("/editions/<code>/quizzes/<key>/settings", methods=["GET", "POST"])
@allow(coordinators)
def settings(code: str, key: str) -> Any:
    """A preset, its details, and the rule in the words that participants read; nothing is saved by looking."""
    member = current_member()
    quiz = get_sitting(member, key).quiz
    now_set = settings_of(quiz)
    form = settings_form(
        member.edition,
        now_set,
        preset=quiz.preset,
        applied=request.args.get("preset") if request.args.get("preset") in PRESETS else None,
        pools={category: len(ids) for category, ids in pools_of(member.edition.course_id).items()},
        groups=group_names(member.edition.id),
    )
    if not form.is_submitted():
        return _page(quiz, form, _typed(form, now_set))
    is_valid = form.validate()
    wanted = form.settings(member.edition) if is_valid else None
    if wanted is not None:
        form.show_faults(faults_in(quiz, member.edition.course_id, wanted))
        is_valid = not form.first_errors() and not form.form_errors
    if not is_valid or wanted is None or "look" in request.form:
        return _page(quiz, form, wanted or now_set), 200 if is_valid else 422
    try:
        with unit_of_work():
            change_settings(member, key, wanted, preset=form.preset.data, now=clock.now())
    except RuleViolation as refusal:
        form.form_errors.append(refusal.message)
        return _page(quiz, form, wanted), refusal.status
    flash(_("The settings are saved."))
    return redirect(url_for(".settings", code=code, key=key), 303)


def _typed(form: SettingsForm, now_set: Settings) -> Settings:
    """What stands in the form when the page is opened: what is set, or a preset that was chosen."""
    return form.settings(current_member().edition) if request.args.get("preset") in PRESETS else now_set


def _page(quiz: Quiz, form: SettingsForm, wanted: Settings) -> str:
    preset = form.preset.data if form.preset.data in PRESETS else quiz.preset
    begun, running = count_attempts(quiz)
    return render_template(
        "quizzes/settings.html",
        quiz=quiz,
        form=form,
        presets=list(PRESETS),
        preset=preset,
        differing=setting_names(deviations(wanted, PRESETS[preset])),
        rule=_rule(quiz, wanted),
        begun=begun,
        running=running,
    )


def _rule(quiz: Quiz, wanted: Settings) -> Rule:
    """The rule for everybody who was given nothing else."""
    categories = {draw.category for draw in wanted.draws}
    fixed = len(without_categories(quiz.question_version_ids, categories))
    limit = wanted.time_limit_minutes
    return Rule(
        questions=fixed + sum(draw.count for draw in wanted.draws),
        opens_at=wanted.opens_at,
        closes_at=wanted.closes_at,
        seconds=None if limit is None else limit_seconds(limit, NO_TERMS.time_factor),
        attempts_allowed=wanted.attempts_allowed,
        counting=wanted.counting,
        review=wanted.review,
        is_drawn=bool(wanted.draws),
    )
