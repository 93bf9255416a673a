"""Questions of the bank as their readers see them: drafts and versions as participants do, differences as authors do."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from markupsafe import Markup

from lms.core.comparison import Change, Piece, compare_words
from lms.core.i18n import EVERY_LANGUAGE, LANGUAGE_NAMES, Text, localise
from lms.core.web import interface_language, reading_languages
from lms.quizzes import display
from lms.quizzes.display import ShownQuestion
from lms.quizzes.domain import Shown, shuffled
from lms.quizzes.models import QuestionVersion
from lms.quizzes.queries import Version, get_versions
from lms.quizzes.question_texts import question_html
from lms.quizzes.questions import TYPES, QuestionType
from lms.quizzes.questions.editing import Line, lines_of
from lms.quizzes.questions.forms import FORMS

LONGEST_LINE = 160

_ATTRIBUTE_WITH_IDS = re.compile(r'\b(id|for|aria-labelledby|aria-describedby|aria-controls)="([^"]*)"')
_OWN_ID = re.compile(r"(?<!\S)q1\b")


@dataclass(frozen=True, slots=True)
class Preview:
    """A question in one language: as it is asked, and with every feedback."""

    language: str
    asked: Markup
    explained: Markup


def preview_of_draft(kind_name: str, content: Any, language: str, languages: Sequence[str]) -> Preview:
    """What is being written, as it would be shown; nothing of it is kept in memory."""
    kind = TYPES[kind_name]
    tried = (language, *languages)
    order = _order(kind, content)
    question = ShownQuestion(1, Version(0, kind, content), order, tried, ())
    shown = display._content.__wrapped__(question.version, order, tried)
    macros: Any = current_app.jinja_env.get_template(kind.template).module
    asked = macros.ask(question, shown, interface_language())
    explained = macros.preview(question, shown, interface_language())
    return Preview(language, _apart(asked, "draft"), _apart(explained, "draft-all"))


def _order(kind: QuestionType, content: Any) -> tuple[str, ...]:
    """The author's order, unless that would give the answer away."""
    keys = list(kind.option_keys(content))
    return tuple(shuffled(keys, "preview") if kind.must_shuffle else keys)


def shown_version(
    version: QuestionVersion, language: str, languages: Sequence[str], answer: Sequence[str] = ()
) -> ShownQuestion:
    """A version as the first question of an attempt, its options in the author's order.

    Args:
        answer: values as a form sends them; what does not belong to the question counts as no answer.
    """
    found = get_versions([version.id])[version.id]
    values: tuple[str, ...] = ()
    if answer:
        try:
            values = tuple(found.kind.values_of(found.content, found.kind.read_answer(found.content, list(answer))))
        except ValueError:
            values = ()
    return ShownQuestion(1, found, _order(found.kind, found.content), (language, *languages), values)


def preview_of(version: QuestionVersion, language: str, languages: Sequence[str]) -> Preview:
    """A version as participants see it."""
    question = shown_version(version, language, languages)
    return Preview(language, _apart(question.ask(()), language), _apart(question.preview(), f"{language}-all"))


def _apart(html: Markup, prefix: str) -> Markup:
    """The question with ids of its own, where it stands several times on a page; its fields keep their names."""

    def rename(match: re.Match[str]) -> str:
        return f'{match[1]}="{_OWN_ID.sub(f"{prefix}-q1", match[2])}"'

    return Markup(_ATTRIBUTE_WITH_IDS.sub(rename, html))  # noqa: S704  only ids are changed


def review_of(question: ShownQuestion) -> Markup:
    """What a participant sees of an answer once everything may be shown."""
    return question.review(Shown.EVERYTHING)


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that two versions say differently; ``parts`` are its words, each in both, only the old or only the new."""

    place: str
    language: str
    parts: Sequence[Piece]


def differences(kind: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Difference]:
    """What differs between two documents of a type, in the order of its form; what was removed comes last."""
    form = FORMS[kind]
    before, after = list(lines_of(form, old)), list(lines_of(form, new))
    said_before, said_after = {line.path: line.said for line in before}, {line.path: line.said for line in after}
    found = [
        Difference(_place(line), line.language, compare_words(said_before.get(line.path, ""), line.said))
        for line in after
        if line.said != said_before.get(line.path, "")
    ]
    found += [
        Difference(_place(line), line.language, compare_words(line.said, ""))
        for line in before
        if line.path not in said_after and line.said
    ]
    return found + _reordered(kind, old, new)


def _reordered(kind: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Difference]:
    found = []
    for rows in FORMS[kind].rows:
        if not rows.has_key:
            continue
        before, after = ([row["key"] for row in document.get(rows.name, ())] for document in (old, new))
        both = set(before) & set(after)
        kept_before, kept_after = ([key for key in keys if key in both] for keys in (before, after))
        if kept_before != kept_after:
            words = _("in another order")
            found.append(Difference(str(rows.label), "", [Piece(Change.NEW, words)]))
    return found


def _place(line: Line) -> str:
    label = str(line.label)
    return f"{line.one} {line.row}: {label}" if line.one else label


def stem_line(stem: Text) -> str:
    """A question in a list: its words without their marks, cut to what tells it from others."""
    found = localise(stem, reading_languages())
    words = question_html(found.text).striptags() or found.text
    return words if len(words) <= LONGEST_LINE else f"{words[: LONGEST_LINE - 1].rstrip()}…"


def language_name(code: str) -> str:
    """A language as its speakers call it; the words of no language by what they are."""
    return str(_("In every language")) if code == EVERY_LANGUAGE else LANGUAGE_NAMES.get(code, code)
