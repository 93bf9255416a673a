"""Questions of every type that break no rule, and answers to them, for laws."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from lms.quizzes.questions import (
    TYPES,
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

Texts = st.SearchStrategy[Any]
LETTERS = "abcdefghij"
MARKINGS = st.sampled_from(("all_or_nothing", "proportional"))
WORDS = ("return", "le retour", "l’équipe", "Bamako", "œuvre", "العودة", "São Tomé", "e-mail", "A B", "42")
fractions = st.sampled_from((Fraction(0), Fraction(1, 3), Fraction(1, 2), Fraction(1)))
decimals = st.decimals(-10_000, 10_000, places=3).map(lambda value: Decimal(str(value)))


def some_texts(words: Texts) -> Texts:
    """A text in English, and perhaps in French."""
    return st.fixed_dictionaries({"en": words}, optional={"fr": words})


@st.composite
def different_texts(draw: st.DrawFn, texts: Texts, count: int) -> list[Any]:
    """Texts that look different in every language."""
    return [
        {code: f"{said} {number}" for code, said in text.items()}
        for number, text in enumerate(draw(st.lists(texts, min_size=count, max_size=count)))
    ]


@st.composite
def choices(draw: st.DrawFn, key: str, texts: Texts, common: dict[str, Any]) -> ChoiceQuestion:
    keys = LETTERS[: draw(st.integers(2, 8))]
    right = draw(st.sampled_from(keys))
    return ChoiceQuestion(
        key, draw(texts), tuple(Option(k, draw(texts), draw(texts), k == right) for k in keys), **common
    )


@st.composite
def multiple_choices(draw: st.DrawFn, key: str, texts: Texts, common: dict[str, Any]) -> MultipleChoiceQuestion:
    keys = LETTERS[: draw(st.integers(2, 8))]
    right = draw(st.sets(st.sampled_from(keys), min_size=1, max_size=len(keys) - 1))
    options = tuple(Option(k, draw(texts), draw(texts), k in right) for k in keys)
    return MultipleChoiceQuestion(key, draw(texts), options, draw(MARKINGS), **common)


@st.composite
def statements(draw: st.DrawFn, key: str, texts: Texts, common: dict[str, Any]) -> TrueFalseQuestion:
    perhaps = st.none() | texts
    return TrueFalseQuestion(key, draw(texts), draw(st.booleans()), draw(perhaps), draw(perhaps), **common)


@st.composite
def matchings(draw: st.DrawFn, key: str, texts: Texts, common: dict[str, Any]) -> MatchingQuestion:
    size, extra = draw(st.integers(2, 5)), draw(st.integers(0, 2))
    rights = draw(different_texts(texts, size + extra))
    # The last pair may share the right side of the first.
    ends = rights[0] if size > 2 and draw(st.booleans()) else rights[size - 1]
    pairs = tuple(
        Pair(LETTERS[n], draw(texts), ends if n == size - 1 else rights[n], draw(st.none() | texts))
        for n in range(size)
    )
    distractors = tuple(Distractor(f"x{n}", rights[size + n]) for n in range(extra))
    return MatchingQuestion(key, draw(texts), pairs, distractors, draw(MARKINGS), **common)


@st.composite
def orderings(draw: st.DrawFn, key: str, texts: Texts, common: dict[str, Any]) -> OrderingQuestion:
    said = draw(different_texts(texts, draw(st.integers(2, 6))))
    items = tuple(Item(LETTERS[n], text, draw(st.none() | texts)) for n, text in enumerate(said))
    return OrderingQuestion(key, draw(texts), items, draw(MARKINGS), **common)


@st.composite
def numericals(draw: st.DrawFn, key: str, texts: Texts, common: dict[str, Any]) -> NumericalQuestion:
    tolerances = st.decimals(0, 10, places=2).map(lambda value: Decimal(str(value)))
    parts = [Fraction(1), *draw(st.lists(fractions, max_size=3))]
    answers = tuple(
        NumericalAnswer(LETTERS[n], draw(decimals), draw(tolerances), part, draw(st.none() | texts))
        for n, part in enumerate(parts)
    )
    units = draw(st.sampled_from(((), (Unit("km"), Unit("m", Decimal("0.001"))), (Unit("%"),))))
    is_required = bool(units) and draw(st.booleans())
    return NumericalQuestion(key, draw(texts), answers, units, is_required, **common)


@st.composite
def short_texts(draw: st.DrawFn, key: str, texts: Texts, common: dict[str, Any]) -> ShortTextQuestion:
    wordings = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3, unique=True).map(tuple)
    accepted = st.fixed_dictionaries({"en": wordings}, optional={"fr": wordings}) | st.fixed_dictionaries(
        {"und": wordings}
    )
    parts = [Fraction(1), *draw(st.lists(fractions, max_size=2))]
    answers = tuple(
        ShortAnswer(LETTERS[n], draw(accepted), part, draw(st.none() | texts)) for n, part in enumerate(parts)
    )
    return ShortTextQuestion(key, draw(texts), answers, draw(st.booleans()), draw(st.booleans()), **common)


MAKERS: dict[str, Callable[..., Any]] = {
    "single_choice": choices,
    "multiple_choice": multiple_choices,
    "true_false": statements,
    "matching": matchings,
    "ordering": orderings,
    "numerical": numericals,
    "short_text": short_texts,
}


@st.composite
def questions_of_type(
    draw: st.DrawFn, kind: str, key: str = "m1-q01", texts: Texts | None = None, categories: Texts | None = None
) -> Any:
    """A question of a type."""
    texts = texts or some_texts(st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=12))
    common = {
        "feedback": draw(st.none() | texts),
        "category": draw(categories or st.sampled_from(("", "law", "law/return"))),
        "tags": draw(st.sampled_from(((), ("week-1",), ("week-1", "core")))),
    }
    return draw(MAKERS[kind](key, texts, common))


def questions(key: str = "m1-q01", texts: Texts | None = None) -> Texts:
    """A question of any type."""
    return st.sampled_from(sorted(TYPES)).flatmap(lambda kind: questions_of_type(kind, key, texts))


@st.composite
def values(draw: st.DrawFn, question: Any) -> list[str]:
    """What a form could send for a question: some, all or nothing of its fields."""
    match question:
        case ChoiceQuestion():
            return [draw(st.sampled_from([option.key for option in question.options]))]
        case MultipleChoiceQuestion():
            return [option.key for option in question.options if draw(st.booleans())]
        case TrueFalseQuestion():
            return [draw(st.sampled_from(("true", "false")))]
        case MatchingQuestion():
            rights = TYPES["matching"].option_keys(question)
            made = {pair.key: draw(st.sampled_from(rights)) for pair in question.pairs if draw(st.integers(0, 4))}
            return TYPES["matching"].values_of(question, {"pairs": made})
        case OrderingQuestion():
            whole = len(question.items)
            if draw(st.booleans()):
                order = draw(st.permutations(range(1, whole + 1)))
                places = {item.key: place for item, place in zip(question.items, order, strict=True)}
            else:
                places = {item.key: draw(st.integers(1, whole)) for item in question.items if draw(st.booleans())}
            return TYPES["ordering"].values_of(question, {"places": places})
        case NumericalQuestion():
            number = str(draw(st.sampled_from([one.value for one in question.answers]) | decimals))
            unit = draw(st.sampled_from(["", "km", *(unit.symbol for unit in question.units)]))
            return [f"{number} {unit}".strip()]
        case _:
            return [draw(st.sampled_from(WORDS) | st.just("something else"))]


def right_values(question: Any) -> list[str]:
    """What a form sends for an answer that is wholly right."""
    match question:
        case ChoiceQuestion() | MultipleChoiceQuestion():
            return [option.key for option in question.options if option.correct]
        case TrueFalseQuestion():
            return ["true" if question.answer else "false"]
        case MatchingQuestion():
            first = {pair.key: next(p.key for p in question.pairs if p.right == pair.right) for pair in question.pairs}
            return TYPES["matching"].values_of(question, {"pairs": first})
        case OrderingQuestion():
            places = {item.key: place for place, item in enumerate(question.items, start=1)}
            return TYPES["ordering"].values_of(question, {"places": places})
        case NumericalQuestion():
            # With four decimals no point can be taken for one between thousands.
            number = f"{next(one.value for one in question.answers if one.fraction == 1):.4f}"
            return [f"{number} {question.units[0].symbol}" if question.units else number]
        case _:
            return [next(iter(next(one.accepted for one in question.answers if one.fraction == 1).values()))[0]]
