"""The pages of a sitting: the rules, the questions, the check before submitting, the result."""

from __future__ import annotations

from typing import Any

from flask import flash, jsonify, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from lms.core import clock
from lms.core.access import Access, allow
from lms.core.db import unit_of_work
from lms.core.errors import NotFound, RuleViolation
from lms.core.waiting import is_token_valid
from lms.core.web import csrf, wants_json
from lms.courses.access import current_member, learners_and_teachers_read, participants_read
from lms.courses.domain.schedule import has_passed
from lms.grading.domain.points import round_points
from lms.quizzes.display import questions_of
from lms.quizzes.domain import State, changed_answers, points_of, shown_of
from lms.quizzes.forms import FIELD, Values, posted_answers, posted_attempt, posted_seen, read_packet, seen_field
from lms.quizzes.models import Attempt
from lms.quizzes.queries import (
    Sitting,
    deadline_of_attempt,
    find_maximum,
    get_sitting,
    get_sitting_with_answers,
    late_packets,
    result_of,
    rule_of,
)
from lms.quizzes.queries.regrading import notes_on
from lms.quizzes.services import Saved, save_answers, start_attempt, submit_attempt
from lms.quizzes.views.blueprint import blueprint
from lms.quizzes.wording import later_sentence


@blueprint.get("/editions/<code>/quizzes/<key>")
@allow(learners_and_teachers_read)
def show(code: str, key: str) -> str:
    """The rules that will be applied, and the way in."""
    member, now = current_member(), clock.now()
    sitting = get_sitting(member, key)
    return render_template(
        "quizzes/show.html",
        quiz=sitting.quiz,
        sitting=sitting,
        state=sitting.state(now),
        rule=rule_of(sitting),
        results=[(attempt, result_of(attempt)) for attempt in sitting.finished],
    )


@blueprint.post("/editions/<code>/quizzes/<key>/attempts")
@allow(participants_read)
def start(code: str, key: str) -> Response:
    """Start an attempt, or go on with the open one."""
    with unit_of_work():
        attempt = start_attempt(current_member(), key, now=clock.now())
        address = url_for(".attempt", code=code, key=key, number=attempt.number)
    return redirect(address, 303)


@blueprint.get("/editions/<code>/quizzes/<key>/attempts/<int:number>")
@allow(participants_read)
def attempt(code: str, key: str, number: int) -> str | Response:
    """The questions on one page, with what is on the server."""
    sitting = get_sitting_with_answers(current_member(), key, number)
    open_attempt = sitting.attempt(number)
    if open_attempt.submitted_at is not None:
        return redirect(url_for(".result", code=code, key=key, number=number))
    if deadline_of_attempt(open_attempt).is_over(clock.now()):
        return redirect(url_for(".check", code=code, key=key, number=number))
    return _attempt_page(sitting, open_attempt)


def _attempt_page(sitting: Sitting, attempt: Attempt, typed: Values | None = None) -> str:
    """The page of an open attempt; ``typed`` is what a refused form carried, chosen again for the person."""
    questions = questions_of(attempt, current_member().edition.languages, sitting.answers)
    chosen = {question.position: list(question.values) for question in questions if question.values}
    return render_template(
        "quizzes/attempt.html",
        quiz=sitting.quiz,
        attempt=attempt,
        allowed=max(sitting.attempts_allowed, attempt.number),
        deadline_of_attempt=deadline_of_attempt(attempt),
        questions=questions,
        chosen=chosen | (typed or {}),
        seen=seen_field(chosen),
        is_refused=typed is not None,
    )


def _participants_or_kept(arguments: dict[str, Any]) -> Any:
    """The rule for participants; a form that is sent after the sign-in ended comes back with everything chosen in it."""
    refusal = participants_read.check(arguments)
    if refusal is None or wants_json() or request.is_json:
        return refusal
    names = ("attempt", "seen", "csrf_token", "check")
    fields = [(name, value) for name, value in request.form.items(multi=True) if name in names or FIELD.fullmatch(name)]
    return make_response(render_template("quizzes/kept.html", fields=fields), 401)


# Whoever is signed out meanwhile must not lose what they chose, even without scripts. Nothing is kept on the server: the
# page itself carries the answers, and only the person whose attempt it names can send them.
senders = Access("participants of the edition; who is signed out gets back what they chose", _participants_or_kept)


@blueprint.post("/editions/<code>/quizzes/<key>/attempts/<int:number>/answers")
@allow(senders)
def save(code: str, key: str, number: int) -> Any:
    """Save answers, from the form or from the page's script."""
    if not is_token_valid():
        return _ask_to_send_again(code, key, number)
    if request.is_json:
        return _save_packet()
    changed = changed_answers(posted_seen(request.form), posted_answers(request.form))
    with unit_of_work():
        # The page may have been opened by somebody else on this device: it says for which attempt it was made.
        saved = save_answers(current_member(), posted_attempt(request.form), changed, now=clock.now())
        is_closed = saved.attempt.submitted_at is not None
    if saved.late:
        flash(late_sentence(saved), "warning")
    if is_closed:
        return redirect(url_for(".result", code=code, key=key, number=number), 303)
    endpoint = ".check" if "check" in request.form else ".attempt"
    if endpoint == ".attempt":
        flash(_("Your answers are saved. You can go on now, later, or on another device."))
    return redirect(url_for(endpoint, code=code, key=key, number=number), 303)


# The view checks the token itself, so that a page that has become too old gives back what was chosen in it.
csrf.exempt(save)


def _ask_to_send_again(code: str, key: str, number: int) -> Any:
    if wants_json():
        return {"error": "token"}, 400
    sitting = get_sitting_with_answers(current_member(), key, number)
    attempt = sitting.attempt(number)
    if posted_attempt(request.form) != attempt.id:
        raise NotFound(_("There is no such attempt of yours. If somebody else uses this device, sign in again."))
    if attempt.submitted_at is not None:
        return redirect(url_for(".result", code=code, key=key, number=number), 303)
    return _attempt_page(sitting, attempt, posted_answers(request.form)), 400


def _save_packet() -> Any:
    now = clock.now()
    try:
        packet = read_packet(request.get_json(silent=True))
    except (ValueError, RecursionError) as error:
        raise RuleViolation(_("This page has become too old. Reload it: your answers stay on this device.")) from error
    with unit_of_work():
        saved = save_answers(
            current_member(), packet.attempt_id, packet.answers, operation_id=packet.operation_id, now=now
        )
        is_closed = saved.attempt.submitted_at is not None
        # More time may have been granted since the page was opened.
        ends = deadline_of_attempt(saved.attempt).cutoff.isoformat()
    answer = {
        "saved": saved.saved, "late": saved.late, "closed": is_closed, "server_time": now.isoformat(), "ends": ends
    }  # fmt: skip
    if saved.unfinished:
        answer["unfinished"] = saved.unfinished
    if saved.late:
        answer["message"] = late_sentence(saved)
    return jsonify(answer)


def late_sentence(saved: Saved) -> str:
    """What came too late, what had arrived, and who can see it."""
    numbers = ", ".join(str(position) for position in saved.late)
    sentence: str = ngettext(
        "The answer to question %(numbers)s arrived after this attempt had ended, so it does not count. Your tutor can see it.",
        "The answers to questions %(numbers)s arrived after this attempt had ended, so they do not count. Your tutor can see them.",
        len(saved.late),
        numbers=numbers,
    )
    return sentence


@blueprint.get("/editions/<code>/quizzes/<key>/attempts/<int:number>/check")
@allow(participants_read)
def check(code: str, key: str, number: int) -> str | Response:
    """What is answered and what is not, before the attempt is submitted; or what had arrived when time was over."""
    sitting = get_sitting_with_answers(current_member(), key, number)
    open_attempt = sitting.attempt(number)
    if open_attempt.submitted_at is not None:
        return redirect(url_for(".result", code=code, key=key, number=number))
    questions = questions_of(open_attempt, current_member().edition.languages, sitting.answers)
    return render_template(
        "quizzes/check.html",
        quiz=sitting.quiz,
        attempt=open_attempt,
        questions=questions,
        unanswered=[question for question in questions if not question.values],
        unfinished=[question for question in questions if question.missing],
        attempts_left=sitting.attempts_left,
        rule=rule_of(sitting),
        deadline_of_attempt=deadline_of_attempt(open_attempt),
        is_over=deadline_of_attempt(open_attempt).is_over(clock.now()),
    )


@blueprint.post("/editions/<code>/quizzes/<key>/attempts/<int:number>/submit")
@allow(participants_read)
def submit(code: str, key: str, number: int) -> Response:
    """Submit the attempt; a second click leads to the same result."""
    with unit_of_work():
        submit_attempt(current_member(), posted_attempt(request.form), now=clock.now())
    return redirect(url_for(".result", code=code, key=key, number=number), 303)


@blueprint.get("/editions/<code>/quizzes/<key>/attempts/<int:number>/result")
@allow(participants_read)
def result(code: str, key: str, number: int) -> str | Response:
    """The score, and what the quiz's rule lets the person see of questions and answers."""
    member = current_member()
    sitting = get_sitting_with_answers(member, key, number)
    finished = sitting.attempt(number)
    if finished.submitted_at is None:
        return redirect(url_for(".attempt", code=code, key=key, number=number))
    quiz, score, now = sitting.quiz, result_of(finished), clock.now()
    maximum = find_maximum(sitting.scheme_id, quiz.item_key)
    shown = shown_of(quiz.review, sitting.attempts_left, sitting.closes_at, now)
    packets = late_packets(finished) if sitting.has_late else []
    return render_template(
        "quizzes/result.html",
        quiz=quiz,
        rule=rule_of(sitting),
        attempt=finished,
        score=score,
        points=None if maximum is None else round_points(points_of(score, maximum)),
        maximum=maximum,
        counted=sitting.counted,
        questions=questions_of(finished, member.edition.languages, sitting.answers),
        shown=shown,
        later=later_sentence(quiz.review, shown, sitting.attempts_left, has_passed(sitting.closes_at, now)),
        closes_at=sitting.closes_at,
        may_try_again=sitting.state(now) is State.AGAIN,
        regrades=notes_on(finished) if sitting.has_regrades else [],
        accepted=[packet for packet in packets if packet.accepted_at],
        late=sorted({int(position) for packet in packets if not packet.accepted_at for position in packet.answers}),
    )
