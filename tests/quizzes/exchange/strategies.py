"""Questions of every type with texts that try every sign a format could stumble over."""

from __future__ import annotations

import struct
import zlib
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from lms.quizzes.exchange.pictures import Picture, read_picture
from lms.quizzes.questions import (
    ChoiceQuestion,
    Distractor,
    Item,
    MatchingQuestion,
    MultipleChoiceQuestion,
    NumericalAnswer,
    NumericalQuestion,
    Option,
    OrderingQuestion,
    Pair,
    ShortAnswer,
    ShortTextQuestion,
    TrueFalseQuestion,
    Unit,
)

SIGNS = "~=#{}:\\%[]->*_`|<>&\"'/$@^+.,;!?()0123456789 \n"
LETTERS = st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs"))


def png(width: int = 1, height: int = 1, colour: bytes = b"\x00\x00\x00") -> bytes:
    """A picture, made here."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        body = kind + content
        return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))

    rows = (b"\x00" + colour * width) * height
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


PICTURES: dict[str, Picture] = {
    picture.digest: picture for picture in (read_picture(png(colour=bytes([n, 0, 0]))) for n in range(3))
}


def words(least: int = 1) -> st.SearchStrategy[str]:
    """A text: letters of every script, and the signs of all formats; never only blanks unless it may be empty."""
    text = st.text(st.one_of(st.sampled_from(SIGNS), LETTERS), min_size=least, max_size=20)
    return text.filter(lambda value: not least or bool(value.strip()))


SNIPPETS = (
    "**bold** and *slanted*", "- one\n- two", "1. first\n2. second", "| a | b |\n| --- | --- |\n| 1 | 2 |", "`code`",
    "> said", "[link](https://example.org/a?b=c&d=e)", "x² + y₂", "a\\\nb",
    *(f"![what it shows](picture:{digest})" for digest in PICTURES),
)  # fmt: skip


def markdown() -> st.SearchStrategy[str]:
    """Markdown of one or several paragraphs."""
    part = st.one_of(words(), st.sampled_from(SNIPPETS))
    return st.lists(part, min_size=1, max_size=3).map("\n\n".join)


def texts() -> st.SearchStrategy[dict[str, str]]:
    """A text in one or two languages, or in none."""
    return st.one_of(
        st.fixed_dictionaries({"en": markdown()}),
        st.fixed_dictionaries({"en": markdown(), "fr": markdown()}),
        st.fixed_dictionaries({"fr": markdown(), "ar": markdown()}),
        st.fixed_dictionaries({"und": markdown()}),
    )


maybe = st.one_of(st.none(), texts())
KEYS = [chr(97 + place) for place in range(12)]
MARKING = st.sampled_from(["all_or_nothing", "proportional"])
NUMBERS = st.decimals(-(10**6), 10**6, places=3)
SHARES = st.sampled_from([Fraction(0), Fraction(1, 3), Fraction(1, 2), Fraction(2, 3), Fraction(1)])
KEY = st.from_regex(r"[a-z][a-z0-9]{0,8}(-[a-z0-9]{1,5}){0,2}", fullmatch=True)
CATEGORY = st.sampled_from(["", "rights", "rights/travel and return", "Été: 1,5 = a#b", "علم/x"])
TAGS = (
    st.lists(st.sampled_from(["a", "été", "two words", "x=y", "[z]"]), unique=True, max_size=3).map(sorted).map(tuple)
)


@st.composite
def heads(draw: Any) -> dict[str, Any]:
    """What questions of every type have."""
    return {
        "key": draw(KEY),
        "stem": draw(texts()),
        "feedback": draw(maybe),
        "category": draw(CATEGORY),
        "tags": draw(TAGS),
    }


def _options(draw: Any, correct: list[bool]) -> tuple[Option, ...]:
    return tuple(Option(key, draw(texts()), draw(maybe), right) for key, right in zip(KEYS, correct, strict=False))


@st.composite
def single_choices(draw: Any) -> ChoiceQuestion:
    """One right option among two to five."""
    count = draw(st.integers(2, 5))
    right = draw(st.integers(0, count - 1))
    return ChoiceQuestion(options=_options(draw, [n == right for n in range(count)]), **draw(heads()))


@st.composite
def multiple_choices(draw: Any) -> MultipleChoiceQuestion:
    """Some right, at least one wrong."""
    correct = draw(st.permutations([True, False, *draw(st.lists(st.booleans(), max_size=4))]))
    return MultipleChoiceQuestion(options=_options(draw, list(correct)), marking=draw(MARKING), **draw(heads()))


@st.composite
def true_falses(draw: Any) -> TrueFalseQuestion:
    """A statement."""
    return TrueFalseQuestion(
        answer=draw(st.booleans()), feedback_true=draw(maybe), feedback_false=draw(maybe), **draw(heads())
    )


def _numbered(text: dict[str, str], number: int) -> dict[str, str]:
    # Sides and items must differ.
    return {language: f"{number} {value}" for language, value in text.items()}


@st.composite
def matchings(draw: Any) -> MatchingQuestion:
    """Pairs, and right sides that belong to none."""
    count, more = draw(st.integers(2, 4)), draw(st.integers(0, 2))
    pairs = tuple(
        Pair(KEYS[n], _numbered(draw(texts()), n), _numbered(draw(texts()), n), draw(maybe)) for n in range(count)
    )
    others = tuple(Distractor(KEYS[count + n], _numbered(draw(texts()), count + n)) for n in range(more))
    return MatchingQuestion(pairs=pairs, distractors=others, marking=draw(MARKING), **draw(heads()))


@st.composite
def orderings(draw: Any) -> OrderingQuestion:
    """Things in their order."""
    items = tuple(Item(KEYS[n], _numbered(draw(texts()), n), draw(maybe)) for n in range(draw(st.integers(2, 5))))
    return OrderingQuestion(items=items, marking=draw(MARKING), **draw(heads()))


@st.composite
def numericals(draw: Any) -> NumericalQuestion:
    """Numbers, some with units."""
    answers = tuple(
        NumericalAnswer(KEYS[n], draw(NUMBERS), abs(draw(NUMBERS)), share, draw(maybe))
        for n, share in enumerate([Fraction(1), *draw(st.lists(SHARES, max_size=2))])
    )
    symbols = draw(st.lists(st.sampled_from(["kg", "g", "m/s", "€", "°C"]), unique=True, max_size=2))
    units = tuple(Unit(symbol, draw(st.sampled_from([Decimal(1), Decimal("0.001"), Decimal(3)]))) for symbol in symbols)
    return NumericalQuestion(
        answers=answers, units=units, unit_required=bool(units) and draw(st.booleans()), **draw(heads())
    )


@st.composite
def short_texts(draw: Any) -> ShortTextQuestion:
    """Wordings in languages."""
    wordings = st.lists(
        st.from_regex(r"[a-zéç][a-zA-Zéç*=~#: ]{0,8}[a-z]", fullmatch=True),
        unique_by=lambda w: " ".join(w.lower().split()),
        min_size=1,
        max_size=2,
    )
    answers = []
    for n, share in enumerate([Fraction(1), *draw(st.lists(SHARES, max_size=2))]):
        languages = draw(st.sampled_from([("en",), ("en", "fr"), ("und",)]))
        accepted = {
            language: tuple(f"{n} {language} {' '.join(wording.split())}" for wording in draw(wordings))
            for language in languages
        }
        answers.append(ShortAnswer(KEYS[n], accepted, share, draw(maybe)))
    return ShortTextQuestion(
        answers=tuple(answers), ignore_case=draw(st.booleans()), ignore_accents=draw(st.booleans()), **draw(heads())
    )


def questions() -> st.SearchStrategy[Any]:
    """A question of any type."""
    return st.one_of(
        single_choices(), multiple_choices(), true_falses(), matchings(), orderings(), numericals(), short_texts()
    )


def files() -> st.SearchStrategy[list[Any]]:
    """Questions as a bank would give them: keys differ."""
    return st.lists(questions(), min_size=1, max_size=4, unique_by=lambda question: question.key)
