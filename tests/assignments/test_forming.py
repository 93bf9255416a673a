"""How groups come about: a proposal that is balanced and can be drawn again, places that people take themselves."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from lms.assignments.domain.forming import TRAITS, SignUpState, balance_rows, sign_up_state
from lms.assignments.models import Group, GroupMember
from lms.assignments.services.forming import adjusted, make_groups, propose_groups, save_proposal
from lms.assignments.services.groups import Move, move_people
from lms.assignments.services.sign_up import GroupFull, join_group, leave_group, remove_sign_up, save_sign_up
from lms.core.audit import AuditEvent
from lms.core.db import db
from lms.core.errors import NotAllowed, NotFound, RuleViolation
from tests.assignments.making import GROUP_OPEN, TEAMWORK, make_group, teamwork_of, write
from tests.assignments.test_at_once import at_once, member
from tests.factories import Cast, enrol, make_person

AsRole = Callable[[str], Any]
SetNow = Callable[..., None]
PEOPLE = ("participant", "other_participant", "third_participant")
OPENS = datetime(2026, 3, 20, 8, 0, tzinfo=UTC)
CLOSES = datetime(2026, 3, 24, 22, 59, tzinfo=UTC)


def current_groups(cast: Cast) -> dict[str, int | None]:
    """The group that each participant is in now."""
    rows = db.session.execute(
        select(GroupMember.enrolment_id, GroupMember.group_id).where(GroupMember.left_at.is_(None))
    )
    placed = {enrolment_id: group_id for enrolment_id, group_id in rows}  # noqa: C416
    return {name: placed.get(cast.enrolments[name]) for name in PEOPLE}


def crowd(cast: Cast, size: int) -> None:
    """More participants, of four countries and two sexes."""
    for number in range(size):
        person = make_person(
            f"Somebody {number:02}", GROUP_OPEN, country=("ML", "NE", "KE", "ZW")[number % 4],
            sex=("female", "male")[number % 2], organisation=f"Office {number % 5}",
        )  # fmt: skip
        enrol(person, cast.edition, "participant", GROUP_OPEN)


# The balance


def test_the_table_counts_each_value_in_each_group_and_leaves_out_what_one_person_has() -> None:
    groups = [
        [{"sex": "female", "country": "ML"}, {"sex": "female", "country": "NE"}],
        [{"sex": "female", "country": "ML"}, {"sex": "", "country": ""}, {"sex": "", "country": "KE"}],
    ]
    rows = balance_rows(groups, ["sex", "country"])
    assert [(row.trait, row.value, row.counts, row.is_even) for row in rows] == [
        ("sex", "female", (2, 1), True),
        ("sex", "", (0, 2), False),
        ("country", "ML", (1, 1), True),
    ]


people = st.lists(
    st.fixed_dictionaries({"sex": st.sampled_from(["female", "male", ""]), "country": st.sampled_from("ABCD")}),
    max_size=12,
)


@given(st.lists(people, min_size=1, max_size=4))
def test_the_rows_of_a_trait_never_count_anybody_twice(groups: list[list[Mapping[str, str]]]) -> None:
    for row in balance_rows(groups, ["sex", "country"]):
        assert row.total == sum(person[row.trait] == row.value for group in groups for person in group)
        assert row.total > 1


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (OPENS - timedelta(seconds=1), SignUpState.UPCOMING),
        (OPENS, SignUpState.OPEN),
        (CLOSES + timedelta(seconds=59), SignUpState.OPEN),
        (CLOSES + timedelta(minutes=1), SignUpState.CLOSED),
    ],
)
def test_groups_are_chosen_until_the_last_instant_of_the_minute(at: datetime, expected: SignUpState) -> None:
    assert sign_up_state(OPENS, CLOSES, at) is expected


# The proposal


def test_the_same_number_gives_the_same_groups_and_another_gives_others(cast: Cast) -> None:
    crowd(cast, 9)
    actor = cast.member("coordinator")

    def draw(seed: int) -> Mapping[int, str]:
        return propose_groups(actor, count=3, traits=("sex", "country"), seed=seed).places

    assert draw(5) == draw(5)
    assert len({tuple(sorted(draw(seed).items())) for seed in range(6)}) > 1


def test_a_proposal_of_many_people_is_even_in_every_line(cast: Cast) -> None:
    crowd(cast, 21)
    proposal = propose_groups(cast.member("coordinator"), count=4, traits=("sex", "country"), seed=1)
    assert [len(proposal.people_in(slot)) for slot in proposal.slots] == [6, 6, 6, 6]
    assert all(row.is_even for row in proposal.balance)


def test_a_proposal_changes_nothing_until_it_is_saved(cast: Cast) -> None:
    actor = cast.member("coordinator")
    proposal = propose_groups(actor, count=2, traits=TRAITS, seed=42)
    assert db.session.scalar(select(func.count(Group.id))) == 0
    placed, elsewhere = save_proposal(actor, proposal, {}, is_move_agreed=False, now=GROUP_OPEN)
    assert (placed, elsewhere) == (3, [])
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "people placed in groups")).one()
    assert (event.details["seed"], event.details["people"]) == (42, 3)
    assert event.details["traits"] == list(TRAITS)
    assert [group.name for group in db.session.scalars(select(Group).order_by(Group.id))] == ["Group 1", "Group 2"]


def test_only_those_without_a_group_are_placed_and_nobody_else_moves(cast: Cast) -> None:
    make_group(cast, "participant", name="One")
    actor = cast.member("coordinator")
    proposal = propose_groups(actor, count=2, traits=(), seed=1)
    assert proposal.moves == []
    assert cast.enrolments["participant"] not in proposal.movable
    before = current_groups(cast)["participant"]
    save_proposal(actor, proposal, {}, is_move_agreed=False, now=GROUP_OPEN)
    assert current_groups(cast)["participant"] == before
    assert None not in current_groups(cast).values()


def test_everybody_is_drawn_again_only_when_the_coordinator_agrees(cast: Cast) -> None:
    make_group(cast, *PEOPLE, name="Crowded")
    actor = cast.member("coordinator")
    proposal = propose_groups(actor, count=3, traits=(), seed=1, is_everybody=True)
    assert len(proposal.moves) == 2
    with pytest.raises(RuleViolation):
        save_proposal(actor, proposal, {}, is_move_agreed=False, now=GROUP_OPEN)
    assert save_proposal(actor, proposal, {}, is_move_agreed=True, now=GROUP_OPEN)[0] == 2
    assert len(set(current_groups(cast).values())) == 3


def test_a_group_that_has_handed_in_is_left_alone(cast: Cast) -> None:
    done = make_group(cast, "participant", name="Done", ambassador="participant")
    teamwork_of(cast, "participant", GROUP_OPEN)
    proposal = propose_groups(cast.member("coordinator"), count=2, traits=(), seed=1, is_everybody=True)
    assert str(done.id) not in {slot.key for slot in proposal.slots}
    assert cast.enrolments["participant"] not in proposal.movable


def test_what_is_moved_by_hand_stays_by_hand(cast: Cast) -> None:
    actor = cast.member("coordinator")
    proposal = propose_groups(actor, count=2, traits=(), seed=1)
    mine, other = cast.enrolments["participant"], cast.enrolments["other_participant"]
    changed = adjusted(proposal, {mine: "", other: "new-2", 999: "new-1", cast.enrolments["tutor"]: "new-1"})
    assert mine not in changed.places
    assert changed.places[other] == "new-2"
    assert set(changed.places) <= {cast.enrolments[name] for name in PEOPLE}


def test_somebody_who_withdrew_is_placed_nowhere(cast: Cast) -> None:
    cast.enrolment("participant").withdrawn_at = GROUP_OPEN
    db.session.flush()
    proposal = propose_groups(cast.member("coordinator"), count=2, traits=(), seed=1)
    assert cast.enrolments["participant"] not in proposal.places


def test_who_was_moved_meanwhile_stays_where_they_are_now(cast: Cast) -> None:
    actor = cast.member("coordinator")
    one = make_group(cast, name="One")
    proposal = propose_groups(actor, count=2, traits=(), seed=1)
    mine = cast.enrolments["participant"]
    move_people(actor, [Move(mine, None, one.id)], now=GROUP_OPEN)
    target = adjusted(proposal, {mine: "new-2"})
    assert save_proposal(actor, target, {mine: None}, is_move_agreed=True, now=GROUP_OPEN)[1] == ["Participant"]
    assert current_groups(cast)["participant"] == one.id


@pytest.mark.parametrize("count", [0, 51])
def test_a_proposal_needs_a_sensible_number_of_groups(cast: Cast, count: int) -> None:
    with pytest.raises(RuleViolation):
        propose_groups(cast.member("coordinator"), count=count, traits=(), seed=1)


@pytest.mark.parametrize("name", ["participant", "tutor", "sponsor_viewer", "outsider"])
def test_only_coordinators_form_groups(cast: Cast, name: str) -> None:
    actor = cast.member(name)
    proposal = propose_groups(cast.member("coordinator"), count=2, traits=(), seed=1)
    for action in (
        lambda: propose_groups(actor, count=3, traits=(), seed=1),
        lambda: save_proposal(actor, proposal, {}, is_move_agreed=True, now=GROUP_OPEN),
        lambda: make_groups(actor, 3, GROUP_OPEN),
        lambda: save_sign_up(actor, opens_at=OPENS, closes_at=CLOSES, capacity=3, now=GROUP_OPEN),
        lambda: remove_sign_up(actor, now=GROUP_OPEN),
    ):
        with pytest.raises(NotAllowed):
            action()


# Places that people take themselves


@pytest.fixture
def choosing(cast: Cast) -> tuple[Group, Group]:
    """Two groups of one place each, open to be chosen."""
    save_sign_up(cast.member("coordinator"), opens_at=OPENS, closes_at=CLOSES, capacity=1, now=OPENS)
    return make_group(cast, name="One"), make_group(cast, name="Two")


def test_somebody_joins_changes_and_leaves_while_groups_may_be_chosen(
    cast: Cast, choosing: tuple[Group, Group]
) -> None:
    one, two = choosing
    actor = cast.member("participant")
    join_group(actor, one.id, now=GROUP_OPEN)
    join_group(actor, two.id, now=GROUP_OPEN)
    assert current_groups(cast)["participant"] == two.id
    join_group(actor, two.id, now=GROUP_OPEN)
    leave_group(actor, now=GROUP_OPEN)
    assert current_groups(cast)["participant"] is None
    with pytest.raises(NotFound):
        leave_group(actor, now=GROUP_OPEN)


def test_a_full_group_takes_nobody_more(cast: Cast, choosing: tuple[Group, Group]) -> None:
    one, _two = choosing
    join_group(cast.member("participant"), one.id, now=GROUP_OPEN)
    with pytest.raises(GroupFull):
        join_group(cast.member("other_participant"), one.id, now=GROUP_OPEN)
    cast.enrolment("participant").withdrawn_at = GROUP_OPEN
    db.session.flush()
    join_group(cast.member("other_participant"), one.id, now=GROUP_OPEN)


def test_two_people_who_take_the_last_place_at_once_get_one(
    app: Flask, cast: Cast, choosing: tuple[Group, Group]
) -> None:
    group_id = choosing[0].id
    results = at_once(
        app,
        lambda: join_group(member(cast, "participant"), group_id, now=GROUP_OPEN).id,
        lambda: join_group(member(cast, "other_participant"), group_id, now=GROUP_OPEN).id,
    )
    assert sorted(isinstance(result, GroupFull) for result in results) == [False, True]
    taken = select(func.count(GroupMember.id)).where(GroupMember.group_id == group_id, GroupMember.left_at.is_(None))
    assert db.session.scalar(taken) == 1


@pytest.mark.parametrize("at", [OPENS - timedelta(minutes=1), CLOSES + timedelta(minutes=1)])
def test_before_and_after_nobody_chooses(cast: Cast, choosing: tuple[Group, Group], at: datetime) -> None:
    with pytest.raises(RuleViolation):
        join_group(cast.member("participant"), choosing[0].id, now=at)
    with pytest.raises(RuleViolation):
        leave_group(cast.member("participant"), now=at)


def test_nobody_joins_or_leaves_a_group_that_has_handed_in(cast: Cast, choosing: tuple[Group, Group]) -> None:
    done = make_group(cast, "participant", name="Done", ambassador="participant")
    teamwork_of(cast, "participant", GROUP_OPEN)
    with pytest.raises(RuleViolation):
        join_group(cast.member("other_participant"), done.id, now=GROUP_OPEN)
    with pytest.raises(RuleViolation):
        leave_group(cast.member("participant"), now=GROUP_OPEN)


def test_groups_of_another_edition_and_other_roles_choose_nothing(cast: Cast, choosing: tuple[Group, Group]) -> None:
    with pytest.raises(NotFound):
        join_group(cast.member("outsider"), choosing[0].id, now=GROUP_OPEN)
    with pytest.raises(NotAllowed):
        join_group(cast.member("tutor"), choosing[0].id, now=GROUP_OPEN)


# Edge case 31


def test_edge_case_31_the_database_lets_nobody_be_in_two_groups(cast: Cast) -> None:
    """Edge case 31: two groups at once cannot be."""
    make_group(cast, "participant", name="One")
    with pytest.raises(Exception, match=r"UNIQUE|unique"):
        make_group(cast, "participant", name="Two")
    db.session.rollback()


def test_edge_case_31_somebody_in_no_group_is_named_and_blocks_nobody_else(
    cast: Cast, as_role: AsRole, set_now: SetNow
) -> None:
    """Edge case 31: the coordinator reads the names, the task is closed to them alone, and there is no default group."""
    set_now(GROUP_OPEN)
    make_group(cast, "participant", "other_participant", ambassador="participant")
    page = as_role("coordinator").get("/editions/R1/groups").text
    assert "1 person is in no group" in page
    banner = page[page.index("1 person is in no group") :][:600]
    assert "Third Participant" in banner
    blocked = as_role("third_participant")
    page = blocked.get("/editions/R1/group").text
    assert "What happens next: your coordinator sees your name" in page
    address = f"/editions/R1/assignments/{TEAMWORK}/parts/proposal"
    assert blocked.post(address, {"body": "mine", "revision": "0"}).status_code == 403
    write(cast, "participant", "ours", GROUP_OPEN, key=TEAMWORK, part="proposal")
    assert teamwork_of(cast, "participant", GROUP_OPEN).number == 1


# Pages


def test_a_proposal_is_shown_with_its_balance_adjusted_and_saved(cast: Cast, as_role: AsRole) -> None:
    browser = as_role("coordinator")
    address = "/editions/R1/groups/proposal"
    shown = browser.get(f"{address}?count=2&seed=7&traits=country&traits=sex&who=without")
    assert shown.status_code == 200
    assert "Draw number 7" in shown.text
    assert "Country · <bdi>Zimbabwe</bdi>" in shown.text
    assert "Another proposal" in shown.text
    assert db.session.scalar(select(func.count(Group.id))) == 0
    ids = {name: cast.enrolments[name] for name in PEOPLE}
    sent = {"count": "2", "seed": "7", "traits": ["country", "sex"], "who": "without"}
    sent |= {f"place-{ids[name]}": "new-2" for name in PEOPLE} | {f"was-{ids[name]}": "" for name in PEOPLE}
    looked = browser.post(address, sent | {"then": "look"})
    assert looked.status_code == 200
    assert "could be more even" in looked.text
    assert db.session.scalar(select(func.count(Group.id))) == 0
    sent[f"place-{ids['participant']}"] = ""
    assert browser.post(address, sent | {"then": "save"}).status_code == 303
    placed = current_groups(cast)
    assert placed["participant"] is None
    assert placed["other_participant"] == placed["third_participant"] is not None
    assert "2 people were placed with draw number 7" in browser.get("/editions/R1/groups").text


def test_moving_people_out_of_their_groups_is_asked_first(cast: Cast, as_role: AsRole) -> None:
    group = make_group(cast, *PEOPLE, name="Crowded")
    browser = as_role("coordinator")
    sent = {"count": "3", "seed": "1", "who": "everybody", "traits": "sex", "then": "save"}
    refused = browser.post("/editions/R1/groups/proposal", sent)
    assert refused.status_code == 422
    assert "2 people would change groups" in refused.text
    assert set(current_groups(cast).values()) == {group.id}
    assert browser.post("/editions/R1/groups/proposal", sent | {"agree": "y"}).status_code == 303
    assert len(set(current_groups(cast).values())) == 3


@pytest.mark.parametrize("query", ["count=&seed=7", "count=0&seed=7", "count=3&seed=x", "count=3&seed=1&traits=shoes"])
def test_a_draw_needs_sensible_numbers(cast: Cast, as_role: AsRole, query: str) -> None:
    assert as_role("coordinator").get(f"/editions/R1/groups/proposal?{query}").status_code == 422
    assert as_role("coordinator").post(f"/editions/R1/groups/proposal?{query}").status_code == 422


def test_a_proposal_with_nobody_to_place_says_so(cast: Cast, as_role: AsRole) -> None:
    make_group(cast, *PEOPLE)
    answer = as_role("coordinator").get("/editions/R1/groups/proposal?count=3&seed=7")
    assert answer.status_code == 409
    assert "Everybody is in a group already" in answer.text


def test_participants_choose_on_their_page_and_see_places(cast: Cast, as_role: AsRole, set_now: SetNow) -> None:
    set_now(GROUP_OPEN)
    staff = as_role("coordinator")
    sent = {"opens": "2026-03-20T09:00", "closes": "2026-03-24T23:59", "capacity": "1", "groups": "2"}
    assert staff.post("/editions/R1/groups/sign-up", sent).status_code == 303
    page = staff.get("/editions/R1/groups").text
    assert "Open now" in page
    assert "3 people have not chosen yet" in page
    browser = as_role("participant")
    page = browser.get("/editions/R1/group").text
    assert page.count("1 free place") == 2
    group = re.search(r'name="group" value="(\d+)"', page)
    assert group is not None
    assert browser.post("/editions/R1/group/membership", {"group": group[1]}).status_code == 303
    assert "Leave this group" in browser.get("/editions/R1/group").text
    other = as_role("other_participant")
    full = other.post("/editions/R1/group/membership", {"group": group[1]})
    assert full.status_code == 409
    assert "has just become full" in full.text
    assert browser.post("/editions/R1/group/membership/removal").status_code == 303
    assert other.post("/editions/R1/group/membership", {"group": group[1]}).status_code == 303
    assert other.post("/editions/R1/group/membership", {"group": "x"}).status_code == 404
    assert staff.post("/editions/R1/groups/sign-up/removal").status_code == 303
    assert "Leave this group" not in other.get("/editions/R1/group").text
    assert browser.post("/editions/R1/group/membership", {"group": group[1]}).status_code == 409


def test_sign_up_needs_times_in_order_and_a_place(cast: Cast, as_role: AsRole) -> None:
    sent = {"opens": "2026-03-20T09:00", "closes": "2026-03-20T08:00", "capacity": "0", "groups": "2"}
    answer = as_role("coordinator").post("/editions/R1/groups/sign-up", sent)
    assert answer.status_code == 422
    assert "It would close before it opens." in answer.text
    assert "Choose between 1 and 100 places." in answer.text
    assert 'value="2026-03-20T09:00"' in answer.text


def test_a_deputy_is_somebody_else_than_the_ambassador(cast: Cast, as_role: AsRole) -> None:
    group = make_group(cast, "participant", "other_participant")
    mine = str(cast.enrolments["participant"])
    answer = as_role("coordinator").post(
        f"/editions/R1/groups/{group.id}", {"name": "B", "ambassador": mine, "deputy": mine}
    )
    assert answer.status_code == 422
    assert "Choose somebody else than the ambassador." in answer.text


def test_the_page_for_choosing_costs_the_same_for_few_and_many(
    cast: Cast, as_role: AsRole, set_now: SetNow, count_queries: Any
) -> None:
    set_now(GROUP_OPEN)
    save_sign_up(cast.member("coordinator"), opens_at=OPENS, closes_at=CLOSES, capacity=9, now=OPENS)
    pages = [("participant", "/editions/R1/group"), ("coordinator", "/editions/R1/groups/proposal?count=3&seed=1")]

    def cost() -> list[int]:
        counted = []
        for role, page in pages:
            with count_queries() as statements:
                assert as_role(role).get(page).status_code == 200
            counted.append(len(statements))
        return counted

    make_group(cast, name="First")
    few = cost()
    crowd(cast, 20)
    for number in range(10):
        make_group(cast, name=f"Number {number}")
    assert cost() == few
    assert max(few) <= 12, few


def test_a_proposal_without_numbers_leads_to_where_they_are_chosen(cast: Cast, as_role: Any) -> None:
    answer = as_role("coordinator").get("/editions/R1/groups/proposal")
    assert (answer.status_code, answer.location) == (303, "/editions/R1/groups#propose")
