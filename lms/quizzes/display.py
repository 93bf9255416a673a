"""Questions as one reader sees them: in the attempt's language and order, ready for the templates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from flask import current_app
from markupsafe import Markup

from lms.core.i18n import Text, direction_of, localise
from lms.core.web import interface_language
from lms.quizzes.domain import Shown
from lms.quizzes.models import Attempt, Quiz
from lms.quizzes.queries import Version, get_versions
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

    def ask(self, chosen: Sequence[str]) -> Markup:
        """The question with its options, those chosen marked."""
        return _render("ask", self._with(tuple(chosen)), ())

    def review(self, shown: Shown) -> Markup:
        """What was chosen and, as far as they are shown, the feedback and the right answer."""
        return _render("review", self, (shown, interface_language()))

    def preview(self) -> Markup:
        """Every option with its feedback, for those who teach."""
        return _render("preview", self, (interface_language(),))

    def _with(self, values: tuple[str, ...]) -> ShownQuestion:
        return self if values == self.values else replace(self, values=values)


@lru_cache(maxsize=4096)
def _content(version: Version, order: tuple[str, ...], languages: tuple[str, ...]) -> Any:
    """A version's texts in the reader's languages."""

    def say(text: Text | None) -> Markup:
        found = localise(text or {}, languages)
        if found.language in ("", languages[0]):
            return Markup.escape(found.text)
        return Markup('<span lang="{0}" dir="{1}">{2}</span>').format(
            found.language, direction_of(found.language), found.text
        )

    return version.kind.present(version.content, order, say)


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
        values = () if answer is None else tuple(version.kind.values_of(answer))
        shown.append(ShownQuestion(position, version, tuple(order), tried, values))
    return shown


def questions_of_quiz(quiz: Quiz, languages: Sequence[str]) -> list[ShownQuestion]:
    """The questions that a new attempt would ask, in the author's order."""
    versions = get_versions(quiz.question_version_ids)
    return [
        ShownQuestion(position, version, tuple(version.kind.option_keys(version.content)), tuple(languages), ())
        for position, version in enumerate(versions.values(), start=1)
    ]
