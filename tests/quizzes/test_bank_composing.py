"""Choosing what a quiz asks: before anybody has started it, and what is refused afterwards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy import select

from lms.core.db import db
from lms.core.errors import NotAllowed, NotFound, RuleViolation
from lms.quizzes.models import Question, QuestionVersion, Quiz
from lms.quizzes.services import authoring, composing, sync_bank
from tests.factories import Cast, make_release, small_course
from tests.quizzes.conftest import QUIZ, Desk
from tests.quizzes.test_bank import changed, import_again, with_questions
from tests.quizzes.test_bank_authoring import KEY, author, save, written


def keys(quiz: Quiz) -> list[str]:
    rows = db.session.execute(
        select(QuestionVersion.id, Question.key).join(Question, Question.id == QuestionVersion.question_id)
    )
    by_id = {row.id: row.key for row in rows}
    return [by_id[version_id] for version_id in quiz.question_version_ids]


ACTS: dict[str, Callable[[Cast, str, datetime], object]] = {
    "add": lambda cast, name, now: composing.add_questions(cast.member(name), QUIZ, ["m1-q01"], now=now),
    "replace": lambda cast, name, now: composing.replace_question(cast.member(name), QUIZ, 1, "m1-q01", now=now),
    "remove": lambda cast, name, now: composing.remove_question(cast.member(name), QUIZ, 1, now=now),
    "move": lambda cast, name, now: composing.move_question(cast.member(name), QUIZ, 1, 1, now=now),
}


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("name", ["participant", "tutor", "sponsor_viewer"])
def test_only_coordinators_choose_what_a_quiz_asks(cast: Cast, now: datetime, act: str, name: str) -> None:
    with pytest.raises(NotAllowed):
        ACTS[act](cast, name, now)


@pytest.mark.parametrize("act", ACTS)
def test_a_coordinator_changes_the_own_edition_and_no_other(cast: Cast, desk: Desk, now: datetime, act: str) -> None:
    before = list(desk.quiz().question_version_ids)
    ACTS[act](cast, "other_coordinator", now)
    assert desk.quiz().question_version_ids == before
    ACTS[act](cast, "coordinator", now)
    assert desk.quiz().question_version_ids != before
    assert desk.quiz().is_composed


@pytest.mark.parametrize("act", ACTS)
def test_once_somebody_has_started_the_list_stands(cast: Cast, desk: Desk, now: datetime, act: str) -> None:
    desk.start()
    before = list(desk.quiz().question_version_ids)
    with pytest.raises(RuleViolation, match="Somebody has started this quiz"):
        ACTS[act](cast, "coordinator", now)
    assert desk.quiz().question_version_ids == before


@pytest.mark.parametrize("act", ACTS)
def test_a_closed_edition_stays_as_it_was(cast: Cast, now: datetime, act: str) -> None:
    cast.edition.closed_at = now
    db.session.flush()
    with pytest.raises(RuleViolation):
        ACTS[act](cast, "coordinator", now)


def test_questions_are_added_in_their_newest_version_each_once(cast: Cast, desk: Desk, now: datetime) -> None:
    made = authoring.create_question(author(cast), written(), now=now)
    member = cast.member("coordinator")
    assert composing.add_questions(member, QUIZ, [made.key, "m2-q03", "m1-q01"], now=now) == 2
    assert keys(desk.quiz())[10:] == ["own-1", "m1-q01"]
    assert composing.add_questions(member, QUIZ, [made.key], now=now) == 0
    assert len(desk.start().layout) == 12


def test_a_question_takes_the_place_of_another(cast: Cast, desk: Desk, now: datetime) -> None:
    member = cast.member("coordinator")
    composing.replace_question(member, QUIZ, 3, "m1-q07", now=now)
    assert keys(desk.quiz())[2] == "m1-q07"
    with pytest.raises(RuleViolation):
        composing.replace_question(member, QUIZ, 4, "m1-q07", now=now)
    with pytest.raises(NotFound):
        composing.replace_question(member, QUIZ, 11, "m1-q08", now=now)
    with pytest.raises(NotFound):
        composing.replace_question(member, QUIZ, 1, "nothing", now=now)


def test_questions_of_another_course_cannot_be_asked(cast: Cast, now: datetime) -> None:
    other = make_release(small_course("another"), now)
    made = Question(course_id=other.course_id, key="theirs", kind="single_choice")
    db.session.add(made)
    db.session.flush()
    with pytest.raises(NotFound):
        composing.add_questions(cast.member("coordinator"), QUIZ, ["theirs"], now=now)


def test_a_quiz_keeps_at_least_one_question(cast: Cast, desk: Desk, now: datetime) -> None:
    member = cast.member("coordinator")
    for _each in range(9):
        composing.remove_question(member, QUIZ, 1, now=now)
    assert keys(desk.quiz()) == ["m2-q10"]
    with pytest.raises(RuleViolation):
        composing.remove_question(member, QUIZ, 1, now=now)


def test_an_import_leaves_a_chosen_list_alone_and_says_so(cast: Cast, desk: Desk, now: datetime) -> None:
    composing.move_question(cast.member("coordinator"), QUIZ, 1, 1, now=now)
    quiz = cast.content.modules[1].quiz
    assert quiz is not None
    shorter = with_questions(changed(cast.content), 1, quiz.questions[2:])
    release = import_again(cast, shorter, now)
    assert keys(desk.quiz())[:2] == ["m2-q02", "m2-q01"]
    assert sync_bank(release, now) == [
        f"quiz R1 {QUIZ}: put together in the browser, so the pack’s list of its questions was not used."
    ]


def test_a_chosen_list_asks_what_the_pack_corrected(cast: Cast, desk: Desk, now: datetime) -> None:
    composing.move_question(cast.member("coordinator"), QUIZ, 1, 1, now=now)
    before = desk.quiz().question_version_ids[1]
    import_again(cast, changed(cast.content), now)
    assert desk.quiz().question_version_ids[1] != before
    assert keys(desk.quiz())[1] == KEY


def test_the_newest_version_can_be_asked_after_somebody_started(cast: Cast, desk: Desk, now: datetime) -> None:
    running = desk.start()
    outcome = save(cast, now, is_open=False)
    composing.ask_newest(cast.member("coordinator"), QUIZ, 1, now=now)
    assert desk.quiz().question_version_ids[0] == outcome.version.id
    assert running.layout[0][0] != outcome.version.id
    assert not desk.quiz().is_composed
    with pytest.raises(NotAllowed):
        composing.ask_newest(cast.member("tutor"), QUIZ, 1, now=now)


def test_an_import_that_changes_nothing_keeps_the_plans_order(cast: Cast, desk: Desk, now: datetime) -> None:
    before = list(desk.quiz().question_version_ids)
    import_again(cast, replace(cast.content, learning_hours=61), now)
    assert desk.quiz().question_version_ids == before
