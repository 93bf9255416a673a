"""What is exported and brought in again is the same, whatever the format, the type and the signs in the texts."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import Phase, given, settings

from lms.quizzes.exchange.formats import FORMATS, detect, read_questions
from lms.quizzes.questions import to_document
from tests.quizzes.exchange.strategies import PICTURES, files

WRITTEN = [key for key, form in FORMATS.items() if form.write]


def _read_back(form: str, questions: list[Any], languages: tuple[str, ...] = ("en", "fr")) -> Any:
    write = FORMATS[form].write
    assert write is not None
    content = write(questions, PICTURES.get, languages)
    name = f"file.{FORMATS[form].ending}"
    assert detect(content, name) == form
    return read_questions(content, name, "en")[1]


@pytest.mark.parametrize("form", WRITTEN)
@given(questions=files())
@settings(max_examples=25, phases=[Phase.generate])
def test_what_is_exported_comes_back_exactly(form: str, questions: list[Any]) -> None:
    reading = _read_back(form, questions)
    assert [outcome for outcome in reading.outcomes if outcome not in reading.accepted] == []
    assert [to_document(one.question) for one in reading.accepted] == [to_document(question) for question in questions]
    assert all(one.has_own_key for one in reading.accepted)
