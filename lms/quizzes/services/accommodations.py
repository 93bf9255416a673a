"""What single people and groups are given beyond the rule of a quiz: granted with a reason, withdrawn with one."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from fractions import Fraction

from flask_babel import gettext as _

from lms.core.audit import record_event
from lms.core.db import db
from lms.core.errors import NotFound, RuleViolation
from lms.courses.models import Enrolment
from lms.courses.permissions import Member, require_coordinating
from lms.grading.queries import enrolments_of_group, get_participant
from lms.grading.services import grant_extension
from lms.grading.services.decisions import require_reason
from lms.grading.services.extensions import withdraw_extension
from lms.grading.services.notices import notify, read_by
from lms.quizzes.domain import Granted
from lms.quizzes.domain.accommodations import LARGEST_FACTOR, MOST_EXTRA_ATTEMPTS
from lms.quizzes.models import Accommodation, Quiz
from lms.quizzes.queries import get_sitting
from lms.quizzes.services.lengthening import lengthen_attempts
from lms.quizzes.wording import factor_text


def grant_accommodation(
    actor: Member,
    quiz_key: str,
    granted: Granted,
    *,
    reason: str,
    now: datetime,
    closes_at: datetime | None = None,
    enrolment_id: int | None = None,
    group_id: int | None = None,
) -> Accommodation:
    """Give one person, or one group, more than the rule of a quiz does, and tell them by mail.

    A later closing becomes an extension of the gradebook's, so that it is the same deadline everywhere. An attempt that
    is open gets its new end at once.

    Args:
        closes_at: the minute in which the quiz closes for them, later than for everybody; ``None`` to leave it.
        enrolment_id, group_id: exactly one of the two.

    Raises:
        NotAllowed: unless the actor coordinates the edition.
        NotFound: if the edition has no such quiz, participant or group.
        RuleViolation: without a reason, or where it would give nothing.
    """
    require_coordinating(actor)
    require_reason(reason)
    if (enrolment_id is None) == (group_id is None):
        raise ValueError("an accommodation is for one person or for one group")
    quiz = get_sitting(actor, quiz_key).quiz
    _require_more(quiz, granted, closes_at)
    people = _people(actor, enrolment_id, group_id)
    extension_id = None
    if closes_at is not None:
        extension_id = grant_extension(
            actor, item_key=quiz.item_key, due_at=closes_at, reason=reason, now=now, enrolment_id=enrolment_id, group_id=group_id
        ).id  # fmt: skip
    accommodation = Accommodation(
        quiz_id=quiz.id, enrolment_id=enrolment_id, group_id=group_id, time_factor=granted.time_factor,
        extra_attempts=granted.extra_attempts, opens_at=granted.opens_at, closes_at=closes_at, extension_id=extension_id,
        reason=reason.strip()[:500], granted_at=now, granted_by_id=actor.person.id,
    )  # fmt: skip
    db.session.add(accommodation)
    db.session.flush()
    lengthen_attempts(actor.edition.id, quiz.item_key, [one.id for one in people], now)
    _record("accommodation granted", actor, accommodation, quiz, reason, now)
    if granted != Granted():
        _tell(actor, accommodation, quiz, people, now)
    return accommodation


def _require_more(quiz: Quiz, granted: Granted, closes_at: datetime | None) -> None:
    if granted == Granted() and closes_at is None:
        raise RuleViolation(_("Choose what to give: more time, another attempt, or another window."))
    if not 1 <= granted.time_factor <= LARGEST_FACTOR:
        raise RuleViolation(_("The time can be multiplied by 1 to %(most)s.", most=str(LARGEST_FACTOR)))
    if not 0 <= granted.extra_attempts <= MOST_EXTRA_ATTEMPTS:
        raise RuleViolation(_("Give up to %(most)s attempts more.", most=MOST_EXTRA_ATTEMPTS))
    if granted.time_factor > 1 and quiz.time_limit_minutes is None:
        raise RuleViolation(
            _("This quiz has no time limit, so there is no time to multiply. Give a later closing instead.")
        )
    if granted.opens_at is not None and granted.opens_at >= quiz.opens_at:
        raise RuleViolation(_("The quiz opens for everybody by then. Choose an earlier opening, or leave it empty."))
    if closes_at is not None and closes_at <= quiz.closes_at:
        raise RuleViolation(_("The quiz is open for everybody until then. Choose a later closing, or leave it empty."))


def _people(actor: Member, enrolment_id: int | None, group_id: int | None) -> Sequence[Enrolment]:
    ids: Collection[int] = [enrolment_id] if enrolment_id is not None else enrolments_of_group(group_id or 0)
    if not ids:
        raise NotFound(_("There is nobody in this group yet."))
    return [get_participant(actor.edition.id, one) for one in ids]


def withdraw_accommodation(actor: Member, accommodation_id: int, *, reason: str, now: datetime) -> None:
    """Take back what somebody was given; an attempt that is open keeps its end. The line stays, with both reasons.

    Raises:
        NotAllowed: unless the actor coordinates the edition.
        NotFound: if the edition has no such accommodation, or it was withdrawn before.
        RuleViolation: without a reason.
    """
    require_coordinating(actor)
    require_reason(reason)
    accommodation = db.session.get(Accommodation, accommodation_id, with_for_update=True)
    quiz = None if accommodation is None else db.session.get(Quiz, accommodation.quiz_id)
    if accommodation is None or quiz is None or quiz.edition_id != actor.edition.id or accommodation.withdrawn_at:
        raise NotFound
    extension_id, accommodation.extension_id = accommodation.extension_id, None
    accommodation.withdrawn_at, accommodation.withdrawn_by_id = now, actor.person.id
    accommodation.withdrawn_reason = reason.strip()[:500]
    db.session.flush()
    if extension_id is not None:
        withdraw_extension(actor, extension_id, reason=reason, now=now)
    _record("accommodation withdrawn", actor, accommodation, quiz, reason, now)


def _record(action: str, actor: Member, one: Accommodation, quiz: Quiz, reason: str, now: datetime) -> None:
    record_event(
        action, now=now, actor_id=actor.person.id, subject_type="accommodation", subject_id=one.id,
        edition_id=actor.edition.id, quiz=quiz.key, enrolment_id=one.enrolment_id, group_id=one.group_id,
        time_factor=str(one.time_factor), extra_attempts=one.extra_attempts,
        opens_at=one.opens_at and one.opens_at.isoformat(), closes_at=one.closes_at and one.closes_at.isoformat(),
        reason=reason,
    )  # fmt: skip


def _tell(actor: Member, one: Accommodation, quiz: Quiz, people: Sequence[Enrolment], now: datetime) -> None:
    for member in people:
        notify(
            "accommodation_granted", member.person, actor.edition, now,
            key=f"accommodation:{one.id}:{member.id}", quiz=read_by(member.person, actor.edition, quiz.title),
            quiz_key=quiz.key, factor="" if one.time_factor == Fraction(1) else factor_text(one.time_factor),
            extra_attempts=one.extra_attempts, opens_at=one.opens_at and one.opens_at.isoformat(),
        )  # fmt: skip
