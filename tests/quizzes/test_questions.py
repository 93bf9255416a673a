"""Question types: each is graded by what was chosen, never by where it stood or how it read."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from lms.courses.domain.content import ChoiceQuestion, Option
from lms.quizzes.questions import TYPES, from_document, kind_of, to_document
from lms.quizzes.questions.single_choice import SingleChoice

SINGLE = SingleChoice()
words = st.text(min_size=1, max_size=20)


@st.composite
def choice_questions(draw: st.DrawFn) -> ChoiceQuestion:
    keys = "abcdefgh"[: draw(st.integers(2, 8))]
    right = draw(st.sampled_from(keys))
    options = tuple(
        Option(key, {"en": draw(words)}, {"en": draw(words), "fr": draw(words)}, key == right) for key in keys
    )
    return ChoiceQuestion(draw(words), {"en": draw(words)}, options, draw(st.none() | st.just({"fr": "x"})))


@given(choice_questions())
def test_a_question_survives_being_stored(question: ChoiceQuestion) -> None:
    assert from_document(to_document(question)) == (TYPES["single_choice"], question)


@given(choice_questions())
def test_exactly_one_option_earns_the_question_and_no_answer_earns_nothing(question: ChoiceQuestion) -> None:
    grades = [SINGLE.grade(question, SINGLE.read_answer(question, [key])) for key in SINGLE.option_keys(question)]
    assert sorted(grades) == [Fraction(0)] * (len(grades) - 1) + [Fraction(1)]
    assert SINGLE.grade(question, None) == 0


@given(choice_questions())
def test_an_answer_survives_being_stored(question: ChoiceQuestion) -> None:
    for key in SINGLE.option_keys(question):
        assert SINGLE.values_of(SINGLE.read_answer(question, [key])) == [key]


def test_options_with_the_same_text_are_told_apart() -> None:
    same = {"en": "The same words"}
    question = ChoiceQuestion("q", {"en": "?"}, (Option("a", same, same), Option("b", same, same, correct=True)))
    assert SINGLE.grade(question, {"option": "a"}) == 0
    assert SINGLE.grade(question, {"option": "b"}) == 1


@pytest.mark.parametrize("values", [[], ["z"], ["a", "b"], [""]])
def test_what_is_no_option_is_no_answer(values: list[str]) -> None:
    text = {"en": "x"}
    question = ChoiceQuestion("q", text, (Option("a", text, text, correct=True), Option("b", text, text)))
    with pytest.raises(ValueError):
        SINGLE.read_answer(question, values)


def test_every_type_knows_its_own_questions_and_shows_a_stem() -> None:
    text = {"en": "x"}
    question = ChoiceQuestion("q", text, (Option("a", text, text, correct=True), Option("b", text, text)))
    kind = kind_of(question)
    shown = kind.present(question, ["b", "a"], lambda said: Markup.escape((said or {}).get("en", "")))
    assert shown.stem == "x"
    assert [option.key for option in shown.options] == ["b", "a"]
