"""What a participant comes for is done from the first key to the last without a mouse, on the narrowest screen."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from lms.accounts.models import Person
from lms.accounts.passwords import hash_password
from lms.assignments.group_models import ContributionRating, GroupPost, PeerReview
from lms.assignments.models import Group, GroupMember, Submission
from lms.assignments.services.peer_rounds import ask_for_reviews
from lms.assignments.services.sign_up import save_sign_up
from lms.attendance.attending import join_token
from lms.attendance.models import Attendance, LiveSession
from lms.certificates import services as certificates
from lms.certificates.models import Certificate
from lms.core.db import db
from lms.courses.models import LessonCompletion
from lms.forums.models import Answer, ForumSubscription, MailChoice, Post, Report, TopicSubscription
from lms.quizzes.models import Response
from lms.surveys.models import SurveyReturn
from tests.assignments.making import ESSAY_OPEN, GROUP_OPEN, make_group, teamwork_of, words
from tests.assignments.test_peer import DURING, with_peer
from tests.attendance.test_views import START
from tests.certificates.test_services import issue, mark
from tests.conftest import NOW
from tests.journeys.conftest import LiveServer
from tests.journeys.keyboard import at, cast_of
from tests.quizzes.question_samples import ask_all_in
from tests.surveys.conftest import OPEN

pytestmark = pytest.mark.browser

SetNow = Callable[[datetime], None]
PASSWORD = "five plain words in a row"


def test_somebody_signs_in_and_says_what_comes_by_mail(live: LiveServer) -> None:
    with live.database():
        person = db.session.get_one(Person, live.people["participant"])
        person.password_hash = hash_password(PASSWORD)
        address = person.email
    keys = at(live, "/sign-in", None)
    keys.skip()
    keys.write("E-mail address", address)
    keys.write("Password", PASSWORD)
    keys.press("Enter")
    keys.page.wait_for_url("**/editions/R1")
    keys.to_this(keys.page.locator(".account summary"))
    keys.press("Enter")
    keys.follow("link", "My profile")
    keys.follow("link", re.compile("^Notices"))
    keys.skip()
    keys.follow("link", "Choose what comes by mail")
    keys.skip()
    keys.pick(keys.page.get_by_role("radio", name="By mail, once a day").first)
    keys.follow("button", "Save my choices")
    expect(keys.page.get_by_role("status").first).to_be_visible()


def test_a_lesson_is_read_and_marked_as_done(live: LiveServer) -> None:
    keys = at(live, "/editions/R1")
    keys.skip()
    keys.follow("link", "Read this lesson")
    keys.skip()
    keys.follow("button", "Mark as done and go on")
    assert len(live.all(select(LessonCompletion))) == 1


def test_a_quiz_with_every_type_of_question_is_taken(live: LiveServer) -> None:
    with live.database():
        edition = cast_of(live).edition
        ask_all_in(edition.id, edition.course_id, "quiz-2", NOW)
    keys = at(live, "/editions/R1/quizzes/quiz-2")
    page = keys.page
    keys.skip()
    keys.follow("button", "Start the quiz")
    keys.skip()
    keys.pick(page.locator('[name="q1"][value="free"]'))
    for label in page.locator("#q2 label").all_inner_texts():
        if label in ("Economic", "Social"):
            keys.tick(label)
    keys.pick(page.get_by_label("False"))
    for office in page.locator("#q4 label").all_inner_texts():
        keys.choose(office, {"Labour office": "Finds work", "Health centre": "Treats"}.get(office, "Trains"))
    for item in page.locator("#q5 label").all_inner_texts():
        order = ("Counselling", "Reintegration plan", "Starting a business", "Follow-up visit")
        keys.choose(item, str(order.index(item) + 1))
    keys.to_this(page.locator("#q6-text"))
    page.keyboard.type("1250.5 km")
    keys.to_this(page.locator("#q7-text"))
    page.keyboard.type("voluntary return")
    keys.press("Tab")
    expect(page.locator("#quiz-status")).to_contain_text("All 7 answers are on the server.")
    keys.follow("button", "Check and submit")
    keys.skip()
    keys.follow("button", "Submit my answers")
    expect(page.get_by_role("heading", level=1)).to_have_text("7 of 7 right")
    assert len(live.all(select(Response))) == 7


def test_a_group_is_joined_and_its_work_written_and_handed_in(live: LiveServer, set_now: SetNow) -> None:
    set_now(GROUP_OPEN)
    with live.database():
        cast = cast_of(live)
        make_group(cast, "other_participant", name="Baobab")
        save_sign_up(cast.member("coordinator"), opens_at=GROUP_OPEN, closes_at=GROUP_OPEN + timedelta(days=3), capacity=4, now=GROUP_OPEN)  # fmt: skip
    keys = at(live, "/editions/R1/group")
    page = keys.page
    keys.skip()
    keys.follow("button", "Join Baobab")
    assert len(live.all(select(GroupMember))) == 2
    with live.database():
        db.session.scalars(select(Group)).one().ambassador_id = live.enrolments["participant"]
    keys.skip()
    keys.follow("link", "Proposal")
    keys.skip()
    keys.write("Your text", "What we propose: a desk where returnees are heard, and paid work in a month.")
    expect(page.locator("[data-status]")).to_contain_text("Saved")
    keys.follow("button", "Save")
    keys.skip()
    keys.follow_this(page.locator(".crumbs a"))
    keys.skip()
    keys.follow("link", "Check before handing in")
    keys.skip()
    keys.follow("button", "Hand in for my group")
    assert len(live.all(select(Submission))) == 1


def test_the_ambassador_names_a_deputy_who_asks_the_tutors_and_hands_in(live: LiveServer, set_now: SetNow) -> None:
    set_now(GROUP_OPEN)
    with live.database():
        make_group(cast_of(live), "participant", "other_participant", ambassador="participant")
    keys = at(live, "/editions/R1/group")
    keys.skip()
    keys.unfold("Name your deputy")
    keys.choose("Deputy", "Other Participant")
    keys.follow("button", "Save the deputy")
    keys.skip()
    keys.follow("link", "Discussion")
    keys.skip()
    keys.write("Your message", "You may hand in for us.")
    keys.follow("button", "Send to my group")
    other = at(live, "/editions/R1/group", "other_participant")
    other.skip()
    other.follow("link", "Discussion")
    other.skip()
    other.write("Your message", "May we write one text for both?")
    other.tick(re.compile("tutors"))
    other.follow("button", "Send to my group")
    other.skip()
    other.follow("link", "Baobab")
    other.skip()
    other.follow("link", "Proposal")
    other.skip()
    other.write("Your text", "A desk where returnees are heard.")
    expect(other.page.locator("[data-status]")).to_contain_text("Saved")
    other.follow("button", "Save")
    other.skip()
    other.follow_this(other.page.locator(".crumbs a"))
    other.skip()
    other.follow("link", "Check before handing in")
    other.skip()
    other.follow("button", "Hand in for my group")
    assert [row[0] for row in live.all(select(GroupPost.asks_tutors).order_by(GroupPost.id))] == [False, True]
    assert [row[0] for row in live.all(select(Submission.submitted_by_id))] == [live.enrolments["other_participant"]]


def test_another_group_is_reviewed_and_who_contributed_how_much_is_said(live: LiveServer, set_now: SetNow) -> None:
    with live.database():
        cast = cast_of(live)
        asked = with_peer(cast)
        make_group(cast, "participant", "other_participant", name="One", ambassador="participant")
        make_group(cast, "third_participant", name="Two", ambassador="third_participant")
        for name in ("participant", "third_participant"):
            teamwork_of(cast, name, GROUP_OPEN)
        ask_for_reviews(asked, DURING)
    set_now(DURING)
    keys = at(live, "/editions/R1/group")
    page = keys.page
    keys.skip()
    keys.follow("link", re.compile("^Peer assessment"))
    keys.skip()
    keys.follow("link", "Work 1")
    keys.skip()
    keys.write(re.compile("^What you would tell this group"), "One hears the people.")
    page.reload()  # what was begun is there again
    expect(page.get_by_role("textbox", name=re.compile("^What you would tell"))).to_have_value("One hears the people.")
    keys.skip()
    for step in page.get_by_role("radio", name="4 · Mostly").all():
        keys.pick(step)
    keys.follow("button", "Confirm the review")
    page.wait_for_function("Object.keys(localStorage).every((key) => !key.includes(':forum:'))")
    keys.skip()
    keys.follow("link", "Who contributed how much")
    keys.skip()
    keys.pick(page.get_by_role("radio", name="3 · a fair share"))
    keys.follow("button", "Save in confidence")
    own = select(PeerReview.comment).where(PeerReview.confirmed_at.is_not(None))
    assert [row[0] for row in live.all(own)] == ["One hears the people."]
    assert [row[0] for row in live.all(select(ContributionRating.rating))] == [3]


def test_a_session_is_joined_by_ones_own_link(live: LiveServer, set_now: SetNow) -> None:
    set_now(START)
    with live.database():
        session = db.session.scalars(
            select(LiveSession).where(LiveSession.edition_id == cast_of(live).edition.id)
        ).one()
        address = f"/join/{join_token(session.id, live.enrolments['participant'])}"
    keys = at(live, address, None)
    keys.skip()
    keys.follow("button", "Join the session")
    expect(keys.page.get_by_role("heading", level=1)).to_have_text("You are marked as present")
    assert [row[0] for row in live.all(select(Attendance.joined_at))] == [START]


def test_an_essay_is_written_and_handed_in(live: LiveServer, set_now: SetNow) -> None:
    set_now(ESSAY_OPEN)
    keys = at(live, "/editions/R1/assignments/final-assignment")
    page = keys.page
    keys.skip()
    keys.write("Your text", "My subject is ")
    page.keyboard.insert_text(words(1600))
    keys.follow("button", "Save and check before handing in")
    keys.skip()
    keys.follow("button", "Hand in my work")
    assert len(live.all(select(Submission))) == 1
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_a_topic_is_begun_followed_answered_and_a_message_reported(live: LiveServer) -> None:
    keys = at(live, "/editions/R1/forums/general")
    page = keys.page
    keys.skip()
    keys.follow("link", "Begin a topic or ask a question")
    keys.skip()
    keys.write(re.compile("^What it is about"), "Papers of children")
    keys.write(re.compile("^Your message"), "Who gives them?")
    keys.tick(re.compile("question"))
    keys.follow("button", "Send my message")
    topic = page.url
    other = at(live, topic, "other_participant")
    other.skip()
    other.write("Your reply", "The office of civil status.")
    other.follow("button", "Send my reply")
    other.skip()
    other.follow("button", "Tell me nothing of it")
    other.skip()
    other.follow("link", "Report it")
    other.skip()
    other.write(re.compile("reason|Reason|Why|wrong"), "It names somebody.")
    other.follow("button", "Report this message")
    page.goto(topic)
    keys.skip()
    keys.follow("button", "This is the answer")
    assert len(live.all(select(Post))) == 2
    assert len(live.all(select(Answer))) == len(live.all(select(Report))) == 1
    assert {row[0] for row in live.all(select(TopicSubscription.is_on))} == {True, False}


def test_one_says_what_a_forum_tells_and_how_often_a_letter_comes(live: LiveServer) -> None:
    keys = at(live, "/editions/R1")
    page = keys.page
    keys.follow("link", "Forums")
    keys.skip()
    keys.follow_this(page.locator("main a[href$='/forums/general']").first)
    keys.skip()
    keys.unfold("I am told of")
    keys.pick(page.get_by_role("radio", name="every message"))
    keys.follow("button", "Save")
    assert [row[0] for row in live.all(select(ForumSubscription.is_on))] == [True]
    keys.skip()
    keys.unfold("I am told of")
    keys.follow("link", "How messages reach me by mail")
    keys.skip()
    keys.pick(page.get_by_role("radio", name="each by mail at once"))
    keys.follow("button", "Save my choice")
    assert [row[0] for row in live.all(select(MailChoice.delivery))] == ["at-once"]
    keys.skip()
    keys.follow("link", "How messages reach me by mail")
    keys.skip()
    keys.pick(page.get_by_role("radio", name=re.compile("^in one letter a day")))
    keys.follow("button", "Save my choice")
    assert [row[0] for row in live.all(select(MailChoice.delivery))] == ["daily"]


def test_the_evaluation_is_answered(live: LiveServer, set_now: SetNow) -> None:
    set_now(OPEN)
    keys = at(live, "/editions/R1/evaluation")
    page = keys.page
    keys.skip()
    keys.pick(page.locator('[name="a-e01"][value="4"]'))
    keys.pick(page.locator('[name="a-e02"][value="na"]'))
    keys.write(re.compile("most useful"), "The personas.")
    keys.follow("button", "Send my answers")
    assert [row[0].answers for row in live.all(select(SurveyReturn))] == [
        {"e01": 4, "e02": "na", "e03": "The personas."}
    ]


def test_a_stranger_checks_a_certificate(live: LiveServer) -> None:
    with live.database():
        cast = cast_of(live)
        mark(cast, "participant", NOW, essay="30")
        certificates.close_edition(actor=cast.member("coordinator"), now=NOW)
        issue(cast, NOW)
        code = db.session.scalars(select(Certificate.code)).one()
    keys = at(live, "/sign-in", None)
    keys.follow("link", "Check a certificate")
    keys.skip()
    keys.write("Code of the certificate", "Z" * 26)
    with keys.page.expect_navigation():
        keys.press("Enter")
    assert keys.page.title().startswith("Problem: ")
    keys.to_this(keys.page.locator(".error-summary a"))
    keys.press("Enter")
    assert keys.page.evaluate("document.activeElement.id") == "code"
    keys.press("Control+A")
    keys.page.keyboard.type(code)
    keys.follow("button", "Check this certificate")
    expect(keys.page.get_by_text("genuine and stands")).to_be_visible()


def test_a_certificate_is_found_and_fetched(live: LiveServer) -> None:
    with live.database():
        cast = cast_of(live)
        mark(cast, "participant", NOW, essay="30")
        certificates.close_edition(actor=cast.member("coordinator"), now=NOW)
        issue(cast, NOW)
    keys = at(live, "/editions/R1")
    keys.to("link", "Certificate")
    keys.press("Enter")
    keys.page.wait_for_url("**/certificate*")
    keys.skip()
    keys.to("link", re.compile("Download the certificate"))
    with keys.page.expect_download() as fetched:
        keys.press("Enter")
    assert fetched.value.suggested_filename.endswith(".pdf")
    keys.follow("link", "the public page of this certificate")
    expect(keys.page.get_by_text("genuine and stands")).to_be_visible()
