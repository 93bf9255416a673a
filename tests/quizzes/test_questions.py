"""Laws that hold for every question type: stored and read again, graded by what was chosen, never by place or wording."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lms.courses import questions as course_questions
from lms.courses.packs import read_pack, write_pack
from lms.quizzes.display import Reader
from lms.quizzes.questions import TYPES, from_document, kind_of, to_document
from tests.factories import small_course
from tests.quizzes.question_strategies import MAKERS, questions, questions_of_type, right_values, values

ALL_TYPES = pytest.mark.parametrize("kind", TYPES)


def test_every_type_is_tried_by_these_laws_and_known_to_courses() -> None:
    assert set(MAKERS) == set(TYPES)
    assert set(course_questions.question_kinds()) == set(TYPES)


@given(questions())
def test_a_question_survives_being_stored(question: Any) -> None:
    assert from_document(to_document(question)) == (kind_of(question), question)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(questions())
def test_a_good_question_has_no_problems(question: Any) -> None:
    assert [str(problem.sentence) for problem in kind_of(question).problems(question)] == []


@ALL_TYPES
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_question_of_every_type_is_written_to_a_pack_and_read_as_the_same(kind: str, data: st.DataObject) -> None:
    question = data.draw(questions_of_type(kind))
    content = small_course(modules=2)
    quiz = content.modules[0].quiz
    assert quiz is not None
    object.__setattr__(quiz, "questions", (question, *quiz.questions[1:]))
    with TemporaryDirectory() as folder:
        write_pack(content, Path(folder))
        reading = read_pack(Path(folder))
    assert [str(fault) for fault in reading.faults if fault.severity == "error"] == []
    assert reading.content == content


@given(st.data())
def test_an_answer_survives_being_stored(data: st.DataObject) -> None:
    question = data.draw(questions())
    kind = kind_of(question)
    answer = kind.read_answer(question, data.draw(values(question)) or right_values(question))
    assert kind.read_answer(question, kind.values_of(question, answer)) == answer


@given(st.data())
def test_grades_lie_between_0_and_1_and_the_order_in_which_fields_arrive_makes_no_difference(
    data: st.DataObject,
) -> None:
    question = data.draw(questions())
    kind = kind_of(question)
    sent = data.draw(values(question).filter(bool))
    grade = kind.grade(question, kind.read_answer(question, sent))
    assert isinstance(grade, Fraction)
    assert 0 <= grade <= 1
    assert kind.grade(question, kind.read_answer(question, data.draw(st.permutations(sent)))) == grade


@given(questions())
def test_what_is_right_earns_everything_and_no_answer_earns_nothing(question: Any) -> None:
    """Edge case 22: an unanswered question never scores, whatever its type."""
    kind = kind_of(question)
    assert kind.grade(question, kind.read_answer(question, right_values(question))) == 1
    assert kind.grade(question, None) == 0
    assert kind.grade(question, {}) == 0


@given(questions())
def test_an_answer_that_was_taken_back_has_no_values(question: Any) -> None:
    assert kind_of(question).values_of(question, {}) == []


@given(st.data())
def test_an_answer_to_another_question_is_graded_without_falling_over(data: st.DataObject) -> None:
    asked, other = data.draw(questions()), data.draw(questions())
    answer = kind_of(other).read_answer(other, right_values(other))
    assert 0 <= kind_of(asked).grade(asked, answer) <= 1


@given(st.data())
def test_what_was_given_and_what_was_missed_make_up_the_right_answer(data: st.DataObject) -> None:
    question = data.draw(questions())
    kind = kind_of(question)
    shown = kind.present(question, kind.option_keys(question), Reader(("en", "fr")))
    right = kind.read_answer(question, right_values(question))
    assert shown.stem
    assert [line for line in shown.given(right) if line.fraction != 1] == []
    assert shown.missed(right) == []
    assert shown.given({}) == []
    assert shown.missed({})


@given(st.data())
def test_nothing_that_a_page_sends_gives_the_right_answer_away(data: st.DataObject) -> None:
    question = data.draw(questions_of_type(data.draw(st.sampled_from(["matching", "ordering"]))))
    kind = kind_of(question)
    sent = [value.partition(":")[0] for value in right_values(question)]
    assert not set(sent) & set(kind.option_keys(question))
    assert kind.must_shuffle


@ALL_TYPES
@given(data=st.data())
@pytest.mark.parametrize("sent", [["zzz"], ["a:b"], ["a", "a", "a"], [":"], ["1:1"], ["true", "false"], ["x" * 300]])
def test_nonsense_is_no_answer(kind: str, sent: list[str], data: st.DataObject) -> None:
    question = data.draw(questions_of_type(kind))
    if kind in ("numerical", "short_text") and len(sent) == 1 and len(sent[0]) < 60:
        # What is typed is kept as it is; it earns nothing.
        assert TYPES[kind].grade(question, TYPES[kind].read_answer(question, sent)) == 0
        return
    if kind == "multiple_choice" and sent == ["a", "a", "a"]:
        pass
    with pytest.raises(ValueError, match=re.escape(question.key)):
        TYPES[kind].read_answer(question, sent)


@given(st.data())
def test_an_answer_is_whole_exactly_when_nothing_is_missing(data: st.DataObject) -> None:
    question = data.draw(questions())
    kind = kind_of(question)
    assert kind.missing(question, kind.read_answer(question, right_values(question))) == ""
    assert kind.missing(question, {}) == ""
