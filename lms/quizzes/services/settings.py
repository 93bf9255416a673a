"""The settings of a quiz, changed by its coordinator."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy import delete, insert, select

from lms.core.audit import record_event
from lms.core.db import db
from lms.core.errors import NotFound, RuleViolation
from lms.core.i18n import localise
from lms.courses.models import Edition
from lms.courses.permissions import Member, require_coordinating, require_running
from lms.grading.queries.groups import group_names
from lms.grading.services import post_deadline
from lms.quizzes.domain import PRESETS, Fault, Settings, draws_from, faults_of
from lms.quizzes.models import Attempt, Quiz, QuizGroup
from lms.quizzes.queries.pools import pools_of, without_categories
from lms.quizzes.wording import fault_sentence


def settings_of(quiz: Quiz) -> Settings:
    """The settings that a quiz has now; one query for those that are for groups."""
    return Settings(
        opens_at=quiz.opens_at,
        closes_at=quiz.closes_at,
        time_limit_minutes=quiz.time_limit_minutes,
        attempts_allowed=quiz.attempts_allowed,
        counting=quiz.counting,
        review=quiz.review,
        shuffle_questions=quiz.shuffle_questions,
        shuffle_options=quiz.shuffle_options,
        draws=draws_from(quiz.draws),
        for_groups=quiz.for_groups,
        group_ids=frozenset(db.session.scalars(select(QuizGroup.group_id).where(QuizGroup.quiz_id == quiz.id))),
    )


def faults_in(quiz: Quiz, course_id: int, wanted: Settings) -> list[Fault]:
    """What is wrong with settings for a quiz as bank and attempts are now; three queries."""
    categories = {draw.category for draw in wanted.draws}
    finished = select(Attempt.id).where(Attempt.quiz_id == quiz.id, Attempt.submitted_at.is_not(None)).limit(1)
    return faults_of(
        wanted,
        fixed_questions=len(without_categories(quiz.question_version_ids, categories)),
        pools={category: len(ids) for category, ids in pools_of(course_id).items()},
        counting_held=None if db.session.scalar(finished) is None else quiz.counting,
    )


def missing_to_draw(edition: Edition) -> list[str]:
    """What is missing before an edition is opened: categories that have fewer questions than its quizzes draw."""
    quizzes = db.session.scalars(select(Quiz).where(Quiz.edition_id == edition.id).order_by(Quiz.id)).all()
    if not any(quiz.draws for quiz in quizzes):
        return []
    pools = pools_of(edition.course_id)
    return [
        _(
            "“%(quiz)s” draws %(wanted)s questions from “%(category)s”, and the bank has %(number)s.",
            quiz=localise(quiz.title, (get_locale().language, *edition.languages)).text,
            wanted=draw.count,
            category=draw.category,
            number=len(pools.get(draw.category, ())),
        )
        for quiz in quizzes
        for draw in draws_from(quiz.draws)
        if draw.count > len(pools.get(draw.category, ()))
    ]


def change_settings(actor: Member, quiz_key: str, wanted: Settings, *, preset: str, now: datetime) -> Quiz:
    """Change the settings of a quiz. Attempts that have begun keep the rule they were begun under.

    What is shown afterwards, and for whom the quiz is, holds at once for everybody.

    Args:
        preset: the one that the coordinator began with.

    Raises:
        NotAllowed: unless the actor coordinates the edition.
        NotFound: if the edition has no such quiz, or a group is not of this edition.
        RuleViolation: if the edition is closed or the settings cannot be, with the first reason.
    """
    require_coordinating(actor)
    require_running(actor.edition)
    quiz = db.session.scalars(
        select(Quiz).where(Quiz.edition_id == actor.edition.id, Quiz.key == quiz_key).with_for_update()
    ).one_or_none()
    if quiz is None or preset not in PRESETS:
        raise NotFound
    if not wanted.group_ids <= {group_id for group_id, _name in group_names(actor.edition.id)}:
        raise NotFound
    faults = faults_in(quiz, actor.edition.course_id, wanted)
    if faults:
        raise RuleViolation(fault_sentence(faults[0]))
    before = settings_of(quiz)
    _write(quiz, wanted, preset)
    if wanted.closes_at != before.closes_at:
        post_deadline(edition_id=quiz.edition_id, item_key=quiz.item_key, due_at=wanted.closes_at)
    changes = {
        name: [_plain(getattr(before, name)), _plain(getattr(wanted, name))]
        for name in Settings.__slots__
        if getattr(before, name) != getattr(wanted, name)
    }
    if changes:
        record_event(
            "quiz settings changed", now=now, actor_id=actor.person.id, subject_type="quiz", subject_id=quiz.id,
            edition_id=quiz.edition_id, quiz=quiz.key, changes=changes,
        )  # fmt: skip
    return quiz


def _write(quiz: Quiz, wanted: Settings, preset: str) -> None:
    quiz.preset = preset
    quiz.opens_at, quiz.closes_at = wanted.opens_at, wanted.closes_at
    quiz.time_limit_minutes, quiz.attempts_allowed = wanted.time_limit_minutes, wanted.attempts_allowed
    quiz.counting = wanted.counting
    quiz.review_submitted, quiz.review_used_up, quiz.review_closed = (str(shown) for shown in wanted.review.phases)
    quiz.shuffle_questions, quiz.shuffle_options = wanted.shuffle_questions, wanted.shuffle_options
    quiz.draws = [[draw.category, draw.count] for draw in wanted.draws]
    quiz.for_groups = wanted.for_groups
    db.session.execute(delete(QuizGroup).where(QuizGroup.quiz_id == quiz.id))
    if wanted.for_groups and wanted.group_ids:
        rows = [{"quiz_id": quiz.id, "group_id": group_id} for group_id in sorted(wanted.group_ids)]
        db.session.execute(insert(QuizGroup), rows)
    db.session.flush()


def _plain(value: Any) -> Any:
    """A setting as JSON keeps it."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, frozenset):
        return sorted(value)
    return value if value is None or isinstance(value, (bool, int)) else str(value)
