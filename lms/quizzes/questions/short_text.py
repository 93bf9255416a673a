"""A word or a few to be written."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flask_babel import lazy_gettext as _l

from lms.courses.domain.content import Text, Wordings
from lms.courses.questions import Problem
from lms.quizzes.questions.editing import Field, Holds, Rows, TypeForm
from lms.quizzes.questions.form_parts import FEEDBACK, PART, STEM
from lms.quizzes.questions.options import KEY, TEXT
from lms.quizzes.questions.question_type import Answer, Line, Say
from lms.quizzes.questions.typed import ShownTyped, Typed

LONGEST = 200
_APOSTROPHES = dict.fromkeys(map(ord, "’‘ʼʹ`´′＇"), "'")
_HYPHENS = dict.fromkeys(map(ord, "‐‑‒–—−"), "-")
# Letters that have an accent or are two in one, and that Unicode does not take apart.
_TAKEN_APART = str.maketrans({"œ": "oe", "Œ": "OE", "æ": "ae", "Æ": "AE", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L"})
_TATWEEL = "\u0640"


@dataclass(frozen=True, slots=True)
class ShortAnswer:
    """Wordings that earn ``fraction`` (0 to 1) of the question, whatever language the person reads."""

    key: str
    accepted: Wordings
    fraction: Fraction = Fraction(1)
    feedback: Text | None = None


@dataclass(frozen=True, slots=True)
class ShortTextQuestion:
    """An answer is compared after Unicode, spaces and apostrophes are made alike."""

    key: str
    stem: Text
    answers: tuple[ShortAnswer, ...]
    ignore_case: bool = True
    ignore_accents: bool = False
    feedback: Text | None = None
    category: str = ""
    tags: tuple[str, ...] = ()


def normalised(text: str, *, ignore_case: bool, ignore_accents: bool) -> str:
    """A wording in the form in which it is compared.

    Compatible characters are one (NFKC); apostrophes, hyphens and spaces are of one kind; what nobody sees, a full
    stop at the end and the Arabic stretching mark are left out.
    """
    text = unicodedata.normalize("NFKC", text.translate(_APOSTROPHES)).translate(_HYPHENS)
    text = "".join(c for c in text if unicodedata.category(c) != "Cf" and c != _TATWEEL)
    if ignore_case:
        text = text.casefold()
    if ignore_accents:
        apart = unicodedata.normalize("NFD", text.translate(_TAKEN_APART))
        text = "".join(character for character in apart if unicodedata.category(character) != "Mn")
    return unicodedata.normalize("NFC", " ".join(text.split()).rstrip(". "))


def _form(question: ShortTextQuestion, text: str) -> str:
    return normalised(text, ignore_case=question.ignore_case, ignore_accents=question.ignore_accents)


class ShortText(Typed):
    """Wordings of every language count, whatever the person reads."""

    kind = "short_text"
    template = "quizzes/questions/short_text.html"
    form = TypeForm(
        _l("A few words"),
        _l("A word or a name to write, compared with the wordings that you accept."),
        (
            STEM,
            Rows(
                "answers",
                _l("Accepted answers"),
                _l("Answer"),
                _l("Add an answer"),
                (
                    Field("accepted", _l("Accepted wordings"), Holds.WORDINGS, _l("One a line."), is_required=True),
                    PART,
                    Field("feedback", _l("Feedback")),
                ),
                minimum=1,
            ),
            Field("ignore_case", _l("Capitals do not matter"), Holds.FLAG, default=True),
            Field("ignore_accents", _l("Accents do not matter"), Holds.FLAG, default=False),
            FEEDBACK,
        ),
    )
    value = ShortTextQuestion
    longest = LONGEST
    schema: Mapping[str, Any] = {
        "properties": {
            "answers": {
                "type": "array",
                "description": "Wordings, with what they are worth. Of those that fit, the best one counts.",
                "items": {
                    "type": "object",
                    "properties": {
                        "key": KEY,
                        "accepted": {"$ref": "definitions.json#/$defs/wordings"},
                        "fraction": {"$ref": "definitions.json#/$defs/fraction"},
                        "feedback": {**TEXT, "description": "What to tell whoever wrote it."},
                    },
                    "required": ["key", "accepted"],
                    "additionalProperties": False,
                },
                "minItems": 1,
                "maxItems": 20,
            },
            "ignore_case": {
                "type": "boolean",
                "default": True,
                "description": "false where capitals make a difference.",
            },
            "ignore_accents": {
                "type": "boolean",
                "default": False,
                "description": "true where a wording without its accents will do.",
            },
        },
        "required": ["answers"],
    }

    def problems(self, question: ShortTextQuestion) -> Iterator[Problem]:
        """Some wording earns everything; parts lie between 0 and 1; every wording can be written."""
        if all(one.fraction != 1 for one in question.answers):
            yield Problem(("answers",), _l("No wording earns the whole question: give one the fraction 1."))
        for number, one in enumerate(question.answers):
            if not 0 <= one.fraction <= 1:
                yield Problem(("answers", number, "fraction"), _l("A fraction lies between 0 and 1."))
            wordings = [wording for words in one.accepted.values() for wording in words]
            if not wordings or any(not _form(question, wording) or len(wording) > LONGEST for wording in wordings):
                yield Problem(
                    ("answers", number, "accepted"),
                    _l("Write wordings with 1 to %(most)s characters, with letters or digits in them.", most=LONGEST),
                )

    def matched(self, question: ShortTextQuestion, answer: Answer | None) -> ShortAnswer | None:
        """Of the answers that the wording is one of, the one that earns most, the first of equals."""
        typed = _form(question, (answer or {}).get("text", ""))
        fitting = [
            one
            for one in question.answers
            if typed and any(typed == _form(question, wording) for words in one.accepted.values() for wording in words)
        ]
        return max(fitting, key=lambda one: one.fraction, default=None)

    def missing(self, question: ShortTextQuestion, answer: Answer) -> str:
        """Nothing."""
        return ""

    def present(self, question: ShortTextQuestion, order: Sequence[str], say: Say) -> ShownTyped:
        """The stem, and the wordings in the reader's language."""
        answers = {
            one.key: Line(
                say({language: " · ".join(words) for language, words in one.accepted.items()}),
                one.fraction,
                say(one.feedback),
            )
            for one in question.answers
        }
        return ShownTyped(self, question, say(question.stem), answers, say(question.feedback))
