"""Left sides, each to be matched with its right side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from lms.courses.domain.content import Text
from lms.courses.questions import Problem
from lms.quizzes.questions.editing import Field, Rows, TypeForm
from lms.quizzes.questions.form_parts import FEEDBACK, MARKING, STEM
from lms.quizzes.questions.options import KEY, TEXT
from lms.quizzes.questions.question_type import Answer, KeptAsDocument, Line, Say, earned, filled, marking_schema, token


@dataclass(frozen=True, slots=True)
class Pair:
    """A left side and what belongs to it. Pairs with the same right side share it."""

    key: str
    left: Text
    right: Text
    feedback: Text | None = None


@dataclass(frozen=True, slots=True)
class Distractor:
    """A right side that belongs to no left side. Its key differs from those of the pairs."""

    key: str
    text: Text


@dataclass(frozen=True, slots=True)
class MatchingQuestion:
    """``marking`` is all_or_nothing or proportional."""

    key: str
    stem: Text
    pairs: tuple[Pair, ...]
    distractors: tuple[Distractor, ...] = ()
    marking: str = "all_or_nothing"
    feedback: Text | None = None
    category: str = ""
    tags: tuple[str, ...] = ()


def _shared(question: MatchingQuestion) -> dict[str, str]:
    """The key under which each pair's right side is chosen, by the pair's: the first pair that has the same one."""
    return {
        pair.key: next(first.key for first in question.pairs if first.right == pair.right) for pair in question.pairs
    }


def _rights(question: MatchingQuestion) -> dict[str, Text]:
    """What can be chosen, by key: each right side once, then the distractors."""
    shared = _shared(question)
    sides = {pair.key: pair.right for pair in question.pairs if shared[pair.key] == pair.key}
    return sides | {distractor.key: distractor.text for distractor in question.distractors}


@dataclass(frozen=True, slots=True)
class Side:
    """A side as it is shown; forms name it by ``token``."""

    key: str
    token: str
    text: Markup


@dataclass(frozen=True, slots=True)
class Row:
    """A left side with the key of what belongs to it."""

    left: Side
    belongs: str
    feedback: Markup


@dataclass(frozen=True, slots=True)
class ShownPairs:
    """The question as it is shown: left sides in the author's order, right sides in the reader's."""

    stem: Markup
    rows: tuple[Row, ...]
    rights: tuple[Side, ...]
    feedback: Markup
    marking: str
    is_many: bool = True

    def _line(self, row: Row, right: str, fraction: int) -> Line:
        text = next((side.text for side in self.rights if side.key == right), Markup("–"))
        return Line(Markup("{} – {}").format(row.left.text, text), Fraction(fraction), row.feedback)

    def given(self, answer: Answer) -> list[Line]:
        """The pairs that were made."""
        made = answer.get("pairs", {})
        return [
            self._line(row, made[row.left.key], made[row.left.key] == row.belongs)
            for row in self.rows
            if row.left.key in made
        ]

    def missed(self, answer: Answer) -> list[Line]:
        """The pairs that were made otherwise or not at all."""
        made = answer.get("pairs", {})
        return [self._line(row, row.belongs, 1) for row in self.rows if made.get(row.left.key) != row.belongs]

    def lines(self) -> list[Line]:
        """All pairs, then what belongs to nothing."""
        used = {row.belongs for row in self.rows}
        left_over = [Line(side.text, Fraction(0)) for side in self.rights if side.key not in used]
        return [self._line(row, row.belongs, 1) for row in self.rows] + left_over


class Matching(KeptAsDocument):
    """An answer is ``{"pairs": {left key: right key}}``, a right side by the key of its pair or distractor.

    It may be saved before every left side has its match. A form sends ``left token:right token`` for each match.
    """

    kind = "matching"
    template = "quizzes/questions/matching.html"
    form = TypeForm(
        _l("Matching"),
        _l("Things on the left, each to be joined with what belongs to it."),
        (
            STEM,
            Rows(
                "pairs",
                _l("Pairs"),
                _l("Pair"),
                _l("Add a pair"),
                (
                    Field("left", _l("Left side"), is_required=True),
                    Field("right", _l("What belongs to it"), is_required=True),
                    Field("feedback", _l("Feedback on this pair")),
                ),
                minimum=2,
                offered=3,
                hint=_l("Two pairs with the same right side share it."),
            ),
            Rows(
                "distractors",
                _l("Right sides that belong to nothing"),
                _l("Distractor"),
                _l("Add a distractor"),
                (Field("text", _l("Text"), is_required=True),),
            ),
            MARKING,
            FEEDBACK,
        ),
    )
    value = MatchingQuestion
    must_shuffle = True
    schema: Mapping[str, Any] = {
        "properties": {
            "pairs": {
                "type": "array",
                "description": "Two to ten pairs. Pairs with the same right side share it.",
                "items": {
                    "type": "object",
                    "description": "A left side and what belongs to it.",
                    "properties": {
                        "key": KEY,
                        "left": TEXT,
                        "right": TEXT,
                        "feedback": {**TEXT, "description": "What to tell everybody who matched it, rightly or not."},
                    },
                    "required": ["key", "left", "right"],
                    "additionalProperties": False,
                },
                "minItems": 2,
                "maxItems": 10,
            },
            "distractors": {
                "type": "array",
                "description": "Right sides that belong to nothing.",
                "items": {
                    "type": "object",
                    "properties": {"key": KEY, "text": TEXT},
                    "required": ["key", "text"],
                    "additionalProperties": False,
                },
                "maxItems": 10,
            },
            "marking": marking_schema("each right pair earns its share."),
        },
        "required": ["pairs"],
    }

    def problems(self, question: MatchingQuestion) -> Iterator[Problem]:
        """There is something to match; keys differ; what can be chosen looks different in every language."""
        pairs = {pair.key for pair in question.pairs}
        rights = _rights(question)
        if len(rights) < 2:
            yield Problem(("pairs",), _l("Every pair has the same right side: there is nothing to match."))
        for number, distractor in enumerate(question.distractors):
            if distractor.key in pairs:
                sentence = _l("The key “%(key)s” belongs to a pair already: choose another.", key=distractor.key)
                yield Problem(("distractors", number, "key"), sentence)
        seen: dict[tuple[str, str], str] = {}
        for key, text in rights.items():
            for language, words in text.items():
                if seen.setdefault((language, words.casefold()), key) != key:
                    sentence = _l("“%(words)s” can be chosen twice: write two that can be told apart.", words=words)
                    yield Problem(self._place(question, key), sentence)

    def _place(self, question: MatchingQuestion, key: str) -> tuple[str | int, ...]:
        for number, pair in enumerate(question.pairs):
            if pair.key == key:
                return ("pairs", number, "right")
        return ("distractors", [one.key for one in question.distractors].index(key), "text")

    def option_keys(self, question: MatchingQuestion) -> list[str]:
        """The keys of the right sides."""
        return list(_rights(question))

    def read_answer(self, question: MatchingQuestion, values: Sequence[str]) -> dict[str, Any]:
        """The matches made so far; raises ValueError for what is no match, or two for one left side."""
        lefts = {token(question.key, pair.key, "left"): pair.key for pair in question.pairs}
        rights = {token(question.key, key, "right"): key for key in _rights(question)}
        made: dict[str, str] = {}
        for value in filled(values):
            left, _colon, right = value.partition(":")
            if left not in lefts or right not in rights or lefts[left] in made:
                raise ValueError(f"{value} is not an answer to {question.key}")
            made[lefts[left]] = rights[right]
        return {"pairs": made} if made else {}

    def values_of(self, question: MatchingQuestion, answer: Answer) -> list[str]:
        """The matches as a form sends them."""
        return [
            f"{token(question.key, left, 'left')}:{token(question.key, right, 'right')}"
            for left, right in answer.get("pairs", {}).items()
        ]

    def missing(self, question: MatchingQuestion, answer: Answer) -> str:
        """How many left sides have their match, unless all have."""
        made, whole = len(answer.get("pairs", {})), len(question.pairs)
        return "" if made in (0, whole) else str(_("%(made)s of %(whole)s matched.", made=made, whole=whole))

    def grade(self, question: MatchingQuestion, answer: Answer | None) -> Fraction:
        """The share of right pairs, or all or nothing."""
        made, shared = (answer or {}).get("pairs", {}), _shared(question)
        right = [
            pair.key for pair in question.pairs if pair.key in made and shared.get(made[pair.key]) == shared[pair.key]
        ]
        return earned(len(right), len(question.pairs), question.marking)

    def present(self, question: MatchingQuestion, order: Sequence[str], say: Say) -> ShownPairs:
        """Left sides in the author's order, right sides in the given one."""
        shared, rights = _shared(question), _rights(question)
        rows = tuple(
            Row(
                Side(pair.key, token(question.key, pair.key, "left"), say(pair.left)),
                shared[pair.key],
                say(pair.feedback),
            )
            for pair in question.pairs
        )
        sides = tuple(Side(key, token(question.key, key, "right"), say(rights[key])) for key in order)
        return ShownPairs(say(question.stem), rows, sides, say(question.feedback), question.marking)
