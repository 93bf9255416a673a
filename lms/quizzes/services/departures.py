"""Puts what the bank says into a course that is exported.

Source: docs/rules.md#question-bank.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import select

from lms.core.db import db
from lms.courses.domain.content import CourseContent, Module
from lms.quizzes.domain.bank import pack_category, pack_tags
from lms.quizzes.models import Question, QuestionTag, QuestionVersion
from lms.quizzes.queries.bank import with_newest
from lms.quizzes.questions import from_document


def content_with_bank(course_id: int, content: CourseContent) -> tuple[CourseContent, Sequence[str]]:
    """The course with the newest version of each of its questions, and what it has no place for, in sentences."""
    tags: dict[int, tuple[str, ...]] = {}
    query = select(QuestionTag).join(Question, Question.id == QuestionTag.question_id)
    for one in db.session.scalars(query.where(Question.course_id == course_id).order_by(QuestionTag.tag)):
        tags[one.question_id] = (*tags.get(one.question_id, ()), one.tag)
    rows = db.session.execute(with_newest().where(Question.course_id == course_id)).all()
    bank = {question.key: _value(question, version, tags.get(question.id, ())) for question, version in rows}
    planned = {question.key: question for _module, plan in content.quizzes() for question in plan.questions}
    changed = sum(bank[key] != question for key, question in planned.items() if key in bank)
    left_out = [question.key for question, _version in rows if question.key not in planned and not question.archived_at]
    remarks = []
    if changed:
        remarks.append(f"Questions as the bank has them, not as in the release: {changed}.")
    if left_out:
        remarks.append(
            f"Questions of the bank that no quiz of the course asks, not in this pack: {', '.join(sorted(left_out))}. "
            "Export them from the bank."
        )
    modules = tuple(_with_questions(module, bank) for module in content.modules)
    return replace(content, modules=modules), remarks


def _value(question: Question, version: QuestionVersion, tags: tuple[str, ...]) -> Any:
    _kind, value = from_document(version.document)
    return replace(value, key=question.key, category=pack_category(question.category), tags=pack_tags(tags))


def _with_questions(module: Module, bank: Mapping[str, Any]) -> Module:
    if module.quiz is None:
        return module
    questions = tuple(bank.get(question.key, question) for question in module.quiz.questions)
    return replace(module, quiz=replace(module.quiz, questions=questions))
