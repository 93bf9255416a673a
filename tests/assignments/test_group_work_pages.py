"""The pages of group work as its members, and those who are in no group, see them."""

from __future__ import annotations

from lms.assignments.models import Group
from lms.core.db import db
from tests.assignments.making import ESSAY_OPEN, GROUP_OPEN, TEAMWORK, make_group, words, write
from tests.assignments.pages import ESSAY_PAGE, AsRole, SetNow, field, submit
from tests.factories import Cast


def test_who_is_in_no_group_sees_why_and_whom_to_tell(cast: Cast, as_role: AsRole, set_now: SetNow) -> None:
    set_now(GROUP_OPEN)
    page = as_role("participant").get("/editions/R1/group")
    assert page.status_code == 200
    assert "You are in no group yet" in page.text
    assert "coordinator@example.org" in page.text
    assert "other.coordinator@example.org" not in page.text
    answer = as_role("participant").post(
        f"/editions/R1/assignments/{TEAMWORK}/parts/proposal", {"body": "x", "revision": "0"}
    )
    assert answer.status_code == 403
    assert "You are in no group yet" in answer.text


def test_a_group_sees_its_people_and_writes_part_by_part(cast: Cast, as_role: AsRole, set_now: SetNow) -> None:
    set_now(GROUP_OPEN)
    make_group(cast, "participant", "other_participant", ambassador="participant")
    browser = as_role("other_participant")
    page = browser.get("/editions/R1/group").text
    assert "<h1><bdi>Baobab</bdi></h1>" in page
    assert "Third Participant" not in page
    assert "Zimbabwe" in page
    saved = browser.post(
        f"/editions/R1/assignments/{TEAMWORK}/parts/profile-one", {"body": "Amina needs papers", "revision": "0"}
    )
    assert saved.status_code == 303
    assert "Amina needs papers" in as_role("participant").get(saved.location).text
    assert "saved by Other Participant" in as_role("participant").get("/editions/R1/group").text


def test_co_authors_who_save_at_once_both_keep_their_text(cast: Cast, as_role: AsRole, set_now: SetNow) -> None:
    set_now(GROUP_OPEN)
    make_group(cast, "participant", "other_participant", ambassador="participant")
    address = f"/editions/R1/assignments/{TEAMWORK}/parts/proposal"
    as_role("participant").post(address, {"body": "mine", "revision": "0"})
    answer = as_role("other_participant").post(address, {"body": "yours", "revision": "0"})
    assert answer.status_code == 409
    assert "Participant saved this part at" in answer.text
    assert "mine" in answer.text
    assert "yours</textarea>" in answer.text


def test_only_ambassador_or_deputy_hands_in_for_the_group(cast: Cast, as_role: AsRole, set_now: SetNow) -> None:
    set_now(GROUP_OPEN)
    make_group(cast, "participant", "other_participant", ambassador="participant")
    write(cast, "other_participant", words(50), GROUP_OPEN, key=TEAMWORK, part="proposal")
    page = as_role("other_participant").get(f"/editions/R1/assignments/{TEAMWORK}/check").text
    assert "Your ambassador hands in" in page
    digest = field(as_role("participant").get(f"/editions/R1/assignments/{TEAMWORK}/check").text, "digest")
    refused = as_role("other_participant").post(
        f"/editions/R1/assignments/{TEAMWORK}/submissions", {"number": "1", "digest": digest}
    )
    assert refused.status_code == 403
    done = submit(as_role("participant"), TEAMWORK)
    receipt = as_role("other_participant").get(done.location)
    assert receipt.status_code == 200
    assert "Other Participant" in receipt.text
    assert as_role("third_participant").get(done.location).status_code == 404


def test_a_missing_part_is_told_and_does_not_stop_handing_in(cast: Cast, as_role: AsRole, set_now: SetNow) -> None:
    set_now(GROUP_OPEN)
    make_group(cast, "participant", ambassador="participant")
    write(cast, "participant", words(50), GROUP_OPEN, key=TEAMWORK, part="proposal")
    page = as_role("participant").get(f"/editions/R1/assignments/{TEAMWORK}/check").text
    assert "1 part is missing" in page
    assert submit(as_role("participant"), TEAMWORK).status_code == 303


def test_members_nominate_and_a_majority_makes_the_ambassador(cast: Cast, as_role: AsRole, set_now: SetNow) -> None:
    set_now(GROUP_OPEN)
    group = make_group(cast, "participant", "other_participant", "third_participant")
    nominee = {"nominee": str(cast.enrolments["participant"])}
    as_role("other_participant").post("/editions/R1/group/nomination", nominee)
    assert db.session.get_one(Group, group.id).ambassador_id is None
    assert "1 of 3 votes" in as_role("participant").get("/editions/R1/group").text
    as_role("third_participant").post("/editions/R1/group/nomination", nominee)
    assert db.session.get_one(Group, group.id).ambassador_id == cast.enrolments["participant"]


def test_nobody_outside_the_group_can_be_nominated(cast: Cast, as_role: AsRole, set_now: SetNow) -> None:
    set_now(GROUP_OPEN)
    make_group(cast, "participant")
    answer = as_role("participant").post(
        "/editions/R1/group/nomination", {"nominee": str(cast.enrolments["other_participant"])}
    )
    assert answer.status_code == 404
    assert as_role("third_participant").post("/editions/R1/group/nomination", {"nominee": "1"}).status_code == 403


def test_the_group_chooses_exactly_as_many_profiles_as_asked(cast: Cast, as_role: AsRole, set_now: SetNow) -> None:
    set_now(GROUP_OPEN)
    group = make_group(cast, "participant")
    browser = as_role("participant")
    address = f"/editions/R1/assignments/{TEAMWORK}/profiles"
    page = browser.get(address).text
    assert "Her story" in page
    assert "His story" in page
    refused = browser.post(address, {"profile": ["amina"]})
    assert refused.status_code == 422
    assert "Choose exactly 2 profiles; you chose 1." in refused.text
    assert 'value="amina" checked' in refused.text
    assert browser.post(address, {"profile": ["amina", "nobody"]}).status_code == 404
    assert browser.post(address, {"profile": ["amina", "sekou"]}).status_code == 303
    assert db.session.get_one(Group, group.id).profile_keys == ["amina", "sekou"]
    assert "Her story" in browser.get("/editions/R1/group").text


def test_whoever_is_in_no_group_chooses_no_profiles(cast: Cast, as_role: AsRole, set_now: SetNow) -> None:
    set_now(GROUP_OPEN)
    address = f"/editions/R1/assignments/{TEAMWORK}/profiles"
    assert as_role("participant").get(address).location == "/editions/R1/group"
    assert as_role("participant").post(address, {"profile": ["amina", "sekou"]}).status_code == 403


def test_the_task_stays_at_hand_while_one_writes(essay_open: None, cast: Cast, as_role: AsRole) -> None:
    write(cast, "participant", "begun", ESSAY_OPEN)
    browser = as_role("participant")
    assert "Write an essay." not in browser.get(ESSAY_PAGE).text
    assert f'href="{ESSAY_PAGE}/task"' in browser.get(ESSAY_PAGE).text
    page = browser.get(f"{ESSAY_PAGE}/task").text
    assert "Write an essay." in page
    assert "Criterion e1" in page
    assert browser.get("/editions/R1/assignments/nothing/task").status_code == 404


def test_the_assignment_page_of_group_work_is_the_groups_page(cast: Cast, as_role: AsRole) -> None:
    answer = as_role("participant").get(f"/editions/R1/assignments/{TEAMWORK}")
    assert answer.location == "/editions/R1/group"


def test_a_tutor_hands_in_for_a_group_without_a_speaker_and_only_then(
    cast: Cast, as_role: AsRole, set_now: SetNow
) -> None:
    set_now(GROUP_OPEN)
    group = make_group(cast, "participant", "other_participant", ambassador="participant")
    write(cast, "participant", words(50), GROUP_OPEN, key=TEAMWORK, part="proposal")
    address = f"/editions/R1/groups/{group.id}"
    assert "Hand in for the group" not in as_role("tutor").get(address).text
    seal = field(as_role("participant").get(f"/editions/R1/assignments/{TEAMWORK}/check").text, "digest")
    early = as_role("tutor").post(f"{address}/assignments/{TEAMWORK}/submissions", {"number": "1", "digest": seal})
    assert early.status_code == 403
    db.session.get_one(Group, group.id).ambassador_id = None
    page = as_role("tutor").get(address).text
    sent = {"number": field(page, "number"), "digest": field(page, "digest")}
    assert as_role("participant").post(f"{address}/assignments/{TEAMWORK}/submissions", sent).status_code == 403
    answer = as_role("tutor").post(f"{address}/assignments/{TEAMWORK}/submissions", sent)
    assert answer.status_code == 303
    assert as_role("participant").get(answer.location).status_code == 200
    assert as_role("other_tutor").get(f"/editions/R2/groups/{group.id}").status_code == 404
