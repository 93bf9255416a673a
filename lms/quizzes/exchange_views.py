"""Questions from a file into the bank, with a look before anything is saved, and from the bank into a file."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from lms.accounts.access import current_person, signed_in
from lms.core import clock
from lms.core.access import allow
from lms.core.db import unit_of_work
from lms.core.errors import NotFound
from lms.core.files import read_file
from lms.core.sheets import XLSX_MEDIA_TYPE
from lms.core.web import interface_language
from lms.quizzes.access import bank_keepers, current_author
from lms.quizzes.bank_display import preview_of_draft
from lms.quizzes.exchange.formats import FORMATS, MAX_FILE_BYTES
from lms.quizzes.exchange.report import Refused, Sentence
from lms.quizzes.exchange.xlsx import template_xlsx
from lms.quizzes.exchange_forms import ALL_LANGUAGES, ConfirmImportForm, ExportQuestionsForm, ImportQuestionsForm
from lms.quizzes.queries.bank import BankFilter, list_questions
from lms.quizzes.queries.exchange import get_import, get_line, get_visible_picture, list_lines
from lms.quizzes.questions import from_document
from lms.quizzes.services import exchange

blueprint = Blueprint("question_exchange", __name__)

Page = str | tuple[str, int] | AnyResponse
STATES = ("accepted", "skipped", "faulty")


def say(sentence: Sentence | list[Any]) -> str:
    """A sentence of a report in the reader's language."""
    message, values = sentence if isinstance(sentence, list) else (sentence.message, sentence.values)
    translated = str(_(message))
    return translated % values if values else translated


blueprint.add_app_template_filter(say, "said")


@blueprint.route("/courses/<slug>/question-imports", methods=["GET", "POST"])
@allow(bank_keepers)
def upload(slug: str) -> Page:
    """Takes the file; what it holds is shown before anything is saved."""
    author, form = current_author(), ImportQuestionsForm(language=interface_language())
    form.offer(author)
    if not form.validate_on_submit():
        return _upload_page(form, 422 if form.is_submitted() else 200)
    file = form.file.data
    try:
        with unit_of_work():
            kept = exchange.preview_questions(
                author,
                file.read(MAX_FILE_BYTES + 1),
                file.filename or "",
                language=form.language.data,
                chosen=form.format.data,
                now=clock.now(),
            )
            import_id = kept.id
    except Refused as refusal:
        form.file.errors = (say(refusal.reason),)
        return _upload_page(form, refusal.status)
    return redirect(url_for(".preview", slug=slug, import_id=import_id), 303)


def _upload_page(form: ImportQuestionsForm, status: int) -> Page:
    return render_template("quizzes/exchange/upload.html", form=form, author=current_author(), formats=FORMATS), status


@blueprint.get("/courses/<slug>/question-imports/table.xlsx")
@allow(bank_keepers)
def template(slug: str) -> AnyResponse:
    """The empty table to fill in."""
    response = Response(template_xlsx(current_author().languages), content_type=XLSX_MEDIA_TYPE)
    response.headers.set("Content-Disposition", "attachment", filename=f"questions-{slug}.xlsx")
    return response


@blueprint.get("/courses/<slug>/question-imports/<int:import_id>")
@allow(bank_keepers)
def preview(slug: str, import_id: int) -> Page:
    """What the file holds, question by question; after it was taken in, what was done."""
    return _preview_page(slug, import_id, ConfirmImportForm(formdata=None), 200)


def _preview_page(slug: str, import_id: int, form: ConfirmImportForm, status: int) -> Page:
    author = current_author()
    kept = get_import(author, import_id)
    state = request.args.get("state", "")
    state = state if state in STATES else ""
    lines = list_lines(kept, state, request.args.get("page", 1, type=int))

    def address(page: int = 1, state: str = state) -> str:
        # An empty state is left out of the address.
        return url_for(".preview", slug=slug, import_id=import_id, page=page, state=state or None)

    return render_template(
        "quizzes/exchange/result.html" if kept.confirmed_at else "quizzes/exchange/preview.html",
        kept=kept,
        lines=lines,
        state=state,
        states=STATES,
        address=address,
        form=form,
        author=author,
        format=FORMATS[kept.format],
        categories=list_questions(author, BankFilter(), 1).categories if not kept.confirmed_at else (),
    ), status


@blueprint.get("/courses/<slug>/question-imports/<int:import_id>/<int:position>")
@allow(bank_keepers)
def line(slug: str, import_id: int, position: int) -> Page:
    """One question of the file as participants would see it, in every language that it speaks."""
    author = current_author()
    kept = get_import(author, import_id)
    found = get_line(kept, position)
    kind, content = from_document(found.document or {})
    spoken = [code for code in author.languages if code in content.stem] or [next(iter(content.stem))]
    return render_template(
        "quizzes/exchange/line.html",
        kept=kept,
        line=found,
        author=author,
        previews=[preview_of_draft(kind.kind, content, code, author.languages) for code in spoken],
    )


@blueprint.post("/courses/<slug>/question-imports/<int:import_id>")
@allow(bank_keepers)
def confirm(slug: str, import_id: int) -> Page:
    """Adds the accepted questions to the bank, once."""
    form = ConfirmImportForm()
    if not form.validate_on_submit():
        return _preview_page(slug, import_id, form, 422)
    with unit_of_work():
        exchange.confirm_import(
            current_author(),
            import_id,
            category=form.category.data or "",
            keeps_categories=bool(form.keeps_categories.data),
            now=clock.now(),
        )
    return redirect(url_for(".preview", slug=slug, import_id=import_id), 303)


# To a file


def _export_form() -> ExportQuestionsForm:
    author = current_author()
    branches = list_questions(author, BankFilter(), 1).categories
    form = ExportQuestionsForm(request.args, meta={"csrf": False})
    form.offer(author, [(branch.path, f"{branch.path} ({branch.questions})") for branch in branches])
    if request.args.get("format") not in FORMATS:
        form.format.data = form.format.choices[0][0]
    if request.args.get("language") is None:
        form.language.data = ALL_LANGUAGES
    return form


def _planned(form: ExportQuestionsForm) -> exchange.Export:
    author = current_author()
    wanted = form.language.data
    languages = (wanted,) if wanted in author.languages else author.languages
    try:
        return exchange.plan_export(
            author,
            form=form.format.data,
            languages=languages,
            category=form.category.data or "",
            keys=request.args.getlist("key"),
        )
    except KeyError as error:
        raise NotFound from error


@blueprint.get("/courses/<slug>/question-exports")
@allow(bank_keepers)
def export(slug: str) -> Page:
    """Which questions go into a file and how; what the format cannot carry stands there before the file is taken."""
    form = _export_form()
    planned = _planned(form)
    address = url_for(
        ".download", slug=slug, format=form.format.data, language=form.language.data,
        category=form.category.data or "", key=request.args.getlist("key"),
    )  # fmt: skip
    return render_template(
        "quizzes/exchange/export.html",
        form=form,
        planned=planned,
        address=address,
        keys=request.args.getlist("key"),
        nothing_ticked="chosen" in request.args and "key" not in request.args,
        author=current_author(),
    )


@blueprint.get("/courses/<slug>/question-exports/file")
@allow(bank_keepers)
def download(slug: str) -> AnyResponse:
    """The file."""
    planned = _planned(_export_form())
    content = exchange.write_export(current_author(), planned)
    response = Response(content, content_type=planned.form.media_type)
    response.headers.set("Content-Disposition", "attachment", filename=f"questions-{slug}.{planned.form.ending}")
    return response


# Pictures

_A_PICTURE_ONLY = "default-src 'none'; sandbox"


@blueprint.get("/question-pictures/<digest>")
@allow(signed_in)
def picture(digest: str) -> AnyResponse:
    """A picture of a question, for those who may see the question."""
    found = get_visible_picture(current_person(), digest)
    response = Response(read_file(found.file), content_type=found.file.media_type)
    # The address holds the digest of what is there, so it never changes; a shared phone forgets it with the sign-out.
    response.headers["Cache-Control"] = "private, max-age=3600"
    response.headers["Content-Security-Policy"] = _A_PICTURE_ONLY
    response.headers.set("Content-Disposition", "inline", filename=found.file.name)
    return response
