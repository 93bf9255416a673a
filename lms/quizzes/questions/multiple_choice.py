"""A question with options, any number of them right."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flask_babel import lazy_gettext as _l

from lms.courses.domain.content import Text
from lms.courses.questions import Problem
from lms.quizzes.questions.editing import Holds, TypeForm
from lms.quizzes.questions.form_parts import FEEDBACK, MARKING, STEM, options_form
from lms.quizzes.questions.options import Option, ShownChoices, correct_keys, options_schema, show_options
from lms.quizzes.questions.question_type import Answer, KeptAsDocument, Say, filled, marking_schema


@dataclass(frozen=True, slots=True)
class MultipleChoiceQuestion:
    """At least one option is correct, and one is not. ``marking`` is all_or_nothing or proportional."""

    key: str
    stem: Text
    options: tuple[Option, ...]
    marking: str = "all_or_nothing"
    feedback: Text | None = None
    category: str = ""
    tags: tuple[str, ...] = ()


class MultipleChoice(KeptAsDocument):
    """An answer is ``{"options": [keys]}``. Source of the marking: docs/rules.md#question-types."""

    kind = "multiple_choice"
    template = "quizzes/questions/multiple_choice.html"
    form = TypeForm(
        _l("Several right answers"),
        _l("Several options, one or more of them right."),
        (STEM, options_form(Holds.FLAG, _l("This is right"), 12), MARKING, FEEDBACK),
    )
    value = MultipleChoiceQuestion
    must_shuffle = False
    schema: Mapping[str, Any] = {
        "properties": {
            "options": options_schema(12, "true for each right option."),
            "marking": marking_schema(
                "each right option ticked earns its share, and each wrong one costs as much; never below 0."
            ),
        },
        "required": ["options"],
    }

    def problems(self, question: MultipleChoiceQuestion) -> Iterator[Problem]:
        """At least one option is right, and at least one is wrong: else ticking everything would be the answer."""
        right = correct_keys(question.options)
        if not right:
            yield Problem(("options",), _l("No option is correct: mark at least one."))
        elif len(right) == len(question.options):
            yield Problem(("options",), _l("Every option is correct: add one that is not."))

    def option_keys(self, question: MultipleChoiceQuestion) -> list[str]:
        """The options' keys in the author's order."""
        return [option.key for option in question.options]

    def read_answer(self, question: MultipleChoiceQuestion, values: Sequence[str]) -> dict[str, Any]:
        """The ticked options; raises ValueError unless they are different ones of the question's."""
        ticked, keys = filled(values), self.option_keys(question)
        if len(set(ticked)) != len(ticked) or not set(ticked) <= set(keys):
            raise ValueError(f"{ticked} is not an answer to {question.key}")
        return {"options": [key for key in keys if key in ticked]} if ticked else {}

    def values_of(self, question: MultipleChoiceQuestion, answer: Answer) -> list[str]:
        """The ticked keys."""
        return list(answer.get("options", ()))

    def missing(self, question: MultipleChoiceQuestion, answer: Answer) -> str:
        """Nothing: how many are right is for the person to know."""
        return ""

    def grade(self, question: MultipleChoiceQuestion, answer: Answer | None) -> Fraction:
        """All or nothing; or right minus wrong over the number of right ones, never below 0.

        Who ticks everything knows nothing of the question, whatever the marking, and earns nothing.
        """
        keys, right = set(self.option_keys(question)), set(correct_keys(question.options))
        ticked = set((answer or {}).get("options", ())) & keys
        if not right or (ticked == keys and right != keys):
            return Fraction(0)
        if question.marking != "proportional":
            return Fraction(ticked == right)
        return max(Fraction(0), Fraction(len(ticked & right) - len(ticked - right), len(right)))

    def present(self, question: MultipleChoiceQuestion, order: Sequence[str], say: Say) -> ShownChoices:
        """Stem and options, the options in the given order."""
        options = show_options(question.options, order, say)
        return ShownChoices(say(question.stem), options, say(question.feedback), question.marking)
