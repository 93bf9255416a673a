"""Courses that break no rule, in every shape the format allows, for laws."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from lms.courses.domain.content import (
    AssignmentPlan,
    CategoryPlan,
    CourseContent,
    Criterion,
    Deliverable,
    GradingPlan,
    ItemPlan,
    LatePolicy,
    Lesson,
    Level,
    Module,
    Profile,
    QuizPlan,
    Reading,
    SessionPlan,
    Signatory,
    SurveyPlan,
    SurveyQuestion,
    Term,
    TierPlan,
    WordRange,
)
from lms.courses.domain.schedule import Moment
from lms.quizzes.questions import ChoiceQuestion, Option

# What YAML, or an older YAML, would read as something else; and what needs care between quotes or in a block.
TRICKY = (
    "no", "null", "~", "12:30", "2026-03-02", "010", "1_000", "1e5", "0x1F", "=1+1", "- item", "? key", "a: b", "a #b", "# no",
    "'single'", '"double"', "@at", "`tick`", "%percent", "!tag", "&anchor", "*alias", "{brace}", "[bracket]", "|", ">", "<<",
    "back\\slash", "tab\tinside", "nel\x85inside", "line\u2028separator", "bell\x07", "é à ü « œuf » n° 5 %", "العربية", "日本語", "🙂",
    "two\nlines", "blank\n\nline", "space before \nend", "  \nx", "a" * 200, "word " * 40 + "end", "\u00a0x", "---", "...",
)  # fmt: skip
strings = st.one_of(
    st.sampled_from(TRICKY),
    st.text(st.characters(blacklist_categories=("Cs",)), max_size=30),
    st.text("ab :#-'\"\n", max_size=40),
    st.text("ab  é", min_size=90, max_size=260),
    st.text("ab  \n", min_size=90, max_size=260),
).map(str.strip).filter(bool)  # fmt: skip
# Markdown that holds nothing which could be wrong.
words = st.lists(
    st.sampled_from(("return", "travail", "« oui »", "no: yes", "1.", "|", "العربية", "a" * 60)),
    min_size=1,
    max_size=30,
)
prose = st.lists(words.map(" ".join), min_size=1, max_size=4).map("\n\n".join)
keys = st.from_regex(r"[a-z][a-z0-9]{0,5}(-[a-z0-9]{1,4})?", fullmatch=True)
moments = st.builds(Moment, st.integers(1, 20), st.integers(0, 23), st.integers(0, 59))
later = st.builds(Moment, st.integers(21, 40), st.integers(0, 23), st.integers(0, 59))
LANGUAGES = ("en", "fr", "ar")


@st.composite
def texts(draw: st.DrawFn, languages: tuple[str, ...], values: Any = strings) -> dict[str, str]:
    """A text in the first language and some others, or the same in all."""
    if draw(st.booleans()):
        return {"und": draw(values)}
    others = [code for code in languages[1:] if draw(st.booleans())]
    return {code: draw(values) for code in (languages[0], *others)}


@st.composite
def lessons(draw: st.DrawFn, key: str, languages: tuple[str, ...]) -> Lesson:
    versions = [languages[0], *[code for code in languages[1:] if draw(st.booleans())]]
    return Lesson(
        key,
        {code: draw(strings) for code in versions},
        {code: draw(st.integers(1, 240)) for code in versions},
        {code: draw(prose) for code in versions},
    )


@st.composite
def questions(draw: st.DrawFn, key: str, languages: tuple[str, ...]) -> ChoiceQuestion:
    letters = "abcdefgh"[: draw(st.integers(2, 8))]
    right = draw(st.sampled_from(letters))
    text = texts(languages)
    options = tuple(Option(letter, draw(text), draw(text), letter == right) for letter in letters)
    return ChoiceQuestion(key, draw(text), options, draw(st.none() | text), draw(st.just("") | keys))


@st.composite
def quizzes(draw: st.DrawFn, key: str, languages: tuple[str, ...]) -> QuizPlan:
    return QuizPlan(
        key,
        draw(texts(languages)),
        draw(moments),
        draw(later),
        tuple(draw(questions(f"{key}-q{n}", languages)) for n in range(draw(st.integers(1, 2)))),
        draw(st.integers(1, 20)),
        draw(st.sampled_from(("best", "last", "first"))),
        draw(st.none() | st.integers(1, 1440)),
        draw(st.sampled_from(("after_submit", "after_close", "never"))),
        draw(st.booleans()),
    )


@st.composite
def readings(draw: st.DrawFn, languages: tuple[str, ...]) -> Reading:
    text = texts(languages)
    year, url = st.integers(1800, 2200), st.just("https://www.ilo.org/a?b=c#d")
    return Reading(draw(text), draw(text), draw(st.none() | year), draw(st.none() | text), draw(st.none() | url))


@st.composite
def rubrics(draw: st.DrawFn, languages: tuple[str, ...], maximum: int) -> tuple[Criterion, ...]:
    cut = Decimal(draw(st.integers(1, 2 * maximum - 1))) / 2
    levels = (
        Level(cut, Decimal(maximum), draw(texts(languages))),
        Level(Decimal(0), cut - Decimal("0.5"), draw(texts(languages))),
    )
    return (Criterion("only", draw(texts(languages)), Decimal(maximum), levels),)


@st.composite
def late_policies(draw: st.DrawFn) -> LatePolicy:
    days = draw(st.none() | st.integers(1, 365))
    policy = draw(st.sampled_from(("accept", "penalty", "closed")))
    if policy != "penalty":
        return LatePolicy(policy, days=days if policy == "accept" else None)
    cost = st.integers(1, 200).map(lambda halves: Decimal(halves) / 2)
    return LatePolicy(
        policy, draw(cost), draw(st.sampled_from(("points", "percent"))), draw(st.none() | cost), days
    )  # fmt: skip


@st.composite
def assignments(draw: st.DrawFn, key: str, maximum: int, languages: tuple[str, ...]) -> AssignmentPlan:
    is_group = draw(st.booleans())
    text = texts(languages)
    markdown = texts(languages, prose)
    profiles = tuple(
        Profile(f"p{n}", draw(text), draw(markdown)) for n in range(draw(st.integers(0, 2)) if is_group else 0)
    )
    return AssignmentPlan(
        key,
        "group" if is_group else "individual",
        draw(text),
        {languages[0]: draw(prose)},
        draw(moments),
        draw(later),
        (Deliverable("part", draw(text), draw(markdown)),),
        draw(rubrics(languages, maximum)),
        draw(late_policies()),
        draw(st.none() | st.builds(WordRange, st.integers(1, 9), st.integers(9, 99), st.integers(0, 100))),
        draw(st.booleans()),
        profiles,
        draw(st.integers(1, len(profiles))) if profiles else 0,
        similarity=draw(st.booleans()),
    )


@st.composite
def gradings(draw: st.DrawFn, plans: list[tuple[str, str]], languages: tuple[str, ...]) -> GradingPlan:
    """A category for each item; the shares of 100 are whole numbers, the last takes the rest."""
    share = 100 // len(plans)
    weights = [share] * (len(plans) - 1) + [100 - share * (len(plans) - 1)]
    text = texts(languages)
    categories, items = [], []
    for (key, kind), weight in zip(plans, weights, strict=True):
        categories.append(CategoryPlan(f"c-{key}", draw(text), Decimal(weight)))
        items.append(ItemPlan(key, f"c-{key}", kind, draw(text), Decimal(weight), draw(st.booleans())))
    tiers = (
        TierPlan("achievement", draw(text), Decimal("60.25"), draw(st.sampled_from(("all", "more_than_half")))),
        TierPlan("participation", draw(text), Decimal("30.5"), "number", draw(st.integers(1, len(items)))),
    )
    return GradingPlan(tuple(categories), tuple(items), tiers)


@st.composite
def courses(draw: st.DrawFn) -> CourseContent:
    """A whole course."""
    languages = LANGUAGES[: draw(st.integers(1, 3))]
    text, markdown = texts(languages), texts(languages, prose)
    names = draw(st.lists(keys, min_size=1, max_size=2, unique=True))
    modules = []
    for name in names:
        quiz = draw(st.none() | quizzes(f"quiz-{name}", languages))
        found = tuple(draw(lessons(f"l{n}", languages)) for n in range(draw(st.integers(1, 2))))
        reading = tuple(draw(st.lists(readings(languages), max_size=1)))
        first = tuple(one.key for one in modules if draw(st.booleans()))
        modules.append(
            Module(name, draw(text), draw(markdown), draw(moments), (draw(text),), found, reading, quiz, first)
        )
    count = draw(st.integers(1, 2))
    plans = [(module.quiz.key, "quiz") for module in modules if module.quiz]
    share = 100 // (len(plans) + count)
    last = 100 - share * (len(plans) + count - 1)
    work = [draw(assignments(f"work-{n}", last if n == count - 1 else share, languages)) for n in range(count)]
    plans += [(plan.key, plan.kind) for plan in work]
    survey = st.builds(
        SurveyPlan, keys, text, text, moments, later,
        st.tuples(st.builds(SurveyQuestion, keys, st.sampled_from(("scale", "open")), text, st.booleans())),
    )  # fmt: skip
    session = st.builds(SessionPlan, keys, text, moments, st.integers(5, 720), text)
    return CourseContent(
        slug=draw(keys),
        languages=languages,
        title=draw(text),
        summary=draw(markdown),
        audience=draw(markdown),
        methodology=draw(markdown),
        learning_hours=draw(st.integers(1, 5000)),
        duration_days=40,
        objectives=(draw(text),),
        signatories=(Signatory("head", draw(strings), draw(text)),),
        modules=tuple(modules),
        grading=draw(gradings(plans, languages)),
        glossary=tuple(draw(st.lists(st.builds(Term, keys, text, text), max_size=2, unique_by=lambda term: term.key))),
        agenda=tuple(draw(st.lists(session, max_size=2, unique_by=lambda session: session.key))),
        evaluation=draw(st.none() | survey),
        assignments=tuple(work),
    )
