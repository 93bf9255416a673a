"""Regrading a quiz: after its dry run, with a reason, once; points follow in the ledger, certificates never by themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select

from lms.core.audit import record_event
from lms.core.db import db
from lms.core.errors import RuleViolation
from lms.courses.permissions import Member, require_coordinating
from lms.grading.services import post_entry
from lms.grading.services.decisions import require_reason
from lms.grading.services.notices import notify, read_by
from lms.quizzes.domain import points_of
from lms.quizzes.domain.regrading import VOIDING, Regrade
from lms.quizzes.models import Attempt, Quiz
from lms.quizzes.queries.coordinated import get_quiz
from lms.quizzes.queries.regrading import Line, Trial, try_regrade
from lms.quizzes.regrade_models import QuizRegrade, QuizRuling, RegradedAttempt


class OutcomeChanged(RuleViolation):
    """The outcome is no longer the one that was looked at: it is to be looked at again."""


def apply_regrade(
    actor: Member, quiz_key: str, wanted: Regrade, *, number: int, seal: str, reason: str, now: datetime
) -> QuizRegrade:
    """Regrade a quiz as its dry run showed; again, it changes nothing and returns what was done.

    Attempts keep their questions and answers; their scores follow, and the points of those that count, as new lines of
    the ledger. Whoever's points change is told by mail. After closing each change is an amendment. Certificates stay.

    Args:
        number: of this regrade in the quiz, as the dry run said it.
        seal: of the outcome that the dry run showed.

    Raises:
        NotAllowed: unless the actor coordinates the edition.
        NotFound: if the edition has no such quiz.
        OutcomeChanged: where it would now do something else than was shown.
        RuleViolation: without a reason, or where nothing was chosen.
    """
    require_coordinating(actor)
    require_reason(reason)
    quiz = get_quiz(actor, quiz_key)
    attempts = _hold(quiz)
    done = db.session.scalars(
        select(QuizRegrade).where(QuizRegrade.quiz_id == quiz.id, QuizRegrade.number == number)
    ).one_or_none()
    if done is not None and done.seal == seal:
        return done
    if not wanted.rulings:
        raise RuleViolation(_("Choose what is to be done with at least one question. Nothing was changed."))
    trial = try_regrade(actor, quiz, wanted, attempts=attempts)
    if (trial.number, trial.seal) != (number, seal):
        raise OutcomeChanged(
            _("Something has changed since you looked. Nothing was done: here is what it would do now.")
        )
    regrade = _record(actor, quiz, trial, reason.strip()[:500], now)
    _write_scores(regrade, trial)
    for line in trial.lines:
        _post(actor, quiz, trial, line, regrade, now)
    _tell(actor, quiz, trial, regrade, now)
    record_event(
        "quiz regraded", now=now, actor_id=actor.person.id, subject_type="quiz_regrade", subject_id=regrade.id,
        edition_id=actor.edition.id, quiz=quiz.key, number=regrade.number, nobody_loses=wanted.nobody_loses,
        rulings={str(key): asdict(ruling) for key, ruling in wanted.rulings.items()}, reason=reason, **trial.counts,
    )  # fmt: skip
    return regrade


def _hold(quiz: Quiz) -> Sequence[Attempt]:
    """All attempts of the quiz, held: one that is being submitted is submitted before, or sees this regrade."""
    db.session.execute(select(Quiz.id).where(Quiz.id == quiz.id).with_for_update())
    return db.session.scalars(
        select(Attempt)
        .where(Attempt.quiz_id == quiz.id)
        .order_by(Attempt.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def _record(actor: Member, quiz: Quiz, trial: Trial, reason: str, now: datetime) -> QuizRegrade:
    regrade = QuizRegrade(
        quiz_id=quiz.id, number=trial.number, nobody_loses=trial.wanted.nobody_loses, reason=reason, seal=trial.seal,
        counts=trial.counts, applied_at=now, applied_by_id=actor.person.id,
    )  # fmt: skip
    db.session.add(regrade)
    db.session.flush()
    db.session.add_all(
        QuizRuling(
            regrade_id=regrade.id, question_version_id=version_id, treatment=ruling.treatment.value,
            marked_under_id=ruling.version_id,
        )
        for version_id, ruling in trial.wanted.rulings.items()
    )  # fmt: skip
    return regrade


def _write_scores(regrade: QuizRegrade, trial: Trial) -> None:
    for attempt, before, after in trial.moved:
        attempt.raw_score = after.right
        attempt.counted_questions = after.counted_of(len(attempt.layout))
        db.session.add(
            RegradedAttempt(
                regrade_id=regrade.id, attempt_id=attempt.id, right_before=before.right,
                questions_before=before.questions, right_after=after.right, questions_after=after.questions,
            )
        )  # fmt: skip
    db.session.flush()


def _post(actor: Member, quiz: Quiz, trial: Trial, line: Line, regrade: QuizRegrade, now: datetime) -> None:
    if trial.maximum is None:
        return
    voids = all(ruling.treatment in VOIDING for ruling in trial.wanted.rulings.values())
    result = line.after
    post_entry(
        edition_id=quiz.edition_id, enrolment_id=line.standing.enrolment.id, item_key=quiz.item_key, state="marked",
        points=points_of(result, trial.maximum), is_complete=True,
        basis={
            "attempt": result.number, "right": str(result.right), "questions": result.questions,
            "regrade": regrade.number,
        },
        source=f"quiz regrade {regrade.number}", reason_code="voided" if voids else "regraded", reason=regrade.reason,
        actor_id=actor.person.id, now=now,
    )  # fmt: skip


def _tell(actor: Member, quiz: Quiz, trial: Trial, regrade: QuizRegrade, now: datetime) -> None:
    """Tell everybody whose points changed, once; who has left, or whose points were set by hand, has nothing new."""
    for line in trial.lines:
        if not line.is_told:
            continue
        enrolment = line.standing.enrolment
        notify(
            "quiz_regraded", enrolment.person, actor.edition, now, key=f"quiz regrade:{regrade.id}:{enrolment.id}",
            quiz=read_by(enrolment.person, actor.edition, quiz.title), quiz_key=quiz.key, number=line.after.number,
            before=str(line.points_before), after=str(line.points_after), reason=regrade.reason,
            nobody_loses=regrade.nobody_loses,
        )  # fmt: skip
