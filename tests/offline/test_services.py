"""What was sent later is taken once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import func, select

from lms.accounts.models import Person
from lms.core.db import db
from lms.courses.models import LessonCompletion
from lms.offline.models import TakenOperation
from lms.offline.services import REMEMBERED, forget_operations, take_operation
from tests.conftest import NOW, Browser
from tests.factories import Cast

LESSON = "/editions/R1/modules/m1/lessons/lesson-1"


def count(model: type) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_an_operation_is_taken_once_by_each_person(cast: Cast) -> None:
    amina, babu = (db.session.get_one(Person, cast.people[name]) for name in ("participant", "other_participant"))
    assert take_operation(amina, "operation-1", NOW)
    assert not take_operation(amina, "operation-1", NOW)
    assert take_operation(babu, "operation-1", NOW)


def test_a_form_that_is_sent_again_by_its_operation_does_nothing_more(as_role: Callable[[str], Browser]) -> None:
    browser = as_role("participant")
    sent = {"operation": "operation-1"}
    assert browser.post(f"{LESSON}/done", sent).status_code == 303
    assert browser.post(f"{LESSON}/not-done", {"operation": "operation-2"}).status_code == 303
    again = browser.post(f"{LESSON}/done", sent, headers={"Accept": "application/json"})
    assert again.json == {"message": "This was sent before, and is there."}
    assert count(LessonCompletion) == 0
    assert count(TakenOperation) == 2


def test_a_form_that_was_refused_may_be_sent_again(as_role: Callable[[str], Browser]) -> None:
    browser = as_role("participant")
    assert browser.post("/editions/R1/modules/m1/lessons/none/done", {"operation": "operation-1"}).status_code == 404
    assert count(TakenOperation) == 0
    assert browser.post(f"{LESSON}/done", {"operation": "operation-1"}).status_code == 303
    assert count(LessonCompletion) == 1


def test_operations_are_forgotten_once_no_device_sends_them_again(cast: Cast) -> None:
    amina = db.session.get_one(Person, cast.people["participant"])
    take_operation(amina, "old-operation", NOW - REMEMBERED - timedelta(days=1))
    take_operation(amina, "new-operation", NOW)
    forget_operations(NOW)
    assert db.session.scalars(select(TakenOperation.operation)).all() == ["new-operation"]
