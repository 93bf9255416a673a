"""GIFT and Aiken as people write them."""

from __future__ import annotations

from fractions import Fraction

import pytest

from lms.quizzes.exchange.aiken import read_aiken
from lms.quizzes.exchange.gift import losses_in_gift, read_gift, write_gift
from lms.quizzes.exchange.report import Accepted, Faulty, Skipped
from lms.quizzes.questions import (
    ChoiceQuestion,
    Item,
    MatchingQuestion,
    MultipleChoiceQuestion,
    NumericalQuestion,
    OrderingQuestion,
    ShortTextQuestion,
    TrueFalseQuestion,
)


def only(text: str) -> Accepted:
    (outcome,) = read_gift(text.encode(), "f.txt", "en").outcomes
    assert isinstance(outcome, Accepted), outcome
    return outcome


@pytest.mark.parametrize(
    ("text", "kind", "stem"),
    [
        ("Where?{~There =Here ~Nowhere}", ChoiceQuestion, "Where?"),
        ("We are {~there =here} now.", ChoiceQuestion, r"We are \_\_\_\_\_ now."),
        ("Two and two is {=four =4}.", ShortTextQuestion, r"Two and two is \_\_\_\_\_."),
        ("The sun is hot.{T}", TrueFalseQuestion, "The sun is hot."),
        ("When?{#1822:5}", NumericalQuestion, "When?"),
        ("Match.{=a -> 1 =b -> 2}", MatchingQuestion, "Match."),
        ("Which two?{~%50%a ~%50%b ~%-50%c}", MultipleChoiceQuestion, "Which two?"),
        ("::Name::[html]A <b>bold</b> one{T}", TrueFalseQuestion, "A **bold** one"),
        ("[markdown]A **bold** one{T}", TrueFalseQuestion, "A **bold** one"),
        ("[plain]A <b>plain</b> one{T}", TrueFalseQuestion, r"A \<b>plain\</b> one"),
        (r"Signs \~ \= \# \{ \} \: \\ and\nmore{T}", TrueFalseQuestion, "Signs \\~ = # { } : \\\\ and\\\nmore"),
    ],
)
def test_every_kind_of_question(text: str, kind: type, stem: str) -> None:
    one = only(text)
    assert isinstance(one.question, kind)
    assert one.question.stem == {"en": stem}


def test_feedback_to_options_and_to_everybody() -> None:
    one = only("::Q::Where?{\n=here#Yes!\n~there # [html]<i>No</i>, not there.\n####The end.}")
    assert [option.feedback for option in one.question.options] == [{"en": "Yes!"}, {"en": "*No*, not there."}]
    assert one.question.feedback == {"en": "The end."}


def test_feedback_of_true_false_goes_first_to_the_wrong_choice() -> None:
    one = only("Grant is here.{FALSE#He is not.#Right, he is not.}")
    assert (one.question.answer, one.question.feedback_true, one.question.feedback_false) == (
        False, {"en": "He is not."}, {"en": "Right, he is not."},
    )  # fmt: skip


def test_numbers_as_ranges_and_with_parts() -> None:
    assert [(a.value, a.tolerance) for a in only("Pi?{#3.141..3.142}").question.answers] == [
        (only("x{#3.1415:0.0005}").question.answers[0].value, only("x{#3.1415:0.0005}").question.answers[0].tolerance)
    ]
    one = only("When?{#\n=1822:0\n=%50%1822:2#Close}")
    assert [(a.value, a.tolerance, a.fraction) for a in one.question.answers] == [
        (1822, 0, 1),
        (1822, 2, Fraction(1, 2)),
    ]


def test_matching_with_a_right_side_that_belongs_to_none() -> None:
    one = only("Match.{\n=Mali -> Bamako\n=Togo -> Lomé\n= -> Dakar\n}")
    assert [other.text for other in one.question.distractors] == [{"en": "Dakar"}]


def test_id_tags_and_categories() -> None:
    text = "\ufeff$CATEGORY: $course$/top/Law/Travel\r\n\r\n// [id:R-1] [tag:été] [tag:law]\r\n::Q::True?{T}\r\n"
    one = only(text)
    assert (one.question.key, one.question.tags, one.question.category, one.has_own_key) == (
        "r-1", ("été", "law"), "Law/Travel", True,
    )  # fmt: skip
    assert one.place.line == 4


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Tell me.{}", "assignment"),
        ("Just a text.", "lesson"),
        ("Hard.{~wrong ~%50%half =full}", "a part of the points"),
        ("Animal?{=frog*}", "star"),
    ],
)
def test_what_has_no_counterpart_is_skipped(text: str, reason: str) -> None:
    (outcome,) = read_gift(f"\n{text}".encode(), "f.txt", "en").outcomes
    assert isinstance(outcome, Skipped)
    assert reason in str(outcome.reason)
    assert outcome.place.line == 2


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("One{T}\n\nTwo\n{=a ~b\n\nThree{T}", 4, "not closed"),
        ("Two}{", 1, "not closed"),
        ("Two}", 1, "never opened"),
        ("One {T} and\nanother {F}", 2, "more than one pair"),
        ("One{=a ~b\n{c}}", 2, "more than one pair"),
        ("What?{=a}\n\nWhich?{~a ~b}", 3, "No option"),
        ("How many?{#lots}", 1, "no number"),
        ("Match.{=a -> 1 =b}", 1, "no right side"),
    ],
)
def test_mistakes_are_named_with_their_line_and_do_not_stop_the_others(text: str, line: int, reason: str) -> None:
    reading = read_gift(text.encode(), "f.txt", "en")
    (broken,) = reading.faulty
    assert reason in str(broken.reason)
    assert broken.place.line == line


def test_what_moodle_reads_of_our_file() -> None:
    order = OrderingQuestion(
        "k", {"en": "Order: a=b"}, (Item("a", {"en": "one"}), Item("b", {"en": "two"})), "proportional", tags=("law",)
    )
    text = write_gift([order], {}.get, ["en"]).decode()
    assert "::Order\\: a\\=b::[html]Order\\: a\\=b{" in text
    assert "=1 -> one" in text
    assert "[id:k] [tag:law]" in text
    assert [str(loss) for loss in losses_in_gift(order, ["en"])] == [
        "Putting in order becomes matching each thing with its place."
    ]


def test_what_somebody_changed_in_our_file_counts() -> None:
    statement = TrueFalseQuestion("k", {"en": "The sun is hot."}, True)
    changed = write_gift([statement], {}.get, ["en"]).replace(b"{TRUE", b"{FALSE")
    one = only(changed.decode())
    assert one.question.answer is False
    assert one.question.key == "k"


AIKEN = """What is the capital of Mali?
A) Bamako
B) Lomé
ANSWER: A

Which one?
A. This
B. That
C. The other
ANSWER: C
"""


def test_aiken() -> None:
    first, second = read_aiken(AIKEN.encode(), "f.txt", "en").accepted
    assert [option.correct for option in first.question.options] == [True, False]
    assert second.question.options[2].text == {"en": "The other"}
    assert second.place.line == 6


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("What?\nA) one\nB) two\nANSWER: C", 4, "not among the options"),
        ("What?\nA) one\nB) two\nANSWER: one", 4, "one capital letter"),
        ("What?\nA) one\nC) two\nANSWER: A", 3, "stands where"),
        ("What?\nA) one\nB) two\n\nAnd?\nA) x\nB) y\nANSWER: A", 3, "no line"),
        ("What?\nA) one\nANSWER: A", 1, "fewer than two"),
        ("ANSWER: A", 1, "without a question"),
        ("What?\nA) one\nB) two", 3, "no line"),
        ("", 1, "no questions"),
    ],
)
def test_aiken_is_strict_and_names_the_line(text: str, line: int, reason: str) -> None:
    broken = [one for one in read_aiken(text.encode(), "f.txt", "en").outcomes if isinstance(one, Faulty)]
    assert reason in str(broken[0].reason)
    assert broken[0].place.line == line
