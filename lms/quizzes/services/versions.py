"""Adds versions to questions, and keeps beside each question what its newest version is about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete

from lms.core.db import db
from lms.courses.documents import digest_of
from lms.quizzes.domain.bank import folded, tidy_category, tidy_tags
from lms.quizzes.models import Question, QuestionTag, QuestionVersion
from lms.quizzes.questions.editing import languages_of, texts_of
from lms.quizzes.questions.forms import FORMS

# They order the bank and belong to the question, not to what is asked: another word on it makes no new version.
_OF_THE_QUESTION = frozenset({"category", "tags"})


def asked_part(document: Mapping[str, Any]) -> dict[str, Any]:
    """What of a document is asked: without what only orders the bank."""
    return {name: value for name, value in document.items() if name not in _OF_THE_QUESTION}


def digest_of_question(document: Mapping[str, Any]) -> str:
    """The digest by which two versions of a question are the same."""
    return digest_of(asked_part(document))


def add_version(
    question: Question,
    number: int,
    document: Mapping[str, Any],
    *,
    origin: str,
    actor_id: int | None,
    now: datetime,
    note: str = "",
) -> QuestionVersion:
    """Add a version to a question and describe the question by it.

    Args:
        number: one more than the newest version's, 1 for the first.
        document: with its kind, as ``questions.to_document`` makes it.
        origin: ``pack``, ``browser`` or ``file``.
    """
    asked = asked_part(document)
    version = QuestionVersion(
        question=question,
        number=number,
        digest=digest_of(asked),
        document=asked,
        created_at=now,
        created_by_id=actor_id,
        origin=origin,
        note=note,
    )
    db.session.add(version)
    describe(question, asked)
    return version


def describe(question: Question, document: Mapping[str, Any]) -> None:
    """Keep beside the question in which languages it is whole, and the words by which it is found."""
    form = FORMS[document["kind"]]
    question.languages = f" {' '.join(languages_of(form, document))} "
    texts = [text for by_language in texts_of(form, document) for text in by_language.values()]
    question.search_text = folded("\n".join([question.key, *texts]))


def set_tags(question: Question, tags: Iterable[str]) -> None:
    """Give a question these tags and no others."""
    db.session.flush()
    db.session.execute(delete(QuestionTag).where(QuestionTag.question_id == question.id))
    db.session.add_all(QuestionTag(question_id=question.id, tag=tag) for tag in tidy_tags(tags))


def set_category(question: Question, category: str) -> None:
    """Put a question into a category, a path of words between slashes; empty for none."""
    question.category = tidy_category(category)
