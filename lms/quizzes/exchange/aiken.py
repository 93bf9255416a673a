"""Reads Aiken, a strict and simple text format: the question, options with a letter, and a line ``ANSWER: B``.

Source: docs.moodle.org/en/Aiken_format.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from lms.quizzes.exchange.lines import decode
from lms.quizzes.exchange.making import Choice, Head, UsedKeys, names_from, one, single_choice
from lms.quizzes.exchange.report import N_, Accepted, CannotRead, Faulty, Place, Reading, fault, sentence
from lms.quizzes.exchange.to_markdown import plain_to_markdown

_OPTION = re.compile(r"\s*([A-Z])\s*[.)](?:\s+|(?=\S))(.*)")
_ANSWER = re.compile(r"\s*ANSWER\s*:\s*(.*)")


@dataclass(slots=True)
class _Draft:
    """A question while its lines come: where it begins, its text, its options with their lines."""

    line: int
    stem: list[str] = field(default_factory=list)
    options: list[tuple[str, str, int]] = field(default_factory=list)


def read_aiken(content: bytes, file: str, language: str) -> Reading:
    """All questions of the file, in ``language``.

    Raises:
        Refused: where it is no text.
    """
    reading, keys = Reading(), UsedKeys()
    draft: _Draft | None = None
    for number, line in enumerate(decode(content).split("\n"), start=1):
        if not line.strip():
            continue
        answer = _ANSWER.fullmatch(line)
        if answer:
            _close(draft or _Draft(number), answer[1].strip(), number, file, language, reading, keys)
            draft = None
            continue
        option = _OPTION.fullmatch(line)
        if draft is None:
            draft = _Draft(number)
        if option and (draft.options or draft.stem):
            draft.options.append((option[1], option[2].strip(), number))
        elif draft.options:
            # A question that has options and no answer ends where text begins again.
            _broken_off(draft, file, reading)
            draft = _Draft(number, [line.strip()])
        else:
            draft.stem.append(line.strip())
    if draft is not None:
        _broken_off(draft, file, reading)
    if not reading.outcomes:
        reading.outcomes.append(Faulty(sentence(N_("There are no questions in the file.")), Place(file, 1)))
    return reading


def _broken_off(draft: _Draft, file: str, reading: Reading) -> None:
    line = draft.options[-1][2] if draft.options else draft.line
    reason = sentence(N_("The question has no line “ANSWER:” with the letter of the right option."))
    reading.outcomes.append(Faulty(reason, Place(file, line), " ".join(draft.stem)[:60]))


def _close(draft: _Draft, letter: str, line: int, file: str, language: str, reading: Reading, keys: UsedKeys) -> None:
    name = names_from({language: " ".join(draft.stem)})
    try:
        question, _own = keys.with_key(_question(draft, letter, line, language), name)
    except CannotRead as error:
        reading.leave_out(error, name, Place(file, draft.line))
        return
    reading.outcomes.append(Accepted(name, question, Place(file, draft.line)))


def _question(draft: _Draft, letter: str, line: int, language: str) -> Any:
    if not draft.stem:
        raise fault(N_("There is an answer without a question before it."), line)
    if not re.fullmatch("[A-Z]", letter):
        raise fault(N_("After “ANSWER:” stands one capital letter, not “%(text)s”."), line, text=letter[:40])
    for place, (found, words, option_line) in enumerate(draft.options):
        if found != chr(65 + place):
            raise fault(
                N_("The option “%(found)s” stands where “%(wanted)s” should."),
                option_line,
                found=found,
                wanted=chr(65 + place),
            )
        if not words:
            raise fault(N_("An option has no text."), option_line)
    if len(draft.options) >= 2 and letter not in (found for found, _words, _line in draft.options):
        raise fault(N_("The right option “%(text)s” is not among the options."), line, text=letter)
    stem = one(language, plain_to_markdown("\n".join(draft.stem)))
    choices = [
        Choice(one(language, plain_to_markdown(words)), Fraction(found == letter))
        for found, words, _line in draft.options
    ]
    return single_choice(Head("", stem), choices)
