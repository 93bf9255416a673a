"""Standings: who is in them, what participants see, and how many statements they take."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from lms.accounts.models import Person
from lms.core.db import db
from lms.core.errors import NotFound
from lms.courses.models import Enrolment
from lms.grading.documents import decision_from_record, decision_record
from lms.grading.domain.prospects import ways_up
from lms.grading.explanation import explain
from lms.grading.models import Extension, GradeEntry
from lms.grading.queries import (
    class_results,
    extended_deadline,
    get_extensions,
    get_item,
    get_participant,
    name_order,
    standing_of,
)
from lms.grading.services import grant_extension, post_entry
from lms.grading.wording import sentences
from tests.factories import Cast


def post(
    cast: Cast, now: datetime, name: str, item_key: str, points: Fraction | None = Fraction(4), **more: Any
) -> None:
    post_entry(
        edition_id=cast.enrolment(name).edition_id, enrolment_id=cast.enrolments[name], item_key=item_key,
        state="submitted" if points is None else "marked", points=points, is_complete=points is not None,
        basis={}, source="test", actor_id=None, now=now, **more,
    )  # fmt: skip


def test_a_class_is_everybody_taking_part_in_order_of_names(cast: Cast) -> None:
    names = [standing.name for standing in class_results(cast.edition)]
    assert names == ["Other Participant", "Participant", "Third Participant"]


def test_names_are_ordered_without_regard_to_accents_and_capitals() -> None:
    assert sorted(["Zola", "Émile", "eva", "Eden"], key=name_order) == ["Eden", "Émile", "eva", "Zola"]


def test_test_accounts_are_left_out_of_every_figure_unless_asked_for(cast: Cast) -> None:
    cast.person("participant").is_test_account = True
    db.session.flush()
    assert len(class_results(cast.edition)) == 2
    assert len(class_results(cast.edition, include_test_accounts=True)) == 3


def test_a_class_can_be_one_sponsors_or_some_people(cast: Cast) -> None:
    assert [s.name for s in class_results(cast.edition, sponsor="SAMM")] == ["Participant"]
    only = [cast.enrolments["other_participant"], cast.enrolments["outsider"]]
    assert [s.name for s in class_results(cast.edition, enrolment_ids=only)] == ["Other Participant"]


def test_the_withdrawn_stay_in_the_class_without_a_certificate(cast: Cast, now: datetime) -> None:
    for key in ("group-work", "final-assignment"):
        post(cast, now, "participant", key, Fraction(30))
    cast.enrolment("participant").withdrawn_at = now
    db.session.flush()
    standing = next(s for s in class_results(cast.edition) if s.name == "Participant")
    assert standing.is_withdrawn
    assert standing.decision.kind is None
    assert standing.decision.total == Decimal("60.00")


def test_the_newest_line_of_each_item_holds(cast: Cast, now: datetime) -> None:
    post(cast, now, "participant", "quiz-1", Fraction(2))
    post(cast, now, "participant", "quiz-1", Fraction(3))
    post(cast, now, "other_participant", "quiz-1", Fraction(1))
    points = {s.name: s.result("quiz-1").points for s in class_results(cast.edition)}
    assert points == {"Participant": Decimal("3.00"), "Other Participant": Decimal("1.00"), "Third Participant": None}


def test_a_participant_sees_an_unreleased_mark_as_waiting_and_nothing_of_its_basis(cast: Cast, now: datetime) -> None:
    post(cast, now, "participant", "group-work", Fraction(20), reason="draft")
    enrolment = cast.enrolment("participant")
    own = standing_of(cast.edition, enrolment, released_only=True)
    assert (own.result("group-work").state, own.decision.is_pending) == ("submitted", True)
    assert (own.entries["group-work"].points, own.entries["group-work"].reason) == (None, "")
    staff = standing_of(cast.edition, enrolment, released_only=False)
    assert staff.result("group-work").points == Decimal("20.00")
    own_in_class = class_results(cast.edition, enrolment_ids=[enrolment.id], released_only=True)[0]
    assert own_in_class.results == own.results


def test_one_person_and_the_class_agree(cast: Cast, now: datetime) -> None:
    post(cast, now, "participant", "quiz-1")
    post(cast, now, "participant", "final-assignment", None)
    for standing in class_results(cast.edition, now=now):
        alone = standing_of(cast.edition, standing.enrolment, released_only=False, now=now)
        assert (alone.results, alone.decision, alone.due) == (standing.results, standing.decision, standing.due)


def test_a_missed_quiz_counts_as_possible_once_it_is_over_and_not_before(cast: Cast, now: datetime) -> None:
    enrolment = cast.enrolment("participant")
    due = get_item(cast.edition.id, "quiz-1").due_at
    assert due is not None
    just_before = due + timedelta(seconds=59)
    over = due + timedelta(minutes=1)
    possible = [
        standing_of(cast.edition, enrolment, released_only=True, now=at).decision.possible_so_far
        for at in (just_before, over)
    ]
    assert possible == [Decimal("0.00"), Decimal("5.00")]


def _mark_absent(cast: Cast, now: datetime) -> None:
    post_entry(
        edition_id=cast.edition.id, enrolment_id=cast.enrolments["participant"], item_key="group-work", state="cleared",
        is_complete=False, basis={"took_part": False}, source="submission 1", reason="Never came", actor_id=None,
        now=now,
    )  # fmt: skip


def test_whoever_took_no_part_learns_it_with_the_release_and_not_before(cast: Cast, now: datetime) -> None:
    _mark_absent(cast, now)
    enrolment = cast.enrolment("participant")
    own = standing_of(cast.edition, enrolment, released_only=True)
    assert (own.result("group-work").state, own.decision.is_pending) == ("submitted", True)
    assert (own.entries["group-work"].reason, own.entries["group-work"].basis) == ("", {})
    assert "way_closed_incomplete" not in [way.code for way in ways_up(own.results, own.scheme.tiers)]
    staff = standing_of(cast.edition, enrolment, released_only=False)
    assert staff.result("group-work").is_ruled_out
    get_item(cast.edition.id, "group-work").released_at = now
    assert standing_of(cast.edition, enrolment, released_only=True).results == staff.results


def test_who_took_no_part_in_the_group_work_can_no_longer_earn_its_points(cast: Cast, now: datetime) -> None:
    _mark_absent(cast, now)
    standing = standing_of(cast.edition, cast.enrolment("participant"), released_only=False)
    result = standing.result("group-work")
    assert (result.state, result.is_open) == ("missing", False)
    assert explain(result, standing.entries["group-work"]) == ["Did not take part.", "Reason: Never came"]
    assert "way_closed_incomplete" in [way.code for way in ways_up(standing.results, standing.scheme.tiers)]


def test_after_closing_everything_counts_as_possible(cast: Cast, now: datetime) -> None:
    cast.edition.closed_at = now
    assert class_results(cast.edition)[0].decision.possible_so_far == Decimal("100.00")


def test_an_extension_moves_the_persons_own_deadline_only(cast: Cast, now: datetime) -> None:
    later = now + timedelta(days=60)
    grant_extension(
        cast.member("coordinator"), item_key="quiz-1", due_at=later, reason="Ill", now=now,
        enrolment_id=cast.enrolments["participant"],
    )  # fmt: skip
    due = {s.name: s.due["quiz-1"] for s in class_results(cast.edition, now=now)}
    assert due["Participant"] == later
    assert due["Other Participant"] == get_item(cast.edition.id, "quiz-1").due_at


@pytest.fixture
def group(cast: Cast, now: datetime) -> Any:
    """A group with the participant in it, and the other one who left it."""
    from lms.assignments.models import Group, GroupMember

    group = Group(edition_id=cast.edition.id, name="Group 1")
    db.session.add(group)
    db.session.flush()
    for name, left_at in (("participant", None), ("other_participant", now)):
        db.session.add(
            GroupMember(group_id=group.id, enrolment_id=cast.enrolments[name], joined_at=now, left_at=left_at)
        )
    db.session.flush()
    return group


def test_a_groups_extension_moves_the_deadline_of_who_is_in_it_now(cast: Cast, now: datetime, group: Any) -> None:
    later = now + timedelta(days=60)
    grant_extension(
        cast.member("coordinator"), item_key="group-work", due_at=later, reason="Storm", now=now, group_id=group.id
    )
    due = {s.name: s.due["group-work"] == later for s in class_results(cast.edition, now=now)}
    assert due == {"Participant": True, "Other Participant": False, "Third Participant": False}


def test_of_a_persons_and_a_groups_extension_the_one_granted_last_holds(cast: Cast, now: datetime, group: Any) -> None:
    person = cast.enrolments["participant"]
    item = get_item(cast.edition.id, "group-work")
    days = {"group": now + timedelta(days=50), "person": now + timedelta(days=45)}
    for owner, values in (("group", {"group_id": group.id}), ("person", {"enrolment_id": person})):
        db.session.add(Extension(item_id=item.id, due_at=days[owner], reason="x", granted_at=now, **values))
        db.session.flush()
    both: dict[str, Any] = {"enrolment_id": person, "group_id": group.id}
    assert extended_deadline(cast.edition.id, "group-work", **both) == days["person"]
    assert extended_deadline(cast.edition.id, "group-work", group_id=group.id) == days["group"]
    assert extended_deadline(cast.edition.id, "group-work") is None
    in_bulk = get_extensions(cast.edition.id)
    assert in_bulk.deadline("group-work", **both) == days["person"]
    assert in_bulk.deadline("group-work", group_id=group.id) == days["group"]
    assert in_bulk.deadline("quiz-1", **both) is None
    assert get_extensions(cast.edition.id, ["quiz-1"]).deadline("group-work", **both) is None
    standing = standing_of(cast.edition, cast.enrolment("participant"), released_only=True, now=now)
    assert standing.due["group-work"] == days["person"]


def test_only_participants_of_the_edition_are_found(cast: Cast) -> None:
    for name in ("outsider", "tutor"):
        with pytest.raises(NotFound):
            get_participant(cast.edition.id, cast.enrolments[name])


def test_a_decision_kept_in_a_document_reads_the_same_for_ever(cast: Cast, now: datetime) -> None:
    post(cast, now, "participant", "group-work", Fraction(30))
    post(cast, now, "other_participant", "group-work", None)
    for standing in class_results(cast.edition):
        kept = json.loads(json.dumps(decision_record(standing.decision)))
        assert sentences(decision_from_record(kept).reasons) == sentences(standing.decision.reasons)
        assert decision_from_record(kept).total == standing.decision.total


def fill(cast: Cast, now: datetime, count: int) -> None:
    """More participants with a sponsor and a mark each; more than one list of keys holds in a statement."""
    item = get_item(cast.edition.id, "quiz-1")
    people = [
        Person(email=f"m{n}@example.org", email_key=f"m{n}@example.org", full_name=f"More {n}", created_at=now)
        for n in range(count)
    ]
    db.session.add_all(people)
    db.session.flush()
    enrolments = [
        Enrolment(
            edition_id=cast.edition.id, person_id=person.id, role="participant", enrolled_at=now, sponsors=[cast.sponsor]
        )
        for person in people
    ]  # fmt: skip
    db.session.add_all(enrolments)
    db.session.flush()
    db.session.add_all(
        GradeEntry(
            enrolment_id=enrolment.id, item_id=item.id, sequence=1, state="marked", points=Decimal(4), is_complete=True,
            basis={}, source="test", recorded_at=now,
        )
        for enrolment in enrolments
    )  # fmt: skip
    db.session.flush()


def test_a_class_takes_the_same_statements_whatever_its_size(
    cast: Cast, now: datetime, count_queries: Callable[[], Any]
) -> None:
    def statements() -> int:
        db.session.flush()
        db.session.expire_all()
        edition = cast.edition
        assert edition.id
        with count_queries() as counted:
            for standing in class_results(edition, now=now):
                assert standing.sponsors is not None
        return len(counted)

    few = statements()
    fill(cast, now, 520)
    assert statements() == few
    assert few <= 6
