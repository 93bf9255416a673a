"""Course content to and from the values that stand in a pack's files.

The files say ``from`` and ``to`` where Python cannot, write a text that is the same in every language as one string,
and leave defaults out; everything else has the same names as the dataclasses.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

import cattrs
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override

from lms.core.i18n import EVERY_LANGUAGE
from lms.courses.documents import keep_late_policies
from lms.courses.domain.content import CourseContent, Level, Question, Text, Wordings
from lms.courses.domain.schedule import Moment
from lms.courses.questions import keep_questions


def content_from_values(values: Mapping[str, Any]) -> CourseContent:
    """The course that checked values describe."""
    return _converter(()).structure(values, CourseContent)


def question_from_value(value: Mapping[str, Any]) -> Question:
    """The question that a value of the right shape describes."""
    question: Question = _converter(()).structure(value, Question)  # type: ignore[type-abstract]
    return question


def values_of(content: CourseContent) -> dict[str, Any]:
    """The values that describe a course, the default language of each text first."""
    values: dict[str, Any] = _converter(content.languages).unstructure(content)
    return values


def tidy_decimal(value: Any) -> Decimal:
    """A decimal in its shortest form, so that 30, 30.0 and 30.00 are the same course."""
    number = Decimal(str(value))
    return number.quantize(Decimal(1)) if number == number.to_integral_value() else number.normalize()


@lru_cache(maxsize=16)
def _converter(languages: tuple[str, ...]) -> cattrs.Converter:
    converter = cattrs.Converter(omit_if_default=True)

    def text_to_value(text: Mapping[str, Any]) -> Any:
        if EVERY_LANGUAGE in text:
            return text[EVERY_LANGUAGE]
        known = [code for code in languages if code in text]
        return {code: text[code] for code in [*known, *sorted(set(text) - set(known))]}

    def wordings_to_value(wordings: Wordings) -> Any:
        return text_to_value({code: list(words) if len(words) > 1 else words[0] for code, words in wordings.items()})

    converter.register_structure_hook_func(_is_text, _text_from_value)
    converter.register_unstructure_hook_func(_is_text, text_to_value)
    converter.register_structure_hook(Decimal, lambda value, _type: tidy_decimal(value))
    converter.register_unstructure_hook(Decimal, tidy_decimal)
    converter.register_structure_hook(Moment, lambda value, _type: Moment.parse(value))
    converter.register_unstructure_hook(Moment, str)
    keep_late_policies(converter)
    converter.register_structure_hook_func(_are_wordings, _wordings_from_value)
    converter.register_unstructure_hook_func(_are_wordings, wordings_to_value)
    keep_questions(converter)
    lowest, highest = override(rename="from"), override(rename="to")
    converter.register_structure_hook(Level, make_dict_structure_fn(Level, converter, lowest=lowest, highest=highest))
    converter.register_unstructure_hook(
        Level, make_dict_unstructure_fn(Level, converter, lowest=lowest, highest=highest)
    )
    return converter


def _is_text(kind: Any) -> bool:
    return bool(kind == Text)


def _are_wordings(kind: Any) -> bool:
    return bool(kind == Wordings)


def _wordings_from_value(value: Any, _type: Any) -> Wordings:
    """Wordings that are the same in every language stand alone, and a single one stands without a list."""
    by_language = value if isinstance(value, Mapping) else {EVERY_LANGUAGE: value}
    return {
        code: tuple(word.strip() for word in ([words] if isinstance(words, str) else words))
        for code, words in by_language.items()
    }


def _text_from_value(value: Any, _type: Any) -> Text:
    # The spaces around a text mean nothing; a block that begins with | instead of |- ends with a line end.
    if isinstance(value, str):
        return {EVERY_LANGUAGE: value.strip()}
    return {code: version.strip() for code, version in value.items()}
