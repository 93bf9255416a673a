"""The types that carry the house rules, and the only commit."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction

import pytest
from flask import Flask
from sqlalchemy import create_engine, func, select, text

from lms.accounts.models import Person
from lms.core.audit import AuditEvent, record_event
from lms.core.db import ExactFraction, Points, UtcDateTime, _teach_postgresql, after_commit, db, unit_of_work
from tests.factories import make_person

SQLITE = create_engine("sqlite://").dialect


def there_and_back(kind, value):
    return kind.process_result_value(kind.process_bind_param(value, SQLITE), SQLITE)


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        UtcDateTime().process_bind_param(datetime(2026, 3, 10), SQLITE)


def test_an_instant_of_any_zone_comes_back_as_the_same_instant_in_utc(app, now) -> None:
    harare = datetime(2026, 3, 10, 11, 0, tzinfo=timezone(timedelta(hours=2)))
    person = make_person("A", now, last_seen_at=harare)
    db.session.commit()
    db.session.expire_all()
    assert person.last_seen_at == harare
    assert person.last_seen_at.tzinfo is UTC


@pytest.mark.parametrize("points", [Decimal("0.00"), Decimal("59.99"), Decimal("60.00"), Decimal("100"), None])
def test_points_come_back_exactly_with_two_decimals(points) -> None:
    assert there_and_back(Points(), points) == points


def test_a_third_decimal_is_refused_never_rounded() -> None:
    with pytest.raises(ValueError, match="two decimals"):
        Points().process_bind_param(Decimal("59.995"), SQLITE)


def test_thirds_stay_thirds() -> None:
    assert there_and_back(ExactFraction(), Fraction(1, 3)) == Fraction(1, 3)


def test_what_is_raised_in_a_unit_of_work_undoes_all_of_it_its_record_too(app, now) -> None:
    def fail() -> None:
        with unit_of_work():
            make_person("A", now)
            record_event("test", now=now, actor_id=None, subject_type="person")
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert db.session.scalar(select(func.count(Person.id))) == 0
    assert db.session.scalar(select(func.count(AuditEvent.id))) == 0


def test_a_unit_of_work_commits_on_leaving(app, now) -> None:
    with unit_of_work():
        make_person("A", now)
    db.session.rollback()
    assert db.session.scalar(select(func.count(Person.id))) == 1


def test_what_no_rollback_undoes_is_done_after_the_commit_and_only_then(app, now) -> None:
    done: list[int] = []

    def fail() -> None:
        with unit_of_work():
            after_commit(lambda: done.append(0))
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    with unit_of_work():
        make_person("A", now)
        after_commit(lambda: done.append(db.session.scalar(select(func.count(Person.id))) or 0))
        assert done == []
    assert done == [1]
    with unit_of_work():
        pass
    assert done == [1]


@pytest.mark.postgresql
def test_a_form_after_the_database_was_started_anew_is_taken(app: Flask) -> None:
    """It was: the first form on each connection from before was lost with an error."""
    engine = create_engine(db.engine.url, pool_size=1)
    _teach_postgresql(engine)
    with engine.connect() as connection:
        before = connection.scalar(text("SELECT pg_backend_pid()"))
    with db.engine.connect() as other:
        other.execute(text("SELECT pg_terminate_backend(:pid, 10000)"), {"pid": before})  # waits until it has ended
    with engine.begin() as connection:
        assert connection.scalar(text("SELECT pg_backend_pid()")) != before
    engine.dispose()
