"""Questions as one reader sees them: in the attempt's language and order, ready for the templates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any

import flask_babel
from babel.numbers import format_decimal
from flask import current_app
from markupsafe import Markup

from lms.core.i18n import Text, direction_of, locale_of, localise
from lms.core.web import interface_language
from lms.grading.domain.points import round_points
from lms.quizzes.domain import Shown
from lms.quizzes.models import Attempt, Quiz
from lms.quizzes.queries import Version, get_versions
from lms.quizzes.question_texts import question_html
from lms.quizzes.questions import Answer


@dataclass(frozen=True, slots=True)
class ShownQuestion:
    """A question in its place, for one reader: its version, options in their order, languages to try, what was chosen."""

    position: int
    version: Version
    order: tuple[str, ...]
    languages: tuple[str, ...]
    values: tuple[str, ...]

    @property
    def stem(self) -> Markup:
        """The question itself."""
        stem: Markup = _content(self.version, self.order, self.languages).stem
        return stem

    @property
    def answer(self) -> Answer:
        """What was answered; empty for nothing, and for what does not belong to the question."""
        kind, content = self.version.kind, self.version.content
        try:
            return kind.read_answer(content, self.values) if self.values else {}
        except ValueError:
            return {}

    @property
    def missing(self) -> str:
        """What a begun answer still needs, in a sentence; empty where it is whole, or not begun."""
        return self.version.kind.missing(self.version.content, self.answer)

    @property
    def is_answered(self) -> bool:
        """True for an answer that needs nothing more."""
        return bool(self.values) and not self.missing

    @property
    def fraction(self) -> Fraction:
        """The part of the question that is right."""
        return self.version.kind.grade(self.version.content, self.answer)

    def ask(self, chosen: Sequence[str]) -> Markup:
        """The question with its fields, what was chosen or written in them."""
        return _render("ask", self._with(tuple(chosen)), (interface_language(),))

    def review(self, shown: Shown, *, is_own: bool = True) -> Markup:
        """What was chosen and, as far as they are shown, the feedback and the right answer.

        Args:
            is_own: whether it is said to the person who answered, or about them.
        """
        return _render("review", self, (shown, is_own, interface_language()))

    def preview(self) -> Markup:
        """Every option with its feedback, for those who teach."""
        return _render("preview", self, (interface_language(),))

    def _with(self, values: tuple[str, ...]) -> ShownQuestion:
        return self if values == self.values else replace(self, values=values)


@dataclass(frozen=True, slots=True)
class Reader:
    """Says texts and numbers in the first of the languages that has them."""

    languages: tuple[str, ...]

    def __call__(self, text: Text | None) -> Markup:
        """A text, marked where it is in another language than the first."""
        found = localise(text or {}, self.languages)
        html = question_html(found.text)
        if found.language in ("", self.languages[0]):
            return html
        return Markup('<span lang="{0}" dir="{1}">{2}</span>').format(
            found.language, direction_of(found.language), html
        )

    def number(self, value: Decimal) -> str:
        """A number with all its decimals."""
        return str(format_decimal(value, format="#,##0.####################", locale=locale_of(self.languages[0])))


def part_of_mark(value: Fraction) -> str:
    """Right answers, or a part of one, with up to two decimals: “7”, “7.5”, “0.67”."""
    return str(flask_babel.format_decimal(round_points(value), format="#,##0.##"))


@lru_cache(maxsize=4096)
def _content(version: Version, order: tuple[str, ...], languages: tuple[str, ...]) -> Any:
    """A version's texts in the reader's languages."""
    return version.kind.present(version.content, order, Reader(languages))


@lru_cache(maxsize=4096)
def _render(macro: str, question: ShownQuestion, more: tuple[Any, ...]) -> Markup:
    """A question as HTML, kept because its version never changes: a page of ten costs as much as one line.

    Args:
        more: what the macro takes besides; its last is the interface's language, where the macro has words in it.
    """
    template = current_app.jinja_env.get_template(question.version.kind.template)
    content = _content(question.version, question.order, question.languages)
    rendered: Markup = getattr(template.module, macro)(question, content, *more)
    return rendered


def questions_of(attempt: Attempt, languages: Sequence[str], answers: Mapping[int, Answer]) -> list[ShownQuestion]:
    """The questions of an attempt as it was laid out, with the answers that arrived.

    Args:
        languages: the edition's, tried after the attempt's own.
    """
    versions = get_versions(version_id for version_id, _order in attempt.layout)
    tried = (attempt.language, *languages)
    shown = []
    for position, (version_id, order) in enumerate(attempt.layout, start=1):
        version, answer = versions[version_id], answers.get(position)
        values = () if answer is None else tuple(version.kind.values_of(version.content, answer))
        shown.append(ShownQuestion(position, version, tuple(order), tried, values))
    return shown


def questions_of_quiz(quiz: Quiz, languages: Sequence[str]) -> list[ShownQuestion]:
    """The questions that a new attempt would ask, in the author's order."""
    versions = get_versions(quiz.question_version_ids)
    return [
        ShownQuestion(position, version, tuple(version.kind.option_keys(version.content)), tuple(languages), ())
        for position, version in enumerate(versions.values(), start=1)
    ]
