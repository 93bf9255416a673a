"""A course as its pack describes it: immutable values, the same for checking, importing, showing and exporting.

Format: docs/course-packs.md. A ``Text`` maps language codes to strings; ``und`` holds one that is the same in every
language.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from lms.courses.domain.schedule import Moment

Text = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Signatory:
    """Somebody who signs the certificates."""

    key: str
    name: str
    title: Text


@dataclass(frozen=True, slots=True)
class Lesson:
    """One sitting of reading. ``body`` is Markdown by language, ``minutes`` a person's reading time by language."""

    key: str
    title: Text
    minutes: Mapping[str, int]
    body: Text


@dataclass(frozen=True, slots=True)
class Reading:
    """A further text worth reading, and why."""

    title: Text
    source: Text
    year: int | None = None
    note: Text | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Option:
    """One of the answers that can be chosen, with feedback for whoever chooses it."""

    key: str
    text: Text
    feedback: Text
    correct: bool = False


@dataclass(frozen=True, slots=True)
class ChoiceQuestion:
    """A question with options, exactly one of them correct."""

    key: str
    stem: Text
    options: tuple[Option, ...]
    feedback: Text | None = None
    category: str = ""


@dataclass(frozen=True, slots=True)
class QuizPlan:
    """A weekly quiz. ``counting`` is best, last or first; ``review`` is after_submit, after_close or never."""

    key: str
    title: Text
    opens: Moment
    closes: Moment
    questions: tuple[ChoiceQuestion, ...]
    attempts: int = 1
    counting: str = "best"
    time_limit_minutes: int | None = None
    review: str = "after_submit"
    shuffle_options: bool = True


@dataclass(frozen=True, slots=True)
class Module:
    """A week's work."""

    key: str
    title: Text
    summary: Text
    opens: Moment
    objectives: tuple[Text, ...]
    lessons: tuple[Lesson, ...]
    reading: tuple[Reading, ...] = ()
    quiz: QuizPlan | None = None

    def lesson(self, key: str) -> Lesson | None:
        """The lesson with a key, or ``None``."""
        return next((lesson for lesson in self.lessons if lesson.key == key), None)


@dataclass(frozen=True, slots=True)
class Term:
    """A glossary entry."""

    key: str
    term: Text
    definition: Text


@dataclass(frozen=True, slots=True)
class SessionPlan:
    """A live session of the agenda."""

    key: str
    title: Text
    starts: Moment
    minutes: int
    description: Text


@dataclass(frozen=True, slots=True)
class SurveyQuestion:
    """``kind`` is scale (1 to 5) or open."""

    key: str
    kind: str
    text: Text
    not_applicable: bool = False


@dataclass(frozen=True, slots=True)
class SurveyPlan:
    """The evaluation questionnaire."""

    key: str
    title: Text
    introduction: Text
    opens: Moment
    closes: Moment
    questions: tuple[SurveyQuestion, ...]


@dataclass(frozen=True, slots=True)
class Deliverable:
    """A part of an assignment to write or upload."""

    key: str
    title: Text
    guidance: Text


@dataclass(frozen=True, slots=True)
class WordRange:
    """How long a text should be; outside by more than the tolerance is told, never refused."""

    minimum: int
    maximum: int
    tolerance_percent: int = 0


@dataclass(frozen=True, slots=True)
class Profile:
    """An invented returnee to work on."""

    key: str
    name: Text
    story: Text


@dataclass(frozen=True, slots=True)
class Level:
    """What earns points in a range of a criterion, both ends included."""

    lowest: Decimal
    highest: Decimal
    text: Text


@dataclass(frozen=True, slots=True)
class Criterion:
    """One line of a rubric, from 0 to ``maximum`` points."""

    key: str
    title: Text
    maximum: Decimal
    levels: tuple[Level, ...]


@dataclass(frozen=True, slots=True)
class AssignmentPlan:
    """Group work or an individual assignment. ``late`` is accept (marked late) or closed."""

    key: str
    kind: str
    title: Text
    brief: Text
    opens: Moment
    due: Moment
    deliverables: tuple[Deliverable, ...]
    rubric: tuple[Criterion, ...]
    late: str = "accept"
    words: WordRange | None = None
    files: bool = False
    profiles: tuple[Profile, ...] = ()
    profiles_per_group: int = 0


@dataclass(frozen=True, slots=True)
class CategoryPlan:
    """A part of the total; ``weight`` in points of 100."""

    key: str
    title: Text
    weight: Decimal


@dataclass(frozen=True, slots=True)
class ItemPlan:
    """What earns points. ``kind`` is quiz, group or individual; the key is that of the quiz or assignment."""

    key: str
    category: str
    kind: str
    title: Text
    maximum: Decimal
    required: bool = True


@dataclass(frozen=True, slots=True)
class TierPlan:
    """A certificate that can be earned. ``completeness`` is all, more_than_half, or number (then ``number`` items)."""

    key: str
    title: Text
    minimum: Decimal
    completeness: str
    number: int | None = None


@dataclass(frozen=True, slots=True)
class GradingPlan:
    """The scheme that an edition starts with."""

    categories: tuple[CategoryPlan, ...]
    items: tuple[ItemPlan, ...]
    tiers: tuple[TierPlan, ...]


@dataclass(frozen=True, slots=True)
class CourseContent:
    """A whole course. The first of ``languages`` is its default."""

    slug: str
    languages: tuple[str, ...]
    title: Text
    summary: Text
    audience: Text
    methodology: Text
    learning_hours: int
    duration_days: int
    objectives: tuple[Text, ...]
    signatories: tuple[Signatory, ...]
    modules: tuple[Module, ...]
    grading: GradingPlan
    glossary: tuple[Term, ...] = ()
    agenda: tuple[SessionPlan, ...] = ()
    evaluation: SurveyPlan | None = None
    assignments: tuple[AssignmentPlan, ...] = ()

    def module(self, key: str) -> Module | None:
        """The module with a key, or ``None``."""
        return next((module for module in self.modules if module.key == key), None)

    def quizzes(self) -> Iterator[tuple[Module, QuizPlan]]:
        """Each module that has a quiz, with it."""
        return ((module, module.quiz) for module in self.modules if module.quiz is not None)
