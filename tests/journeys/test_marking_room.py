"""The marking room at a desk: by keyboard, saved criterion by criterion, and nothing lost without a connection."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from lms.accounts.models import Person
from lms.assignments.assessments import CriterionScore
from lms.courses.models import Edition, Enrolment
from lms.courses.permissions import Member
from tests.assignments.making import ESSAY, ESSAY_OPEN, words
from tests.journeys.conftest import DESKTOP, LiveServer

pytestmark = pytest.mark.browser


@pytest.fixture
def room(live: LiveServer, set_now: Callable[[datetime], None]) -> str:
    """The address of an essay that waits."""
    from lms.assignments.queries.work import get_standing
    from lms.assignments.services.drafts import save_draft
    from lms.assignments.services.submissions import check_work, submit_work
    from lms.core.db import db

    set_now(ESSAY_OPEN)
    with live.database():
        enrolment = db.session.get_one(Enrolment, live.enrolments["participant"])
        person = db.session.get_one(Person, live.people["participant"])
        actor = Member(person, db.session.get_one(Edition, enrolment.edition_id), enrolment)
        save_draft(actor, assignment_key=ESSAY, part_key="essay", body=words(1600), revision=0, now=ESSAY_OPEN)
        standing = get_standing(enrolment.edition_id, ESSAY, enrolment_id=enrolment.id, now=ESSAY_OPEN)
        digest = check_work(standing, ESSAY_OPEN).digest
        submission = submit_work(actor, assignment_key=ESSAY, number=1, digest=digest, now=ESSAY_OPEN)
        return f"/editions/R1/marking/{submission.id}"


def scores(live: LiveServer) -> dict[str, Decimal | None]:
    """What the server holds."""
    rows = live.all(select(CriterionScore))
    return {row[0].criterion_key: row[0].points for row in rows}


def test_a_mark_is_given_without_a_mouse(live: LiveServer, room: str) -> None:
    page = live.new_page("tutor", DESKTOP)
    page.goto(room)
    page.keyboard.press("8")
    page.keyboard.press("ArrowUp")
    for points in ("7,5", "7", "6"):
        page.keyboard.press("Enter")
        page.keyboard.type(points)
    expect(page.locator("[data-total]")).to_have_text("29.00")
    expect(page.locator("[data-status]")).to_contain_text("Saved at")
    page.keyboard.press("Enter")
    expect(page.locator(".marking-foot .button-primary")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**/marking")
    assert scores(live) == {"e1": Decimal("8.50"), "e2": Decimal("7.50"), "e3": Decimal(7), "e4": Decimal(6)}


def test_who_speaks_to_the_machine_turns_the_keys_off(live: LiveServer, room: str) -> None:
    page = live.new_page("tutor", DESKTOP)
    page.goto(room)
    page.locator(".room-keys summary").click()
    page.get_by_label("Keys work outside the boxes too").uncheck()
    page.reload()
    page.keyboard.press("8")
    assert page.locator("#points-e1").input_value() == ""
    page.locator(".room-keys summary").click()
    page.get_by_label("Keys work outside the boxes too").check()
    page.locator("h1").click()
    page.keyboard.press("8")
    assert page.locator("#points-e1").input_value() == "8"


def test_what_is_typed_without_a_connection_stays_on_the_device_and_is_sent_later(live: LiveServer, room: str) -> None:
    """Edge case 24: it is kept under the person and the marking, and nobody else on the device sees it."""
    page = live.new_page("tutor", DESKTOP)
    page.goto(room)
    page.context.set_offline(True)
    page.locator("#points-e2").fill("9")
    page.locator("#points-e2").blur()
    expect(page.locator("[data-status]")).to_contain_text("No connection")
    kept = page.evaluate("Object.keys(localStorage).filter((key) => key.includes(':marking:'))")
    assert len(kept) == 1
    assert kept[0].startswith(f"segin:unsent:{live.people['tutor']}:marking:")
    assert scores(live) == {}
    page.context.set_offline(False)
    expect(page.locator("[data-status]")).to_contain_text("Saved at")
    assert scores(live) == {"e2": Decimal(9)}
    assert page.evaluate("Object.keys(localStorage).filter((key) => key.includes(':marking:'))") == []


def test_two_tutors_on_two_criteria_both_stand_and_each_is_told(live: LiveServer, room: str) -> None:
    """Edge case 34: two tutors mark at once; the second is told, takes in the first's points, and loses nothing."""
    first, second = live.new_page("tutor", DESKTOP), live.new_page("coordinator", DESKTOP)
    with first.expect_response("**/presence"):
        first.goto(room)
    second.goto(room)
    expect(second.locator("[data-present]")).to_contain_text("Tutor")
    first.locator("#points-e1").fill("6")
    first.locator("#points-e1").blur()
    expect(first.locator("[data-status]")).to_contain_text("Saved at")
    second.locator("#points-e2").fill("9")
    second.locator("#points-e2").blur()
    expect(second.locator("[data-status]")).to_contain_text("was changed by somebody else")
    expect(second.locator("#points-e1")).to_have_value("6")
    assert scores(live)["e1"] == Decimal(6)
    assert scores(live)["e2"] == Decimal(9)
