"""Reads the table: each line is accepted or faulty, and columns that are not understood are named."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import openpyxl

from lms.quizzes.exchange.archives import Archive
from lms.quizzes.exchange.making import (
    MAX_TEXT,
    UsedKeys,
    category_path,
    names_from,
    number_of,
    share_of,
    tags_of,
)
from lms.quizzes.exchange.option_keys import keys_apart, letters
from lms.quizzes.exchange.report import (
    N_,
    Accepted,
    CannotRead,
    Faulty,
    Place,
    Reading,
    Refused,
    Skipped,
    fault,
    sentence,
)
from lms.quizzes.exchange.to_markdown import clean_text
from lms.quizzes.exchange.xlsx.columns import Column, column_of
from lms.quizzes.questions import TYPES, from_document

MAX_COLUMNS = 1_000
LAST_LINE = 20_000
_YES = frozenset({"yes", "oui", "sim", "true", "vrai", "verdadeiro", "1", "x", "100", "100%", "100 %"})
_NO = frozenset({"", "no", "non", "não", "nao", "false", "faux", "falso", "0", "0%", "0 %"})
_TRUE = frozenset({"true", "vrai", "verdadeiro", "verdadeira", "yes", "oui", "sim", "1"})
_FALSE = frozenset({"false", "faux", "falso", "falsa", "no", "non", "não", "nao", "0"})
_PARTS = {
    "single_choice": "options", "multiple_choice": "options", "ordering": "items", "numerical": "answers", "short_text": "answers",
}  # fmt: skip

Cells = Mapping[Column, str]


def read_xlsx(content: bytes, file: str, language: str) -> Reading:
    """All questions of the first sheet; texts without a language are the same in all.

    Raises:
        Refused: where the file is hostile or no table.
    """
    Archive(content)  # refuses what unpacks to far too much
    reading, keys = Reading(), UsedKeys()
    lines = _lines(content)
    header = next(lines, None)
    if header is None:
        raise Refused(sentence(N_("The table is empty.")))
    columns = {place: column for place, title in enumerate(header[1]) if title.strip() and (column := column_of(title))}
    unknown = [title for place, title in enumerate(header[1]) if title.strip() and place not in columns]
    if not any(column.name == "question" for column in columns.values()):
        raise Refused(
            sentence(
                N_("The first line of the table names no column “question”. Take the empty table to see the names.")
            )
        )
    if unknown:
        reason = sentence(
            N_("These columns are not understood and not read: %(names)s."), names=", ".join(unknown)[:300]
        )
        reading.outcomes.append(Skipped("", reason, Place(file, header[0])))
    for line, values in lines:
        cells = {
            column: values[place] for place, column in columns.items() if place < len(values) and values[place].strip()
        }
        _read_line(cells, Place(file, line), reading, keys)
    if not reading.accepted and len(reading.outcomes) == bool(unknown):
        reading.outcomes.append(Faulty(sentence(N_("There are no questions in the file.")), Place(file, header[0])))
    return reading


def _lines(content: bytes) -> Iterator[tuple[int, list[str]]]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl tells of charts and the like that it leaves out
            book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
            rows = book.worksheets[0].iter_rows(values_only=True, max_row=LAST_LINE, max_col=MAX_COLUMNS)
            for number, row in enumerate(rows, start=1):
                values = [_text(value) for value in row]
                if any(value.strip() for value in values):
                    yield number, values
    except Exception as error:  # openpyxl raises many kinds for a broken or hostile file
        raise Refused(sentence(N_("The file is no table that can be opened. Save it again as XLSX."))) from error


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{Decimal(repr(value)):f}".removesuffix(".0")
    if isinstance(value, datetime | date):
        return value.isoformat()
    return clean_text(str(value))


def _read_line(cells: Cells, place: Place, reading: Reading, keys: UsedKeys) -> None:
    name = names_from({column.language: value for column, value in cells.items() if column.name == "question"})
    try:
        if any(len(value) > 4 * MAX_TEXT for value in cells.values()):
            raise fault(N_("A text is longer than 8,000 characters. Shorten it."))
        question, has_own_key = keys.with_key(_question(cells), name)
    except CannotRead as error:
        reading.leave_out(error, name, place)
        return
    reading.outcomes.append(Accepted(name, question, place, (), has_own_key))


def _question(cells: Cells) -> Any:
    kind = re.sub(r"[\s-]+", "_", _word(cells, "type").lower()) or "single_choice"
    if kind not in TYPES:
        raise fault(
            N_("There is no type “%(kind)s”. The types stand on the page “Help” of the empty table."), kind=kind[:40]
        )
    document: dict[str, Any] = {
        "kind": kind,
        "key": _word(cells, "key") or "question",
        "stem": _texts(cells, "question", 0),
        "category": category_path(_word(cells, "category").split("/")),
        "tags": list(tags_of(re.split(r"[,;،؛\n]", _word(cells, "tags")))),
    }
    if not document["stem"]:
        raise fault(N_("The question has no text."))
    feedback = _texts(cells, "feedback", 0)
    if feedback:
        document["feedback"] = feedback
    numbers = sorted({column.number for column in cells if column.number})
    _fill(kind, cells, numbers, document)
    return from_document(document)[1]


def _word(cells: Cells, name: str, number: int = 0) -> str:
    return cells.get(Column(name, number), "").strip()


def _texts(cells: Cells, name: str, number: int) -> dict[str, str]:
    return {column.language: value for column, value in cells.items() if (column.name, column.number) == (name, number)}


def _flag(cells: Cells, name: str, number: int = 0, default: bool = False) -> bool:
    word = _word(cells, name, number).lower()
    if not word:
        return default
    if word not in _YES | _NO:
        raise fault(N_("In the column “%(name)s” stands yes or no, not “%(word)s”."), name=name, word=word[:40])
    return word in _YES


def _part(cells: Cells, number: int, place: int) -> dict[str, Any]:
    part: dict[str, Any] = {"key": _word(cells, "key", number) or letters(place)}
    feedback = _texts(cells, "feedback", number)
    return {**part, "feedback": feedback} if feedback else part


def _fill(kind: str, cells: Cells, numbers: list[int], document: dict[str, Any]) -> None:
    if kind in ("multiple_choice", "matching", "ordering"):
        marking = _word(cells, "marking").lower().replace(" ", "_") or "all_or_nothing"
        if marking not in ("all_or_nothing", "proportional"):
            raise fault(N_("The marking is all_or_nothing or proportional, not “%(word)s”."), word=marking[:40])
        document["marking"] = marking
    if kind == "true_false":
        _fill_true_false(cells, document)
    elif kind == "matching":
        _fill_matching(cells, numbers, document)
    else:
        given = [number for number in numbers if _texts(cells, "answer", number)]
        left = [number for number in numbers if number not in given]
        if left:
            raise fault(N_("Something stands beside “answer %(number)s”, which is empty."), number=left[0])
        document[_PARTS[kind]] = [
            {**_part(cells, number, place), **_answer(kind, cells, number)} for place, number in enumerate(given)
        ]
        if _PARTS[kind] == "options" and not any(_word(cells, "key", number) for number in given):
            for part, key in zip(
                document["options"], keys_apart([one["text"] for one in document["options"]]), strict=True
            ):
                part["key"] = key
        _check(kind, document)
    if kind == "numerical":
        document["units"] = [_unit(line) for line in re.split(r"[\n;]", _word(cells, "units")) if line.strip()]
        document["unit_required"] = _flag(cells, "unit required")
    if kind == "short_text":
        document["ignore_case"] = _flag(cells, "ignore case", default=True)
        document["ignore_accents"] = _flag(cells, "ignore accents")


def _check(kind: str, document: dict[str, Any]) -> None:
    least = 2 if kind in ("single_choice", "multiple_choice", "ordering") else 1
    if len(document[_PARTS[kind]]) < least:
        raise fault(
            N_("The question has fewer than two options.") if least == 2 else N_("There is no accepted answer.")
        )


def _answer(kind: str, cells: Cells, number: int) -> dict[str, Any]:
    texts = _texts(cells, "answer", number)
    if kind == "ordering":
        return {"text": texts}
    if kind in ("single_choice", "multiple_choice"):
        return {"text": texts, "correct": _flag(cells, "share", number)}
    share = {"fraction": str(_share(_word(cells, "share", number)))}
    if kind == "short_text":
        accepted = {
            language: [wording.strip() for wording in value.split("\n") if wording.strip()]
            for language, value in texts.items()
        }
        return {"accepted": accepted, **share}
    tolerance = number_of(_word(cells, "tolerance", number) or "0")
    if tolerance < 0:
        raise fault(N_("A tolerance is below zero."))
    return {"value": str(number_of(next(iter(texts.values())))), "tolerance": str(tolerance), **share}


def _share(word: str) -> Fraction:
    if not word or word.lower() in _YES:
        return Fraction(1)
    if word.endswith("%"):
        share = share_of(word[:-1])
    else:
        above, sign, below = word.partition("/")
        divisor = Fraction(number_of(below)) if sign else Fraction(1)
        if divisor == 0:
            raise fault(N_("“%(text)s” is no number."), text=word[:60])
        share = Fraction(number_of(above)) / divisor
    if not 0 <= share <= 1:
        raise fault(N_("A share lies between 0 and 1, or between 0 %% and 100 %%, not “%(word)s”."), word=word[:40])
    return share


def _unit(line: str) -> dict[str, str]:
    symbol, sign, factor = line.rpartition("=")
    if not sign:
        return {"symbol": line.strip()}
    return {"symbol": symbol.strip(), "factor": str(number_of(factor))}


def _fill_true_false(cells: Cells, document: dict[str, Any]) -> None:
    word = _word(cells, "right answer").lower()
    if word not in _TRUE | _FALSE:
        raise fault(N_("In the column “right answer” stands true or false."))
    document["answer"] = word in _TRUE
    for number, name in ((1, "feedback_true"), (2, "feedback_false")):
        feedback = _texts(cells, "feedback", number)
        if feedback:
            document[name] = feedback


def _fill_matching(cells: Cells, numbers: list[int], document: dict[str, Any]) -> None:
    pairs, others = [], []
    for place, number in enumerate(numbers):
        left, right = _texts(cells, "answer", number), _texts(cells, "belongs", number)
        part = _part(cells, number, place)
        if not right:
            raise fault(N_("A pair to match has no right side."))
        if left:
            pairs.append({**part, "left": left, "right": right})
        else:
            others.append({"key": part["key"], "text": right})
    if len(pairs) < 2:
        raise fault(N_("There are fewer than two pairs to match."))
    document["pairs"], document["distractors"] = pairs, others
