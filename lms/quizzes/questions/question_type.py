"""What the quiz needs to know of a type of question, and what types share.

An answer is stored as a JSON object whose form the type decides; ``{}`` is an answer that was taken back.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Protocol

from flask import current_app, has_app_context
from markupsafe import Markup

from lms.courses import documents
from lms.courses.domain.content import Text
from lms.courses.questions import Problem
from lms.quizzes.questions.editing import TypeForm

Answer = Mapping[str, Any]
# Arabic and other scripts join or part letters with these.
_JOINERS = "\u200c\u200d"
_NOTHING = Markup()
MARKINGS = ("all_or_nothing", "proportional")


class Say(Protocol):
    """Texts and numbers in the reader's language."""

    def __call__(self, text: Text | None, /) -> Markup:
        """A text, marked where it is in another language; empty for none."""

    def number(self, value: Decimal, /) -> str:
        """A number with the reader's separators."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was answered, or that is right, in words. ``fraction`` is what it is worth: 1 is right."""

    text: Markup
    fraction: Fraction
    feedback: Markup = _NOTHING


class Presentation(Protocol):
    """A question as it is shown, in the reader's language and order. ``is_many``: an answer has several lines."""

    @property
    def stem(self) -> Markup:
        """The question itself."""

    @property
    def feedback(self) -> Markup:
        """What everybody is told afterwards."""

    @property
    def is_many(self) -> bool: ...

    def given(self, answer: Answer) -> Sequence[Line]:
        """What was answered; nothing for an answer that was taken back."""

    def missed(self, answer: Answer) -> Sequence[Line]:
        """What would have been right and was not answered."""

    def lines(self) -> Sequence[Line]:
        """Everything that can be answered, as far as the author wrote it."""


class QuestionType(Protocol):
    """A type; ``question`` is its own immutable value. ``must_shuffle`` where the author's order gives the answer away."""

    kind: str
    template: str
    value: type[Any]
    form: TypeForm
    schema: Mapping[str, Any]
    must_shuffle: bool

    def to_document(self, question: Any) -> dict[str, Any]:
        """The question as plain JSON values, without its kind."""

    def from_document(self, document: Mapping[str, Any]) -> Any:
        """The inverse of ``to_document``."""

    def problems(self, question: Any) -> Iterable[Problem]:
        """What an author has to mend, beside what the schema says."""

    def option_keys(self, question: Any) -> Sequence[str]:
        """Keys of what can be put in another order; empty where nothing can."""

    def read_answer(self, question: Any, values: Sequence[str]) -> dict[str, Any]:
        """The answer that a form or a packet carries; raises ValueError if it does not belong to the question."""

    def values_of(self, question: Any, answer: Answer) -> list[str]:
        """The inverse of ``read_answer``."""

    def missing(self, question: Any, answer: Answer) -> str:
        """What a begun answer still needs, in a sentence for the person; empty where it is whole."""

    def grade(self, question: Any, answer: Answer | None) -> Fraction:
        """The part of the question that is right, from 0 to 1; nothing for no answer.

        Never raises for an answer that was given to another version of the question.
        """

    def present(self, question: Any, order: Sequence[str], say: Say) -> Presentation:
        """What the template shows."""


class KeptAsDocument:
    """The question as plain JSON values, the same way for every type."""

    value: type[Any]

    def to_document(self, question: Any) -> dict[str, Any]:
        """The question's fields."""
        fields: dict[str, Any] = documents.to_document(question)
        return fields

    def from_document(self, document: Mapping[str, Any]) -> Any:
        """The inverse of ``to_document``."""
        return documents.from_document(self.value, document)


def filled(values: Sequence[str]) -> list[str]:
    """The values of fields in which something stands."""
    return [value for value in values if value.strip()]


def written(text: str) -> str:
    """What was typed, on one line and without characters that cannot be seen."""
    return " ".join("".join(c for c in text if c.isprintable() or c.isspace() or c in _JOINERS).split())


def token(*names: str) -> str:
    """A name for a part of a question that gives nothing away: the author's own keys may stand in the right order.

    It is made with the site's secret. The keys are ``a``, ``b``, ``c`` of ``own-1`` as often as not, and who could make
    the names of those would read the right order from the page.
    """
    secret = str(current_app.secret_key) if has_app_context() else ""
    return hmac.digest(secret.encode(), f"token {' '.join(names)}".encode(), hashlib.sha256).hex()[:10]


def earned(right: int, whole: int, marking: str) -> Fraction:
    """What so many right parts of a whole earn."""
    return Fraction(right, whole) if marking == "proportional" else Fraction(right == whole)


def marking_schema(proportional: str) -> dict[str, Any]:
    """The JSON Schema of ``marking``; ``proportional`` says what that earns."""
    return {
        "enum": list(MARKINGS),
        "default": MARKINGS[0],
        "description": f"all_or_nothing: only what is wholly right earns. proportional: {proportional}",
    }
