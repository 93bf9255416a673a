"""Reads the forms of the question bank: its filters, and a question as it is typed, which a refusal gives back whole."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from werkzeug.datastructures import MultiDict

from lms.core.db import LARGEST_ID
from lms.core.i18n import EVERY_LANGUAGE
from lms.quizzes.domain.bank import tags_in
from lms.quizzes.queries.bank import BankFilter
from lms.quizzes.queries.question import QuestionPage
from lms.quizzes.questions import TYPES
from lms.quizzes.questions.editing import (
    Document,
    Draft,
    Fault,
    Field,
    Holds,
    Rows,
    TypeForm,
    blank_draft,
    blank_row,
    document_of,
    draft_of,
    is_empty,
)
from lms.quizzes.questions.forms import FORMS
from lms.quizzes.services.authoring import Written

MOST_ROWS = 40
STATES = ("offered", "unused", "archived", "all")
_CODE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*", re.ASCII)


def read_filter(values: MultiDict[str, str]) -> BankFilter:
    """What the address of a list asks for; what nobody could mean is left out."""
    state, kind = values.get("state", ""), values.get("kind", "")
    return BankFilter(
        words=values.get("q", "")[:200].replace("\0", ""),
        category=values.get("category", "")[:200].replace("\0", ""),
        tag=values.get("tag", "")[:60].replace("\0", ""),
        kind=kind if kind in TYPES else "",
        missing=code if _CODE.fullmatch(code := values.get("missing", "")) else "",
        state=state if state in STATES else "offered",
    )


@dataclass(frozen=True, slots=True)
class Place:
    """Where a fault is, for the list at the top of the page."""

    id: str


@dataclass(slots=True)
class QuestionForm:
    """A question in its form: the draft as typed, what orders it in the bank, and what is wrong with it."""

    kind: str
    languages: Sequence[str]
    draft: Draft
    category: str = ""
    tags: str = ""
    note: str = ""
    revision: int = 0
    scope: str = "open"
    faults: list[Fault] = field(default_factory=list)
    form_errors: list[str] = field(default_factory=list)

    @property
    def form(self) -> TypeForm:
        """The form of the question's type."""
        return FORMS[self.kind]

    def first_errors(self) -> list[tuple[Place, str]]:
        """Each fault with the place that a link leads to."""
        return [(Place(field_id(fault.name)), fault.sentence) for fault in self.faults]

    def fault_at(self, name: str) -> str:
        """What is wrong with a field, or nothing."""
        return next((fault.sentence for fault in self.faults if fault.name == name), "")

    def codes(self, value: Mapping[str, str]) -> list[str]:
        """The languages in which a text is written: the course's, or none where it is the same in all of them."""
        if EVERY_LANGUAGE in value:
            return [EVERY_LANGUAGE]
        return [*self.languages, *sorted(set(value) - set(self.languages))]

    def document(self) -> Document:
        """What the draft describes, with its kind; notes in ``faults`` what is wrong with it."""
        document, self.faults = document_of(self.form, self.draft, self.languages)
        document["kind"] = self.kind
        if not self.faults:
            for rows in self.form.rows:  # so that a row has the same place here as in the document
                self.draft[rows.name] = [row for row in self.draft[rows.name] if not is_empty(rows, row)]
            kind = TYPES[self.kind]
            content = kind.from_document({**_without_kind(document), "key": "new"})
            for problem in kind.problems(content):
                self.faults.append(Fault(".".join(str(step) for step in problem.path), str(problem.sentence)))
        return document

    def written(self) -> Written:
        """What is to be saved; only meaningful where ``faults`` is empty afterwards."""
        return Written(self.document(), self.category, tags_in(self.tags), self.note.strip()[:200])

    def lenient_content(self) -> Any:
        """The question as far as it goes, for the preview; ``None`` while it says too little to be shown."""
        document, _faults = document_of(self.form, self.draft, self.languages)
        try:
            return TYPES[self.kind].from_document({**_with_blanks(self.form, document), "key": "new"})
        except (KeyError, TypeError, ValueError, ArithmeticError, ExceptionGroup):
            return None

    def apply(self, action: str) -> str:
        """Do what a button of a list asks (``add.options``, ``remove.options.2``, ``up…``, ``down…``); return where to look.

        Anything else changes nothing.
        """
        verb, _dot, rest = action.partition(".")
        name, _dot, number = rest.partition(".")
        rows = self.form.rows_named(name)
        if rows is None:
            return ""
        listed = self.draft[name]
        if verb == "add" and len(listed) < MOST_ROWS:
            listed.append(blank_row(rows))
            return f"{field_id(name)}-{len(listed) - 1}"
        place = int(number) if number.isdigit() and len(number) < 4 else len(listed)
        if place >= len(listed):
            return ""
        if verb == "remove":
            del listed[place]
            return field_id(name)
        to = place + {"up": -1, "down": 1}.get(verb, 0)
        if 0 <= to < len(listed):
            listed.insert(to, listed.pop(place))
            return f"{field_id(name)}-{to}"
        return ""


def field_id(name: str) -> str:
    """The id of a field in the page."""
    return name.replace(".", "-")


def _without_kind(document: Document) -> Document:
    return {name: value for name, value in document.items() if name != "kind"}


def _with_blanks(form: TypeForm, document: Document) -> Document:
    """The document with something in the place of every required value that is missing."""
    blanks = {Holds.NUMBER: "0", Holds.LINE: "", Holds.CHOICE: True}
    for part in form.parts:
        fields = [part] if isinstance(part, Field) else part.fields
        values = [document] if isinstance(part, Field) else document.get(part.name, [])
        for one in values:
            for each in fields:
                if each.is_required and each.name not in one:
                    one[each.name] = {} if each.by_language else blanks[each.holds]
    return document


def question_form(page: QuestionPage, languages: Sequence[str]) -> QuestionForm:
    """The form of a question that exists."""
    question, document = page.question, page.row.version.document
    return QuestionForm(
        question.kind,
        languages,
        draft_of(FORMS[question.kind], document),
        question.category,
        ", ".join(page.row.tags),
        revision=question.revision,
    )


def new_form(kind: str, languages: Sequence[str], category: str = "") -> QuestionForm:
    """The form of a question that is to be made."""
    return QuestionForm(kind, languages, blank_draft(FORMS[kind]), category)


def posted_question(kind: str, languages: Sequence[str], values: MultiDict[str, str]) -> QuestionForm:
    """The form as it was sent."""
    return QuestionForm(
        kind,
        languages,
        _read_draft(FORMS[kind], values),
        values.get("category", "").replace("\0", ""),
        values.get("tags", "").replace("\0", ""),
        values.get("note", "").replace("\0", ""),
        revision=min(values.get("revision", 0, type=int), LARGEST_ID),
        scope="later" if values.get("scope") == "later" else "open",
    )


def _read_draft(form: TypeForm, values: MultiDict[str, str]) -> Draft:
    draft: Draft = {one.name: _read_field(one, values, one.name) for one in form.fields}
    for rows in form.rows:
        count = min(max(values.get(f"{rows.name}.count", 0, type=int), 0), MOST_ROWS)
        draft[rows.name] = [_read_row(rows, values, number) for number in range(count)]
    return draft


def _read_row(rows: Rows, values: MultiDict[str, str], number: int) -> Draft:
    prefix = f"{rows.name}.{number}"
    row: Draft = {"key": values.get(f"{prefix}.key", "")[:80].replace("\0", "")}
    for one in rows.fields:
        if one.holds is Holds.SOLE:
            row[one.name] = values.get(f"{rows.name}.{one.name}") == str(number)
        else:
            row[one.name] = _read_field(one, values, f"{prefix}.{one.name}")
    return row


def _read_field(one: Field, values: MultiDict[str, str], name: str) -> Any:
    if one.by_language:
        found = {key[len(name) + 1 :]: value for key, value in values.items() if key.startswith(f"{name}.")}
        return {code: text.replace("\0", "") for code, text in found.items() if _CODE.fullmatch(code)}
    typed = values.get(name, "").replace("\0", "")
    return bool(typed) if one.holds is Holds.FLAG else typed
