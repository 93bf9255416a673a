"""Tables of questions as people fill them in."""

from __future__ import annotations

import io
from fractions import Fraction
from typing import Any

import openpyxl
import pytest

from lms.quizzes.exchange.report import Reading, Refused
from lms.quizzes.exchange.xlsx import read_xlsx, template_xlsx
from lms.quizzes.questions import ChoiceQuestion


def table(*rows: list[Any]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def read(*rows: list[Any]) -> Reading:
    return read_xlsx(table(*rows), "t.xlsx", "en")


HEADER = ["Type", "Question (en)", "question (fr)", "Answer 1 (en)", "share 1", "answer 2 (en)", "share 2", "feedback"]


def test_one_line_is_one_question_in_several_languages() -> None:
    reading = read(HEADER, ["single choice", "How many?", "Combien ?", 365, None, 366, "yes", "In the calendar."])
    (one,) = reading.accepted
    assert isinstance(one.question, ChoiceQuestion)
    assert one.question.stem == {"en": "How many?", "fr": "Combien ?"}
    assert [(option.text, option.correct) for option in one.question.options] == [
        ({"en": "365"}, False),
        ({"en": "366"}, True),
    ]
    assert one.question.feedback == {"und": "In the calendar."}
    assert str(one.place) == "t.xlsx:2"


def test_the_empty_table_can_be_read_as_it_is() -> None:
    reading = read_xlsx(template_xlsx(("en", "fr")), "t.xlsx", "en")
    assert [one.question.category for one in reading.accepted] == ["examples"]
    assert not reading.faulty


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (["riddle", "What?", None, "a", None, "b", "yes"], "no type"),
        (["single_choice", None, "Quoi ?", "a", "maybe", "b", "yes"], "yes or no"),
        (["single_choice", "What?", None, "a", "yes"], "fewer than two"),
        (["single_choice", "What?", None, "a", None, None, "yes"], "which is empty"),
        (["single_choice", None, None, "a", None, "b", "yes"], "no text"),
        (["true_false", "What?"], "true or false"),
        (["matching", "What?", None, "a"], "no right side"),
        (["numerical", "What?", None, "many"], "no number"),
        (["numerical", "What?", None, "3", "1/0"], "no number"),
        (["short_text", "What?", None, "a", "2"], "between 0 and 1"),
    ],
)  # fmt: skip
def test_mistakes_are_named_with_their_line(row: list[Any], reason: str) -> None:
    reading = read(HEADER, [], row)
    (broken,) = reading.faulty
    assert reason in str(broken.reason)
    assert broken.place.line == 3


def test_parts_of_the_points_in_three_ways() -> None:
    header = ["type", "question", "answer 1", "answer 2", "answer 3", "share 2", "share 3"]
    (one,) = read(header, ["short_text", "Who?", "a", "b", "c", "1/3", "50 %"]).accepted
    assert [answer.fraction for answer in one.question.answers] == [1, Fraction(1, 3), Fraction(1, 2)]


def test_columns_that_are_not_understood_are_named() -> None:
    reading = read([*HEADER, "Points", "Author"], ["single_choice", "What?", None, "a", None, "b", "yes"])
    assert "Points, Author" in str(reading.skipped[0].reason)
    assert len(reading.accepted) == 1


@pytest.mark.parametrize("rows", [[], [["name", "mail"], ["a", "b"]]])
def test_a_table_of_something_else_is_refused(rows: list[list[Any]]) -> None:
    with pytest.raises(Refused):
        read(*rows)


def test_a_formula_is_only_its_last_result() -> None:
    reading = read(HEADER, ["single_choice", '=HYPERLINK("http://example.org")', "Quoi ?", "a", None, "b", "yes"])
    assert reading.accepted[0].question.stem == {"fr": "Quoi ?"}


def test_a_table_may_be_headed_and_filled_in_portuguese() -> None:
    header = [
        "tipo",
        "pergunta (pt)",
        "resposta 1 (pt)",
        "parte 1",
        "resposta 2 (pt)",
        "parte 2",
        "resposta certa",
        "comentário (pt)",
    ]
    choice = ["single choice", "Quantos dias?", "365", "não", "366", "sim", None, "No calendário."]
    statement = ["true false", "O ano tem 365 dias.", None, None, None, None, "verdadeiro", None]
    one, other = read(header, choice, statement).accepted
    assert [(option.text, option.correct) for option in one.question.options] == [
        ({"pt": "365"}, False),
        ({"pt": "366"}, True),
    ]
    assert one.question.feedback == {"pt": "No calendário."}
    assert other.question.answer is True
