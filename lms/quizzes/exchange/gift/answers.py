"""What stands between the braces of a GIFT question, and which type of question it makes."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from typing import Any

from lms.courses.domain.content import Text
from lms.quizzes.exchange.gift.syntax import reveal, show, split_feedback, split_format, split_weight
from lms.quizzes.exchange.making import (
    Choice,
    Head,
    Written,
    check_stem,
    matching,
    multiple_choice,
    number_of,
    numerical,
    share_of,
    short_text,
    single_choice,
)
from lms.quizzes.exchange.moodle.kinds import SKIPPED
from lms.quizzes.exchange.report import N_, fault, skip
from lms.quizzes.exchange.texts import Texts
from lms.quizzes.questions import TrueFalseQuestion

_TRUE, _FALSE = ("T", "TRUE"), ("F", "FALSE")


def understand(head: Head, answers: str | None, form: str, texts: Texts, line: int) -> Any:
    """The question that the answers make.

    Args:
        answers: what stands between the braces, protected signs hidden; ``None`` without braces.
        form: the format of the stem, which the answers have too unless they name another.

    Raises:
        CannotRead: where there is no such type here, or the answers are wrong.
    """
    reader = _Answers(head, form, texts, line)
    if answers is None:
        raise skip(SKIPPED["description"])
    if not answers:
        raise skip(SKIPPED["essay"])
    if answers.startswith("#"):
        return reader.numerical(answers[1:])
    if "~" in answers:
        return reader.choices(answers)
    if "=" in answers and "->" in answers:
        return reader.matching(answers)
    if answers.partition("#")[0].strip().upper() in (*_TRUE, *_FALSE):
        return reader.true_false(answers)
    if answers.startswith(">"):
        raise skip(N_("Ordering questions of Moodle's plugin are not read from GIFT. Export them as Moodle XML."))
    return reader.short_text(answers)


class _Answers:
    def __init__(self, head: Head, form: str, texts: Texts, line: int) -> None:
        self.head = head
        self.form = form
        self.texts = texts
        self.line = line

    def text(self, words: str) -> Text | None:
        """A text in the format that it names."""
        form, words = split_format(words, self.form)
        return self.texts.of_words(reveal(words, form), form)

    def choices(self, answers: str) -> Any:
        """Options after ``~`` (wrong, or with a weight) and ``=`` (right)."""
        is_single = "=" in answers
        choices = []
        for part in _parted(answers.replace("=", "~="), "~"):
            if part.startswith("="):
                words, feedback = split_feedback(part[1:])
                share = share_of("100")
            else:
                weight, answer = split_weight(part)
                words, feedback = split_feedback(answer)
                share = share_of(weight or "0", self.line)
            choices.append(Choice(self.text(words) or {}, share, self.text(feedback)))
        if is_single:
            return single_choice(self.head, choices)
        return multiple_choice(self.head, choices, self.texts.notes)

    def matching(self, answers: str) -> Any:
        """Pairs ``= left -> right``."""
        pairs: list[tuple[Text, Text]] = []
        others: list[Text] = []
        for part in _parted(answers, "="):
            left_words, sign, right_words = part.partition("->")
            left, right = self.text(left_words), self.texts.of_words(reveal(right_words.strip(), "plain"), "plain")
            if not sign or right is None:
                raise fault(N_("A pair to match has no right side. Write it as = left -> right."), self.line)
            if left is None:
                others.append(right)
            else:
                pairs.append((left, right))
        return matching(self.head, pairs, others)

    def true_false(self, answers: str) -> TrueFalseQuestion:
        """``T`` or ``F``, then what is said to the wrong and to the right choice."""
        check_stem(self.head)
        word, *feedback = (part.strip() for part in answers.split("#", 2))
        said = [self.text(text) for text in feedback] + [None, None]
        is_true = word.upper() in _TRUE
        return TrueFalseQuestion(
            answer=is_true,
            feedback_true=said[1] if is_true else said[0],
            feedback_false=said[0] if is_true else said[1],
            **self.head.common(),
        )

    def short_text(self, answers: str) -> Any:
        """Accepted answers after ``=``."""
        written = []
        for part in _parted(answers, "="):
            weight, answer = split_weight(part)
            words, feedback = split_feedback(answer)
            wording = split_format(words, self.form)[1]
            written.append(
                Written(" ".join(show(wording).split()), share_of(weight or "100", self.line), self.text(feedback))
            )
        return short_text(self.head, written, self.texts.language, ignore_case=True, notes=self.texts.notes)

    def numerical(self, answers: str) -> Any:
        """Numbers with a tolerance, ``3:2``, or ranges, ``1..5``; several after ``=``."""
        right, sign, wrong = answers.partition("~")
        if sign and wrong.lstrip("# "):
            self.texts.notes.add(N_("What is said to every other answer is not taken in."))
        written = []
        for part in _parted(right, "="):
            weight, answer = split_weight(part)
            words, feedback = split_feedback(answer)
            value, tolerance = self._range(show(words))
            written.append(Written(value, share_of(weight or "100", self.line), self.text(feedback), tolerance))
        return numerical(self.head, written, [], unit_required=False, notes=self.texts.notes, line=self.line)

    def _range(self, words: str) -> tuple[str, str]:
        ends = re.fullmatch(r"(.+?)\.\.(.+)", words)
        if not ends:
            value, _sign, tolerance = words.partition(":")
            return value.strip(), tolerance.strip() or "0"
        low, high = sorted((number_of(ends[1], self.line), number_of(ends[2], self.line)))
        middle, reach = (Fraction(low) + Fraction(high)) / 2, (Fraction(high) - Fraction(low)) / 2
        return _decimal(middle), _decimal(reach)


def _decimal(number: Fraction) -> str:
    # Half of a number with a finite expansion has one as well.
    return f"{Decimal(number.numerator) / Decimal(number.denominator):f}"


def _parted(answers: str, sign: str) -> list[str]:
    return [part for piece in answers.split(sign) if (part := piece.strip())]
