"""The editor's forms: what a type's form says, and what is typed in it, are the same question."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from lms.quizzes.bank_display import differences
from lms.quizzes.bank_forms import QuestionForm, new_form, posted_question
from lms.quizzes.questions import TYPES, from_document, to_document
from lms.quizzes.questions.editing import (
    Holds,
    blank_draft,
    document_of,
    draft_of,
    languages_of,
    lines_of,
)
from lms.quizzes.questions.forms import FORMS

LANGUAGES = ("en", "fr")


def both(text: str) -> dict[str, str]:
    return {"en": text, "fr": f"{text} (fr)"}


QUESTIONS: dict[str, dict[str, Any]] = {
    "single_choice": {
        "stem": both("Which?"),
        "options": [
            {"key": "a", "text": both("This"), "feedback": both("Yes"), "correct": True},
            {"key": "b", "text": both("That"), "feedback": both("No")},
        ],
        "feedback": both("Well"),
    },
    "multiple_choice": {
        "stem": both("Which ones?"),
        "options": [
            {"key": "a", "text": both("This"), "feedback": both("Yes"), "correct": True},
            {"key": "b", "text": both("That"), "feedback": both("Yes"), "correct": True},
            {"key": "c", "text": both("Other"), "feedback": both("No")},
        ],
        "marking": "proportional",
    },
    "true_false": {"stem": both("It is so."), "answer": False, "feedback_true": both("No")},
    "matching": {
        "stem": both("Match"),
        "pairs": [
            {"key": "a", "left": both("Bamako"), "right": both("Mali")},
            {"key": "b", "left": both("Dakar"), "right": both("Senegal"), "feedback": both("Look at a map")},
        ],
        "distractors": [{"key": "c", "text": both("Ghana")}],
    },
    "ordering": {
        "stem": both("Order"),
        "items": [{"key": "a", "text": both("One")}, {"key": "b", "text": both("Two")}],
    },
    "numerical": {
        "stem": both("How far?"),
        "answers": [{"key": "a", "value": "12.5", "tolerance": "0.5"}],
        "units": [{"symbol": "km"}, {"symbol": "m", "factor": "0.001"}],
        "unit_required": True,
    },
    "short_text": {
        "stem": both("Who?"),
        "answers": [{"key": "a", "accepted": {"en": ["the state", "a state"], "fr": ["l’État"]}}],
        "ignore_accents": True,
    },
}


def canonical(kind: str) -> dict[str, Any]:
    """The document of a question as the bank keeps it."""
    _kind, content = from_document({"kind": kind, "key": "own-1", **QUESTIONS[kind]})
    document: dict[str, Any] = to_document(content)
    return document


def posted(form: QuestionForm) -> MultiDict[str, str]:
    """What a browser sends of a form as it stands."""
    sent: list[tuple[str, str]] = []

    def field(name: str, one: Any, value: Any) -> None:
        if one.by_language:
            sent.extend((f"{name}.{code}", text) for code, text in value.items())
        elif one.holds is Holds.FLAG:
            sent.extend([(name, "1")] if value else [])
        else:
            sent.append((name, value))

    for part in form.form.fields:
        field(part.name, part, form.draft[part.name])
    for rows in form.form.rows:
        listed = form.draft[rows.name]
        sent.append((f"{rows.name}.count", str(len(listed))))
        for number, row in enumerate(listed):
            sent.append((f"{rows.name}.{number}.key", row["key"]))
            for one in rows.fields:
                if one.holds is Holds.SOLE:
                    sent.extend([(f"{rows.name}.{one.name}", str(number))] if row[one.name] else [])
                else:
                    field(f"{rows.name}.{number}.{one.name}", one, row[one.name])
    return MultiDict(sent)


@pytest.fixture(scope="module")
def app_context(shared_app: Flask) -> Any:
    """An app context that outlives the examples of a law."""
    with shared_app.app_context():
        yield


def test_every_type_has_a_form(app: Flask) -> None:
    assert set(FORMS) == set(TYPES) == set(QUESTIONS)


@pytest.mark.parametrize("kind", sorted(QUESTIONS))
def test_what_the_form_shows_and_sends_back_is_the_same_question(app: Flask, kind: str) -> None:
    document = canonical(kind)
    shown = QuestionForm(kind, LANGUAGES, draft_of(FORMS[kind], document))
    sent = posted_question(kind, LANGUAGES, posted(shown))
    assert sent.draft == shown.draft
    typed = sent.document()
    assert sent.faults == []
    _kind, content = from_document({**typed, "key": "own-1"})
    assert to_document(content) == document


@pytest.mark.parametrize("kind", sorted(QUESTIONS))
def test_an_empty_form_is_refused_with_its_faults_and_nothing_breaks_its_preview(app: Flask, kind: str) -> None:
    form = new_form(kind, LANGUAGES)
    form.document()
    assert "stem.en" in {fault.name for fault in form.faults}
    assert all(fault.sentence for fault in form.faults)
    form.lenient_content()


@given(st.sampled_from(sorted(QUESTIONS)), st.dictionaries(st.text(max_size=12), st.text(max_size=12), max_size=6))
def test_whatever_is_sent_is_read_without_breaking(app_context: None, kind: str, sent: dict[str, str]) -> None:
    counts = {f"{rows.name}.count": "99999999999" for rows in FORMS[kind].rows}
    form = posted_question(kind, LANGUAGES, MultiDict({**counts, **sent}))
    form.document()
    form.lenient_content()
    for action in sent:
        form.apply(action)


def test_a_new_option_gets_a_key_of_its_own_and_the_old_ones_keep_theirs(app: Flask) -> None:
    form = FORMS["single_choice"]
    draft = draft_of(form, canonical("single_choice"))
    draft["options"].insert(0, {"key": "", "text": both("New"), "feedback": {}, "correct": False})
    document, faults = document_of(form, draft, LANGUAGES)
    assert faults == []
    assert [option["key"] for option in document["options"]] == ["c", "a", "b"]


def test_keys_of_pairs_and_of_distractors_differ(app: Flask) -> None:
    form = FORMS["matching"]
    draft = blank_draft(form)
    draft["stem"] = both("Match")
    draft["pairs"] = [{"key": "", "left": both("l"), "right": both("r"), "feedback": {}} for _n in range(2)]
    draft["distractors"] = [{"key": "", "text": both("x")}]
    document, faults = document_of(form, draft, LANGUAGES)
    keys = [row["key"] for name in ("pairs", "distractors") for row in document[name]]
    assert faults == []
    assert len(set(keys)) == 3


def test_rows_in_which_nothing_was_typed_are_left_out(app: Flask) -> None:
    form = FORMS["ordering"]
    draft = draft_of(form, canonical("ordering"))
    draft["items"].insert(1, {"key": "", "text": {"en": "  "}, "feedback": {}})
    document, _faults = document_of(form, draft, LANGUAGES)
    assert [item["key"] for item in document["items"]] == ["a", "b"]


def test_a_text_must_exist_in_the_first_language_and_may_be_missing_in_the_others(app: Flask) -> None:
    form = FORMS["true_false"]
    draft = draft_of(form, canonical("true_false"))
    draft["stem"] = {"en": "", "fr": "Oui"}
    assert [fault.name for fault in document_of(form, draft, LANGUAGES)[1]] == ["stem.en"]
    draft["stem"] = {"en": "Yes", "fr": ""}
    document, faults = document_of(form, draft, LANGUAGES)
    assert faults == []
    assert languages_of(form, document) == ["en"]


@pytest.mark.parametrize(
    ("typed", "kept"), [("12,5", "12.5"), ("١٢٫٥", "12.5"), ("1 250", "1250"), ("−3", "-3"), ("0.001", "0.001")]
)
def test_numbers_are_read_as_people_type_them(app: Flask, typed: str, kept: str) -> None:
    form = FORMS["numerical"]
    draft = draft_of(form, canonical("numerical"))
    draft["answers"][0]["value"] = typed.replace(" ", "\u00a0")
    document, faults = document_of(form, draft, LANGUAGES)
    assert faults == []
    assert document["answers"][0]["value"] == kept


@pytest.mark.parametrize("typed", ["twelve", "1e999999999999999999", "NaN", "∞", "1/3", "1" * 60])
def test_what_is_no_number_is_refused_with_a_sentence_and_kept(app: Flask, typed: str) -> None:
    form = FORMS["numerical"]
    draft = draft_of(form, canonical("numerical"))
    draft["answers"][0]["value"] = typed
    _document, faults = document_of(form, draft, LANGUAGES)
    assert [fault.name for fault in faults] == ["answers.0.value"]
    assert draft["answers"][0]["value"] == typed


@pytest.mark.parametrize(("typed", "kept"), [("1/3", "1/3"), ("50 %", "1/2"), ("0,25", "1/4"), ("", "1")])
def test_a_part_of_the_mark_stays_exact(app: Flask, typed: str, kept: str) -> None:
    form = FORMS["short_text"]
    draft = draft_of(form, canonical("short_text"))
    draft["answers"][0]["fraction"] = typed
    document, faults = document_of(form, draft, LANGUAGES)
    assert faults == []
    assert document["answers"][0]["fraction"] == kept


@pytest.mark.parametrize("typed", ["2", "-0.5", "half", "1/0"])
def test_more_than_the_whole_mark_and_less_than_none_is_refused(app: Flask, typed: str) -> None:
    form = FORMS["short_text"]
    draft = draft_of(form, canonical("short_text"))
    draft["answers"][0]["fraction"] = typed
    assert [fault.name for fault in document_of(form, draft, LANGUAGES)[1]] == ["answers.0.fraction"]


def test_two_right_options_are_refused_where_one_is_asked_for(app: Flask) -> None:
    form = QuestionForm("single_choice", LANGUAGES, draft_of(FORMS["single_choice"], canonical("single_choice")))
    form.draft["options"][1]["correct"] = True
    form.document()
    assert [fault.name for fault in form.faults] == ["options"]


def test_rows_are_added_moved_and_removed_by_buttons(app: Flask) -> None:
    form = QuestionForm("ordering", LANGUAGES, draft_of(FORMS["ordering"], canonical("ordering")))
    keys = lambda: [row["key"] for row in form.draft["items"]]  # noqa: E731
    assert form.apply("down.items.0") == "items-1"
    assert keys() == ["b", "a"]
    assert form.apply("up.items.0") == ""
    assert form.apply("add.items") == "items-2"
    assert keys() == ["b", "a", ""]
    assert form.apply("remove.items.1") == "items"
    assert keys() == ["b", ""]
    for nonsense in ("remove.items.9", "remove.items.x", "remove.nothing.1", "preview", "", "burn.items.0"):
        form.apply(nonsense)
        assert keys() == ["b", ""]


@pytest.mark.parametrize("kind", sorted(QUESTIONS))
def test_a_version_says_the_same_as_itself(app: Flask, kind: str) -> None:
    assert differences(kind, canonical(kind), canonical(kind)) == []
    assert [line for line in lines_of(FORMS[kind], canonical(kind)) if line.said]


def test_a_difference_names_the_option_its_language_and_the_words(app: Flask) -> None:
    old = canonical("single_choice")
    new = canonical("single_choice")
    new["options"][1]["text"] = {"en": "That one", "fr": "That (fr)"}
    found = differences("single_choice", old, new)
    assert [(one.place, one.language) for one in found] == [("Option 2: Text", "en")]


def test_options_in_another_order_and_a_removed_one_are_told(app: Flask) -> None:
    old, new = canonical("multiple_choice"), canonical("multiple_choice")
    new["options"] = [new["options"][1], new["options"][0]]
    places = [one.place for one in differences("multiple_choice", old, new)]
    assert "Option 3: Text" in places
    assert places[-1] == "Options"
