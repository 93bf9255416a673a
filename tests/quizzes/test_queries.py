"""Reads: the same number of statements whoever and however many take part."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from sqlalchemy import select

from lms.core.db import db
from lms.core.errors import NotAllowed, NotFound
from lms.courses.activities import activity_dates
from lms.grading.models import Extension, GradeItem
from lms.quizzes.domain import Result, State
from lms.quizzes.queries import (
    find_maximum,
    forget_versions,
    get_sitting,
    get_sitting_with_answers,
    get_versions,
    list_attempts,
    quiz_states,
)
from lms.quizzes.queries.accommodations import find_people
from tests.factories import Cast, enrol, make_person
from tests.quizzes.conftest import QUIZ, Desk

Counting = Callable[[], Any]


def states_of(cast: Cast, now: datetime, name: str = "participant") -> dict[str, Any]:
    db.session.flush()
    return {found.quiz.key: found for found in quiz_states(cast.edition.id, cast.enrolments[name], now)}


def test_where_somebody_stands_with_every_quiz(cast: Cast, desk: Desk, now: datetime) -> None:
    desk.sit(7)
    running = desk.start()
    states = states_of(cast, now)
    assert [states[f"quiz-{n}"].state for n in range(1, 7)] == [
        State.MISSED, State.RUNNING, State.UPCOMING, State.UPCOMING, State.UPCOMING, State.UPCOMING,
    ]  # fmt: skip
    assert states[QUIZ].best == Result(1, Fraction(7), 10)
    assert states[QUIZ].open_attempt is running
    assert states[QUIZ].attempts_left == 0
    assert states["quiz-1"].deadline.at == states["quiz-1"].quiz.closes_at
    other = states_of(cast, now, "other_participant")
    assert (other[QUIZ].state, other[QUIZ].best, other[QUIZ].attempts_left) == (State.OPEN, None, 2)


def test_a_quiz_closed_for_all_is_open_for_who_has_an_extension(cast: Cast, now: datetime) -> None:
    item_id = db.session.scalars(
        select(GradeItem.id).where(GradeItem.edition_id == cast.edition.id, GradeItem.key == "quiz-1")
    ).one()
    due_at = now + timedelta(days=1)
    db.session.add(
        Extension(
            item_id=item_id, enrolment_id=cast.enrolments["participant"], due_at=due_at, reason="ill", granted_at=now
        )
    )
    found = states_of(cast, now)["quiz-1"]
    assert (found.state, found.deadline.at) == (State.OPEN, due_at)
    assert states_of(cast, now, "other_participant")["quiz-1"].state is State.MISSED


def test_in_a_closed_edition_no_quiz_is_open(cast: Cast, desk: Desk, now: datetime) -> None:
    cast.edition.closed_at = now - timedelta(hours=1)
    assert states_of(cast, now)[QUIZ].state is State.MISSED


def test_all_quizzes_of_an_edition_take_one_statement(
    cast: Cast, desk: Desk, now: datetime, count_queries: Counting
) -> None:
    enrolment_id, edition_id = cast.enrolments["participant"], cast.edition.id
    desk.sit(7)
    desk.sit(8)
    db.session.flush()
    with count_queries() as statements:
        assert len(quiz_states(edition_id, enrolment_id, now)) == 6
    assert len(statements) == 1


def test_a_sitting_with_its_answers_takes_one_statement(cast: Cast, desk: Desk, count_queries: Counting) -> None:
    desk.sit(7)
    desk.save(desk.start(), {3: "b"})
    member = cast.member("participant")
    with count_queries() as statements:
        sitting = get_sitting_with_answers(member, QUIZ, 2)
    assert len(statements) == 1
    assert sitting.answers == {3: {"option": "b"}}
    assert [attempt.number for attempt in sitting.attempts] == [1, 2]
    assert len(get_sitting_with_answers(member, QUIZ, 1).answers) == 10


def test_an_attempt_that_one_does_not_have_is_not_found(cast: Cast, desk: Desk) -> None:
    desk.sit(7)
    with pytest.raises(NotFound):
        get_sitting_with_answers(cast.member("participant"), QUIZ, 2)
    with pytest.raises(NotFound):
        get_sitting_with_answers(cast.member("other_participant"), QUIZ, 1)
    with pytest.raises(NotFound):
        get_sitting(cast.member("participant"), "quiz-9")


def test_those_who_teach_have_no_attempts_of_their_own(cast: Cast, desk: Desk) -> None:
    desk.sit(7)
    assert list(get_sitting(cast.member("tutor"), QUIZ).attempts) == []


def test_versions_are_read_once_in_a_process(cast: Cast, desk: Desk, count_queries: Counting) -> None:
    ids = desk.quiz().question_version_ids
    forget_versions()
    with count_queries() as statements:
        assert list(get_versions(ids)) == ids
        assert list(get_versions(reversed(ids))) == ids[::-1]
    assert len(statements) == 1


def test_a_quiz_that_no_grade_item_waits_for_has_no_maximum(cast: Cast, desk: Desk) -> None:
    desk.sit(1)
    scheme_id = get_sitting_with_answers(cast.member("participant"), QUIZ, 1).scheme_id
    assert str(find_maximum(scheme_id, QUIZ)) == "5"
    assert find_maximum(scheme_id, "practice") is None
    assert find_maximum(None, QUIZ) is None


def test_the_list_for_teachers_takes_three_statements_for_few_and_for_many(
    cast: Cast, desk: Desk, now: datetime, count_queries: Counting
) -> None:
    tutor, quiz = cast.member("tutor"), desk.quiz()
    desk.sit(7)
    counts = []
    for size in (0, 60):
        for n in range(size):
            name = f"Zed {n:02}"
            person = make_person(name, now)
            cast.people[name] = person.id
            cast.enrolments[name] = enrol(person, cast.edition, "participant", now).id
            desk.start(name)
        db.session.flush()
        with count_queries() as statements:
            page = list_attempts(tutor, quiz, 1)
        counts.append(len(statements))
    assert counts == [3, 3]
    assert (page.total, page.pages, len(page.rows)) == (61, 2, 50)
    assert page.rows[0].person.full_name == "Participant"
    assert page.rows[0].answered == 10
    assert len(list_attempts(tutor, quiz, 2).rows) == 11
    assert list_attempts(tutor, quiz, 99).page == 2


def test_attempts_stand_by_name_and_are_found_without_typing_the_accents(cast: Cast, desk: Desk, now: datetime) -> None:
    for name in ("Ângelo Muianga", "Zuleica Évora"):
        person = make_person(name, now)
        cast.people[name] = person.id
        cast.enrolments[name] = enrol(person, cast.edition, "participant", now).id
        desk.start(name)
    db.session.flush()
    tutor, quiz = cast.member("tutor"), desk.quiz()
    names = [row.person.full_name for row in list_attempts(tutor, quiz, 1).rows]
    assert names == ["Ângelo Muianga", "Zuleica Évora"]
    assert [row.person.full_name for row in list_attempts(tutor, quiz, 1, words="evora ZULEICA").rows] == names[1:]
    found = find_people(cast.member("coordinator"), "angelo")
    assert [name for _enrolment_id, name in found] == names[:1]


@pytest.mark.parametrize("name", ["participant", "sponsor_viewer"])
def test_the_list_is_for_teachers_only(cast: Cast, desk: Desk, name: str) -> None:
    with pytest.raises(NotAllowed):
        list_attempts(cast.member(name), desk.quiz(), 1)


def test_modules_show_the_dates_that_the_edition_gave_its_quizzes(cast: Cast, desk: Desk) -> None:
    moved = desk.quiz().closes_at + timedelta(days=2)
    desk.quiz(closes_at=moved)
    assert activity_dates(cast.member("tutor"), cast.content)[QUIZ].closes_at == moved


def test_modules_show_a_quiz_as_done_once_an_attempt_is_submitted(cast: Cast, desk: Desk) -> None:
    attempt = desk.start()
    assert not activity_dates(cast.member("participant"), cast.content)[QUIZ].is_done
    desk.submit(attempt)
    assert activity_dates(cast.member("participant"), cast.content)[QUIZ].is_done
    assert not activity_dates(cast.member("other_participant"), cast.content)[QUIZ].is_done
    assert not activity_dates(cast.member("tutor"), cast.content)[QUIZ].is_done
