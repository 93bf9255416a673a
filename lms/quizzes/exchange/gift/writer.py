"""Writes GIFT that Moodle reads, with each question's seal in a comment, by which we read back exactly what we wrote."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from lms.courses.domain.content import Text
from lms.quizzes.exchange.gift.syntax import protect
from lms.quizzes.exchange.making import ALL_OR_NOTHING, percent_of
from lms.quizzes.exchange.moodle.writer import other_languages
from lms.quizzes.exchange.report import N_, Sentence, each_once, sentence
from lms.quizzes.exchange.seal import TAG, digest_of_text, seal
from lms.quizzes.exchange.to_html import (
    KeptPicture,
    first_of,
    html_of,
    name_of,
    plain_of,
    texts_of,
    with_pictures_inside,
)
from lms.quizzes.exchange.xml import allowed_in_xml
from lms.quizzes.questions import (
    ChoiceQuestion,
    MatchingQuestion,
    MultipleChoiceQuestion,
    NumericalQuestion,
    OrderingQuestion,
    ShortTextQuestion,
    TrueFalseQuestion,
)


def write_gift(questions: Iterable[Any], kept: KeptPicture, languages: Sequence[str]) -> bytes:
    """The questions as one file, in the first of the languages that each has."""
    written, category = [], ""
    for question in questions:
        if question.category != category:
            category = question.category
            written.append(f"$CATEGORY: $course$/top/{_line(category)}".rstrip("/"))
        written.append(_Writer(kept, languages).question(question))
    return ("\n\n".join(written) + "\n").encode()


def _line(text: str) -> str:
    return " ".join(allowed_in_xml(text).split())


def _bracketed(name: str, value: str) -> str:
    return f"[{name}:{_line(value).replace(']', chr(92) + ']')}]"


class _Writer:
    """Writes one question."""

    def __init__(self, kept: KeptPicture, languages: Sequence[str]) -> None:
        self.kept = kept
        self.languages = languages
        self.used: set[str] = set()

    def question(self, question: Any) -> str:
        """The block, sealed."""
        marks = [_bracketed("id", question.key), *(_bracketed("tag", tag) for tag in question.tags)]
        comment = f"// {' '.join(marks)}"
        inner = _KINDS[type(question)](self, question)
        overall = self.text(question.feedback)
        if overall:
            inner = f"{inner}\n\t####{overall}"
        name = protect(name_of(question, self.languages) or question.key)
        body = f"::{name}::[html]{self.text(question.stem)}{{{inner}\n}}"
        sealed = base64.b64encode(
            seal(question, digest_of_text(f"{comment}\n{body}"), self.kept, self.used).encode()
        ).decode()
        return f"{comment}\n// {TAG} {sealed}\n{body}"

    def text(self, text: Text | None) -> str:
        """A text as protected HTML, pictures inside it."""
        html = with_pictures_inside(html_of(first_of(text, self.languages)), self.kept, self.used)
        # A text that begins like the name of a format would lose it.
        return ("[html]" if html.startswith("[") else "") + protect(html)

    def answer(self, sign: str, text: str, feedback: Text | None) -> str:
        """An answer on a line of its own."""
        said = self.text(feedback)
        return f"\n\t{sign}{text}{'#' + said if said else ''}"

    def single_choice(self, question: ChoiceQuestion) -> str:
        signs = ((option, "=" if option.correct else "~%0%") for option in question.options)
        return "".join(self.answer(sign, self.text(option.text), option.feedback) for option, sign in signs)

    def multiple_choice(self, question: MultipleChoiceQuestion) -> str:
        part = percent_of(Fraction(1, max(1, sum(option.correct for option in question.options))))
        signs = ((option, f"~%{part}%" if option.correct else f"~%-{part}%") for option in question.options)
        return "".join(self.answer(sign, self.text(option.text), option.feedback) for option, sign in signs)

    def true_false(self, question: TrueFalseQuestion) -> str:
        right, wrong = question.feedback_true, question.feedback_false
        if not question.answer:
            right, wrong = wrong, right
        said = f"#{self.text(wrong)}#{self.text(right)}" if right or wrong else ""
        return f"{'TRUE' if question.answer else 'FALSE'}{said}"

    def short_text(self, question: ShortTextQuestion) -> str:
        lines = []
        for answer in question.answers:
            for wording in dict.fromkeys(wording for wordings in answer.accepted.values() for wording in wordings):
                text = protect(_line(wording).replace("*", r"\*"))
                lines.append(self.answer(f"=%{percent_of(answer.fraction)}%", text, answer.feedback))
        return "".join(lines)

    def numerical(self, question: NumericalQuestion) -> str:
        return "#" + "".join(
            self.answer(f"=%{percent_of(answer.fraction)}%", f"{answer.value:f}:{answer.tolerance:f}", answer.feedback)
            for answer in question.answers
        )

    def matching(self, question: MatchingQuestion) -> str:
        pairs = [(self.text(pair.left), pair.right) for pair in question.pairs]
        pairs += [("", other.text) for other in question.distractors]
        return "".join(f"\n\t={left} -> {protect(plain_of(first_of(right, self.languages)))}" for left, right in pairs)

    def ordering(self, question: OrderingQuestion) -> str:
        """Each place is matched with what stands there: the format has no order."""
        return "".join(
            f"\n\t={place} -> {protect(plain_of(first_of(item.text, self.languages)))}"
            for place, item in enumerate(question.items, start=1)
        )


_KINDS: Mapping[type, Callable[[_Writer, Any], str]] = {
    ChoiceQuestion: _Writer.single_choice,
    MultipleChoiceQuestion: _Writer.multiple_choice,
    TrueFalseQuestion: _Writer.true_false,
    ShortTextQuestion: _Writer.short_text,
    NumericalQuestion: _Writer.numerical,
    MatchingQuestion: _Writer.matching,
    OrderingQuestion: _Writer.ordering,
}


def losses_in_gift(question: Any, languages: Sequence[str]) -> tuple[Sentence, ...]:
    """What other tools will not have of the question. Read back here, nothing is missing."""
    found = other_languages(question, languages)
    if getattr(question, "marking", "") == ALL_OR_NOTHING:
        found.append(sentence(N_("All or nothing becomes a part of the points for each right choice.")))
    if isinstance(question, OrderingQuestion):
        found.append(sentence(N_("Putting in order becomes matching each thing with its place.")))
    if isinstance(question, NumericalQuestion) and question.units:
        found.append(sentence(N_("Units have no place in the file.")))
    if isinstance(question, ShortTextQuestion) and (question.ignore_accents or not question.ignore_case):
        found.append(sentence(N_("How capitals and accents count has no place in the file.")))
    parts = (*getattr(question, "pairs", ()), *getattr(question, "items", ()))
    if any(part.feedback for part in parts):
        found.append(sentence(N_("Feedback to single pairs or things in the order has no place in the file.")))
    if any("picture:" in value for text in texts_of(question) for value in text.values()):
        found.append(sentence(N_("Pictures stand inside the text. Not every tool shows them.")))
    return each_once(found)
