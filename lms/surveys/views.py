"""The evaluation: answering it, reading its results, reminding."""

from __future__ import annotations

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response as AnyResponse

from lms.core import clock
from lms.core.access import allow
from lms.core.db import unit_of_work
from lms.core.errors import NotAllowed, NotFound, RuleViolation
from lms.core.sheets import CSV_MEDIA_TYPE, XLSX_MEDIA_TYPE, Sheet, write_csv, write_xlsx
from lms.core.web import interface_language, reading_languages
from lms.courses.access import coordinators, current_member, participants, report_readers
from lms.surveys.domain import MINIMUM_RETURNS, Window, window
from lms.surveys.exports import numbers_sheet, summary_sheet, words_sheet
from lms.surveys.forms import AnswersForm, answers_form
from lms.surveys.queries import (
    SurveyResults,
    SurveyState,
    answers_by_key,
    count_answered,
    count_asked,
    find_survey,
    people_to_remind,
    plan_of,
    survey_results,
    survey_state,
)
from lms.surveys.services import send_reminders, submit_answers

blueprint = Blueprint("surveys", __name__)


@blueprint.get("/editions/<code>/evaluation")
@allow(participants)
def answer(code: str) -> str:
    """The questionnaire, or why it cannot be answered now."""
    state = _get_state()
    return _questionnaire(state, answers_form(plan_of(state.survey)))


@blueprint.post("/editions/<code>/evaluation")
@allow(participants)
def submit(code: str) -> AnyResponse | tuple[str, int]:
    """Take the answers; sent twice they count once."""
    state = _get_state()
    form = answers_form(plan_of(state.survey))
    if not state.has_answered:
        if not form.validate():
            return _questionnaire(state, form), 422
        try:
            with unit_of_work():
                submit_answers(current_member(), form.given(), clock.now())
        except RuleViolation as refusal:
            # Never the bare error page: what was typed must stay in sight.
            return _questionnaire(_get_state(), form, refusal.message), refusal.status
    else:
        flash(_("Your answers had already been received. Nothing was changed or added."), "info")
    return redirect(url_for("surveys.thanks", code=code), 303)


@blueprint.get("/editions/<code>/evaluation/thanks")
@allow(participants)
def thanks(code: str) -> str | AnyResponse:
    """What has happened to the answers, and what comes next."""
    state = _get_state()
    if not state.has_answered:
        return redirect(url_for("surveys.answer", code=code), 303)
    return render_template("surveys/thanks.html", state=state, survey=state.survey, minimum=MINIMUM_RETURNS)


@blueprint.get("/editions/<code>/evaluation/results")
@allow(report_readers)
def results(code: str) -> str:
    """The table as in the activity report, the distribution, the open answers."""
    found = _get_results()
    member = current_member()
    waiting = 0
    if found.window == Window.OPEN and member.is_coordinating:
        waiting = len(people_to_remind(found.survey))
    return render_template(
        "surveys/results.html",
        results=found,
        survey=found.survey,
        summary=found.summary,
        may_read_words=member.is_coordinating,
        waiting=waiting,
        minimum=MINIMUM_RETURNS,
    )


@blueprint.get("/editions/<code>/evaluation/results.csv")
@allow(report_readers)
def results_csv(code: str) -> Response:
    """One of the tables: ``part`` is summary (the default), raw (numbers by return) or open."""
    sheets = _sheets(_get_results())
    part = request.args.get("part", "summary")
    if part not in ("summary", "raw", "open"):
        raise NotFound
    if part not in sheets:
        raise NotAllowed(_("This file is for the coordinators of the edition."))
    return _file(write_csv(sheets[part], interface_language()), f"{code}-evaluation-{part}.csv", CSV_MEDIA_TYPE)


@blueprint.get("/editions/<code>/evaluation/results.xlsx")
@allow(report_readers)
def results_xlsx(code: str) -> Response:
    """All the tables that the person may have, in one workbook."""
    sheets = _sheets(_get_results())
    return _file(write_xlsx(sheets.values()), f"{code}-evaluation.xlsx", XLSX_MEDIA_TYPE)


@blueprint.get("/editions/<code>/evaluation/reminder")
@allow(coordinators)
def reminder(code: str) -> str:
    """How many people a reminder would go to, before it goes."""
    survey = find_survey(current_member().edition.id)
    if survey is None:
        raise NotFound
    return render_template(
        "surveys/reminder.html",
        survey=survey,
        waiting=len(people_to_remind(survey)),
        answered=count_answered(survey),
        asked=count_asked(survey),
        is_open=window(survey.opens_at, survey.closes_at, clock.now()) == Window.OPEN,
    )


@blueprint.post("/editions/<code>/evaluation/reminder")
@allow(coordinators)
def remind(code: str) -> AnyResponse:
    """Send the reminders."""
    with unit_of_work():
        owed = send_reminders(current_member(), clock.now())
    if owed:
        flash(
            ngettext("A reminder is on its way to %(num)s person.", "A reminder is on its way to %(num)s people.", owed)
        )
    else:
        flash(_("Nobody was written to: everybody has answered or was reminded today."), "info")
    return redirect(url_for("surveys.results", code=code), 303)


def _get_state() -> SurveyState:
    member = current_member()
    state = survey_state(member.edition.id, member.own_enrolment.id, clock.now())
    if state is None:
        raise NotFound
    return state


def _get_results() -> SurveyResults:
    found = survey_results(current_member().edition.id, clock.now())
    if found is None:
        raise NotFound
    return found


def _questionnaire(state: SurveyState, form: AnswersForm, refusal: str = "") -> str:
    return render_template(
        "surveys/answer.html",
        state=state,
        survey=state.survey,
        plan=plan_of(state.survey),
        form=form,
        refusal=refusal,
        minimum=MINIMUM_RETURNS,
    )


def _sheets(found: SurveyResults) -> dict[str, Sheet]:
    """The tables that this person may have, by the name of their part."""
    if found.summary is None:
        raise RuleViolation(
            _("The answers cannot be shown yet, so there is no file either. The results page says why.")
        )
    languages = reading_languages()
    sheets = {"summary": summary_sheet(found, found.summary, languages)}
    if current_member().is_coordinating:
        sheets["raw"] = numbers_sheet(found, answers_by_key(found.survey.id), languages)
        sheets["open"] = words_sheet(found.summary, languages)
    return sheets


def _file(content: bytes, name: str, media_type: str) -> Response:
    response = Response(content, content_type=media_type)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    response.headers["Cache-Control"] = "no-store"
    return response
