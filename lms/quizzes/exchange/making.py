"""What the readers of all formats share: keys, shares, and the rules by which a foreign question becomes one of ours."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

from lms.courses.documents import digest_of
from lms.courses.domain.content import Text
from lms.quizzes.exchange.option_keys import keys_apart, letters
from lms.quizzes.exchange.report import N_, Sentence, fault, skip
from lms.quizzes.exchange.to_html import texts_of
from lms.quizzes.exchange.to_markdown import Notes
from lms.quizzes.questions import (
    ChoiceQuestion,
    Distractor,
    MatchingQuestion,
    MultipleChoiceQuestion,
    NumericalAnswer,
    NumericalQuestion,
    Option,
    Pair,
    ShortAnswer,
    ShortTextQuestion,
    Unit,
    kind_of,
    to_document,
)

MAX_KEY = 80
MAX_CATEGORY = 200
MAX_TAG = 60
MAX_TEXT = 8_000

PROPORTIONAL, ALL_OR_NOTHING = "proportional", "all_or_nothing"


@dataclass(frozen=True, slots=True)
class Head:
    """What questions of every type have. ``key`` is empty where the file names none."""

    name: str
    stem: Text
    feedback: Text | None = None
    category: str = ""
    tags: tuple[str, ...] = ()
    key: str = ""

    def common(self) -> dict[str, Any]:
        """The arguments that the value of every type takes."""
        return {
            "key": self.key or "question",
            "stem": self.stem,
            "feedback": self.feedback,
            "category": self.category,
            "tags": self.tags,
        }


@dataclass(frozen=True, slots=True)
class Choice:
    """An answer of a foreign question: its text, the part of the question it earns (1 is all), what is said to it."""

    text: Text
    share: Fraction
    feedback: Text | None = None


@dataclass(slots=True)
class Written:
    """An answer to be written: the wording or number as it stands in the file."""

    wording: str
    share: Fraction
    feedback: Text | None = None
    tolerance: str = "0"


@dataclass(slots=True)
class UsedKeys:
    """Gives each question of a file a key of its own."""

    taken: set[str] = field(default_factory=set)

    def with_key(self, question: Any, name: str) -> tuple[Any, bool]:
        """The question under its key, and whether the file itself named it.

        A key that is made here holds a digest of the content: the same question read again is the same question, and
        two that only share a name are two.

        Raises:
            CannotRead: where the question breaks a rule of its type.
        """
        check_question(question)
        own = question.key if question.key != "question" else ""
        key = key_of(own) if own else ""
        if not key or key in self.taken:
            content = digest_of(without_keys(to_document(question)))[:8]
            key = f"{key_of(name)[: MAX_KEY - 9] or 'question'}-{content}"
            own = ""
        number, first = 2, key
        while key in self.taken:
            key = f"{first[: MAX_KEY - 5]}-{number}"
            number += 1
        self.taken.add(key)
        return replace(question, key=key), bool(own)


def key_of(name: str) -> str:
    """Small letters, digits and hyphens that recall the name; empty where nothing of it is left."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:MAX_KEY].strip("-")


def without_keys(value: Any) -> Any:
    """A document without keys, category and tags: what the question says, whatever it is called."""
    if isinstance(value, dict):
        return {name: without_keys(part) for name, part in value.items() if name not in ("key", "category", "tags")}
    return [without_keys(part) for part in value] if isinstance(value, list | tuple) else value


def category_path(parts: Iterable[str]) -> str:
    """A category as it is kept: its parts with a slash between them, blanks run together."""
    clean = (" ".join(part.replace("/", "∕").split()) for part in parts)
    return "/".join(part for part in clean if part)[:MAX_CATEGORY].rstrip("/")


def tags_of(words: Iterable[str]) -> tuple[str, ...]:
    """Tags in their order, none twice."""
    return tuple(dict.fromkeys(tag for word in words if (tag := " ".join(word.split())[:MAX_TAG])))


def one(language: str, markdown: str) -> Text:
    """A text in one language."""
    return {language: markdown}


def some(language: str, markdown: str) -> Text | None:
    """A text in one language, or none where there is nothing to say."""
    return {language: markdown} if markdown.strip() else None


def number_of(text: str, line: int | None = None) -> Decimal:
    """A finite number; a comma may stand for the point."""
    try:
        number = Decimal(text.strip().replace(",", "."))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or abs(number.adjusted()) > 300:
        raise fault(N_("“%(text)s” is no number."), line, text=text[:60])
    return number


def share_of(percent: str, line: int | None = None) -> Fraction:
    """The part of a question that a percentage stands for: 33.33333 is a third."""
    exact = Fraction(number_of(percent, line)) / 100
    near = exact.limit_denominator(100)
    return near if abs(near - exact) < Fraction(1, 200_000) else exact


def percent_of(share: Fraction) -> str:
    """A share as Moodle writes it: 100, 50, 33.33333."""
    text = f"{Decimal(share.numerator * 100) / Decimal(share.denominator):.5f}"
    return text.rstrip("0").rstrip(".")


def check_texts(texts: Iterable[Text | None]) -> None:
    """Raises where a text is far too long for a question."""
    if any(len(value) > MAX_TEXT for text in texts if text for value in text.values()):
        raise fault(N_("A text is longer than 8,000 characters. Shorten it."))


def check_question(question: Any) -> None:
    """Raises where the question breaks a rule of its type: how many options there may be, and what must hold of them."""
    kind = kind_of(question)
    for name, shape in kind.schema["properties"].items():
        most = shape.get("maxItems")
        if most is not None and len(getattr(question, name)) > most:
            raise fault(
                N_("The question has more than %(count)s answers to choose from or to compare with."), count=most
            )
    check_texts(text for text in texts_of(question))
    for problem in kind.problems(question):
        # Already a sentence in the language of whoever reads the file.
        raise fault(str(problem.sentence))


def check_stem(head: Head) -> None:
    """Raises where nothing is asked."""
    if not any(value.strip() for value in head.stem.values()):
        raise fault(N_("The question has no text."))
    check_texts([head.stem, head.feedback])


def _check_options(choices: Sequence[Choice]) -> None:
    if len(choices) < 2:
        raise fault(N_("The question has fewer than two options."))
    if any(not any(value.strip() for value in choice.text.values()) for choice in choices):
        raise fault(N_("An option has no text."))
    check_texts([text for choice in choices for text in (choice.text, choice.feedback)])


def single_choice(head: Head, choices: Sequence[Choice]) -> ChoiceQuestion:
    """A question with exactly one right option; what earns only a part, or costs something, is not changed silently."""
    check_stem(head)
    _check_options(choices)
    right = [choice for choice in choices if choice.share == 1]
    if any(0 < choice.share < 1 for choice in choices):
        raise skip(N_("Some options earn a part of the points. Here one option is right and the others earn nothing."))
    if any(choice.share < 0 for choice in choices):
        raise skip(N_("Wrong options cost points. Here a wrong option earns nothing and costs nothing."))
    if len(right) > 1:
        raise skip(
            N_("%(count)s options are right although only one may be chosen. Here exactly one is right."),
            count=len(right),
        )
    if not right:
        raise fault(N_("No option is marked as right."))
    return ChoiceQuestion(options=_options(choices), **head.common())


def _options(choices: Sequence[Choice]) -> tuple[Option, ...]:
    keys = keys_apart([choice.text for choice in choices])
    return tuple(
        Option(key, choice.text, choice.feedback, choice.share > 0) for key, choice in zip(keys, choices, strict=True)
    )


def multiple_choice(head: Head, choices: Sequence[Choice], notes: Notes) -> MultipleChoiceQuestion:
    """A question with several right options, each of which earns its equal part."""
    check_stem(head)
    _check_options(choices)
    right = [choice for choice in choices if choice.share > 0]
    wrong = [choice for choice in choices if choice.share <= 0]
    if not right:
        raise fault(N_("No option is marked as right."))
    if len({choice.share for choice in right}) > 1:
        raise skip(N_("The right options earn different parts of the points. Here each of them earns the same."))
    total = sum((choice.share for choice in right), Fraction(0))
    if abs(total - 1) > Fraction(1, 100):
        raise fault(N_("The right options earn %(percent)s %% together instead of 100 %%."), percent=percent_of(total))
    note = _note_on_wrong_options({choice.share for choice in wrong}, len(right))
    if note is not None:
        notes.sentences.append(note)
    return MultipleChoiceQuestion(options=_options(choices), marking=PROPORTIONAL, **head.common())


def _note_on_wrong_options(shares: set[Fraction], right: int) -> Sentence | None:
    if not shares or all(abs(share + Fraction(1, right)) < Fraction(1, 1000) for share in shares):
        return None
    if shares == {Fraction(0)}:
        return Sentence(
            N_("In the file, wrong options cost nothing. Here each takes away what a right one earns, never below 0.")
        )
    return Sentence(
        N_(
            "In the file, wrong options cost other parts of the points. Here each takes away what a right one earns, never below 0."
        )
    )


def all_or_nothing_choice(head: Head, choices: Sequence[Choice]) -> MultipleChoiceQuestion:
    """A question of which exactly the right options must be chosen."""
    check_stem(head)
    _check_options(choices)
    if not any(choice.share > 0 for choice in choices):
        raise fault(N_("No option is marked as right."))
    return MultipleChoiceQuestion(options=_options(choices), marking=ALL_OR_NOTHING, **head.common())


def matching(
    head: Head, pairs: Sequence[tuple[Text, Text]], distractors: Sequence[Text], marking: str = PROPORTIONAL
) -> MatchingQuestion:
    """A question with left sides, each with its right side, and right sides that belong to none."""
    check_stem(head)
    if len(pairs) < 2:
        raise fault(N_("There are fewer than two pairs to match."))
    if any(not any(value.strip() for value in right.values()) for _left, right in pairs):
        raise fault(N_("A pair to match has no right side."))
    check_texts([text for pair in pairs for text in pair])
    rights = {tuple(right.items()) for _left, right in pairs}
    others = list({tuple(text.items()): text for text in distractors if tuple(text.items()) not in rights}.values())
    return MatchingQuestion(
        pairs=tuple(Pair(letters(place), left, right) for place, (left, right) in enumerate(pairs)),
        distractors=tuple(Distractor(letters(len(pairs) + place), text) for place, text in enumerate(others)),
        marking=marking,
        **head.common(),
    )


def short_text(
    head: Head, answers: Sequence[Written], language: str, *, ignore_case: bool, notes: Notes
) -> ShortTextQuestion:
    """A question whose answer is a wording. A star for anything that earns nothing is left out; other stars are skipped."""
    check_stem(head)
    kept: list[ShortAnswer] = []
    for answer in answers:
        wording = " ".join(answer.wording.split())
        if wording == "*" and answer.share <= 0:
            _note_rest(answer, notes)
            continue
        if re.search(r"(?<!\\)\*", wording):
            raise skip(
                N_("The answer “%(wording)s” holds a star for any letters. Here each wording is written out."),
                wording=wording[:80],
            )
        wording = wording.replace(r"\*", "*")
        if not wording:
            raise fault(N_("An accepted answer is empty."))
        kept.append(ShortAnswer(letters(len(kept)), {language: (wording,)}, _share(answer), answer.feedback))
    _check_answers(kept)
    return ShortTextQuestion(answers=tuple(kept), ignore_case=ignore_case, **head.common())


def _share(answer: Written) -> Fraction:
    if not 0 <= answer.share <= 1:
        raise skip(
            N_("The answer “%(wording)s” costs points or earns more than all. Here answers earn from 0 to 100 %%."),
            wording=answer.wording[:80],
        )
    return answer.share


def _note_rest(answer: Written, notes: Notes) -> None:
    if answer.feedback:
        notes.add(N_("What is said to every other answer is not taken in."))


def _check_answers(answers: Sequence[Any]) -> None:
    if not answers:
        raise fault(N_("There is no accepted answer."))
    if all(answer.fraction != 1 for answer in answers):
        raise skip(N_("No answer earns all the points. Here the best answer earns all of them."))


def numerical(
    head: Head,
    answers: Sequence[Written],
    units: Sequence[tuple[str, Fraction]],
    *,
    unit_required: bool,
    notes: Notes,
    line: int | None = None,
) -> NumericalQuestion:
    """A question whose answer is a number; ``units`` are names with what turns a number in them into the answers'."""
    check_stem(head)
    kept: list[NumericalAnswer] = []
    for answer in answers:
        if answer.wording.strip() == "*" and answer.share <= 0:
            _note_rest(answer, notes)
            continue
        tolerance = number_of(answer.tolerance or "0", line)
        if tolerance < 0:
            raise fault(N_("A tolerance is below zero."), line)
        kept.append(
            NumericalAnswer(
                letters(len(kept)), number_of(answer.wording, line), tolerance, _share(answer), answer.feedback
            )
        )
    _check_answers(kept)
    return NumericalQuestion(
        answers=tuple(kept),
        units=tuple(Unit(symbol, _factor(symbol, factor)) for symbol, factor in units),
        unit_required=unit_required and bool(units),
        **head.common(),
    )


def _factor(symbol: str, factor: Fraction) -> Decimal:
    exact = Decimal(factor.numerator) / Decimal(factor.denominator)
    if Fraction(exact) != factor:
        raise skip(
            N_("The unit “%(unit)s” has no exact factor. Here a unit is turned into another by an exact number."),
            unit=symbol[:40],
        )
    return exact.normalize() + 0 if exact != exact.to_integral() else exact.quantize(Decimal(1))


def names_from(texts: Mapping[str, str]) -> str:
    """A short name for a question that has none: the beginning of its text."""
    text = re.sub(r"[\\*_`#>\[\]]|&\w+;|!\[|\(picture:\w+\)", "", next(iter(texts.values()), ""))
    words = " ".join(text.split())
    return words if len(words) <= 60 else words[:57].rsplit(" ", 1)[0] + "…"
