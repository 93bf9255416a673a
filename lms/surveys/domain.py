"""Rules of the evaluation: when one may answer, what an answer may be, what may be shown, and the exact figures.

Source: docs/rules.md#evaluation.
"""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from lms.courses.domain.content import SurveyQuestion, Text
from lms.courses.domain.schedule import has_passed

# With fewer returns than this, figures would say too much about each of the people who answered.
MINIMUM_RETURNS = 5
SCALE = (1, 2, 3, 4, 5)
NOT_APPLICABLE = "na"
LONGEST_ANSWER = 4000

Answer = int | str


class Window(enum.StrEnum):
    """Whether a survey takes answers."""

    NOT_YET = "not-yet"
    OPEN = "open"
    CLOSED = "closed"


class Visibility(enum.StrEnum):
    """Whether the answers may be shown, and why not."""

    SHOWN = "shown"
    STILL_OPEN = "still-open"
    TOO_FEW = "too-few"


def window(opens_at: datetime, closes_at: datetime, now: datetime) -> Window:
    """Whether a survey takes answers; it does until the last instant of the closing minute."""
    if now < opens_at:
        return Window.NOT_YET
    return Window.CLOSED if has_passed(closes_at, now) else Window.OPEN


def visibility(returns: int, closes_at: datetime, now: datetime) -> Visibility:
    """Whether the answers of a survey may be shown.

    Never while it is open: whoever looked before and after a colleague answered would read that colleague's answers
    off the difference.
    """
    if not has_passed(closes_at, now):
        return Visibility.STILL_OPEN
    return Visibility.SHOWN if returns >= MINIMUM_RETURNS else Visibility.TOO_FEW


def clean_answers(questions: Sequence[SurveyQuestion], given: Mapping[str, object]) -> dict[str, Answer]:
    """The answers as they are kept: blanks left out, numbers as numbers, texts with single line ends.

    Args:
        questions: in their order.
        given: raw values by question key; keys that are no question are ignored.

    Raises:
        ValueError: if a value is none of the choices or a text is longer than ``LONGEST_ANSWER``.
    """
    answers: dict[str, Answer] = {}
    for question in questions:
        value = given.get(question.key)
        if question.kind == "open":
            words = _tidy("" if value is None else str(value))
            if len(words) > LONGEST_ANSWER:
                raise ValueError(f"{question.key} is longer than {LONGEST_ANSWER} characters")
            if words:
                answers[question.key] = words
        elif value not in (None, ""):
            answers[question.key] = _choice(question, str(value))
    return answers


def _tidy(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\x00", "").strip()


def _choice(question: SurveyQuestion, value: str) -> Answer:
    if value not in choices(question):
        raise ValueError(f"{value!r} is no answer to {question.key}")
    return value if value == NOT_APPLICABLE else int(value)


def choices(question: SurveyQuestion) -> tuple[str, ...]:
    """What may be chosen in a scale question, as a form sends it."""
    return (*map(str, SCALE), NOT_APPLICABLE) if question.not_applicable else tuple(map(str, SCALE))


def half_up(value: Fraction, places: int) -> Decimal:
    """A figure that is not negative, rounded once to so many decimals; a half goes up."""
    scaled = value * 10**places
    whole = int(scaled) + (1 if scaled - int(scaled) >= Fraction(1, 2) else 0)
    return Decimal(whole).scaleb(-places)


def percentage(part: int, whole: int) -> Decimal | None:
    """A share in percent with one decimal, half up; ``None`` of nothing."""
    return half_up(Fraction(100 * part, whole), 1) if whole else None


@dataclass(frozen=True, slots=True)
class ScaleSummary:
    """The figures of one scale question, each from the counts and never from a rounded figure.

    ``counts`` has how many chose 1, 2, 3, 4 and 5. Blanks and “not applicable” are outside ``n``. Rounded shares may
    add up to 100.1.
    """

    key: str
    text: Text
    counts: tuple[int, ...]
    not_applicable: int = 0

    @property
    def n(self) -> int:
        """How many gave a number."""
        return sum(self.counts)

    @property
    def average(self) -> Decimal | None:
        """Two decimals, half up; ``None`` without answers."""
        total = sum(number * count for number, count in zip(SCALE, self.counts, strict=True))
        return half_up(Fraction(total, self.n), 2) if self.n else None

    @property
    def share_4_5(self) -> Decimal | None:
        """Percent who chose 4 or 5, one decimal, half up."""
        return percentage(self.counts[3] + self.counts[4], self.n)

    @property
    def shares(self) -> tuple[Decimal | None, ...]:
        """Percent who chose each of 1 to 5, one decimal, half up."""
        return tuple(percentage(count, self.n) for count in self.counts)


@dataclass(frozen=True, slots=True)
class OpenSummary:
    """What was written in answer to one open question."""

    key: str
    text: Text
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """All answers of a survey, question by question."""

    scales: tuple[ScaleSummary, ...]
    texts: tuple[OpenSummary, ...]


Returns = Mapping[str, Mapping[str, Answer]]


def summarise(questions: Iterable[SurveyQuestion], returns: Returns) -> Summary:
    """The figures of every scale question and the words of every open one, in the questionnaire's order.

    Args:
        questions: of the survey.
        returns: answers by question key, by the return's random key.
    """
    scales, texts = [], []
    for question in questions:
        if question.kind == "open":
            texts.append(OpenSummary(question.key, question.text, _words(question.key, returns)))
        else:
            given = [answers.get(question.key) for answers in returns.values()]
            counts = tuple(given.count(number) for number in SCALE)
            scales.append(ScaleSummary(question.key, question.text, counts, given.count(NOT_APPLICABLE)))
    return Summary(tuple(scales), tuple(texts))


def _words(question_key: str, returns: Returns) -> tuple[str, ...]:
    """Answers to an open question in an order of its own: the third here and the third there are not one person."""
    written = [(_shuffled(question_key, key), answers.get(question_key)) for key, answers in returns.items()]
    return tuple(str(words) for _order, words in sorted(written, key=lambda pair: pair[0]) if words)


def _shuffled(question_key: str, return_key: str) -> str:
    return hashlib.sha256(f"{question_key}:{return_key}".encode()).hexdigest()
