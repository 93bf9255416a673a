"""What a tutor comes for, by the keyboard alone: marks by the rubric, releases, and answers whoever asks."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from lms.assignments.assessments import CriterionScore
from lms.assignments.group_models import GroupPost
from lms.attendance.models import Attendance
from lms.core.db import db
from lms.forums.models import Post
from lms.grading.models import GradeItem
from tests.assignments.making import ESSAY_OPEN, essay_of, make_group
from tests.attendance.test_views import START
from tests.conftest import NOW
from tests.factories import enrol, make_person
from tests.journeys.conftest import DESKTOP, LiveServer, until
from tests.journeys.keyboard import at, cast_of

pytestmark = pytest.mark.browser

SetNow = Callable[[datetime], None]


def test_an_essay_is_marked_by_the_rubric_and_the_marks_released(live: LiveServer, set_now: SetNow) -> None:
    set_now(ESSAY_OPEN)
    with live.database():
        essay_of(cast_of(live), "participant", ESSAY_OPEN)
    keys = at(live, "/editions/R1/marking", "tutor", DESKTOP)
    page = keys.page
    keys.skip()
    keys.follow("link", "Participant")
    keys.skip()
    for box in page.get_by_role("textbox", name="Points, up to 10").all():
        keys.to_this(box)
        page.keyboard.type("7")
    keys.write("Comment on the whole work", "A text that thinks.")
    keys.follow("button", "Finish this mark")
    assert [row[0].points for row in live.all(select(CriterionScore))] == [7, 7, 7, 7]
    keys.skip()
    keys.follow("link", "Release finished marks to participants")
    keys.skip()
    keys.follow("button", "Release these marks")
    assert (
        len(live.all(select(GradeItem).where(GradeItem.released_at.is_not(None), GradeItem.key == "final-assignment")))
        == 1
    )


def test_a_line_more_at_the_foot_of_the_screen_does_not_cover_where_one_is(live: LiveServer, set_now: SetNow) -> None:
    set_now(ESSAY_OPEN)
    with live.database():
        essay_of(cast_of(live), "participant", ESSAY_OPEN)
    keys = at(live, "/editions/R1/marking/1", "tutor", DESKTOP)
    keys.skip()
    keys.write("Comment on the whole work", "A text that thinks.")
    link = keys.to_this(keys.page.locator(".marking").get_by_role("link", name="Releases"))
    before = link.bounding_box()
    keys.page.locator("[data-status]").evaluate(
        "one => { one.textContent = 'Fatou changed this meanwhile. '.repeat(3); }"
    )
    assert before is not None
    until(keys.page, lambda: (link.bounding_box() or before)["y"] < before["y"], True)
    keys.look()


def test_everybody_is_told_something_and_a_group_is_answered(live: LiveServer, set_now: SetNow) -> None:
    set_now(ESSAY_OPEN)
    with live.database():
        cast = cast_of(live)
        group = make_group(cast, "participant", "other_participant")
        said = GroupPost(group_id=group.id, author_id=live.people["participant"], body="May we write both?", is_by_tutor=False, asks_tutors=True, posted_at=ESSAY_OPEN)  # fmt: skip
        db.session.add(said)
    keys = at(live, "/editions/R1/marking", "tutor")
    keys.skip()
    keys.to_this(keys.page.get_by_role("link", name="Baobab").first)
    with keys.page.expect_navigation():
        keys.press("Enter")
    keys.skip()
    keys.write("Your message", "Yes, with a reason for each.")
    keys.follow("button", re.compile("^(Send|Answer)"))
    assert len(live.all(select(GroupPost))) == 2
    keys.follow("link", "Forums")
    keys.skip()
    keys.follow_this(keys.page.locator("main a[href$='/forums/announcements']").first)
    keys.skip()
    keys.follow("link", "Write an announcement")
    keys.skip()
    keys.write("What it is about", "The webinar")
    keys.write("The announcement", "It is on Thursday.")
    keys.follow("button", "Send to everybody")
    assert [row[0] for row in live.all(select(Post.body))] == ["It is on Thursday."]
    expect(keys.page.get_by_role("heading", level=1)).to_have_text("The webinar")


def test_a_figure_of_the_gradebook_is_opened_and_its_neighbours_are_not_hidden(live: LiveServer) -> None:
    keys = at(live, "/editions/R1/gradebook", "tutor", DESKTOP)
    keys.skip()
    keys.to("searchbox", "Name or e-mail address")
    keys.page.keyboard.type("third")
    with keys.page.expect_navigation():
        keys.press("Enter")
    keys.skip()
    keys.follow("link", "Third Participant")
    expect(keys.page.get_by_role("heading", level=1)).to_have_text("Third Participant")


def test_the_head_and_the_names_of_the_gradebook_hide_no_figure_that_has_the_focus(live: LiveServer) -> None:
    with live.database():
        cast = cast_of(live)
        for number in range(30):
            enrol(make_person(f"Person {number:02}", NOW), cast.edition, "participant", NOW)
    keys = at(live, "/editions/R1/gradebook", "tutor", {"width": 700, "height": 500})
    keys.to_this(keys.page.locator("[data-grid] tbody [tabindex='0']"))
    keys.press("End")
    for key in ["ArrowDown"] * 20 + ["ArrowLeft"] * 7 + ["ArrowUp"] * 20:
        keys.press(key)
        keys.look()


def test_who_was_there_is_said_by_hand(live: LiveServer, set_now: SetNow) -> None:
    set_now(START + timedelta(hours=2))
    keys = at(live, "/editions/R1", "tutor")
    keys.follow("link", "Agenda")
    keys.skip()
    keys.follow("link", re.compile("^Who was there"))
    keys.skip()
    keys.choose("By hand: Other Participant", "present")
    keys.choose("By hand: Participant", "absent")
    keys.follow("button", "Save the attendance")
    said = live.all(select(Attendance.enrolment_id, Attendance.by_hand))
    assert dict(map(tuple, said)) == {live.enrolments["other_participant"]: True, live.enrolments["participant"]: False}
