"""The comment bank: comments kept for use again, in several languages."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from lms.assignments.assessments import BankComment
from lms.assignments.marking_forms import CommentForm, comment_form
from lms.assignments.queries.bank import comments_of, get_comment
from lms.assignments.queries.work import criteria_in
from lms.assignments.services.bank import add_comment, change_comment, remove_comment
from lms.assignments.views.blueprint import blueprint
from lms.core import clock
from lms.core.access import allow
from lms.core.db import unit_of_work
from lms.core.errors import RuleViolation
from lms.core.i18n import LANGUAGE_NAMES
from lms.core.web import plain_filter
from lms.courses.access import current_member, teachers


@blueprint.get("/editions/<code>/comments")
@allow(teachers)
def bank(code: str) -> str:
    """Every comment in the bank, and a form for another."""
    return _bank_page()


def _form(comment: BankComment | None = None) -> CommentForm:
    member = current_member()
    languages = list(member.edition.languages)
    if member.person.language not in languages:
        languages.append(member.person.language)
    if comment is not None:
        languages += [language for language in comment.text if language not in languages]
    criteria = [(one.key, one, plain_filter(one.title)) for one in criteria_in(member.edition.id)]
    values: dict[str, Any] = {}
    if comment is not None:
        values = {f"text-{language}": words for language, words in comment.text.items()}
        values |= {"criterion": comment.criterion_key, "is_shared": comment.edition_id is None}
    return comment_form(languages, LANGUAGE_NAMES, criteria, **values)


def _bank_page(form: CommentForm | None = None, comment: BankComment | None = None) -> str:
    edition = current_member().edition
    return render_template(
        "assignments/marking/bank.html",
        comments=comments_of(edition),
        titles={one.key: one.title for one in criteria_in(edition.id)},
        form=form or _form(comment),
        comment=comment,
    )


@blueprint.post("/editions/<code>/comments")
@allow(teachers)
def add_to_bank(code: str) -> Response | tuple[str, int]:
    """Add a comment."""
    return _save(code, None)


@blueprint.get("/editions/<code>/comments/<int:comment_id>")
@allow(teachers)
def bank_comment(code: str, comment_id: int) -> str:
    """One comment, to change."""
    return _bank_page(comment=get_comment(current_member().edition, comment_id))


@blueprint.post("/editions/<code>/comments/<int:comment_id>")
@allow(teachers)
def change_in_bank(code: str, comment_id: int) -> Response | tuple[str, int]:
    """Change a comment, or take it out."""
    if request.form.get("then") == "remove":
        with unit_of_work():
            remove_comment(current_member(), comment_id, clock.now())
        flash(_("The comment is taken out. Where it was given already it stays."))
        return redirect(url_for("assignments.bank", code=code), 303)
    return _save(code, get_comment(current_member().edition, comment_id))


def _save(code: str, comment: BankComment | None) -> Response | tuple[str, int]:
    form = _form(comment)
    if not form.validate():
        return _bank_page(form, comment), 422
    values: dict[str, Any] = {
        "text": form.text(),
        "criterion_key": form.criterion.data,
        "is_shared": bool(form.is_shared.data),
    }
    try:
        with unit_of_work():
            if comment is None:
                add_comment(current_member(), **values, now=clock.now())
            else:
                change_comment(current_member(), comment.id, **values, now=clock.now())
    except RuleViolation as refusal:
        form.form_errors.append(refusal.message)
        return _bank_page(form, comment), refusal.status
    flash(_("The comment is in the bank."))
    return redirect(url_for("assignments.bank", code=code), 303)
