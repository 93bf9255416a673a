"""Writes questions in the browser: making, changing, copying, putting away; what a change means for running editions.

Source: docs/rules.md#question-bank.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import delete, select

from lms.core.audit import record_event
from lms.core.db import db
from lms.core.errors import NotFound, RuleViolation
from lms.courses.models import Course, Edition
from lms.quizzes.models import Question, QuestionTag, QuestionVersion, Quiz
from lms.quizzes.permissions import Author, own_editions, require_keeping
from lms.quizzes.queries.bank import newest_number
from lms.quizzes.queries.question import find_in_pack, was_asked
from lms.quizzes.questions import from_document, to_document
from lms.quizzes.services.versions import add_version, digest_of_question, set_category, set_tags


@dataclass(frozen=True, slots=True)
class Written:
    """What an author wrote: the question's own document with its kind, without its key, and how the bank orders it."""

    document: Mapping[str, Any]
    category: str = ""
    tags: Sequence[str] = ()
    note: str = ""


class Overtaken(RuleViolation):
    """Somebody else changed the question since the form was opened. ``version`` is what it says now."""

    def __init__(self, message: str, version: QuestionVersion, revision: int) -> None:
        super().__init__(message)
        self.version = version
        self.revision = revision


@dataclass(frozen=True, slots=True)
class Outcome:
    """What saving did. ``quizzes`` are the quizzes that ask the new version from now on; none is made without a change."""

    question: Question
    version: QuestionVersion
    is_new_version: bool
    quizzes: int = 0


def create_question(actor: Author, written: Written, *, now: datetime, origin: str = "browser") -> Question:
    """Add a question to the bank, with a key of its own.

    Raises:
        NotAllowed: unless the actor keeps the bank.
    """
    require_keeping(actor)
    question = Question(course_id=actor.course.id, key=_free_key(actor.course), kind=written.document["kind"])
    db.session.add(question)
    document = _canonical(written.document, question.key)
    _arrange(question, written)
    version = add_version(question, 1, document, origin=origin, actor_id=actor.person.id, now=now, note=written.note)
    db.session.flush()
    _record("question added", actor, question, now, version=version.number, origin=origin)
    return question


def _free_key(course: Course) -> str:
    """``own-1``, ``own-2`` …: no pack's key, and none that the course had before. Holds the course until the end."""
    db.session.execute(select(Course.id).where(Course.id == course.id).with_for_update())
    taken = db.session.scalars(select(Question.key).where(Question.course_id == course.id, Question.key.like("own-%")))
    numbers = [int(key[4:]) for key in taken if key[4:].isdigit()]
    return f"own-{max(numbers, default=0) + 1}"


def _canonical(document: Mapping[str, Any], key: str) -> dict[str, Any]:
    """The document as a pack's question of the same words would give it: defaults left out, numbers in one form."""
    _kind, content = from_document({**document, "key": key})
    canonical: dict[str, Any] = to_document(content)
    return canonical


def _arrange(question: Question, written: Written) -> None:
    set_category(question, written.category)
    db.session.flush()
    set_tags(question, written.tags)


def save_question(
    actor: Author, key: str, written: Written, *, revision: int, is_for_open_editions: bool, now: datetime
) -> Outcome:
    """Change a question: a new version if what it asks changed, none if only its category or tags did.

    Args:
        revision: the question's when the form was opened; two who edit at once notice each other by it.
        is_for_open_editions: whether the quizzes of the actor's open editions ask the new version in attempts that start
            from now on. Otherwise only editions made from now on do.

    Raises:
        NotAllowed: unless the actor keeps the bank.
        NotFound: if the course has no such question.
        Overtaken: if somebody changed it since.
    """
    question = _hold(actor, key)
    newest = _newest(question)
    if question.revision != revision:
        raise Overtaken(_("Somebody changed this question while you were writing."), newest, question.revision)
    document = _canonical(written.document, question.key)
    is_new = digest_of_question(document) != newest.digest
    question.revision += 1
    _arrange(question, written)
    version, quizzes = newest, 0
    if is_new:
        version = _add(actor, question, newest, document, now, written.note)
        quizzes = ask_version(actor, version) if is_for_open_editions else 0
    _record("question changed", actor, question, now, version=version.number, is_new_version=is_new, quizzes=quizzes)
    return Outcome(question, version, is_new, quizzes)


def _add(
    actor: Author,
    question: Question,
    newest: QuestionVersion,
    document: Mapping[str, Any],
    now: datetime,
    note: str = "",
) -> QuestionVersion:
    version = add_version(
        question, newest.number + 1, document, origin="browser", actor_id=actor.person.id, now=now, note=note
    )
    db.session.flush()
    return version


def ask_version(actor: Author, version: QuestionVersion) -> int:
    """Let the quizzes of the actor's open editions ask this version instead of the question's older ones; return how many.

    Attempts that run, and those that are finished, keep the version that they were sat under.
    """
    older = set(
        db.session.scalars(select(QuestionVersion.id).where(QuestionVersion.question_id == version.question_id))
    )
    quizzes = db.session.scalars(
        select(Quiz)
        .join(Edition, Edition.id == Quiz.edition_id)
        .where(Edition.closed_at.is_(None), own_editions(actor))
    )
    changed = 0
    for quiz in quizzes:
        ids = [version.id if one in older else one for one in quiz.question_version_ids]
        if ids != quiz.question_version_ids:
            quiz.question_version_ids = ids
            changed += 1
    db.session.flush()
    return changed


def archive_question(actor: Author, key: str, *, now: datetime) -> Question:
    """Put a question away: quizzes that ask it go on, and nothing new is made with it. Again, it changes nothing.

    Raises:
        NotAllowed: unless the actor keeps the bank.
        NotFound: if the course has no such question.
    """
    question = _hold(actor, key)
    if question.archived_at is None:
        question.archived_at, question.is_archived_by_hand = now, True
        _record("question archived", actor, question, now)
    return question


def restore_question(actor: Author, key: str, *, now: datetime) -> Question:
    """Offer an archived question again. Raises as ``archive_question``."""
    question = _hold(actor, key)
    if question.archived_at is not None:
        question.archived_at, question.is_archived_by_hand = None, False
        _record("question restored", actor, question, now)
    return question


def delete_question(actor: Author, key: str, *, now: datetime) -> None:
    """Delete a question that was written here by mistake.

    Raises:
        NotAllowed: unless the actor keeps the bank.
        NotFound: if the course has no such question.
        RuleViolation: if it comes from the course's pack, or was ever asked.
    """
    question = _hold(actor, key)
    if question.pack_digest is not None:
        raise RuleViolation(_("This question comes from the course itself. Archive it instead; nothing was deleted."))
    if was_asked(question):
        raise RuleViolation(
            _("A quiz asks or asked this question, so it stays on record. Archive it instead; nothing was deleted.")
        )
    _record("question deleted", actor, question, now, document=_newest(question).document)
    db.session.execute(delete(QuestionVersion).where(QuestionVersion.question_id == question.id))
    db.session.delete(question)
    db.session.flush()


def duplicate_question(actor: Author, key: str, *, now: datetime) -> Question:
    """Add a question that says the same, to be changed into another. Raises as ``archive_question``."""
    question = _hold(actor, key)
    tags = _tags(question)
    return create_question(
        actor,
        Written(_newest(question).document, question.category, tags, _("Copy of %(key)s", key=question.key)),
        now=now,
    )


def _tags(question: Question) -> list[str]:
    return list(db.session.scalars(select(QuestionTag.tag).where(QuestionTag.question_id == question.id)))


def take_pack_version(actor: Author, key: str, *, is_for_open_editions: bool, now: datetime) -> Outcome:
    """Make what the course's pack says the newest version, after it was changed here; the words of here stay on record.

    Raises:
        NotAllowed, NotFound: as ``archive_question``.
        RuleViolation: if the pack has no such question, or says the same.
    """
    question, document = _hold_with_pack(actor, key)
    newest = _newest(question)
    question.revision += 1
    question.kind = document["kind"]
    question.pack_digest = digest_of_question(document)
    note = _("As the course has it")
    version = add_version(
        question, newest.number + 1, document, origin="pack", actor_id=actor.person.id, now=now, note=note
    )
    db.session.flush()
    quizzes = ask_version(actor, version) if is_for_open_editions else 0
    _record("question taken from pack", actor, question, now, version=version.number, quizzes=quizzes)
    return Outcome(question, version, True, quizzes)


def keep_own_version(actor: Author, key: str, *, now: datetime) -> Question:
    """Decide that what was written here stays, whatever the pack says until it changes again. Raises as above."""
    question, document = _hold_with_pack(actor, key)
    question.pack_digest = digest_of_question(document)
    question.revision += 1
    _record("question kept", actor, question, now, version=_newest(question).number)
    return question


def _hold_with_pack(actor: Author, key: str) -> tuple[Question, dict[str, Any]]:
    question = _hold(actor, key)
    plan = find_in_pack(question)
    document = None if plan is None else to_document(plan)
    if document is None or digest_of_question(document) == _newest(question).digest:
        raise RuleViolation(_("The course has nothing else to say about this question. Nothing was changed."))
    return question, document


def _hold(actor: Author, key: str) -> Question:
    """The question, held until this transaction ends."""
    require_keeping(actor)
    question = db.session.scalars(
        select(Question)
        .where(Question.course_id == actor.course.id, Question.key == key)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if question is None:
        raise NotFound
    return question


def _newest(question: Question) -> QuestionVersion:
    return db.session.scalars(
        select(QuestionVersion)
        .join(Question, Question.id == QuestionVersion.question_id)
        .where(Question.id == question.id, QuestionVersion.number == newest_number())
    ).one()


def _record(action: str, actor: Author, question: Question, now: datetime, **details: Any) -> None:
    record_event(
        action,
        now=now,
        actor_id=actor.person.id,
        subject_type="question",
        subject_id=question.id,
        key=question.key,
        course=actor.course.slug,
        **details,
    )
