"""A quiz on a poor connection, in a real browser: nothing lost, nothing doubled, nothing of one person to another."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import func, select

from lms.core.db import db
from lms.quizzes.models import Attempt, LatePacket, Quiz, Response
from tests.conftest import NOW
from tests.journeys.conftest import LiveServer, tell_until, until

pytestmark = pytest.mark.browser

QUIZ = "/editions/R1/quizzes/quiz-2"
HALF_AN_HOUR = re.compile(r"(30:00|2\d:\d\d) left")


def start(page: Page) -> None:
    page.goto(QUIZ)
    page.get_by_role("button", name="Start the quiz").click()
    expect(page.locator("fieldset.question")).to_have_count(10)


def choose(page: Page, position: int, option: str) -> None:
    page.locator(f'input[name="q{position}"][value="{option}"]').check()


def expect_status(page: Page, text: str) -> None:
    expect(page.locator("#quiz-status")).to_contain_text(text)


def answers_of(live: LiveServer, name: str) -> dict[int, str]:
    query = (
        select(Response.position, Response.answer)
        .join(Attempt, Attempt.id == Response.attempt_id)
        .where(Attempt.enrolment_id == live.enrolments[name])
        .order_by(Response.position)
    )
    return {position: answer["option"] for position, answer in live.all(query)}


def test_answers_given_without_a_connection_are_told_truthfully_and_sent_once_it_is_back(live: LiveServer) -> None:
    page = live.new_page("participant")
    start(page)
    for position in range(1, 8):
        choose(page, position, "a")
    expect_status(page, "7 of 10 on the server.")
    page.context.set_offline(True)
    for position in (8, 9, 10):
        choose(page, position, "b")
    expect_status(page, "7 of 10 on the server, 3 on this device, unsent. No connection")
    assert set(answers_of(live, "participant")) == set(range(1, 8))
    page.context.set_offline(False)
    expect_status(page, "All 10 answers are on the server.")
    assert answers_of(live, "participant") == dict.fromkeys(range(1, 8), "a") | {8: "b", 9: "b", 10: "b"}
    assert live.all(select(func.count()).select_from(Attempt))[0][0] == 1


def test_a_page_closed_with_unsent_answers_sends_them_when_it_is_opened_again(live: LiveServer) -> None:
    page = live.new_page("participant")
    start(page)
    address = page.url
    page.context.route("**/answers", lambda route: route.abort())
    choose(page, 4, "c")
    expect_status(page, "0 of 10 on the server, 1 on this device, unsent.")
    page.close()
    assert answers_of(live, "participant") == {}
    page.context.unroute("**/answers")
    again = page.context.new_page()
    again.goto(address)
    expect(again.locator('input[name="q4"][value="c"]')).to_be_checked()
    expect_status(again, "1 of 10 on the server.")
    assert answers_of(live, "participant") == {4: "c"}


def test_an_attempt_begun_on_the_phone_goes_on_at_the_desk(live: LiveServer) -> None:
    """Edge case 15: a second device goes on with the same attempt."""
    phone, desk = live.new_page("participant"), live.new_page("participant")
    start(phone)
    choose(phone, 1, "a")
    expect_status(phone, "1 of 10 on the server.")
    desk.goto(QUIZ)
    desk.get_by_role("link", name="Continue").click()
    expect(desk.locator('input[name="q1"][value="a"]')).to_be_checked()
    choose(desk, 1, "b")
    until(desk, lambda: answers_of(live, "participant"), {1: "b"})
    expect_status(desk, "1 of 10 on the server.")
    expect(desk.locator("#quiz-status")).not_to_contain_text("unsent")


def test_submitting_waits_for_what_is_unsent_and_then_shows_the_result(live: LiveServer) -> None:
    page = live.new_page("participant")
    start(page)
    page.context.set_offline(True)
    for position in range(1, 11):
        choose(page, position, "a")
    expect_status(page, "0 of 10 on the server, 10 on this device, unsent. No connection")
    with page.expect_event("requestfailed"):
        page.get_by_role("button", name="Check and submit").click()
    expect_status(page, "0 of 10 on the server, 10 on this device, unsent. No connection")
    page.context.set_offline(False)
    expect_status(page, "All 10 answers are on the server.")
    page.get_by_role("button", name="Check and submit").click()
    expect(page.get_by_text("You have answered every question.")).to_be_visible()
    page.get_by_role("button", name="Submit my answers").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("10 of 10 right")


def test_a_session_that_ends_while_answering_keeps_the_answers_until_the_same_person_is_back(live: LiveServer) -> None:
    """Edge case 25: the queue survives the sign-in of the same person."""
    page = live.new_page("participant")
    start(page)
    live.end_session(page)
    choose(page, 2, "d")
    expect_status(page, "0 of 10 on the server, 1 on this device, unsent. You are signed out.")
    expect(page.get_by_role("link", name="Sign in in another tab")).to_be_visible()
    assert answers_of(live, "participant") == {}
    live.sign_in(page, "participant")
    tell_until(page, "online", "#quiz-status", "1 of 10 on the server.")
    assert answers_of(live, "participant") == {2: "d"}
    page.get_by_role("button", name="Check and submit").click()
    expect(page.get_by_role("heading", name="Check your answers")).to_be_visible()


def test_on_a_shared_phone_nothing_of_one_person_reaches_the_other(live: LiveServer) -> None:
    """Edge case 24: what is kept on a device bears the person and the attempt."""
    page = live.new_page("participant")
    start(page)
    page.context.set_offline(True)
    choose(page, 3, "b")
    expect_status(page, "1 on this device, unsent.")
    live.sign_in(page, "other_participant")
    page.context.set_offline(False)
    expect_status(page, "Somebody else is signed in on this device.")
    other = page.context.new_page()
    start(other)
    expect(other.locator("input:checked")).to_have_count(0)
    expect(other.locator("#quiz-status")).to_have_text("0 of 10 on the server.")
    with page.expect_response("**/quiz-2/attempts/1"):
        page.evaluate("dispatchEvent(new Event('online'))")
    expect_status(page, "Somebody else is signed in on this device.")
    assert answers_of(live, "other_participant") == {}
    live.sign_in(page, "participant")
    tell_until(page, "online", "#quiz-status", "1 of 10 on the server.")
    assert answers_of(live, "participant") == {3: "b"}
    assert answers_of(live, "other_participant") == {}


def test_sign_out_warns_of_unsent_answers_and_leaves_none_behind(live: LiveServer) -> None:
    """Edge case 24: signing out warns, then forgets."""
    page = live.new_page("participant")
    start(page)
    page.route("**/answers", lambda route: route.abort())
    choose(page, 1, "a")
    expect_status(page, "1 on this device, unsent.")
    warnings: list[str] = []

    def stay(dialog: object) -> None:
        warnings.append(dialog.message)  # type: ignore[attr-defined]
        dialog.dismiss()  # type: ignore[attr-defined]

    page.once("dialog", stay)
    page.locator("details.account summary").click()
    page.get_by_role("button", name="Sign out").click()
    assert "have not been sent yet" in warnings[0]
    unsent = "Object.keys(localStorage).filter(key => key.startsWith('segin:unsent:')).length"
    assert page.evaluate(unsent) == 1
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(lambda url: "/attempts/" not in url)
    assert page.evaluate(unsent) == 0


def test_time_that_runs_out_offline_is_told_with_what_arrived_and_what_did_not(
    live: LiveServer, set_now: Callable[[datetime], None]
) -> None:
    """Edge case 13: the client says what was not received."""
    with live.database():
        db.session.execute(Quiz.__table__.update().values(time_limit_minutes=30))
    page = live.new_page("participant")
    start(page)
    expect(page.locator("#quiz-timer")).to_have_text(HALF_AN_HOUR)
    choose(page, 1, "a")
    expect_status(page, "1 of 10 on the server.")
    page.context.set_offline(True)
    choose(page, 2, "a")
    expect_status(page, "1 of 10 on the server, 1 on this device, unsent.")
    set_now(NOW + timedelta(minutes=31))
    page.context.set_offline(False)
    expect(page.get_by_role("heading", level=1)).to_have_text("1 of 10 right")
    expect(page.get_by_text("Too late was the answer to question 2.")).to_be_visible()
    assert answers_of(live, "participant") == {1: "a"}
    assert live.all(select(LatePacket.answers))[0][0] == {"2": {"option": "a"}}


def test_answers_that_come_after_another_device_submitted_are_told_as_too_late(live: LiveServer) -> None:
    phone, desk = live.new_page("participant"), live.new_page("participant")
    start(phone)
    phone.context.set_offline(True)
    choose(phone, 2, "a")
    expect_status(phone, "1 on this device, unsent.")
    desk.goto(phone.url)
    desk.get_by_role("button", name="Check and submit").click()
    desk.get_by_role("button", name="Submit my answers").click()
    expect(desk.get_by_role("heading", level=1)).to_have_text("0 of 10 right")
    phone.context.set_offline(False)
    expect_status(phone, "0 of 10 on the server. The answer to question 2 arrived after this attempt had ended")
    assert answers_of(live, "participant") == {}


def test_the_countdown_follows_the_server_and_not_the_clock_of_the_phone(live: LiveServer) -> None:
    """Edge case 18: a clock that is five hours wrong."""
    with live.database():
        db.session.execute(Quiz.__table__.update().values(time_limit_minutes=30))
    page = live.new_page("participant")
    page.add_init_script("const real = Date.now; Date.now = () => real() + 5 * 3600 * 1000;")
    start(page)
    expect(page.locator("#quiz-timer")).to_have_text(HALF_AN_HOUR)
    choose(page, 1, "a")
    expect_status(page, "1 of 10 on the server.")


def test_the_quiz_works_without_scripts(live: LiveServer) -> None:
    page = live.new_page("participant", java_script_enabled=False)
    start(page)
    choose(page, 1, "a")
    page.get_by_role("button", name="Save my answers").click()
    expect(page.get_by_text("Your answers are saved.")).to_be_visible()
    expect(page.locator("#quiz-status")).to_have_text("1 of 10 on the server.")
    page.get_by_role("button", name="Check and submit").click()
    expect(page.get_by_text("9 questions have no answer yet.")).to_be_visible()
    page.get_by_role("link", name="2. Stem of m2-q02?").click()
    choose(page, 2, "a")
    page.get_by_role("button", name="Check and submit").click()
    page.get_by_role("button", name="Submit my answers").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("2 of 10 right")
