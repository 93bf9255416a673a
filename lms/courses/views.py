"""Courses as one reads them: modules, lessons, glossary."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask_babel import gettext as _
from markupsafe import Markup
from werkzeug.wrappers import Response

from lms.core import clock
from lms.core.access import allow
from lms.core.db import unit_of_work
from lms.core.errors import NotFound
from lms.core.i18n import Localised, localise
from lms.core.markdown import glossary_keys, render_markdown
from lms.core.web import interface_language, prose_in, reading_languages
from lms.courses.access import current_member, learners_and_teachers, participants
from lms.courses.activities import activity_dates
from lms.courses.domain.content import Lesson, Module, Term
from lms.courses.domain.glossary import TERMS_ON_A_PAGE, alphabetical, matches
from lms.courses.domain.reading import ModuleState, current_module, lessons_around, page_bytes
from lms.courses.queries import get_content, module_states
from lms.courses.services import mark_lesson_done, mark_lesson_not_done
from lms.courses.wording import renderer_words

blueprint = Blueprint("courses", __name__)

# Where the work is done, and whether the address names which. A feature that is not there gets no links.
ACTIVITY_ENDPOINTS = {"quiz": "quizzes.show", "group": "assignments.show", "individual": "assignments.show"}


@blueprint.get("/editions/<code>/modules")
@allow(learners_and_teachers)
def modules(code: str) -> str:
    """All modules: what is open, what is done, what comes when."""
    member, now = current_member(), clock.now()
    content, states = get_content(member.edition.release_id), _states()
    return render_template(
        "courses/modules.html",
        content=content,
        states=states,
        current=current_module(states),
        dates=activity_dates(member, content),
        activity_link=_activity_link,
        size_of=_size_of,
        minutes_of=_minutes_of,
        minutes_in=lambda module: sum(map(_minutes_of, module.lessons)),
        at=now,
    )


@blueprint.get("/editions/<code>/modules/<key>")
@allow(learners_and_teachers)
def module(code: str, key: str) -> str:
    """One module: objectives, lessons, quiz, reading list."""
    member = current_member()
    content = get_content(member.edition.release_id)
    return render_template(
        "courses/module.html",
        state=_state(key),
        dates=activity_dates(member, content),
        activity_link=_activity_link,
        size_of=_size_of,
        minutes_of=_minutes_of,
        render=_render_text,
        at=clock.now(),
    )


@blueprint.get("/editions/<code>/modules/<key>/lessons/<lesson>")
@allow(learners_and_teachers)
def lesson(code: str, key: str, lesson: str) -> Any:
    """The reading page."""
    member, state = current_member(), _state(key)
    found = _lesson(state.module, lesson)
    if not (state.is_open or member.is_teaching):
        return render_template("courses/not_open.html", state=state, lesson=found), 403
    before, after = lessons_around(state.module, lesson)
    body = localise(found.body, reading_languages())
    terms = _terms_in(body.text)
    return render_template(
        "courses/lesson.html",
        state=state,
        lesson=found,
        number=state.module.lessons.index(found) + 1,
        before=before,
        after=after,
        body=body,
        is_fallback=body.language not in ("", interface_language()),
        html=_render_body(body, terms),
        terms=terms,
        quiz_link=None if after else _quiz_link(state.module),
        size=page_bytes(body.text),
        minutes=_minutes_of(found),
        may_mark=member.is_participant and member.edition.closed_at is None,
    )


@blueprint.post("/editions/<code>/modules/<key>/lessons/<lesson>/done")
@allow(participants)
def done(code: str, key: str, lesson: str) -> Response:
    """Mark a lesson done and go on to what comes next."""
    with unit_of_work():
        mark_lesson_done(current_member(), key, lesson, clock.now())
    content = get_content(current_member().edition.release_id)
    return redirect(_after(content.module(key), lesson), 303)


@blueprint.post("/editions/<code>/modules/<key>/lessons/<lesson>/not-done")
@allow(participants)
def not_done(code: str, key: str, lesson: str) -> Response:
    """Take the mark back and stay."""
    with unit_of_work():
        mark_lesson_not_done(current_member(), key, lesson, clock.now())
    return redirect(url_for(".lesson", code=code, key=key, lesson=lesson), 303)


@blueprint.get("/editions/<code>/glossary")
@allow(learners_and_teachers)
def glossary(code: str) -> str:
    """The words of the course, all or those that match a search."""
    question = request.args.get("q", "").strip()[:100]
    languages = reading_languages()
    content = get_content(current_member().edition.release_id)
    entries = [(localise(term.term, languages).text, term) for term in content.glossary]
    found = [
        (word, term)
        for word, term in alphabetical(entries)
        if matches(question, (word, localise(term.definition, languages).text))
    ]
    pages = max(1, -(-len(found) // TERMS_ON_A_PAGE))
    page = min(max(request.args.get("page", 1, type=int), 1), pages)
    return render_template(
        "courses/glossary.html",
        shown=found[(page - 1) * TERMS_ON_A_PAGE : page * TERMS_ON_A_PAGE],
        found=len(found),
        page=page,
        pages=pages,
        address=lambda number: url_for(".glossary", code=code, q=question or None, page=number),
        question=question,
        total=len(entries),
    )


def _states() -> tuple[ModuleState, ...]:
    member = current_member()
    enrolment_id = member.enrolment.id if member.enrolment and member.is_participant else None
    return module_states(member.edition, enrolment_id, clock.now())


def _state(key: str) -> ModuleState:
    state = next((state for state in _states() if state.module.key == key), None)
    if state is None:
        raise NotFound(_("This course has no such module."))
    return state


def _lesson(module: Module, key: str) -> Lesson:
    found = module.lesson(key)
    if found is None:
        raise NotFound(_("This module has no such lesson."))
    return found


def _after(module: Module | None, lesson_key: str) -> str:
    """Where to go after a lesson: the next one, else the module's quiz, else the module."""
    assert module is not None
    code = current_member().edition.code
    _before, following = lessons_around(module, lesson_key)
    if following is not None:
        return url_for(".lesson", code=code, key=module.key, lesson=following.key)
    return _quiz_link(module) or url_for(".module", code=code, key=module.key)


def _quiz_link(module: Module) -> str | None:
    """Where the module's quiz is, unless it has none or it is for others only."""
    if module.quiz is None:
        return None
    member = current_member()
    if member.is_participant:
        dates = activity_dates(member, get_content(member.edition.release_id))
        if dates[module.quiz.key].is_hidden:
            return None
    return _activity_link("quiz", module.quiz.key)


def _activity_link(kind: str, key: str) -> str | None:
    endpoint = ACTIVITY_ENDPOINTS[kind]
    if endpoint not in current_app.view_functions:
        return None
    return url_for(endpoint, code=current_member().edition.code, key=key)


def _terms_in(body: str) -> tuple[Term, ...]:
    """The glossary terms that a lesson refers to, in the order in which it does."""
    terms = {term.key: term for term in get_content(current_member().edition.release_id).glossary}
    return tuple(terms[key] for key in glossary_keys(body) if key in terms)


def _render_body(body: Localised, terms: tuple[Term, ...]) -> Markup:
    languages = reading_languages()
    meanings = {term.key: localise(term.definition, languages).text for term in terms}
    # The terms stand at the end of the lesson, so that a link to one needs no connection.
    return render_markdown(body.text, "", meanings, renderer_words())


def _render_text(text: Mapping[str, str]) -> Markup:
    found = localise(text, reading_languages())
    return prose_in(found.language, render_markdown(found.text, _glossary_url(), None, renderer_words()))


def _glossary_url() -> str:
    return url_for(".glossary", code=current_member().edition.code)


def _size_of(lesson: Lesson) -> int:
    return page_bytes(localise(lesson.body, reading_languages()).text)


def _minutes_of(lesson: Lesson) -> int:
    language = localise(lesson.body, reading_languages()).language
    return lesson.minutes.get(language) or next(iter(lesson.minutes.values()))
