"""Items to be put in their right order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from lms.courses.domain.content import Text
from lms.courses.questions import Problem
from lms.quizzes.questions.editing import Field, Rows, TypeForm
from lms.quizzes.questions.form_parts import FEEDBACK, MARKING, STEM
from lms.quizzes.questions.options import KEY, TEXT
from lms.quizzes.questions.question_type import Answer, KeptAsDocument, Line, Say, earned, filled, marking_schema, token


@dataclass(frozen=True, slots=True)
class Item:
    """Something that has a place in the order, with feedback on that place."""

    key: str
    text: Text
    feedback: Text | None = None


@dataclass(frozen=True, slots=True)
class OrderingQuestion:
    """``items`` stand in the right order. ``marking`` is all_or_nothing or proportional."""

    key: str
    stem: Text
    items: tuple[Item, ...]
    marking: str = "all_or_nothing"
    feedback: Text | None = None
    category: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ShownItem:
    """An item as it is shown; forms name it by ``token``. ``place`` is the right one, counted from 1."""

    key: str
    token: str
    text: Markup
    feedback: Markup
    place: int


@dataclass(frozen=True, slots=True)
class ShownItems:
    """The question as it is shown, the items in the reader's order."""

    stem: Markup
    items: tuple[ShownItem, ...]
    feedback: Markup
    marking: str
    is_many: bool = True

    def in_places(self, values: Sequence[str]) -> list[tuple[ShownItem, int]]:
        """The items for a form that holds these values, each with its place (0 for none), those without one last."""
        known = {f"{item.token}:{place}": place for item in self.items for place in range(1, len(self.items) + 1)}
        places = {value.partition(":")[0]: known[value] for value in values if value in known}
        found = [(item, places.get(item.token, 0)) for item in self.items]
        return sorted(found, key=lambda pair: pair[1] or len(self.items) + 1)

    def given(self, answer: Answer) -> list[Line]:
        """The items that were given a place, in their order."""
        places = _places(answer)
        placed = sorted((item for item in self.items if item.key in places), key=lambda item: places[item.key])
        return [_line(item, places[item.key], _is_right(places, item.key, item.place)) for item in placed]

    def missed(self, answer: Answer) -> list[Line]:
        """The right order, where it was not found."""
        places, lines = _places(answer), self.lines()
        return [] if all(_is_right(places, item.key, item.place) for item in self.items) else lines

    def lines(self) -> list[Line]:
        """The right order."""
        return [_line(item, item.place, True) for item in sorted(self.items, key=lambda item: item.place)]


def _places(answer: Answer | None) -> Mapping[str, int]:
    places: Mapping[str, int] = (answer or {}).get("places", {})
    return places


def _is_right(places: Mapping[str, int], key: str, place: int) -> bool:
    """True for an item that alone has its right place: one number for all would else be right for one of them."""
    return places.get(key) == place and list(places.values()).count(place) == 1


def _line(item: ShownItem, place: int, is_right: bool) -> Line:
    return Line(Markup("{}. {}").format(place, item.text), Fraction(is_right), item.feedback)


class Ordering(KeptAsDocument):
    """An answer is ``{"places": {item key: place}}``, places counted from 1; it may be saved before all have one.

    A form sends ``item token:place`` for each. Proportional: the share of items that are in their right place.
    """

    kind = "ordering"
    template = "quizzes/questions/ordering.html"
    form = TypeForm(
        _l("Ordering"),
        _l("Steps or things to put in their right order."),
        (
            STEM,
            Rows(
                "items",
                _l("In the right order"),
                _l("Item"),
                _l("Add an item"),
                (Field("text", _l("Text"), is_required=True), Field("feedback", _l("Feedback on its place"))),
                minimum=2,
                offered=4,
                hint=_l("First comes first. Participants see them in another order."),
            ),
            MARKING,
            FEEDBACK,
        ),
    )
    value = OrderingQuestion
    must_shuffle = True
    schema: Mapping[str, Any] = {
        "properties": {
            "items": {
                "type": "array",
                "description": "Two to ten items in their right order.",
                "items": {
                    "type": "object",
                    "description": "Something that has a place in the order.",
                    "properties": {
                        "key": KEY,
                        "text": TEXT,
                        "feedback": {**TEXT, "description": "Why it has this place."},
                    },
                    "required": ["key", "text"],
                    "additionalProperties": False,
                },
                "minItems": 2,
                "maxItems": 10,
            },
            "marking": marking_schema("each item in its right place earns its share."),
        },
        "required": ["items"],
    }

    def problems(self, question: OrderingQuestion) -> Iterator[Problem]:
        """Items that look the same cannot be put in an order."""
        seen: set[tuple[str, str]] = set()
        for number, item in enumerate(question.items):
            for language, words in item.text.items():
                if (language, words.casefold()) in seen:
                    sentence = _l("“%(words)s” stands here twice: write two that can be told apart.", words=words)
                    yield Problem(("items", number, "text"), sentence)
                seen.add((language, words.casefold()))

    def option_keys(self, question: OrderingQuestion) -> list[str]:
        """The items' keys."""
        return [item.key for item in question.items]

    def read_answer(self, question: OrderingQuestion, values: Sequence[str]) -> dict[str, Any]:
        """The places given so far; raises ValueError for what is no item or no place, or two for one item."""
        items = {token(question.key, item.key): item.key for item in question.items}
        allowed = {str(place): place for place in range(1, len(items) + 1)}
        places: dict[str, int] = {}
        for value in filled(values):
            name, _colon, place = value.partition(":")
            if name not in items or place not in allowed or items[name] in places:
                raise ValueError(f"{value} is not an answer to {question.key}")
            places[items[name]] = allowed[place]
        return {"places": places} if places else {}

    def values_of(self, question: OrderingQuestion, answer: Answer) -> list[str]:
        """The places as a form sends them."""
        return [f"{token(question.key, key)}:{place}" for key, place in _places(answer).items()]

    def missing(self, question: OrderingQuestion, answer: Answer) -> str:
        """Which place is taken twice, or how many items have one, unless all have."""
        places, whole = _places(answer), len(question.items)
        twice = [place for place, number in sorted(Counter(places.values()).items()) if number > 1]
        if twice:
            return str(_("Place %(place)s is taken more than once.", place=twice[0]))
        placed = len(places)
        return (
            "" if placed in (0, whole) else str(_("%(placed)s of %(whole)s have a place.", placed=placed, whole=whole))
        )

    def grade(self, question: OrderingQuestion, answer: Answer | None) -> Fraction:
        """The share of items in their right place, or all or nothing."""
        places = _places(answer)
        right = [item for place, item in enumerate(question.items, start=1) if _is_right(places, item.key, place)]
        return earned(len(right), len(question.items), question.marking)

    def present(self, question: OrderingQuestion, order: Sequence[str], say: Say) -> ShownItems:
        """Stem and items, the items in the given order."""
        right = {item.key: (place, item) for place, item in enumerate(question.items, start=1)}
        items = tuple(
            ShownItem(key, token(question.key, key), say(item.text), say(item.feedback), place)
            for key in order
            for place, item in [right[key]]
        )
        return ShownItems(say(question.stem), items, say(question.feedback), question.marking)
