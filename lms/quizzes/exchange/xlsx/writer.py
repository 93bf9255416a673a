"""Writes the table, and an empty one to fill in. Every cell is text, so that nothing in it is ever a formula."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from lms.core.sheets import Sheet, write_xlsx
from lms.courses.domain.content import Text
from lms.quizzes.exchange.option_keys import letters
from lms.quizzes.exchange.report import N_, Sentence, sentence
from lms.quizzes.exchange.to_html import KeptPicture, texts_of
from lms.quizzes.exchange.xlsx.columns import PART_TEXTS, PARTS, WHOLE, WHOLE_TEXTS, Column
from lms.quizzes.exchange.xml import allowed_in_xml
from lms.quizzes.questions import (
    MatchingQuestion,
    NumericalQuestion,
    OrderingQuestion,
    ShortTextQuestion,
    TrueFalseQuestion,
    kind_of,
)

Cells = dict[Column, str]
SHEET = "Questions"
_HELP = (
    ("key", "How the question is known. The same key again is a new version of the same question. Empty: one is made."),
    ("type", "single_choice, multiple_choice, true_false, matching, ordering, numerical or short_text."),
    ("category", "Where it stands in the bank; a slash for a category below another: rights/travel."),
    ("tags", "Words with a comma between them."),
    ("marking", "all_or_nothing or proportional, for multiple_choice, matching and ordering."),
    ("right answer", "true or false, for true_false."),
    ("question (en)", "What is asked, in English. One column for each language: (fr), (pt), (ar) … Without a language: the same in all."),
    ("feedback (en)", "What everybody reads afterwards."),
    ("answer 1 (en)", "The first option; the left side of a pair; the first thing in the right order; accepted wordings, one a line. A number for numerical, without a language."),
    ("share 1", "yes for a right option, empty for a wrong one. For numbers and wordings what it earns: 1, 1/2, 50 %."),
    ("belongs 1 (en)", "The right side of a pair. Without an answer beside it: a right side that belongs to none."),
    ("tolerance 1", "By how much a number may be off."),
    ("feedback 1 (en)", "What whoever gave that answer reads. For true_false: 1 is for true, 2 for false."),
    ("units", "Units that may be written, with what turns a number in them into the answers': g = 0.001"),
    ("unit required, ignore case, ignore accents", "yes or no."),
    ("Texts", "May use Markdown: **bold**, *slanted*, lists, tables. Other columns are not read, and the preview names them."),
)  # fmt: skip


def write_xlsx_questions(questions: Iterable[Any], kept: KeptPicture, languages: Sequence[str]) -> bytes:
    """The questions with all their languages, whichever are asked for: a column left out would be a text lost."""
    rows = [_cells(question) for question in questions]
    columns = sorted({column for row in rows for column in row}, key=_order)
    table = [[row.get(column) for column in columns] for row in rows]
    return write_xlsx([Sheet(SHEET, [column.title for column in columns], table), _help()])


def template_xlsx(languages: Sequence[str]) -> bytes:
    """An empty table with one example, in the course's languages, and a page that explains the columns."""
    texts = [Column("question", 0, language) for language in languages]
    columns = [Column("key"), Column("type"), Column("category"), Column("tags"), *texts]
    for number in range(1, 5):
        columns += [Column("answer", number, language) for language in languages] + [Column("share", number)]
        columns += [Column("feedback", number, language) for language in languages]
    example = {Column("type"): "single_choice", Column("category"): "examples", Column("share", 2): "yes"}
    for language in languages:
        example[Column("question", 0, language)] = f"({language}) How many days has a leap year?"
        for number, days in enumerate(("365", "366", "364"), start=1):
            example[Column("answer", number, language)] = days
    rows = [[example.get(column) for column in columns]]
    return write_xlsx([Sheet(SHEET, [column.title for column in columns], rows), _help()])


def _help() -> Sheet:
    return Sheet("Help", ["Column", "What stands in it"], [list(line) for line in _HELP])


def _order(column: Column) -> tuple[int, int, int, str]:
    names = (*PARTS[:1], *PART_TEXTS[:2], *PARTS[1:], PART_TEXTS[2]) if column.number else (*WHOLE, *WHOLE_TEXTS)
    return column.number, names.index(column.name), column.language == "und", column.language


def _cells(question: Any) -> Cells:
    cells: Cells = {Column("key"): question.key, Column("type"): kind_of(question).kind}
    _put(cells, "category", 0, question.category)
    _put(cells, "tags", 0, ", ".join(question.tags))
    _put(cells, "marking", 0, getattr(question, "marking", ""))
    _put_text(cells, "question", 0, question.stem)
    _put_text(cells, "feedback", 0, question.feedback)
    _fill(question, cells)
    return cells


def _put(cells: Cells, name: str, number: int, value: str) -> None:
    if value:
        cells[Column(name, number)] = allowed_in_xml(value)


def _put_text(cells: Cells, name: str, number: int, text: Text | Mapping[str, str] | None) -> None:
    for language, value in (text or {}).items():
        cells[Column(name, number, language)] = allowed_in_xml(value)


def _put_key(cells: Cells, number: int, key: str) -> None:
    # Most keys are a, b, c …, which go without saying.
    _put(cells, "key", number, "" if key == letters(number - 1) else key)


def _share(share: Fraction) -> str:
    return str(share)


def _fill(question: Any, cells: Cells) -> None:
    if isinstance(question, TrueFalseQuestion):
        cells[Column("right answer")] = "true" if question.answer else "false"
        _put_text(cells, "feedback", 1, question.feedback_true)
        _put_text(cells, "feedback", 2, question.feedback_false)
    elif isinstance(question, MatchingQuestion):
        _fill_matching(question, cells)
    elif isinstance(question, NumericalQuestion):
        _fill_numerical(question, cells)
    elif isinstance(question, ShortTextQuestion):
        _fill_short_text(question, cells)
    else:
        is_order = isinstance(question, OrderingQuestion)
        for number, part in enumerate(question.items if is_order else question.options, start=1):
            # Options without a key get another when they are read: see ``keys_apart``.
            if is_order:
                _put_key(cells, number, part.key)
            else:
                _put(cells, "key", number, part.key)
            _put_text(cells, "answer", number, part.text)
            _put_text(cells, "feedback", number, part.feedback)
            _put(cells, "share", number, "yes" if not is_order and part.correct else "")


def _fill_matching(question: MatchingQuestion, cells: Cells) -> None:
    for number, pair in enumerate(question.pairs, start=1):
        _put_key(cells, number, pair.key)
        _put_text(cells, "answer", number, pair.left)
        _put_text(cells, "belongs", number, pair.right)
        _put_text(cells, "feedback", number, pair.feedback)
    for number, other in enumerate(question.distractors, start=len(question.pairs) + 1):
        _put_key(cells, number, other.key)
        _put_text(cells, "belongs", number, other.text)


def _fill_numerical(question: NumericalQuestion, cells: Cells) -> None:
    for number, answer in enumerate(question.answers, start=1):
        _put_key(cells, number, answer.key)
        cells[Column("answer", number, "und")] = str(answer.value)
        _put(cells, "tolerance", number, str(answer.tolerance) if answer.tolerance else "")
        _put(cells, "share", number, _share(answer.fraction))
        _put_text(cells, "feedback", number, answer.feedback)
    _put(cells, "units", 0, "\n".join(f"{unit.symbol} = {unit.factor}" for unit in question.units))
    _put(cells, "unit required", 0, "yes" if question.unit_required else "")


def _fill_short_text(question: ShortTextQuestion, cells: Cells) -> None:
    cells[Column("ignore case")] = "yes" if question.ignore_case else "no"
    cells[Column("ignore accents")] = "yes" if question.ignore_accents else "no"
    for number, answer in enumerate(question.answers, start=1):
        _put_key(cells, number, answer.key)
        _put_text(
            cells, "answer", number, {language: "\n".join(wordings) for language, wordings in answer.accepted.items()}
        )
        _put(cells, "share", number, _share(answer.fraction))
        _put_text(cells, "feedback", number, answer.feedback)


def losses_in_xlsx(question: Any, languages: Sequence[str]) -> tuple[Sentence, ...]:
    """What the table cannot hold."""
    if any("picture:" in value for text in texts_of(question) for value in text.values()):
        return (
            sentence(N_("Pictures do not go along. Brought in here again they are found, elsewhere they are missing.")),
        )
    return ()
