"""Question types: one module each, found by the kind that stands in a question's document.

A new type is a module with its value, its type (question_type.py) and its form for the editor (editing.py), a line in
``TYPES``, and a template with the macros ``ask``, ``review`` and ``preview``. Decision: docs/decisions/0060-question-types.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lms.quizzes.questions.matching import Distractor, Matching, MatchingQuestion, Pair
from lms.quizzes.questions.multiple_choice import MultipleChoice, MultipleChoiceQuestion
from lms.quizzes.questions.numerical import Numerical, NumericalAnswer, NumericalQuestion, Unit
from lms.quizzes.questions.options import Option
from lms.quizzes.questions.ordering import Item, Ordering, OrderingQuestion
from lms.quizzes.questions.question_type import Answer, Line, QuestionType, Say
from lms.quizzes.questions.short_text import ShortAnswer, ShortText, ShortTextQuestion
from lms.quizzes.questions.single_choice import ChoiceQuestion, SingleChoice
from lms.quizzes.questions.true_false import TrueFalse, TrueFalseQuestion

# The values of all types, for whoever makes questions: from lms.quizzes.questions import …
__all__ = [
    "TYPES",
    "Answer",
    "ChoiceQuestion",
    "Distractor",
    "Item",
    "Line",
    "MatchingQuestion",
    "MultipleChoiceQuestion",
    "NumericalAnswer",
    "NumericalQuestion",
    "Option",
    "OrderingQuestion",
    "Pair",
    "QuestionType",
    "Say",
    "ShortAnswer",
    "ShortTextQuestion",
    "TrueFalseQuestion",
    "Unit",
    "from_document",
    "kind_of",
    "to_document",
]

TYPES: Mapping[str, QuestionType] = {
    kind.kind: kind
    for kind in (
        SingleChoice(),
        MultipleChoice(),
        TrueFalse(),
        Matching(),
        Ordering(),
        Numerical(),
        ShortText(),
    )
}


def kind_of(question: Any) -> QuestionType:
    """The type of a question of a course pack."""
    return next(kind for kind in TYPES.values() if isinstance(question, kind.value))


def to_document(question: Any) -> dict[str, Any]:
    """A question of a course pack as the document that its version keeps, with its kind."""
    kind = kind_of(question)
    return {"kind": kind.kind, **kind.to_document(question)}


def from_document(document: Mapping[str, Any]) -> tuple[QuestionType, Any]:
    """The type and the value that a version's document describes."""
    kind = TYPES[document["kind"]]
    return kind, kind.from_document({name: value for name, value in document.items() if name != "kind"})
