"""Questions of every type in a course pack: the guide's own examples, the schema for editors, and faults by line."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from lms.courses.packs.question_schema import question_schema
from lms.quizzes.questions import TYPES, kind_of
from tests.courses.pack_folder import PackFolder

ROOT = Path(__file__).parents[2]
QUIZ = "modules/m1/quiz.yaml"
GUIDE = (ROOT / "docs" / "course-packs.md").read_text("utf-8")
EXAMPLES = re.findall(r"```yaml\n(  - key: m1-q\d\d\n    type: .*?)```", GUIDE, re.DOTALL)


@pytest.fixture
def pack(tmp_path: Path) -> PackFolder:
    """The small pack whose first quiz asks the guide's examples."""
    folder = PackFolder(tmp_path / "pack")
    head = folder.text(QUIZ).partition("questions:\n")[0]
    folder.add(QUIZ, f"{head}questions:\n{''.join(EXAMPLES)}")
    return folder


def test_the_examples_of_the_guide_are_questions_of_every_type(pack: PackFolder) -> None:
    reading = pack.read()
    assert [str(fault) for fault in reading.faults] == []
    assert reading.content is not None
    quiz = reading.content.modules[0].quiz
    assert quiz is not None
    assert {kind_of(question).kind for question in quiz.questions} == set(TYPES) - {"single_choice"}


def test_editors_read_the_schema_by_which_packs_are_checked() -> None:
    """Written anew by ``flask courses schema > lms/courses/schemas/question.json``."""
    kept = json.loads((ROOT / "lms" / "courses" / "schemas" / "question.json").read_text("utf-8"))
    assert kept == question_schema()


@pytest.mark.parametrize(
    ("old", "new", "marker", "words"),
    [
        ("type: ordering", "type: oredring", "type: oredring", "Did you mean “ordering”?"),
        ("    answer: false\n", "", "key: m1-q03", "“answer” is missing"),
        ("    answer: false\n", "    answer: no\n", "answer: no", "should be true or false"),
        ("value: 1250.5", "value: many", "value: many", "should be a number"),
        ("value: 1250.5, tolerance: 0.5", "value: 1250.5, fraction: 0.5", "value: 1250.5", "No number earns the whole question"),
        ("fraction: 1/2", "fraction: 3/2", "fraction: 3/2", "A fraction lies between 0 and 1"),
        ("fraction: 1/2", "fraction: half", "fraction: half", "write a part from 0 to 1"),
        ("factor: 0.001", "factor: 0", "factor: 0", "factor"),
        ("symbol: m,", "symbol: km,", "symbol: km, factor", "Each unit has a symbol of its own"),
        ("{key: x, text:", "{key: a, text:", "{key: a, text: {en: Issues", "belongs to a pair already"),
        ("en: Issues visas", "en: Finds work", "en: Finds work, fr: Délivre", "can be chosen twice"),
        ("{en: Reintegration plan,", "{en: Counselling,", "{en: Counselling, fr: Plan", "stands here twice"),
        ("{key: c, text: {en: Follow-up", "{key: b, text: {en: Follow-up", "{en: Follow-up", "is used twice here"),
        ("marking: proportional", "marking: partly", "marking: partly", "must be one of"),
        ("en: [voluntary return, free return]", "de: [Rückkehr]", "de: [Rückkehr]", "not a language of this course"),
        ("{en: Fiscal, fr: Fiscale}, feedback", "{en: Fiscal, fr: Fiscale}, correct: true, feedback", "    options:", "Every option is correct"),
    ],
)  # fmt: skip
def test_every_fault_is_named_with_its_line(pack: PackFolder, old: str, new: str, marker: str, words: str) -> None:
    pack.edit(QUIZ, old, new)
    line = pack.line_of(QUIZ, marker)
    found = [(fault.line, fault.message) for fault in pack.faults() if fault.severity == "error"]
    assert any(abs(where - line) <= 2 and words in message for where, message in found), found


def test_a_text_of_a_question_that_is_missing_in_a_language_is_a_warning(pack: PackFolder) -> None:
    pack.edit(QUIZ, "{en: Counselling, fr: Conseil}", "{en: Counselling}")
    found = [(fault.line, str(fault.severity)) for fault in pack.faults()]
    assert found == [(pack.line_of(QUIZ, "{en: Counselling}"), "warning")]


def test_a_wording_that_is_missing_in_a_language_is_a_warning(pack: PackFolder) -> None:
    pack.edit(QUIZ, "accepted: {en: return, fr: retour}", "accepted: {en: return}")
    assert [(str(fault.severity), "No wording is accepted in “fr”" in fault.message) for fault in pack.faults()] == [
        ("warning", True)
    ]
