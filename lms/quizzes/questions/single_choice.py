"""A question with options, exactly one of them right."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from markupsafe import Markup

from lms.courses.documents import from_document, to_document
from lms.courses.domain.content import ChoiceQuestion, Text


@dataclass(frozen=True, slots=True)
class Choice:
    """An option as it is shown."""

    key: str
    text: Markup
    feedback: Markup
    correct: bool


@dataclass(frozen=True, slots=True)
class ShownChoices:
    """The question as it is shown. ``feedback`` is for everybody, whatever they chose."""

    stem: Markup
    options: tuple[Choice, ...]
    feedback: Markup


class SingleChoice:
    """All or nothing. An answer is ``{"option": key}``: the option's key, never its place or its text."""

    kind = "single_choice"
    template = "quizzes/questions/single_choice.html"
    value = ChoiceQuestion

    def to_document(self, question: ChoiceQuestion) -> dict[str, Any]:
        """The question as plain JSON values."""
        document: dict[str, Any] = to_document(question)
        return document

    def from_document(self, document: Mapping[str, Any]) -> ChoiceQuestion:
        """The inverse of ``to_document``."""
        return from_document(ChoiceQuestion, document)

    def option_keys(self, question: ChoiceQuestion) -> list[str]:
        """The options' keys in the author's order."""
        return [option.key for option in question.options]

    def read_answer(self, question: ChoiceQuestion, values: Sequence[str]) -> dict[str, Any]:
        """The chosen option; raises ValueError unless it is exactly one of the question's."""
        if len(values) != 1 or values[0] not in self.option_keys(question):
            raise ValueError(f"{list(values)} is not an answer to {question.key}")
        return {"option": values[0]}

    def values_of(self, answer: Mapping[str, Any]) -> list[str]:
        """The chosen key."""
        return [answer["option"]]

    def grade(self, question: ChoiceQuestion, answer: Mapping[str, Any] | None) -> Fraction:
        """1 for the right option, else 0."""
        chosen = None if answer is None else answer["option"]
        return Fraction(any(option.correct and option.key == chosen for option in question.options))

    def present(
        self, question: ChoiceQuestion, order: Sequence[str], say: Callable[[Text | None], Markup]
    ) -> ShownChoices:
        """Stem and options, the options in the given order."""
        options = {option.key: option for option in question.options}
        return ShownChoices(
            say(question.stem),
            tuple(
                Choice(key, say(options[key].text), say(options[key].feedback), options[key].correct) for key in order
            ),
            say(question.feedback),
        )
