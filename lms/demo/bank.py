"""What a coordinator of the demonstration wrote in the question bank: other types of question, and a better wording."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from lms.accounts.models import Person
from lms.core.db import db
from lms.courses.domain.content import CourseContent
from lms.courses.models import Course
from lms.quizzes.models import Question, QuestionVersion
from lms.quizzes.permissions import Author
from lms.quizzes.services import authoring
from lms.quizzes.services.authoring import Written

COORDINATOR = "a.dembele@centre-formation.example"
IMPROVED = "m4-q04"
ADDED = {"en": " Choose the earliest moment that helps.", "fr": " Choisissez le premier moment utile."}
QUESTIONS: tuple[tuple[str, tuple[str, ...], dict[str, Any]], ...] = (
    (
        "concepts/dimensions",
        ("structures",),
        {
            "kind": "matching",
            "stem": {
                "en": "Which level of reintegration does each action belong to?",
                "fr": "À quel niveau de la réintégration appartient chaque action ?",
            },
            "pairs": [
                {
                    "key": "a",
                    "left": {"en": "A loan for a returnee’s workshop", "fr": "Un prêt pour l’atelier d’une personne retournée"},
                    "right": {"en": "The person", "fr": "La personne"},
                },
                {
                    "key": "b",
                    "left": {"en": "A well that residents and returnees share", "fr": "Un puits que partagent habitants et personnes retournées"},
                    "right": {"en": "The community", "fr": "La communauté"},
                },
                {
                    "key": "c",
                    "left": {"en": "A law that recognises skills learned abroad", "fr": "Une loi qui reconnaît les compétences acquises à l’étranger"},
                    "right": {"en": "The structures", "fr": "Les structures"},
                },
            ],
            "marking": "proportional",
        },
    ),
    (
        "practice/reading-figures",
        ("figures",),
        {
            "kind": "numerical",
            "stem": {
                "en": "Invented figures: 60 people finished a course that cost 30,000; 20 of them are in work a year later. What did one person in work cost?",
                "fr": "Chiffres inventés : 60 personnes ont terminé un cours qui a coûté 30 000 ; 20 d’entre elles travaillent un an plus tard. Combien a coûté une personne en emploi ?",
            },
            "answers": [
                {"key": "a", "value": "1500"},
                {
                    "key": "b",
                    "value": "500",
                    "fraction": "0",
                    "feedback": {
                        "en": "That is the cost of one person trained, not of one in work.",
                        "fr": "C’est le coût d’une personne formée, non d’une personne en emploi.",
                    },
                },
            ],
        },
    ),
    (
        "principles/process",
        (),
        {
            "kind": "ordering",
            "stem": {
                "en": "A new case begins. Put the steps in order.",
                "fr": "Un nouveau dossier s’ouvre. Mettez les étapes dans l’ordre.",
            },
            "items": [
                {"key": "a", "text": {"en": "Listen, and ask for consent", "fr": "Écouter, et demander le consentement"}},
                {"key": "b", "text": {"en": "Write a plan together", "fr": "Écrire un plan ensemble"}},
                {"key": "c", "text": {"en": "Refer to services and follow up", "fr": "Orienter vers des services et suivre"}},
                {"key": "d", "text": {"en": "Agree on when help ends", "fr": "Convenir de la fin de l’aide"}},
            ],
        },
    ),
    (
        "concepts/definitions",
        ("readmission",),
        {
            "kind": "short_text",
            "stem": {"en": "What is the act called by which a State takes back its own nationals?"},
            "answers": [{"key": "a", "accepted": {"en": ["readmission"], "fr": ["réadmission", "la réadmission"]}}],
            "ignore_accents": True,
        },
    ),
)  # fmt: skip


def write_questions(content: CourseContent, now: datetime) -> None:
    """Let the coordinator add four questions that no quiz asks yet, and put one of a coming quiz better."""
    coordinator = db.session.scalars(select(Person).where(Person.email == COORDINATOR)).one()
    course = db.session.scalars(select(Course).where(Course.slug == content.slug)).one()
    author = Author(coordinator, course, tuple(content.languages))
    for days, (category, tags, document) in enumerate(QUESTIONS, start=2):
        authoring.create_question(author, Written(document, category, tags), now=now - timedelta(days=days))
    _improve(author, now - timedelta(days=1))


def _improve(author: Author, now: datetime) -> None:
    question = db.session.scalars(
        select(Question).where(Question.course_id == author.course.id, Question.key == IMPROVED)
    ).one()
    newest = db.session.scalars(
        select(QuestionVersion)
        .where(QuestionVersion.question_id == question.id)
        .order_by(QuestionVersion.number.desc())
        .limit(1)
    ).one()
    stem = {code: f"{text}{ADDED.get(code, '')}" for code, text in newest.document["stem"].items()}
    authoring.save_question(
        author,
        IMPROVED,
        Written(
            {**newest.document, "stem": stem},
            question.category,
            ("consulates",),
            "Two readers asked what “begin” means.",
        ),
        revision=question.revision,
        is_for_open_editions=True,
        now=now,
    )
