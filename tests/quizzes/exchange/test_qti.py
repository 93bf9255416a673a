"""QTI items and packages as the standard describes them."""

from __future__ import annotations

import io
import zipfile
from fractions import Fraction

import pytest

from lms.quizzes.exchange.qti import losses_in_qti, read_qti, write_qti
from lms.quizzes.exchange.report import Accepted, Faulty, Outcome, Skipped
from lms.quizzes.questions import ChoiceQuestion, MatchingQuestion, MultipleChoiceQuestion, OrderingQuestion
from tests.quizzes.exchange.strategies import PICTURES, png

XMLNS = "http://www.imsglobal.org/xsd/imsqti_v2p1"
TEMPLATE = '<responseProcessing template="http://www.imsglobal.org/question/qti_v2p1/rptemplates/{}"/>'


def item(
    declaration: str, body: str, rule: str = "match_correct", more: str = "", attributes: str = "", xmlns: str = XMLNS
) -> str:
    processing = TEMPLATE.format(rule) if rule and "<" not in rule else rule
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<assessmentItem xmlns="{xmlns}" identifier="i1" title="Name" {attributes}>'
        f"{declaration}<outcomeDeclaration identifier='SCORE' cardinality='single' baseType='float'/>"
        f"<itemBody>{body}</itemBody>{processing}{more}</assessmentItem>"
    )


def declare(cardinality: str, base_type: str, *correct: str, mapping: str = "") -> str:
    values = "".join(f"<value>{value}</value>" for value in correct)
    return f"<responseDeclaration identifier='R' cardinality='{cardinality}' baseType='{base_type}'><correctResponse>{values}</correctResponse>{mapping}</responseDeclaration>"


def choice(*options: str, most: int = 1) -> str:
    inner = "".join(f"<simpleChoice identifier='{name}'>{name} text</simpleChoice>" for name in options)
    return f"<p>Look.</p><choiceInteraction responseIdentifier='R' shuffle='true' maxChoices='{most}'><prompt>Which?</prompt>{inner}</choiceInteraction>"


def outcome_of(text: str) -> Outcome:
    (outcome,) = read_qti(text.encode(), "item.xml", "en").outcomes
    return outcome


def accepted(text: str) -> Accepted:
    outcome = outcome_of(text)
    assert isinstance(outcome, Accepted), outcome
    return outcome


@pytest.mark.parametrize("xmlns", [XMLNS, "http://www.imsglobal.org/xsd/imsqti_v2p2"])
def test_one_right_option(xmlns: str) -> None:
    one = accepted(item(declare("single", "identifier", "B"), choice("A", "B"), xmlns=xmlns))
    assert isinstance(one.question, ChoiceQuestion)
    assert one.question.stem == {"en": "Look.\n\nWhich?"}
    assert [option.correct for option in one.question.options] == [False, True]
    assert one.name == "Name"


def test_several_right_options_all_or_nothing() -> None:
    one = accepted(item(declare("multiple", "identifier", "A", "B"), choice("A", "B", "C", most=0)))
    assert isinstance(one.question, MultipleChoiceQuestion)
    assert one.question.marking == "all_or_nothing"


def test_several_right_options_that_earn_their_part() -> None:
    mapping = "<mapping lowerBound='0' upperBound='2' defaultValue='-2'><mapEntry mapKey='A' mappedValue='1'/><mapEntry mapKey='B' mappedValue='1'/><mapEntry mapKey='C' mappedValue='-1'/></mapping>"
    one = accepted(
        item(
            declare("multiple", "identifier", "A", "B", mapping=mapping),
            choice("A", "B", "C", "D", most=0),
            "map_response",
        )
    )
    assert one.question.marking == "proportional"
    assert "cost other parts" in str(one.notes[0])


def test_feedback_inside_and_after_the_question() -> None:
    rule = """<responseProcessing><responseCondition><responseIf><match><variable identifier="R"/><correct identifier="R"/></match>
      <setOutcomeValue identifier="SCORE"><baseValue baseType="float">1</baseValue></setOutcomeValue></responseIf>
      <responseElse><setOutcomeValue identifier="SCORE"><baseValue baseType="float">0</baseValue></setOutcomeValue></responseElse></responseCondition>
      <setOutcomeValue identifier="FEEDBACK"><variable identifier="R"/></setOutcomeValue></responseProcessing>"""
    body = choice("A", "B").replace(
        "A text",
        "A text<feedbackInline outcomeIdentifier='FEEDBACK' identifier='A' showHide='show'>Inside.</feedbackInline>",
    )
    more = "<modalFeedback outcomeIdentifier='FEEDBACK' identifier='A' showHide='show'>After.</modalFeedback><modalFeedback outcomeIdentifier='FEEDBACK' identifier='A' showHide='hide'>Else.</modalFeedback>"
    one = accepted(item(declare("single", "identifier", "A"), body, rule, more))
    assert one.question.options[0].text == {"en": "A text"}
    assert one.question.options[0].feedback == {"en": "Inside.\n\nAfter."}
    assert "every right" in str(one.notes[0])


def test_putting_in_order() -> None:
    body = choice("A", "B", "C").replace("choiceInteraction", "orderInteraction")
    one = accepted(item(declare("ordered", "identifier", "C", "A", "B"), body))
    assert isinstance(one.question, OrderingQuestion)
    assert [thing.text["en"] for thing in one.question.items] == ["C text", "A text", "B text"]
    assert one.question.marking == "all_or_nothing"


def match(*correct: str, mapping: str = "", rule: str = "match_correct") -> str:
    def side(*names: str) -> str:
        return (
            "<simpleMatchSet>"
            + "".join(
                f"<simpleAssociableChoice identifier='{name}' matchMax='1'>{name}</simpleAssociableChoice>"
                for name in names
            )
            + "</simpleMatchSet>"
        )

    body = f"<matchInteraction responseIdentifier='R' maxAssociations='3'><prompt>Match.</prompt>{side('L1', 'L2')}{side('R1', 'R2', 'R3')}</matchInteraction>"
    return item(declare("multiple", "directedPair", *correct, mapping=mapping), body, rule)


def test_matching() -> None:
    one = accepted(match("L1 R2", "L2 R1"))
    assert isinstance(one.question, MatchingQuestion)
    assert [(pair.left["en"], pair.right["en"]) for pair in one.question.pairs] == [("L1", "R2"), ("L2", "R1")]
    assert [other.text["en"] for other in one.question.distractors] == ["R3"]
    assert one.question.marking == "all_or_nothing"


def test_matching_whose_pairs_earn_their_part() -> None:
    mapping = "<mapping defaultValue='0'><mapEntry mapKey='L1 R2' mappedValue='1'/><mapEntry mapKey='L2 R1' mappedValue='{}'/></mapping>"
    one = accepted(match("L1 R2", "L2 R1", mapping=mapping.format(1), rule="map_response"))
    assert one.question.marking == "proportional"
    skipped = outcome_of(match("L1 R2", "L2 R1", mapping=mapping.format(0.5), rule="map_response"))
    assert isinstance(skipped, Skipped)
    assert "different parts" in str(skipped.reason)


ENTRY = "<p>The sun of <textEntryInteraction responseIdentifier='R'/>; and more.</p>"


def test_a_word_to_be_written_into_a_gap() -> None:
    mapping = "<mapping defaultValue='0'><mapEntry mapKey='York' mappedValue='1'/><mapEntry mapKey='york' mappedValue='0.5'/></mapping>"
    one = accepted(item(declare("single", "string", "York", mapping=mapping), ENTRY, "map_response"))
    assert one.question.stem == {"en": r"The sun of \_\_\_\_\_; and more."}
    assert [(a.accepted["en"], a.fraction) for a in one.question.answers] == [
        (("York",), 1),
        (("york",), Fraction(1, 2)),
    ]
    assert not one.question.ignore_case


def test_a_number_within_a_tolerance() -> None:
    rule = """<responseProcessing><responseCondition><responseIf><equal toleranceMode="absolute" tolerance="0.5 0.5"><variable identifier="R"/><correct identifier="R"/></equal>
      <setOutcomeValue identifier="SCORE"><baseValue baseType="float">1</baseValue></setOutcomeValue></responseIf></responseCondition></responseProcessing>"""
    one = accepted(item(declare("single", "float", "12.5"), ENTRY, rule))
    (number,) = one.question.answers
    assert (str(number.value), str(number.tolerance)) == ("12.5", "0.5")


def test_a_choice_for_a_gap() -> None:
    body = "<p>Now <inlineChoiceInteraction responseIdentifier='R'><inlineChoice identifier='A'>A</inlineChoice><inlineChoice identifier='B'>B</inlineChoice></inlineChoiceInteraction> then.</p>"
    one = accepted(item(declare("single", "identifier", "A"), body))
    assert one.question.stem == {"en": r"Now \_\_\_\_\_ then."}


CUSTOM = "<responseProcessing><responseCondition><responseIf><match><variable identifier='R'/><correct identifier='R'/></match><setOutcomeValue identifier='SCORE'><baseValue baseType='float'>2</baseValue></setOutcomeValue></responseIf><responseElseIf><match><variable identifier='R'/><baseValue baseType='identifier'>B</baseValue></match><setOutcomeValue identifier='SCORE'><baseValue baseType='float'>1</baseValue></setOutcomeValue></responseElseIf></responseCondition></responseProcessing>"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (item(declare("single", "string"), "<extendedTextInteraction responseIdentifier='R'/>"), "assignment"),
        (item(declare("single", "file"), "<uploadInteraction responseIdentifier='R'/>"), "assignment"),
        (item(declare("single", "point"), "<hotspotInteraction responseIdentifier='R'/>"), "picture"),
        (item(declare("multiple", "pair"), "<associateInteraction responseIdentifier='R'/>"), "within one list"),
        (item(declare("single", "identifier", "A"), choice("A", "B") * 2), "several questions"),
        (item("", "<p>Read this.</p>"), "lesson"),
        (item(declare("single", "identifier", "A"), choice("A", "B"), CUSTOM), "rule of its own"),
        (item(declare("single", "identifier", "A"), choice("A", "B"), "map_response_point"), "map_response_point"),
        (item(declare("single", "identifier", "A"), choice("A", "B"), attributes="adaptive='true'"), "changes while"),
        (item("<templateDeclaration identifier='T' cardinality='single' baseType='integer'/>" + declare("single", "identifier", "A"), choice("A", "B")), "drawn anew"),
        (item(declare("single", "identifier"), choice("A", "B"), ""), "does not say which answer"),
        ("<assessmentTest title='T'/>", "put together here"),
        ("<questestinterop/>", "QTI 1.2"),
        ("<qti-assessment-item/>", "QTI 3"),
    ],
)  # fmt: skip
def test_what_has_no_counterpart_is_skipped_with_the_reason(text: str, reason: str) -> None:
    outcome = outcome_of(text)
    assert isinstance(outcome, Skipped), outcome
    assert reason in str(outcome.reason)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (item("", choice("A", "B")), "does not declare"),
        (item(declare("single", "identifier", "A"), choice("A")), "fewer than two"),
        (item(declare("single", "identifier", "Z"), choice("A", "B")), "No option"),
        ("<html/>", "no QTI item"),
        ("<assessmentItem>", "no well-formed"),
    ],
)
def test_mistakes_are_named(text: str, reason: str) -> None:
    outcome = outcome_of(text)
    assert isinstance(outcome, Faulty)
    assert reason in str(outcome.reason)
    assert outcome.place.file == "item.xml"
    assert outcome.place.line


def package(files: dict[str, bytes | str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name, content in files.items():
            made.writestr(name, content)
    return out.getvalue()


def manifest(*resources: tuple[str, str]) -> str:
    inner = "".join(
        f"<resource identifier='r{n}' type='{kind}' href='{href}'/>" for n, (kind, href) in enumerate(resources)
    )
    return f"<manifest xmlns='http://www.imsglobal.org/xsd/imscp_v1p1'><resources>{inner}</resources></manifest>"


def test_a_package_with_a_picture_a_test_and_a_missing_file() -> None:
    body = "<p><img src='../images/a%20b.png' alt='A sign'/></p>" + choice("A", "B")
    files: dict[str, bytes | str] = {
        "imsmanifest.xml": manifest(
            ("imsqti_item_xmlv2p1", "items/1.xml"),
            ("imsqti_item_xmlv2p1", "gone.xml"),
            ("imsqti_test_xmlv2p1", "test.xml"),
        ),
        "items/1.xml": item(declare("single", "identifier", "A"), body),
        "images/a b.png": png(),
        "test.xml": "<assessmentTest title='The test'/>",
    }
    reading = read_qti(package(files), "p.zip", "en")
    (digest,) = reading.pictures
    assert f"![A sign](picture:{digest})" in reading.accepted[0].question.stem["en"]
    assert [one.place.file for one in reading.outcomes] == ["items/1.xml", "gone.xml", "test.xml"]
    assert [type(one) for one in reading.outcomes] == [Accepted, Faulty, Skipped]


def test_a_package_without_a_list_gives_all_its_items() -> None:
    one = item(declare("single", "identifier", "A"), choice("A", "B"))
    reading = read_qti(package({"a.xml": one, "b.xml": one}), "p.zip", "en")
    assert len(reading.accepted) == 2
    assert len({accepted.question.key for accepted in reading.accepted}) == 2


def test_what_others_read_of_our_package_is_the_question_itself() -> None:
    """Without the seals, the items alone say the same."""
    digest = next(iter(PICTURES))
    question = ChoiceQuestion(
        "k", {"en": f"Look\n\n![A sign](picture:{digest})"},
        accepted(item(declare("single", "identifier", "B"), choice("A", "B"))).question.options, {"en": "The end."},
    )  # fmt: skip
    with zipfile.ZipFile(io.BytesIO(write_qti([question], PICTURES.get, ["en"]))) as made:
        files = {name: made.read(name) for name in made.namelist() if name != "segin.json"}
    (one,) = read_qti(package(files), "p.zip", "en").accepted
    assert one.question.stem == question.stem
    assert one.question.options == question.options
    assert one.question.feedback == question.feedback
    assert losses_in_qti(question, ["en"]) == ()
