"""Short texts: compared by what they say, in every language of the course."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.quizzes.questions import TYPES, ShortAnswer
from lms.quizzes.questions.short_text import normalised
from tests.quizzes.question_samples import SHORT
from tests.quizzes.question_strategies import questions_of_type

KIND = TYPES["short_text"]


@pytest.mark.parametrize(
    ("written", "accepted", "settings"),
    [
        ("  retour   volontaire ", "retour volontaire", ""),
        ("Retour volontaire.", "retour volontaire", "case"),
        ("l'équipe", "l’équipe", ""),
        ("l’e\u0301quipe", "l'équipe", ""),
        ("lequipe", "léquipe", "accents"),
        ("oeuvre", "œuvre", "accents"),
        ("E‑MAIL", "e-mail", "case"),
        ("ﬁn", "fin", ""),
        ("العودَة", "العودة", "accents"),
        ("العـــودة", "العودة", ""),
        ("re\u200bturn", "return", ""),
        ("STRASSE", "straße", "case"),
    ],
)
def test_what_says_the_same_is_the_same(written: str, accepted: str, settings: str) -> None:
    forms = {
        normalised(text, ignore_case="case" in settings, ignore_accents="accents" in settings)
        for text in (written, accepted)
    }
    assert len(forms) == 1


def test_capitals_and_accents_count_where_the_question_says_so() -> None:
    strict = replace(SHORT, ignore_case=False, answers=(ShortAnswer("a", {"fr": ("Économie",)}),))
    assert [KIND.grade(strict, {"text": text}) for text in ("Économie", "économie", "Economie")] == [1, 0, 0]
    assert KIND.grade(replace(strict, ignore_case=True, ignore_accents=True), {"text": "economie"}) == 1


@pytest.mark.parametrize(
    ("written", "part"),
    [
        ("Voluntary return", Fraction(1)),
        ("retour volontaire", Fraction(1)),
        ("Retour", Fraction(1, 2)),
        ("exile", Fraction(0)),
        (".", Fraction(0)),
    ],
)
def test_wordings_of_every_language_count(written: str, part: Fraction) -> None:
    assert KIND.grade(SHORT, KIND.read_answer(SHORT, [written])) == part


@given(st.data())
def test_every_accepted_wording_earns_at_least_its_part(data: st.DataObject) -> None:
    question = data.draw(questions_of_type("short_text"))
    for one in question.answers:
        for wording in (word for words in one.accepted.values() for word in words):
            assert KIND.grade(question, KIND.read_answer(question, [f" {wording.upper()} "])) >= (
                one.fraction if question.ignore_case else 0
            )
            assert KIND.grade(question, KIND.read_answer(question, [wording])) >= one.fraction


@given(st.text(max_size=200))
def test_nothing_that_can_be_typed_breaks_it(written: str) -> None:
    answer = KIND.read_answer(SHORT, [written])
    assert KIND.read_answer(SHORT, KIND.values_of(SHORT, answer)) == answer
    assert 0 <= KIND.grade(SHORT, answer) <= 1


def test_an_author_is_told_what_to_mend() -> None:
    broken = replace(SHORT, answers=(ShortAnswer("a", {"en": ("...",)}, Fraction(2)),))
    assert [problem.path for problem in KIND.problems(broken)] == [
        ("answers",), ("answers", 0, "fraction"), ("answers", 0, "accepted"),
    ]  # fmt: skip
