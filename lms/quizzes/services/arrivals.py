"""Brings the questions of a release into the bank, without overwriting what was written in the browser.

Source: docs/rules.md#question-bank.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select

from lms.core.db import db
from lms.courses.documents import course_from_document
from lms.courses.domain.content import CourseContent, QuizPlan
from lms.courses.models import CourseRelease, Edition
from lms.quizzes.domain.bank import Arrival, arrival_of, pack_category, pack_tags
from lms.quizzes.models import Question, QuestionTag, QuestionVersion, Quiz
from lms.quizzes.questions import kind_of, to_document
from lms.quizzes.services.bank import current_versions
from lms.quizzes.services.versions import add_version, digest_of_question, set_category, set_tags


@dataclass(slots=True)
class _Import:
    """What an import of questions found: ids of newest versions by key, keys that changed, keys by what became of them."""

    version_ids: dict[str, int] = field(default_factory=dict)
    changed: set[str] = field(default_factory=set)
    kept: list[str] = field(default_factory=list)
    conflicts: list[str] = field(default_factory=list)
    still_archived: list[str] = field(default_factory=list)


def sync_bank(release: CourseRelease, now: datetime) -> list[str]:
    """Bring the release's questions into the bank; return what the importer must know, in sentences.

    A question gets a new version only if what it asks changed. One that was written in the browser stays as it is. One
    that the release no longer has is archived, never deleted: what was sat under it can still be read. Editions of the
    course that are not closed ask the new versions in attempts that start from now on; attempts that run keep theirs.
    """
    content = course_from_document(release.document)  # not from the cache: the import may still be rolled back
    found = _store_questions(release, content, now)
    composed = _move_quizzes(release, content, found)
    db.session.flush()
    return _sentences(found, composed)


def _store_questions(release: CourseRelease, content: CourseContent, now: datetime) -> _Import:
    """Add what is new or changed."""
    questions = db.session.scalars(select(Question).where(Question.course_id == release.course_id))
    bank = {question.key: question for question in questions}
    current = current_versions(release.course_id)
    planned = {question.key: question for _module, plan in content.quizzes() for question in plan.questions}
    found = _Import({key: one.version_id for key, one in current.items()})
    tags = _tags_of(release.course_id)
    added: dict[str, QuestionVersion] = {}
    for key, plan in planned.items():
        question, document = bank.get(key), to_document(plan)
        digest = digest_of_question(document)
        if question is None:
            question = Question(course_id=release.course_id, key=key, kind=kind_of(plan).kind)
            db.session.add(question)
            arrival, number = Arrival.FOLLOW, 1
        else:
            newest = current[key]
            arrival = arrival_of(newest=newest.digest, followed=question.pack_digest, arriving=digest)
            number = newest.number + 1
        _restore(question, found)
        if arrival in (Arrival.KEPT, Arrival.CONFLICT):
            (found.kept if arrival is Arrival.KEPT else found.conflicts).append(key)
            continue
        question.pack_digest = digest
        _order(question, plan, tags[question.id])
        if arrival is Arrival.FOLLOW:
            question.kind = document["kind"]
            added[key] = add_version(
                question, number, document, origin="pack", actor_id=release.imported_by_id, now=now
            )
    for key in bank.keys() - planned.keys():
        if bank[key].pack_digest is not None:  # what was written in the browser was never the pack's to remove
            bank[key].archived_at = bank[key].archived_at or now
    db.session.flush()
    found.version_ids |= {key: version.id for key, version in added.items()}
    found.changed = set(added)
    return found


def _tags_of(course_id: int) -> defaultdict[int | None, frozenset[str]]:
    """The tags of a course's questions by their ids; none for a question that is new."""
    query = select(QuestionTag).join(Question, Question.id == QuestionTag.question_id)
    found: defaultdict[int | None, frozenset[str]] = defaultdict(frozenset)
    for one in db.session.scalars(query.where(Question.course_id == course_id)):
        found[one.question_id] |= {one.tag}
    return found


def _restore(question: Question, found: _Import) -> None:
    """A question that the pack has again is offered again, unless a person put it away."""
    if question.is_archived_by_hand:
        found.still_archived.append(question.key)
    else:
        question.archived_at = None


def _order(question: Question, plan: Any, tags: frozenset[str]) -> None:
    """Category and tags as the pack has them, where it has any: it does not take away what was given in the browser.

    What it says differently only because a pack holds fewer letters stays as it was typed.
    """
    if plan.category and plan.category != pack_category(question.category or ""):
        set_category(question, plan.category)
    if plan.tags and tuple(sorted(plan.tags)) != pack_tags(tags):
        set_tags(question, plan.tags)


def _move_quizzes(release: CourseRelease, content: CourseContent, found: _Import) -> list[str]:
    """Let quizzes of editions that are not closed ask what is new; return those whose questions were chosen by hand."""
    rows = db.session.execute(
        select(Quiz, Edition.code)
        .join(Edition, Edition.id == Quiz.edition_id)
        .where(Edition.course_id == release.course_id, Edition.closed_at.is_(None))
        .order_by(Edition.code, Quiz.key)
    ).all()
    plans = {plan.key: plan for _module, plan in content.quizzes()}
    keys = _keys_of([quiz for quiz, _code in rows])
    composed = []
    for quiz, code in rows:
        if quiz.is_composed:
            composed.append(f"{code} {quiz.key}")
            quiz.question_version_ids = [
                found.version_ids[keys[one]] if keys[one] in found.changed else one for one in quiz.question_version_ids
            ]
        elif quiz.key in plans:
            quiz.question_version_ids = _pins(plans[quiz.key], quiz, keys, found)
    return composed


def _keys_of(quizzes: Sequence[Quiz]) -> dict[int, str]:
    """The question's key of every version that the quizzes ask."""
    ids = {version_id for quiz in quizzes for version_id in quiz.question_version_ids}
    query = (
        select(QuestionVersion.id, Question.key)
        .join(Question, Question.id == QuestionVersion.question_id)
        .where(QuestionVersion.id.in_(ids))
    )
    return {row.id: row.key for row in db.session.execute(query)}


def _pins(plan: QuizPlan, quiz: Quiz, keys: Mapping[int, str], found: _Import) -> list[int]:
    """The plan's questions; one that did not change keeps the version that this quiz asks, chosen when it was edited."""
    asked = {keys[version_id]: version_id for version_id in quiz.question_version_ids}
    return [
        found.version_ids[question.key]
        if question.key in found.changed
        else asked.get(question.key, found.version_ids[question.key])
        for question in plan.questions
    ]


def _sentences(found: _Import, composed: Sequence[str]) -> list[str]:
    told = [
        ("changed in the pack and in the browser; the browser’s version stays, choose on its page", found.conflicts),
        ("written in the browser, and stays as it is", found.kept),
        ("archived by hand, and stays archived", found.still_archived),
    ]
    sentences = [f"question {key}: {what}." for what, keys in told for key in keys]
    sentences += [
        f"quiz {name}: put together in the browser, so the pack’s list of its questions was not used."
        for name in composed
    ]
    return sentences
