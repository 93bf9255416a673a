"""What questions have alike that are answered in writing: an answer is ``{"text": …}``, nothing is chosen or ordered."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Protocol

from markupsafe import Markup

from lms.quizzes.questions.question_type import Answer, KeptAsDocument, Line, filled, written


class Accepted(Protocol):
    """One of the answers that the author thought of, and the part of the question that it earns."""

    @property
    def key(self) -> str: ...

    @property
    def fraction(self) -> Fraction: ...


class Matcher(Protocol):
    """Finds which of the accepted answers was written."""

    def matched(self, question: Any, answer: Answer | None) -> Accepted | None:
        """The accepted answer that fits and earns most, the first of equals."""


@dataclass(frozen=True, slots=True)
class ShownTyped:
    """The question as it is shown. ``answers`` are those of the question, by key."""

    kind: Matcher
    question: Any
    stem: Markup
    answers: Mapping[str, Line]
    feedback: Markup
    is_many: bool = False

    def given(self, answer: Answer) -> list[Line]:
        """What was written."""
        if "text" not in answer:
            return []
        typed, matched = Markup("<bdi>{}</bdi>").format(answer["text"]), self.kind.matched(self.question, answer)
        if matched is None:
            return [Line(typed, Fraction(0))]
        return [Line(typed, matched.fraction, self.answers[matched.key].feedback)]

    def missed(self, answer: Answer) -> list[Line]:
        """The right answers, where it was none of them."""
        matched = self.kind.matched(self.question, answer)
        if matched is not None and matched.fraction == 1:
            return []
        return [line for line in self.answers.values() if line.fraction == 1]

    def lines(self) -> list[Line]:
        """All answers that the author thought of."""
        return list(self.answers.values())


class Typed(KeptAsDocument, ABC):
    """A type whose questions are answered in writing; ``longest`` is the most characters that can be written."""

    must_shuffle = False
    longest: int

    @abstractmethod
    def matched(self, question: Any, answer: Answer | None) -> Accepted | None:
        """The accepted answer that fits and earns most, the first of equals."""

    def option_keys(self, question: Any) -> tuple[str, ...]:
        """Nothing to shuffle."""
        return ()

    def read_answer(self, question: Any, values: Sequence[str]) -> dict[str, Any]:
        """What was written, whatever it is; raises ValueError for several texts or one that is too long."""
        typed = filled(values)
        if len(typed) > 1 or any(len(text) > self.longest for text in typed):
            raise ValueError(f"this is not an answer to {question.key}")
        text = written(typed[0]) if typed else ""
        return {"text": text} if text else {}

    def values_of(self, question: Any, answer: Answer) -> list[str]:
        """What was written."""
        return [answer["text"]] if "text" in answer else []

    def grade(self, question: Any, answer: Answer | None) -> Fraction:
        """What the answer that fits earns; nothing where none does."""
        matched = self.matched(question, answer)
        return Fraction(0) if matched is None else matched.fraction
