"""The evaluation on a phone: nothing typed is lost to a sign-in that ends, nothing stays behind once it is sent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from sqlalchemy import select

from lms.core.db import db
from lms.courses.models import Enrolment
from lms.courses.permissions import Member
from lms.surveys.models import SurveyParticipation, SurveyReturn
from lms.surveys.services import submit_answers
from tests.factories import enrol, make_person
from tests.journeys.conftest import DESKTOP, PHONE, LiveServer
from tests.journeys.test_accessibility import STANDARDS
from tests.surveys.conftest import CLOSED, OPEN

pytestmark = pytest.mark.browser

PAGE = "/editions/R1/evaluation"
ADVICE = "More time for the group work."


def fill_in(page: Page) -> None:
    page.goto(PAGE)
    page.locator('input[name="a-e01"][value="4"]').check()
    page.locator('input[name="a-e02"][value="na"]').check()
    page.locator('textarea[name="a-e03"]').fill(ADVICE)


def kept(page: Page) -> list[str]:
    return page.evaluate("Object.keys(sessionStorage).filter((key) => key.startsWith('segin:survey:'))")


def test_what_was_typed_survives_a_sign_in_that_ended(live: LiveServer, set_now: Callable[[datetime], None]) -> None:
    set_now(OPEN)
    page = live.new_page("participant", PHONE)
    fill_in(page)
    live.end_session(page)
    page.get_by_role("button", name="Send my answers").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("That did not work")
    assert live.all(select(SurveyReturn)) == []
    live.sign_in(page, "participant")
    page.goto(PAGE)
    expect(page.locator("#survey-status")).to_contain_text("What you had typed in this tab is back")
    expect(page.locator('input[name="a-e01"][value="4"]')).to_be_checked()
    expect(page.locator('textarea[name="a-e03"]')).to_have_value(ADVICE)
    page.get_by_role("button", name="Send my answers").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("your answers have been received")
    page.wait_for_load_state()
    assert [row[0].answers for row in live.all(select(SurveyReturn))] == [{"e01": 4, "e02": "na", "e03": ADVICE}]
    assert kept(page) == []


def test_two_presses_of_the_button_are_one_return(live: LiveServer, set_now: Callable[[datetime], None]) -> None:
    set_now(OPEN)
    page = live.new_page("participant", PHONE)
    fill_in(page)
    page.get_by_role("button", name="Send my answers").dblclick()
    page.wait_for_url(f"**{PAGE}/thanks")
    assert len(live.all(select(SurveyReturn))) == len(live.all(select(SurveyParticipation))) == 1


def test_the_next_person_in_the_same_tab_finds_nothing_typed(
    live: LiveServer, set_now: Callable[[datetime], None]
) -> None:
    set_now(OPEN)
    page = live.new_page("participant", PHONE)
    fill_in(page)
    live.sign_in(page, "other_participant")
    page.goto(PAGE)
    expect(page.locator('textarea[name="a-e03"]')).to_have_value("")
    assert kept(page) == []


def test_the_questionnaire_and_the_results_are_accessible_and_fit_the_screen(
    live: LiveServer, set_now: Callable[[datetime], None]
) -> None:
    set_now(OPEN)
    _have_answered(live, 6)
    faults = _faults(live, "participant", PAGE)
    set_now(CLOSED)
    for path in (PAGE, f"{PAGE}/results", "/editions/R1/report"):
        faults += _faults(live, "participant" if path == PAGE else "coordinator", path)
    assert faults == []


def _have_answered(live: LiveServer, people: int) -> None:

    with live.database():
        edition = db.session.get_one(Enrolment, live.enrolments["participant"]).edition
        for number in range(people):
            person = make_person(f"Answering {number}", OPEN)
            member = Member(person, edition, enrol(person, edition, "participant", OPEN))
            submit_answers(member, {"e01": str(number % 5 + 1), "e02": "na", "e03": ADVICE}, OPEN)


def _faults(live: LiveServer, name: str, path: str) -> list[str]:
    found = []
    for viewport, scheme in ((PHONE, "light"), ({"width": 768, "height": 900}, "light"), (DESKTOP, "dark")):
        page = live.new_page(name, viewport, color_scheme=scheme)
        page.goto(path)
        report = Axe().run(page, options={"runOnly": {"type": "tag", "values": STANDARDS}})
        found += [f"{path} {v['id']}: {v['nodes'][0]['html'][:160]}" for v in report.response["violations"]]
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            found.append(f"{path} is wider than {viewport['width']}")
    return found
