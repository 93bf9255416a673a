"""Writes a QTI 2.1 content package, with the seals of its questions, by which we read back exactly what we wrote."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from lms.courses.domain.content import Text
from lms.quizzes.exchange.making import ALL_OR_NOTHING, PROPORTIONAL
from lms.quizzes.exchange.markup import Tag, parse_html
from lms.quizzes.exchange.moodle.writer import other_languages
from lms.quizzes.exchange.pictures import Picture
from lms.quizzes.exchange.qti.reader import MANIFEST, SEALS
from lms.quizzes.exchange.report import N_, Sentence, each_once, sentence
from lms.quizzes.exchange.seal import seal
from lms.quizzes.exchange.to_html import KeptPicture, first_of, html_of, name_of, parts_of, with_files
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

_QTI = "http://www.imsglobal.org/xsd/imsqti_v2p1"
_CP = "http://www.imsglobal.org/xsd/imscp_v1p1"
_TEMPLATES = "http://www.imsglobal.org/question/qti_v2p1/rptemplates/"
_FOLDER = "../pictures/"
_RENAMED = {"del": "span", "aside": "div", "section": "div", "abbr": "span"}
# A package of the same questions is the same file.
_A_DATE = (2000, 1, 1, 0, 0, 0)


def write_qti(questions: Iterable[Any], kept: KeptPicture, languages: Sequence[str]) -> bytes:
    """The package: a manifest, an item a question, pictures, and the seals; texts in the first language that each has."""
    manifest = Element("manifest", {"xmlns": _CP, "identifier": "questions"})
    about = SubElement(manifest, "metadata")
    SubElement(about, "schema").text = "QTIv2.1 Package"
    SubElement(about, "schemaversion").text = "1.0.0"
    SubElement(manifest, "organizations")
    resources = SubElement(manifest, "resources")
    files: dict[str, bytes] = {}
    seals = {}
    for question in questions:
        writer = _Writer(kept, languages)
        path, content = f"items/{question.key}.xml", _bytes(writer.item(question))
        files[path] = content
        seals[path] = seal(question, hashlib.sha256(content).hexdigest()[:32], kept, writer.used)
        resource = SubElement(
            resources, "resource", identifier=f"item-{question.key}", type="imsqti_item_xmlv2p1", href=path
        )
        SubElement(resource, "file", href=path)
        for picture in writer.used.values():
            name = f"pictures/{picture.file_name}"
            SubElement(resource, "file", href=name)
            files[name] = picture.content
    files[SEALS] = json.dumps(seals, ensure_ascii=False).encode()
    extra = SubElement(resources, "resource", identifier="segin", type="webcontent", href=SEALS)
    SubElement(extra, "file", href=SEALS)
    return _zipped({MANIFEST: _bytes(manifest), **files})


def _bytes(element: Element) -> bytes:
    content: bytes = ElementTree.tostring(element, encoding="utf-8", xml_declaration=True)
    return content


def _zipped(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for path, content in files.items():
            package.writestr(zipfile.ZipInfo(path, _A_DATE), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _float(share: Fraction) -> str:
    return f"{float(share):.10g}"


class _Writer:
    """Writes one item; ``used`` collects its pictures."""

    def __init__(self, kept: KeptPicture, languages: Sequence[str]) -> None:
        self.kept = kept
        self.languages = languages
        self.used: dict[str, Picture] = {}

    def item(self, question: Any) -> Element:
        """The item."""
        made = Element(
            "assessmentItem",
            {
                "xmlns": _QTI,
                "identifier": f"item-{question.key}",
                "title": allowed_in_xml(name_of(question, self.languages)) or question.key,
                "adaptive": "false",
                "timeDependent": "false",
            },
        )
        _KINDS[type(question)](self, made, question)
        overall = first_of(question.feedback, self.languages)
        if overall:
            self.modal(made, "OVERALL", "overall", question.feedback)
        # The schema wants the declarations first, and feedback last.
        order = {"responseDeclaration": 0, "outcomeDeclaration": 1, "itemBody": 2, "responseProcessing": 3}
        parts = sorted(made, key=lambda part: order.get(part.tag, 4))
        made[:] = parts
        return made

    def prose(self, parent: Element, text: Text | None) -> Element:
        """Put a text into an element as XHTML, pictures beside it."""
        html = with_files(html_of(first_of(text, self.languages)), self.kept, _FOLDER, self.used)
        # The sanitiser of texts from outside knows no relative addresses; these are our own.
        tree = parse_html(html)
        _append(parent, tree)
        return parent

    def body(self, made: Element, question: Any) -> Element:
        """The item's body with the question in it."""
        body = SubElement(made, "itemBody")
        self.prose(SubElement(body, "div"), question.stem)
        return body

    def response(self, made: Element, cardinality: str, base_type: str, values: Iterable[str]) -> Element:
        """The declaration of the response, with what is right."""
        declared = SubElement(
            made, "responseDeclaration", identifier="RESPONSE", cardinality=cardinality, baseType=base_type
        )
        correct = SubElement(declared, "correctResponse")
        for value in values:
            SubElement(correct, "value").text = allowed_in_xml(value)
        SubElement(made, "outcomeDeclaration", identifier="SCORE", cardinality="single", baseType="float")
        return declared

    def mapping(self, declared: Element, parts: Mapping[str, Fraction], default: Fraction, **more: str) -> None:
        """What each answer earns."""
        mapping = SubElement(declared, "mapping", lowerBound="0", upperBound="1", defaultValue=_float(default))
        for key, part in parts.items():
            SubElement(mapping, "mapEntry", {"mapKey": allowed_in_xml(key), "mappedValue": _float(part), **more})

    def template(self, made: Element, name: str, feedback: Mapping[str, Text], cardinality: str = "single") -> None:
        """The usual rule; with feedback to single choices it is written out, since the template sets only the score."""
        if not feedback:
            SubElement(made, "responseProcessing", template=f"{_TEMPLATES}{name}")
            return
        SubElement(made, "outcomeDeclaration", identifier="FEEDBACK", cardinality=cardinality, baseType="identifier")
        processing = SubElement(made, "responseProcessing")
        if name == "match_correct":
            condition = SubElement(processing, "responseCondition")
            is_right = SubElement(condition, "responseIf")
            match = SubElement(is_right, "match")
            SubElement(match, "variable", identifier="RESPONSE")
            SubElement(match, "correct", identifier="RESPONSE")
            _score(is_right, "1")
            _score(SubElement(condition, "responseElse"), "0")
        else:
            score = SubElement(processing, "setOutcomeValue", identifier="SCORE")
            SubElement(score, "mapResponse", identifier="RESPONSE")
        shown = SubElement(processing, "setOutcomeValue", identifier="FEEDBACK")
        SubElement(shown, "variable", identifier="RESPONSE")
        for identifier, text in feedback.items():
            self.modal(made, "FEEDBACK", identifier, text)

    def modal(self, made: Element, outcome: str, identifier: str, text: Text | None) -> None:
        """Feedback after the question; an outcome of its own shows it to everybody."""
        if outcome == "OVERALL":
            declared = SubElement(
                made, "outcomeDeclaration", identifier=outcome, cardinality="single", baseType="identifier"
            )
            SubElement(SubElement(declared, "defaultValue"), "value").text = identifier
        modal = SubElement(made, "modalFeedback", outcomeIdentifier=outcome, identifier=identifier, showHide="show")
        self.prose(modal, text)

    def _options(self, made: Element, question: Any, many: bool) -> None:
        body = self.body(made, question)
        choice = SubElement(
            body, "choiceInteraction", responseIdentifier="RESPONSE", shuffle="true", maxChoices="0" if many else "1"
        )
        for option in question.options:
            self.prose(SubElement(choice, "simpleChoice", identifier=_name(option.key)), option.text)

    def _said(self, parts: Iterable[Any]) -> dict[str, Text]:
        return {_name(part.key): part.feedback for part in parts if first_of(part.feedback, self.languages)}

    def single_choice(self, made: Element, question: ChoiceQuestion) -> None:
        self.response(made, "single", "identifier", (_name(one.key) for one in question.options if one.correct))
        self._options(made, question, many=False)
        self.template(made, "match_correct", self._said(question.options))

    def multiple_choice(self, made: Element, question: MultipleChoiceQuestion) -> None:
        right = [_name(one.key) for one in question.options if one.correct]
        declared = self.response(made, "multiple", "identifier", right)
        is_whole = question.marking == ALL_OR_NOTHING
        if not is_whole:
            part = Fraction(1, max(1, len(right)))
            self.mapping(
                declared,
                {_name(one.key): part if one.correct else -part for one in question.options},
                Fraction(0),
            )
        self._options(made, question, many=True)
        rule = "match_correct" if is_whole else "map_response"
        self.template(made, rule, self._said(question.options), "multiple")

    def true_false(self, made: Element, question: TrueFalseQuestion) -> None:
        self.response(made, "single", "identifier", ["true" if question.answer else "false"])
        choice = SubElement(
            self.body(made, question),
            "choiceInteraction",
            responseIdentifier="RESPONSE",
            shuffle="false",
            maxChoices="1",
        )
        for identifier, word in (("true", "True"), ("false", "False")):
            SubElement(choice, "simpleChoice", identifier=identifier).text = word
        said = {"true": question.feedback_true, "false": question.feedback_false}
        self.template(
            made,
            "match_correct",
            {name: text for name, text in said.items() if text and first_of(text, self.languages)},
        )

    def ordering(self, made: Element, question: OrderingQuestion) -> None:
        self.response(made, "ordered", "identifier", (_name(one.key) for one in question.items))
        order = SubElement(self.body(made, question), "orderInteraction", responseIdentifier="RESPONSE", shuffle="true")
        for item in question.items:
            self.prose(SubElement(order, "simpleChoice", identifier=_name(item.key)), item.text)
        self.template(made, "match_correct", {})

    def matching(self, made: Element, question: MatchingQuestion) -> None:
        # Pairs with the same right side share it, as participants see it.
        first = {tuple(pair.right.items()): pair.key for pair in reversed(question.pairs)}
        pairs = [f"{_name(pair.key, 'L')} {_name(first[tuple(pair.right.items())], 'R')}" for pair in question.pairs]
        declared = self.response(made, "multiple", "directedPair", pairs)
        is_whole = question.marking != PROPORTIONAL
        if not is_whole:
            self.mapping(declared, dict.fromkeys(pairs, Fraction(1, len(pairs))), Fraction(0))
        match = SubElement(
            self.body(made, question),
            "matchInteraction",
            responseIdentifier="RESPONSE",
            shuffle="true",
            maxAssociations=str(len(pairs)),
        )
        lefts, rights = SubElement(match, "simpleMatchSet"), SubElement(match, "simpleMatchSet")
        for pair in question.pairs:
            self._side(lefts, _name(pair.key, "L"), pair.left, "1")
            if first[tuple(pair.right.items())] == pair.key:
                self._side(rights, _name(pair.key, "R"), pair.right, "0")
        for other in question.distractors:
            self._side(rights, _name(other.key, "R"), other.text, "0")
        self.template(made, "match_correct" if is_whole else "map_response", {})

    def _side(self, parent: Element, identifier: str, text: Text, most: str) -> None:
        self.prose(SubElement(parent, "simpleAssociableChoice", identifier=identifier, matchMax=most), text)

    def _entry(self, made: Element, question: Any) -> None:
        paragraph = SubElement(self.body(made, question), "p")
        SubElement(paragraph, "textEntryInteraction", responseIdentifier="RESPONSE", expectedLength="20")

    def short_text(self, made: Element, question: ShortTextQuestion) -> None:
        parts: dict[str, Fraction] = {}
        for answer in question.answers:
            for wording in (wording for wordings in answer.accepted.values() for wording in wordings):
                parts[wording] = max(answer.fraction, parts.get(wording, Fraction(0)))
        best = [wording for wording, part in parts.items() if part == 1]
        declared = self.response(made, "single", "string", best[:1])
        self.mapping(declared, parts, Fraction(0), caseSensitive="false" if question.ignore_case else "true")
        self._entry(made, question)
        self.template(made, "map_response", {})

    def numerical(self, made: Element, question: NumericalQuestion) -> None:
        best = max(question.answers, key=lambda one: one.fraction)
        self.response(made, "single", "float", [f"{best.value:f}"])
        self._entry(made, question)
        condition = SubElement(SubElement(made, "responseProcessing"), "responseCondition")
        is_right = SubElement(condition, "responseIf")
        reach = f"{best.tolerance:f}"
        equal = SubElement(is_right, "equal", toleranceMode="absolute", tolerance=f"{reach} {reach}")
        SubElement(equal, "variable", identifier="RESPONSE")
        SubElement(equal, "correct", identifier="RESPONSE")
        _score(is_right, "1")
        _score(SubElement(condition, "responseElse"), "0")


def _score(parent: Element, value: str) -> None:
    outcome = SubElement(parent, "setOutcomeValue", identifier="SCORE")
    SubElement(outcome, "baseValue", baseType="float").text = value


def _name(key: str, prefix: str = "choice") -> str:
    return f"{prefix}-{key}"


def _append(parent: Element, tree: Tag) -> None:
    last: Element | None = None
    for part in tree.parts:
        if isinstance(part, str):
            words = allowed_in_xml(part)
            if last is None:
                parent.text = (parent.text or "") + words
            else:
                last.tail = (last.tail or "") + words
            continue
        attributes = {name: value for name, value in part.attributes.items() if name in ("href", "src", "alt")}
        if part.name == "img":
            attributes = {"src": "", "alt": "", **attributes}
        last = SubElement(parent, _RENAMED.get(part.name, part.name), attributes)
        _append(last, part)


_KINDS: Mapping[type, Callable[[_Writer, Element, Any], None]] = {
    ChoiceQuestion: _Writer.single_choice,
    MultipleChoiceQuestion: _Writer.multiple_choice,
    TrueFalseQuestion: _Writer.true_false,
    ShortTextQuestion: _Writer.short_text,
    NumericalQuestion: _Writer.numerical,
    MatchingQuestion: _Writer.matching,
    OrderingQuestion: _Writer.ordering,
}


def losses_in_qti(question: Any, languages: Sequence[str]) -> tuple[Sentence, ...]:
    """What other tools will not have of the question. Read back here, nothing is missing."""
    found = other_languages(question, languages)
    if question.category or question.tags:
        found.append(sentence(N_("Category and tags have no place in the file.")))
    if isinstance(question, TrueFalseQuestion):
        found.append(sentence(N_("True or false becomes a choice of two options, named in English.")))
    if isinstance(question, OrderingQuestion) and question.marking == PROPORTIONAL:
        found.append(sentence(N_("The order counts all or nothing.")))
    if isinstance(question, NumericalQuestion) and (question.units or len(question.answers) > 1):
        found.append(sentence(N_("Only the best number goes along, without units.")))
    if isinstance(question, ShortTextQuestion) and question.ignore_accents:
        found.append(sentence(N_("The file minds accents: “cafe” is not “café” there.")))
    is_choice = isinstance(question, ChoiceQuestion | MultipleChoiceQuestion | TrueFalseQuestion)
    if not is_choice and any(getattr(part, "feedback", None) for part in parts_of(question)):
        found.append(sentence(N_("Feedback to single answers, pairs or things in the order has no place in the file.")))
    return each_once(found)
