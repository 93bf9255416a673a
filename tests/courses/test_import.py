"""Importing a course: once, however often; running editions follow, closed ones stay."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import func, select

from lms.core.audit import AuditEvent
from lms.core.db import db, unit_of_work
from lms.core.errors import NotAllowed
from lms.courses import hooks
from lms.courses.models import Course, CourseRelease, Edition, EditionModule
from lms.courses.queries import course_slugs, find_latest_release, get_content
from lms.courses.services import import_release
from tests.factories import Cast, both, make_edition, small_course


def count(model: type[object]) -> int:
    return int(db.session.scalar(select(func.count()).select_from(model)) or 0)


def test_a_first_import_makes_the_course_and_its_first_release(app: Flask, now: datetime) -> None:
    outcome = import_release(small_course("new"), actor=None, now=now)
    assert (outcome.is_new, outcome.release.number, outcome.changes) == (True, 1, ())
    assert get_content(outcome.release.id) == small_course("new")
    assert course_slugs() == ["new"]
    assert find_latest_release("new") is outcome.release
    assert find_latest_release("other") is None


def test_importing_the_same_course_again_does_nothing(app: Flask, now: datetime) -> None:
    first = import_release(small_course(), actor=None, now=now)
    again = import_release(small_course(), actor=None, now=now + timedelta(days=1))
    assert (again.is_new, again.release.id) == (False, first.release.id)
    assert (count(Course), count(CourseRelease), count(AuditEvent)) == (1, 1, 1)


def test_a_changed_course_becomes_the_next_release_and_says_what_changed(app: Flask, now: datetime) -> None:
    import_release(small_course(), actor=None, now=now)
    outcome = import_release(replace(small_course(), title=both("Better")), actor=None, now=now)
    assert (outcome.is_new, outcome.release.number) == (True, 2)
    assert [str(change) for change in outcome.changes] == ["changed: course (title)"]


def test_a_course_that_is_put_back_is_a_new_release_again(app: Flask, now: datetime) -> None:
    import_release(small_course(), actor=None, now=now)
    import_release(replace(small_course(), title=both("Better")), actor=None, now=now)
    outcome = import_release(small_course(), actor=None, now=now)
    assert (outcome.is_new, outcome.release.number) == (True, 3)


def test_two_courses_number_their_releases_apart(app: Flask, now: datetime) -> None:
    import_release(small_course("one"), actor=None, now=now)
    assert import_release(small_course("two"), actor=None, now=now).release.number == 1


def test_running_editions_show_the_new_release_and_closed_ones_keep_theirs(cast: Cast, now: datetime) -> None:
    cast.other_edition.closed_at = now
    old = cast.other_edition.release_id
    outcome = import_release(replace(cast.content, title=both("Better")), actor=None, now=now)
    db.session.flush()
    assert outcome.editions == ("R1",)
    assert cast.edition.release_id == outcome.release.id
    assert cast.other_edition.release_id == old
    assert get_content(old).title == cast.content.title


def test_an_edition_that_is_still_being_prepared_follows_too(cast: Cast, now: datetime) -> None:
    draft = make_edition("R3", cast.edition.release, cast.content, now, opened_at=None)
    outcome = import_release(replace(cast.content, title=both("Better")), actor=None, now=now)
    assert draft.code in outcome.editions


def test_a_module_that_is_new_gets_its_date_and_a_moved_one_keeps_what_the_edition_said(
    cast: Cast, now: datetime
) -> None:
    row = db.session.scalars(
        select(EditionModule).where(EditionModule.edition_id == cast.edition.id, EditionModule.module_key == "m3")
    ).one()
    row.opens_at = moved = row.opens_at + timedelta(days=2)
    db.session.flush()
    extra = replace(cast.content.modules[0], key="extra", quiz=None)
    import_release(replace(cast.content, modules=(*cast.content.modules, extra)), actor=None, now=now)
    rows = db.session.scalars(select(EditionModule).where(EditionModule.edition_id == cast.edition.id)).all()
    opens = {row.module_key: row.opens_at for row in rows}
    assert opens["m3"] == moved
    assert opens["extra"] == opens["m1"]
    assert len(rows) == 7


def test_features_hear_of_a_new_release_once_editions_show_it(
    cast: Cast, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[tuple[int, int]] = []

    def hook(release: CourseRelease, at: datetime) -> None:
        edition = db.session.scalars(select(Edition).where(Edition.code == "R1")).one()
        heard.append((release.number, edition.release_id - release.id))

    monkeypatch.setitem(hooks._on_release, "a test", hook)
    import_release(cast.content, actor=None, now=now)
    assert heard == []
    import_release(replace(cast.content, title=both("Better")), actor=None, now=now)
    assert heard == [(2, 0)]


def test_an_import_is_on_record_with_what_changed(cast: Cast, now: datetime) -> None:
    administrator = cast.person("administrator")
    import_release(replace(cast.content, title=both("Better")), actor=administrator, now=now)
    db.session.flush()
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "course imported")).one()
    assert (event.actor_id, event.at) == (administrator.id, now)
    assert event.details["changes"] == ["changed: course (title)"]
    assert event.details["editions"] == ["R1", "R2"]


def test_two_imports_at_once_make_one_release(app: Flask, now: datetime) -> None:
    start = Barrier(4)

    def bring_in(_number: int) -> bool:
        with app.app_context():
            start.wait(timeout=10)
            with unit_of_work():
                return import_release(small_course("race"), actor=None, now=now).is_new

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(bring_in, range(4))) == [False, False, False, True]
    assert (count(Course), count(CourseRelease)) == (1, 1)


@pytest.mark.parametrize("name", ["participant", "tutor", "coordinator", "sponsor_viewer"])
def test_only_administrators_import_from_inside(cast: Cast, now: datetime, name: str) -> None:
    with pytest.raises(NotAllowed):
        import_release(small_course("new"), actor=cast.person(name), now=now)
    assert course_slugs() == ["small"]
