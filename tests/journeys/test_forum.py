"""A message on a phone: what is half-written survives a closed page and an ended sign-in, and reading is noticed."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from lms.forums.models import Post, TopicRead
from tests.journeys.conftest import PHONE, LiveServer, until

pytestmark = pytest.mark.browser

NEW = "/editions/R1/forums/general/new"


def test_a_half_written_message_survives_and_is_forgotten_once_it_has_arrived(live: LiveServer) -> None:
    page = live.new_page("participant", PHONE)
    page.goto(NEW)
    page.get_by_label("What it is about").fill("Papers")
    page.get_by_label("Your message").fill("Half a message")
    page.goto("/editions/R1")
    page.goto(NEW)
    expect(page.get_by_label("Your message")).to_have_value("Half a message")
    expect(page.locator("[data-status]")).to_have_text("What you had begun to write is here again.")
    page.context.clear_cookies()
    page.get_by_role("button", name="Send my message").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You are signed out, and what you wrote is still here")
    live.sign_in(page, "participant")
    page.goto(NEW)
    expect(page.get_by_label("Your message")).to_have_value("Half a message")
    page.get_by_role("button", name="Send my message").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Papers")
    assert [row[0] for row in live.all(select(Post.body))] == ["Half a message"]
    page.goto(NEW)
    expect(page.get_by_label("Your message")).to_have_value("")


def test_opening_a_topic_says_that_it_is_read(live: LiveServer) -> None:
    writer = live.new_page("tutor", PHONE)
    writer.goto("/editions/R1/forums/announcements/new")
    writer.get_by_label("What it is about").fill("The webinar moves")
    writer.get_by_label("The announcement").fill("It is on **Thursday**.")
    writer.get_by_role("button", name="Send to everybody").click()
    expect(writer.get_by_role("heading", level=1)).to_have_text("The webinar moves")
    page = live.new_page("participant", PHONE)
    page.goto("/editions/R1")
    page.get_by_role("link", name="Read it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("The webinar moves")
    until(page, lambda: len(live.all(select(TopicRead.topic_id))), 2)
    page.goto("/editions/R1")
    expect(page.get_by_text("The webinar moves")).to_have_count(0)
