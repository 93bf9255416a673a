"""One question of every type, as an author would write it, and a quiz that asks them all."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from sqlalchemy import select

from lms.core.db import db
from lms.courses.documents import digest_of
from lms.quizzes.models import Question, QuestionVersion, Quiz
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
    kind_of,
    to_document,
)
from tests.factories import both

SINGLE = ChoiceQuestion(
    "s-single",
    both("Which return is voluntary?"),
    (
        Option("free", both("One decided freely and with knowledge"), both("Yes: free and informed."), True),
        Option("paid", both("One that is paid for"), both("Money alone does not make it free.")),
    ),
)
MULTIPLE = MultipleChoiceQuestion(
    "s-multiple",
    both("Which are dimensions of reintegration?"),
    (
        Option("economic", both("Economic"), both("Yes, a livelihood."), True),
        Option("social", both("Social"), both("Yes, a place among people."), True),
        Option("police", both("Criminal"), both("No such dimension.")),
        Option("tax", both("Fiscal"), both("No, that is the state's.")),
    ),
    "proportional",
    both("There is a third one: psychosocial."),
)
STATEMENT = TrueFalseQuestion(
    "s-statement",
    both("Every return is followed by assistance."),
    False,
    both("Many return without any."),
    both("Right, many return without any."),
)
MATCHING = MatchingQuestion(
    "s-matching",
    both("Who does what?"),
    (
        Pair("labour", both("Labour office"), both("Finds work"), both("It keeps the register of vacancies.")),
        Pair("clinic", both("Health centre"), both("Treats"), both("It refers too.")),
        Pair("school", both("Vocational school"), both("Trains")),
    ),
    (Distractor("nobody", both("Issues visas")),),
    "proportional",
)
ORDERING = OrderingQuestion(
    "s-ordering",
    both("Put the steps in order."),
    (
        Item("counsel", both("Counselling"), both("It comes first.")),
        Item("plan", both("Reintegration plan")),
        Item("start", both("Starting a business")),
        Item("follow", both("Follow-up visit"), both("It comes last.")),
    ),
    "proportional",
)
NUMBER = NumericalQuestion(
    "s-number",
    both("How far is it?"),
    (
        NumericalAnswer("exact", Decimal("1250.5"), Decimal("0.5"), feedback=both("Measured well.")),
        NumericalAnswer("round", Decimal(1200), Decimal(0), Fraction(1, 2), both("Nearly.")),
    ),
    (Unit("km"), Unit("m", Decimal("0.001"))),
)
SHORT = ShortTextQuestion(
    "s-short",
    both("What is going back of one's own will called?"),
    (
        ShortAnswer("full", {"en": ("voluntary return",), "fr": ("retour volontaire",)}, feedback=both("Yes.")),
        ShortAnswer("part", {"en": ("return",), "fr": ("retour",)}, Fraction(1, 2), both("Which return?")),
    ),
)
SAMPLES: tuple[Any, ...] = (SINGLE, MULTIPLE, STATEMENT, MATCHING, ORDERING, NUMBER, SHORT)


def ask_all(quiz: Quiz, course_id: int, now: datetime, samples: tuple[Any, ...] = SAMPLES) -> Quiz:
    """Let new attempts at a quiz ask these questions instead of its own."""
    ids = []
    for sample in samples:
        question = Question(course_id=course_id, key=sample.key, kind=kind_of(sample).kind)
        document = to_document(sample)
        version = QuestionVersion(
            question=question, number=1, digest=digest_of(document), document=document, created_at=now
        )
        db.session.add_all([question, version])
        db.session.flush()
        ids.append(version.id)
    quiz.question_version_ids = ids
    db.session.flush()
    return quiz


def ask_all_in(edition_id: int, course_id: int, key: str, now: datetime) -> Quiz:
    """The same for the quiz of an edition."""
    quiz = db.session.scalars(select(Quiz).where(Quiz.edition_id == edition_id, Quiz.key == key)).one()
    return ask_all(quiz, course_id, now)
