"""Several people at the same work at the same moment: tutors at one essay, a group at one text, and a line that breaks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

import pytest
from playwright.sync_api import Page, Route, expect
from sqlalchemy import select

from lms.accounts.models import Person
from lms.assignments.assessments import Assessment, CriterionScore
from lms.assignments.models import Assignment, Draft, DraftVersion, Group, GroupMember, Submission
from lms.core.db import db
from lms.courses.models import Edition, Enrolment
from lms.courses.permissions import Member
from lms.grading.models import GradeEntry
from tests.assignments.making import ESSAY, ESSAY_OPEN, GROUP_OPEN, TEAMWORK, words
from tests.journeys.conftest import DESKTOP, PHONE, LiveServer, tell_until, until

pytestmark = pytest.mark.browser

PART = f"/editions/R1/assignments/{TEAMWORK}/parts/proposal"
TABLET = {"width": 768, "height": 1024}


def member(live: LiveServer, name: str) -> Member:
    """Somebody of the cast in R1, inside ``live.database()``."""
    enrolment = db.session.get_one(Enrolment, live.enrolments[name])
    person = db.session.get_one(Person, live.people[name])
    return Member(person, db.session.get_one(Edition, enrolment.edition_id), enrolment)


def hand_in_essay(live: LiveServer, name: str) -> int:
    """An essay that waits to be marked."""
    from lms.assignments.queries.work import get_standing
    from lms.assignments.services.drafts import save_draft
    from lms.assignments.services.submissions import check_work, submit_work

    actor = member(live, name)
    save_draft(actor, assignment_key=ESSAY, part_key="essay", body=words(1600), revision=0, now=ESSAY_OPEN)
    standing = get_standing(actor.edition.id, ESSAY, enrolment_id=actor.own_enrolment.id, now=ESSAY_OPEN)
    digest = check_work(standing, ESSAY_OPEN).digest
    return submit_work(actor, assignment_key=ESSAY, number=1, digest=digest, now=ESSAY_OPEN).id


def scores(live: LiveServer, submission_id: int) -> dict[str, Decimal | None]:
    """What the server holds of the first marking of a submission."""
    rows = live.all(
        select(CriterionScore.criterion_key, CriterionScore.points)
        .join(Assessment, Assessment.id == CriterionScore.assessment_id)
        .where(Assessment.submission_id == submission_id, Assessment.role == "first")
    )
    return {key: points for key, points in rows}  # noqa: C416  a row is no pair to mypy


def say(page: Page, sentence: str) -> None:
    expect(page.locator("[data-status]")).to_contain_text(sentence)


def give(page: Page, criterion: str, points: str) -> None:
    """Give points and let the page save them."""
    page.locator(f"#points-{criterion}").fill(points)
    page.locator(f"#points-{criterion}").blur()


# Two tutors


@pytest.fixture
def essays(live: LiveServer, set_now: Callable[[datetime], None]) -> tuple[int, int]:
    """Two essays that wait."""
    set_now(ESSAY_OPEN)
    with live.database():
        return hand_in_essay(live, "participant"), hand_in_essay(live, "other_participant")


def test_two_tutors_at_the_same_criterion_see_both_and_the_second_decides(
    live: LiveServer, essays: tuple[int, int]
) -> None:
    """Edge case 34: an optimistic revision; the second sees theirs under each field, and nothing is lost."""
    room = f"/editions/R1/marking/{essays[0]}"
    first, second = live.new_page("tutor", DESKTOP), live.new_page("coordinator", DESKTOP)
    first.goto(room)
    second.goto(room)
    give(first, "e1", "6")
    say(first, "Saved at")
    give(second, "e1", "9")
    say(second, "changed this criterion at the same time")
    assert scores(live, essays[0])["e1"] == Decimal(6)
    second.get_by_role("button", name="Save as draft").click()
    expect(second.get_by_role("heading", name="Two markings")).to_be_visible()
    expect(second.locator("#points-e1")).to_have_value("9")
    theirs = second.locator('[data-criterion="e1"] .difference').first
    expect(theirs).to_contain_text("6")
    second.locator('[data-take="points-e1"]').click()
    expect(second.locator("#points-e1")).to_have_value("6.00")
    second.locator("#points-e2").fill("8")
    second.get_by_role("button", name="Save as draft").click()
    expect(second.get_by_text("The draft mark is saved.")).to_be_visible()
    assert scores(live, essays[0]) == {"e1": Decimal(6), "e2": Decimal(8), "e3": None, "e4": None}


def test_marks_typed_for_one_essay_never_land_on_the_next(live: LiveServer, essays: tuple[int, int]) -> None:
    """Edge case 34: marks entered for A must never post to B, however fast one goes on and whoever else is there."""
    one, other = essays
    first, second = live.new_page("tutor", DESKTOP), live.new_page("coordinator", DESKTOP)
    first.goto(f"/editions/R1/marking/{one}")
    second.goto(f"/editions/R1/marking/{other}")
    for number, criterion in enumerate(("e1", "e2", "e3", "e4")):
        first.locator(f"#points-{criterion}").fill(str(5 + number))
        second.locator(f"#points-{criterion}").fill("9.5")
    first.get_by_role("button", name="Finish this mark").click()
    first.wait_for_url("**/marking")  # the other essay is in a colleague's hands
    second.get_by_role("button", name="Finish this mark").click()
    second.wait_for_url("**/marking")
    assert scores(live, one) == {"e1": Decimal(5), "e2": Decimal(6), "e3": Decimal(7), "e4": Decimal(8)}
    assert set(scores(live, other).values()) == {Decimal("9.5")}


def test_finishing_without_a_line_stays_in_the_room_and_loses_nothing(
    live: LiveServer, essays: tuple[int, int]
) -> None:
    page = live.new_page("tutor", DESKTOP)
    page.goto(f"/editions/R1/marking/{essays[0]}")
    expect(page.locator("[data-total]")).to_have_text("–")
    page.context.set_offline(True)
    for criterion in ("e1", "e2", "e3", "e4"):
        page.locator(f"#points-{criterion}").fill("7.5")
    page.locator("#comment").fill("Clear and honest.")
    page.get_by_role("button", name="Finish this mark").click()
    say(page, "No connection")
    expect(page.locator("#points-e4")).to_have_value("7.5")
    expect(page.locator("#comment")).to_have_value("Clear and honest.")
    assert scores(live, essays[0]) == {}
    page.context.set_offline(False)
    say(page, "Saved at")
    page.get_by_role("button", name="Finish this mark").click()
    page.wait_for_url(f"**/marking/{essays[1]}*")
    assert set(scores(live, essays[0]).values()) == {Decimal("7.5")}
    assert live.all(select(Assessment.comment).where(Assessment.submission_id == essays[0])) == [("Clear and honest.",)]


def test_two_blind_markers_and_a_third_come_to_the_agreed_mark(live: LiveServer, essays: tuple[int, int]) -> None:
    """Edge case 12: first and second mark without seeing each other; too far apart, the coordinator marks third."""
    from lms.assignments.domain.agreement import SecondMarking
    from lms.assignments.services.allocating import set_scheme
    from tests.factories import enrol, make_person

    essay = essays[0]
    with live.database():
        actor = member(live, "coordinator")
        task = db.session.scalars(
            select(Assignment).where(Assignment.edition_id == actor.edition.id, Assignment.key == ESSAY)
        ).one()
        set_scheme(actor, task, second=SecondMarking.ALL, third_from=Decimal(5), is_anonymous=False, now=ESSAY_OPEN)
        colleague = make_person("Second Tutor", ESSAY_OPEN)
        enrol(colleague, actor.edition, "tutor", ESSAY_OPEN)
        live.identities["second_tutor"] = colleague.get_id()
    room = f"/editions/R1/marking/{essay}"
    first, second = live.new_page("tutor", DESKTOP), live.new_page("second_tutor", DESKTOP)
    coordinator = live.new_page("coordinator", PHONE)
    first.goto(room)
    second.goto(f"{room}/second")
    for criterion in ("e1", "e2", "e3", "e4"):
        first.locator(f"#points-{criterion}").fill("6")
        second.locator(f"#points-{criterion}").fill("8.5")
    first.get_by_role("button", name="Finish this mark").click()
    expect(first.get_by_text("The mark counts once the other marker has finished too.")).to_be_visible()
    coordinator.goto(f"{room}/first")
    expect(coordinator.get_by_text("What they gave is shown once all have finished.")).to_be_visible()
    expect(coordinator.get_by_text("24.00")).to_have_count(0)
    second.get_by_role("button", name="Finish this mark").click()
    expect(second.get_by_text("The two markings lie too far apart")).to_be_visible()
    coordinator.goto(f"{room}/third")
    for criterion in ("e1", "e2", "e3", "e4"):
        coordinator.locator(f"#points-{criterion}").fill("8")
    coordinator.get_by_role("button", name="Finish this mark").click()
    expect(coordinator.get_by_text("The mark is finished.")).to_be_visible()
    first.goto(f"{room}/first")
    expect(first.get_by_role("heading", name="All markings")).to_be_visible()
    expect(first.get_by_text("33.00")).to_be_visible()
    points = [row[0] for row in live.all(select(GradeEntry.points).where(GradeEntry.state == "marked"))]
    assert points == [Decimal("33.00")]


# A group of three on three devices


@pytest.fixture
def devices(live: LiveServer, set_now: Callable[[datetime], None]) -> tuple[Page, Page, Page]:
    """A phone, a tablet and a desk, each with the same part of the group's work open; the first hands in."""
    set_now(GROUP_OPEN)
    names = ("participant", "other_participant", "third_participant")
    with live.database():
        edition_id = member(live, "participant").edition.id
        group = Group(
            edition_id=edition_id, name="Baobab", ambassador_id=live.enrolments["participant"], profile_keys=[]
        )
        db.session.add(group)
        db.session.flush()
        for name in names:
            db.session.add(GroupMember(group_id=group.id, enrolment_id=live.enrolments[name], joined_at=GROUP_OPEN))
    pages = [
        live.new_page(name, viewport)
        for name, viewport in zip(names, (PHONE, TABLET, DESKTOP), strict=True)
    ]  # fmt: skip
    for page in pages:
        page.goto(PART)
    return pages[0], pages[1], pages[2]


def look_up(page: Page) -> None:
    """The page asks who else is there, as it does every 25 seconds and when one comes back to it."""
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def write(page: Page, text: str) -> None:
    page.locator("textarea[name=body]").fill(text)
    page.get_by_role("button", name="Save", exact=True).click()
    say(page, "Saved on the server")


def test_three_write_one_after_the_other_and_each_goes_on_from_what_is_there(
    live: LiveServer, devices: tuple[Page, Page, Page]
) -> None:
    phone, tablet, desk = devices
    tell_until(phone, "visibilitychange", "[data-presence]", "have this part open now.")
    write(phone, "We met Mr Diallo.")
    look_up(tablet)
    expect(tablet.locator("[data-presence]")).to_contain_text("Their text is in the box now.")
    expect(tablet.locator("textarea[name=body]")).to_have_value("We met Mr Diallo.")
    write(tablet, "We met Mr Diallo. He wants to sew.")
    look_up(desk)
    expect(desk.locator("textarea[name=body]")).to_have_value("We met Mr Diallo. He wants to sew.")
    write(desk, "We met Mr Diallo. He wants to sew. He has a room.")
    assert live.all(select(Draft.body)) == [("We met Mr Diallo. He wants to sew. He has a room.",)]
    kept = {row[0] for row in live.all(select(DraftVersion.body))}
    assert {"We met Mr Diallo.", "We met Mr Diallo. He wants to sew."} <= kept


def test_two_who_type_at_once_see_both_texts_and_the_third_hands_in_what_was_agreed(
    live: LiveServer, devices: tuple[Page, Page, Page]
) -> None:
    phone, tablet, desk = devices
    tablet.locator("textarea[name=body]").fill("From the tablet.")
    say(tablet, "Saved on the server")
    desk.locator("textarea[name=body]").fill("From the desk.")
    say(desk, "save to see both texts")
    look_up(desk)
    expect(desk.locator("textarea[name=body]")).to_have_value("From the desk.")
    desk.get_by_role("button", name="Save", exact=True).click()
    expect(desk.get_by_role("heading", name="Two texts")).to_be_visible()
    expect(desk.locator(".theirs")).to_contain_text("From the tablet.")
    write(desk, "From the tablet. From the desk.")
    look_up(phone)
    expect(phone.locator("textarea[name=body]")).to_have_value("From the tablet. From the desk.")
    phone.goto(f"/editions/R1/assignments/{TEAMWORK}/check")
    phone.get_by_role("button", name="Hand in for my group").click()
    expect(phone.get_by_role("heading", level=1)).to_be_visible()
    assert len(live.all(select(Submission.id))) == 1
    tablet.goto("/editions/R1/group")
    expect(tablet.get_by_text("Version 1")).to_be_visible()


# One participant on a line that breaks


def test_an_essay_on_a_failing_line_is_saved_in_the_end_once_and_whole(
    live: LiveServer, set_now: Callable[[datetime], None]
) -> None:
    """Edge case 28: saves that die on the way out and on the way back; the page never says more than is true."""
    set_now(ESSAY_OPEN)
    page = live.new_page("participant", PHONE)
    page.goto(f"/editions/R1/assignments/{ESSAY}")
    fate = iter(["lost on the way out", "lost on the way back"])

    def failing(route: Route) -> None:
        what = next(fate, "arrives")
        if what == "lost on the way out":
            route.abort("connectionreset")
        elif what == "lost on the way back":
            route.fetch()
            route.abort("connectionreset")
        else:
            route.continue_()

    page.context.route("**/parts/**", failing)
    area = page.locator("textarea[name=body]")
    area.fill("The first sentence.")
    say(page, "not on the server yet")
    assert live.all(select(Draft.body)) == []
    page.evaluate("dispatchEvent(new Event('online'))")
    say(page, "not on the server yet")
    # It arrived, and nobody told the page: sending the same once more is no second text and no conflict.
    area.press_sequentially(" The second.")
    page.evaluate("dispatchEvent(new Event('online'))")
    until(page, lambda: live.all(select(Draft.body)), [("The first sentence. The second.",)])
    say(page, "Saved on the server at")
    expect(page.get_by_role("heading", name="Two texts")).to_have_count(0)


def test_a_save_whose_answer_was_lost_is_known_again_after_the_phone_was_restarted(
    live: LiveServer, set_now: Callable[[datetime], None]
) -> None:
    """Edge case 28: the text on the device goes on from the one that arrived; nobody is asked to choose between them."""
    set_now(ESSAY_OPEN)
    page = live.new_page("participant", PHONE)
    page.goto(f"/editions/R1/assignments/{ESSAY}")

    def lost_on_the_way_back(route: Route) -> None:
        route.fetch()
        route.abort("connectionreset")

    page.context.route("**/parts/**", lost_on_the_way_back, times=1)
    area = page.locator("textarea[name=body]")
    area.fill("The first sentence.")
    say(page, "not on the server yet")
    assert live.all(select(Draft.body)) == [("The first sentence.",)]
    page.context.set_offline(True)
    area.press_sequentially(" The second.")
    say(page, "not on the server yet")
    page.close()
    again = page.context.new_page()
    page.context.set_offline(False)
    again.goto(f"/editions/R1/assignments/{ESSAY}")
    expect(again.locator("textarea[name=body]")).to_have_value("The first sentence. The second.")
    say(again, "Saved on the server at")
    assert live.all(select(Draft.body)) == [("The first sentence. The second.",)]
