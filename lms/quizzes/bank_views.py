"""The question bank of a course: its list, one question with its versions, and the editor with its preview."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.sansio.blueprints import BlueprintSetupState
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from lms.core import clock
from lms.core.access import allow
from lms.core.db import unit_of_work
from lms.core.errors import NotFound, RuleViolation
from lms.core.web import interface_language
from lms.quizzes.access import bank_keepers, current_author
from lms.quizzes.bank_display import (
    Preview,
    differences,
    language_name,
    preview_of,
    preview_of_draft,
    review_of,
    shown_version,
    stem_line,
)
from lms.quizzes.bank_forms import QuestionForm, field_id, new_form, posted_question, question_form, read_filter
from lms.quizzes.queries.bank import list_questions
from lms.quizzes.queries.question import QuestionPage, draws_from_category, find_in_pack, get_question, reach_of
from lms.quizzes.questions import TYPES, to_document
from lms.quizzes.questions.forms import FORMS
from lms.quizzes.services import authoring
from lms.quizzes.services.authoring import Outcome, Overtaken
from lms.quizzes.services.versions import digest_of_question

blueprint = Blueprint("bank", __name__)

Page = str | tuple[str, int] | Response


@blueprint.record_once
def _teach_templates(state: BlueprintSetupState) -> None:
    state.app.add_template_filter(stem_line, "stem_line")
    state.app.jinja_env.globals.update(language_name=language_name, type_forms=FORMS, field_id=field_id)


@blueprint.get("/courses/<slug>/questions")
@allow(bank_keepers)
def questions(slug: str) -> Page:
    """The questions of the course, narrowed by what the address asks."""
    author, wanted = current_author(), read_filter(request.args)
    page = list_questions(author, wanted, request.args.get("page", 1, type=int))

    def address(number: int = 1, **changes: str) -> str:
        values = {**asdict(wanted), **changes}
        names = {"q": "words", "category": "category", "tag": "tag", "kind": "kind", "missing": "missing"}
        query = {name: values[field] for name, field in names.items() if values[field]}
        state = {} if values["state"] == "offered" else {"state": values["state"]}
        return url_for(".questions", slug=slug, **query, **state, page=number if number > 1 else None)

    return render_template("quizzes/bank/list.html", page=page, wanted=wanted, address=address, author=author)


@blueprint.get("/courses/<slug>/questions/<key>")
@allow(bank_keepers)
def question(slug: str, key: str) -> Page:
    """A question as participants see it, in every language, with its versions and what they say differently."""
    author = current_author()
    page = get_question(author, key)
    shown = page.version(request.args.get("version", type=int)) or page.row.version
    compared = page.version(request.args.get("against", type=int))
    answer, language = request.args.getlist("q1"), request.args.get("language", "")
    language = language if language in author.languages else author.languages[0]
    answered = shown_version(shown, language, author.languages, answer) if answer else None
    return render_template(
        "quizzes/bank/question.html",
        page=page,
        author=author,
        shown=shown,
        previews=[preview_of(shown, code, author.languages) for code in author.languages],
        language=language,
        answered=answered,
        review=None if answered is None else review_of(answered),
        compared=compared,
        differences=differences(page.question.kind, compared.document, shown.document) if compared else (),
        pack_differences=_pack_differences(page),
    )


def _pack_differences(page: QuestionPage) -> Any:
    """What the course's pack says differently, where that is still to be decided; ``None`` where it is not."""
    plan = None if page.question.pack_digest is None else find_in_pack(page.question)
    if plan is None:
        return None
    document, newest = to_document(plan), page.row.version
    if digest_of_question(document) in (newest.digest, page.question.pack_digest):
        return None
    return differences(page.question.kind, newest.document, document)


@blueprint.route("/courses/<slug>/new-question", methods=["GET", "POST"])
@allow(bank_keepers)
def question_create(slug: str) -> Page:
    """The editor with an empty question of a type."""
    author, kind = current_author(), request.args.get("kind", "single_choice")
    if kind not in TYPES:
        raise NotFound
    if request.method == "GET":
        return _editor(new_form(kind, author.languages, request.args.get("category", "")), None)
    form = posted_question(kind, author.languages, request.form)
    if request.form.get("do") != "save":
        return _editor(form, None, focus=form.apply(request.form.get("do", "")))
    written = form.written()
    if form.faults:
        return _editor(form, None), 422
    with unit_of_work():
        made = authoring.create_question(author, written, now=clock.now())
        address = url_for(".question", slug=slug, key=made.key)
    flash(_("The question is in the bank. Add it to a quiz from the quiz’s page."))
    return redirect(address, 303)


@blueprint.route("/courses/<slug>/questions/<key>/edit", methods=["GET", "POST"])
@allow(bank_keepers)
def question_edit(slug: str, key: str) -> Page:
    """The editor: what is saved becomes a new version, and what that means stands beside the button."""
    author = current_author()
    page = get_question(author, key)
    if request.method == "GET":
        return _editor(question_form(page, author.languages), page)
    form = posted_question(page.question.kind, author.languages, request.form)
    if request.form.get("do") != "save":
        return _editor(form, page, focus=form.apply(request.form.get("do", "")))
    written = form.written()
    if form.faults:
        return _editor(form, page), 422
    try:
        with unit_of_work():
            outcome = authoring.save_question(
                author,
                key,
                written,
                revision=form.revision,
                is_for_open_editions=form.scope == "open",
                now=clock.now(),
            )
            sentence = _saved(outcome)
    except Overtaken as overtaken:
        theirs = differences(page.question.kind, overtaken.version.document, written.document)
        form.revision = overtaken.revision
        return _editor(form, get_question(author, key), theirs=theirs), 409
    flash(sentence)
    return redirect(url_for(".question", slug=slug, key=key), 303)


def _saved(outcome: Outcome) -> str:
    if not outcome.is_new_version:
        return str(_("Saved. What the question asks did not change, so there is no new version."))
    if not outcome.quizzes:
        return str(_("Saved as version %(number)s. No open quiz asks it yet.", number=outcome.version.number))
    sentence: str = ngettext(
        "Saved as version %(number)s. %(num)d quiz asks it in attempts that start from now on.",
        "Saved as version %(number)s. %(num)d quizzes ask it in attempts that start from now on.",
        outcome.quizzes,
        number=outcome.version.number,
    )
    return sentence


def _editor(form: QuestionForm, page: QuestionPage | None, *, theirs: Any = None, focus: str = "") -> str:
    author = current_author()
    return render_template(
        "quizzes/bank/edit.html",
        form=form,
        page=page,
        author=author,
        theirs=theirs,
        focus=focus,
        preview=_preview(form),
        reach=reach_of(author, page) if page else (),
        draws=draws_from_category(author, page.question.category) if page else (),
        is_changed=request.method == "POST",
    )


def _preview(form: QuestionForm) -> Preview | None:
    """The draft in the language that the author looks at; ``None`` while it says too little."""
    languages = current_author().languages
    wanted = request.form.get("preview_language") or interface_language()
    language = wanted if wanted in languages else languages[0]
    content = form.lenient_content()
    return None if content is None else preview_of_draft(form.kind, content, language, languages)


@blueprint.post("/courses/<slug>/question-preview/<kind>")
@allow(bank_keepers)
def preview(slug: str, kind: str) -> Page:
    """The draft as participants would see it: a piece of a page for the editor's script. Saves nothing."""
    if kind not in TYPES:
        raise NotFound
    form = posted_question(kind, current_author().languages, request.form)
    return render_template("quizzes/bank/_preview.html", preview=_preview(form))


def _act(slug: str, key: str, act: Callable[[], object], sentence: str) -> Response:
    with unit_of_work():
        act()
    flash(sentence)
    return redirect(url_for(".question", slug=slug, key=key), 303)


@blueprint.post("/courses/<slug>/questions/<key>/archive")
@allow(bank_keepers)
def archive(slug: str, key: str) -> Response:
    """Puts a question away."""
    author = current_author()
    return _act(
        slug,
        key,
        lambda: authoring.archive_question(author, key, now=clock.now()),
        _("The question is archived. Quizzes that ask it go on; you can restore it here."),
    )


@blueprint.post("/courses/<slug>/questions/<key>/restore")
@allow(bank_keepers)
def restore(slug: str, key: str) -> Response:
    """Offers an archived question again."""
    author = current_author()
    return _act(
        slug, key, lambda: authoring.restore_question(author, key, now=clock.now()), _("The question is offered again.")
    )


@blueprint.post("/courses/<slug>/questions/<key>/copies")
@allow(bank_keepers)
def duplicate(slug: str, key: str) -> Response:
    """Adds a question that says the same, and opens its editor."""
    with unit_of_work():
        copy = authoring.duplicate_question(current_author(), key, now=clock.now())
        address = url_for(".question_edit", slug=slug, key=copy.key)
    flash(_("This is the copy. Change it into what you need; the first one stays as it is."))
    return redirect(address, 303)


@blueprint.post("/courses/<slug>/questions/<key>/delete")
@allow(bank_keepers)
def delete(slug: str, key: str) -> Response:
    """Deletes a question that was never asked."""
    try:
        with unit_of_work():
            authoring.delete_question(current_author(), key, now=clock.now())
    except RuleViolation as refusal:
        flash(refusal.message, "error")
        return redirect(url_for(".question", slug=slug, key=key), 303)
    flash(_("The question is deleted."))
    return redirect(url_for(".questions", slug=slug), 303)


@blueprint.post("/courses/<slug>/questions/<key>/pack")
@allow(bank_keepers)
def decide_on_pack(slug: str, key: str) -> Response:
    """Takes what the course says over what was written here, or keeps what was written."""
    author, now = current_author(), clock.now()
    if request.form.get("decision") == "keep":
        return _act(
            slug,
            key,
            lambda: authoring.keep_own_version(author, key, now=now),
            _("What was written here stays. The course’s words are on record with its release."),
        )
    is_open = request.form.get("scope") != "later"
    with unit_of_work():
        sentence = _saved(authoring.take_pack_version(author, key, is_for_open_editions=is_open, now=now))
    flash(sentence)
    return redirect(url_for(".question", slug=slug, key=key), 303)
