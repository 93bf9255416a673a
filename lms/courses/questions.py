"""The kinds of question that a course may hold: features above ``courses`` add theirs when the app is built.

A question stands in a pack and in a release as its value's fields, with its kind under ``type``; ``single_choice`` is
left out. ``Question`` in domain/content.py says what all kinds have in common. Decision: docs/decisions/0060.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Protocol

import cattrs

from lms.courses.domain.content import Question

USUAL_KIND = "single_choice"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something to mend in a question: ``path`` leads to it in the question's fields; ``sentence`` is said when shown."""

    path: tuple[str | int, ...]
    sentence: Any


class QuestionKind(Protocol):
    """What reading, checking and writing a course needs to know of a kind.

    ``schema`` holds ``properties`` and ``required`` of the kind's own fields, as in a JSON Schema.
    """

    kind: str
    value: type[Any]
    schema: Mapping[str, Any]

    def problems(self, question: Any) -> Iterable[Problem]:
        """What is wrong with a question whose fields have the right shape."""


# By kind, so that building the app twice in a process registers nothing twice.
_kinds: dict[str, QuestionKind] = {}


def add_question_kinds(kinds: Iterable[QuestionKind]) -> None:
    """Let courses hold questions of these kinds."""
    _kinds.update({kind.kind: kind for kind in kinds})


def question_kinds() -> Mapping[str, QuestionKind]:
    """The kinds by name, in the order in which they were added."""
    return _kinds


def keep_questions(converter: cattrs.Converter) -> None:
    """Teach a converter to read and write questions of every kind, with the fractions in them."""

    def read(value: Mapping[str, Any], _type: Any) -> Any:
        kind = _kinds[value.get("type", USUAL_KIND)]
        return converter.structure({name: part for name, part in value.items() if name != "type"}, kind.value)

    def write(question: Any) -> dict[str, Any]:
        kind = next(kind for kind in _kinds.values() if isinstance(question, kind.value))
        fields: dict[str, Any] = converter.unstructure(question)
        key = fields.pop("key")
        return {"key": key, **({} if kind.kind == USUAL_KIND else {"type": kind.kind}), **fields}

    converter.register_structure_hook_func(lambda kind: kind is Question, read)
    converter.register_unstructure_hook_func(lambda kind: kind is Question, write)
    converter.register_structure_hook(Fraction, lambda value, _type: Fraction(str(value)))
    converter.register_unstructure_hook(
        Fraction, lambda value: value.numerator if value.denominator == 1 else str(value)
    )
