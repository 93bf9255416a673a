"""Reading progress: modules that open, lessons that are done, glossary order and search; content kept in memory."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from lms.core.db import db
from lms.core.errors import NotAllowed, NotFound, RuleViolation
from lms.courses.activities import activity_dates
from lms.courses.domain.glossary import alphabetical, matches
from lms.courses.domain.reading import ModuleState, current_module, lessons_around, module_states_of
from lms.courses.models import EditionModule, LessonCompletion
from lms.courses.queries import forget_contents, get_content, module_states
from lms.courses.services import mark_lesson_done, mark_lesson_not_done
from tests.factories import Cast, small_course

M3_OPENS = datetime(2026, 3, 16, 7, 0, tzinfo=UTC)  # eight o'clock in Turin, in winter time
MODULES = small_course().modules
OPENINGS = {
    module.key: datetime(2026, 3, 2, 7, 0, tzinfo=UTC) + timedelta(days=7 * n) for n, module in enumerate(MODULES)
}


def states(now: datetime, **done: set[str]) -> tuple[ModuleState, ...]:
    return module_states_of(MODULES, OPENINGS, done, now)


def test_a_module_is_open_from_its_very_instant() -> None:
    assert [state.is_open for state in states(OPENINGS["m2"])] == [True, True, False, False, False, False]
    assert not states(OPENINGS["m2"] - timedelta(microseconds=1))[1].is_open


def test_lessons_that_no_longer_exist_do_not_count_as_done() -> None:
    state = states(OPENINGS["m1"], m1={"lesson-1", "gone"})[0]
    assert (state.done_count, state.total, state.is_done) == (1, 2, False)
    assert state.next_lesson is not None
    assert state.next_lesson.key == "lesson-2"


def test_one_goes_on_where_something_is_left_to_read() -> None:
    both = {"lesson-1", "lesson-2"}
    assert current_module(states(OPENINGS["m1"] - timedelta(days=1))) is None
    for done, expected in (({}, "m1"), ({"m1": both}, "m2"), ({"m2": both}, "m1"), ({"m1": both, "m2": both}, "m2")):
        current = current_module(states(OPENINGS["m2"], **done))
        assert current is not None
        assert current.module.key == expected


@given(st.integers(0, 5), st.sets(st.sampled_from(("lesson-1", "lesson-2", "gone"))), st.integers(-50, 50))
def test_done_never_exceeds_the_total_and_time_only_opens(number: int, done: set[str], days: int) -> None:
    now = OPENINGS["m1"] + timedelta(days=days)
    state, later = (states(at, **{f"m{number + 1}": done})[number] for at in (now, now + timedelta(days=1)))
    assert 0 <= state.done_count <= state.total
    assert state.is_open <= later.is_open


def test_the_lessons_before_and_after_stay_within_the_module() -> None:
    first, second = MODULES[0].lessons
    assert lessons_around(MODULES[0], "lesson-1") == (None, second)
    assert lessons_around(MODULES[0], "lesson-2") == (first, None)


def test_accents_and_case_do_not_decide_the_order_of_words() -> None:
    words = ["Zone", "économie", "Eau", "employeur", "État", "etat"]
    assert [word for word, _ in alphabetical((word, word) for word in words)] == [
        "Eau", "économie", "employeur", "etat", "État", "Zone",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("question", "found"),
    [("reintegration", True), ("RÉINT durable", True), ("  ", True), ("durable return", False), ("réintégrer", False)],
)
def test_a_search_finds_every_word_whatever_its_case_and_accents(question: str, found: bool) -> None:
    assert matches(question, ("Réintégration", "Un retour durable")) is found


def test_states_tell_what_one_person_has_read(cast: Cast, now: datetime, count_queries: Callable[[], Any]) -> None:
    for name in ("participant", "other_participant"):
        mark_lesson_done(cast.member(name), "m1", "lesson-1", now)
    mark_lesson_done(cast.member("participant"), "m2", "lesson-2", now)
    edition, enrolment_id = cast.edition, cast.enrolments["participant"]
    get_content(edition.release_id)
    db.session.flush()
    with count_queries() as statements:
        found = module_states(edition, enrolment_id, now)
    assert len(statements) == 1
    assert [(state.module.key, state.done_count, state.total, state.is_open) for state in found][:3] == [
        ("m1", 1, 2, True), ("m2", 1, 2, True), ("m3", 0, 2, False),
    ]  # fmt: skip
    assert found[2].opens_at == M3_OPENS
    assert sum(state.done_count for state in module_states(edition, None, now)) == 0


def test_a_module_that_the_edition_moved_opens_when_the_edition_says(cast: Cast, now: datetime) -> None:
    row = db.session.scalars(
        select(EditionModule).where(EditionModule.edition_id == cast.edition.id, EditionModule.module_key == "m3")
    ).one()
    row.opens_at = now
    db.session.flush()
    assert module_states(cast.edition, None, now)[2].is_open
    mark_lesson_done(cast.member("participant"), "m3", "lesson-1", now)


def test_marking_a_lesson_done_twice_is_one_mark_with_the_first_time(cast: Cast, now: datetime) -> None:
    member = cast.member("participant")
    mark_lesson_done(member, "m1", "lesson-1", now)
    mark_lesson_done(member, "m1", "lesson-1", now + timedelta(hours=1))
    (row,) = db.session.scalars(select(LessonCompletion)).all()
    assert (row.module_key, row.lesson_key, row.completed_at) == ("m1", "lesson-1", now)


def test_a_mark_can_be_taken_back_and_taking_back_nothing_is_no_error(cast: Cast, now: datetime) -> None:
    member = cast.member("participant")
    mark_lesson_done(member, "m1", "lesson-1", now)
    mark_lesson_done(cast.member("other_participant"), "m1", "lesson-1", now)
    for _ in range(2):
        mark_lesson_not_done(member, "m1", "lesson-1", now)
    assert db.session.scalars(select(LessonCompletion.enrolment_id)).all() == [cast.enrolments["other_participant"]]


@pytest.mark.parametrize("name", ["tutor", "coordinator", "sponsor_viewer", "administrator"])
@pytest.mark.parametrize("act", [mark_lesson_done, mark_lesson_not_done])
def test_only_participants_mark_lessons(cast: Cast, now: datetime, name: str, act: Callable[..., None]) -> None:
    with pytest.raises(NotAllowed):
        act(cast.member(name), "m1", "lesson-1", now)


@pytest.mark.parametrize("place", [("m9", "lesson-1"), ("m1", "lesson-9")])
def test_a_lesson_that_does_not_exist_cannot_be_done(cast: Cast, now: datetime, place: tuple[str, str]) -> None:
    with pytest.raises(NotFound):
        mark_lesson_done(cast.member("participant"), *place, now)


def test_a_lesson_cannot_be_done_before_its_module_opens(cast: Cast) -> None:
    member = cast.member("participant")
    with pytest.raises(RuleViolation):
        mark_lesson_done(member, "m3", "lesson-1", M3_OPENS - timedelta(microseconds=1))
    mark_lesson_done(member, "m3", "lesson-1", M3_OPENS)


@pytest.mark.parametrize("act", [mark_lesson_done, mark_lesson_not_done])
def test_progress_stays_as_it_is_once_the_edition_is_closed(
    cast: Cast, now: datetime, act: Callable[..., None]
) -> None:
    mark_lesson_done(cast.member("participant"), "m1", "lesson-2", now)
    cast.edition.closed_at = now
    with pytest.raises(RuleViolation):
        act(cast.member("participant"), "m1", "lesson-2", now)
    assert db.session.scalar(select(func.count()).select_from(LessonCompletion)) == 1


def test_many_threads_read_the_same_content(app: Flask, cast: Cast) -> None:
    release_id = cast.edition.release_id
    db.session.commit()
    forget_contents()

    def read(_number: int) -> str:
        with app.app_context():
            return get_content(release_id).slug

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(read, range(40))) == {"small"}


def test_the_courses_own_dates_hold_until_a_feature_tells_others(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    from lms.courses import activities

    monkeypatch.setattr(activities, "_sources", {})
    member = cast.member("participant")
    dates = activity_dates(member, cast.content)
    assert dates["quiz-1"].closes_at == datetime(2026, 3, 8, 22, 59, tzinfo=UTC)
    assert not dates["quiz-1"].is_over(datetime(2026, 3, 8, 22, 59, 59, tzinfo=UTC))
    assert dates["quiz-1"].is_over(datetime(2026, 3, 8, 23, 0, tzinfo=UTC))
    moved = replace(dates["quiz-1"], closes_at=datetime(2026, 3, 20, tzinfo=UTC))
    activities.add_activity_dates("a test", lambda member: {"quiz-1": moved})
    assert activity_dates(member, cast.content)["quiz-1"] == moved
    assert set(dates) == {*(f"quiz-{n}" for n in range(1, 7)), "group-work", "final-assignment"}


def test_the_schemas_are_shipped_with_the_code() -> None:
    folder = Path(__file__).parents[2] / "lms" / "courses" / "schemas"
    kinds = ("course", "grading", "glossary", "agenda", "evaluation", "assignment", "module", "quiz")
    assert all((folder / f"{kind}.json").is_file() for kind in kinds)
