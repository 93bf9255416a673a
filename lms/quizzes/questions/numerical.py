"""A number to be written, with a unit where the question has units."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from lms.courses.domain.content import Text
from lms.courses.questions import Problem
from lms.quizzes.questions.editing import Field, Holds, Rows, TypeForm
from lms.quizzes.questions.form_parts import FEEDBACK, PART, STEM
from lms.quizzes.questions.options import KEY, TEXT
from lms.quizzes.questions.question_type import Answer, Line, Say
from lms.quizzes.questions.typed import ShownTyped, Typed
from lms.quizzes.questions.written_numbers import LONGEST, Ambiguous, Unreadable, read_number, split_words


@dataclass(frozen=True, slots=True)
class NumericalAnswer:
    """A number that earns ``fraction`` (0 to 1) of the question, give or take the tolerance, both ends included."""

    key: str
    value: Decimal
    tolerance: Decimal = Decimal(0)
    fraction: Fraction = Fraction(1)
    feedback: Text | None = None


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit that may be written. ``factor`` turns a number in it into one in the unit of the answers."""

    symbol: str
    factor: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True)
class NumericalQuestion:
    """A number without a unit is in the unit of the answers, unless ``unit_required``."""

    key: str
    stem: Text
    answers: tuple[NumericalAnswer, ...]
    units: tuple[Unit, ...] = ()
    unit_required: bool = False
    feedback: Text | None = None
    category: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Unknown(Exception):
    """A unit that the question does not have; empty where one is missing."""

    unit: str


def _alike(symbol: str) -> str:
    return "".join(unicodedata.normalize("NFKC", symbol).split())


def _factor(question: NumericalQuestion, words: str) -> Decimal:
    if not words:
        if question.unit_required:
            raise _Unknown("")
        return Decimal(1)
    for same in (_alike, lambda symbol: _alike(symbol).casefold()):
        found = {unit.factor for unit in question.units if same(unit.symbol) == same(words)}
        if len(found) == 1:
            return found.pop()
    raise _Unknown(words)


def number_in(question: NumericalQuestion, typed: str) -> Fraction:
    """The number that was typed, in the unit of the answers; raises Ambiguous, Unreadable or _Unknown."""
    number, words = split_words(typed)
    factor = _factor(question, words)
    return Fraction(read_number(number)) * Fraction(factor)


@dataclass(frozen=True, slots=True)
class ShownNumber(ShownTyped):
    """The question as it is shown."""

    @property
    def units(self) -> str:
        """The symbols that may be written."""
        return ", ".join(unit.symbol for unit in self.question.units)

    @property
    def has_plain_numbers(self) -> bool:
        """True where a keypad of digits will do: not every phone has a minus or letters on it."""
        return not self.question.units and all(one.value >= 0 for one in self.question.answers)


class Numerical(Typed):
    """What cannot be read as a number is kept, told, and earns nothing."""

    kind = "numerical"
    template = "quizzes/questions/numerical.html"
    form = TypeForm(
        _l("A number"),
        _l("A number to write, with a tolerance and units if you like."),
        (
            STEM,
            Rows(
                "answers",
                _l("Accepted numbers"),
                _l("Accepted number"),
                _l("Add a number"),
                (
                    Field("value", _l("The number"), Holds.NUMBER, is_required=True),
                    Field("tolerance", _l("Give or take"), Holds.NUMBER, default=0),
                    PART,
                    Field("feedback", _l("Feedback")),
                ),
                minimum=1,
                hint=_l("The first that fits counts."),
            ),
            Rows(
                "units",
                _l("Units"),
                _l("Unit"),
                _l("Add a unit"),
                (
                    Field("symbol", _l("Unit"), Holds.LINE, is_required=True),
                    Field(
                        "factor",
                        _l("Factor"),
                        Holds.NUMBER,
                        default=1,
                        hint=_l(
                            "Turns a number in this unit into one in the unit of the answers: 1000 for km, if these are in m."
                        ),
                    ),
                ),
                has_key=False,
            ),
            Field("unit_required", _l("The unit must be written"), Holds.FLAG, default=False),
            FEEDBACK,
        ),
    )
    value = NumericalQuestion
    longest = LONGEST
    schema: Mapping[str, Any] = {
        "properties": {
            "answers": {
                "type": "array",
                "description": "Numbers, with what each is worth. Of those that fit, the best one counts.",
                "items": {
                    "type": "object",
                    "properties": {
                        "key": KEY,
                        "value": {"type": "number", "description": "The number, with a decimal point: 12.5."},
                        "tolerance": {
                            "type": "number",
                            "minimum": 0,
                            "default": 0,
                            "description": "How far off it may be, both ends included.",
                        },
                        "fraction": {"$ref": "definitions.json#/$defs/fraction"},
                        "feedback": {**TEXT, "description": "What to tell whoever wrote it."},
                    },
                    "required": ["key", "value"],
                    "additionalProperties": False,
                },
                "minItems": 1,
                "maxItems": 10,
            },
            "units": {
                "type": "array",
                "description": "Units that may be written behind the number.",
                "items": {
                    "type": "object",
                    "properties": {
                        "symbol": {"type": "string", "pattern": "^[^\\s0-9]", "maxLength": 20},
                        "factor": {
                            "type": "number",
                            "exclusiveMinimum": 0,
                            "default": 1,
                            "description": "By what a number in it is multiplied to be in the unit of the answers.",
                        },
                    },
                    "required": ["symbol"],
                    "additionalProperties": False,
                },
                "maxItems": 10,
            },
            "unit_required": {
                "type": "boolean",
                "default": False,
                "description": "true where a number without its unit earns nothing.",
            },
        },
        "required": ["answers"],
    }

    def problems(self, question: NumericalQuestion) -> Iterator[Problem]:
        """Some number earns everything; parts lie between 0 and 1; units differ."""
        if all(one.fraction != 1 for one in question.answers):
            yield Problem(("answers",), _l("No number earns the whole question: give one the fraction 1."))
        for number, one in enumerate(question.answers):
            if not 0 <= one.fraction <= 1:
                yield Problem(("answers", number, "fraction"), _l("A fraction lies between 0 and 1."))
            if one.tolerance < 0:
                yield Problem(("answers", number, "tolerance"), _l("A tolerance cannot be below 0."))
        if question.unit_required and not question.units:
            yield Problem(("unit_required",), _l("A unit is asked for, but there is none: add one."))
        symbols = [_alike(unit.symbol) for unit in question.units]
        for number, unit in enumerate(question.units):
            if not symbols[number] or symbols[number] in symbols[:number]:
                yield Problem(("units", number, "symbol"), _l("Each unit has a symbol of its own."))
            if unit.factor <= 0:
                yield Problem(("units", number, "factor"), _l("A factor lies above 0."))

    def matched(self, question: NumericalQuestion, answer: Answer | None) -> NumericalAnswer | None:
        """Of the answers that the number fits the one that earns most, the first of equals."""
        try:
            number = number_in(question, (answer or {}).get("text", ""))
        except (ValueError, _Unknown):
            return None
        fitting = [one for one in question.answers if abs(number - Fraction(one.value)) <= Fraction(one.tolerance)]
        return max(fitting, key=lambda one: one.fraction, default=None)

    def missing(self, question: NumericalQuestion, answer: Answer) -> str:
        """Why it cannot be read as a number, and how to write it; nothing is ever guessed."""
        if "text" not in answer:
            return ""
        units = ", ".join(unit.symbol for unit in question.units)
        try:
            number_in(question, answer["text"])
        except Ambiguous as error:
            sentence = _(
                "“%(typed)s” can be read in two ways. Write %(whole)s for the whole number, %(decimal)s for the decimal.",
                typed=error.typed,
                whole=error.whole,
                decimal=error.decimal,
            )
        except Unreadable:
            sentence = _("This is not a number. Write it in digits, such as 1250 or 0.5.")
        except _Unknown as unknown:
            if not units:
                sentence = _("Write the number alone, without words or a unit.")
            elif unknown.unit:
                sentence = _("“%(unit)s” is none of the units here: %(units)s.", unit=unknown.unit, units=units)
            else:
                sentence = _("Write the unit too: %(units)s.", units=units)
        else:
            return ""
        return str(sentence)

    def present(self, question: NumericalQuestion, order: Sequence[str], say: Say) -> ShownNumber:
        """The stem, and the answers in the reader's way to write numbers."""
        unit = f"\N{NO-BREAK SPACE}{base}" if (base := _base_unit(question)) else ""
        answers = {}
        for one in question.answers:
            around = f" ± {say.number(one.tolerance)}" if one.tolerance else ""
            text = Markup("<bdi>{}</bdi>").format(f"{say.number(one.value)}{around}{unit}")
            answers[one.key] = Line(text, one.fraction, say(one.feedback))
        return ShownNumber(self, question, say(question.stem), answers, say(question.feedback))


def _base_unit(question: NumericalQuestion) -> str:
    """The unit of the answers, where it is among those that may be written."""
    return next((unit.symbol for unit in question.units if unit.factor == 1), "")
