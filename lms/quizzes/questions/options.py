"""Options to choose from, shared by the types that have them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from markupsafe import Markup

from lms.courses.domain.content import Text
from lms.quizzes.questions.question_type import Answer, Line, Say

DEFINITIONS = "definitions.json#/$defs/"
TEXT = {"$ref": f"{DEFINITIONS}text"}
KEY = {"$ref": f"{DEFINITIONS}key"}


@dataclass(frozen=True, slots=True)
class Option:
    """One of the answers that can be chosen, with feedback for whoever chooses it."""

    key: str
    text: Text
    feedback: Text | None = None
    correct: bool = False


def options_schema(most: int, correct: str) -> dict[str, Any]:
    """The JSON Schema of two to ``most`` options; ``correct`` says what the key of that name means."""
    feedback = "What to tell whoever chose it: why it is right, or where the thought goes wrong."
    return {
        "type": "array",
        "description": f"Two to {most} options.",
        "items": {
            "type": "object",
            "description": "An answer that can be chosen.",
            "properties": {
                "key": KEY,
                "text": TEXT,
                "correct": {"type": "boolean", "default": False, "description": correct},
                "feedback": {**TEXT, "description": feedback},
            },
            "required": ["key", "text", "feedback"],
            "additionalProperties": False,
        },
        "minItems": 2,
        "maxItems": most,
    }


def correct_keys(options: Sequence[Option]) -> list[str]:
    """The keys of the right options in the author's order."""
    return [option.key for option in options if option.correct]


@dataclass(frozen=True, slots=True)
class Choice:
    """An option as it is shown."""

    key: str
    text: Markup
    feedback: Markup
    correct: bool

    @property
    def line(self) -> Line:
        """It as a line of an answer."""
        return Line(self.text, Fraction(self.correct), self.feedback)


@dataclass(frozen=True, slots=True)
class ShownChoices:
    """A question with options as it is shown. ``marking`` is empty where one option is chosen."""

    stem: Markup
    options: tuple[Choice, ...]
    feedback: Markup
    marking: str = ""

    @property
    def is_many(self) -> bool:
        """True where several options may be chosen."""
        return bool(self.marking)

    def given(self, answer: Answer) -> list[Line]:
        """The chosen options in the order in which they were shown."""
        return [option.line for option in self.options if option.key in _chosen(answer)]

    def missed(self, answer: Answer) -> list[Line]:
        """The right options that were not chosen."""
        return [option.line for option in self.options if option.correct and option.key not in _chosen(answer)]

    def lines(self) -> list[Line]:
        """All options."""
        return [option.line for option in self.options]


def _chosen(answer: Answer) -> Sequence[str]:
    return answer.get("options") or [answer.get("option", "")]


def show_options(options: Sequence[Option], order: Sequence[str], say: Say) -> tuple[Choice, ...]:
    """The options in the given order."""
    by_key = {option.key: option for option in options}
    return tuple(Choice(key, say(by_key[key].text), say(by_key[key].feedback), by_key[key].correct) for key in order)
