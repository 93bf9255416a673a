"""Writes Moodle XML that Moodle reads, with each question's seal, by which we read back exactly what we wrote."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from lms.courses.domain.content import Text
from lms.quizzes.exchange.languages import join_languages
from lms.quizzes.exchange.making import ALL_OR_NOTHING, percent_of
from lms.quizzes.exchange.pictures import Picture
from lms.quizzes.exchange.report import N_, Sentence, each_once, sentence
from lms.quizzes.exchange.seal import TAG, digest_of_element, seal
from lms.quizzes.exchange.to_html import (
    KeptPicture,
    first_of,
    html_of,
    in_languages,
    languages_of,
    name_of,
    plain_of,
    with_files,
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

_FOLDER = "@@PLUGINFILE@@/"
# Moodle takes no other parts of a question: lib/questionlib, the list of grade options.
_MOODLE_PARTS = frozenset(
    [
        "100",
        "90",
        "83.33333",
        "80",
        "75",
        "70",
        "66.66667",
        "60",
        "50",
        "40",
        "33.33333",
        "30",
        "25",
        "20",
        "16.66667",
        "14.28571",
        "12.5",
        "11.11111",
        "10",
        "5",
        "0",
    ]
)


def write_moodle(questions: Iterable[Any], kept: KeptPicture, languages: Sequence[str]) -> bytes:
    """The questions as one file.

    Args:
        kept: finds the pictures that the questions show.
        languages: those to write; several stand in the spans of Moodle's multi-language filter.
    """
    root, category = Element("quiz"), ""
    for question in questions:
        if question.category != category:
            category = question.category
            root.append(_category(category))
        root.append(_Writer(kept, languages).question(question))
    ElementTree.indent(root, " ")
    content: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return content


def _category(path: str) -> Element:
    made = Element("question", type="category")
    SubElement(SubElement(made, "category"), "text").text = f"$course$/top/{allowed_in_xml(path)}".rstrip("/")
    return made


class _Writer:
    """Writes one question."""

    def __init__(self, kept: KeptPicture, languages: Sequence[str]) -> None:
        self.kept = kept
        self.languages = languages
        self.used: set[str] = set()

    def question(self, question: Any) -> Element:
        """The element, sealed."""
        kind, fill = _KINDS[type(question)]
        made = Element("question", type=kind)
        self.plain(made, "name", name_of(question, self.languages) or question.key)
        self.text(made, "questiontext", question.stem)
        self.text(made, "generalfeedback", question.feedback)
        for name, value in (("defaultgrade", "1"), ("penalty", "0"), ("hidden", "0"), ("idnumber", question.key)):
            SubElement(made, name).text = value
        fill(self, made, question)
        if question.tags:
            tags = SubElement(made, "tags")
            for tag in question.tags:
                self.plain(tags, "tag", tag)
        SubElement(made, TAG).text = seal(question, digest_of_element(made), self.kept, self.used)
        return made

    def plain(self, parent: Element, name: str, words: str) -> Element:
        """An element with a plain text."""
        made = SubElement(parent, name)
        SubElement(made, "text").text = allowed_in_xml(words)
        return made

    def text(self, parent: Element, name: str, text: Text | None, **attributes: str) -> Element:
        """An element with a text as HTML, its pictures beside it."""
        made = SubElement(parent, name, {**attributes, "format": "html"})
        used: dict[str, Picture] = {}
        spoken = {
            language: with_files(html_of(markdown), self.kept, _FOLDER, used)
            for language, markdown in in_languages(text, self.languages).items()
        }
        html = join_languages(spoken) if len(spoken) > 1 else next(iter(spoken.values()), "")
        SubElement(made, "text").text = html
        self.used.update(used)
        for picture in used.values():
            file = SubElement(made, "file", name=picture.file_name, path="/", encoding="base64")
            file.text = base64.b64encode(picture.content).decode()
        return made

    def answer(self, parent: Element, text: Text | None, percent: str, feedback: Text | None) -> None:
        """An option."""
        self.text(self.text(parent, "answer", text, fraction=percent), "feedback", feedback)

    def written(self, parent: Element, wording: str, share: Fraction, feedback: Text | None) -> Element:
        """An answer to be written."""
        made = SubElement(parent, "answer", fraction=percent_of(share), format="plain_text")
        SubElement(made, "text").text = allowed_in_xml(wording)
        self.text(made, "feedback", feedback)
        return made

    def single_choice(self, made: Element, question: ChoiceQuestion) -> None:
        SubElement(made, "single").text = "true"
        SubElement(made, "shuffleanswers").text = "true"
        SubElement(made, "answernumbering").text = "abc"
        for option in question.options:
            self.answer(made, option.text, "100" if option.correct else "0", option.feedback)

    def multiple_choice(self, made: Element, question: MultipleChoiceQuestion) -> None:
        SubElement(made, "single").text = "false"
        SubElement(made, "shuffleanswers").text = "true"
        SubElement(made, "answernumbering").text = "abc"
        right = sum(option.correct for option in question.options)
        part = percent_of(Fraction(1, right)) if right else "0"
        for option in question.options:
            self.answer(made, option.text, part if option.correct else f"-{part}", option.feedback)

    def true_false(self, made: Element, question: TrueFalseQuestion) -> None:
        for word, feedback in (("true", question.feedback_true), ("false", question.feedback_false)):
            answer = SubElement(
                made, "answer", fraction="100" if question.answer == (word == "true") else "0", format="plain_text"
            )
            SubElement(answer, "text").text = word
            self.text(answer, "feedback", feedback)

    def short_text(self, made: Element, question: ShortTextQuestion) -> None:
        SubElement(made, "usecase").text = "0" if question.ignore_case else "1"
        for answer in question.answers:
            for wording in dict.fromkeys(wording for wordings in answer.accepted.values() for wording in wordings):
                self.written(made, wording.replace("*", r"\*"), answer.fraction, answer.feedback)

    def numerical(self, made: Element, question: NumericalQuestion) -> None:
        for answer in question.answers:
            written = self.written(made, f"{answer.value:f}", answer.fraction, answer.feedback)
            SubElement(written, "tolerance").text = f"{answer.tolerance:f}"
        SubElement(made, "unitgradingtype").text = "1" if question.unit_required else "0"
        SubElement(made, "unitpenalty").text = "1"
        SubElement(made, "showunits").text = "0" if question.units else "3"
        SubElement(made, "unitsleft").text = "0"
        if question.units:
            units = SubElement(made, "units")
            for unit in question.units:
                element = SubElement(units, "unit")
                SubElement(element, "multiplier").text = f"{(Decimal(1) / unit.factor).normalize():f}"
                SubElement(element, "unit_name").text = allowed_in_xml(unit.symbol)

    def matching(self, made: Element, question: MatchingQuestion) -> None:
        SubElement(made, "shuffleanswers").text = "true"
        sides: list[tuple[Text | None, Text]] = [(pair.left, pair.right) for pair in question.pairs]
        sides += [(None, other.text) for other in question.distractors]
        for left, right in sides:
            self.plain(self.text(made, "subquestion", left), "answer", plain_of(first_of(right, self.languages)))

    def ordering(self, made: Element, question: OrderingQuestion) -> None:
        is_whole = question.marking == ALL_OR_NOTHING
        settings = {
            "layouttype": "VERTICAL", "selecttype": "ALL", "selectcount": "0",
            "gradingtype": "ALL_OR_NOTHING" if is_whole else "ABSOLUTE_POSITION", "showgrading": "SHOW", "numberingstyle": "none",
        }  # fmt: skip
        for name, value in settings.items():
            SubElement(made, name).text = value
        for place, item in enumerate(question.items, start=1):
            self.text(made, "answer", item.text, fraction=f"{place}.0000000")


_KINDS: Mapping[type, tuple[str, Callable[[_Writer, Element, Any], None]]] = {
    ChoiceQuestion: ("multichoice", _Writer.single_choice),
    MultipleChoiceQuestion: ("multichoice", _Writer.multiple_choice),
    TrueFalseQuestion: ("truefalse", _Writer.true_false),
    ShortTextQuestion: ("shortanswer", _Writer.short_text),
    NumericalQuestion: ("numerical", _Writer.numerical),
    MatchingQuestion: ("matching", _Writer.matching),
    OrderingQuestion: ("ordering", _Writer.ordering),
}


def losses_in_moodle(question: Any, languages: Sequence[str]) -> tuple[Sentence, ...]:
    """What Moodle will not have of the question. Read back here, nothing is missing."""
    found = [*other_languages(question, languages), *_marking_losses(question)]
    if isinstance(question, ShortTextQuestion) and question.ignore_accents:
        found.append(sentence(N_("Moodle minds accents: “cafe” is not “café” there.")))
    if isinstance(question, MatchingQuestion) and any(pair.feedback for pair in question.pairs):
        found.append(sentence(N_("Feedback to single pairs has no place in the file.")))
    if isinstance(question, OrderingQuestion):
        if any(item.feedback for item in question.items):
            found.append(sentence(N_("Feedback to single things in the order has no place in the file.")))
        found.append(sentence(N_("Ordering questions need Moodle 4.4 or its ordering plugin.")))
    if isinstance(question, NumericalQuestion) and any(
        Fraction(Decimal(1) / unit.factor) * Fraction(unit.factor) != 1 for unit in question.units if unit.factor
    ):
        found.append(sentence(N_("The factor of a unit is rounded.")))
    return each_once(found)


def other_languages(question: Any, languages: Sequence[str]) -> list[Sentence]:
    """A sentence where the question speaks languages that are not written."""
    left = [language for language in languages_of(question) if language not in languages]
    return (
        [sentence(N_("Only the chosen language goes along, not: %(languages)s."), languages=", ".join(left))]
        if left
        else []
    )


def _marking_losses(question: Any) -> list[Sentence]:
    found = []
    if getattr(question, "marking", "") == ALL_OR_NOTHING and isinstance(
        question, MultipleChoiceQuestion | MatchingQuestion
    ):
        found.append(sentence(N_("All or nothing becomes a part of the points for each right choice.")))
    shares = [answer.fraction for answer in getattr(question, "answers", ())]
    if isinstance(question, MultipleChoiceQuestion):
        shares = [Fraction(1, max(1, sum(option.correct for option in question.options)))]
    if any(percent_of(share) not in _MOODLE_PARTS for share in shares):
        found.append(sentence(N_("Moodle knows only certain parts of the points and may round one.")))
    return found
