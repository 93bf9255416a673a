"""Quizzes that a newer release of the course has and an edition has not: offered, and added when its coordinator says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from lms.core.audit import record_event
from lms.core.db import db
from lms.core.i18n import Text
from lms.courses.domain.content import Module, QuizPlan
from lms.courses.models import CourseRelease, Edition
from lms.courses.permissions import Member, require_coordinating, require_running
from lms.courses.queries import get_content
from lms.grading.hooks import Arrival
from lms.quizzes.models import Quiz
from lms.quizzes.queries.coordinated import get_quiz
from lms.quizzes.services.bank import add_quiz


@dataclass(frozen=True, slots=True)
class Offer:
    """A quiz that the edition could have."""

    key: str
    title: Text
    questions: int
    opens_at: datetime
    closes_at: datetime
    release: int


def list_offers(edition: Edition) -> Sequence[Offer]:
    """Quizzes of the course's newest release that the edition does not have; two queries. None once it is closed."""
    if edition.closed_at is not None:
        return []
    start, zone = edition.starts_on, edition.time_zone
    return [
        Offer(
            plan.key,
            plan.title,
            len(plan.questions),
            plan.opens.on(start, zone),
            plan.closes.on(start, zone),
            release.number,
        )
        for release, _module, plan in _missing(edition)
    ]


def list_arrivals(member: Member) -> Sequence[Arrival]:
    """The same as the scheme of the member's edition names them: they earn no points."""
    return [Arrival(offer.title, offer.release, "quizzes.index") for offer in list_offers(member.edition)]


def _missing(edition: Edition) -> list[tuple[CourseRelease, Module, QuizPlan]]:
    newest = select(CourseRelease).where(CourseRelease.course_id == edition.course_id)
    release = db.session.scalars(newest.order_by(CourseRelease.number.desc()).limit(1)).one_or_none()
    if release is None:
        return []
    known = set(db.session.scalars(select(Quiz.key).where(Quiz.edition_id == edition.id)))
    quizzes = get_content(release.id).quizzes()
    return [(release, module, plan) for module, plan in quizzes if plan.key not in known]


def adopt_quiz(actor: Member, quiz_key: str, now: datetime) -> Quiz:
    """Give the edition a quiz of the newest release, with the course's dates. It earns points only if the scheme says so.

    A quiz that it has already, as after a second press of the button, stays as it is.

    Raises:
        NotAllowed: unless the actor coordinates the edition.
        NotFound: if no such quiz is on offer.
        RuleViolation: if the edition is closed.
    """
    require_coordinating(actor)
    require_running(actor.edition)
    for release, module, plan in _missing(actor.edition):
        if plan.key == quiz_key:
            try:
                with db.session.begin_nested():
                    quiz = add_quiz(actor.edition, release, module, plan)
            except IntegrityError:  # taken over by somebody else between the look and the insert
                break
            record_event(
                "quiz adopted", now=now, actor_id=actor.person.id, subject_type="quiz", subject_id=quiz.id,
                edition_id=actor.edition.id, quiz=quiz.key, release=release.number,
            )  # fmt: skip
            return quiz
    return get_quiz(actor, quiz_key)
