"""Groups as a coordinator makes and changes them."""

from __future__ import annotations

from sqlalchemy import select

from lms.assignments.models import Group, GroupMember
from lms.core.db import db
from tests.assignments.making import make_group
from tests.assignments.pages import AsRole
from tests.factories import Cast


def test_a_coordinator_makes_renames_and_removes_groups(cast: Cast, as_role: AsRole) -> None:
    browser = as_role("coordinator")
    assert browser.post("/editions/R1/groups", {"name": "  Acacia  "}).status_code == 303
    group = db.session.scalars(select(Group)).one()
    assert group.name == "Acacia"
    address = f"/editions/R1/groups/{group.id}"
    assert browser.post(address, {"name": "Baobab", "ambassador": "0", "deputy": "0"}).status_code == 303
    assert "Baobab" in browser.get("/editions/R1/groups").text
    assert browser.post("/editions/R1/groups", {"name": "Baobab"}).status_code == 409
    assert browser.post(f"{address}/removal").status_code == 303
    assert db.session.scalars(select(Group)).all() == []


def test_a_group_without_a_name_is_refused(cast: Cast, as_role: AsRole) -> None:
    answer = as_role("coordinator").post("/editions/R1/groups", {"name": "   "})
    assert answer.status_code == 422
    assert "Give the group a name." in answer.text


def test_a_group_with_people_or_work_stays(cast: Cast, as_role: AsRole) -> None:
    group = make_group(cast, "participant")
    assert as_role("coordinator").post(f"/editions/R1/groups/{group.id}/removal").status_code == 409


def test_the_form_moves_only_those_who_changed(cast: Cast, as_role: AsRole) -> None:
    one = make_group(cast, "participant", name="One")
    two = make_group(cast, name="Two")
    mine, other = cast.enrolments["participant"], cast.enrolments["other_participant"]
    sent = {
        f"was-{mine}": str(one.id), f"person-{mine}": str(two.id),
        f"was-{other}": "", f"person-{other}": "",
    }  # fmt: skip
    assert as_role("coordinator").post("/editions/R1/groups/people", sent).status_code == 303
    rows = db.session.execute(select(GroupMember.group_id, GroupMember.left_at).order_by(GroupMember.id)).all()
    assert [(group, left is None) for group, left in rows] == [(one.id, False), (two.id, True)]


def test_a_form_that_is_out_of_date_moves_nobody_back(cast: Cast, as_role: AsRole) -> None:
    one, two = make_group(cast, name="One"), make_group(cast, "participant", name="Two")
    mine = cast.enrolments["participant"]
    browser = as_role("coordinator")
    browser.post("/editions/R1/groups/people", {f"was-{mine}": "", f"person-{mine}": str(one.id)})
    assert "Somebody else has just moved Participant" in browser.get("/editions/R1/groups").text
    current = db.session.scalars(select(GroupMember.group_id).where(GroupMember.left_at.is_(None))).all()
    assert current == [two.id]


def test_people_of_another_edition_cannot_be_placed(cast: Cast, as_role: AsRole) -> None:
    group = make_group(cast)
    outsider = cast.enrolments["outsider"]
    answer = as_role("coordinator").post(
        "/editions/R1/groups/people", {f"was-{outsider}": "", f"person-{outsider}": str(group.id)}
    )
    assert answer.status_code == 404


def test_an_ambassador_must_be_a_member(cast: Cast, as_role: AsRole) -> None:
    group = make_group(cast, "participant", "other_participant")
    browser = as_role("coordinator")
    address = f"/editions/R1/groups/{group.id}"
    mine, other, third = (cast.enrolments[name] for name in ("participant", "other_participant", "third_participant"))
    assert browser.post(address, {"name": "B", "ambassador": str(third), "deputy": "0"}).status_code == 422
    assert browser.post(address, {"name": "B", "ambassador": str(mine), "deputy": str(mine)}).status_code == 422
    assert browser.post(address, {"name": "B", "ambassador": str(mine), "deputy": str(other)}).status_code == 303
    assert db.session.get_one(Group, group.id).deputy_id == other
