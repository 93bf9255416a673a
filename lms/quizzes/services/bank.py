"""Brings the questions of a release into the bank, and gives editions their quizzes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from lms.core.db import db
from lms.courses.documents import course_from_document, digest_of
from lms.courses.domain.content import CourseContent, Module, QuizPlan
from lms.courses.models import CourseRelease, Edition
from lms.quizzes.models import Question, QuestionVersion, Quiz
from lms.quizzes.questions import kind_of, to_document


def sync_bank(release: CourseRelease, now: datetime) -> None:
    """Bring the release's questions into the bank.

    A question gets a new version only if its text, options or key changed. One that the release no longer has is
    archived, never deleted: what was sat under it can still be read. Editions of the course that are not closed ask
    the new versions in attempts that start from now on; attempts that run keep theirs.
    """
    content = course_from_document(release.document)  # not from the cache: the import may still be rolled back
    version_ids = _store_questions(release, content, now)
    open_quizzes = db.session.scalars(
        select(Quiz)
        .join(Edition, Edition.id == Quiz.edition_id)
        .where(Edition.course_id == release.course_id, Edition.closed_at.is_(None))
    ).all()
    plans = {plan.key: plan for _module, plan in content.quizzes()}
    for quiz in open_quizzes:
        if quiz.key in plans:
            quiz.question_version_ids = _pinned(plans[quiz.key], version_ids)
    db.session.flush()


def _store_questions(release: CourseRelease, content: CourseContent, now: datetime) -> dict[str, int]:
    """Add what is new or changed; return the current version's id by question key."""
    bank = {
        question.key: question
        for question in db.session.scalars(select(Question).where(Question.course_id == release.course_id))
    }
    current = _current_versions(release.course_id)
    planned = {question.key: question for _module, plan in content.quizzes() for question in plan.questions}
    added = []
    for key, plan in planned.items():
        kind = kind_of(plan).kind
        question = bank.get(key)
        if question is None:
            question = bank[key] = Question(course_id=release.course_id, key=key, kind=kind)
            db.session.add(question)
        question.kind, question.category, question.archived_at = kind, plan.category, None
        document = to_document(plan)
        digest = digest_of(document)
        number, known_digest = current[key][1:] if key in current else (0, "")
        if digest != known_digest:
            added.append(_new_version(question, number + 1, digest, document, release, now))
    for key in bank.keys() - planned.keys():
        bank[key].archived_at = bank[key].archived_at or now
    db.session.add_all(added)
    db.session.flush()
    ids = {key: version_id for key, (version_id, _number, _digest) in current.items()}
    return ids | {version.question.key: version.id for version in added}


def _new_version(
    question: Question, number: int, digest: str, document: dict[str, Any], release: CourseRelease, now: datetime
) -> QuestionVersion:
    return QuestionVersion(
        question=question,
        number=number,
        digest=digest,
        document=document,
        created_at=now,
        created_by_id=release.imported_by_id,
    )


def _current_versions(course_id: int) -> dict[str, tuple[int, int, str]]:
    """Id, number and digest of each question's newest version, by the question's key."""
    rows = db.session.execute(
        select(Question.key, QuestionVersion.id, QuestionVersion.number, QuestionVersion.digest)
        .join(Question, Question.id == QuestionVersion.question_id)
        .where(Question.course_id == course_id)
        .order_by(QuestionVersion.number)
    )
    return {key: (version_id, number, digest) for key, version_id, number, digest in rows}


def create_quizzes(edition: Edition, release: CourseRelease, now: datetime) -> None:
    """Give a new edition the quizzes of its release, with its dates and the bank's current versions."""
    content = course_from_document(release.document)
    version_ids = {key: found[0] for key, found in _current_versions(release.course_id).items()}
    for module, plan in content.quizzes():
        db.session.add(_quiz(edition, module, plan, version_ids))
    db.session.flush()


def _quiz(edition: Edition, module: Module, plan: QuizPlan, version_ids: Mapping[str, int]) -> Quiz:
    return Quiz(
        edition_id=edition.id,
        key=plan.key,
        item_key=plan.key,
        module_key=module.key,
        title=dict(plan.title),
        opens_at=plan.opens.on(edition.starts_on, edition.time_zone),
        closes_at=plan.closes.on(edition.starts_on, edition.time_zone),
        time_limit_minutes=plan.time_limit_minutes,
        attempts_allowed=plan.attempts,
        counting=plan.counting,
        review=plan.review,
        shuffle_options=plan.shuffle_options,
        question_version_ids=_pinned(plan, version_ids),
    )


def _pinned(plan: QuizPlan, version_ids: Mapping[str, int]) -> list[int]:
    return [version_ids[question.key] for question in plan.questions]
