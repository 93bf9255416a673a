"""What those who teach see of a quiz: its questions, everybody's attempts, one attempt with what came too late."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from lms.core import clock
from lms.core.access import allow
from lms.core.db import unit_of_work
from lms.core.errors import RuleViolation
from lms.courses.access import current_member, teachers
from lms.grading.domain.points import round_points
from lms.grading.queries import get_participant
from lms.quizzes.display import questions_of, questions_of_quiz
from lms.quizzes.domain import Shown, points_of
from lms.quizzes.queries import (
    deadline_of_attempt,
    find_maximum,
    get_sitting,
    get_sitting_with_answers_of,
    late_packets,
    list_attempts,
    result_of,
)
from lms.quizzes.queries.accommodations import accommodations_of
from lms.quizzes.queries.attempts import STATES, saved_at
from lms.quizzes.queries.regrading import notes_on
from lms.quizzes.services.late_answers import accept_late_answers
from lms.quizzes.setting_forms import AcceptForm
from lms.quizzes.views.blueprint import blueprint


@blueprint.get("/editions/<code>/quizzes/<key>/attempts")
@allow(teachers)
def attempts(code: str, key: str) -> str:
    """All attempts at a quiz, to be searched and narrowed down."""
    member = current_member()
    quiz = get_sitting(member, key).quiz
    words, state = request.args.get("q", "").strip()[:80], request.args.get("state", "")
    state = state if state in STATES else ""
    page = list_attempts(member, quiz, request.args.get("page", 1, type=int), words=words, state=state)
    return render_template(
        "quizzes/attempts.html",
        quiz=quiz,
        page=page,
        words=words,
        state=state,
        result_of=result_of,
        address=lambda number: url_for(
            ".attempts", code=code, key=key, page=number, q=words or None, state=state or None
        ),
    )


@blueprint.get("/editions/<code>/quizzes/<key>/people/<int:enrolment_id>/attempts/<int:number>")
@allow(teachers)
def attempt_of(code: str, key: str, enrolment_id: int, number: int) -> str:
    """Somebody's attempt: answers, when they arrived, what came too late, what the person had been given."""
    return _attempt_page(key, enrolment_id, number)


def _attempt_page(
    key: str, enrolment_id: int, number: int, form: AcceptForm | None = None, faulty: int | str = 0
) -> str:
    member = current_member()
    person = get_participant(member.edition.id, enrolment_id).person
    sitting = get_sitting_with_answers_of(member.edition, key, enrolment_id, number)
    attempt, quiz = sitting.attempt(number), sitting.quiz
    score = result_of(attempt)
    maximum = find_maximum(sitting.scheme_id, quiz.item_key)
    packets = late_packets(attempt)
    return render_template(
        "quizzes/attempt_of.html",
        quiz=quiz,
        person=person,
        enrolment_id=enrolment_id,
        attempt=attempt,
        attempts=sitting.attempts,
        score=score,
        counted=sitting.counted,
        points=None if maximum is None else round_points(points_of(score, maximum)),
        maximum=maximum,
        deadline_of_attempt=deadline_of_attempt(attempt),
        questions=questions_of(attempt, member.edition.languages, sitting.answers),
        everything=Shown.EVERYTHING,
        saved_at=saved_at(attempt),
        regrades=notes_on(attempt) if sitting.has_regrades else [],
        packets=[
            (packet, questions_of(attempt, member.edition.languages, _late_answers(packet))) for packet in packets
        ],
        waiting=[packet for packet in packets if packet.accepted_at is None],
        given=accommodations_of(member, enrolment_id, quiz),
        form=form or AcceptForm(formdata=None),
        faulty=faulty,
    )


def _late_answers(packet: Any) -> dict[int, Any]:
    return {int(position): answer for position, answer in packet.answers.items()}


@blueprint.post(
    "/editions/<code>/quizzes/<key>/people/<int:enrolment_id>/attempts/<int:number>/late-answers/<int:packet_id>"
)
@allow(teachers)
def accept_late(code: str, key: str, enrolment_id: int, number: int, packet_id: int) -> Any:
    """Accept answers that came too late, with a reason: one packet's, or all that wait for this attempt."""
    form = AcceptForm()
    is_all = request.form.get("which") == "all"
    faulty = "all" if is_all else packet_id
    if not form.validate():
        return _attempt_page(key, enrolment_id, number, form, faulty), 422
    try:
        with unit_of_work():
            accept_late_answers(
                current_member(), packet_id, reason=form.reason.data, now=clock.now(), with_all_that_wait=is_all
            )
    except RuleViolation as refusal:
        form.form_errors.append(refusal.message)
        return _attempt_page(key, enrolment_id, number, form, faulty), refusal.status
    flash(_("The answers are accepted and count. The participant is told by mail."))
    return redirect(url_for(".attempt_of", code=code, key=key, enrolment_id=enrolment_id, number=number), 303)


@blueprint.get("/editions/<code>/quizzes/<key>/preview")
@allow(teachers)
def preview(code: str, key: str) -> str:
    """The questions that a new attempt asks, with the right answers marked, for those who teach."""
    member = current_member()
    quiz = get_sitting(member, key).quiz
    return render_template(
        "quizzes/preview.html", quiz=quiz, questions=questions_of_quiz(quiz, member.edition.languages)
    )
