"""Chooses which questions an edition's quiz asks, before anybody has started it.

Source: docs/rules.md#question-bank.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select

from lms.core.audit import record_event
from lms.core.db import db
from lms.core.errors import NotFound, RuleViolation
from lms.courses.permissions import Member, require_coordinating, require_running
from lms.quizzes.domain.bank import moved
from lms.quizzes.models import Attempt, Question, QuestionVersion, Quiz
from lms.quizzes.queries.bank import newest_number
from lms.quizzes.queries.pools import question_count

MOST_QUESTIONS = 200


def add_questions(actor: Member, quiz_key: str, question_keys: Sequence[str], *, now: datetime) -> int:
    """Add questions of the course's bank at the end of a quiz; those that it asks already are left out. Return how many.

    Raises:
        NotAllowed: unless the actor coordinates the edition.
        NotFound: if the edition has no such quiz, or the bank no such question.
        RuleViolation: if somebody has started the quiz, the edition is closed, or the quiz would get too long.
    """
    quiz = _hold_unstarted(actor, quiz_key)
    asked = _question_ids(quiz.question_version_ids)
    newest = [_newest(actor, key) for key in question_keys]
    added = [version.id for version in newest if version.question_id not in asked]
    if len(quiz.question_version_ids) + len(added) > MOST_QUESTIONS:
        raise RuleViolation(_("A quiz may have at most %(most)s questions. Nothing was changed.", most=MOST_QUESTIONS))
    if added:
        _compose(actor, quiz, [*quiz.question_version_ids, *added], now)
    return len(added)


def replace_question(actor: Member, quiz_key: str, position: int, question_key: str, *, now: datetime) -> None:
    """Ask another question of the bank in a place of the quiz. Raises as ``add_questions``."""
    quiz = _hold_unstarted(actor, quiz_key)
    ids = _with_position(quiz, position)
    version = _newest(actor, question_key)
    if version.question_id in _question_ids([*ids[: position - 1], *ids[position:]]):
        raise RuleViolation(_("The quiz asks this question already. Nothing was changed."))
    ids[position - 1] = version.id
    _compose(actor, quiz, ids, now)


def remove_question(actor: Member, quiz_key: str, position: int, *, now: datetime) -> None:
    """Ask one question less. Raises as ``add_questions``, and for the last one."""
    quiz = _hold_unstarted(actor, quiz_key)
    ids = _with_position(quiz, position)
    if question_count(quiz) == 1:
        raise RuleViolation(_("A quiz needs at least one question. Add another one first."))
    _compose(actor, quiz, [*ids[: position - 1], *ids[position:]], now)


def move_question(actor: Member, quiz_key: str, position: int, by: int, *, now: datetime) -> None:
    """Ask a question earlier (``by`` below 0) or later. Raises as ``add_questions``."""
    quiz = _hold_unstarted(actor, quiz_key)
    _compose(actor, quiz, moved(_with_position(quiz, position), position, by), now)


def ask_newest(actor: Member, quiz_key: str, position: int, *, now: datetime) -> None:
    """Ask the newest version of a question in attempts that start from now on, also after somebody has started.

    Raises:
        NotAllowed: unless the actor coordinates the edition.
        NotFound: if there is no such quiz, or no such place in it.
        RuleViolation: if the edition is closed.
    """
    quiz = _hold(actor, quiz_key)
    ids = _with_position(quiz, position)
    question_id = db.session.scalar(select(QuestionVersion.question_id).where(QuestionVersion.id == ids[position - 1]))
    query = select(QuestionVersion.id).where(QuestionVersion.question_id == question_id)
    ids[position - 1] = db.session.scalars(query.order_by(QuestionVersion.number.desc()).limit(1)).one()
    if ids != quiz.question_version_ids:
        quiz.question_version_ids = ids
        _record("quiz asks newest version", actor, quiz, now, position=position)


def _hold(actor: Member, quiz_key: str) -> Quiz:
    """The quiz of an edition that runs, held until this transaction ends."""
    require_coordinating(actor)
    query = select(Quiz).where(Quiz.edition_id == actor.edition.id, Quiz.key == quiz_key).with_for_update()
    quiz = db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if quiz is None:
        raise NotFound
    require_running(actor.edition)
    return quiz


def _hold_unstarted(actor: Member, quiz_key: str) -> Quiz:
    quiz = _hold(actor, quiz_key)
    if db.session.scalar(select(Attempt.id).where(Attempt.quiz_id == quiz.id).limit(1)) is not None:
        raise RuleViolation(
            _(
                "Somebody has started this quiz, so its questions stay as they are: everybody is to be asked the same. Nothing was changed."
            )
        )
    return quiz


def _with_position(quiz: Quiz, position: int) -> list[int]:
    """The quiz's list, to be changed; raises NotFound if it has no such place."""
    ids = list(quiz.question_version_ids)
    if not 1 <= position <= len(ids):
        raise NotFound(_("The quiz has no question there any more. Look at its list again."))
    return ids


def _question_ids(version_ids: Sequence[int]) -> set[int]:
    return set(db.session.scalars(select(QuestionVersion.question_id).where(QuestionVersion.id.in_(version_ids))))


def _newest(actor: Member, question_key: str) -> QuestionVersion:
    version = db.session.scalars(
        select(QuestionVersion)
        .join(Question, Question.id == QuestionVersion.question_id)
        .where(
            Question.course_id == actor.edition.course_id,
            Question.key == question_key,
            QuestionVersion.number == newest_number(),
        )
    ).one_or_none()
    if version is None:
        raise NotFound(_("The bank has no such question any more."))
    return version


def _compose(actor: Member, quiz: Quiz, ids: list[int], now: datetime) -> None:
    before = list(quiz.question_version_ids)
    quiz.question_version_ids = ids
    quiz.is_composed = True
    _record("quiz composed", actor, quiz, now, before=before, after=ids)


def _record(action: str, actor: Member, quiz: Quiz, now: datetime, **details: object) -> None:
    record_event(
        action,
        now=now,
        actor_id=actor.person.id,
        edition_id=actor.edition.id,
        subject_type="quiz",
        subject_id=quiz.id,
        quiz=quiz.key,
        **details,
    )
