"""Question types: one module each, found by the kind that stands in a question's document.

A new type is a module with a ``QuestionType``, a line in ``TYPES``, and a template with the macros ``ask``, ``review``
and ``preview``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any, Protocol

from markupsafe import Markup

from lms.courses.domain.content import Text
from lms.quizzes.questions.single_choice import SingleChoice

# What is stored of an answer: a JSON object whose form the type decides.
Answer = Mapping[str, Any]
Say = Callable[[Text | None], Markup]


class QuestionType(Protocol):
    """What the quiz needs to know of a type; ``question`` is the type's own immutable value."""

    kind: str
    template: str
    value: type[Any]

    def to_document(self, question: Any) -> dict[str, Any]:
        """The question as plain JSON values."""

    def from_document(self, document: Mapping[str, Any]) -> Any:
        """The inverse of ``to_document``."""

    def option_keys(self, question: Any) -> Sequence[str]:
        """Keys of what can be put in another order; empty where nothing can."""

    def read_answer(self, question: Any, values: Sequence[str]) -> dict[str, Any]:
        """The answer that a form or a packet carries; raises ValueError if it does not belong to the question."""

    def values_of(self, answer: Answer) -> list[str]:
        """The inverse of ``read_answer``."""

    def grade(self, question: Any, answer: Answer | None) -> Fraction:
        """The part of the question that is right, from 0 to 1; nothing for no answer."""

    def present(self, question: Any, order: Sequence[str], say: Say) -> Any:
        """What the template shows: ``stem`` and what else the type has, said in the reader's language and order."""


TYPES: Mapping[str, QuestionType] = {kind.kind: kind for kind in (SingleChoice(),)}


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
