"""Live sessions come with the edition, follow the course's texts, and are moved by coordinators."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import select

from lms.attendance.models import LiveSession
from lms.attendance.queries import find_next_session, get_session, sessions_of
from lms.attendance.services import Particulars, change_session
from lms.core.audit import AuditEvent
from lms.core.db import db
from lms.core.errors import NotAllowed, NotFound, RuleViolation
from lms.courses.domain.content import SessionPlan
from lms.courses.domain.schedule import Moment
from lms.courses.services import import_release
from tests.factories import Cast, both

MOVE = {
    "day": date(2026, 4, 1),
    "at": time(9, 30),
    "minutes": 45,
    "particulars": Particulars(link="https://meet.example.org/a"),
}


def test_an_edition_has_the_sessions_of_its_course_on_its_own_dates(cast: Cast) -> None:
    (session,) = sessions_of(cast.edition)
    assert (session.key, session.minutes, session.link) == ("opening", 60, "")
    assert session.starts_at == datetime(2026, 3, 3, 14, 0, tzinfo=UTC)
    assert session.title == both("Opening webinar")


def test_the_next_session_is_the_one_that_runs_or_comes(cast: Cast) -> None:
    session = get_session(cast.edition, "opening")
    end = session.starts_at + timedelta(minutes=60)
    assert find_next_session(cast.edition, end - timedelta(seconds=1)) is session
    assert find_next_session(cast.edition, end) is None


def test_a_session_is_moved_by_the_edition_clock_in_summer_time(cast: Cast, now: datetime) -> None:
    session = change_session(cast.member("coordinator"), "opening", **MOVE, now=now)  # type: ignore[arg-type]
    assert session.starts_at == datetime(2026, 4, 1, 7, 30, tzinfo=UTC)
    assert (session.minutes, session.link) == (45, "https://meet.example.org/a")
    other = get_session(cast.other_edition, "opening")
    assert other.starts_at == datetime(2026, 3, 3, 14, 0, tzinfo=UTC)


def test_a_move_is_on_record_with_what_was_before(cast: Cast, now: datetime) -> None:
    change_session(cast.member("coordinator"), "opening", **MOVE, now=now)  # type: ignore[arg-type]
    db.session.flush()
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "live session changed")).one()
    assert (event.edition_id, event.actor_id) == (cast.edition.id, cast.people["coordinator"])
    assert event.details["before"]["starts_at"] == "2026-03-03T14:00:00+00:00"
    assert event.details["after"]["minutes"] == 45


@pytest.mark.parametrize("name", ["participant", "tutor", "sponsor_viewer", "outsider"])
def test_only_coordinators_move_sessions(cast: Cast, now: datetime, name: str) -> None:
    with pytest.raises(NotAllowed):
        change_session(cast.member(name), "opening", **MOVE, now=now)  # type: ignore[arg-type]


def test_a_session_that_does_not_exist_cannot_be_moved(cast: Cast, now: datetime) -> None:
    with pytest.raises(NotFound):
        change_session(cast.member("coordinator"), "closing", **MOVE, now=now)  # type: ignore[arg-type]


def test_the_agenda_of_a_closed_edition_stays(cast: Cast, now: datetime) -> None:
    cast.edition.closed_at = now
    with pytest.raises(RuleViolation):
        change_session(cast.member("coordinator"), "opening", **MOVE, now=now)  # type: ignore[arg-type]


def test_a_new_release_brings_texts_and_new_sessions_and_keeps_when_and_where(cast: Cast, now: datetime) -> None:
    cast.other_edition.closed_at = now
    change_session(cast.member("coordinator"), "opening", **MOVE, now=now)  # type: ignore[arg-type]
    plan = replace(cast.content.agenda[0], title=both("Welcome"), starts=Moment(3, 10, 0), minutes=30)
    panel = SessionPlan("panel", both("Panel"), Moment(30, 15, 0), 90, both("Questions"))
    import_release(replace(cast.content, agenda=(plan, panel)), actor=None, now=now)
    db.session.flush()
    sessions = {session.key: session for session in sessions_of(cast.edition)}
    assert set(sessions) == {"opening", "panel"}
    assert sessions["opening"].title == both("Welcome")
    assert (sessions["opening"].starts_at, sessions["opening"].minutes) == (datetime(2026, 4, 1, 7, 30, tzinfo=UTC), 45)
    assert sessions["panel"].starts_at == datetime(2026, 3, 31, 13, 0, tzinfo=UTC)
    assert [session.title for session in sessions_of(cast.other_edition)] == [both("Opening webinar")]


def test_a_session_that_the_course_no_longer_has_stays_on_the_agenda(cast: Cast, now: datetime) -> None:
    import_release(replace(cast.content, agenda=()), actor=None, now=now)
    assert db.session.scalars(select(LiveSession.key)).all() == ["opening", "opening"]
