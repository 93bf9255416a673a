"""How each of Moodle's question types becomes one of ours, and why some do not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any
from xml.etree.ElementTree import Element

from lms.courses.domain.content import Text
from lms.quizzes.exchange.making import (
    ALL_OR_NOTHING,
    PROPORTIONAL,
    Choice,
    Head,
    Written,
    all_or_nothing_choice,
    check_stem,
    matching,
    multiple_choice,
    number_of,
    numerical,
    share_of,
    short_text,
    single_choice,
)
from lms.quizzes.exchange.option_keys import letters
from lms.quizzes.exchange.report import N_, fault
from lms.quizzes.exchange.texts import Texts
from lms.quizzes.exchange.to_markdown import Notes
from lms.quizzes.exchange.xml import attribute, child, children, line_of, text_of
from lms.quizzes.questions import Item, OrderingQuestion, TrueFalseQuestion


@dataclass(frozen=True, slots=True)
class Question:
    """A question of the file, with what it takes to read it."""

    element: Element
    kind: str
    head: Head
    texts: Texts
    notes: Notes

    def setting(self, name: str, default: str = "") -> str:
        """A setting of the question."""
        return text_of(child(self.element, name)) or default

    @property
    def answers(self) -> list[Element]:
        """Its answers."""
        return children(self.element, "answer")


SKIPPED: Mapping[str, str] = {
    "essay": N_("An essay is marked by a person. Make it an assignment."),
    "description": N_("This is a text without a question. Put it into a lesson."),
    "cloze": N_("A text with several gaps asks several questions at once. Here each is a question of its own."),
    "multianswer": N_("A text with several gaps asks several questions at once. Here each is a question of its own."),
    "calculated": N_("The numbers of the question are drawn anew for each person. Here a question has fixed numbers."),
    "calculatedsimple": N_(
        "The numbers of the question are drawn anew for each person. Here a question has fixed numbers."
    ),
    "calculatedmulti": N_(
        "The numbers of the question are drawn anew for each person. Here a question has fixed numbers."
    ),
    "ddwtos": N_("Words are dragged into a text. Here nothing needs dragging: ask it as a matching question."),
    "gapselect": N_("Words are chosen for gaps in a text. Ask it as a matching question."),
    "ddimageortext": N_(
        "Something is dragged onto a picture, which not everybody can do. Ask it as a matching question."
    ),
    "ddmarker": N_("Something is dragged onto a picture, which not everybody can do. Ask it as a matching question."),
    "random": N_("This draws any question of a category. A quiz here draws by itself."),
    "randomsamatch": N_(
        "This draws its pairs from other questions. Write it as a matching question with pairs of its own."
    ),
}


def _choices(asked: Question) -> list[Choice]:
    return [
        Choice(
            asked.texts.of(answer) or {},
            share_of(attribute(answer, "fraction", "0") or "0", line_of(answer)),
            asked.texts.of(child(answer, "feedback")),
        )
        for answer in asked.answers
    ]


def _multichoice(asked: Question) -> Any:
    if asked.setting("shuffleanswers", "1").lower() in ("0", "false"):
        asked.notes.add(N_("In the file the options keep their order. Here the quiz says whether they are shuffled."))
    if asked.setting("single", "true").lower() in ("true", "1"):
        return single_choice(asked.head, _choices(asked))
    return multiple_choice(asked.head, _choices(asked), asked.notes)


def _multichoice_set(asked: Question) -> Any:
    return all_or_nothing_choice(asked.head, _choices(asked))


def _true_false(asked: Question) -> Any:
    check_stem(asked.head)
    found: dict[bool, tuple[Fraction, Text | None]] = {}
    for number, answer in enumerate(asked.answers):
        word = text_of(child(answer, "text")).lower()
        # Some files translate the words; Moodle then takes the first for true.
        says = word == "true" if word in ("true", "false") else number == 0
        share = share_of(attribute(answer, "fraction", "0") or "0", line_of(answer))
        found[says] = (share, asked.texts.of(child(answer, "feedback")))
    shares = {says: found[says][0] if says in found else Fraction(0) for says in (True, False)}
    if shares[True] == shares[False]:
        raise fault(N_("The file does not say whether the statement is true or false."))
    return TrueFalseQuestion(
        answer=shares[True] > shares[False],
        feedback_true=found[True][1] if True in found else None,
        feedback_false=found[False][1] if False in found else None,
        **asked.head.common(),
    )


def _written(asked: Question) -> list[Written]:
    return [
        Written(
            text_of(child(answer, "text")) or (answer.text or "").strip(),
            share_of(attribute(answer, "fraction", "100") or "100", line_of(answer)),
            asked.texts.of(child(answer, "feedback")),
            text_of(child(answer, "tolerance")) or "0",
        )
        for answer in asked.answers
    ]


def _short_answer(asked: Question) -> Any:
    is_case_kept = asked.setting("usecase", "0") == "1"
    return short_text(
        asked.head, _written(asked), asked.texts.language, ignore_case=not is_case_kept, notes=asked.notes
    )


def _numerical(asked: Question) -> Any:
    units = []
    for unit in children(child(asked.element, "units"), "unit"):
        multiplier = Fraction(number_of(text_of(child(unit, "multiplier")) or "1", line_of(unit)))
        if multiplier == 0:
            raise fault(N_("A unit has the factor 0."), line_of(unit))
        # Moodle's says how many of the unit are one of the answers' unit.
        units.append((text_of(child(unit, "unit_name")), 1 / multiplier))
    units = [unit for unit in units if unit[0]]
    grading = asked.setting("unitgradingtype", "0")
    penalty = asked.setting("unitpenalty", "0")
    is_graded = bool(units) and grading in ("1", "2")
    if is_graded and share_of(penalty) * 100 != 1:
        asked.notes.add(
            N_(
                "In the file a missing or wrong unit costs a part of the points. Here the unit must be written, and a wrong one makes the answer wrong."
            )
        )
    return numerical(
        asked.head, _written(asked), units, unit_required=is_graded, notes=asked.notes, line=line_of(asked.element)
    )


def _matching(asked: Question) -> Any:
    pairs, others = [], []
    stem = child(asked.element, "questiontext")
    default = "html" if stem is None else attribute(stem, "format") or "html"
    for part in children(asked.element, "subquestion"):
        left = asked.texts.of(part, default)
        # The right sides are plain text in Moodle.
        right = asked.texts.of(child(part, "answer"), "plain_text")
        if left and right:
            pairs.append((left, right))
        elif right:
            others.append(right)
        elif left:
            raise fault(N_("A pair to match has no right side."), line_of(part))
    return matching(asked.head, pairs, others)


def _ordering(asked: Question) -> Any:
    check_stem(asked.head)
    items = [text for answer in asked.answers if (text := asked.texts.of(answer))]
    if len(items) < 2:
        raise fault(N_("There are fewer than two things to put in order."))
    if asked.setting("selecttype") in ("1", "2", "RANDOM", "CONTIGUOUS") and asked.setting("selectcount", "0") not in (
        "0",
        str(len(items)),
    ):
        asked.notes.add(
            N_("In the file each person gets only some of the things to put in order. Here everybody gets all of them.")
        )
    grading = asked.setting("gradingtype", "0").upper()
    is_whole = grading in ("-1", "ALL_OR_NOTHING")
    if not is_whole and grading not in ("0", "ABSOLUTE_POSITION"):
        asked.notes.add(
            N_("The file counts neighbours or runs that are in order. Here each thing in its right place counts.")
        )
    return OrderingQuestion(
        items=tuple(Item(letters(place), text) for place, text in enumerate(items)),
        marking=ALL_OR_NOTHING if is_whole else PROPORTIONAL,
        **asked.head.common(),
    )


KINDS: Mapping[str, Callable[[Question], Any]] = {
    "multichoice": _multichoice,
    "multichoiceset": _multichoice_set,
    "truefalse": _true_false,
    "shortanswer": _short_answer,
    "numerical": _numerical,
    "matching": _matching,
    "match": _matching,
    "ordering": _ordering,
}
