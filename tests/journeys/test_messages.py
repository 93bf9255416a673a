"""Messages and letters in a real browser: by the keyboard alone, for everybody to read, and without a line."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from sqlalchemy import select

from lms.assignments.group_models import GroupPost
from lms.core.db import db
from lms.messages import services
from lms.messages.models import Message, MessagePlace
from tests.assignments.making import make_group
from tests.conftest import NOW
from tests.journeys.conftest import LiveServer
from tests.journeys.keyboard import at, cast_of
from tests.journeys.test_accessibility import faults_of

pytestmark = pytest.mark.browser


def test_a_letter_to_several_people_is_written_by_the_keyboard_and_read_by_everybody(live: LiveServer) -> None:
    axe = Axe()
    keys = at(live, "/editions/R1", "tutor")
    page = keys.page
    keys.skip()
    keys.follow("link", "Write to them all")
    keys.skip()
    keys.choose("Seen lately", "Never signed in")
    keys.follow("button", "Show who that is")
    assert faults_of(axe, page) == []
    keys.skip()
    box = keys.to_this(page.get_by_role("checkbox", name="Third Participant"))
    keys.press("Space")
    expect(box).not_to_be_checked()
    keys.write("What it is about", "Week two")
    keys.write("Your letter", "We miss you.")
    keys.tick("Add to each letter what that person has not done yet, and until when it can be done")
    keys.follow("button", "See it before it is sent")
    assert faults_of(axe, page) == []
    keys.skip()
    keys.follow("button", "Send to 2 people")
    assert faults_of(axe, page) == []
    assert len(live.all(select(MessagePlace))) == 2
    page.wait_for_function("Object.keys(localStorage).every((key) => !key.includes(':forum:'))")
    page.goto("/editions/R1/messages/new")  # the next letter begins empty
    expect(page.get_by_label("Your letter")).to_have_value("")


def test_a_participant_and_the_team_talk_by_the_keyboard(live: LiveServer) -> None:
    axe = Axe()
    keys = at(live, "/editions/R1")
    keys.skip()
    keys.follow("link", "Stuck, or late? Write to your tutors")
    keys.skip()
    keys.write("Your message", "May I be late?")
    keys.follow("button", "Send to my tutors")
    assert faults_of(axe, keys.page) == []
    team = at(live, "/editions/R1", "tutor")
    team.skip()
    team.follow("link", "1 participant waits for an answer")
    team.skip()
    team.follow("link", "Participant")
    team.skip()
    team.write("Your message", "By two days.")
    team.follow("button", "Send to Participant")
    assert faults_of(axe, team.page) == []
    assert [row[0] for row in live.all(select(Message.body).order_by(Message.id))] == ["May I be late?", "By two days."]


def test_a_message_written_without_a_line_is_sent_once_when_it_is_back(live: LiveServer) -> None:
    with live.database():
        services.write_to_participant(
            cast_of(live).member("tutor"), enrolment_id=live.enrolments["participant"], body="How is it going?", now=NOW
        )
        db.session.commit()
    page = live.new_page("participant")
    page.goto("/editions/R1/messages")
    page.context.set_offline(True)
    page.get_by_role("textbox", name="Your message").fill("From the bus")
    page.get_by_role("button", name="Send to my tutors").click()
    waiting = page.get_by_role("status").filter(has_text="Your message to your tutors")
    expect(waiting).to_be_visible()
    assert len(live.all(select(Message))) == 1
    page.context.set_offline(False)
    expect(waiting).to_have_count(0)
    page.goto("/editions/R1/messages")
    expect(page.get_by_text("From the bus")).to_be_visible()
    assert len(live.all(select(Message))) == 2


def test_what_a_member_says_to_the_group_without_a_line_waits_and_then_stands_there(live: LiveServer) -> None:
    with live.database():
        group_id = make_group(cast_of(live), "participant", "other_participant").id
    page = live.new_page("participant")
    page.goto(f"/editions/R1/groups/{group_id}/discussion")
    box = page.get_by_role("textbox", name="Your message")
    box.fill("Half of a thought")
    page.reload()
    expect(box).to_have_value("Half of a thought")
    page.context.set_offline(True)
    box.fill("Shall we meet on Friday?")
    page.get_by_role("button", name="Send to my group").click()
    waiting = page.get_by_role("status").filter(has_text="Your message to Baobab")
    expect(waiting).to_be_visible()
    page.context.set_offline(False)
    expect(page.locator("article.post", has_text="Shall we meet on Friday?")).to_be_visible()
    expect(waiting).to_have_count(0)
    expect(box).to_have_value("")
    assert [row[0] for row in live.all(select(GroupPost.body))] == ["Shall we meet on Friday?"]
