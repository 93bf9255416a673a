"""A statement that is true or false."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from lms.courses.domain.content import Text
from lms.courses.questions import Problem
from lms.quizzes.questions.editing import Field, Holds, TypeForm
from lms.quizzes.questions.form_parts import FEEDBACK
from lms.quizzes.questions.options import TEXT
from lms.quizzes.questions.question_type import Answer, KeptAsDocument, Line, Say

_WORDS = ("true", "false")


@dataclass(frozen=True, slots=True)
class TrueFalseQuestion:
    """``answer`` says whether the stem is true; each of the two has feedback for whoever chose it."""

    key: str
    stem: Text
    answer: bool
    feedback_true: Text | None = None
    feedback_false: Text | None = None
    feedback: Text | None = None
    category: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ShownStatement:
    """The statement as it is shown."""

    stem: Markup
    is_true: bool
    # For whoever called it false, and whoever called it true.
    feedbacks: tuple[Markup, Markup]
    feedback: Markup
    is_many: bool = False

    def _line(self, said: bool) -> Line:
        # The two words are the page's own, so they are said in its language when they are shown.
        text = Markup.escape(_("True") if said else _("False"))
        return Line(text, Fraction(said == self.is_true), self.feedbacks[said])

    def given(self, answer: Answer) -> list[Line]:
        """What it was called."""
        return [self._line(answer["answer"])] if "answer" in answer else []

    def missed(self, answer: Answer) -> list[Line]:
        """What it is, where it was called the other."""
        return [] if answer.get("answer") is self.is_true else [self._line(self.is_true)]

    def lines(self) -> list[Line]:
        """Both."""
        return [self._line(True), self._line(False)]


class TrueFalse(KeptAsDocument):
    """All or nothing. An answer is ``{"answer": true}`` or ``{"answer": false}``; true always stands first."""

    kind = "true_false"
    template = "quizzes/questions/true_false.html"
    form = TypeForm(
        _l("True or false"),
        _l("A statement to judge."),
        (
            Field("stem", _l("Statement"), is_required=True),
            Field(
                "answer",
                _l("The statement is"),
                Holds.CHOICE,
                is_required=True,
                choices=((True, _l("true")), (False, _l("false"))),
            ),
            Field("feedback_true", _l("Feedback for “true”")),
            Field("feedback_false", _l("Feedback for “false”")),
            FEEDBACK,
        ),
    )
    value = TrueFalseQuestion
    must_shuffle = False
    schema: Mapping[str, Any] = {
        "properties": {
            "answer": {"type": "boolean", "description": "true where the stem is true, false where it is not."},
            "feedback_true": {**TEXT, "description": "What to tell whoever called it true."},
            "feedback_false": {**TEXT, "description": "What to tell whoever called it false."},
        },
        "required": ["answer"],
    }

    def problems(self, question: TrueFalseQuestion) -> tuple[Problem, ...]:
        """None: the schema says all."""
        return ()

    def option_keys(self, question: TrueFalseQuestion) -> tuple[str, ...]:
        """Nothing to shuffle."""
        return ()

    def read_answer(self, question: TrueFalseQuestion, values: Sequence[str]) -> dict[str, Any]:
        """What it was called; raises ValueError for anything but one of the two."""
        if len(values) != 1 or values[0] not in _WORDS:
            raise ValueError(f"{list(values)} is not an answer to {question.key}")
        return {"answer": values[0] == "true"}

    def values_of(self, question: TrueFalseQuestion, answer: Answer) -> list[str]:
        """``true`` or ``false``."""
        return ["true" if answer["answer"] else "false"] if "answer" in answer else []

    def missing(self, question: TrueFalseQuestion, answer: Answer) -> str:
        """Nothing."""
        return ""

    def grade(self, question: TrueFalseQuestion, answer: Answer | None) -> Fraction:
        """1 for what it is, else 0."""
        return Fraction((answer or {}).get("answer") is question.answer)

    def present(self, question: TrueFalseQuestion, order: Sequence[str], say: Say) -> ShownStatement:
        """The statement and its feedbacks."""
        feedbacks = (say(question.feedback_false), say(question.feedback_true))
        return ShownStatement(say(question.stem), question.answer, feedbacks, say(question.feedback))
