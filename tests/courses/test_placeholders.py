"""Dates and facts of an edition inside the texts of a course: filled in where they are read, refused where they name nothing."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from lms.assignments.models import Assignment
from lms.core.db import db
from lms.courses.domain.placeholders import fill, placeholders_in
from lms.courses.packs import read_pack
from lms.quizzes.models import Quiz
from tests.courses.reading_pages import release, text_of, with_body
from tests.factories import Cast, both

PACK = Path(__file__).parent.parent.parent / "packs" / "reintegration"
LESSON = "/editions/R1/modules/m1/lessons/lesson-1"
Browsers = Callable[[str], Any]


def test_what_is_known_is_filled_and_the_rest_stays() -> None:
    values = {"a.b": "here", "c": ""}
    assert fill("{{a.b}} {{ a.b }} {{c}}| {{d}} {a.b} {{a\n.b}}", values.get) == "here here | {{d}} {a.b} {{a\n.b}}"
    assert fill("{{ " + "a" * 200 + "}}", lambda _name: "long") == "{{ " + "a" * 200 + "}}"
    assert list(placeholders_in("x\n{{a.b}} and {{ c }}\n{{}}")) == [(2, "a.b"), (2, "c"), (3, "")]


def test_a_lesson_names_the_dates_of_the_edition_in_the_readers_language(
    cast: Cast, now: datetime, as_role: Browsers
) -> None:
    words = "Quiz 1 closes {{closes.quiz-1}}, *module 2* opens {{opens.m2}}. We began {{edition.start}} in {{edition.place}} ({{edition.code}})."
    with_body(cast, now, both(words, words))
    read = text_of(as_role("participant").get(LESSON))
    assert "Quiz 1 closes Sunday 8 March, 23:59 in Turin, module 2 opens Monday 9 March, 08:00 in Turin." in read
    assert "We began Monday 2 March 2026 in Turin (R1)." in read
    french = text_of(as_role("participant").get(LESSON, headers={"Cookie": "language=fr"}))
    assert "dimanche 8 mars" in french or "Sunday 8 March" in french
    quiz = db.session.scalars(select(Quiz).where(Quiz.edition_id == cast.edition.id, Quiz.key == "quiz-1")).one()
    quiz.closes_at += timedelta(days=1)
    db.session.commit()
    assert "Quiz 1 closes Monday 9 March, 23:59 in Turin" in text_of(as_role("participant").get(LESSON))
    assert "Quiz 1 closes Sunday 8 March" in text_of(as_role("outsider").get(LESSON.replace("R1", "R2")))


def test_the_printed_module_its_file_and_the_search_say_the_same(cast: Cast, now: datetime, as_role: Browsers) -> None:
    import io
    import zipfile

    with_body(cast, now, both("It ends {{edition.end}}.", "Fin {{edition.end}}."))
    cast.other_edition.ends_on += timedelta(days=7)
    db.session.commit()
    for role, code, day in (("participant", "R1", "Friday 10 April 2026"), ("outsider", "R2", "Friday 17 April 2026")):
        browser = as_role(role)
        assert day in browser.get(f"/editions/{code}/modules/m1/print").text
        with zipfile.ZipFile(io.BytesIO(browser.get(f"/editions/{code}/modules/m1/book").data)) as book:
            assert any(day.encode() in book.read(name) for name in book.namelist())
        assert "10 April" in as_role("participant").get("/editions/R1/search?q=friday").text.replace("<mark>", "")


def test_pages_without_placeholders_ask_nothing_for_them(
    cast: Cast, now: datetime, as_role: Browsers, count_queries: Any
) -> None:
    browser = as_role("participant")
    counts = []
    for words in ("No dates.", "It ends {{edition.end}}. {{edition.start}} {{closes.quiz-1}} {{closes.quiz-2}}"):
        with_body(cast, now, both(words))
        browser.get(LESSON)
        with count_queries() as statements:
            browser.get(LESSON)
        counts.append(len(statements))
    assert counts[0] < counts[1] <= counts[0] + 8


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("closes.quiz-99", "stands for nothing"),
        ("closes.concepts", "stands for nothing"),
        ("edition.begin", "stands for nothing"),
        ("edition.starts", "Did you mean “edition.start”?"),
    ],
)
def test_a_name_that_stands_for_nothing_is_a_fault_with_its_line(tmp_path: Path, name: str, says: str) -> None:
    pack = tmp_path / "pack"
    shutil.copytree(PACK, pack)
    lesson = pack / "modules" / "concepts" / "dimensions-and-levels.en.md"
    lines = lesson.read_text(encoding="utf-8").rstrip().split("\n")
    lesson.write_text("\n".join([*lines, "", f"Until {{{{{name}}}}}."]) + "\n", encoding="utf-8")
    (fault,) = [one for one in read_pack(pack).faults if "{{" in str(one)]
    assert says in str(fault)
    assert f"dimensions-and-levels.en.md:{len(lines) + 2}" in str(fault)


def test_a_question_names_no_date_of_an_edition(tmp_path: Path) -> None:
    pack = tmp_path / "pack"
    shutil.copytree(PACK, pack)
    quiz = pack / "modules" / "concepts" / "quiz.yaml"
    text = quiz.read_text(encoding="utf-8")
    line = next(number for number, one in enumerate(text.split("\n"), start=1) if "Tendai" in one)
    quiz.write_text(text.replace("Tendai,", "Until {{closes.quiz-1}} and {{names}}, Tendai,", 1), encoding="utf-8")
    (fault,) = [one for one in read_pack(pack).faults if "{{" in str(one)]
    assert "“{{closes.quiz-1}}” would be read as it is typed" in str(fault)
    assert abs(int(str(fault).split("quiz.yaml:")[1].split(":")[0]) - line) <= 1


def test_every_date_of_the_course_can_be_named(tmp_path: Path) -> None:
    pack = tmp_path / "pack"
    shutil.copytree(PACK, pack)
    content = read_pack(pack).content
    assert content is not None
    keys = [module.key for module in content.modules] + [session.key for session in content.agenda]
    closing = [plan.key for _module, plan in content.quizzes()] + [one.key for one in content.assignments]
    assert content.evaluation is not None
    names = [f"opens.{key}" for key in [*keys, *closing, content.evaluation.key]]
    names += [f"closes.{key}" for key in [*closing, content.evaluation.key]]
    brief = pack / "assignments" / f"{content.assignments[0].key}.en.md"
    brief.write_text(
        brief.read_text(encoding="utf-8") + "\n" + " ".join(f"{{{{{name}}}}}" for name in names) + "\n", "utf-8"
    )
    assert [str(one) for one in read_pack(pack).faults if "{{" in str(one)] == []


def test_a_brief_and_a_summary_are_filled_too(cast: Cast, now: datetime, as_role: Browsers) -> None:
    first = cast.content.modules[0]
    release(
        cast, now, modules=(replace(first, summary=both("Begins {{edition.start}}.")), *cast.content.modules[1:])
    )  # fmt: skip
    essay = db.session.scalars(
        select(Assignment).where(Assignment.edition_id == cast.edition.id, Assignment.key == "final-assignment")
    ).one()
    essay.document = {**essay.document, "brief": both("Hand it in by {{closes.final-assignment}}.")}
    db.session.commit()
    browser = as_role("participant")
    assert "Begins Monday 2 March 2026." in text_of(browser.get("/editions/R1/modules/m1"))
    assert "Hand it in by Friday 10 April, 23:59 in Turin." in text_of(
        browser.get("/editions/R1/assignments/final-assignment/task")
    )
