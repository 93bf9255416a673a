"""A course as its pack describes it: immutable values, the same for checking, importing, showing and exporting.

Format: docs/course-packs.md. A ``Text`` maps language codes to strings; ``und`` holds one that is the same in every
language.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from lms.courses.domain.schedule import Moment

Text = Mapping[str, str]
# Accepted wordings by language; ``und`` holds those of no language, such as a name.
Wordings = Mapping[str, tuple[str, ...]]


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


class Question(Protocol):
    """What questions of every kind have in common; each kind is a value of its own (lms/courses/questions.py).

    ``feedback`` is for everybody, whatever they answered. A slash in ``category`` leads to a part of it.
    """

    @property
    def key(self) -> str:
        """Unique in the whole course."""

    @property
    def stem(self) -> Text:
        """The question itself."""

    @property
    def feedback(self) -> Text | None: ...

    @property
    def category(self) -> str: ...

    @property
    def tags(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True)
class DrawPlan:
    """So many questions of a category, drawn anew for each attempt."""

    category: str
    count: int


@dataclass(frozen=True, slots=True)
class QuizPlan:
    """A quiz. ``counting`` is best, last or first; ``review`` is at_once, after_submit, after_close or never.

    Questions of a category in ``draws`` are not asked of everybody: each attempt draws some of the course's.
    """

    key: str
    title: Text
    opens: Moment
    closes: Moment
    questions: tuple[Question, ...]
    attempts: int = 1
    counting: str = "best"
    time_limit_minutes: int | None = None
    review: str = "after_submit"
    shuffle_options: bool = True
    shuffle_questions: bool = False
    draws: tuple[DrawPlan, ...] = ()


@dataclass(frozen=True, slots=True)
class Module:
    """A week's work. ``after`` holds keys of earlier modules whose lessons must be done before this one is read."""

    key: str
    title: Text
    summary: Text
    opens: Moment
    objectives: tuple[Text, ...]
    lessons: tuple[Lesson, ...]
    reading: tuple[Reading, ...] = ()
    quiz: QuizPlan | None = None
    after: tuple[str, ...] = ()

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
class LatePolicy:
    """What becomes of work after its deadline.

    ``policy`` is accept (shown as late), penalty (costs ``per_day`` for each day that has begun) or closed. ``unit`` says
    whether ``per_day`` and ``maximum``, the most that lateness costs, are points or percent of the item's maximum.
    Nothing is taken more than ``days`` days after the deadline; ``None`` sets no end.
    """

    policy: str = "accept"
    per_day: Decimal = Decimal(0)
    unit: str = "points"
    maximum: Decimal | None = None
    days: int | None = None


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
class PeerCriterion:
    """One thing that a group says of another's work."""

    key: str
    title: Text


@dataclass(frozen=True, slots=True)
class PeerPlan:
    """Groups review each other's work by three to five criteria, each on the same ``scale``, lowest step first.

    ``contribution``: the members of a group rate each other's share in confidence. ``item`` is the grade item that
    the reviews fill; without one they earn nothing.
    """

    opens: Moment
    closes: Moment
    scale: tuple[Text, ...]
    criteria: tuple[PeerCriterion, ...]
    reviews: int = 2
    contribution: bool = True
    item: str = ""


@dataclass(frozen=True, slots=True)
class AssignmentPlan:
    """Group work or an individual assignment.

    ``texts`` and ``files`` say how it may be handed in, ``similarity`` whether staff may compare what was handed in.
    """

    key: str
    kind: str
    title: Text
    brief: Text
    opens: Moment
    due: Moment
    deliverables: tuple[Deliverable, ...]
    rubric: tuple[Criterion, ...]
    late: LatePolicy = LatePolicy()
    words: WordRange | None = None
    files: bool = False
    profiles: tuple[Profile, ...] = ()
    profiles_per_group: int = 0
    peer: PeerPlan | None = None
    texts: bool = True
    similarity: bool = False


@dataclass(frozen=True, slots=True)
class CategoryPlan:
    """A part of the total; ``weight`` in points of 100."""

    key: str
    title: Text
    weight: Decimal


@dataclass(frozen=True, slots=True)
class ItemPlan:
    """What earns points. ``kind`` is quiz, group, individual or peer; the key is that of what fills it."""

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
