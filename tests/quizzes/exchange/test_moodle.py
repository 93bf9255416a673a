"""Moodle XML as Moodle and others write it."""

from __future__ import annotations

import base64
from decimal import Decimal
from fractions import Fraction
from typing import Any
from xml.etree import ElementTree

import pytest

from lms.quizzes.exchange.moodle import losses_in_moodle, read_moodle, write_moodle
from lms.quizzes.exchange.report import Accepted, Faulty, Reading, Skipped
from lms.quizzes.questions import (
    ChoiceQuestion,
    MatchingQuestion,
    MultipleChoiceQuestion,
    NumericalQuestion,
    Option,
    OrderingQuestion,
    ShortTextQuestion,
    TrueFalseQuestion,
)
from tests.quizzes.exchange.strategies import png

PNG = base64.b64encode(png()).decode()


def read(inner: str) -> Reading:
    return read_moodle(f'<?xml version="1.0" encoding="UTF-8"?>\n<quiz>\n{inner}\n</quiz>'.encode(), "f.xml", "en")


def question(kind: str, inner: str, stem: str = "What?") -> str:
    head = f"<name><text>Name</text></name><questiontext format='html'><text>{stem}</text></questiontext>"
    return f"<question type='{kind}'>{head}{inner}</question>"


def answer(fraction: str, text: str, feedback: str = "", more: str = "") -> str:
    said = f"<feedback format='html'><text>{feedback}</text></feedback>"
    return f"<answer fraction='{fraction}' format='html'><text>{text}</text>{said}{more}</answer>"


def accepted(inner: str) -> Accepted:
    (outcome,) = read(inner).outcomes
    assert isinstance(outcome, Accepted), outcome
    return outcome


def notes(one: Accepted) -> str:
    return " ".join(map(str, one.notes))


def test_single_choice_with_feedback() -> None:
    one = accepted(
        question("multichoice", answer("100", "Right", "Yes.") + answer("0", "Wrong") + "<single>true</single>")
    )
    assert isinstance(one.question, ChoiceQuestion)
    assert [(option.text, option.correct) for option in one.question.options] == [
        ({"en": "Right"}, True),
        ({"en": "Wrong"}, False),
    ]
    assert one.question.options[0].feedback == {"en": "Yes."}
    assert one.notes == ()


def test_multiple_choice_with_thirds_that_are_thirds() -> None:
    parts = (
        "".join(answer("33.33333", letter) for letter in "abc") + answer("-33.33333", "d") + "<single>false</single>"
    )
    one = accepted(question("multichoice", parts))
    assert isinstance(one.question, MultipleChoiceQuestion)
    assert one.question.marking == "proportional"
    assert one.notes == ()


def test_wrong_options_that_cost_nothing_are_taken_in_with_a_note() -> None:
    one = accepted(
        question("multichoice", answer("50", "a") + answer("50", "b") + answer("0", "c") + "<single>false</single>")
    )
    assert "wrong options cost nothing" in notes(one)


@pytest.mark.parametrize(
    ("kind", "inner", "reason"),
    [
        ("multichoice", answer("100", "a") + answer("50", "b"), "a part of the points"),
        ("multichoice", answer("100", "a") + answer("-25", "b"), "cost points"),
        ("multichoice", answer("100", "a") + answer("100", "b"), "only one may be chosen"),
        (
            "multichoice",
            answer("70", "a") + answer("30", "b") + answer("0", "c") + "<single>false</single>",
            "different parts",
        ),
        ("shortanswer", answer("100", "frog*"), "star"),
        ("shortanswer", answer("50", "frog"), "all the points"),
        ("essay", "", "assignment"),
        ("description", "", "lesson"),
        ("cloze", "", "several"),
        ("calculated", "", "drawn anew"),
        ("ddwtos", "", "dragg"),
        ("stack", "", "stack"),
    ],
)
def test_what_has_no_counterpart_is_skipped_with_the_reason(kind: str, inner: str, reason: str) -> None:
    (outcome,) = read(question(kind, inner)).outcomes
    assert isinstance(outcome, Skipped)
    assert reason in str(outcome.reason)
    assert (outcome.name, str(outcome.place)) == ("Name", "f.xml:3")


@pytest.mark.parametrize(
    ("kind", "inner", "reason"),
    [
        ("multichoice", answer("100", "a"), "fewer than two options"),
        ("multichoice", answer("0", "a") + answer("0", "b"), "No option"),
        ("multichoice", answer("abc", "a") + answer("0", "b"), "no number"),
        ("multichoice", answer("100", "a") + answer("0", ""), "no text"),
        ("multichoice", answer("50", "a") + answer("30", "b") + "<single>false</single>", "different parts"),
        ("truefalse", "", "true or false"),
        ("numerical", answer("100", "many"), "no number"),
        ("numerical", answer("100", "1", more="<tolerance>-1</tolerance>"), "below zero"),
        ("shortanswer", "", "no accepted answer"),
        ("matching", "<subquestion><text>a</text><answer><text>b</text></answer></subquestion>", "two pairs"),
        ("", "", "type"),
    ],
)
def test_mistakes_are_named_with_file_and_line(kind: str, inner: str, reason: str) -> None:
    (outcome,) = read(question(kind, inner)).outcomes
    assert isinstance(outcome, Faulty | Skipped)
    assert reason in str(outcome.reason)
    assert outcome.place.file == "f.xml"
    assert outcome.place.line == 3


def test_true_false_from_the_first_answer_where_the_words_are_translated() -> None:
    one = accepted(question("truefalse", answer("0", "vrai", "No.") + answer("100", "faux", "Yes.")))
    assert isinstance(one.question, TrueFalseQuestion)
    assert one.question.answer is False
    assert one.question.feedback_true == {"en": "No."}


def test_numbers_with_tolerance_units_and_parts() -> None:
    units = "<units><unit><multiplier>1</multiplier><unit_name>W</unit_name></unit><unit><multiplier>0.001</multiplier><unit_name>kW</unit_name></unit></units>"
    inner = (
        answer("100", "1500", more="<tolerance>10</tolerance>")
        + answer("50", "1400", more="<tolerance>0</tolerance>")
        + answer("0", "*", "No.")
    )
    one = accepted(question("numerical", inner + units))
    assert isinstance(one.question, NumericalQuestion)
    assert [(a.value, a.tolerance, a.fraction) for a in one.question.answers] == [
        (1500, 10, 1),
        (1400, 0, Fraction(1, 2)),
    ]
    assert [(unit.symbol, unit.factor) for unit in one.question.units] == [("W", 1), ("kW", Decimal(1000))]
    assert "every other answer" in notes(one)


def test_short_answers_keep_case_only_where_the_file_says_so() -> None:
    one = accepted(question("shortanswer", answer("100", "Bamako") + "<usecase>1</usecase>"))
    assert isinstance(one.question, ShortTextQuestion)
    assert not one.question.ignore_case
    star = accepted(question("shortanswer", answer("100", r"2\*3")))
    assert star.question.answers[0].accepted == {"en": ("2*3",)}


def test_matching_with_a_right_side_that_belongs_to_none() -> None:
    sides = [("Mali", "Bamako"), ("Guinée", "Conakry"), ("", "Dakar")]
    inner = "".join(f"<subquestion><text>{a}</text><answer><text>{b}</text></answer></subquestion>" for a, b in sides)
    one = accepted(question("matching", inner))
    assert isinstance(one.question, MatchingQuestion)
    assert [pair.right for pair in one.question.pairs] == [{"en": "Bamako"}, {"en": "Conakry"}]
    assert [other.text for other in one.question.distractors] == [{"en": "Dakar"}]


def test_ordering() -> None:
    one = accepted(
        question("ordering", answer("1", "one") + answer("2", "two") + "<gradingtype>ALL_OR_NOTHING</gradingtype>")
    )
    assert isinstance(one.question, OrderingQuestion)
    assert one.question.marking == "all_or_nothing"


@pytest.mark.parametrize(
    ("path", "category"),
    [
        ("$course$/top/Default for X/Pi", "Default for X/Pi"),
        ("$course$/Pi/Rho", "Pi/Rho"),
        ("$system$/top", ""),
        ("a//b/c", "a∕b/c"),
    ],
)
def test_categories_without_the_places_of_moodle(path: str, category: str) -> None:
    head = f"<question type='category'><category><text>{path}</text></category></question>"
    one = accepted(head + question("truefalse", answer("100", "true") + answer("0", "false")))
    assert one.question.category == category


def test_tags_and_idnumber_become_tags_and_key() -> None:
    inner = (
        answer("100", "true")
        + "<idnumber>RET-7</idnumber><tags><tag><text>été</text></tag><tag><text>law</text></tag></tags>"
    )
    one = accepted(question("truefalse", inner))
    assert (one.question.key, one.question.tags, one.has_own_key) == ("ret-7", ("été", "law"), True)


def test_without_an_idnumber_the_key_holds_name_and_content() -> None:
    first = accepted(question("truefalse", answer("100", "true")))
    again = accepted(question("truefalse", answer("100", "true")))
    other = accepted(question("truefalse", answer("100", "true"), stem="Another?"))
    assert first.question.key == again.question.key != other.question.key
    assert not first.has_own_key


def test_pictures_come_along_with_their_words() -> None:
    stem = '<![CDATA[<p>See</p><img src="@@PLUGINFILE@@/a%20b.png" alt="A [sign]">]]>'
    file = f'<file name="a b.png" path="/" encoding="base64">{PNG}</file>'
    inner = answer("100", "true")
    text = f"<question type='truefalse'><name><text>N</text></name><questiontext format='html'><text>{stem}</text>{file}</questiontext>{inner}</question>"
    reading = read(text)
    (digest,) = reading.pictures
    assert reading.accepted[0].question.stem == {"en": f"See\n\n![A \\[sign\\]](picture:{digest})"}


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("@@PLUGINFILE@@/none.png", "missing"),
        ("https://example.org/a.png", "elsewhere"),
        ("data:image/svg+xml;base64,PHN2Zz48L3N2Zz4=", "SVG"),
        ("data:image/png;base64,AAAA", "no PNG"),
    ],
)
def test_pictures_that_are_not_taken_in_are_named(source: str, reason: str) -> None:
    one = accepted(question("truefalse", answer("100", "true"), stem=f"<![CDATA[x <img src='{source}' alt='sign'>]]>"))
    assert reason in notes(one)
    assert one.question.stem == {"en": "x sign"}


def test_a_file_of_moodle_1_9() -> None:
    text = f"""<question type="multichoice"><name><text>Old</text></name>
      <questiontext format="moodle_auto_format"><text>One
two &lt;b&gt;three&lt;/b&gt;</text></questiontext><image>backup/a.png</image><image_base64>{PNG}</image_base64>
      <answer fraction="100"><text>a</text></answer><answer fraction="0"><text>b</text></answer></question>"""
    one = accepted(text)
    assert one.question.stem["en"].startswith("One\\\ntwo **three**\n\n![](picture:")


@pytest.mark.parametrize(
    ("form", "text", "markdown"),
    [
        ("html", "a &lt;b&gt;c&lt;/b&gt;", "a **c**"),
        ("plain_text", "a &lt;b&gt; *c*", "a \\<b> \\*c\\*"),
        ("markdown", "a **c**", "a **c**"),
        ("moodle_auto_format", "a\n\nb", "a\n\nb"),
    ],
)
def test_the_four_ways_of_writing_a_text(form: str, text: str, markdown: str) -> None:
    source = f"<question type='truefalse'><name><text>N</text></name><questiontext format='{form}'><text>{text}</text></questiontext>{answer('100', 'true')}</question>"
    assert accepted(source).question.stem == {"en": markdown}


def test_several_languages_in_one_text() -> None:
    stem = '<![CDATA[<span lang="en" class="multilang">Where?</span><span lang="fr" class="multilang">Où ?</span>]]>'
    assert accepted(question("truefalse", answer("100", "true"), stem=stem)).question.stem == {
        "en": "Where?",
        "fr": "Où ?",
    }


def test_what_is_not_carried_over_is_said() -> None:
    inner = answer("100", "true") + "<hint><text>Think</text></hint><defaultgrade>3</defaultgrade><hidden>1</hidden>"
    said = notes(accepted(question("truefalse", inner + "<correctfeedback><text>Bravo!</text></correctfeedback>")))
    for part in ("Hints", "3 points", "hidden", "every right"):
        assert part in said
    usual = "<correctfeedback><text>Your answer is correct.</text></correctfeedback>"
    assert notes(accepted(question("truefalse", answer("100", "true") + usual))) == ""


def test_what_stands_before_a_break_in_the_file_is_read() -> None:
    whole = question("truefalse", answer("100", "true"))
    reading = read_moodle(f"<quiz>\n{whole}\n{whole}\n<question type='x'><name>".encode(), "f.xml", "en")
    assert len(reading.accepted) == 2
    assert str(reading.faulty[0].place) == "f.xml:4"


@pytest.mark.parametrize("content", [b"<html></html>", b"<quiz></quiz>", b"nothing"])
def test_a_file_without_questions_says_so(content: bytes) -> None:
    reading = read_moodle(content, "f.xml", "en")
    assert len(reading.faulty) == len(reading.outcomes) == 1


def choice(**more: Any) -> MultipleChoiceQuestion:
    options = tuple(Option(letter, {"en": letter}, None, letter != "d") for letter in "abcd")
    return MultipleChoiceQuestion("k", {"en": "What **is** it?"}, options, **more)


def test_what_moodle_reads_of_our_file() -> None:
    root = ElementTree.fromstring(write_moodle([choice(marking="proportional", tags=("law",))], {}.get, ["en"]))
    (element,) = root
    assert element.get("type") == "multichoice"
    assert element.findtext("questiontext/text") == "What <strong>is</strong> it?"
    assert [one.get("fraction") for one in element.findall("answer")] == [
        "33.33333",
        "33.33333",
        "33.33333",
        "-33.33333",
    ]
    assert element.findtext("single") == "false"
    assert element.findtext("idnumber") == "k"
    assert element.findtext("tags/tag/text") == "law"


def test_what_somebody_changed_in_our_file_counts() -> None:
    content = write_moodle([choice(category="c")], {}.get, ["en"])
    changed = content.replace(b"What &lt;strong&gt;is", b"What then &lt;strong&gt;is")
    (one,) = read_moodle(changed, "f.xml", "en").accepted
    assert one.question.stem == {"en": "What then **is** it?"}
    assert one.question.key == "k"
    assert one.has_own_key


def test_losses_are_named_before_the_file_is_taken() -> None:
    assert any("All or nothing" in str(loss) for loss in losses_in_moodle(choice(), ["en"]))
    assert losses_in_moodle(choice(marking="proportional"), ["en"]) == ()
    both = MultipleChoiceQuestion("k", {"en": "a", "fr": "b"}, choice().options, "proportional")
    assert "fr" in str(losses_in_moodle(both, ["en"])[0])


def test_the_description_of_a_category_is_not_dropped_in_silence() -> None:
    head = "<question type='category'><category><text>$course$/A</text></category><info><text>About A</text></info></question>"
    first, second = read(head + question("truefalse", answer("100", "true"))).outcomes
    assert isinstance(first, Skipped)
    assert "description of the category" in str(first.reason)
    assert isinstance(second, Accepted)


def test_a_line_that_only_looks_like_a_list_stays_a_line_for_other_tools() -> None:
    content = write_moodle([TrueFalseQuestion("k", {"en": "1. January"}, True)], {}.get, ["en"])
    assert ElementTree.fromstring(content).findtext("question/questiontext/text") == "1. January"
