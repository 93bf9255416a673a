"""What a group does beside writing: who is there, its discussion, its questions, its meeting, and what changed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from lms.assignments.group_models import GroupPost
from lms.assignments.models import DraftVersion, Group
from lms.assignments.queries.workspace import POSTS_ON_A_PAGE, open_questions, posts_of, writing_now
from lms.assignments.services.discussion import add_post, edit_post, get_discussion, settle_question
from lms.assignments.services.groups import Move, move_people, name_deputy, set_meeting
from lms.assignments.services.presence import note_presence
from lms.core.db import db
from lms.core.errors import NotAllowed, NotFound, RuleViolation
from lms.core.outbox import OutboxMessage
from tests.assignments.making import ESSAY, GROUP_OPEN, TEAMWORK, assignment, make_group, write
from tests.factories import Cast

AsRole = Callable[[str], Any]
SetNow = Callable[..., None]
PART = f"/editions/R1/assignments/{TEAMWORK}/parts/proposal"


@pytest.fixture
def group(cast: Cast) -> Group:
    """Two people with an ambassador."""
    return make_group(cast, "participant", "other_participant", ambassador="participant")


# What changed


def changed(gone: str, new: str) -> str:
    """What a reader sees, and hears, of a word that was replaced."""
    return (
        f'<del><span class="hidden">Taken out: </span>{gone}</del><ins><span class="hidden">Put in: </span>{new}</ins>'
    )


def test_versions_are_compared_and_brought_back(cast: Cast, group: Group, as_role: AsRole, set_now: SetNow) -> None:
    set_now(GROUP_OPEN)
    write(cast, "participant", "She wants to sew.", GROUP_OPEN, key=TEAMWORK, part="proposal")
    write(cast, "other_participant", "She wants to teach.", GROUP_OPEN, key=TEAMWORK, part="proposal")
    browser = as_role("participant")
    history = browser.get(f"{PART}/history").text
    version = db.session.scalars(select(DraftVersion)).one()
    assert f"{PART}/history/differences" in history
    assert changed("sew.", "teach.") in browser.get(f"{PART}/history/differences").text
    page = browser.get(f"{PART}/history/differences?from={version.id}").text
    assert changed("sew.", "teach.") in page
    assert "Bring the first of the two back" in page
    turned = browser.get(f"{PART}/history/differences?to={version.id}").text
    assert changed("teach.", "sew.") in turned
    assert browser.get(f"{PART}/history/differences?from=999").status_code == 404
    assert browser.get(f"{PART}/history/differences?from=x").status_code == 404
    assert as_role("third_participant").get(f"{PART}/history/differences?from={version.id}").status_code == 404
    assert as_role("tutor").get(f"{PART}/history/differences?from={version.id}").status_code == 403


def test_a_conflict_shows_what_differs_and_loses_nothing(
    cast: Cast, group: Group, as_role: AsRole, set_now: SetNow
) -> None:
    set_now(GROUP_OPEN)
    write(cast, "other_participant", "She wants to teach.", GROUP_OPEN, key=TEAMWORK, part="proposal")
    answer = as_role("participant").post(PART, {"body": "She wants to sew.", "revision": "0"})
    assert answer.status_code == 409
    assert changed("teach.", "sew.") in answer.text
    bodies = set(db.session.scalars(select(DraftVersion.body)))
    assert bodies == {"She wants to teach.", "She wants to sew."}


def test_line_ends_of_a_form_are_no_difference(cast: Cast, group: Group, as_role: AsRole, set_now: SetNow) -> None:
    set_now(GROUP_OPEN)
    write(cast, "other_participant", "One.\n\nTwo.\nShe wants to teach.", GROUP_OPEN, key=TEAMWORK, part="proposal")
    answer = as_role("participant").post(PART, {"body": "One.\r\n\r\nTwo.\r\nShe wants to sew.", "revision": "0"})
    assert answer.status_code == 409
    assert changed("teach.", "sew.") in answer.text
    assert (answer.text.count("<del"), answer.text.count("<ins")) == (1, 1)


# Who is writing


def test_others_are_seen_while_their_page_is_open_and_oneself_never_is(cast: Cast, group: Group) -> None:
    task = assignment(cast, TEAMWORK)
    note_presence(cast.member("participant"), assignment_key=TEAMWORK, part_key="proposal", now=GROUP_OPEN)
    mine, other = cast.enrolments["participant"], cast.enrolments["other_participant"]

    def seen(own_id: int, later: timedelta, part: str = "proposal") -> list[str]:
        return writing_now(task.id, group.id, part, own_id, GROUP_OPEN + later)

    assert seen(other, timedelta(seconds=59)) == ["Participant"]
    assert seen(other, timedelta(seconds=60)) == []
    assert seen(mine, timedelta()) == []
    assert seen(other, timedelta(), "profile-one") == []
    note_presence(
        cast.member("participant"),
        assignment_key=TEAMWORK,
        part_key="proposal",
        now=GROUP_OPEN + timedelta(seconds=50),
    )
    assert seen(other, timedelta(seconds=100)) == ["Participant"]


def test_the_page_tells_who_is_there_and_who_saved_meanwhile(
    cast: Cast, group: Group, as_role: AsRole, set_now: SetNow
) -> None:
    set_now(GROUP_OPEN)
    mine, other = as_role("participant"), as_role("other_participant")
    assert mine.post(f"{PART}/presence", {"revision": "0"}).json == {"message": "Nobody else has this part open now."}
    assert "Participant has this part open now." in other.get(PART).text
    write(cast, "other_participant", "Mine first.", GROUP_OPEN, key=TEAMWORK, part="proposal")
    other.post(f"{PART}/presence", {"revision": "1"})
    answer = mine.post(f"{PART}/presence", {"revision": "0"}).json
    message = answer["message"]
    assert message.startswith("Other Participant has this part open now. Other Participant saved at 11:00.")
    assert (answer["newer"]["body"], answer["newer"]["revision"]) == ("Mine first.", 1)
    assert "newer" not in mine.post(f"{PART}/presence", {"revision": "1"}).json
    assert "newer" not in other.post(f"{PART}/presence", {"revision": "0"}).json


def test_presence_is_for_members_of_a_group_and_its_parts(cast: Cast, group: Group, as_role: AsRole) -> None:
    assert as_role("third_participant").post(f"{PART}/presence").status_code == 404
    assert as_role("tutor").post(f"{PART}/presence").status_code == 403
    assert as_role("participant").post(PART.replace("proposal", "nothing") + "/presence").status_code == 404
    essay = f"/editions/R1/assignments/{ESSAY}/parts/essay/presence"
    assert as_role("participant").post(essay).status_code == 404


# The discussion


def test_a_group_talks_and_its_tutors_read_and_answer(
    cast: Cast, group: Group, as_role: AsRole, set_now: SetNow
) -> None:
    set_now(GROUP_OPEN)
    address = f"/editions/R1/groups/{group.id}/discussion"
    browser = as_role("participant")
    assert "Nobody has written yet" in browser.get(address).text
    sent = browser.post(address, {"body": "Hello **all** <script>alert(1)</script>"})
    assert sent.status_code == 303
    page = as_role("other_participant").get(address).text
    assert "Hello <strong>all</strong>" in page
    assert "<script>alert" not in page
    assert "the tutors and coordinators of the edition, who may answer" in page
    assert "Change this message" not in page
    assert as_role("tutor").post(address, {"body": "Good start."}).status_code == 303
    assert "teaching" in browser.get(address).text
    assert "Discussion" in browser.get("/editions/R1/group").text


def test_the_same_words_sent_twice_are_one_post(cast: Cast, group: Group, as_role: AsRole, set_now: SetNow) -> None:
    set_now(GROUP_OPEN)
    address = f"/editions/R1/groups/{group.id}/discussion"
    answers = [as_role("participant").post(address, {"body": "Shall we meet?"}).location for _ in range(2)]
    assert answers[0] == answers[1]
    assert "posted=1" in answers[0]
    as_role("other_participant").post(address, {"body": "Shall we meet?"})
    as_role("participant").post(address, {"body": "Shall we meet?"})
    assert db.session.scalar(select(func.count(GroupPost.id))) == 3
    set_now(GROUP_OPEN + timedelta(minutes=6))
    as_role("participant").post(address, {"body": "Shall we meet?"})
    assert db.session.scalar(select(func.count(GroupPost.id))) == 4


def test_a_post_that_waited_on_a_device_is_taken_once_or_told_why_not(
    cast: Cast, group: Group, as_role: AsRole, set_now: SetNow
) -> None:
    set_now(GROUP_OPEN)
    address, json = f"/editions/R1/groups/{group.id}/discussion", {"Accept": "application/json"}
    waited = {"body": "From the bus", "operation": "17-0.123456"}
    browser = as_role("participant")
    assert [browser.post(address, waited, headers=json).status_code for _ in range(2)] == [303, 200]
    assert db.session.scalar(select(func.count(GroupPost.id))) == 1
    refused = browser.post(address, {"body": " ", "operation": "17-0.99"}, headers=json)
    assert (refused.status_code, refused.get_json()) == (422, {"error": "Write something first."})


@pytest.mark.parametrize("name", ["third_participant", "outsider", "sponsor_viewer", "other_tutor"])
def test_a_discussion_is_closed_to_everybody_else(cast: Cast, group: Group, as_role: AsRole, name: str) -> None:
    address = f"/editions/R1/groups/{group.id}/discussion"
    assert as_role(name).get(address).status_code in (403, 404)
    assert as_role(name).post(address, {"body": "Let me in"}).status_code in (403, 404)
    with pytest.raises(NotFound):
        get_discussion(cast.member(name), group.id)


def test_who_has_left_the_group_reads_no_more(cast: Cast, group: Group) -> None:
    mine = cast.enrolments["other_participant"]
    move_people(cast.member("coordinator"), [Move(mine, group.id, None)], now=GROUP_OPEN)
    with pytest.raises(NotFound):
        add_post(cast.member("other_participant"), group_id=group.id, body="Still here", now=GROUP_OPEN)


def test_an_empty_message_is_refused_and_a_long_one_keeps_its_words(cast: Cast, group: Group, as_role: AsRole) -> None:
    address = f"/editions/R1/groups/{group.id}/discussion"
    assert as_role("participant").post(address, {"body": "   "}).status_code == 422
    answer = as_role("participant").post(address, {"body": "x" * 10_001})
    assert answer.status_code == 422
    assert "x" * 10_001 in answer.text
    with pytest.raises(RuleViolation):
        add_post(cast.member("participant"), group_id=group.id, body="\u0000 ", now=GROUP_OPEN)


def test_a_message_can_be_changed_for_a_quarter_of_an_hour_by_its_author(
    cast: Cast, group: Group, as_role: AsRole, set_now: SetNow
) -> None:
    set_now(GROUP_OPEN)
    post = add_post(cast.member("participant"), group_id=group.id, body="Helo", now=GROUP_OPEN)
    last = GROUP_OPEN + timedelta(minutes=14, seconds=59)
    edit_post(cast.member("participant"), post_id=post.id, body="Hello", now=last)
    assert (post.body, post.edited_at) == ("Hello", last)
    with pytest.raises(RuleViolation):
        edit_post(cast.member("participant"), post_id=post.id, body="Late", now=GROUP_OPEN + timedelta(minutes=15))
    for name in ("other_participant", "tutor"):
        with pytest.raises(NotFound):
            edit_post(cast.member(name), post_id=post.id, body="Mine now", now=last)
    browser, address = as_role("participant"), f"/editions/R1/groups/posts/{post.id}"
    assert "Hello" in browser.get(address).text
    assert browser.post(address, {"body": ""}).status_code == 422
    assert browser.post(address, {"body": "Hello all"}).status_code == 303
    assert as_role("other_participant").get(address).status_code == 404
    assert as_role("third_participant").get(address).status_code == 404


def test_a_long_discussion_has_pages_with_the_latest_first(
    cast: Cast, group: Group, as_role: AsRole, set_now: SetNow, count_queries: Any
) -> None:
    set_now(GROUP_OPEN)
    address = f"/editions/R1/groups/{group.id}/discussion"
    browser = as_role("participant")
    add_post(cast.member("participant"), group_id=group.id, body="Message 0.", now=GROUP_OPEN)
    with count_queries() as few:
        browser.get(address)
    for number in range(1, POSTS_ON_A_PAGE + 2):
        add_post(cast.member("other_participant"), group_id=group.id, body=f"Message {number}.", now=GROUP_OPEN)
    with count_queries() as many:
        page = browser.get(address).text
    assert len(many) == len(few) <= 12
    assert "Message 21." in page
    assert "Message 1." not in page
    assert "Message 1." in browser.get(f"{address}?page=2").text
    assert browser.get(f"{address}?page=3").status_code == 404
    assert posts_of(group.id, 2).pages == 2


# Questions to the tutors


def test_the_ambassadors_question_waits_for_the_tutors_until_one_answers(
    cast: Cast, group: Group, as_role: AsRole, set_now: SetNow
) -> None:
    set_now(GROUP_OPEN)
    ambassador, tutor = as_role("participant"), as_role("tutor")
    address = f"/editions/R1/groups/{group.id}/discussion"
    assert ambassador.post(address, {"body": "May we use French?", "to_tutors": "y"}).status_code == 303
    mails = db.session.scalars(select(OutboxMessage).where(OutboxMessage.template == "group_question")).all()
    assert [mail.recipient for mail in mails] == [cast.person("tutor").email]
    assert "May we use French?" in tutor.get("/editions/R1/marking").text
    assert "May we use French?" in tutor.get("/editions/R1").text
    assert tutor.post(address, {"body": "Of course."}).status_code == 303
    assert list(open_questions(cast.edition.id)) == []
    answers = db.session.scalars(select(OutboxMessage).where(OutboxMessage.template == "group_answer")).all()
    assert [mail.recipient for mail in answers] == [cast.person("participant").email]
    assert "question to the tutors, answered" in ambassador.get(address).text


def test_only_who_speaks_for_the_group_writes_to_the_tutors(cast: Cast, group: Group, as_role: AsRole) -> None:
    with pytest.raises(NotAllowed):
        add_post(cast.member("other_participant"), group_id=group.id, body="Me too", to_tutors=True, now=GROUP_OPEN)
    page = as_role("other_participant").get(f"/editions/R1/groups/{group.id}/discussion").text
    assert 'name="to_tutors"' not in page
    group.ambassador_id = None
    add_post(cast.member("other_participant"), group_id=group.id, body="We have none", to_tutors=True, now=GROUP_OPEN)
    assert len(open_questions(cast.edition.id)) == 1


def test_a_question_that_needs_no_answer_leaves_the_queue(cast: Cast, group: Group, as_role: AsRole) -> None:
    post = add_post(cast.member("participant"), group_id=group.id, body="Found it", to_tutors=True, now=GROUP_OPEN)
    address = f"/editions/R1/groups/posts/{post.id}/settlement"
    assert as_role("participant").post(address).status_code == 403
    assert as_role("other_tutor").post(address).status_code == 404
    assert as_role("tutor").post(address).status_code == 303
    assert db.session.scalars(select(GroupPost.answered_at)).one() is not None
    with pytest.raises(NotFound):
        settle_question(cast.member("other_tutor"), post_id=post.id, now=GROUP_OPEN)


# Where the group meets, and who stands in for the ambassador


@pytest.mark.parametrize(
    "url", ["http://meet.example.org/x", "javascript:alert(1)", "https://", "https://a b.org", "https://me@evil.org"]
)
def test_a_meeting_link_is_a_secure_page(cast: Cast, group: Group, as_role: AsRole, url: str) -> None:
    answer = as_role("participant").post("/editions/R1/group/meeting", {"url": url})
    assert answer.status_code == 422
    assert "it begins with https://" in answer.text


def test_any_member_sets_and_takes_away_the_meeting_link(cast: Cast, group: Group, as_role: AsRole) -> None:
    browser, address = as_role("other_participant"), "/editions/R1/group/meeting"
    assert browser.get(address).status_code == 200
    assert browser.post(address, {"url": "https://meet.example.org/baobab"}).status_code == 303
    assert "Meeting at meet.example.org" in as_role("participant").get("/editions/R1/group").text
    assert browser.post(address, {"url": ""}).status_code == 303
    assert "meet.example.org" not in browser.get("/editions/R1/group").text
    assert as_role("third_participant").get(address).status_code == 404
    assert as_role("third_participant").post(address, {"url": "http://x"}).status_code == 404
    with pytest.raises(ValueError, match="https"):
        set_meeting(cast.member("participant"), url="ftp://x", now=GROUP_OPEN)


def test_the_ambassador_names_a_deputy_among_the_members(cast: Cast, group: Group, as_role: AsRole) -> None:
    other, third = cast.enrolments["other_participant"], cast.enrolments["third_participant"]
    browser = as_role("participant")
    assert "Name your deputy" in browser.get("/editions/R1/group").text
    assert browser.post("/editions/R1/group/deputy", {"deputy": str(other)}).status_code == 303
    assert db.session.get_one(Group, group.id).deputy_id == other
    assert browser.post("/editions/R1/group/deputy", {"deputy": str(third)}).status_code == 404
    assert as_role("other_participant").post("/editions/R1/group/deputy", {"deputy": str(other)}).status_code == 403
    with pytest.raises(RuleViolation):
        name_deputy(cast.member("participant"), deputy_id=cast.enrolments["participant"], now=GROUP_OPEN)
    assert browser.post("/editions/R1/group/deputy", {"deputy": ""}).status_code == 303
    assert db.session.get_one(Group, group.id).deputy_id is None
