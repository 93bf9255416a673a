"""What a coordinator comes for, by the keyboard alone: enrol, group, give more time, close, issue."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from playwright.sync_api import FilePayload, expect
from sqlalchemy import select

from lms.assignments.models import Group
from lms.certificates.models import Certificate
from lms.courses.models import Edition, Enrolment
from lms.grading.models import Extension
from lms.notices.models import Notice
from lms.quizzes.models import Accommodation, Question, QuestionVersion, Quiz
from lms.quizzes.regrade_models import QuizRegrade
from tests.certificates.test_services import mark
from tests.conftest import NOW
from tests.journeys.conftest import DESKTOP, LiveServer
from tests.journeys.keyboard import at, cast_of
from tests.quizzes.conftest import Desk
from tests.surveys.conftest import CLOSED, OPEN

pytestmark = pytest.mark.browser

SetNow = Callable[[datetime], None]
PEOPLE: FilePayload = {
    "name": "people.csv", "mimeType": "text/csv", "buffer": b"email,name\namina@example.org,Amina Invented\n",
}  # fmt: skip


def test_somebody_is_enrolled_and_a_mistake_is_mended(live: LiveServer) -> None:
    keys = at(live, "/editions/R1/people", "coordinator")
    page = keys.page
    keys.skip()
    keys.follow("link", "Enrol one person")
    keys.skip()
    keys.write("E-mail address", "amina.example.org")
    keys.write(re.compile("^Name as printed"), "Amina Invented")
    keys.follow("button", "Enrol and invite")
    keys.to_this(page.locator(".error-summary a").first)
    keys.press("Enter")
    assert page.evaluate("document.activeElement.id") == "email"
    keys.press("Control+A")
    page.keyboard.type("amina@example.org")
    keys.follow("button", "Enrol and invite")
    assert "amina@example.org" in page.content()
    assert len(live.all(select(Enrolment))) == 10


def test_a_list_of_people_is_looked_at_and_taken_in(live: LiveServer) -> None:
    keys = at(live, "/editions/R1/people", "coordinator")
    page = keys.page
    # From the beginning: the browser is told only then that choosing is done here, and not while the key is pressed.
    page.on("filechooser", lambda chooser: chooser.set_files(PEOPLE))
    keys.skip()
    keys.follow("link", "Enrol from a list")
    keys.skip()
    keys.follow("button", "Look at the list")
    assert page.url.endswith("#main")  # the form had no address of its own, and leads again to where one was
    page.wait_for_function("document.activeElement.matches('.error-summary')")
    assert page.title().startswith("Problem: ")
    keys.to_this(page.locator(".error-summary a"))
    keys.press("Enter")
    assert page.evaluate("document.activeElement.id") == "file"
    keys.press("Enter")
    expect(page.locator("#file")).to_have_value(re.compile("people.csv$"))
    keys.follow("button", "Look at the list")
    keys.skip()
    keys.follow("button", "Enrol 1 person")
    keys.skip()
    keys.follow("link", "See the people")
    expect(page.get_by_text("amina@example.org")).to_be_visible()
    assert len(live.all(select(Enrolment))) == 10


def test_a_quiz_closes_later_and_who_has_not_answered_is_reminded(live: LiveServer, set_now: SetNow) -> None:
    set_now(OPEN)
    keys = at(live, "/editions/R1", "coordinator", DESKTOP)
    page = keys.page
    keys.follow("link", "Settings")
    keys.skip()
    keys.follow("link", "When quizzes and assignments open and close")
    keys.skip()
    keys.to_this(page.get_by_label("Closes, Quiz 1"))
    page.keyboard.type("04202026")
    keys.press("Tab")
    page.keyboard.type("1130PM")
    with page.expect_navigation():
        keys.press("Enter")
    closes = select(Quiz.closes_at).where(Quiz.key == "quiz-1").order_by(Quiz.edition_id)
    assert live.all(closes)[0][0] == datetime(2026, 4, 20, 21, 30, tzinfo=UTC)
    keys.follow_this(page.locator(".crumbs a"))
    keys.follow("link", "Evaluation")
    keys.skip()
    keys.follow("link", "Send a reminder")
    keys.skip()
    keys.follow("button", re.compile(r"^Send \d reminders$"))
    assert len(live.all(select(Notice).where(Notice.kind == "survey_reminder"))) == 3


def test_a_question_is_written_changed_and_archived(live: LiveServer) -> None:
    keys = at(live, "/editions/R1", "coordinator", DESKTOP)
    page = keys.page
    keys.follow("link", "Quizzes")
    keys.skip()
    keys.follow("link", "Open the question bank")
    keys.skip()
    keys.unfold("Write a question")
    keys.follow_this(page.locator("a[href*='kind=numerical']"))
    keys.skip()
    keys.to_this(page.locator('[name="stem.en"]'))
    page.keyboard.type("How many kilometres?")
    keys.follow("button", "Save the question")
    keys.to_this(page.locator(".error-summary a").first)
    keys.to_this(page.locator('[name="answers.0.value"]'))
    page.keyboard.type("12,5")
    keys.follow("button", "Save the question")
    keys.skip()
    keys.follow("link", "Change it")
    keys.skip()
    keys.to_this(page.locator('[name="stem.en"]'))
    keys.press("Control+End")
    page.keyboard.type(" Round up.")
    keys.follow("button", "Save the question")
    keys.skip()
    keys.follow("button", "Archive it")
    written = (
        select(Question.archived_at, QuestionVersion.number).join(QuestionVersion).where(Question.pack_digest.is_(None))
    )
    assert [(row[0] is not None, row[1]) for row in live.all(written.order_by(QuestionVersion.number))] == [
        (True, 1),
        (True, 2),
    ]


def test_a_wrong_key_is_mended_tried_and_applied_with_a_reason(live: LiveServer) -> None:
    with live.database():
        desk = Desk(cast_of(live), NOW)
        desk.sit(10)
        desk.sit(0, name="other_participant")
    keys = at(live, "/courses/small/questions/m2-q01", "coordinator", DESKTOP)
    page = keys.page
    keys.skip()
    keys.follow("link", "Change it")
    keys.skip()
    keys.pick(page.locator('[name="options.correct"][value="1"]'))
    keys.follow("button", "Save the question")
    keys.skip()
    keys.follow("link", re.compile("^Regrade"))
    keys.skip()
    keys.choose("What to do with question m2-q01, version 1", "Mark it under version 2")
    keys.follow("button", "See what it would do")
    keys.skip()
    keys.follow("button", "Apply the regrade")
    assert page.title().startswith("Problem: ")
    keys.to_this(page.locator(".error-summary a"))
    keys.press("Enter")
    page.keyboard.type("The key was wrong.")
    keys.follow("button", "Apply the regrade")
    expect(page.get_by_role("heading", level=1)).to_have_text("Regrade 1")
    assert [row[0] for row in live.all(select(QuizRegrade.reason))] == ["The key was wrong."]


def test_groups_are_proposed_changed_by_hand_and_made(live: LiveServer) -> None:
    keys = at(live, "/editions/R1/groups", "coordinator", DESKTOP)
    keys.skip()
    keys.to("spinbutton", "How many groups")
    keys.press("Control+A")
    keys.page.keyboard.type("2")
    keys.follow("button", "Show a proposal")
    keys.skip()
    keys.follow("button", re.compile("^(Make|Save) "))
    assert len(live.all(select(Group))) == 2
    keys.skip()
    keys.choose("Third Participant", "No group")
    keys.follow("button", "Save the groups")
    expect(keys.page.get_by_text("1 person is in no group")).to_be_visible()


def test_one_person_gets_more_time_for_an_essay_and_for_a_quiz(live: LiveServer) -> None:
    path = f"/editions/R1/gradebook/{live.enrolments['participant']}/final-assignment"
    keys = at(live, path, "coordinator")
    page = keys.page
    keys.skip()
    keys.to_this(page.locator("summary", has_text="Give more time"))
    keys.press("Enter")
    form = page.locator("form[action$=extension]")
    keys.to_this(form.locator("[type=date]"))
    page.keyboard.type("04202026")
    keys.to_this(form.locator("[type=time]"))
    page.keyboard.type("1159PM")
    keys.to_this(form.locator("textarea"))
    page.keyboard.type("The network was down.")
    keys.press("Tab")
    keys.look()
    with page.expect_navigation():
        keys.press("Enter")
    assert len(live.all(select(Extension))) == 1
    keys.follow("link", "Quizzes")
    keys.skip()
    keys.follow("link", "Quiz 2")
    keys.skip()
    keys.follow("link", "Accommodations")
    keys.skip()
    keys.to("searchbox", re.compile("Name"))
    page.keyboard.type("participant")
    with page.expect_navigation():
        keys.press("Enter")
    keys.skip()
    keys.follow("link", "Participant")
    keys.skip()
    keys.write(re.compile("^Attempts more than the others"), "1")
    keys.write(re.compile("^Reason"), "Reads slowly.")
    keys.follow("button", "Give it")
    assert [row[0] for row in live.all(select(Accommodation.extra_attempts))] == [1]


def test_an_edition_is_closed_and_its_certificates_issued(live: LiveServer, set_now: SetNow) -> None:
    set_now(CLOSED)
    with live.database():
        mark(cast_of(live), "participant", NOW, essay="30")
    keys = at(live, "/editions/R1/closing", "coordinator", DESKTOP)
    keys.skip()
    keys.follow("link", "Check, then close the edition")
    keys.skip()
    keys.follow("button", "Close the edition")
    keys.skip()
    keys.follow("button", "Issue 1 certificate")
    assert len(live.all(select(Certificate))) == 1
    assert [row[0] is not None for row in live.all(select(Edition.closed_at).where(Edition.code == "R1"))] == [True]
