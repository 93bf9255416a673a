"""A question with options, exactly one of them right."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flask_babel import lazy_gettext as _l

from lms.courses.domain.content import Text
from lms.courses.questions import Problem
from lms.quizzes.questions.editing import Holds, TypeForm
from lms.quizzes.questions.form_parts import FEEDBACK, STEM, options_form
from lms.quizzes.questions.options import Option, ShownChoices, correct_keys, options_schema, show_options
from lms.quizzes.questions.question_type import Answer, KeptAsDocument, Say


@dataclass(frozen=True, slots=True)
class ChoiceQuestion:
    """A question with options, exactly one of them correct."""

    key: str
    stem: Text
    options: tuple[Option, ...]
    feedback: Text | None = None
    category: str = ""
    tags: tuple[str, ...] = ()


class SingleChoice(KeptAsDocument):
    """All or nothing. An answer is ``{"option": key}``: the option's key, never its place or its text."""

    kind = "single_choice"
    template = "quizzes/questions/single_choice.html"
    form = TypeForm(
        _l("One right answer"),
        _l("Several options, exactly one of them right."),
        (STEM, options_form(Holds.SOLE, _l("This is the right one"), 8), FEEDBACK),
    )
    value = ChoiceQuestion
    must_shuffle = False
    schema: Mapping[str, Any] = {
        "properties": {"options": options_schema(8, "true for the one right option.")},
        "required": ["options"],
    }

    def problems(self, question: ChoiceQuestion) -> Iterator[Problem]:
        """Exactly one option is right."""
        right = correct_keys(question.options)
        if not right:
            yield Problem(("options",), _l("No option is correct: mark exactly one."))
        elif len(right) > 1:
            keys = ", ".join(right)
            sentence = _l("%(num)s options (%(keys)s) are correct: mark exactly one.", num=len(right), keys=keys)
            yield Problem(("options",), sentence)

    def option_keys(self, question: ChoiceQuestion) -> list[str]:
        """The options' keys in the author's order."""
        return [option.key for option in question.options]

    def read_answer(self, question: ChoiceQuestion, values: Sequence[str]) -> dict[str, Any]:
        """The chosen option; raises ValueError unless it is exactly one of the question's."""
        if len(values) != 1 or values[0] not in self.option_keys(question):
            raise ValueError(f"{list(values)} is not an answer to {question.key}")
        return {"option": values[0]}

    def values_of(self, question: ChoiceQuestion, answer: Answer) -> list[str]:
        """The chosen key."""
        return [answer["option"]] if "option" in answer else []

    def missing(self, question: ChoiceQuestion, answer: Answer) -> str:
        """Nothing: one option is a whole answer."""
        return ""

    def grade(self, question: ChoiceQuestion, answer: Answer | None) -> Fraction:
        """1 for the right option, else 0."""
        chosen = None if answer is None else answer.get("option")
        return Fraction(chosen in correct_keys(question.options))

    def present(self, question: ChoiceQuestion, order: Sequence[str], say: Say) -> ShownChoices:
        """Stem and options, the options in the given order."""
        options = show_options(question.options, order, say)
        return ShownChoices(say(question.stem), options, say(question.feedback))
