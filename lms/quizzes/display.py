"""Questions as one reader sees them: in the attempt's language and order, ready for the templates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from markupsafe import Markup

from lms.core.i18n import Text, direction_of, localise
from lms.quizzes.models import Attempt, Quiz
from lms.quizzes.queries import Version, get_versions
from lms.quizzes.questions import Answer


@dataclass(frozen=True, slots=True)
class ShownQuestion:
    """A question in its place. ``content`` is what its type's template shows; ``values`` is what the person chose."""

    position: int
    template: str
    content: Any
    values: Sequence[str]
    is_right: bool


@lru_cache(maxsize=4096)
def _present(version: Version, order: tuple[str, ...], languages: tuple[str, ...]) -> Any:
    """A version's texts in the reader's languages; put together once in a process, since versions never change."""

    def say(text: Text | None) -> Markup:
        found = localise(text or {}, languages)
        if found.language in ("", languages[0]):
            return Markup.escape(found.text)
        return Markup('<span lang="{0}" dir="{1}">{2}</span>').format(
            found.language, direction_of(found.language), found.text
        )

    return version.kind.present(version.content, order, say)


def questions_of(attempt: Attempt, languages: Sequence[str], answers: Mapping[int, Answer]) -> list[ShownQuestion]:
    """The questions of an attempt as it was laid out, with the answers that arrived.

    Args:
        languages: the edition's, tried after the attempt's own.
    """
    return _show(attempt.layout, (attempt.language, *languages), answers)


def questions_of_quiz(quiz: Quiz, languages: Sequence[str]) -> list[ShownQuestion]:
    """The questions that a new attempt would ask, in the author's order, each with its right answer chosen."""
    versions = get_versions(quiz.question_version_ids)
    layout = [(key, version.kind.option_keys(version.content)) for key, version in versions.items()]
    answers = {
        position: version.kind.right_answer(version.content)
        for position, version in enumerate(versions.values(), start=1)
    }
    return _show(layout, tuple(languages), answers)


def _show(
    layout: Sequence[Sequence[Any]], languages: tuple[str, ...], answers: Mapping[int, Answer]
) -> list[ShownQuestion]:
    versions = get_versions(version_id for version_id, _order in layout)
    shown = []
    for position, (version_id, order) in enumerate(layout, start=1):
        version, answer = versions[version_id], answers.get(position)
        shown.append(
            ShownQuestion(
                position,
                version.kind.template,
                _present(version, tuple(order), languages),
                version.kind.values_of(answer) if answer is not None else (),
                version.kind.grade(version.content, answer) == 1,
            )
        )
    return shown
